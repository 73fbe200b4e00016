/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fnmatch.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "lib/strv.h"

int vec_grow(void *v, size_t n, size_t size)
{
	void **p = v;
	void *grown;

	/* Capacity is the next power of two: it changes only when n is one. */
	if (n == 0 || (n & (n - 1)) == 0) {
		size_t cap = n ? n * 2 : 1;

		if (cap > SIZE_MAX / size)
			return -ENOMEM;
		grown = realloc(*p, cap * size);
		if (!grown)
			return -ENOMEM;
		*p = grown;
	}
	memset((char *)*p + n * size, 0, size);
	return 0;
}

void strv_done(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv){ 0 };
}

static int add_owned(struct strv *s, char *str)
{
	if (!str || vec_grow(&s->v, s->n, sizeof(*s->v)) < 0) {
		free(str);
		return -ENOMEM;
	}
	s->v[s->n++] = str;
	return 0;
}

int strv_add(struct strv *s, const char *str)
{
	return add_owned(s, strdup(str));
}

int strv_addf(struct strv *s, const char *fmt, ...)
{
	char *str = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&str, fmt, ap) < 0)
		str = NULL;
	va_end(ap);
	return add_owned(s, str);
}

bool strv_has(const struct strv *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++)
		if (streq(s->v[i], str))
			return true;
	return false;
}

static int cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), cmp);
}

char *strv_join(const struct strv *s, const char *separator)
{
	size_t len = 1;
	size_t sep = strlen(separator);
	char *out;
	char *p;

	for (size_t i = 0; i < s->n; i++)
		len += strlen(s->v[i]) + sep;
	out = p = malloc(len);
	if (!out)
		return NULL;
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			p = stpcpy(p, separator);
		p = stpcpy(p, s->v[i]);
	}
	*p = '\0';
	return out;
}

bool streq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool startswith(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool endswith(const char *s, const char *suffix)
{
	size_t n = strlen(s);
	size_t m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool matches_any(const char *patterns, const char *s, int flags)
{
	_cleanup_free_ char *copy = strdup(patterns);
	char *save = NULL;

	for (char *p = copy ? strtok_r(copy, " ", &save) : NULL; p;
	     p = strtok_r(NULL, " ", &save))
		if (fnmatch(p, s, flags) == 0)
			return true;
	return false;
}

char *strf(const char *fmt, ...)
{
	char *str = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&str, fmt, ap) < 0)
		str = NULL;
	va_end(ap);
	return str;
}

int str_set(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

size_t str_bytes(const char *s)
{
	return s ? strlen(s) + 24 : 0;
}

const char *line_next(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
	size_t n = (size_t)(path_base(path) - path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return n ? strndup(path, n) : strdup(".");
}
