/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "lib/fold.h"

/* Columns that "\xHH" takes */
#define ESCAPE 4

/* Of the character at s: its bytes, and its columns. */
static size_t character(const char *s, size_t *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, s, strlen(s), &state);

	if (n == 0 || n > strlen(s)) {
		*columns = ESCAPE;
		return 1;
	}
	*columns = iswprint((wint_t)c) ? (size_t)wcwidth(c) : ESCAPE * n;
	return n;
}

static size_t width_of(const char *s, size_t len)
{
	size_t sum = 0;

	for (size_t at = 0, columns; at < len; sum += columns)
		at += character(s + at, &columns);
	return sum;
}

size_t fold_width(const char *s)
{
	return width_of(s, strlen(s));
}

/* A word, broken where it leaves its line; returns the column behind it. */
static size_t put_word(char **out, const char *word, size_t len, size_t column,
		       size_t width)
{
	for (size_t at = 0, columns, n; at < len; at += n, column += columns) {
		n = character(word + at, &columns);
		if (column && column + columns > width) {
			*(*out)++ = '\n';
			column = 0;
		}
		memcpy(*out, word + at, n);
		*out += n;
	}
	return column;
}

char *fold(const char *s, size_t width)
{
	/* At most a new line before each byte */
	char *text = malloc(2 * strlen(s) + 1);
	char *out = text;
	size_t column = 0;

	if (!text)
		return NULL;
	for (const char *word = s; *word;) {
		size_t blanks = strspn(word, " ");
		size_t len = strcspn(word + blanks, " ");
		size_t columns = blanks + width_of(word + blanks, len);

		if (column && column + columns > width) {
			*out++ = '\n';
			column = 0;
		} else {
			out = (char *)memset(out, ' ', blanks) + blanks;
			column += blanks;
		}
		word += blanks;
		column = put_word(&out, word, len, column, width);
		word += len;
	}
	*out = '\0';
	return text;
}

void fold_share(size_t *widths, size_t n, size_t room)
{
	size_t left = n; /* of those that have no width yet */
	bool given[n + 1];

	memset(given, 0, sizeof(given));
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			if (given[i] || widths[i] > room / left)
				continue;
			given[i] = again = true;
			room -= widths[i];
			left--;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!given[i])
			widths[i] = room / left;
}
