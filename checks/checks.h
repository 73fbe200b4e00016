/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requirements, one row each. A check turns facts into findings and does no
 * I/O; a new one is a new function and a new row.
 */
#pragma once

#include "checks/finding.h"

struct check {
	const char *id;
	enum stage stage;
	const char *title;
	const char *const *families; /* guests it applies to; NULL: all */
	bool live_only;
	const char *source; /* in the documentation */
	/* Append findings; 0 or -ENOMEM. */
	int (*run)(const struct check *c, const struct facts *f, struct findings *out);
};

const struct check *check_table(size_t *n);
/* NULL when there is no such id. */
const struct check *check_find(const char *id);

/* Run all rows of one stage, appending. */
int checks_run(const struct facts *f, enum stage stage, struct findings *out);
