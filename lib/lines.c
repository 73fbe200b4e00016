/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/lines.h"
#include "lib/strv.h"

#define LINE_MAX_BYTES (1024 * 1024)

void lines_done(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
	*l = (struct lines){ 0 };
}

static int append(struct lines *l, const char *text, size_t len, bool newline)
{
	char *copy = strndup(text, len);

	if (!copy || vec_grow(&l->v, l->n, sizeof(*l->v)) < 0) {
		free(copy);
		return -ENOMEM;
	}
	l->v[l->n].text = copy;
	l->v[l->n].newline = newline;
	l->n++;
	return 0;
}

int lines_parse(struct lines *l, const char *text, size_t len, const char *name,
		struct err *e)
{
	_cleanup_lines_ struct lines out = { 0 };
	const char *p = text;
	const char *end = text + len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ?: end) - p);

		if (n > LINE_MAX_BYTES)
			return err_set(e, E2BIG,
				       "%s: line %zu is %zu bytes long (the limit is %d)",
				       name, out.n + 1, n, LINE_MAX_BYTES);
		if (out.n >= LINES_MAX)
			return err_set(e, E2BIG, "%s: more than %d lines", name,
				       LINES_MAX);
		if (memchr(p, '\0', n))
			return err_set(e, EINVAL,
				       "%s: line %zu holds a NUL byte: not a text file",
				       name, out.n + 1);
		if (append(&out, p, n, nl != NULL) < 0)
			return err_nomem(e);
		p += n + (nl ? 1 : 0);
	}
	*l = out;
	out = (struct lines){ 0 };
	return 0;
}

int lines_set(struct lines *l, size_t i, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(l->v[i].text);
	l->v[i].text = copy;
	return 0;
}

int lines_insert(struct lines *l, size_t i, const char *text)
{
	struct line new;

	/* A last line without "\n" gets one as soon as a line follows it. */
	if (i == l->n && l->n)
		l->v[l->n - 1].newline = true;
	if (append(l, text, strlen(text), true) < 0)
		return -ENOMEM;
	new = l->v[l->n - 1];
	memmove(&l->v[i + 1], &l->v[i], (l->n - 1 - i) * sizeof(*l->v));
	l->v[i] = new;
	return 0;
}

void lines_remove(struct lines *l, size_t i)
{
	free(l->v[i].text);
	memmove(&l->v[i], &l->v[i + 1], (l->n - 1 - i) * sizeof(*l->v));
	l->n--;
}

char *lines_text(const struct lines *l, size_t *ret_len)
{
	size_t len = 0;
	char *out;
	char *p;

	for (size_t i = 0; i < l->n; i++)
		len += strlen(l->v[i].text) + l->v[i].newline;
	out = p = malloc(len + 1);
	if (!out)
		return NULL;
	for (size_t i = 0; i < l->n; i++) {
		p = stpcpy(p, l->v[i].text);
		if (l->v[i].newline)
			*p++ = '\n';
	}
	*p = '\0';
	if (ret_len)
		*ret_len = len;
	return out;
}
