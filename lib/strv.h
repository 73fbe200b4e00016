/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing vector of owned strings, and the few string helpers that the C
 * library lacks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/cleanup.h"

struct strv {
	char **v; /* n strings, not NULL-terminated */
	size_t n;
};

#define _cleanup_strv_ _cleanup_(strv_done)

void strv_done(struct strv *s);
/* Append a copy; -ENOMEM. */
int strv_add(struct strv *s, const char *str);
/* Append formatted; -ENOMEM. */
int strv_addf(struct strv *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool strv_has(const struct strv *s, const char *str);
/* Sort by byte value. */
void strv_sort(struct strv *s);
/* "a, b, c"; NULL when out of memory. The caller frees. */
char *strv_join(const struct strv *s, const char *separator);

bool streq(const char *a, const char *b); /* NULL equals NULL only */
bool startswith(const char *s, const char *prefix);
bool endswith(const char *s, const char *suffix);
/* fnmatch() of any of the patterns in a text, with a space between them. */
bool matches_any(const char *patterns, const char *s, int flags);
/* asprintf() that returns the string, NULL when out of memory. */
char *strf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Replace an owned string by a copy of value; -ENOMEM leaves it as it was. */
int str_set(char **field, const char *value);
/* About how much memory a string takes, its allocation included; NULL takes none. */
size_t str_bytes(const char *s);
/* Where the next line of a text begins: at its end when there is none. */
const char *line_next(const char *line);
/* The part after the last '/', never NULL. */
const char *path_base(const char *path);
/* The folder that holds a path: "/" at the top, "." where the path names none; the caller
 * frees. NULL: out of memory. */
char *path_folder(const char *path);

/*
 * Make room for one more element of a vector that doubles: *v has n elements of
 * size bytes. Returns 0 or -ENOMEM; the new element is zeroed.
 */
int vec_grow(void *v, size_t n, size_t size);
