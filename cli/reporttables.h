/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a report, as columns and cells: the same on a terminal and on a page. */
#pragma once

#include "cli/report.h"

enum column_in {
	IN_ALL,
	IN_VERBOSE, /* a terminal shows it with --verbose only */
	IN_PAGE,    /* a terminal says it elsewhere, or not */
};

struct column {
	const char *name;
	enum column_in in;
	bool wrap;
};

struct table {
	const char *title;
	struct column columns[10]; /* up to the one without a name */
	size_t (*lines)(const struct report *r);
	/* Text of a cell, NULL: none, or out of memory; the caller frees. *colour: a
	 * colour's name, where it has one. */
	char *(*cell)(const struct report *r, size_t line, size_t column,
		      const char **colour);
	/* What a terminal shows of it; NULL: all. */
	bool (*shown)(const struct report *r, size_t line);
};

extern const struct table table_kernels;
extern const struct table table_findings;
extern const struct table table_devices;
extern const struct table table_steps;
extern const struct table table_bundles;
/* Of the guest and its host; one line each. */
extern const struct table table_facts;

/* "5.1", "Xen 4.17"; NULL: not known, or out of memory; the caller frees. */
char *host_release(const struct report *r);
/* "x86_64"; NULL: not known. */
const char *known_arch(enum arch a);
