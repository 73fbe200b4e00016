/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text file as its lines, byte for byte: line endings, a missing last newline
 * and bytes that are not UTF-8 survive. What is not edited is written back as
 * it was read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* A line takes more memory than its text; the longest index of 2026 has 40,000. */
#define LINES_MAX 262144

struct line {
	char *text;   /* NUL-terminated, without its "\n"; a "\r" before it stays */
	bool newline; /* a "\n" followed; false only for the last line */
};

struct lines {
	struct line *v;
	size_t n;
};

#define _cleanup_lines_ _cleanup_(lines_done)

void lines_done(struct lines *l);

/*
 * Split len bytes. `name` is the file's name for the error: -EINVAL when the
 * text holds a NUL byte, -E2BIG when a line is longer than 1 MiB, or they are too many.
 */
int lines_parse(struct lines *l, const char *text, size_t len, const char *name,
		struct err *e);

/* Replace line i / insert before line i (i == n appends) / remove line i; -ENOMEM. */
int lines_set(struct lines *l, size_t i, const char *text);
int lines_insert(struct lines *l, size_t i, const char *text);
void lines_remove(struct lines *l, size_t i);

/* The whole text, NUL-terminated; the caller frees. NULL when out of memory. */
char *lines_text(const struct lines *l, size_t *ret_len);
