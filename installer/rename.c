/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "installer/rename.h"

bool is_renamed(const struct planning *p, const char *disk)
{
	for (size_t i = 0; i < p->n_renames; i++)
		if (streq(disk, p->renames[i].from))
			return true;
	return false;
}

static const struct devref *find_ref(const struct storage *s, const struct place *at,
				     const char *spec)
{
	for (size_t i = 0; s && i < s->n; i++) {
		const struct devref *r = &s->refs[i];

		if (r->where == at->where && streq(r->spec, spec) &&
		    (!at->release || !r->release || streq(r->release, at->release)))
			return r;
	}
	return NULL;
}

/* A label that a word of fstab or of a kernel's command line can hold. */
static bool plain(const char *s)
{
	return s && *s && !s[strcspn(s, " \t\r\n\"'\\,#=$")];
}

/*
 * "UUID=…" or "LABEL=…" of what spec names; NULL: by name then. A UUID goes before a
 * label: two disks may both have a "/" on them.
 */
static char *by_identity(const struct planning *p, const struct place *at,
			 const char *spec)
{
	const struct devref *ref = find_ref(p->g->storage, at, spec);
	_cleanup_free_ char *label = NULL;
	_cleanup_free_ char *uuid = NULL;

	if (!ref || !at->names || storage_identity(p->root, ref, &label, &uuid, NULL) < 0)
		return NULL;
	if ((at->names & NAME_UUID) && plain(uuid))
		return strf("UUID=%s", uuid);
	if ((at->names & NAME_LABEL) && plain(label))
		return strf("LABEL=%s", label);
	return NULL;
}

/* 1 and the new spec when spec names a disk that is renamed, else 0. */
static int renamed(struct naming *n, const struct place *at, const char *spec, char **ret)
{
	const struct planning *p = n->p;
	_cleanup_free_ char *disk = NULL;
	unsigned int part = 0;

	if (!storage_split_device(spec, &disk, &part))
		return 0;
	for (size_t i = 0; i < p->n_renames; i++) {
		const char *to = p->renames[i].to;

		if (!streq(disk, p->renames[i].from))
			continue;
		n->used[i] = true;
		*ret = by_identity(p, at, spec);
		if (!*ret)
			*ret = part ? strf("/dev/%s%u", to, part) : strf("/dev/%s", to);
		return *ret ? 1 : -ENOMEM;
	}
	return 0;
}

int rename_spec(struct naming *n, const struct place *at, struct lines *l, size_t i,
		size_t *start, size_t len, const char *prefix, struct strv *details)
{
	const char *text = l->v[i].text;
	_cleanup_free_ char *spec = strndup(text + *start, len);
	_cleanup_free_ char *to = NULL;
	_cleanup_free_ char *new = NULL;
	int k = spec ? renamed(n, at, spec, &to) : -ENOMEM;

	if (k <= 0) {
		*start += len;
		return k;
	}
	new = strf("%.*s%s%s", (int)*start, text, to, text + *start + len);
	if (!new || lines_set(l, i, new) < 0 ||
	    strv_addf(details, "%s%s becomes %s%s", prefix, spec, prefix, to) < 0)
		return -ENOMEM;
	*start += strlen(to);
	return 1;
}

int rename_word(struct naming *n, const struct place *at, struct lines *l, size_t i,
		size_t *start, const char *prefix, struct strv *details)
{
	const char *text = l->v[i].text;
	size_t skip = strlen(prefix);
	size_t len = strcspn(text + *start, " \t\r\"'");

	if (len <= skip || strncmp(text + *start, prefix, skip) != 0) {
		*start += len;
		return 0;
	}
	*start += skip;
	return rename_spec(n, at, l, i, start, len - skip, prefix, details);
}

bool seek_word(const struct line *l, size_t *start)
{
	*start += strspn(l->text + *start, " \t\r");
	return l->text[*start] != '\0';
}

bool word_is(const struct line *l, size_t start, const char *word)
{
	size_t len = strcspn(l->text + start, " \t\r");

	return len == strlen(word) && strncmp(l->text + start, word, len) == 0;
}
