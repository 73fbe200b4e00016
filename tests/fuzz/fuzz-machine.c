/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as each of the files of procfs and sysfs that tell of the machine. */
#include "guest/hypervisor.h"
#include "guest/mounts.h"
#include "guest/xenbus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mock-machine.h"

static const char *const files[] = {
	"/self/mountinfo",
	"/self/mounts",
	"/swaps",
	"/partitions",
	"/cmdline",
	"/bus/pci/devices",
	"/xen/capabilities",
	"/hypervisor/type",
	"/hypervisor/guest_type",
	"/hypervisor/version/major",
	"/hypervisor/version/extra",
	"/hypervisor/properties/capabilities",
	"/class/dmi/id/bios_vendor",
	"/class/dmi/id/bios_version",
	"/module/xen_platform_pci/parameters/unplug",
	"/kernel/security/lockdown",
};

static void read_mounts(void)
{
	_cleanup_mounts_ struct mount_list m = { 0 };
	_cleanup_strv_ struct strv targets = { 0 };

	check(mount_list_read(&m, NULL) == 0);
	for (size_t i = 0; i < m.n; i++)
		check(m.v[i].source && m.v[i].target);
	check(mount_list_targets(&m, 0x301, "hda1", &targets) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree *t = fuzz_tree();
	_cleanup_free_ char *first = root_name(t->root, files[0]);
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;
	_cleanup_(xenbus_freep) struct xenbus *b = NULL;

	mock.sys = mock.proc = t->path;
	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		fuzz_put(files[i], data, size);
	read_mounts();
	unlink(first);
	read_mounts();
	free(block_name_of(0x301));
	check(hypervisor_read(t->root, true, NULL, &h, NULL) == 0 && h->probed);
	check(xenbus_read(true, &b, NULL) == 0);
	return 0;
}
