// SPDX-License-Identifier: GPL-2.0-only
/* Xen's platform device: where a fully virtualised guest meets the hypervisor. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "platform.h"

/* Both from Xen's docs/misc: the device's own number, and the one of its first years */
static const struct pci_device_id ids[] = { { PCI_DEVICE(0x5853, 0x0001) },
					    { PCI_DEVICE(0xfffd, 0x0101) },
					    {} };
MODULE_DEVICE_TABLE(pci, ids);

/* BAR 1, as far as we use it: shared info, and the most frames of grants that Xen gives a
 * guest */
#define MEMORY_BAR   1
#define MEMORY_PAGES 1024u

static struct {
	struct pci_dev *pdev;
	phys_addr_t start;
	unsigned int pages;
	void *memory;
} platform;

void *platform_memory(unsigned int index)
{
	return index < platform.pages ? platform.memory + ((size_t)index << PAGE_SHIFT)
				      : NULL;
}

int platform_map(unsigned int index, unsigned int space, unsigned long frame)
{
	struct xen_add_to_physmap map = {
		.domid = DOMID_SELF,
		.space = space,
		.idx = frame,
		.gpfn = (platform.start >> PAGE_SHIFT) + index,
	};

	return index < platform.pages ? xenpv_memory_op(XENMEM_add_to_physmap, &map)
				      : -ENOSPC;
}

static int map_memory(struct pci_dev *pdev)
{
	resource_size_t len = pci_resource_len(pdev, MEMORY_BAR);

	platform.pages = min_t(resource_size_t, len >> PAGE_SHIFT, MEMORY_PAGES);
	platform.start = pci_resource_start(pdev, MEMORY_BAR);
	if (!platform.start || platform.pages < 2) {
		dev_err(&pdev->dev, "no memory resource\n");
		return -ENODEV;
	}
	platform.memory = memremap(platform.start, (size_t)platform.pages << PAGE_SHIFT,
				   MEMREMAP_WB);
	return platform.memory ? 0 : -ENOMEM;
}

/* In the order in which each needs those before it; there is no way back, as Xen keeps
 * the pages */
static const struct {
	const char *what;
	int (*init)(void);
} steps[] = {
	{ "grants", grants_init },
	{ "the store", store_init },
	{ "the bus", bus_init },
	{ "/sys/hypervisor", hypervisor_sysfs_init },
	{ "control/shutdown", control_init },
};

static int start(struct pci_dev *pdev)
{
	size_t i;
	int r;

	r = map_memory(pdev);
	if (r < 0)
		return r;
	r = events_init(pdev);
	for (i = 0; i < ARRAY_SIZE(steps) && r >= 0; i++) {
		r = steps[i].init();
		if (r < 0)
			dev_err(&pdev->dev, "%s: error %d\n", steps[i].what, r);
	}
	return r;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int r;

	if (platform.pdev)
		return -EBUSY;
	r = hypercall_init();
	if (r < 0) {
		dev_err(&pdev->dev, "the platform device is there, Xen is not\n");
		return r;
	}
	r = pci_enable_device(pdev);
	if (r < 0)
		return r;
	r = pci_request_regions(pdev, KBUILD_MODNAME);
	if (r < 0) {
		pci_disable_device(pdev);
		return r;
	}
	/* Kept from here on also when something fails: what was unplugged does not come
	 * back */
	platform.pdev = pdev;
	unplug_emulated();
	return start(pdev);
}

static struct pci_driver driver = {
	.name = "xen-platform-pci",
	.id_table = ids,
	.probe = probe,
	.driver = { .suppress_bind_attrs = true },
};

static int __init platform_module_init(void)
{
	int r;

	if (IS_ENABLED(CONFIG_XEN)) {
		pr_info("this kernel has its own drivers for Xen: use those\n");
		return -ENODEV;
	}
	r = pci_register_driver(&driver);
	if (r == 0 && platform.pdev)
		unplug_forget();
	return r;
}
module_init(platform_module_init);
/* No module_exit: Xen goes on writing to the pages that it shares with us */

MODULE_DESCRIPTION("Xen platform device: bus, store, events and grants for a fully "
		   "virtualised guest");
MODULE_LICENSE("GPL");
