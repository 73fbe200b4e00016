/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people are shown: tables, lines and texts that no terminal obeys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libsmartcols.h>

#include "lib/strv.h"

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

/* A line: s as printable() has it, behind what the program says itself. */
void print_line(const char *before, const char *s);
void print_lines(const char *before, const struct strv *list);

/* A text of several lines, such as a diff: to a terminal without control characters, into
 * a file byte for byte, as patch(1) needs it. */
void print_text(const char *text);
