/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How storage.c finds where devices are named. For storage.c only. */
#pragma once

#include "guest/storage.h"

/* Lines of an fstab that are looked at: a file with more is no fstab. */
#define STORAGE_REFS_MAX 4096

/* Specs that name a block device: a path below /dev or a tag. */
bool storage_names_device(const char *spec);
/* A ref with the given texts copied; NULL: out of memory. */
struct devref *storage_add_ref(struct storage *s, enum devref_where where,
			       const char *file, long line, const char *spec);

/*
 * Append the devices that fstab names (the text of its file, name for sentences), that
 * the boot entries' root= and resume= name, and that the initrds name.
 */
int storage_refs_fstab(struct storage *s, const char *file, const char *text, size_t len,
		       const char *name, struct err *e);
/* The same of the guest's /etc/fstab; there may be none. */
int storage_refs_read(struct storage *s, const struct root *r, struct err *e);
int storage_refs_boot(struct storage *s, const struct bootcfg *boot, struct err *e);
/* storage_files.c: the files that name a disk in a place of their own. What cannot be
 * read names none. */
int storage_refs_files(struct storage *s, const struct root *r, struct err *e);
int storage_refs_initrds(struct storage *s, const struct kernels *k, struct err *e);
