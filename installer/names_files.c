/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --rename, beyond fstab and the boot entries: files that name a disk in a place of their
 * own, and what later boot entries and images are made from.
 */
#include <fnmatch.h>
#include <string.h>

#include "guest/bootcfg.h"
#include "installer/bootargs.h"
#include "installer/rename.h"

#define COPY_MAX (1u << 20)

int rename_args(struct naming *n, const char *file, const char *release, struct lines *l,
		size_t i, struct strv *details)
{
	const struct generation *g = n->p->g->gen;
	const struct {
		const char *prefix;
		struct place at;
	} args[] = {
		{ "root=",
		  { DEVREF_BOOT_ROOT, file, release, g->root_names, g->root_number } },
		{ "resume=",
		  { DEVREF_BOOT_RESUME, file, release, g->swap_names, false } },
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

typedef int (*rename_line)(struct naming *n, const char *file, struct lines *l, size_t i,
			   struct strv *details);

static int each_line(struct naming *n, const char *file, struct lines *l,
		     struct strv *details, rename_line line)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < l->n; i++)
		k = line(n, file, l, i, details);
	return k < 0 ? k : 0;
}

static int crypttab(struct naming *n, const char *file, struct lines *l,
		    struct strv *details)
{
	return each_line(n, file, l, details, rename_second);
}

static int resume(struct naming *n, const char *file, struct lines *l,
		  struct strv *details)
{
	return each_line(n, file, l, details, rename_resume);
}

static int kdump(struct naming *n, const char *file, struct lines *l,
		 struct strv *details)
{
	return each_line(n, file, l, details, rename_kdump);
}

static int cmdline(struct naming *n, const char *file, struct lines *l,
		   struct strv *details)
{
	return each_line(n, file, l, details, rename_line_args);
}

static const struct kind {
	const char *path;   /* in the guest */
	const char *copies; /* in an image, a pattern; NULL: none */
	bool optional;	    /* what cannot be read is left: device-names says so */
	int (*rename)(struct naming *n, const char *file, struct lines *l,
		      struct strv *details);
} kinds[] = {
	{ "/etc/crypttab", "etc/crypttab cryptroot/crypttab", false, crypttab },
	{ "/etc/initramfs-tools/conf.d/resume", "conf/conf.d/resume", false, resume },
	{ "/etc/kdump.conf", NULL, false, kdump },
	{ "/etc/default/grub", NULL, false, cmdline },
	{ "/etc/kernel/cmdline", "etc/cmdline.d/*", false, cmdline },
	{ "/etc/mdadm.conf", "etc/mdadm.conf", false, rename_md },
	{ "/etc/mdadm/mdadm.conf", "etc/mdadm/mdadm.conf", false, rename_md },
	{ LVM_CONF, "etc/lvm/lvm.conf", true, rename_lvm },
	{ "/etc/lvm/lvmlocal.conf", "etc/lvm/lvmlocal.conf", true, rename_lvm },
};

int rename_files(struct naming *n, struct err *e)
{
	for (size_t f = 0; f < ELEMENTSOF(kinds); f++) {
		_cleanup_err_ struct err why = ERR_INIT;
		_cleanup_lines_ struct lines l = { 0 };
		_cleanup_strv_ struct strv details = { 0 };
		const char *path = kinds[f].path;
		int k = plan_lines(n->p, path, &l, &why);

		if (k == -ENOMEM || (k < 0 && !kinds[f].optional))
			return err_set(e, k, "%s", err_text(&why));
		if (k <= 0)
			continue;
		if (kinds[f].rename(n, path, &l, &details) < 0)
			return err_nomem(e);
		k = details.n ? rename_put(n->p, path, &l, &details, false, e) : 0;
		if (k < 0)
			return k;
	}
	return 0;
}

/* --- their copies in the images --- */

static const struct kind *kind_of_copy(const char *path)
{
	for (size_t f = 0; f < ELEMENTSOF(kinds); f++)
		if (kinds[f].copies &&
		    matches_any(kinds[f].copies, initrd_plain_name(path), FNM_PATHNAME))
			return &kinds[f];
	return NULL;
}

/* One copy, whose text is in the blob. */
static int rename_copy(struct naming *n, const struct kernel *k,
		       const struct initrd_text *t, const struct initrd_blob *blob,
		       struct err *e)
{
	const struct kind *kind = kind_of_copy(t->path);
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_strv_ struct strv details = { 0 };
	_cleanup_free_ char *new = NULL;
	_cleanup_free_ char *what = NULL;
	struct initrd_edit *x;
	size_t len = 0;
	int r;

	/* Not ours to judge: no text. */
	if (!kind || !blob->data ||
	    lines_parse(&l, blob->data, blob->len, t->path, NULL) < 0)
		return 0;
	if (kind->rename(n, t->path, &l, &details) < 0)
		return err_nomem(e);
	if (!details.n)
		return 0;
	new = lines_text(&l, &len);
	what = strv_join(&details, ", ");
	if (!new || !what)
		return err_nomem(e);
	x = plan_initrd_edit(n->p, k, e);
	if (!x)
		return e && e->code ? -e->code : -EINVAL;
	if (t->seg != x->seg)
		return plan_note(n->p, e,
				 "%s: %s in it is left as it is, since it stands in "
				 "another segment than the modules: %s",
				 k->image->path, t->path, what);
	r = initrd_edit_replace_data(x, t->path, new, len, e);
	if (r == 0 && strv_addf(&x->details, "%s: %s", path_base(t->path), what) < 0)
		r = err_nomem(e);
	return r;
}

static int rename_image(struct naming *n, const struct kernel *k, struct err *e)
{
	const struct initrd *i = k->image;
	_cleanup_free_ struct initrd_blob *v = calloc(i->n_texts, sizeof(*v));
	int r;

	if (!v)
		return err_nomem(e);
	for (size_t t = 0; t < i->n_texts; t++)
		v[t].path = i->texts[t].path;
	r = initrd_read_blobs(n->p->root, i, v, i->n_texts, COPY_MAX, NULL, e);
	for (size_t t = 0; t < i->n_texts; t++) {
		if (r >= 0)
			r = rename_copy(n, k, &i->texts[t], &v[t], e);
		free(v[t].data);
	}
	return r < 0 ? r : 0;
}

int rename_texts(struct naming *n, struct err *e)
{
	const struct kernels *ks = n->p->g->kernels;

	for (size_t i = 0; i < ks->n; i++) {
		const struct initrd *image = ks->v[i].image;
		int k;

		if (!image || !image->n_texts || image->kind == INITRD_KIND_OTHER ||
		    !plan_kernel_switches(n->p, i))
			continue;
		k = rename_image(n, &ks->v[i], e);
		if (k < 0)
			return k;
	}
	return 0;
}
