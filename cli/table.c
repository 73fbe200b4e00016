/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "lib/fold.h"
#include "cli/table.h"
#include "lib/cleanup.h"
#include "lib/utf8.h"

/* Columns that are narrower show no text that one could read. */
#define NARROWEST 12

struct grid {
	const struct table_column *cols;
	size_t n_cols;
	size_t n_lines;
	size_t size; /* cells that there is room for */
	char **text; /* of each, line by line */
	const char **colour;
};

static void grid_done(struct grid *g)
{
	for (size_t i = 0; g->text && i < g->size; i++)
		free(g->text[i]);
	free(g->text);
	free(g->colour);
}

/* The cells of the lines that have any. False: out of memory. */
static bool fill(struct grid *g, size_t n_lines, table_cell cell, const void *arg)
{
	g->size = n_lines * g->n_cols;
	g->text = calloc(g->size + 1, sizeof(*g->text));
	g->colour = calloc(g->size + 1, sizeof(*g->colour));
	if (!g->text || !g->colour)
		return false;
	for (size_t l = 0; l < n_lines; l++) {
		for (size_t c = 0; c < g->n_cols; c++) {
			size_t at = g->n_lines * g->n_cols + c;
			_cleanup_free_ char *raw = cell(arg, l, c, &g->colour[at]);

			if (!raw && c == 0)
				break;
			g->text[at] = printable(raw ?: "");
			if (!g->text[at])
				return false;
		}
		g->n_lines += g->text[g->n_lines * g->n_cols] != NULL;
	}
	return true;
}

static size_t natural_width(const struct grid *g, size_t column)
{
	size_t most = fold_width(g->cols[column].name);

	for (size_t l = 0; l < g->n_lines; l++) {
		size_t n = fold_width(g->text[l * g->n_cols + column]);

		most = n > most ? n : most;
	}
	return most;
}

/* Texts of columns that may wrap, broken between words to fit a terminal, if it has room
 * for them at all. False: they are as they were. */
static bool fold_columns(struct grid *g, size_t terminal)
{
	size_t widths[g->n_cols];
	size_t wide[g->n_cols];
	size_t taken = g->n_cols - 1; /* between them */
	size_t n = 0;

	for (size_t c = 0; c < g->n_cols; c++) {
		size_t width = natural_width(g, c);

		if (g->cols[c].flags & SCOLS_FL_WRAP) {
			widths[n] = width;
			wide[n++] = c;
		} else {
			taken += width;
		}
	}
	if (terminal < taken + n * NARROWEST)
		return false;
	fold_share(widths, n, terminal - taken);
	for (size_t i = 0; i < n; i++)
		for (size_t l = 0; l < g->n_lines; l++) {
			char **text = &g->text[l * g->n_cols + wide[i]];
			char *folded = fold(*text, widths[i]);

			if (!folded)
				return false;
			free(*text);
			*text = folded;
		}
	return true;
}

static bool print_grid(struct grid *g)
{
	struct libscols_table *tb = scols_new_table();
	bool folded;

	if (!tb)
		return false;
	scols_table_enable_colors(tb, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	folded = isatty(STDOUT_FILENO) && fold_columns(g, scols_table_get_termwidth(tb));
	for (size_t c = 0; c < g->n_cols; c++) {
		struct libscols_column *col = scols_table_new_column(tb, g->cols[c].name,
								     0, g->cols[c].flags);

		if (!folded || !(g->cols[c].flags & SCOLS_FL_WRAP))
			continue;
		scols_column_set_safechars(col, "\n");
		scols_column_set_wrapfunc(col, scols_wrapnl_chunksize,
					  scols_wrapnl_nextchunk, NULL);
	}
	for (size_t l = 0; l < g->n_lines; l++) {
		struct libscols_line *ln = scols_table_new_line(tb, NULL);

		for (size_t c = 0; ln && c < g->n_cols; c++) {
			scols_line_set_data(ln, c, g->text[l * g->n_cols + c]);
			if (g->colour[l * g->n_cols + c])
				scols_cell_set_color(scols_line_get_cell(ln, c),
						     g->colour[l * g->n_cols + c]);
		}
	}
	scols_print_table(tb);
	scols_unref_table(tb);
	return true;
}

bool table_print(const struct table_column *cols, size_t n_cols, size_t n_lines,
		 table_cell cell, const void *arg)
{
	_cleanup_(grid_done) struct grid g = { .cols = cols, .n_cols = n_cols };
	/* The user's character set, for this alone: what reads guests is to know none. */
	locale_t own = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	locale_t before = own ? uselocale(own) : (locale_t)0;
	bool any = fill(&g, n_lines, cell, arg) && g.n_lines && print_grid(&g);

	if (own) {
		uselocale(before);
		freelocale(own);
	}
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
