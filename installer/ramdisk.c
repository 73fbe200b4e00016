/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large a RAM disk the kernel has for its initrd: what does not fit is not unpacked,
 * and the kernel does not boot.
 */
#include <string.h>

#include "installer/initrd_ext2.h"
#include "guest/bootcfg.h"

/* drivers/block/rd.c of Linux 2.4: KiB, where the kernel's configuration says nothing. */
#define RAMDISK_KIB 4096

#define CONFIG_WORD "\nCONFIG_BLK_DEV_RAM_SIZE="
#define CONFIG_MAX  (1024u * 1024)

/* A positive number, 0: none. */
static uint64_t number(const char *s)
{
	unsigned long n = strtoul(s, NULL, 10);

	return *s < '0' || *s > '9' || n > UINT32_MAX ? 0 : n;
}

/* From the kernel's own configuration, which its package puts beside it. */
static int configured(struct root *r, const char *release, uint64_t *ret, struct err *e)
{
	_cleanup_free_ char *path = strf("/boot/config-%s", release);
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (!path)
		return err_nomem(e);
	if (root_read(r, path, CONFIG_MAX, &text, NULL, NULL) < 0)
		return 0;
	line = strstr(text, CONFIG_WORD);
	if (line)
		*ret = number(line + strlen(CONFIG_WORD));
	return 0;
}

/* What an entry's arguments say in KiB; 0: nothing. */
static uint64_t argument(const char *args)
{
	static const char *const names[] = { "ramdisk_size", "ramdisk" };
	uint64_t kib = 0;

	for (size_t i = 0; !kib && i < ELEMENTSOF(names); i++) {
		_cleanup_free_ char *value = bootargs_get(args, names[i]);

		kib = value ? number(value) : 0;
	}
	return kib;
}

int ramdisk_size(struct root *r, const char *release, uint64_t *ret,
		 const char **ret_from, struct err *e)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	uint64_t usual = 0;
	uint64_t least = 0;
	int rc = configured(r, release, &usual, e);

	*ret_from = usual ? "its configuration" : "2.4 kernels' default";
	usual = usual ?: RAMDISK_KIB;
	if (rc == 0)
		rc = bootcfg_read(r, &b, e);
	if (rc < 0)
		return rc;
	/* The image must fit whichever entry is chosen. */
	for (size_t i = 0; i < b->n; i++) {
		uint64_t said;
		uint64_t kib;

		if (!streq(b->entries[i].release, release))
			continue;
		said = argument(b->entries[i].args ?: "");
		kib = said ?: usual;
		if (least && kib >= least)
			continue;
		least = kib;
		if (said)
			*ret_from = "ramdisk_size= in the boot loader's configuration";
	}
	*ret = (least ?: usual) * 1024;
	return 0;
}
