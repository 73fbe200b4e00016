/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel-args: what the kernels, or their bus driver, are told when they boot */
#include <string.h>

#include "checks/add.h"
#include "guest/bootargs.h"

/* What one rule says of a kernel's arguments, and what xenpv-install does about it. */
static int add_rule(const struct check *c, const struct kernel *k,
		    const struct bootarg_rule *r, struct findings *out)
{
	static const struct {
		enum status status;
		const char *remedy; /* NULL: nothing to do */
	} say[] = {
		[BOOTARG_BLOCKS] = { STATUS_WARN, "xenpv-install takes it out" },
		[BOOTARG_PARTLY] = { STATUS_WARN,
				     "take it out of the boot loader's configuration, "
				     "unless that is what you want" },
		[BOOTARG_WANTED] = { STATUS_WARN, "xenpv-install puts it in" },
		[BOOTARG_ON_REQUEST] = { STATUS_PASS, NULL },
		[BOOTARG_RENAMES] = { STATUS_PASS, NULL },
	};

	return finding_add(
		out, c, k->release, say[r->effect].status,
		strf(r->effect == BOOTARG_WANTED ? "%s is missing: it %s" : "%s %s",
		     r->word, r->what),
		strf("arguments that let the kernel use PV devices"),
		say[r->effect].remedy ? strf("%s", say[r->effect].remedy) : NULL);
}

/* Rules that were said, each once for a kernel. */
struct said {
	const struct bootarg_rule *v[16];
	size_t n;
};

static bool say_once(struct said *s, const struct bootarg_rule *r)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == r)
			return false;
	if (s->n < ELEMENTSOF(s->v))
		s->v[s->n++] = r;
	return true;
}

/* Any entry of the kernel may be the one that is chosen. */
static int args_of_kernel(const struct check *c, const struct facts *f, size_t i,
			  struct findings *out)
{
	const struct guest *g = f->g;
	const struct kernel *k = &g->kernels->v[i];
	unsigned int by = choices_args_by(f->choices, k->release);
	struct said said = { .n = 0 };
	bool any = false;

	for (size_t n = 0; n < g->boot->n; n++) {
		const struct boot_entry *b = &g->boot->entries[n];
		const struct bootarg_rule *r;
		size_t rule = 0;
		int added = 0;

		if (!streq(b->release, k->release) || b->multiboot)
			continue;
		any = true;
		while (added >= 0 &&
		       (r = bootarg_rule(g->gen, by, k->release, b->args ?: "", &rule)))
			if (say_once(&said, r))
				added = add_rule(c, k, r, out);
		if (added < 0)
			return added;
	}
	/* What a unified image tells its kernel: see uki.c. */
	if (said.n || (!any && ukis_find(g->ukis, k->release)))
		return 0;
	if (!any)
		return finding_add(out, c, k->release, STATUS_SKIP,
				   strf("no boot entry is known for this kernel"), NULL,
				   NULL);
	return finding_add(out, c, k->release, STATUS_PASS,
			   strf("nothing keeps the kernel from PV devices"),
			   strf("arguments that let the kernel use PV devices"), NULL);
}

static bool in_an_entry(const struct facts *f, const struct bootarg_rule *r)
{
	const struct bootcfg *b = f->g->boot;

	for (size_t i = 0; i < b->n; i++) {
		const struct boot_entry *entry = &b->entries[i];
		const struct bootarg_rule *x;
		size_t rule = 0;

		while ((x = bootarg_rule(f->g->gen,
					 choices_args_by(f->choices, entry->release),
					 entry->release ?: "", entry->args ?: "", &rule)))
			if (x == r)
				return true;
	}
	return false;
}

/* What no entry says yet, and the next ones will. */
static int args_of_later(const struct check *c, const struct facts *f,
			 struct findings *out)
{
	const struct guest *g = f->g;
	unsigned int by = choices_args_by(f->choices, NULL);
	struct said said = { .n = 0 };
	int k = 0;

	for (size_t i = 0; i < g->boot->n_templates; i++) {
		const struct boot_template *t = &g->boot->templates[i];
		const struct bootarg_rule *r;
		size_t rule = 0;

		while (k >= 0 && (r = bootarg_rule(g->gen, by, "", t->text, &rule)))
			if (r->effect == BOOTARG_BLOCKS && !in_an_entry(f, r) &&
			    say_once(&said, r))
				k = finding_add(
					out, c, NULL, STATUS_WARN,
					strf("%s in %s:%zu %s, in later boot entries",
					     r->word, t->file, t->line + 1, r->what),
					strf("arguments that let the kernel use PV "
					     "devices"),
					strf("xenpv-install takes it out"));
	}
	return k;
}

/* The rule that a word of an options line is about; as the kernel's arguments have it. */
static int rule_of_option(const struct generation *g, const char *module,
			  const char *word, const struct bootarg_rule **ret)
{
	_cleanup_free_ char *arg = strf("%s.%s", module, word);
	size_t rule = 0;

	if (!arg)
		return -ENOMEM;
	*ret = bootarg_rule(g, BY_MODULE, "", arg, &rule);
	return 0;
}

static int option_of_file(const struct check *c, const struct facts *f,
			  const struct modconf_file *m, const struct modconf_entry *x,
			  struct findings *out)
{
	int k = 0;

	for (size_t i = x->line; k >= 0 && i < x->line + x->n_lines; i++) {
		_cleanup_free_ char *text = strdup(m->lines.v[i].text);
		char *save = NULL;

		if (!text)
			return -ENOMEM;
		for (char *w = strtok_r(text, " \t\r", &save); k >= 0 && w;
		     w = strtok_r(NULL, " \t\r", &save)) {
			const struct bootarg_rule *r;

			k = rule_of_option(f->g->gen, x->arg1, w, &r);
			if (k >= 0 && r)
				k = finding_add(out, c, NULL, STATUS_WARN,
						strf("%s of %s in %s:%zu %s", w, x->arg1,
						     m->path, x->line + 1, r->what),
						strf("options that let the kernel use PV "
						     "devices"),
						strf("take it out there, unless that is "
						     "what you want, and make the image "
						     "again"));
		}
	}
	return k;
}

/* What modprobe tells a bus driver that is a module. */
static int options_of_module(const struct check *c, const struct facts *f,
			     struct findings *out)
{
	const struct modconf *all = f->g->modconf;
	int k = 0;

	if (!(choices_args_by(f->choices, NULL) & BY_MODULE))
		return 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct modconf_file *m = all->files[i];

		for (size_t n = 0; k >= 0 && n < m->n; n++) {
			const struct modconf_entry *x = &m->entries[n];

			if (modconf_file_active(all, m) &&
			    streq(x->directive, "options") && x->arg1 &&
			    module_same(x->arg1, "xen_platform_pci"))
				k = option_of_file(c, f, m, x, out);
		}
	}
	return k;
}

/* A kernel that is looked at and is not booted from a unified image alone. */
static bool needs_loader(const struct facts *f)
{
	for (size_t i = 0; i < f->g->kernels->n; i++) {
		const struct kernel *k = &f->g->kernels->v[i];

		if (f->selected[i] && !fact_is_xen_kernel(k) &&
		    !ukis_find(f->g->ukis, k->release))
			return true;
	}
	return false;
}

/* A loader that is not read: once, not for each kernel. */
static int args_unknown(const struct check *c, const struct facts *f,
			struct findings *out)
{
	_cleanup_free_ char *loader = fact_unread_loader(f->g);

	if (!loader)
		return -ENOMEM;
	if (!needs_loader(f))
		return 0;
	return finding_add(
		out, c, NULL, STATUS_UNKNOWN,
		strf("%s: what it tells the kernel is not known", loader),
		strf("arguments that let the kernel use PV devices"),
		strf("make sure that neither xen_emul_unplug=never nor xen_nopv "
		     "is among its kernel arguments"));
}

/* Kernels whose drivers know no unplug have no such arguments. */
CHECK(check_kernel_args)
{
	int k;

	if (!f->g->gen || !f->g->gen->unplug)
		return 0;
	k = bootcfg_is_read(f->g->boot) ? check_each_kernel(c, f, out, args_of_kernel)
					: args_unknown(c, f, out);
	if (k >= 0)
		k = args_of_later(c, f, out);
	return k < 0 ? k : options_of_module(c, f, out);
}
