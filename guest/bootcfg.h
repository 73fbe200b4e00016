/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loader configuration: GRUB legacy (grub.conf, menu.lst), GRUB 2
 * (grub.cfg, grubenv, BLS entries) and the /boot or / symlinks vmlinuz, initrd. Of other
 * loaders it is only known that they are there.
 */
#pragma once

#include "lib/lines.h"
#include "lib/root.h"

enum bootloader {
	BOOT_NONE,
	BOOT_GRUB_LEGACY,
	BOOT_GRUB2,
	BOOT_BLS,
	BOOT_LINKS
};

struct boot_entry {
	char *title;
	char *file;	   /* guest path of the configuration file, links resolved */
	char *kernel;	   /* guest path of the kernel ("/boot/vmlinuz-R"); NULL none */
	char *release;	   /* from the kernel's name; NULL when it has none */
	char *args;	   /* kernel arguments, the text after the path; "" none */
	char *initrd;	   /* guest path; NULL none */
	char *grub_initrd; /* the path as written in the file ("/initrd-R.img"); NULL none
			    */
	char *grub_device; /* "(hd0,0)"; NULL none */
	bool multiboot;	   /* a hypervisor with module lines: a Xen PV or dom0 entry */
	bool is_default;
	long kernel_line;   /* line number from 0 of the kernel/linux/module/options line;
			       -1 */
	size_t *more_lines; /* BLS: the options lines behind that one, which add to it */
	size_t n_more;
};

/* Line i (from 0) of those that have an entry's arguments; -1 behind the last. */
long boot_entry_line(const struct boot_entry *b, size_t i);

/* A line that later entries get arguments from. */
struct boot_template {
	char *file;  /* guest path */
	size_t line; /* from 0 */
	char *text;
};

/* A boot loader whose configuration is not read. */
struct unread_loader {
	const char *name; /* "LILO" */
	const char *path; /* of its configuration */
	const char
		*again; /* the command that has to run whenever an image was written anew,
			   since it boots the blocks that the old one had; NULL: none */
};

struct bootcfg {
	enum bootloader loader;
	char *path;	    /* main configuration file, links resolved; NULL for none */
	struct lines lines; /* of path, for editing; empty for none */
	struct boot_entry *entries;
	size_t n;
	struct boot_template *templates; /* /etc/default/grub and its kin, in order */
	size_t n_templates;
	struct strv problems; /* what contradicts itself (default out of range, …) */
	/* Where the boot loader is: anaconda's "#boot=/dev/hda", LILO's boot=; NULL none
	 */
	char *boot_comment;
	/* Of BOOT_NONE and BOOT_LINKS: whose configuration is there; NULL: nobody's */
	const struct unread_loader *unread;
};

int bootcfg_read(const struct root *r, struct bootcfg **ret, struct err *e);
void bootcfg_free(struct bootcfg *b);
DEFINE_CLEANUP(struct bootcfg *, bootcfg_free)

/* What the boot loader tells the kernels is known: neither BOOT_NONE nor BOOT_LINKS. */
bool bootcfg_is_read(const struct bootcfg *b);

/* GRUB legacy from text; boot_prefix is "/boot" when its paths are relative to a /boot
 * file system, else "". For tests and fuzzing. */
int bootcfg_parse_legacy(struct bootcfg *b, const char *path, const char *text,
			 size_t len, const char *boot_prefix, struct err *e);

/* The entry booted by default, or NULL. */
const struct boot_entry *bootcfg_default(const struct bootcfg *b);
/* The entry that boots a kernel release: the default one before another; or NULL. */
const struct boot_entry *bootcfg_entry_of(const struct bootcfg *b, const char *release);
/* First entry for a kernel release, or NULL. */
const struct boot_entry *bootcfg_for(const struct bootcfg *b, const char *release);
/* The value of NAME=VALUE among kernel arguments (the last one); caller frees; NULL none.
 */
char *bootargs_get(const char *args, const char *name);

/*
 * A variable of GRUB 2's environment block: 1 with the block's guest path and the value
 * (either may be NULL; the caller frees), 0 when none has it, -ENOMEM.
 */
int grubenv_find(const struct root *r, const char *name, char **ret_path, char **ret);
