/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of block devices and the numbers that Xen and the kernel give them. */
#pragma once

#include <stdbool.h>

/* The major of a disk by its name: hda 3, hdc 22, sda 8, xvda 202; false when not known.
 */
bool blockname_major(const char *disk, unsigned int *ret);

/*
 * The disk that a vbd's number means (768 is hda, 5632 hdc, 51712 xvda): *ret is NULL
 * when it means none that is known. 0 or -ENOMEM; the caller frees.
 */
int blockname_of_vbd(unsigned long number, char **ret);

/*
 * "hdb1" -> "hdb" and 1, "cciss!c0d0p2" -> "cciss!c0d0" and 2; part 0 for the whole
 * disk. false for what is no disk's name. The lengths are of the name's part.
 */
bool blockname_split(const char *name, unsigned int *ret_disk_len,
		     unsigned int *ret_part);
