/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/emulated.h"
#include "lib/strv.h"

/*
 * Devices: xl.cfg(5), model= of vif, hdtype=, sdX in disk=; QEMU, hw/i386/xen and
 * hw/xen. Drivers: the PCI aliases of Linux's own modules, of 2.6.32 to 6.12. PCI ids:
 * QEMU, each device's own source; with a subsystem's where there are real ones of that id
 * that a host may pass through.
 */
static const struct emulated_driver drivers[] = {
	{ "ata_piix", EMULATED_IDE, "PIIX3 IDE", "8086:7010" },
	{ "piix", EMULATED_IDE, "PIIX3 IDE, before Linux 5.14", "8086:7010" },
	{ "pata_acpi", EMULATED_IDE, "any IDE with ACPI", NULL },
	{ "ata_generic", EMULATED_DISK, "any IDE, on request", NULL },
	{ "ide_pci_generic", EMULATED_DISK, "any IDE, on request, before Linux 5.14",
	  NULL },
	{ "ide_generic", EMULATED_DISK, "IDE by its ports, before Linux 5.14", NULL },
	{ "ahci", EMULATED_DISK, "ICH9 AHCI", "8086:2922/1af4:1100" },
	{ "sym53c8xx", EMULATED_DISK, "LSI 53C895A", "1000:0012" },
	{ "nvme", EMULATED_DISK, "NVMe", "8086:5845 1b36:0010" },
	{ "8139cp", EMULATED_NIC, "RTL8139C+", "10ec:8139" },
	{ "8139too", EMULATED_NIC, "RTL8139", "10ec:8139" },
	{ "e1000", EMULATED_NIC, "82540EM, 82545EM", "8086:100e 8086:100f 8086:1004" },
	{ "ne2k-pci", EMULATED_NIC, "RTL8029", "10ec:8029" },
	{ "pcnet32", EMULATED_NIC, "PCnet-PCI II", "1022:2000" },
	{ "e1000e", EMULATED_CARD, "82574L", "8086:10d3/8086:0000" },
	{ "virtio_net", EMULATED_CARD, "virtio", NULL },
};

/*
 * The subsystems that the device models, QEMU and the one before it, give to devices that
 * have none of their own: what has one is theirs, whatever model= or a device model's
 * argument asked for. virtio has others.
 */
static const char *const subsystems[] = { "/1af4:1100", "/5853:0001" };

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

/* One of the words, with the subsystem of a word that has one. */
static bool has_id(const char *words, const char *pci)
{
	size_t id = strcspn(pci, "/");

	for (const char *p = words; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		bool whole = memchr(p, '/', n) && pci[id];

		if (n >= id && strncmp(p, pci, whole ? n : id) == 0 &&
		    (whole ? !pci[n] : n == id || p[id] == '/'))
			return true;
		p += n;
	}
	return false;
}

static bool pci_is_emulated(const struct device *d)
{
	for (size_t i = 0; i < ELEMENTSOF(drivers); i++)
		if (drivers[i].pci && has_id(drivers[i].pci, d->pci))
			return true;
	for (size_t i = 0; i < ELEMENTSOF(subsystems); i++)
		if (endswith(d->pci, subsystems[i]))
			return true;
	return false;
}

bool device_is_foreign(const struct device *d)
{
	if (d->pv || streq(d->bus, "xen"))
		return false;
	if (d->pci)
		return !pci_is_emulated(d);
	if (d->kind == DEV_DISK || !d->driver)
		return streq(d->bus, "virtio");
	for (size_t i = 0; i < ELEMENTSOF(drivers); i++)
		if (drivers[i].pci && module_same(d->driver, drivers[i].name))
			return false;
	return true;
}
