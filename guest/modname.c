/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/modtree.h"

char *module_name(const char *file)
{
	static const char *const compressed[] = { ".gz",  ".bz2",  ".xz",
						  ".zst", ".lzma", ".lz4" };
	size_t len = strlen(file);
	char *name;

	for (size_t i = 0; i < ELEMENTSOF(compressed); i++) {
		if (!endswith(file, compressed[i]))
			continue;
		len -= strlen(compressed[i]);
		break;
	}
	if (len > 3 && !memcmp(file + len - 3, ".ko", 3))
		len -= 3;
	else if (len > 2 && !memcmp(file + len - 2, ".o", 2))
		len -= 2;
	else
		return NULL;
	name = strndup(file, len);
	for (char *p = name; p && *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

bool module_same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}
