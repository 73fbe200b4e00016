/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/cleanup.h"
#include "lib/utf8.h"

/* Characters of control, C0, DEL and C1, steer terminals. */
static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

char *printable(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	char *out = malloc(4 * strlen(s) + 1);
	char *q = out;

	if (!out)
		return NULL;
	while (*p) {
		size_t n = is_control(p) ? 0 : utf8_length(p);

		if (n == 0)
			q += sprintf(q, "\\x%02x", *p++);
		for (; n; n--)
			*q++ = (char)*p++;
	}
	*q = '\0';
	return out;
}

/* False when there was none of its cells: the line is left out. */
static bool add_line(struct libscols_table *tb, size_t line, size_t n_cols,
		     table_cell cell, const void *arg)
{
	struct libscols_line *ln = NULL;

	for (size_t c = 0; c < n_cols; c++) {
		const char *colour = NULL;
		_cleanup_free_ char *raw = cell(arg, line, c, &colour);
		_cleanup_free_ char *text = NULL;

		if (!raw && c == 0)
			return false;
		if (!ln)
			ln = scols_table_new_line(tb, NULL);
		text = printable(raw ?: "");
		scols_line_set_data(ln, c, text ?: "");
		if (colour)
			scols_cell_set_color(scols_line_get_cell(ln, c), colour);
	}
	return true;
}

bool table_print(const struct table_column *cols, size_t n_cols, size_t n_lines,
		 table_cell cell, const void *arg)
{
	struct libscols_table *tb = scols_new_table();
	bool any = false;

	if (!tb)
		return false;
	scols_table_enable_colors(tb, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	for (size_t c = 0; c < n_cols; c++)
		scols_table_new_column(tb, cols[c].name, 0, cols[c].flags);
	for (size_t l = 0; l < n_lines; l++)
		any |= add_line(tb, l, n_cols, cell, arg);
	if (any)
		scols_print_table(tb);
	scols_unref_table(tb);
	return any;
}
