/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "tests/unit/devmatch-fixture.h"

struct device disk(const char *name, bool pv, struct dev_fs *fs, uint64_t size)
{
	struct device d = { .kind = DEV_DISK, .pv = pv, .size = size };

	d.name = (char *)(uintptr_t)name;
	d.driver = (char *)(uintptr_t)(pv ? "vbd" : "ide-disk");
	d.fs = fs;
	d.n_fs = fs ? 1 : 0;
	return d;
}

struct device nic(const char *name, bool pv, const char *mac)
{
	struct device d = { .kind = DEV_NIC, .pv = pv };

	d.name = (char *)(uintptr_t)name;
	d.driver = (char *)(uintptr_t)(pv ? "vif" : "8139cp");
	d.mac = (char *)(uintptr_t)mac;
	return d;
}

void match(struct fixture *f, struct device *before, size_t n_before, struct device *now,
	   size_t n_now)
{
	f->before = (struct devices){ before, n_before };
	f->now = (struct devices){ now, n_now };
	f->inv.devices = &f->before;
	f->inv.live = !f->of_tree;
	f->g = (struct guest){
		.live = true,
		.gen = f->gen ?: generation_find("rhel", 5),
		.xenbus = f->bus,
		.kernels = &f->kernels,
		.inventory = before ? &f->inv : NULL,
		.devices = &f->now,
		.storage = &f->storage,
		.log = &f->log,
	};
	devrows_done(&f->rows);
	if (devmatch(&f->g, f->choices, &f->rows, NULL) < 0)
		abort();
}
