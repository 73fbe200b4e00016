/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as lvm.conf: what is said of it lies in it, and what follows a name is longer;
 * and as each of LVM's files.
 */
#include "guest/lvmconf.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = { LVM_CONF, "/etc/lvm/lvmlocal.conf",
				     "/etc/lvm/backup/VolGroup00", LVM_DEVICES_FILE };

static void read_files(const uint8_t *data, size_t size)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = NULL;

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		fuzz_put(files[i], data, size);
	check(lvmconf_read(fuzz_tree()->root, &c, NULL) == 0);
	for (size_t i = 0; i < c->n; i++)
		lvm_accepts(&c->filters[i], "/dev/sda2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_free_ char *new = NULL;

	check(c != NULL);
	read_files(data, size);
	if (lvmconf_parse(c, "conf", text, &e) < 0) {
		check(e.msg != NULL);
		return 0;
	}
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->filters[i].n; k++) {
			size_t at = c->filters[i].v[k].offset;

			check(at < strlen(text) && strchr("\"'ar", text[at]));
		}
	if (lvm_text_follow(c, "conf", text, "sda", "xvda", &new) > 0)
		check(strlen(new) > strlen(text));
	return 0;
}
