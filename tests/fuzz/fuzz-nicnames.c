/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as each of the files that name network interfaces. */
#include "guest/nicnames.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = {
	"/etc/sysconfig/network-scripts/ifcfg-eth0",
	"/etc/network/interfaces",
	"/etc/NetworkManager/system-connections/x.nmconnection",
	"/etc/udev/rules.d/70-persistent-net.rules",
	"/etc/systemd/network/x.link",
	"/etc/systemd/network/x.network",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(nicnames_freep) struct nicnames *n = NULL;

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		fuzz_put(files[i], data, size);
	check(nicnames_read(fuzz_tree()->root, &n, NULL) == 0);
	for (size_t i = 0; i < n->n; i++) {
		check(n->v[i].name[0] && n->v[i].file[0] == '/');
		check(nicnames_has(n, n->v[i].name, n->v[i].how));
	}
	return 0;
}
