/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of one kernel and the folder of a bundle for it, for the tests of choices. */
#pragma once

#include "drivers/choose.h"
#include "tests/unit/module.h"
#include "tests/unit/tree.h"

#define R     "2.6.18-92.el5" /* the guest's kernel */
#define OLD   "2.6.18-53.el5"
#define OLDER "2.6.18-8.el5"
#define NEWER "2.6.18-128.el5"
#define FLAGS "SMP mod_unload 686 REGPARM 4KSTACKS gcc-4.1"
#define LIB   "/lib/modules/" R
#define EXTRA "/extra/xenpv/0.1-9"

/* The modules of a set, in load order */
extern const char *const set_drivers[4];

struct fixture {
	struct tree t;
	struct tree bundle;
	struct guest g;
	struct kernels kernels;
	struct kernel kernel;
	struct rpmdb db;
	struct pkg pkg; /* which db has when a test says so */
	struct bundles bundles;
	struct choices *choices;
	const struct choice *ch;
};

/* How a module is made. */
struct made {
	const char *kernel; /* of the vermagic; NULL: none */
	const char *flags;
	const char *arch;
	const char *printk; /* the version of printk that is asked for */
	bool no_versions;
};
extern const struct made for_r, for_old;

void fixture_init(struct fixture *f);
void fixture_done(struct fixture *f);

/* A module NAME.ko in a folder of a tree, and all four of a set. */
void put_module(struct tree *t, const char *dir, const char *name, const struct made *m);
void put_set(struct tree *t, const char *dir, const struct made *m);
/* A set in the folder of the bundle. */
void bundle_set(struct fixture *f, const char *kernel, const char *release,
		const struct made *m);
void put_symvers(struct fixture *f, const char *text);
/* A package of the guest's has the four files of a folder. */
void own_files(struct fixture *f, const char *dir);
/* Make SHA256SUMS in a folder, and take one as a bundle. */
void sums(const char *dir);
void add_bundle(struct fixture *f, const char *path);

/* Read the folder, with the bundle if there is one, and choose. */
const struct choice *decide(struct fixture *f);
