/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/blockname.h"
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

/* The disk's new name; NULL: it keeps the one that it has. */
static const char *new_name(struct naming *n, const char *disk)
{
	for (size_t i = 0; i < n->p->n_renames; i++) {
		if (!streq(disk, n->p->renames[i].from))
			continue;
		n->used[i] = true;
		return n->p->renames[i].to;
	}
	return NULL;
}

/* Later entries get root= from fstab's line of the root [new-kernel-pkg of RHEL 3]. */
static int note_number(struct naming *n, const char *name)
{
	const struct devref *top = storage_mount(n->p->g->storage, "/");

	if (!top || !top->disk)
		return 0;
	return plan_note(n->p, NULL,
			 "the boot entry of a later kernel may get root=%s from fstab, a "
			 "name that Linux 2.4 does not know: run xenpv-install again "
			 "after each kernel update, before the reboot",
			 name);
}

/* "/dev/xvde2", or "ca42" where that is all that is understood, and then why. */
static int by_name(struct naming *n, const struct place *at, const char *disk,
		   unsigned int part, char **ret, char **ret_why)
{
	_cleanup_free_ char *name = part ? strf("/dev/%s%u", disk, part)
					 : strf("/dev/%s", disk);
	unsigned int number;

	if (!name)
		return -ENOMEM;
	if (!at->number || !blockname_number(disk, part, &number)) {
		*ret = TAKE_PTR(name);
		return 0;
	}
	*ret_why = strf(" (%s, which its kernel knows by number alone)", name);
	*ret = *ret_why ? strf("%x", number) : NULL;
	return *ret ? note_number(n, name) : -ENOMEM;
}

/*
 * 1 and the new spec when spec names a disk that is renamed, or one by a name that is not
 * understood there; else 0.
 */
static int renamed(struct naming *n, const struct place *at, const char *spec, char **ret,
		   char **ret_why)
{
	_cleanup_free_ char *disk = NULL;
	const char *to;
	unsigned int part = 0;
	int k = 0;

	if (at->where == DEVREF_BOOT_ROOT ? !storage_split_root(spec, &disk, &part)
					  : !storage_split_device(spec, &disk, &part))
		return 0;
	to = new_name(n, disk);
	if (!to && at->number && startswith(spec, "/dev/xvd"))
		to = disk;
	if (!to)
		return 0;
	*ret = by_identity(n->p, at, spec);
	if (!*ret)
		k = by_name(n, at, to, part, ret, ret_why);
	return k < 0 ? k : !streq(*ret, spec);
}

int rename_spec(struct naming *n, const struct place *at, struct lines *l, size_t i,
		size_t *start, size_t len, const char *prefix, struct strv *details)
{
	const char *text = l->v[i].text;
	_cleanup_free_ char *spec = strndup(text + *start, len);
	_cleanup_free_ char *to = NULL;
	_cleanup_free_ char *why = NULL;
	_cleanup_free_ char *new = NULL;
	int k = spec ? renamed(n, at, spec, &to, &why) : -ENOMEM;

	if (k <= 0) {
		*start += len;
		return k;
	}
	new = strf("%.*s%s%s", (int)*start, text, to, text + *start + len);
	if (!new || lines_set(l, i, new) < 0 ||
	    strv_addf(details, "%s%s becomes %s%s%s", prefix, spec, prefix, to,
		      why ?: "") < 0)
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
