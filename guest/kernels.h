/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The installed kernels, from /lib/modules, /boot and the rpm database, with
 * what these three disagree about.
 */
#pragma once

#include "guest/bootcfg.h"
#include "guest/initrd.h"
#include "guest/kconfig.h"
#include "guest/modtree.h"
#include "guest/rpmdb.h"

struct kernel {
	char *release; /* "2.6.18-53.el5PAE": the name below /lib/modules */
	char *base;    /* "2.6.18-53.el5": without the variant's suffix */
	enum variant variant;
	enum arch arch;	 /* from its modules' ELF, else its package; ARCH_UNKNOWN */
	bool is_default; /* booted by default */
	bool running;	 /* live, and uname -r says so */
	bool in_modules, in_boot, in_rpmdb;
	char *vmlinuz;		    /* guest path; NULL: none */
	char *initrd;		    /* guest path, existing; NULL: none */
	char *package;		    /* name-version-release.arch; NULL */
	struct modtree *mods;	    /* NULL when there is no /lib/modules folder */
	struct initrd *image;	    /* the initrd, read; NULL: none, or unreadable */
	char *kdump;		    /* guest path of kdump's own image; NULL: none */
	struct initrd *kdump_image; /* read; NULL: none, or unreadable */
	char *image_problem;	    /* why it could not be read; NULL */
	struct kconfig config;	    /* its drivers of PV devices, as it was configured */
	struct strv disagreements;  /* one sentence each */
};

struct kernels {
	struct kernel *v; /* sorted by release, rpm's way of comparing */
	size_t n;
	/* One sentence each, about what is none of these kernels: leftovers in
	 * /lib/modules, boot entries without a kernel. */
	struct strv problems;
};

/*
 * db and boot may be NULL. running is uname -r of a live guest, else NULL. An initrd that
 * cannot be read is a fact (image_problem), not an error. -E2BIG when the modules and
 * images of all take more than 128 MiB of memory.
 */
int kernels_read(const struct root *r, const struct rpmdb *db, const struct bootcfg *boot,
		 const char *running, struct kernels **ret, struct err *e);
void kernels_free(struct kernels *k);
DEFINE_CLEANUP(struct kernels *, kernels_free)

const struct kernel *kernels_find(const struct kernels *k, const char *release);

/*
 * Where a generation has no table of variants, its kernels' names tell nothing: one whose
 * modules were built for several processors is VARIANT_SMP, not VARIANT_UP; one that is
 * called "-xen" is VARIANT_XEN unless its configuration says that it boots in an HVM
 * guest: it has no support of Xen, or that for such guests.
 */
void kernels_tell_variants(struct kernels *k, const struct generation *g);

/* "2.6.9-67.ELhugemem" -> VARIANT_HUGEMEM, base "2.6.9-67.EL" (caller frees; may be
 * NULL). */
enum variant variant_of_release(const char *release, char **ret_base);
