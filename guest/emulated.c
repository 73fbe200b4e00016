/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/emulated.h"
#include "lib/strv.h"

/*
 * Devices: xl.cfg(5), model= of vif, hdtype=, sdX in disk=; QEMU, hw/i386/xen and
 * hw/xen. Drivers: the PCI aliases of Linux's own modules, of 2.6.32 to 6.12.
 */
static const struct emulated_driver drivers[] = {
	{ "ata_piix", EMULATED_IDE, "PIIX3 IDE" },
	{ "piix", EMULATED_IDE, "PIIX3 IDE, before Linux 5.14" },
	{ "pata_acpi", EMULATED_IDE, "any IDE with ACPI" },
	{ "ata_generic", EMULATED_DISK, "any IDE, on request" },
	{ "ide_pci_generic", EMULATED_DISK, "any IDE, on request, before Linux 5.14" },
	{ "ide_generic", EMULATED_DISK, "IDE by its ports, before Linux 5.14" },
	{ "ahci", EMULATED_DISK, "ICH9 AHCI" },
	{ "sym53c8xx", EMULATED_DISK, "LSI 53C895A" },
	{ "nvme", EMULATED_DISK, "NVMe" },
	{ "8139cp", EMULATED_NIC, "RTL8139C+" },
	{ "8139too", EMULATED_NIC, "RTL8139" },
	{ "e1000", EMULATED_NIC, "82540EM, 82545EM" },
	{ "ne2k-pci", EMULATED_NIC, "RTL8029" },
	{ "pcnet32", EMULATED_NIC, "PCnet-PCI II" },
	{ "e1000e", EMULATED_CARD, "82574L" },
	{ "virtio_net", EMULATED_CARD, "virtio" },
};

const struct emulated_driver *emulated_drivers(size_t *n)
{
	*n = ELEMENTSOF(drivers);
	return drivers;
}

bool nic_is_emulated(const char *driver)
{
	for (size_t i = 0; driver && i < ELEMENTSOF(drivers); i++)
		if (drivers[i].kind == EMULATED_NIC &&
		    module_same(driver, drivers[i].name))
			return true;
	return false;
}

const char *emulated_builtin_ide(const struct modtree *m)
{
	for (size_t i = 0; m && i < ELEMENTSOF(drivers); i++)
		if (drivers[i].kind == EMULATED_IDE &&
		    modtree_is_builtin(m, drivers[i].name))
			return drivers[i].name;
	return NULL;
}
