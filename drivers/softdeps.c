/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "drivers/softdeps.h"
#include "guest/emulated.h"

char *softdeps_text(const char *bus)
{
	_cleanup_strv_ struct strv lines = { 0 };
	size_t n;
	const struct emulated_driver *v = emulated_drivers(&n);

	if (strv_addf(&lines,
		      "# Written by xenpv: %s unplugs the emulated disks and network "
		      "cards, so it is loaded before their drivers.",
		      bus) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strv_addf(&lines, "softdep %s pre: %s", v[i].name, bus) < 0)
			return NULL;
	/* RHEL's xen-vnif depends on it; ours need not, but nothing else has it loaded */
	if (strv_add(&lines,
		     "# No device stands for the balloon: it comes with the NICs.") < 0 ||
	    strv_add(&lines, "softdep xen-vnif pre: xen-balloon") < 0)
		return NULL;
	return strv_add(&lines, "") < 0 ? NULL : strv_join(&lines, "\n");
}

/* One line: softdep DRIVER pre: A B … post: C … */
static bool line_orders(char *line, const char *driver, const char *bus)
{
	char *save = NULL;
	char *word = strtok_r(line, " \t\r", &save);
	bool pre = false;

	if (!streq(word, "softdep"))
		return false;
	word = strtok_r(NULL, " \t\r", &save);
	if (!word || !module_same(word, driver))
		return false;
	while ((word = strtok_r(NULL, " \t\r", &save))) {
		if (endswith(word, ":"))
			pre = streq(word, "pre:");
		else if (pre && module_same(word, bus))
			return true;
	}
	return false;
}

static bool text_orders(const char *text, const char *driver, const char *bus)
{
	for (const char *l = text; l && *l; l = line_next(l)) {
		_cleanup_free_ char *line = strndup(l, strcspn(l, "\n"));

		if (line && line_orders(line, driver, bus))
			return true;
	}
	return false;
}

const char *softdeps_lack(const char *text, const char *bus, const struct initrd *image)
{
	size_t n;
	const struct emulated_driver *v = emulated_drivers(&n);

	for (size_t i = 0; i < n; i++)
		if ((!image || initrd_has_module(image, v[i].name)) &&
		    !text_orders(text, v[i].name, bus))
			return v[i].name;
	return NULL;
}

const char *softdeps_too_late(const struct guest *g, const struct choices *cs,
			      const struct kernel **ret)
{
	const struct choice *c = cs && cs->n ? &cs->v[0] : NULL;

	for (size_t i = 0; c && i < cs->n; i++)
		if (cs->v[i].kernel->is_default)
			c = &cs->v[i];
	if (!c || !g->gen || !g->gen->unplug || !choice_bus(c))
		return NULL;
	if (ret)
		*ret = c->kernel;
	return emulated_builtin_ide(c->kernel->mods);
}
