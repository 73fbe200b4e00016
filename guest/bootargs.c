/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/bootargs.h"
#include "lib/strv.h"

#define UNPLUG "Linux, arch/x86/xen/platform-pci-unplug.c"
/* Of several values, what any of them unplugs is unplugged: "never" alone keeps all. */
#define MODULE "xen-platform-pci's parameter unplug"
#define PARAMS "Linux, Documentation/admin-guide/kernel-parameters.txt"

static const struct bootarg_rule rules[] = {
	{ "xen_emul_unplug=never", BY_KERNEL, NULL, 0, -1, BOOTARG_BLOCKS,
	  KEEPS_DISKS | KEEPS_NICS, true, "keeps the emulated devices", UNPLUG },
	{ "xen_nopv", BY_KERNEL, NULL, 0, -1, BOOTARG_BLOCKS, KEEPS_DISKS | KEEPS_NICS,
	  true, "switches PV drivers off", PARAMS },
	{ "nopv", BY_KERNEL, NULL, 0, -1, BOOTARG_BLOCKS, KEEPS_DISKS | KEEPS_NICS, true,
	  "switches PV drivers off", PARAMS },
	{ "xen_pv_hvm=disable", BY_KERNEL, "rhel6", 0, -1, BOOTARG_BLOCKS,
	  KEEPS_DISKS | KEEPS_NICS, true, "switches PV drivers off",
	  "RHEL 6.0's kernel: xen_pv_hvm=enable" },
	{ "xen_pv_hvm=enable", BY_KERNEL, "rhel6", 0, 0, BOOTARG_WANTED, 0, false,
	  "switches PV drivers on",
	  "VG: 6.0 wants it, from 6.1 on they are on by default" },
	{ "ide0=noprobe", BY_ANY, "rhel5", 3, 99, BOOTARG_ON_REQUEST, 0, false,
	  "leaves hda and hdb to xen-vbd, under their own names",
	  "seen: RHEL 5.3 and 5.7 kernels as guests of Xen 4.17" },
	{ "xen_emul_unplug=unnecessary", BY_KERNEL, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_DISKS | KEEPS_NICS, false,
	  "leaves the emulated devices beside the PV ones", UNPLUG },
	{ "xen_emul_unplug=nics", BY_KERNEL, NULL, 0, -1, BOOTARG_PARTLY, KEEPS_DISKS,
	  false, "leaves the emulated disks in use", UNPLUG },
	{ "xen_emul_unplug=ide-disks", BY_KERNEL, NULL, 0, -1, BOOTARG_PARTLY, KEEPS_NICS,
	  false, "leaves the emulated NICs in use", UNPLUG },
	{ "xen_emul_unplug=aux-ide-disks", BY_KERNEL, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_DISKS | KEEPS_NICS, true,
	  "leaves the first disk emulated, and what else it does not name", UNPLUG },
	{ "xen_platform_pci.unplug=never", BY_MODULE, NULL, 0, -1, BOOTARG_BLOCKS,
	  KEEPS_DISKS | KEEPS_NICS, false, "keeps the emulated devices", MODULE },
	{ "xen_platform_pci.unplug=unnecessary", BY_MODULE, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_DISKS | KEEPS_NICS, false,
	  "leaves the emulated devices beside the PV ones", MODULE },
	{ "xen_platform_pci.unplug=nics", BY_MODULE, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_DISKS, false, "leaves the emulated disks in use", MODULE },
	{ "xen_platform_pci.unplug=ide-disks", BY_MODULE, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_NICS, false, "leaves the emulated NICs in use", MODULE },
	{ "xen_platform_pci.unplug=aux-ide-disks", BY_MODULE, NULL, 0, -1, BOOTARG_PARTLY,
	  KEEPS_DISKS | KEEPS_NICS, true,
	  "leaves the first disk emulated, and what else it does not name", MODULE },
	{ "xen_blkfront.sda_is_xvda=1", BY_KERNEL, "rhel6", 0, -1, BOOTARG_RENAMES, 0,
	  false, "calls the PV disk of sda xvda, and not xvde",
	  "RHEL 6's drivers/block/xen-blkfront.c" },
};

#define BETWEEN " \t\"'\r\n"

/* A parameter's name: the kernel, and modprobe, read '-' as '_' there [parameq()]. */
static bool same_name(const char *token, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (token[i] != word[i] && !(token[i] == '-' && word[i] == '_'))
			return false;
	return true;
}

/* Whether a token is the word or, for "name=value", has the value in its list. */
static bool token_is(const char *token, size_t len, const char *word, bool list)
{
	const char *eq = strchr(word, '=');
	size_t name = eq ? (size_t)(eq - word) + 1 : 0;
	const char *end = token + len;

	if (len < name || !same_name(token, word, name))
		return false;
	if (len == strlen(word) && !strncmp(token + name, word + name, len - name))
		return true;
	if (!list || !eq || len == name)
		return false;
	for (const char *p = token + name; p < end;) {
		size_t n = 0;

		while (p + n < end && p[n] != ',')
			n++;
		if (n == strlen(eq + 1) && !strncmp(p, eq + 1, n))
			return true;
		p += n + 1;
	}
	return false;
}

/* Where a word stands in a line, from some place on, and how long it is there; or NULL.
 */
static const char *find(const char *line, const char *from, const char *word, bool list,
			size_t *ret_len)
{
	bool first = from == line;

	for (const char *p = from; *p; first = false) {
		const char *eq;
		size_t len;

		p += strspn(p, BETWEEN);
		len = strcspn(p, BETWEEN);
		*ret_len = len;
		if (len && token_is(p, len, word, list))
			return p;
		/* VARIABLE=word, without quotes */
		eq = first ? memchr(p, '=', len) : NULL;
		if (eq && token_is(eq + 1, len - (size_t)(eq + 1 - p), word, list)) {
			*ret_len = len - (size_t)(eq + 1 - p);
			return eq + 1;
		}
		p += len;
	}
	return NULL;
}

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

/* The kernel takes a list: one "never" in it is enough, and "aux-ide-disks" leaves the
 * first disk with whatever else [Linux, as above]. */
static bool says(const char *args, const struct bootarg_rule *r)
{
	size_t len;

	return find(args, args, r->word, r->in_list, &len) != NULL;
}

bool bootargs_is_ide0(const char *disk)
{
	return streq(disk, "hda") || streq(disk, "hdb");
}

bool bootargs_free_disk(const struct generation *g, const char *release, const char *args,
			const char *disk)
{
	if (!g || !streq(g->id, "rhel5") || !release ||
	    generation_minor_of_kernel(g, release) < g->inkernel_minor)
		return false;
	if (bootargs_has(args, "ide=disable"))
		return startswith(disk, "hd");
	return bootargs_has(args, "ide0=noprobe") && bootargs_is_ide0(disk);
}

const struct bootarg_rule *bootarg_rule(const struct generation *g, unsigned int by,
					const char *release, const char *args, size_t *i)
{
	while (g && *i < ELEMENTSOF(rules)) {
		const struct bootarg_rule *r = &rules[(*i)++];

		if (r->by & by && about(r, g, release) && says(args, r) != is_missing(r))
			return r;
	}
	return NULL;
}

bool bootargs_has(const char *args, const char *word)
{
	size_t len;

	return find(args, args, word, false, &len) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char *bootargs_without(const char *line, const char *word)
{
	char *out = malloc(strlen(line) + 1);
	const char *rest = line; /* what is not copied yet */
	char *to = out;
	const char *at;
	size_t len;

	if (!out)
		return NULL;
	while ((at = find(line, rest, word, true, &len))) {
		const char *end = at + len;

		to = mempcpy(to, rest, (size_t)(at - rest));
		if (to > out && is_blank(to[-1]))
			to--;
		else if (is_blank(*end))
			end++;
		rest = end;
	}
	memcpy(to, rest, strlen(rest) + 1);
	return out;
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
