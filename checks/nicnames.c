/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic-names: what each interface will be called by */
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "checks/add.h"

#define GLOB	"*?["
#define BETWEEN " \t;" /* patterns of systemd's Name=, of NetworkManager's lists */

/* ens3, enp0s3, eno1: by the place of the emulated card, which the PV card has not. */
static bool is_by_place(const char *name)
{
	static const char *const prefixes[] = { "ens", "enp", "eno", "em", "p" };

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (startswith(name, prefixes[i]) && name[n] >= '0' && name[n] <= '9')
			return true;
	}
	return false;
}

/* A pattern that takes such names: one of those that emulated cards have. */
static bool takes_place(const char *pattern)
{
	static const char *const names[] = {
		"ens3",	  "ens4",   "ens5", "enp0s3", "eno1",
		"enp0s4", "enp0s5", "em1",  "p1p1",   "p2p1"
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		if (fnmatch(pattern, names[i], 0) == 0)
			return true;
	return is_by_place(pattern);
}

/* What any word of a list of patterns is; a "!" before one turns it around, which takes
 * nothing here. -ENOMEM. */
static int any_word(const char *list, bool (*is)(const char *word, const void *arg),
		    const void *arg)
{
	_cleanup_free_ char *words = strdup(list);
	char *save = NULL;

	if (!words)
		return -ENOMEM;
	for (char *w = strtok_r(words, BETWEEN, &save); w;
	     w = strtok_r(NULL, BETWEEN, &save))
		if (is(w + strspn(w, "|&"), arg))
			return 1;
	return 0;
}

static bool word_by_place(const char *word, const void *arg)
{
	(void)arg;
	return takes_place(word);
}

static bool word_takes(const char *word, const void *name)
{
	return fnmatch(word, name, 0) == 0;
}

/*
 * What a PV card is called: eth0 until systemd 249, enX0 from 250 on [systemd,
 * src/shared/netif-naming-scheme.h: NAMING_XEN_VIF], by the systemd of each release.
 * Those between, and of RHEL 9 and SUSE, which choose a scheme of their own: either.
 */
static const struct {
	const char *family;
	int last_eth, first_enx; /* major release */
} schemes[] = {
	{ "rhel", 8, INT_MAX },
	{ "fedora", 35, 36 },
	{ "debian", 11, 12 },
	{ "ubuntu", 22, 23 },
	{ "sles", 12, INT_MAX },
	{ "opensuse-leap", -1, INT_MAX },
	{ "opensuse-tumbleweed", -2, -1 },
};

/* Whether a list of patterns takes whatever the PV card may be called; -ENOMEM. */
static int takes_pv(const struct guest *g, const char *list)
{
	bool eth = true;
	bool enx = true;
	int k = 1;

	for (size_t i = 0; i < ELEMENTSOF(schemes); i++) {
		if (!streq(schemes[i].family, g->distro->family))
			continue;
		eth = g->distro->major < schemes[i].first_enx;
		enx = g->distro->major > schemes[i].last_eth;
	}
	if (eth)
		k = any_word(list, word_takes, "eth0");
	return k > 0 && enx ? any_word(list, word_takes, "enX0") : k;
}

/* One or several patterns; not the name of one interface. */
static bool is_pattern(const char *name)
{
	return strpbrk(name, GLOB BETWEEN) != NULL;
}

/* Another entry of the configuration is for whatever the PV card is called, such as eth*
 * beside en*. */
static int others_take_pv(const struct guest *g, const struct nicnames *all)
{
	int k = 0;

	for (size_t i = 0; k == 0 && i < all->n; i++)
		if (all->v[i].how == NICNAME_USED && is_pattern(all->v[i].name))
			k = takes_pv(g, all->v[i].name);
	return k;
}

/* Why an interface will not be found by its name: 1 and *why, 0: it will, -ENOMEM. */
static int trouble(const struct guest *g, const struct nicnames *all,
		   const struct nicname *x, const char **why)
{
	int k;

	*why = "is tied to the emulated card's place or driver";
	if (x->how == NICNAME_BY_PLACE)
		return 1;
	if (x->how != NICNAME_USED || nicnames_has(all, x->name, NICNAME_BY_MAC))
		return 0;
	*why = "is the emulated card's place";
	if (!is_pattern(x->name))
		return is_by_place(x->name);
	*why = "takes the emulated card's name, and not the PV card's";
	k = any_word(x->name, word_by_place, NULL);
	if (k <= 0)
		return k;
	k = others_take_pv(g, all);
	return k < 0 ? k : !k;
}

CHECK(check_nic_names)
{
	const struct nicnames *all = f->g->nicnames;
	_cleanup_strv_ struct strv bad = { 0 };
	_cleanup_free_ char *list = NULL;
	char *needed;

	if (!f->g->gen || !f->g->gen->unplug)
		return 0;
	for (size_t i = 0; i < all->n; i++) {
		const char *why;
		int k = trouble(f->g, all, &all->v[i], &why);

		if (k < 0)
			return k;
		if (k && strv_addf(&bad, "%s in %s:%zu %s", all->v[i].name,
				   all->v[i].file, all->v[i].line + 1, why) < 0)
			return -ENOMEM;
	}
	needed = strf("names that are tied to a MAC, which the PV card keeps");
	if (!bad.n)
		return finding_add(out, c, NULL, STATUS_PASS,
				   strf("no interface is named by the emulated card's "
					"place"),
				   needed, NULL);
	list = strv_join(&bad, "; ");
	if (!list) {
		free(needed);
		return -ENOMEM;
	}
	return finding_add(
		out, c, NULL, STATUS_WARN, strf("%s", list), needed,
		strf("the PV card will be eth0, or enX0 from systemd 250 on: tie the "
		     "name to the MAC, by HWADDR= or a .link file with MACAddress= and "
		     "Name=, or let the pattern take its name, too"));
}
