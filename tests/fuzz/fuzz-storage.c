/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as each of the files that name disks: what is said of them stands in it. */
#include "guest/storage.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = {
	"/etc/fstab",	   "/etc/crypttab",	    "/etc/initramfs-tools/conf.d/resume",
	"/etc/kdump.conf", "/etc/mdadm/mdadm.conf", "/boot/grub/device.map"
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(storage_freep) struct storage *s = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	struct bootcfg boot = { 0 };
	struct kernels kernels = { 0 };
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		fuzz_put(files[i], data, size);
	if (storage_read(fuzz_tree()->root, &boot, &kernels, &s, &e) < 0) {
		check(e.msg && !s);
		return 0;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct devref *r = &s->refs[i];
		_cleanup_free_ char *disk = NULL;
		unsigned int part = 0;

		check(r->line < lines && r->spec[0]);
		check(storage_split_device(r->spec, &disk, &part) == !!r->disk);
		check(streq(disk, r->disk) && part == r->part);
		storage_is_bus_name(r->spec);
	}
	storage_md_takes(s, "/dev/xvda2");
	check(s->md_file || !s->md_devices.n);
	return 0;
}
