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

/* What one rename makes of a text: 1 and *ret (the caller frees), 0, or a negative errno.
 */
typedef int (*follower)(const char *file, const char *text, const struct rename *r,
			char **ret);

/* What all renames make of it, each of what those before it have made. */
static int follow_all(const struct naming *n, follower follow, const char *file,
		      const char *text, char **ret)
{
	_cleanup_free_ char *now = strdup(text);
	int changed = 0;

	if (!now)
		return -ENOMEM;
	for (size_t i = 0; i < n->p->n_renames; i++) {
		char *new = NULL;
		int k = follow(file, now, &n->p->renames[i], &new);

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
	return changed;
}

/* --- LVM --- */

static int follow_filters(const char *file, const char *text, const struct rename *r,
			  char **ret)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	int k = c ? lvmconf_parse(c, file, text, NULL) : -ENOMEM;

	return k < 0 ? k : lvm_text_follow(c, file, text, r->from, r->to, ret);
}

/* What is not in LVM's language, before or behind, is left: device-names has said so. */
int rename_lvm(struct naming *n, const char *file, struct lines *l, struct strv *details)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	_cleanup_free_ char *text = lines_text(l, &(size_t){ 0 });
	_cleanup_free_ char *new = NULL;
	int k = c && text ? follow_all(n, follow_filters, file, text, &new) : -ENOMEM;

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

/* A word of a DEVICE line: the disks, or the class of disks, that it names. */
static int follow_device(const char *file, const char *word, const struct rename *r,
			 char **ret)
{
	_cleanup_free_ char *regex = strdup(word);
	const struct lvm_pattern as = { .accept = true, .regex = regex };

	return regex ? lvm_pattern_follow(&as, r->from, r->to, ret) : -ENOMEM;
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
		int k = word ? follow_all(n, follow_device, NULL, word, &to) : -ENOMEM;

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
