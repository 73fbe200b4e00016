/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel arguments, changed where the boot loader has them: in the entry of each kernel
 * that switches, and in what later entries are made from.
 *
 *	GRUB legacy	the kernel line of grub.conf; later entries copy it
 *	GRUB 2		the linux line of grub.cfg; /etc/default/grub
 *	BLS		each options line of an entry, and kernelopts in grubenv where
 *			one says $kernelopts; /etc/default/grub, /etc/kernel/cmdline
 */
#include <string.h>

#include "guest/bootargs.h"
#include "installer/bootargs.h"

#define GRUBENV_SIZE 1024 /* GRUB reads and writes the file in place */

static bool puts_in(const struct bootarg_rule *r)
{
	return r->effect == BOOTARG_WANTED || r->effect == BOOTARG_ON_REQUEST;
}

/* The entry boots with the image that was looked at, and that loads the drivers. */
static bool has_our_image(const struct planning *p, const struct boot_entry *b)
{
	const struct kernel *k = kernels_find(p->g->kernels, b->release);

	return k && b->initrd && streq(b->initrd, k->initrd);
}

/* Whether a rule changes anything in this run. */
static bool acts(const struct planning *p, const struct bootarg_rule *r)
{
	if (r->effect == BOOTARG_ON_REQUEST)
		return p->boot_disk_pv;
	return r->effect == BOOTARG_BLOCKS || r->effect == BOOTARG_WANTED;
}

static char *edit(const char *line, const struct bootarg_rule *r)
{
	return puts_in(r) ? bootargs_with(line, r->word)
			  : bootargs_without(line, r->word);
}

static char *describe(const struct bootarg_rule *r)
{
	return strf("%s %s: it %s", r->word, puts_in(r) ? "put in" : "taken out",
		    r->what);
}

static int put_lines(struct planning *p, const char *path, const struct lines *l,
		     const struct bootarg_rule *r, bool boot, struct err *e)
{
	_cleanup_free_ char *detail = describe(r);
	int k = detail ? plan_set_lines(p, path, l, detail, boot, e) : err_nomem(e);

	return k < 0 ? k : 0;
}

/* 1 changed, 0, -ENOMEM. */
static int edit_line(struct lines *l, size_t i, const struct bootarg_rule *r)
{
	_cleanup_free_ char *new = edit(l->v[i].text, r);

	if (!new)
		return -ENOMEM;
	return streq(new, l->v[i].text) ? 0 : lines_set(l, i, new) < 0 ? -ENOMEM : 1;
}

int grubenv_get_lines(struct planning *p, const char *path, struct lines *l,
		      struct err *e)
{
	int k = plan_lines(p, path, l, e);

	/* The padding is one line of '#' without an end. */
	while (k > 0 && l->n && l->v[l->n - 1].text[0] == '#' && !l->v[l->n - 1].newline)
		lines_remove(l, l->n - 1);
	return k;
}

int grubenv_put_lines(struct planning *p, const char *path, const struct lines *l,
		      const char *detail, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *block = malloc(GRUBENV_SIZE + 1);
	size_t len = 0;
	int k;

	text = lines_text(l, &len);
	if (!text || !block)
		return err_nomem(e);
	if (len > GRUBENV_SIZE)
		return err_set(e, ENOSPC,
			       "%s: the change (%s) does not fit into its %d bytes", path,
			       detail, GRUBENV_SIZE);
	memset(block, '#', GRUBENV_SIZE);
	block[GRUBENV_SIZE] = '\0';
	memcpy(block, text, len);
	k = plan_set_text(p, path, block, GRUBENV_SIZE, "edit", detail, 0644, e);
	if (k > 0)
		k = plan_mark_boot(p, path, e);
	return k < 0 ? k : 0;
}

/* kernelopts= in the environment block; needed: nothing else has the argument. */
static int edit_grubenv(struct planning *p, const struct bootarg_rule *r, bool needed,
			struct err *e)
{
	bool changed = false;
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_free_ char *detail = describe(r);
	_cleanup_free_ char *path = NULL;
	int k = grubenv_find(p->root, "kernelopts", &path, NULL);

	if (k < 0 || !detail)
		return err_nomem(e);
	if (!path && !needed)
		return 0;
	if (!path)
		return err_set(e, ENOENT,
			       "the boot entries say $kernelopts, but there is no "
			       "grubenv that would tell what that is");
	k = grubenv_get_lines(p, path, &l, e);
	if (k <= 0)
		return k;
	for (size_t i = 0; k >= 0 && i < l.n; i++) {
		if (!startswith(l.v[i].text, "kernelopts="))
			continue;
		k = edit_line(&l, i, r);
		changed = changed || k > 0;
	}
	if (k < 0)
		return err_nomem(e);
	return changed ? grubenv_put_lines(p, path, &l, detail, e) : 0;
}

static int edit_entry(struct planning *p, const struct boot_entry *b,
		      const struct bootarg_rule *r, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	bool in_grubenv = false;
	bool changed = false;
	long line;
	int k;

	if (b->kernel_line < 0)
		return plan_note(p, e,
				 "%s: no boot loader's configuration is known: %s %s",
				 b->file, r->word,
				 puts_in(r) ? "must be put in by hand"
					    : "must be taken out by "
					      "hand");
	k = plan_lines(p, b->file, &l, e);
	if (k <= 0)
		return k < 0 ? k : err_set(e, ESTALE, "%s: it is gone", b->file);
	for (size_t i = 0; (line = boot_entry_line(b, i)) >= 0; i++) {
		bool indirect;

		if ((size_t)line >= l.n)
			return err_set(e, ESTALE, "%s: changed while it was read",
				       b->file);
		indirect = strstr(l.v[line].text, "$kernelopts") != NULL;
		in_grubenv = in_grubenv || indirect;
		k = puts_in(r) && indirect ? 0 : edit_line(&l, (size_t)line, r);
		if (k < 0)
			return err_nomem(e);
		changed = changed || k > 0;
		/* GRUB reads no more than the first of a BLS entry [blscfg.c]. */
		if (puts_in(r))
			break;
	}
	k = in_grubenv ? edit_grubenv(p, r, !changed, e) : 0;
	return k < 0 ? k : put_lines(p, b->file, &l, r, true, e);
}

/* What is put in goes into the main files alone: those of grub.d add to them. */
static bool is_main(const char *file)
{
	return streq(file, "/etc/default/grub") || streq(file, "/etc/kernel/cmdline");
}

static bool file_has(const struct bootcfg *b, const char *file, const char *word)
{
	for (size_t i = 0; i < b->n_templates; i++)
		if (streq(b->templates[i].file, file) &&
		    bootargs_has(b->templates[i].text, word))
			return true;
	return false;
}

/* The lines of one file that later entries are made from, which begin at template t. */
static int edit_file(struct planning *p, size_t t, const struct bootarg_rule *r,
		     struct err *e)
{
	const struct bootcfg *b = p->g->boot;
	const char *file = b->templates[t].file;
	_cleanup_lines_ struct lines l = { 0 };
	int k = plan_lines(p, file, &l, e);

	if (k <= 0)
		return k;
	for (; t < b->n_templates && streq(b->templates[t].file, file); t++) {
		if (b->templates[t].line >= l.n)
			return err_set(e, ESTALE, "%s: changed while it was read", file);
		if (edit_line(&l, b->templates[t].line, r) < 0)
			return err_nomem(e);
		/* Once is enough. */
		if (puts_in(r))
			break;
	}
	return put_lines(p, file, &l, r, false, e);
}

static int edit_templates(struct planning *p, const struct bootarg_rule *r, struct err *e)
{
	const struct bootcfg *b = p->g->boot;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < b->n_templates; i++) {
		const char *file = b->templates[i].file;

		if ((i && streq(b->templates[i - 1].file, file)) ||
		    (puts_in(r) && (!is_main(file) || file_has(b, file, r->word))))
			continue;
		k = edit_file(p, i, r, e);
	}
	return k < 0 ? k : 0;
}

/* A unified image has its arguments inside, so they are changed where it is made from. */
static int plan_templates(struct planning *p, const struct uki *u, struct err *e)
{
	unsigned int by = choices_args_by(p->choices, u->release);
	const struct bootarg_rule *r;
	size_t rule = 0;
	int k = 0;

	while (k >= 0 &&
	       (r = bootarg_rule(p->g->gen, by, u->release, u->args ?: "", &rule)))
		if (acts(p, r))
			k = edit_templates(p, r, e);
	return k < 0 ? k : 0;
}

/* Where no entry has such an argument, but the next ones will. */
static int plan_later(struct planning *p, struct err *e)
{
	unsigned int by = choices_args_by(p->choices, NULL);
	const struct bootcfg *b = p->g->boot;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < b->n_templates; i++) {
		const struct bootarg_rule *r;
		size_t rule = 0;

		while (k >= 0 &&
		       (r = bootarg_rule(p->g->gen, by, "", b->templates[i].text, &rule)))
			if (r->effect == BOOTARG_BLOCKS)
				k = edit_templates(p, r, e);
	}
	return k < 0 ? k : 0;
}

static int plan_entry(struct planning *p, const struct boot_entry *b, struct err *e)
{
	unsigned int by = choices_args_by(p->choices, b->release);
	const struct bootarg_rule *r;
	size_t rule = 0;
	int k = 0;

	while (k >= 0 &&
	       (r = bootarg_rule(p->g->gen, by, b->release, b->args ?: "", &rule))) {
		if (!acts(p, r))
			continue;
		if (r->effect == BOOTARG_ON_REQUEST && !has_our_image(p, b)) {
			k = plan_note(p, e,
				      "%s: the entry \"%s\" is left as it is: it boots "
				      "without the initrd that loads the drivers",
				      b->file, b->title ?: "");
			continue;
		}
		k = edit_entry(p, b, r, e);
		if (k >= 0)
			k = edit_templates(p, r, e);
	}
	return k < 0 ? k : 0;
}

int plan_bootargs(struct planning *p, struct err *e)
{
	const struct bootcfg *b = p->g->boot;
	bool any = false;

	for (size_t i = 0; i < b->n; i++) {
		int k = plan_entry_switches(p, &b->entries[i])
				? plan_entry(p, &b->entries[i], e)
				: 0;

		if (k < 0)
			return k;
	}
	for (size_t i = 0; i < p->g->kernels->n; i++) {
		const struct kernel *kernel = &p->g->kernels->v[i];
		const struct uki *u = ukis_find(p->g->ukis, kernel->release);
		bool switches = plan_kernel_switches(p, i);
		int k = u && switches ? plan_templates(p, u, e) : 0;

		any = any || switches;
		if (k < 0)
			return k;
	}
	return any ? plan_later(p, e) : 0;
}
