/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of a few files and hand-made facts, for the tests of the installer's steps. */
#pragma once

#include "installer/plan.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

extern const struct generation fixture_rhel4;
extern const struct generation fixture_rhel5;

struct fixture {
	struct tree t;
	struct guest g;
	struct kernels kernels;
	struct kernel kernel[3];
	struct initrd image[3];
	struct choices choices;
	struct choice choice[3];
	struct storage storage;
	struct devices *devices;
	struct bootcfg boot;
	bool selected[3];
	struct rename renames[2];
	struct planning p;
	struct err e;
};

void fixture_init(struct fixture *f, const struct generation *gen);
void fixture_done(struct fixture *f);
/* Kernel i of choices; image_init may be NULL. Counts it in. */
void fixture_kernel(struct fixture *f, const char *release, enum variant v,
		    enum choice_kind k, const char *image_init);
void fixture_nic(struct fixture *f, const char *name, const char *driver);
/* Read the tree's module configuration into the guest. */
void fixture_modconf(struct fixture *f);
/* The planned new text of a file, NULL when there is no such step. */
const char *fixture_new(struct fixture *f, const char *path);
