/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rewrite of RHEL 3's initrd, for installer/initrd_edit.c: the file system is changed
 * in place, or where it is full, made again with more blocks and inodes.
 */
#pragma once

#include "installer/initrd_edit.h"

/* Fill what is the kind's own; -ENOTSUP for an image that cannot be edited. */
int initrd_ext2_new(struct initrd_edit *x, struct err *e);
/*
 * Whether the edit fits into the kernel's RAM disk: ramdisk_size= of its boot entries,
 * else its own default: -ENOTSUP. Says in x->details what has to grow.
 */
int initrd_ext2_fits(struct initrd_edit *x, struct err *e);
int initrd_ext2_write(const struct initrd_edit *x, int fd, struct err *e);
int initrd_ext2_check(const struct initrd_edit *x, int fd, struct err *e);

/* Size of the kernel's RAM disk, in bytes, and where that is from. */
int ramdisk_size(struct root *r, const char *release, uint64_t *ret,
		 const char **ret_from, struct err *e);
