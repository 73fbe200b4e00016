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

void table_print(const struct column *cols, size_t n_cols, size_t n_lines, bool verbose,
		 char *(*cell)(const void *, size_t, size_t, const char **),
		 const void *arg)
{
	struct libscols_table *tb = scols_new_table();

	if (!tb)
		return;
	scols_table_enable_colors(tb, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	for (size_t c = 0; c < n_cols; c++)
		if (!cols[c].verbose_only || verbose)
			scols_table_new_column(tb, cols[c].name, 0, cols[c].flags);
	for (size_t l = 0; l < n_lines; l++) {
		struct libscols_line *ln = NULL;
		size_t at = 0;

		for (size_t c = 0; c < n_cols; c++) {
			const char *colour = NULL;
			_cleanup_free_ char *raw = NULL;
			_cleanup_free_ char *text = NULL;

			if (cols[c].verbose_only && !verbose)
				continue;
			raw = cell(arg, l, c, &colour);
			if (!raw && c == 0)
				break; /* this line is left out */
			if (!ln)
				ln = scols_table_new_line(tb, NULL);
			text = printable(raw ?: "");
			scols_line_set_data(ln, at, text ?: "");
			if (colour)
				scols_cell_set_color(scols_line_get_cell(ln, at), colour);
			at++;
		}
	}
	if (scols_table_get_nlines(tb))
		scols_print_table(tb);
	scols_unref_table(tb);
}
