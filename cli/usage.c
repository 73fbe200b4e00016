/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "checks/checks.h"
#include "cli/usage.h"
#include "guest/generation.h"

#define STATUS_GUEST \
	"Exit status: 0 well, 1 not met, 2 usage, 3 unreadable, 4 undone, 5 half undone"

static const struct {
	enum program program;
	const char *name;
	const char *operand; /* NULL: takes none */
	const char *summary;
	const char *status;
} programs[] = {
	{ PROGRAM_CHECK, "xenpv-check", NULL,
	  "Tell whether a Xen HVM guest can be given para-virtualised drivers.",
	  STATUS_GUEST },
	{ PROGRAM_INSTALL, "xenpv-install", NULL,
	  "Install para-virtualised drivers in a Xen HVM guest, or take them out "
	  "again.",
	  STATUS_GUEST },
	{ PROGRAM_VERIFY, "xenpv-verify", NULL,
	  "Prove that a guest's disks and NICs are para-virtualised.", STATUS_GUEST },
	{ PROGRAM_HOST, "xenpv-host", "CONFIG",
	  "Change a guest's configuration on its Xen host (xl, xm or libvirt XML) for "
	  "para-\n"
	  "virtualised disks and NICs. Without CONFIG: print this host as --host takes "
	  "it.",
	  "Exit status: 0 done or nothing to do, 1 there are changes to make, 2 usage,\n"
	  "3 CONFIG is not understood, or cannot be changed (it is as it was)." },
};

static size_t program_index(enum program p)
{
	size_t i = 0;

	while (programs[i].program != p)
		i++;
	return i;
}

const char *program_name(enum program p)
{
	return programs[program_index(p)].name;
}

const char *usage_operand(enum program p)
{
	return programs[program_index(p)].operand;
}

void usage_print(enum program p, const struct option_row *rows, size_t n)
{
	size_t at = program_index(p);
	const char *operand = programs[at].operand;

	printf("Usage: %s [OPTION]...%s%s%s   Manual: man %s\n%s\n\n", program_name(p),
	       operand ? " [" : "", operand ?: "", operand ? "]" : "", program_name(p),
	       programs[at].summary);
	for (size_t i = 0; i < n; i++) {
		const struct option_row *r = &rows[i];
		_cleanup_free_ char *left = NULL;

		if (!(r->programs & p) || !r->help)
			continue;
		left = strf("%s%c%s --%s%s%s", r->letter ? "-" : " ", r->letter ?: ' ',
			    r->letter ? "," : " ", r->name, r->arg ? "=" : "",
			    r->arg ?: "");
		printf("  %-22s %s\n", left ?: r->name, r->help);
	}
	printf("\n%s\n", programs[at].status);
}

/* What bash may complete, each with a space before it. Hosts are RHEL 5's. */
static void host_values(void)
{
	const struct generation *g = generation_find("rhel", 5);

	for (size_t i = (size_t)g->min_minor; i < g->n_kernel_numbers; i++)
		printf(" 5.%zu 5.%zu/i686 5.%zu/x86_64", i, i, i);
}

static void kernel_values(void)
{
	printf(" all default");
}

static void boot_disk_values(void)
{
	printf(" emulated pv");
}

static void force_values(void)
{
	size_t n;
	const struct check *c = check_table(&n);

	for (size_t i = 0; i < n; i++)
		if (c[i].stage == STAGE_PREFLIGHT)
			printf(" %s", c[i].id);
}

static void guest_values(void)
{
	size_t n;
	const struct generation *g = generation_table(&n);

	for (size_t i = 0; i < n; i++)
		printf(" %s", g[i].id);
}

static const struct {
	const char *option;
	void (*print)(void);
} values[] = {
	{ "host", host_values },	   { "kernel", kernel_values },
	{ "boot-disk", boot_disk_values }, { "force", force_values },
	{ "guest", guest_values },
};

void usage_list(enum program p, const struct option_row *rows, size_t n)
{
	if (usage_operand(p))
		printf("\tFILE\t\n");
	for (size_t i = 0; i < n; i++) {
		const struct option_row *r = &rows[i];

		if (!(r->programs & p) || !r->help)
			continue;
		if (r->letter)
			printf("-%c ", r->letter);
		printf("--%s\t%s\t", r->name, r->arg ?: "");
		for (size_t k = 0; k < ELEMENTSOF(values); k++)
			if (streq(values[k].option, r->name))
				values[k].print();
		printf("\n");
	}
}
