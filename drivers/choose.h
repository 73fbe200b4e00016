/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which drivers a kernel of the guest gets, and why. */
#pragma once

#include "drivers/bundle.h"
#include "guest/bootargs.h"
#include "guest/guest.h"

enum choice_kind {
	CHOICE_NONE,
	CHOICE_IN_KERNEL,  /* built in or below kernel/ */
	CHOICE_PACKAGE,	   /* a kmod package or somebody's hands have put them there */
	CHOICE_BUNDLE,	   /* bundled for exactly this kernel */
	CHOICE_COMPATIBLE, /* bundled for another one; symbol versions match */
};
/* "none", "in-kernel", "package", "bundle", "compatible": as the JSON has them. */
const char *choice_name(enum choice_kind k);

struct choice {
	const struct kernel *kernel;
	enum choice_kind kind;
	bool by_hand; /* PACKAGE: owned by no package of the rpm database */
	/* BUNDLE, COMPATIBLE: what is to be copied; PACKAGE, IN_KERNEL: NULL */
	const struct bundle_module *modules[XENDRV_COUNT];
	/* where each driver's file is or will be: guest path; NULL for built in or none
	 */
	char *paths[XENDRV_COUNT];
	bool builtin[XENDRV_COUNT];
	/* What each is called: the kernel's own, or a bundle's; NULL: always built in */
	const char *names[XENDRV_COUNT];
	/* struct modinfo of the file, owned unless it is the bundle module's; NULL */
	struct modinfo *infos[XENDRV_COUNT];
	/* NONE: the first driver that the kernel could have and has not, and how the
	 * kernel was configured for it; NULL: see why */
	const char *absent;
	enum kconf absent_config;
	/* NONE: it is none of the release's kernels, and whether it brings drivers of its
	 * own, of other names, is not known */
	bool foreign;
	char *why;	      /* one sentence: what was found, or what is missing */
	struct strv rejected; /* "PATH: REASON" of bundles that did not fit */
	uint64_t bytes;	      /* that copying adds below /lib */
};

struct choices {
	struct choice *v; /* one per kernel of g->kernels, same order */
	size_t n;
};

/* The kernel's driver d is, or will be, a module, which has to be loaded: neither built
 * in nor one that this kernel never has. */
bool choice_is_module(const struct choice *c, enum xendrv d);
/* The bus driver of a kernel without one of its own, where that is a module; NULL: it is
 * built in, or the kernel gets none. */
const char *choice_bus(const struct choice *c);
/* Who acts on the arguments of a kernel, BY_* of guest/bootargs.h; of one that is not
 * known: whoever does on any. */
unsigned int choices_args_by(const struct choices *cs, const char *release);

/*
 * Order: in-kernel, installed by a package (or by hand), exact bundle, compatible bundle,
 * none. A set is complete or it is none: all four drivers of the generation.
 */
int choices_make(const struct guest *g, const struct bundles *b, struct choices **ret,
		 struct err *e);
void choices_free(struct choices *c);
DEFINE_CLEANUP(struct choices *, choices_free)

/*
 * Whether a set of bundled modules built for one kernel fits another. Compatible:
 * vermagic equal after the release, a version table, every imported symbol in the
 * kernel's symvers (or exported by the set) with the same CRC. *why: one sentence when
 * not.
 */
bool choice_compatible(const struct bundle_module *const set[XENDRV_COUNT],
		       const char *kernel_vermagic, const struct symvers *kernel,
		       char **why);
