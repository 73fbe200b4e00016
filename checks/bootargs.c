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

static int args_of_kernel(const struct check *c, const struct facts *f, size_t i,
			  struct findings *out)
{
	const struct guest *g = f->g;
	const struct kernel *k = &g->kernels->v[i];
	const struct boot_entry *b = bootcfg_entry_of(g->boot, k->release);
	const struct bootarg_rule *r;
	size_t rule = 0;
	bool any = false;

	/* What a unified image tells its kernel: see uki.c. */
	if (!b && ukis_find(g->ukis, k->release))
		return 0;
	if (!b)
		return finding_add(out, c, k->release, STATUS_SKIP,
				   strf("no boot entry is known for this kernel"), NULL,
				   NULL);
	while ((r = bootarg_rule(g->gen, k->release, b->args ?: "", &rule))) {
		int n = add_rule(c, k, r, out);

		if (n < 0)
			return n;
		any = true;
	}
	if (any)
		return 0;
	return finding_add(out, c, k->release, STATUS_PASS,
			   strf("nothing keeps the kernel from PV devices"),
			   strf("arguments that let the kernel use PV devices"), NULL);
}

/* Kernels whose drivers know no unplug have no such arguments. */
CHECK(check_kernel_args)
{
	if (!f->g->gen || !f->g->gen->unplug)
		return 0;
	return check_each_kernel(c, f, out, args_of_kernel);
}
