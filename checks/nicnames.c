/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic-names: what each interface will be called by */
#include <string.h>

#include "checks/add.h"

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

/* Why an interface will not be found by its name; NULL: it will. */
static const char *trouble(const struct nicnames *all, const struct nicname *x)
{
	if (x->how == NICNAME_BY_PLACE)
		return "is tied to the emulated card's place or driver";
	if (x->how != NICNAME_USED || nicnames_has(all, x->name, NICNAME_BY_MAC) ||
	    !is_by_place(x->name))
		return NULL;
	return "is the emulated card's place";
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
		const char *why = trouble(all, &all->v[i]);

		if (why && strv_addf(&bad, "%s in %s:%zu %s", all->v[i].name,
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
		     "Name="));
}
