/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One model of what a command has to say, printed as tables for people or as
 * one JSON document for machines (man/xenpv-json.5, schema/xenpv-1.json).
 */
#pragma once

#include "checks/checks.h"
#include "cli/opts.h"
#include "installer/plan.h"
#include "lib/utf8.h"

struct report {
	const struct options *o;
	const struct guest *g;	       /* NULL: not read */
	const struct bundles *bundles; /* NULL */
	const struct choices *choices; /* NULL */
	struct findings findings;
	const struct plan *plan; /* NULL: no steps */
	struct devrows rows;
	bool show_devices; /* devices belong to this report even when there are none */
	bool pass;
	char *settled; /* first line for a person: what was left of a run before; NULL */
	char *summary; /* the last line; NULL */
	struct err error;
};

void report_done(struct report *r);

/* Settle the report on its exit status: what an optional file that is missing left in the
 * error counts only when the run ended in one. */
void report_finish(struct report *r, int status);

/* A failing status under these options: fail, and with --strict warn and unknown. */
bool status_fails(const struct options *o, enum status s);
/* Any finding that fails. */
bool report_has_failures(const struct report *r);

/* On stdout (messages on stderr), as the options ask. */
void report_print(const struct report *r);
void report_json(const struct report *r);
/* The JSON document; the caller frees; NULL: out of memory. */
char *report_json_text(const struct report *r);
