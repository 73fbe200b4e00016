/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bundles of driver modules: the tree that a kmod package would install,
 * lib/modules/KERNEL/extra/xenpv/RELEASE/xen-*.{ko,o} with SHA256SUMS, or a
 * kmod-xenpv RPM whose payload librpm reads. Bundles are input like any other:
 * a module that fails its checksum, is cut short, is for another architecture
 * or is no ELF object is refused by name.
 */
#pragma once

#include "drivers/policy.h"
#include "guest/generation.h"
#include "guest/modinfo.h"
#include "lib/root.h"

struct bundle_module {
	char *file;    /* "xen-vbd.ko" */
	char *path;    /* "lib/modules/K/extra/xenpv/R/xen-vbd.ko" in the bundle */
	char *kernel;  /* K */
	char *release; /* R */
	enum xendrv driver;
	int fd; /* memory that nobody changes, to be read at any offset */
	uint64_t size;
	char sha256[65];
	struct modinfo *info; /* NULL when refused */
	char *refused;	      /* why; NULL when good */
};

struct bundle {
	char *path; /* as given */
	bool is_rpm;
	char *nevra;	 /* RPM; NULL */
	char *signature; /* who signed it and whether that was checked, in words */
	uint64_t bytes;	 /* of all modules, in memory */
	struct bundle_module *v;
	size_t n;
};

struct bundles {
	struct bundle **v; /* in the order of --bundle */
	size_t n;
};

/*
 * -ENOENT, -EINVAL with a sentence: no bundle there, no modules in it, no
 * SHA256SUMS, an RPM whose digest fails, a path outside its tree, a signature that
 * the policy does not take.
 */
int bundle_open(const char *path, const struct policy *p, struct bundle **ret,
		struct err *e);
void bundle_free(struct bundle *b);
DEFINE_CLEANUP(struct bundle *, bundle_free)
void bundles_done(struct bundles *b);
