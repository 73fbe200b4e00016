/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sysfs as today's kernels have it, of the words in which umockdev describes devices.
 */
#include <string.h>

#include "lib/strv.h"
#include "tests/unit/mock-machine.h"

/* "…/path/": as many "../" as there are folders above. */
static char *ups(const char *path)
{
	char *s = strdup("");

	for (const char *p = path; s && (p = strchr(p + 1, '/'));) {
		char *more = strf("../%s", s);

		free(s);
		s = more;
	}
	return s;
}

/* The links to a device of a class from /sys/block or /sys/class, and to what it is of.
 */
static void put_class(const char *sys, const char *folder, const char *path)
{
	_cleanup_free_ char *link = strf("%s/%s", folder, path_base(path));
	_cleanup_free_ char *up = ups(link);
	_cleanup_free_ char *target = strf("%s%s", up, path + 1);
	_cleanup_free_ char *device = strf("%s/device", path + 1);

	mock_link(sys, link, target);
	if (!strstr(path, "/virtual/"))
		mock_link(sys, device, "../..");
}

/* One property of the device at a path. */
static void put_property(const char *sys, const char *path, const char *text,
			 const char **major)
{
	_cleanup_free_ char *bus = strf("%s/subsystem", path + 1);
	_cleanup_free_ char *dev = strf("%s/dev", path + 1);
	_cleanup_free_ char *up = ups(path + 1);

	if (streq(text, "DEVTYPE=disk"))
		put_class(sys, "block", path);
	else if (streq(text, "SUBSYSTEM=net"))
		put_class(sys, "class/net", path);
	else if (streq(text, "SUBSYSTEM=ata_port"))
		put_class(sys, "class/ata_port", path);
	else if (startswith(text, "MAJOR="))
		*major = text + strlen("MAJOR=");
	else if (startswith(text, "MINOR=")) {
		_cleanup_free_ char *n = strf("%s:%s\n", *major, text + strlen("MINOR="));

		mock_put(sys, dev, n);
	}
	if (startswith(text, "SUBSYSTEM=")) {
		const char *name = text + strlen("SUBSYSTEM=");
		_cleanup_free_ char *to = strf("../%sbus/%s", up, name);
		_cleanup_free_ char *back = strf("bus/%s/devices/%s", name,
						 path_base(path));
		_cleanup_free_ char *device = strf("../../..%s", path);

		mock_link(sys, bus, to);
		mock_link(sys, back, device);
	}
}

void mock_sysfs(const char *sys, const char *words)
{
	_cleanup_free_ char *text = strdup(words);
	const char *path = NULL;
	const char *major = NULL;
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		_cleanup_free_ char *name = NULL;
		char *value = strchr(l, '=');

		if (*l == 'P') {
			path = l + strlen("P: ");
			mock_dir(sys, path + 1);
		} else if (*l == 'E') {
			put_property(sys, path, l + strlen("E: "), &major);
		} else if (value) {
			name = strf("%s/%.*s", path + 1, (int)(value - l - 3), l + 3);
			value[1 + strcspn(value + 1, "\\")] = '\0';
			if (*l == 'A')
				mock_put(sys, name, value + 1);
			else
				mock_link(sys, name, value + 1);
		}
	}
}
