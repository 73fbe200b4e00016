/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loaders that are not read here, known by their configuration [lilo.conf(5);
 * extlinux(1)]: what they tell a kernel is not known. Of lilo.conf one line is taken:
 * boot=, the disk or partition that LILO starts from.
 */
#include <string.h>

#include "guest/bootcfg_parts.h"

#define CONFIG_MAX (256u * 1024)

static const struct unread_loader loaders[] = {
	{ "LILO", "/etc/lilo.conf", "lilo" },
	{ "extlinux", "/boot/extlinux/extlinux.conf", NULL },
	{ "extlinux", "/boot/syslinux/extlinux.conf", NULL },
	{ "extlinux", "/boot/syslinux/syslinux.cfg", NULL },
	{ "extlinux", "/boot/extlinux.conf", NULL },
	{ "extlinux", "/extlinux.conf", NULL },
};

/* The value of "boot = VALUE", quoted or not; NULL: another line. */
static char *boot_value(const char *line)
{
	line += strspn(line, " \t");
	if (!startswith(line, "boot"))
		return NULL;
	line += strlen("boot");
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	line += strspn(line, " \t\"");
	return strndup(line, strcspn(line, " \t\r\n\"#"));
}

/* A file that cannot be read tells nothing. */
static int read_lilo(const struct root *r, struct bootcfg *b, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int k = root_read(r, path, CONFIG_MAX, &text, NULL, NULL);

	if (k < 0)
		return k == -ENOMEM ? k : 0;
	for (const char *l = text; *l && !b->boot_comment; l = line_next(l))
		b->boot_comment = boot_value(l);
	return 0;
}

int bootcfg_find_unread(const struct root *r, struct bootcfg *b, struct err *e)
{
	if (bootcfg_is_read(b))
		return 0;
	for (size_t i = 0; i < ELEMENTSOF(loaders) && !b->unread; i++)
		if (root_is_file(r, loaders[i].path))
			b->unread = &loaders[i];
	if (b->unread && b->unread->again && read_lilo(r, b, b->unread->path) < 0)
		return err_nomem(e);
	return 0;
}

bool bootcfg_is_read(const struct bootcfg *b)
{
	return b->loader != BOOT_NONE && b->loader != BOOT_LINKS;
}
