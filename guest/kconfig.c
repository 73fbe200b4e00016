/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/kconfig.h"

#define CONFIG_MAX (4u << 20)

/* "CONFIG_X=m" at the beginning of a line; one that is not set is a comment, or not
 * there, as what it depends on is not set. */
static enum kconf option(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *l = text; *l; l = line_next(l)) {
		if (strncmp(l, name, n) != 0 || l[n] != '=')
			continue;
		if (l[n + 1] == 'y')
			return KCONF_BUILTIN;
		return l[n + 1] == 'm' ? KCONF_MODULE : KCONF_NO;
	}
	return KCONF_NO;
}

void kconfig_parse(const char *text, struct kconfig *ret)
{
	*ret = (struct kconfig){ .vbd = KCONF_UNKNOWN };
	/* An empty file, or another one, tells nothing. */
	if (!strstr(text, "CONFIG_"))
		return;
	ret->xen = option(text, "CONFIG_XEN");
	ret->pvhvm = option(text, "CONFIG_XEN_PVHVM");
	ret->vbd = option(text, "CONFIG_XEN_BLKDEV_FRONTEND");
	ret->vif = option(text, "CONFIG_XEN_NETDEV_FRONTEND");
}

int kconfig_read(const struct root *r, const char *release, struct kconfig *ret)
{
	char *paths[] = { strf("/boot/config-%s", release),
			  strf("/lib/modules/%s/config", release) };
	int k = 0;

	*ret = (struct kconfig){ .vbd = KCONF_UNKNOWN };
	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		_cleanup_free_ char *path = paths[i];
		_cleanup_free_ char *text = NULL;

		if (!path)
			k = -ENOMEM;
		if (k < 0 || ret->vbd != KCONF_UNKNOWN)
			continue;
		if (root_read(r, path, CONFIG_MAX, &text, NULL, NULL) == 0)
			kconfig_parse(text, ret);
	}
	return k;
}
