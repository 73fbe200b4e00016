/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --rename, beyond fstab and the boot entries: files that name a disk in a place of their
 * own, and what later boot entries and images are made from.
 */
#include <string.h>

#include "guest/bootcfg.h"
#include "installer/bootargs.h"
#include "installer/rename.h"

int rename_args(struct naming *n, const char *file, const char *release, struct lines *l,
		size_t i, struct strv *details)
{
	const struct generation *g = n->p->g->gen;
	const struct {
		const char *prefix;
		struct place at;
	} args[] = {
		{ "root=", { DEVREF_BOOT_ROOT, file, release, g->root_names } },
		{ "resume=", { DEVREF_BOOT_RESUME, file, release, g->swap_names } },
	};
	int changed = 0;

	for (size_t a = 0; a < ELEMENTSOF(args); a++) {
		const char *found = l->v[i].text;
		size_t start;

		while ((found = strstr(found, args[a].prefix))) {
			int k;

			start = (size_t)(found - l->v[i].text);
			/* "root=" is the end of "nfsroot=", too. */
			if (start && !strchr(" \t\"'=", found[-1])) {
				found++;
				continue;
			}
			k = rename_word(n, &args[a].at, l, i, &start, args[a].prefix,
					details);
			if (k < 0)
				return k;
			changed |= k;
			found = l->v[i].text + start;
		}
	}
	return changed;
}

int rename_grubenv(struct naming *n, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_strv_ struct strv details = { 0 };
	_cleanup_free_ char *detail = NULL;
	_cleanup_free_ char *path = NULL;
	int k = grubenv_find(n->p->root, "kernelopts", &path, NULL);

	if (k > 0)
		k = grubenv_get_lines(n->p, path, &l, e);
	if (k <= 0)
		return k;
	for (size_t i = 0; i < l.n; i++)
		if (startswith(l.v[i].text, "kernelopts=") &&
		    rename_args(n, path, NULL, &l, i, &details) < 0)
			return err_nomem(e);
	if (!details.n)
		return 0;
	detail = strv_join(&details, "; ");
	return detail ? grubenv_put_lines(n->p, path, &l, detail, e) : err_nomem(e);
}

/* A word of its own: the second of a line (crypttab), or behind a prefix. */
static int rename_second(struct naming *n, const char *file, struct lines *l, size_t i,
			 struct strv *details)
{
	struct place at = { .where = DEVREF_OTHER, .file = file, .names = NAME_UUID };
	size_t start = 0;

	if (!seek_word(&l->v[i], &start) || l->v[i].text[start] == '#')
		return 0;
	start += strcspn(l->v[i].text + start, " \t");
	return seek_word(&l->v[i], &start)
		       ? rename_word(n, &at, l, i, &start, "", details)
		       : 0;
}

static int rename_resume(struct naming *n, const char *file, struct lines *l, size_t i,
			 struct strv *details)
{
	struct place at = { .where = DEVREF_OTHER, .file = file, .names = NAME_UUID };
	size_t start = 0;

	return rename_word(n, &at, l, i, &start, "RESUME=", details);
}

/* A type of file system, or "raw", and the device [kdump.conf(5)]. */
static int rename_kdump(struct naming *n, const char *file, struct lines *l, size_t i,
			struct strv *details)
{
	struct place at = { .where = DEVREF_OTHER,
			    .file = file,
			    .names = NAME_LABEL | NAME_UUID };
	size_t start = 0;

	if (!seek_word(&l->v[i], &start) || l->v[i].text[start] == '#')
		return 0;
	if (word_is(&l->v[i], start, "raw"))
		at.names = 0;
	start += strcspn(l->v[i].text + start, " \t");
	return seek_word(&l->v[i], &start)
		       ? rename_word(n, &at, l, i, &start, "", details)
		       : 0;
}

static int rename_line_args(struct naming *n, const char *file, struct lines *l, size_t i,
			    struct strv *details)
{
	return l->v[i].text[0] == '#' ? 0 : rename_args(n, file, NULL, l, i, details);
}

static const struct {
	const char *path;
	int (*line)(struct naming *n, const char *file, struct lines *l, size_t i,
		    struct strv *details);
} files[] = {
	{ "/etc/crypttab", rename_second },
	{ "/etc/initramfs-tools/conf.d/resume", rename_resume },
	{ "/etc/kdump.conf", rename_kdump },
	{ "/etc/default/grub", rename_line_args },
	{ "/etc/kernel/cmdline", rename_line_args },
};

int rename_files(struct naming *n, struct err *e)
{
	for (size_t f = 0; f < ELEMENTSOF(files); f++) {
		_cleanup_lines_ struct lines l = { 0 };
		_cleanup_strv_ struct strv details = { 0 };
		int k = plan_lines(n->p, files[f].path, &l, e);

		for (size_t i = 0; k >= 0 && i < l.n; i++)
			if (files[f].line(n, files[f].path, &l, i, &details) < 0)
				return err_nomem(e);
		if (k >= 0 && details.n)
			k = rename_put(n->p, files[f].path, &l, &details, false, e);
		if (k < 0)
			return k;
	}
	return 0;
}
