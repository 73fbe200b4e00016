/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules.dep as depmod of modutils writes it: an entry has a line for each module that
 * is needed, and an empty line behind it. */
#include <string.h>

#include "guest/modtree.h"
#include "installer/modlines.h"

/* Entries lie between lines: [start, end), the empty line behind among them. */
static size_t entry_end(const struct lines *l, size_t start)
{
	size_t i = start;

	while (i < l->n && endswith(l->v[i].text, "\\"))
		i++;
	i += i < l->n;
	if (i < l->n && !l->v[i].text[strspn(l->v[i].text, " \t\r")])
		i++;
	return i;
}

/* The paths of an entry: the module's, then what it needs, sorted. */
static int entry_paths(const struct lines *l, size_t start, size_t end, struct strv *ret)
{
	for (size_t i = start; i < end; i++) {
		_cleanup_free_ char *copy = strdup(l->v[i].text);
		char *save = NULL;

		if (!copy)
			return -ENOMEM;
		for (char *w = strtok_r(copy, " \t\r\\", &save); w;
		     w = strtok_r(NULL, " \t\r\\", &save)) {
			size_t n = strlen(w);

			if (!ret->n && w[n - 1] == ':')
				w[n - 1] = '\0';
			if (strv_add(ret, w) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* 1: the entry says what it ought to, in whatever order. */
static int is_right(const struct lines *l, size_t start, size_t end,
		    const struct indexed *m)
{
	_cleanup_strv_ struct strv have = { 0 };
	size_t found = 0;

	if (entry_paths(l, start, end, &have) < 0)
		return -ENOMEM;
	if (!have.n || have.n - 1 != m->deps.n || !streq(have.v[0], m->path))
		return 0;
	for (size_t i = 1; i < have.n; i++)
		found += strv_has(&m->deps, have.v[i]);
	return found == m->deps.n;
}

static const struct indexed *owner_of(const char *line, const struct indexed *m, size_t n)
{
	_cleanup_free_ char *path = strndup(line, strcspn(line, ":"));
	_cleanup_free_ char *name = path ? module_name(path_base(path)) : NULL;

	for (size_t i = 0; name && strchr(line, ':') && i < n; i++)
		if (streq(m[i].name, name))
			return &m[i];
	return NULL;
}

/* How many lines were inserted at a place, or -ENOMEM. */
static int insert(struct lines *l, size_t at, const struct indexed *m)
{
	const struct strv *d = &m->deps;
	size_t n = 0;

	/* The last entry of a file that was cut short must not go on with this one. */
	if (at && endswith(l->v[at - 1].text, "\\") && lines_insert(l, at + n++, "") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < (d->n ?: 1); i++) {
		_cleanup_free_ char *line = strf(
			"%s%s%s%s%s", i ? "" : m->path, i ? "" : ":", d->n ? "\t" : "",
			d->n ? d->v[i] : "", i + 1 < d->n ? " \\" : "");

		if (!line || lines_insert(l, at + n++, line) < 0)
			return -ENOMEM;
	}
	return lines_insert(l, at + n++, "") < 0 ? -ENOMEM : (int)n;
}

/* Take out what is not right; *found: which modules have their entry. */
static int clear(struct lines *l, const struct indexed *m, size_t n, bool *found,
		 size_t *at)
{
	int changed = 0;

	for (size_t i = 0; i < l->n;) {
		const struct indexed *owner = owner_of(l->v[i].text, m, n);
		size_t end = entry_end(l, i);
		int right = owner ? is_right(l, i, end, owner) : 1;

		if (right < 0)
			return right;
		if (owner && right && found[owner - m])
			right = 0;
		if (owner && right)
			found[owner - m] = true;
		if (right) {
			i = end;
			continue;
		}
		for (size_t k = i; k < end; k++)
			lines_remove(l, i);
		*at = i;
		changed = 1;
	}
	return changed;
}

int modutils_dep_update(struct lines *l, const struct indexed *m, size_t n)
{
	_cleanup_free_ bool *found = calloc(n + 1, sizeof(*found));
	size_t at = SIZE_MAX;
	int changed = found ? clear(l, m, n, found, &at) : -ENOMEM;

	if (changed < 0)
		return changed;
	if (at > l->n)
		at = l->n;
	for (size_t i = 0; i < n; i++) {
		int k = found[i] ? 0 : insert(l, at, &m[i]);

		if (k < 0)
			return k;
		at += (size_t)k;
		changed |= k > 0;
	}
	return changed;
}
