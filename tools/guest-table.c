/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints README's table of guests, from the table of generations and their recipes. */
#include <stdio.h>

#include "installer/plan.h"

static void print_variants(const struct generation *g)
{
	static const enum arch archs[] = { ARCH_I386, ARCH_X86_64 };
	const char *between = "";

	if (!g->variants[0] && !g->variants[1])
		printf("any");
	for (size_t a = 0; a < ELEMENTSOF(archs); a++) {
		if (!g->variants[a])
			continue;
		printf("%s%s:", between, arch_name(archs[a]));
		between = "; ";
		for (unsigned int v = 0; v < VARIANT_COUNT; v++)
			if (g->variants[a] & (1u << v))
				printf(" %s", variant_name(v));
	}
}

static void print_drivers(const struct generation *g)
{
	if (g->inkernel_minor == 0)
		printf("the kernel's own; a bundle where it has none");
	else if (g->inkernel_minor > 0)
		printf("kmod-xenpv or a bundle; from %d.%d on the kernel's own", g->major,
		       g->inkernel_minor);
	else
		printf("kmod-xenpv or a bundle");
}

static void print_changes(const struct generation *g)
{
	const char *between = "";
	size_t n;
	const struct step *steps = plan_steps(g, &n);

	if (!steps) {
		printf("nothing: judged only");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!steps[i].what)
			continue;
		printf("%s%s", between, steps[i].what);
		between = ", ";
	}
}

int main(void)
{
	size_t n;
	const struct generation *g = generation_table(&n);

	printf("| guest | kernels | architectures | drivers | what is changed |\n"
	       "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < n; i++, g++) {
		printf("| %s", g->title);
		if (g->min_minor)
			printf(", from %d.%d on", g->major, g->min_minor);
		printf(" | ");
		print_variants(g);
		printf(" | i686, x86_64 | ");
		print_drivers(g);
		printf(" | ");
		print_changes(g);
		printf(" |\n");
	}
	return 0;
}
