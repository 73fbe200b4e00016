/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel arguments, changed where the boot loader has them: in the entry of each kernel
 * that switches, and in what later entries are made from.
 *
 *	GRUB legacy	the kernel line of grub.conf; later entries copy it
 *	GRUB 2		the linux line of grub.cfg; /etc/default/grub
 *	BLS		the options line of an entry, or kernelopts in grubenv where the
 *			line says $kernelopts; /etc/default/grub, /etc/kernel/cmdline
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

static int edit_line(struct lines *l, size_t i, const struct bootarg_rule *r)
{
	_cleanup_free_ char *new = edit(l->v[i].text, r);

	return new ? lines_set(l, i, new) : -ENOMEM;
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

/* kernelopts= in the environment block. */
static int edit_grubenv(struct planning *p, const struct bootarg_rule *r, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_free_ char *detail = describe(r);
	_cleanup_free_ char *path = NULL;
	int k = grubenv_find(p->root, "kernelopts", &path, NULL);

	if (k < 0 || !detail)
		return err_nomem(e);
	if (!path)
		return err_set(e, ENOENT,
			       "the boot entries say $kernelopts, but there is no "
			       "grubenv that would tell what that is");
	k = grubenv_get_lines(p, path, &l, e);
	if (k <= 0)
		return k;
	for (size_t i = 0; i < l.n; i++)
		if (startswith(l.v[i].text, "kernelopts=") && edit_line(&l, i, r) < 0)
			return err_nomem(e);
	return grubenv_put_lines(p, path, &l, detail, e);
}

static int edit_entry(struct planning *p, const struct boot_entry *b,
		      const struct bootarg_rule *r, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	size_t line = (size_t)b->kernel_line;
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
	if (line >= l.n)
		return err_set(e, ESTALE, "%s: changed while it was read", b->file);
	if (strstr(l.v[line].text, "$kernelopts") &&
	    !bootargs_has(l.v[line].text, r->word))
		return edit_grubenv(p, r, e);
	if (edit_line(&l, line, r) < 0)
		return err_nomem(e);
	return put_lines(p, b->file, &l, r, true, e);
}

/* What later entries are made from. A file that is not there is not made. */
static const struct template
{
	const char *path;
	const char *prefixes[2]; /* of the lines that hold arguments; "": each */
}
templates[] = {
	{ "/etc/default/grub", { "GRUB_CMDLINE_LINUX=", "GRUB_CMDLINE_LINUX_DEFAULT=" } },
	{ "/etc/kernel/cmdline", { "" } },
};

static int edit_template(struct planning *p, const struct template *t,
			 const struct bootarg_rule *r, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	bool put = false;
	int k = plan_lines(p, t->path, &l, e);

	if (k <= 0)
		return k;
	for (size_t i = 0; i < l.n; i++) {
		for (size_t j = 0; j < ELEMENTSOF(t->prefixes) && t->prefixes[j]; j++) {
			if (!startswith(l.v[i].text, t->prefixes[j]))
				continue;
			/* Once is enough. */
			if (puts_in(r) && (put || bootargs_has(l.v[i].text, r->word)))
				continue;
			put = true;
			if (edit_line(&l, i, r) < 0)
				return err_nomem(e);
		}
	}
	return put_lines(p, t->path, &l, r, false, e);
}

/* A unified image has its arguments inside, so they are changed where it is made from. */
static int plan_templates(struct planning *p, const struct uki *u, struct err *e)
{
	const struct bootarg_rule *r;
	size_t rule = 0;
	int k = 0;

	while (k >= 0 && (r = bootarg_rule(p->g->gen, u->release, u->args ?: "", &rule)))
		for (size_t i = 0; k >= 0 && acts(p, r) && i < ELEMENTSOF(templates); i++)
			k = edit_template(p, &templates[i], r, e);
	return k < 0 ? k : 0;
}

static int plan_entry(struct planning *p, const struct boot_entry *b, struct err *e)
{
	const struct bootarg_rule *r;
	size_t rule = 0;
	int k = 0;

	while (k >= 0 &&
	       (r = bootarg_rule(p->g->gen, b->release, b->args ?: "", &rule))) {
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
		for (size_t i = 0; k >= 0 && i < ELEMENTSOF(templates); i++)
			k = edit_template(p, &templates[i], r, e);
	}
	return k < 0 ? k : 0;
}

int plan_bootargs(struct planning *p, struct err *e)
{
	const struct bootcfg *b = p->g->boot;

	for (size_t i = 0; b && i < b->n; i++) {
		int k = plan_entry_switches(p, &b->entries[i])
				? plan_entry(p, &b->entries[i], e)
				: 0;

		if (k < 0)
			return k;
	}
	for (size_t i = 0; i < p->g->kernels->n; i++) {
		const struct kernel *kernel = &p->g->kernels->v[i];
		const struct uki *u = ukis_find(p->g->ukis, kernel->release);
		int k = u && plan_kernel_switches(p, i) ? plan_templates(p, u, e) : 0;

		if (k < 0)
			return k;
	}
	return 0;
}
