/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "host/guestos.h"
#include "lib/strv.h"

/* The beginnings of libosinfo's names, behind the vendor, and the families that number
 * their releases so; others are called as ours are. The first that fits. Source:
 * osinfo-db 20221130 */
static const struct {
	const char *begins, *family;
} words[] = {
	{ "centos/", "rhel" },
	{ "centos-stream/", "rhel" },
	{ "ol/", "rhel" },
	{ "oel/", "rhel" },
	{ "scientificlinux/", "rhel" },
	{ "almalinux/", "rhel" },
	{ "rocky/", "rhel" },
	{ "sle/", "sles" },
	{ "sled/", "sles" },
	{ "opensuse/tumbleweed", "opensuse-tumbleweed" },
	{ "opensuse/factory", "opensuse-tumbleweed" },
	{ "opensuse/", "opensuse-leap" },
};

/* What has no number (rawhide, testing, unknown) is newer than all that have one. */
static int number(const char *version)
{
	return isdigit((unsigned char)*version) ? atoi(version) : INT_MAX;
}

const struct generation *guestos_find(const char *url)
{
	const char *slash = url ? strrchr(url, '/') : NULL;
	const char *word = slash;
	_cleanup_free_ char *family = NULL;

	if (!slash)
		return NULL;
	while (word > url && word[-1] != '/')
		word--;
	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		if (startswith(word, words[i].begins))
			return generation_find(words[i].family, number(slash + 1));
	family = strndup(word, (size_t)(slash - word));
	return family ? generation_find(family, number(slash + 1)) : NULL;
}
