/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a filter of LVM's says of a device, and how it would say the same of another. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/lvmconf.h"

/* LVM's own matcher looks anywhere. */
static bool matches(const char *regex, const char *device)
{
	regex_t x;
	bool found;

	if (lvm_regex(regex, &x) < 0)
		return false;
	found = regexec(&x, device, 0, NULL, 0) == 0;
	regfree(&x);
	return found;
}

bool lvm_accepts(const struct lvm_filter *f, const char *device)
{
	for (size_t i = 0; i < f->n; i++)
		if (matches(f->v[i].regex, device))
			return f->v[i].accept;
	return true;
}

/* text with the n characters at `at` exchanged. */
static char *exchange(const char *text, const char *at, size_t n, const char *by)
{
	return strf("%.*s%s%s", (int)(at - text), text, by, at + n);
}

/* A disk's name: "sda" is the beginning of "sdaa", too, and "vda" the end of "xvda". */
static bool is_disk(const char *text, const char *at, size_t n)
{
	return (at == text || !isalnum((unsigned char)at[-1])) &&
	       !(at[n] >= 'a' && at[n] <= 'z');
}

/* The class of disks, as "/dev/sd" before what stands for any letter. */
static bool is_class(const char *text, const char *at, size_t n)
{
	return at - text >= 5 && strncmp(at - 5, "/dev/", 5) == 0 &&
	       strchr(".*[(+?|$", at[n]);
}

/* text with `to` for `from` wherever that is such a name: 1 and *ret, 0 when it is
 * nowhere; -ENOMEM. */
static int exchange_all(const char *text, const char *from, const char *to,
			bool (*is_name)(const char *text, const char *at, size_t n),
			char **ret)
{
	_cleanup_free_ char *new = NULL;
	size_t n = strlen(from);
	size_t len = 0;
	FILE *f = open_memstream(&new, &len);
	const char *done = text;

	if (!f)
		return -ENOMEM;
	for (const char *at = text; (at = strstr(at, from)); at++) {
		if (at < done || !is_name(text, at, n))
			continue;
		fprintf(f, "%.*s%s", (int)(at - done), done, to);
		done = at + n;
	}
	fputs(done, f);
	if (fclose(f) != 0)
		return -ENOMEM;
	if (done == text)
		return 0;
	*ret = TAKE_PTR(new);
	return 1;
}

/* What double quotes can hold as it is: how a backslash was written is not known any
 * more, and as a delimiter either would end or bend the string. */
static bool quotable(const struct lvm_pattern *p)
{
	/* The closing one differs for brackets alone. */
	char delimiter = p->delimiter[0];

	return delimiter != '\\' && delimiter != '"' && !strpbrk(p->regex, "\\\"");
}

int lvm_pattern_follow(const struct lvm_pattern *p, const char *from, const char *to,
		       char **ret)
{
	_cleanup_free_ char *kind = strndup(from, 2);
	_cleanup_free_ char *new = NULL;
	int disks;
	int classes;

	if (!kind)
		return -ENOMEM;
	if (!quotable(p))
		return 0;
	disks = exchange_all(p->regex, from, to, is_disk, &new);
	if (disks < 0)
		return disks;
	classes = exchange_all(new ?: p->regex, kind, "xvd", is_class, ret);
	if (classes == 0 && disks)
		*ret = TAKE_PTR(new);
	return classes < 0 ? classes : disks | classes;
}

bool lvm_can_follow(const struct lvm_filter *f, const char *old, const char *new,
		    const char *from, const char *to)
{
	for (size_t i = 0; i < f->n; i++) {
		_cleanup_free_ char *regex = NULL;

		if (!matches(f->v[i].regex, old)) {
			if (matches(f->v[i].regex, new))
				return f->v[i].accept;
			continue;
		}
		return f->is_list && f->v[i].accept &&
		       lvm_pattern_follow(&f->v[i], from, to, &regex) > 0 &&
		       matches(regex, new);
	}
	return false;
}

/* The pattern as it is written, with ", " behind it; NULL: out of memory. */
static char *written(const struct lvm_pattern *p, const char *regex)
{
	return strf("\"a%c%s%c\", ", p->delimiter[0], regex, p->delimiter[1]);
}

static bool has_pattern(const struct lvm_filter *f, const char *regex)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].accept && streq(f->v[i].regex, regex))
			return true;
	return false;
}

/* Patterns of a filter, the last first, so that offsets before stay what they are. */
static int follow_filter(const struct lvm_filter *f, const char *from, const char *to,
			 char **text)
{
	int changed = 0;

	for (size_t i = f->n; i-- > 0;) {
		_cleanup_free_ char *regex = NULL;
		_cleanup_free_ char *new = NULL;
		char *whole;
		int k = 0;

		if (f->v[i].accept)
			k = lvm_pattern_follow(&f->v[i], from, to, &regex);
		if (k < 0)
			return k;
		if (k == 0 || has_pattern(f, regex))
			continue;
		new = written(&f->v[i], regex);
		whole = new ? exchange(*text, *text + f->v[i].offset, 0, new) : NULL;
		if (!whole)
			return -ENOMEM;
		free(*text);
		*text = whole;
		changed = 1;
	}
	return changed;
}

int lvm_text_follow(const struct lvmconf *c, const char *file, const char *text,
		    const char *from, const char *to, char **ret)
{
	_cleanup_free_ char *new = strdup(text);
	/* The filter that stands last in the file first */
	bool done[2] = { false };
	int changed = 0;

	if (!new)
		return -ENOMEM;
	for (size_t pass = 0; pass < ELEMENTSOF(done); pass++) {
		size_t best = SIZE_MAX;
		int k;

		for (size_t i = 0; i < c->n && i < ELEMENTSOF(done); i++)
			if (!done[i] && c->filters[i].n && c->filters[i].is_list &&
			    streq(c->filters[i].file, file) &&
			    (best == SIZE_MAX ||
			     c->filters[i].v[0].offset > c->filters[best].v[0].offset))
				best = i;
		if (best == SIZE_MAX)
			break;
		done[best] = true;
		k = follow_filter(&c->filters[best], from, to, &new);
		if (k < 0)
			return k;
		changed |= k;
	}
	if (changed)
		*ret = TAKE_PTR(new);
	return changed;
}
