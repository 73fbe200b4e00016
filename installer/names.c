/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --rename OLD=NEW: what the host will call a disk, carried into fstab, the boot entries
 * and the initrds of the kernels that switch. By label or UUID where that place knows
 * them and they can be read (a later renaming then breaks nothing), else by the new
 * name.
 */
#include <string.h>

#include "guest/blockname.h"
#include "installer/rename.h"

int rename_put(struct planning *p, const char *path, const struct lines *l,
	       const struct strv *details, bool boot, struct err *e)
{
	_cleanup_free_ char *detail = strv_join(details, "; ");

	return detail ? plan_set_lines(p, path, l, detail, boot, e) : err_nomem(e);
}

/* The spec of an fstab line, of which mountpoint and type say what reads it. */
static int fstab_line(struct naming *n, struct lines *l, size_t i, struct strv *details)
{
	const struct generation *g = n->p->g->gen;
	struct place at = { .where = DEVREF_FSTAB, .file = "/etc/fstab" };
	const struct line *line = &l->v[i];
	size_t spec = 0;
	size_t dir;
	size_t type;

	if (!seek_word(line, &spec) || line->text[spec] == '#')
		return 0;
	dir = spec + strcspn(line->text + spec, " \t");
	if (!seek_word(line, &dir))
		return 0;
	type = dir + strcspn(line->text + dir, " \t");
	at.names = g->fstab_names;
	if (seek_word(line, &type) && word_is(line, type, "swap"))
		at.names = g->swap_names;
	else if (word_is(line, dir, "/")) /* mkinitrd makes mkrootdev's line of it */
		at.names = g->fstab_names & g->root_names;
	return rename_word(n, &at, l, i, &spec, "", details);
}

static int rename_fstab(struct naming *n, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_strv_ struct strv details = { 0 };
	int k = plan_lines(n->p, "/etc/fstab", &l, e);

	if (k < 0)
		return k;
	for (size_t i = 0; i < l.n; i++)
		if (fstab_line(n, &l, i, &details) < 0)
			return err_nomem(e);
	if (!details.n)
		return 0;
	k = rename_put(n->p, "/etc/fstab", &l, &details, false, e);
	return k < 0 ? k : 0;
}

/* Of GRUB legacy, GRUB 2, and a BLS entry. */
static bool is_kernel_line(const char *text)
{
	static const char *const words[] = { "kernel", "linux", "options" };

	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		if (startswith(text, words[i]))
			return true;
	return false;
}

static int rename_entry(struct naming *n, const struct boot_entry *b, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_strv_ struct strv details = { 0 };
	long line;
	int k;

	if (b->kernel_line < 0)
		return 0;
	k = plan_lines(n->p, b->file, &l, e);
	if (k < 0)
		return k;
	for (size_t i = 0; (line = boot_entry_line(b, i)) >= 0; i++) {
		size_t first = 0;

		if ((size_t)line >= l.n || !seek_word(&l.v[line], &first) ||
		    !is_kernel_line(l.v[line].text + first))
			return err_set(e, ESTALE, "%s: changed while it was read",
				       b->file);
		if (rename_args(n, b->file, b->release, &l, (size_t)line, &details) < 0)
			return err_nomem(e);
	}
	if (!details.n)
		return 0;
	k = rename_put(n->p, b->file, &l, &details, true, e);
	return k < 0 ? k : 0;
}

/* An entry that stays as it is, and whose root the host's new configuration takes away.
 */
static int note_entry(const struct naming *n, const struct boot_entry *b, struct err *e)
{
	_cleanup_free_ char *root = bootargs_get(b->args ?: "", "root");
	_cleanup_free_ char *disk = NULL;
	unsigned int part;

	if (!root || !storage_split_root(root, &disk, &part) || !is_renamed(n->p, disk))
		return 0;
	return plan_note(n->p, e,
			 "%s: the entry \"%s\" keeps root=%s, since its kernel does not "
			 "switch: it will not boot once the host has renamed the disk",
			 b->file, b->title ?: "", root);
}

static int rename_entries(struct naming *n, struct err *e)
{
	const struct bootcfg *b = n->p->g->boot;

	for (size_t i = 0; b && i < b->n; i++) {
		const struct boot_entry *x = &b->entries[i];
		int k = plan_entry_switches(n->p, x) ? rename_entry(n, x, e)
						     : note_entry(n, x, e);

		if (k < 0)
			return k;
	}
	return 0;
}

/* mkrootdev and resume of nash: any word that names the disk. */
static int init_line(struct naming *n, const char *release, struct lines *l, size_t i,
		     struct strv *details)
{
	const struct generation *g = n->p->g->gen;
	struct place at = { .file = "/init", .release = release };
	size_t start = 0;
	int changed = 0;

	if (!seek_word(&l->v[i], &start))
		return 0;
	if (word_is(&l->v[i], start, "mkrootdev")) {
		at.where = DEVREF_INITRD_ROOT;
		at.names = g->root_names;
	} else if (word_is(&l->v[i], start, "resume")) {
		at.where = DEVREF_INITRD_RESUME;
		at.names = g->swap_names;
	} else {
		return 0;
	}
	while (seek_word(&l->v[i], &start)) {
		int k = rename_word(n, &at, l, i, &start, "", details);

		if (k < 0)
			return k;
		changed |= k;
	}
	return changed;
}

/* Whether an image's own lines name a disk that is renamed. */
static bool image_names(const struct planning *p, const struct initrd *image)
{
	const char *specs[] = { image->root, image->resume };

	for (size_t i = 0; i < ELEMENTSOF(specs); i++) {
		_cleanup_free_ char *disk = NULL;
		unsigned int part;

		if (specs[i] && storage_split_device(specs[i], &disk, &part) &&
		    is_renamed(p, disk))
			return true;
	}
	return false;
}

static int rename_initrd(struct naming *n, const struct kernel *k, struct err *e)
{
	struct initrd_edit *x = plan_initrd_edit(n->p, k, e);

	if (!x)
		return e && e->code ? -e->code : -EINVAL;
	for (size_t i = 0; i < x->init.n; i++) {
		int changed = init_line(n, k->release, &x->init, i, &x->details);

		if (changed < 0)
			return err_nomem(e);
		x->changed_init = x->changed_init || changed;
	}
	return 0;
}

static int rename_initrds(struct naming *n, struct err *e)
{
	const struct kernels *ks = n->p->g->kernels;

	for (size_t i = 0; i < ks->n; i++) {
		const struct kernel *k = &ks->v[i];
		int r;

		if (!k->image || !k->image->nash || !plan_kernel_switches(n->p, i) ||
		    !image_names(n->p, k->image))
			continue;
		r = rename_initrd(n, k, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A disk that the BIOS and GRUB read stays emulated, and keeps its name. */
static int refuse_boot_disk(const struct planning *p, struct err *e)
{
	const struct storage *s = p->g->storage;

	for (size_t i = 0; s && !p->g->gen->unplug && i < p->n_renames; i++) {
		const struct rename *r = &p->renames[i];
		bool boot = s->boot_disk && streq(r->from, s->boot_disk);

		if (!boot && !(s->mbr_disk && streq(r->from, s->mbr_disk)))
			continue;
		return err_set(
			e, EINVAL,
			"--rename %s=%s: %s holds %s, which GRUB cannot read from a PV "
			"disk: on %s it stays emulated and keeps its name",
			r->from, r->to, r->from, boot ? "/boot" : "the boot loader",
			p->g->gen->title);
	}
	return 0;
}

/* A disk whose number a kernel that knows PV disks by number alone cannot have. */
static int refuse_numberless(const struct planning *p, struct err *e)
{
	const struct storage *s = p->g->storage;

	for (size_t i = 0; p->g->gen->root_number && i < p->n_renames; i++) {
		const struct rename *r = &p->renames[i];
		unsigned int part = 0;
		unsigned int number;

		for (size_t n = 0; s && n < s->n; n++)
			if (s->refs[n].where == DEVREF_BOOT_ROOT &&
			    streq(s->refs[n].disk, r->from))
				part = s->refs[n].part;
		if (!blockname_number(r->to, part, &number))
			return err_set(e, EINVAL,
				       "--rename %s=%s: on %s PV disks are xvda to xvdp, "
				       "with 15 partitions each",
				       r->from, r->to, p->g->gen->title);
	}
	return 0;
}

/* The guest has its other name already, and the host would be told of a third. */
static int refuse_second(const struct planning *p, const struct rename *r, struct err *e)
{
	_cleanup_free_ char *to = NULL;
	int k = naming_recorded_to(p->g->inventory, r->from, &to);

	if (k < 0)
		return err_nomem(e);
	if (k == 0 || streq(to, r->to))
		return 0;
	return err_set(
		e, EINVAL,
		"--rename %s=%s: an earlier install has renamed %s to %s; uninstall "
		"first to rename it otherwise",
		r->from, r->to, r->from, to);
}

int plan_names(struct planning *p, struct err *e)
{
	_cleanup_free_ bool *used = calloc(p->n_renames + 1, sizeof(*used));
	struct naming n = { .p = p, .used = used };
	int k;

	if (!used)
		return err_nomem(e);
	if (!p->n_renames && !p->g->gen->root_number)
		return 0;
	k = refuse_boot_disk(p, e);
	if (k >= 0)
		k = refuse_numberless(p, e);
	if (k >= 0)
		k = rename_fstab(&n, e);
	if (k >= 0)
		k = rename_entries(&n, e);
	if (k >= 0)
		k = rename_grubenv(&n, e);
	if (k >= 0)
		k = rename_files(&n, e);
	if (k >= 0)
		k = rename_texts(&n, e);
	if (k >= 0)
		k = rename_initrds(&n, e);
	for (size_t i = 0; k >= 0 && i < p->n_renames; i++) {
		const struct rename *r = &p->renames[i];

		if (used[i] || r->found)
			continue;
		k = refuse_second(p, r, e);
		if (k >= 0)
			k = plan_note(p, e,
				      "--rename %s=%s: nothing that this install changes "
				      "names %s",
				      r->from, r->to, r->from);
	}
	return k;
}
