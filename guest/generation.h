/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between generations of guests stands in one table, one row per
 * generation: names, paths, formats, the numbers of kernels. A row is data; who
 * acts on it (checks/, installer/) keeps its own table of functions by id.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

enum arch {
	ARCH_UNKNOWN,
	ARCH_I386,   /* i386 to i686, athlon */
	ARCH_X86_64, /* x86_64, ia32e */
	ARCH_OTHER,  /* ia64, ppc, s390, …: known, and not supported */
};

/* "i686", "x86_64", "other", "unknown". */
const char *arch_name(enum arch a);
/* From an rpm or uname architecture: i386…i686, athlon, x86_64, ia32e, amd64. */
enum arch arch_parse(const char *name);

/* Kernel variants of the support table (facts.md, "Kernel variants"). */
enum variant {
	VARIANT_UNKNOWN,
	VARIANT_UP, /* the plain kernel; on RHEL 5 it includes SMP */
	VARIANT_SMP,
	VARIANT_HUGEMEM,
	VARIANT_LARGESMP,
	VARIANT_PAE,
	VARIANT_XEN, /* a PV kernel: el5xen, ELxenU */
	VARIANT_DEBUG,
	VARIANT_ATHLON, /* RHEL 3, told apart by the package's architecture only */
	VARIANT_ATHLON_SMP,
	VARIANT_IA32E,
	VARIANT_COUNT
};

/* "up", "smp", "PAE", … as the JSON has them. */
const char *variant_name(enum variant v);

/* The four drivers, in load order. */
enum xendrv {
	XENDRV_PLATFORM,
	XENDRV_BALLOON,
	XENDRV_VBD,
	XENDRV_VNIF,
	XENDRV_COUNT
};

enum index_format {
	INDEX_MODUTILS,		 /* text, modutils' layout (2.4) */
	INDEX_MODULE_INIT_TOOLS, /* text, absolute paths (2.6 until RHEL 5) */
	INDEX_KMOD,		 /* *.bin beside text */
};

enum initrd_format {
	INITRD_NASH_CPIO, /* compressed cpio, /init run by nash: RHEL 4, 5 */
	INITRD_NASH_EXT2, /* compressed ext2 image, /linuxrc: RHEL 3 */
	INITRD_DRACUT,	  /* cpio, modules loaded by udev: RHEL 6 on */
	INITRD_INITRAMFS_TOOLS,
};

/* How a file system may be named, where (facts.md, "Names"). */
enum {
	NAME_LABEL = 1 << 0,
	NAME_UUID = 1 << 1
};

/* What a PV disk is called that the guest knows as hdX or sdX (facts.md, "Names"). */
enum disk_naming {
	NAMING_HOST,	  /* as the host's configuration calls it: RHEL 3 to 5 */
	NAMING_XVD_SHIFT, /* hdX: xvdX; SCSI sda: xvde, sdb: xvdf, …: RHEL 6 */
	NAMING_XVD,	  /* hdX and sdX: xvdX: upstream */
};

struct generation {
	const char *id;		   /* "rhel4" */
	const char *family;	   /* "rhel"; as distro.family */
	int major;		   /* -1: it has no release numbers */
	int max_major;		   /* a row for several: the last; 0: major alone */
	const char *title;	   /* "RHEL 4 and rebuilds" */
	int min_minor;		   /* first supported update; 0: any */
	const char *kernel_base;   /* "2.6.9-": the release's kernels begin with it; NULL
				      when that tells nothing */
	const int *kernel_numbers; /* first number of update 0, 1, … */
	size_t n_kernel_numbers;
	int inkernel_minor;	  /* first update with in-kernel drivers; -1: never */
	unsigned int variants[2]; /* bit per enum variant: for i386, for x86_64; 0 both:
				     no table of variants, any kernel will do */
	/* Module names as in the file: "xen-vbd"; NULL: always built in. */
	const char *drivers[XENDRV_COUNT];
	/* The same of a bundle, which brings all of Xen to a kernel without it. */
	const char *bundled[XENDRV_COUNT];
	const char *module_suffix; /* ".ko" */
	enum index_format index;
	enum initrd_format initrd;
	const char *modconf; /* where module aliases are written: "/etc/modprobe.conf";
				NULL: none are needed, the bus has aliases */
	unsigned int fstab_names; /* NAME_… that fstab (mount) knows */
	unsigned int root_names;  /* that the initrd's root= knows */
	unsigned int swap_names;  /* that swapon and resume know */
	bool root_number; /* its kernel has a list of names for root=, without xvd:
			     there it takes them by number alone */
	enum disk_naming naming;
	bool unplug;		/* its drivers can unplug the emulated devices */
	bool kudzu;		/* hardware detection to be switched off */
	bool mkinitrd_snippets; /* /etc/sysconfig/mkinitrd/ is sourced */
	const char *source;	/* where these facts stand */
};

/* The row for a family and major release; NULL when there is none. Minor (or -1) is not
 * asked: see min_minor. */
const struct generation *generation_find(const char *family, int major);
/* All rows, for tables and tests. */
const struct generation *generation_table(size_t *n);

/* Whether a kernel is one of the release's own, and no other that was installed beside
 * them, such as Oracle's UEK: by its number, true where that tells nothing. */
bool generation_owns(const struct generation *g, const char *release);

/*
 * The update level that a kernel number belongs to: {2.6.18-, 53} -> 1. An
 * erratum keeps its update's first number. -1 when the release does not begin
 * with the generation's base or is older than update 0.
 */
int generation_minor_of_kernel(const struct generation *g, const char *release);
