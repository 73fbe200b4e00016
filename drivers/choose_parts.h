/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the parts of the choice only: choose.c, installed.c, sets.c and compatible.c. */
#pragma once

#include "drivers/choose.h"

/* The choice for one kernel, while it is made. */
struct chooser {
	const struct guest *g;
	const struct bundles *bundles;
	struct choice *ch;
	bool looked; /* for symvers, which are read at first need */
	bool have;   /* they are there */
	struct symvers symvers;
};

void chooser_done(struct chooser *c);

/* The kernel's symbol versions: *ret is NULL when it has none, or none that can be read
 * (then rejected says why). 0 or -ENOMEM. */
int chooser_symvers(struct chooser *c, const struct symvers **ret, struct err *e);

/* Keep a reason, once; takes the string, NULL is out of memory. The list is bounded. */
int chooser_reject(struct chooser *c, char *reason, struct err *e);

/* Each: 1 chosen, 0 not, or -ENOMEM. */
int choose_installed(struct chooser *c, struct err *e);	 /* what the guest has */
int choose_exact(struct chooser *c, struct err *e);	 /* bundled for this kernel */
int choose_compatible(struct chooser *c, struct err *e); /* bundled for another one */

/*
 * As choice_compatible(), of what the modules say; labels are their names for the
 * sentence. Entries that are NULL (built in) are left out.
 */
bool infos_compatible(const struct modinfo *const infos[XENDRV_COUNT],
		      const char *const labels[XENDRV_COUNT], const char *kernel_vermagic,
		      const struct symvers *kernel, char **why);
