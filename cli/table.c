/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "lib/cleanup.h"
#include "lib/utf8.h"

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

void print_line(const char *before, const char *s)
{
	_cleanup_free_ char *text = printable(s);

	printf("%s%s\n", before, text ?: "");
}

void print_lines(const char *before, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		print_line(before, list->v[i]);
}

void print_text(const char *text)
{
	bool terminal = isatty(STDOUT_FILENO);

	while (*text) {
		size_t n = strcspn(text, "\t\n");
		_cleanup_free_ char *part = strndup(text, n);
		_cleanup_free_ char *clean = part && terminal ? printable(part) : NULL;

		fputs(clean ?: terminal || !part ? "" : part, stdout);
		text += n;
		if (*text)
			putchar(*text++);
	}
}
