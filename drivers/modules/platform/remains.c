// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left of the emulated disks, where the device model does not say.
 *
 * AHCI (hdtype="ahci"): QEMU unplugs its disks since 8.2. A port says whether a device
 * is there. Of what kind it is, says a signature, which the port has (Serial ATA AHCI
 * 1.3.1, 3.3.9 and 3.3.10) once somebody has given it memory for what the device sends
 * first. The firmware does, to find what it can boot from. Where it did not, the device
 * is taken for a disk, which costs speed if it is a CD-ROM: the other way round costs the
 * data. The CD-ROMs of Xen's own tool stack are IDE's anyway.
 *
 * SCSI (disks called sdX): QEMU takes the controller away with them, but not for
 * unplug=aux-ide-disks, and older ones, as the device model before QEMU, not at all.
 *
 * IDE: for unplug=aux-ide-disks, a QEMU of before 2017 does nothing. That cannot be seen
 * without commands to the disks, and is not looked for.
 */
#include <linux/io.h>
#include <linux/pci.h>

#include "platform.h"

#define MEMORY_BAR	5
#define PORTS		0x0c /* a bit for each */
#define PORT(n)		(0x100 + 0x80 * (n))
#define PORT_SIGNATURE	0x24
#define PORT_STATUS	0x28
#define STATUS_PRESENT	1 /* of the four bits about the device: 1 or 3 */
#define SIGNATURE_ATAPI 0xeb140101

/* With its disks QEMU resets the function, which then has no address for its memory */
static bool was_reset(struct pci_dev *pdev)
{
	u32 start;

	pci_read_config_dword(pdev, PCI_BASE_ADDRESS_5, &start);
	return (start & PCI_BASE_ADDRESS_MEM_MASK) !=
	       pci_resource_start(pdev, MEMORY_BAR);
}

/* Its driver, too, leaves it on */
static void turn_memory_on(struct pci_dev *pdev)
{
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
}

static bool is_disk(void __iomem *port)
{
	return readl(port + PORT_STATUS) & STATUS_PRESENT &&
	       readl(port + PORT_SIGNATURE) != SIGNATURE_ATAPI;
}

static bool has_disk(struct pci_dev *pdev)
{
	resource_size_t len = pci_resource_len(pdev, MEMORY_BAR);
	void __iomem *memory;
	unsigned int i;
	bool found = false;
	u32 ports;

	if (was_reset(pdev))
		return false;
	memory = pci_ioremap_bar(pdev, MEMORY_BAR);
	if (!memory)
		return true;
	turn_memory_on(pdev);
	ports = readl(memory + PORTS);
	for (i = 0; i < 32 && PORT(i + 1) <= len && !found; i++)
		found = ports & BIT(i) && is_disk(memory + PORT(i));
	iounmap(memory);
	return found;
}

/* QEMU's; one of the host's own that was passed through has none of the guest's disks */
static const struct pci_device_id ahci[] = {
	{ PCI_DEVICE_SUB(PCI_VENDOR_ID_INTEL, 0x2922, PCI_SUBVENDOR_ID_REDHAT_QUMRANET,
			 PCI_SUBDEVICE_ID_QEMU) },
	{}
};

static const struct pci_device_id scsi[] = { { PCI_DEVICE(PCI_VENDOR_ID_LSI_LOGIC,
							  0x0012) }, /* 53C895A */
					     {} };

static unsigned int remaining_of(struct pci_dev *pdev)
{
	if (pci_match_id(ahci, pdev) && has_disk(pdev))
		return XENPV_EMULATED_AHCI_DISKS;
	if (pci_match_id(scsi, pdev) && pci_device_is_present(pdev))
		return XENPV_EMULATED_SCSI_DISKS;
	return 0;
}

unsigned int remaining_disks(void)
{
	struct pci_dev *pdev = NULL;
	unsigned int all = 0;

	while ((pdev = next_function(pdev)))
		all |= remaining_of(pdev);
	return all;
}
