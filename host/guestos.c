/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/guestos.h"
#include "lib/strv.h"

/* libosinfo's words for RHEL and its rebuilds; other families are called as ours are. */
static const char *const rebuilds[] = { "rhel",	     "centos", "ol", "scientificlinux",
					"almalinux", "rocky" };

const struct generation *guestos_find(const char *url)
{
	const char *version = url ? strrchr(url, '/') : NULL;
	const char *word = version;
	_cleanup_free_ char *family = NULL;

	if (!version)
		return NULL;
	while (word > url && word[-1] != '/')
		word--;
	family = strndup(word, (size_t)(version - word));
	for (size_t i = 0; i < ELEMENTSOF(rebuilds); i++)
		if (family && streq(family, rebuilds[i]))
			return generation_find("rhel", atoi(version + 1));
	return family ? generation_find(family, atoi(version + 1)) : NULL;
}
