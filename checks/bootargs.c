/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel-args: what the kernels are told when they boot */
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
		       (r = bootarg_rule(g->gen, k->release, b->args ?: "", &rule)))
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

static bool in_an_entry(const struct bootcfg *b, const struct generation *g,
			const struct bootarg_rule *r)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct bootarg_rule *x;
		size_t rule = 0;

		while ((x = bootarg_rule(g, b->entries[i].release ?: "",
					 b->entries[i].args ?: "", &rule)))
			if (x == r)
				return true;
	}
	return false;
}

/* What no entry says yet, and the next ones will. */
static int args_of_later(const struct check *c, const struct guest *g,
			 struct findings *out)
{
	struct said said = { .n = 0 };
	int k = 0;

	for (size_t i = 0; i < g->boot->n_templates; i++) {
		const struct boot_template *t = &g->boot->templates[i];
		const struct bootarg_rule *r;
		size_t rule = 0;

		while (k >= 0 && (r = bootarg_rule(g->gen, "", t->text, &rule)))
			if (r->effect == BOOTARG_BLOCKS &&
			    !in_an_entry(g->boot, g->gen, r) && say_once(&said, r))
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

/* Kernels whose drivers know no unplug have no such arguments. */
CHECK(check_kernel_args)
{
	int k;

	if (!f->g->gen || !f->g->gen->unplug)
		return 0;
	k = check_each_kernel(c, f, out, args_of_kernel);
	return k < 0 ? k : args_of_later(c, f->g, out);
}
