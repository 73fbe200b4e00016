/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --rename, in what stands between disks and file systems. A filter of LVM's that takes
 * a disk under its old name gets a pattern for the new one, in the guest and in the
 * images that have a copy; the devices that mdadm looks at likewise. The old patterns
 * stay: they are what an uninstalled guest, or a rescue on the emulated disks, needs.
 */
#include <string.h>
#include <strings.h>

#include "installer/rename.h"

/* One text with what it needs for all renames: 1 and *ret (the caller frees), 0. */
static int follow_all(const struct naming *n, const char *file, const char *text,
		      char **ret, struct err *e)
{
	_cleanup_free_ char *now = strdup(text);
	int changed = 0;

	if (!now)
		return err_nomem(e);
	for (size_t i = 0; i < n->p->n_renames; i++) {
		_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
		const struct rename *r = &n->p->renames[i];
		char *new = NULL;
		int k = c ? lvmconf_parse(c, file, now, e) : err_nomem(e);

		if (k == 0)
			k = lvm_text_follow(c, file, now, r->from, r->to, &new);
		if (k < 0)
			return k == -ENOMEM ? err_nomem(e) : k;
		if (k == 0)
			continue;
		n->used[i] = true;
		changed = 1;
		free(now);
		now = new;
	}
	if (changed)
		*ret = TAKE_PTR(now);
	return changed;
}

/* What is not in LVM's language, before or behind, is left: device-names has said so. */
int rename_lvm(struct naming *n, const char *file, struct lines *l, struct strv *details)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	_cleanup_free_ char *text = lines_text(l, &(size_t){ 0 });
	_cleanup_free_ char *new = NULL;
	int k = c && text ? follow_all(n, file, text, &new, NULL) : -ENOMEM;

	if (k > 0)
		k = lvmconf_parse(c, file, new, NULL);
	if (k == 0 && new) {
		lines_done(l);
		k = lines_parse(l, new, strlen(new), file, NULL);
		if (k == 0)
			k = strv_add(details, "LVM's filter takes the new names, too");
	}
	return k == -ENOMEM ? k : 0;
}

/* --- md --- */

/* The new name for a word of a DEVICE line: of the disks, or the class of disks, that it
 * names. The caller frees; NULL and 0: it is about none. */
static int device_follow(const struct naming *n, const char *word, char **ret)
{
	_cleanup_free_ char *now = strdup(word);
	int changed = 0;

	for (size_t i = 0; now && i < n->p->n_renames; i++) {
		const struct rename *r = &n->p->renames[i];
		const struct lvm_pattern as = { .accept = true, .regex = now };
		char *new = NULL;
		int k = lvm_pattern_follow(&as, r->from, r->to, &new);

		if (k < 0)
			return k;
		if (k == 0)
			continue;
		n->used[i] = true;
		changed = 1;
		free(now);
		now = new;
	}
	if (changed)
		*ret = TAKE_PTR(now);
	return now || changed ? changed : -ENOMEM;
}

/* Whether a word stands somewhere in the file. */
static bool has_word(const struct lines *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t at = 0; seek_word(&l->v[i], &at);
		     at += strcspn(l->v[i].text + at, " \t\r"))
			if (word_is(&l->v[i], at, word))
				return true;
	return false;
}

/* Behind each word of a DEVICE line that needs it, the new one. */
static int device_line(const struct naming *n, struct lines *l, size_t i,
		       struct strv *details)
{
	size_t start = 0;

	while (seek_word(&l->v[i], &start) && l->v[i].text[start] != '#') {
		const char *text = l->v[i].text;
		size_t len = strcspn(text + start, " \t\r");
		_cleanup_free_ char *word = strndup(text + start, len);
		_cleanup_free_ char *to = NULL;
		_cleanup_free_ char *new = NULL;
		int k = word ? device_follow(n, word, &to) : -ENOMEM;

		start += len;
		if (k < 0)
			return k;
		if (k == 0 || has_word(l, to))
			continue;
		new = strf("%.*s %s%s", (int)start, text, to, text + start);
		if (!new || lines_set(l, i, new) < 0 ||
		    strv_addf(details, "%s beside %s", to, word) < 0)
			return -ENOMEM;
		start += 1 + strlen(to);
	}
	return 0;
}

/* devices=/dev/hda1,/dev/hdb1: the members are these and no others, so they change. */
static int array_line(struct naming *n, const char *file, struct lines *l, size_t i,
		      struct strv *details)
{
	struct place at = { .where = DEVREF_OTHER, .file = file };
	size_t start = 0;
	bool members = false;

	for (;;) {
		const char *text = l->v[i].text;
		size_t word = start + strcspn(text + start, ",= \t");
		int k;

		if (!text[start])
			return 0;
		if (text[word] == '=') {
			members = word - start == 7 &&
				  !strncasecmp(text + start, "devices", 7);
		} else if (members && word > start) {
			k = rename_spec(n, &at, l, i, &start, word - start, "", details);
			if (k < 0)
				return k;
			word = start;
			text = l->v[i].text;
		}
		if (!text[word])
			return 0;
		members = members && text[word] != ' ' && text[word] != '\t';
		start = word + 1;
	}
}

static char keyword_of(const char *text)
{
	size_t len = strcspn(text, " \t\r");

	if (len >= 3 && len <= 6 && !strncasecmp(text, "device", len))
		return 'D';
	return len >= 3 && len <= 5 && !strncasecmp(text, "array", len) ? 'A' : '\0';
}

int rename_md(struct naming *n, const char *file, struct lines *l, struct strv *details)
{
	char keyword = '\0';
	int k = 0;

	for (size_t i = 0; k >= 0 && i < l->n; i++) {
		if (!strchr(" \t", l->v[i].text[0]) || !l->v[i].text[0])
			keyword = keyword_of(l->v[i].text);
		if (keyword == 'D')
			k = device_line(n, l, i, details);
		else if (keyword == 'A')
			k = array_line(n, file, l, i, details);
	}
	return k < 0 ? k : 0;
}
