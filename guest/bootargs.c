/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/bootargs.h"
#include "lib/strv.h"

#define UNPLUG "Linux, arch/x86/xen/platform-pci-unplug.c"
#define PARAMS "Linux, Documentation/admin-guide/kernel-parameters.txt"

static const struct bootarg_rule rules[] = {
	{ "xen_emul_unplug=never", NULL, 0, -1, BOOTARG_BLOCKS,
	  "keeps the emulated devices", UNPLUG },
	{ "xen_nopv", NULL, 0, -1, BOOTARG_BLOCKS, "switches PV drivers off", PARAMS },
	{ "nopv", NULL, 0, -1, BOOTARG_BLOCKS, "switches PV drivers off", PARAMS },
	{ "xen_pv_hvm=disable", "rhel6", 0, -1, BOOTARG_BLOCKS, "switches PV drivers off",
	  "RHEL 6.0's kernel: xen_pv_hvm=enable" },
	{ "xen_pv_hvm=enable", "rhel6", 0, 0, BOOTARG_WANTED, "switches PV drivers on",
	  "VG: 6.0 wants it, from 6.1 on they are on by default" },
	{ "ide0=noprobe", "rhel5", 3, 99, BOOTARG_ON_REQUEST,
	  "leaves hda and hdb to xen-vbd, under their own names",
	  "seen: RHEL 5.3 and 5.7 kernels as guests of Xen 4.17" },
	{ "xen_emul_unplug=unnecessary", NULL, 0, -1, BOOTARG_PARTLY,
	  "leaves the emulated devices beside the PV ones", UNPLUG },
	{ "xen_emul_unplug=nics", NULL, 0, -1, BOOTARG_PARTLY,
	  "leaves the emulated disks in use", UNPLUG },
	{ "xen_emul_unplug=ide-disks", NULL, 0, -1, BOOTARG_PARTLY,
	  "leaves the emulated NICs in use", UNPLUG },
	{ "xen_emul_unplug=aux-ide-disks", NULL, 0, -1, BOOTARG_PARTLY,
	  "leaves the first disk and the NICs emulated", UNPLUG },
	{ "xen_blkfront.sda_is_xvda=1", "rhel6", 0, -1, BOOTARG_RENAMES,
	  "calls the PV disk of sda xvda, and not xvde",
	  "RHEL 6's drivers/block/xen-blkfront.c" },
};

static bool about(const struct bootarg_rule *r, const struct generation *g,
		  const char *release)
{
	int minor = generation_minor_of_kernel(g, release);

	if (r->generation ? !streq(r->generation, g->id) : !g->unplug)
		return false;
	if (r->max_minor < 0)
		return true;
	return minor >= r->min_minor && minor <= r->max_minor;
}

/* The rule is about arguments that lack its word. */
static bool is_missing(const struct bootarg_rule *r)
{
	return r->effect == BOOTARG_WANTED || r->effect == BOOTARG_ON_REQUEST;
}

bool bootargs_free_disk(const struct generation *g, const char *args, const char *disk)
{
	if (!g || !streq(g->id, "rhel5"))
		return false;
	if (bootargs_has(args, "ide=disable"))
		return startswith(disk, "hd");
	return bootargs_has(args, "ide0=noprobe") &&
	       (streq(disk, "hda") || streq(disk, "hdb"));
}

const struct bootarg_rule *bootarg_rule(const struct generation *g, const char *release,
					const char *args, size_t *i)
{
	while (g && *i < ELEMENTSOF(rules)) {
		const struct bootarg_rule *r = &rules[(*i)++];

		if (about(r, g, release) && bootargs_has(args, r->word) != is_missing(r))
			return r;
	}
	return NULL;
}

#define BETWEEN " \t\"'\r\n"

/* Where a word stands in a line, or NULL. */
static const char *find(const char *line, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = line; *p;) {
		size_t len;

		p += strspn(p, BETWEEN);
		len = strcspn(p, BETWEEN);
		if (len == n && !strncmp(p, word, n))
			return p;
		p += len;
	}
	return NULL;
}

bool bootargs_has(const char *args, const char *word)
{
	return find(args, word) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char *bootargs_without(const char *line, const char *word)
{
	const char *at = find(line, word);
	const char *end;

	if (!at)
		return strdup(line);
	end = at + strlen(word);
	if (at > line && is_blank(at[-1]))
		at--;
	else if (is_blank(*end))
		end++;
	return strf("%.*s%s", (int)(at - line), line, end);
}

char *bootargs_with(const char *line, const char *word)
{
	size_t n = strlen(line);

	while (n && strchr(" \t\r", line[n - 1]))
		n--;
	/* Only a quote that a quote before it opened */
	if (n > 1 && strchr("\"'", line[n - 1]) && memchr(line, line[n - 1], n - 1)) {
		bool empty = line[n - 2] == line[n - 1];

		return strf("%.*s%s%s%s", (int)(n - 1), line, empty ? "" : " ", word,
			    line + n - 1);
	}
	return strf("%.*s %s%s", (int)n, line, word, line + n);
}
