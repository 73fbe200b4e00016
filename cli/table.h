/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables for people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libsmartcols.h>

struct table_column {
	const char *name;
	int flags; /* SCOLS_FL_... */
};

/* The text of a cell, owned by the caller, and the name of a colour that it has; NULL:
 * none. */
typedef char *(*table_cell)(const void *arg, size_t line, size_t column,
			    const char **colour);

/* A line whose first cell is NULL is left out. True when one was printed. */
bool table_print(const struct table_column *cols, size_t n_cols, size_t n_lines,
		 table_cell cell, const void *arg);
