/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables for people, and texts that no terminal obeys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libsmartcols.h>

struct column {
	const char *name;
	int flags; /* SCOLS_FL_... */
	bool verbose_only;
};

/*
 * Build and print a table: cell(arg, line, column, &colour) gives each text (owned, or
 * NULL); a line whose first is NULL is left out.
 */
void table_print(const struct column *cols, size_t n_cols, size_t n_lines, bool verbose,
		 char *(*cell)(const void *, size_t, size_t, const char **),
		 const void *arg);

/* s with control characters and bytes that are not UTF-8 as \xHH; the caller frees. */
char *printable(const char *s);
