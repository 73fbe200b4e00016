/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of the boot loaders' configurations only: bootcfg.c, grub2.c, bls.c. */
#pragma once

#include "guest/bootcfg.h"

/* No guest has more. */
#define BOOT_ENTRIES_MAX 4096

/* -E2BIG, with its sentence. */
int boot_entries_error(const char *path, struct err *e);
/* Append an entry with file and empty args; NULL when out of memory. */
struct boot_entry *boot_entry_add(struct bootcfg *b, const char *file);
/* The guest path of a path as the boot loader has it: "(hd0,0)/x" and "/x" are below
 * prefix, unless they begin with "/boot/". The caller frees. */
char *boot_guest_path(const char *prefix, const char *path);
/* The kernel release in a kernel's file name ("vmlinuz-R"); the caller frees; NULL none.
 */
char *boot_release_of(const char *path);
/* Set kernel, release and args of an entry from "[--OPTION...] PATH ARGS"; -ENOMEM. */
int boot_entry_kernel(struct boot_entry *b, const char *prefix, const char *text);
/* Set initrd and grub_initrd from "PATH"; a second one is ignored. */
int boot_entry_initrd(struct boot_entry *b, const char *prefix, const char *text);

/* Each: 1 read, 0 not there, or a negative errno. */
int bootcfg_read_legacy(const struct root *r, struct bootcfg *b, struct err *e);
int bootcfg_read_bls(const struct root *r, struct bootcfg *b, struct err *e);
/* GRUB 2, and BLS entries where its script, or no script, calls for them. */
int bootcfg_read_grub2(const struct root *r, struct bootcfg *b, struct err *e);
int bootcfg_read_links(const struct root *r, struct bootcfg *b, struct err *e);

/* The value of a variable in /boot/grub2/grubenv or /boot/grub/grubenv; NULL none. */
char *grubenv_get(const struct root *r, const char *name);

/* Where GRUB legacy's configuration is, links resolved: 1 and *ret, 0 none, or a negative
 * errno. */
int grub_legacy_config(const struct root *r, char **ret, struct err *e);
/* Where GRUB 2's script is, links resolved: 1 and *ret, 0 none, or a negative errno. */
int grub2_config(const struct root *r, char **ret, struct err *e);

/* From text, for tests and fuzzing. saved is grubenv's saved_entry, or NULL. */
int bootcfg_parse_grub2(struct bootcfg *b, const char *path, const char *text, size_t len,
			const char *saved, struct err *e);
/* One BLS entry, appended; kernelopts is what its $kernelopts stands for. */
int bootcfg_parse_bls(struct bootcfg *b, const char *path, const char *text, size_t len,
		      const char *kernelopts, struct err *e);

/* bootunread.c: sets unread, and boot_comment, where nothing was read. -ENOMEM. */
int bootcfg_find_unread(const struct root *r, struct bootcfg *b, struct err *e);

/* boottemplates.c: fills templates. -ENOMEM. */
int bootcfg_read_templates(const struct root *r, struct bootcfg *b, struct err *e);
