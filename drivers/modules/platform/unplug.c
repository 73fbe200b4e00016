// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unplug protocol of the platform device (Xen's docs/misc/hvm-emulated-unplug):
 *
 *	port 0x10, word, read    0x49d2: the device model can unplug
 *	port 0x12, byte, read    version of the protocol
 *	port 0x12, word, write   who we are, from version 1 on
 *	port 0x10, long, write   our version; then 0x10 is read again: anything but
 *	                         0x49d2 now refuses us
 *	port 0x10, word, write   what to unplug
 *
 * What is unplugged is gone at once, under whoever uses it: so only what no
 * driver has yet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "platform.h"

#define PORT_WHAT    0x10
#define PORT_VERSION 0x12
#define MAGIC	     0x49d2
/* No registered product: the number for those */
#define PRODUCT 0xffff
#define BUILD	1

enum what {
	UNPLUG_DISKS = 1,
	UNPLUG_NICS = 2,
	UNPLUG_OTHER_DISKS = 4, /* all but the first one of IDE */
};

static char *unplug = "all";
module_param(unplug, charp, 0444);
MODULE_PARM_DESC(
	unplug,
	"What to unplug of the emulated devices, as xen_emul_unplug: all, ide-disks, "
	"aux-ide-disks, nics (several by comma), unnecessary, never");

static unsigned int left;

unsigned int xenpv_emulated(void)
{
	return left;
}
EXPORT_SYMBOL_GPL(xenpv_emulated);

/* "unnecessary" promises that nothing is there twice */
#define NOTHING_TWICE 8

/* The words of xen_emul_unplug */
static const struct {
	const char *word;
	unsigned int what;
} words[] = {
	{ "all", UNPLUG_DISKS | UNPLUG_NICS },	 { "ide-disks", UNPLUG_DISKS },
	{ "aux-ide-disks", UNPLUG_OTHER_DISKS }, { "nics", UNPLUG_NICS },
	{ "unnecessary", NOTHING_TWICE },	 { "never", 0 },
};

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(text, word, len);
}

static unsigned int wanted(void)
{
	const char *at = unplug;
	unsigned int what = 0;
	size_t len;
	size_t i;

	for (;; at += len + 1) {
		len = strcspn(at, ",");
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (is_word(at, len, words[i].word))
				break;
		if (i < ARRAY_SIZE(words))
			what |= words[i].what;
		else
			pr_warn("unplug=%s: \"%.*s\" is none of its words\n", unplug,
				(int)len, at);
		if (!at[len])
			return what;
	}
}

/* What is there twice after that */
static unsigned int left_by(unsigned int what)
{
	unsigned int twice = 0;

	if (!(what & UNPLUG_DISKS))
		twice |= what & UNPLUG_OTHER_DISKS ? XENPV_EMULATED_FIRST_DISK
						   : XENPV_EMULATED_DISKS;
	if (!(what & UNPLUG_NICS))
		twice |= XENPV_EMULATED_NICS;
	return twice;
}

/* --- what a driver has already ------------------------------------------------ */

static int is_disk(struct device *dev, void *data)
{
	if (dev->class && !strcmp(dev->class->name, "block") && dev->type &&
	    dev->type->name && !strcmp(dev->type->name, "disk") &&
	    strncmp(dev_name(dev), "sr", 2))
		return 1;
	return device_for_each_child(dev, data, is_disk);
}

static int is_nic(struct device *dev, void *data)
{
	if (dev->class && !strcmp(dev->class->name, "net"))
		return 1;
	return device_for_each_child(dev, data, is_nic);
}

/* The models that Xen's device model emulates; a NIC of the host's own that was passed
 * through stays */
static const struct pci_device_id emulated_nics[] = {
	{ PCI_DEVICE(0x10ec, 0x8139) }, /* rtl8139 */
	{ PCI_DEVICE(0x10ec, 0x8029) }, /* ne2k_pci */
	{ PCI_DEVICE(0x8086, 0x100c) }, /* e1000-82544gc */
	{ PCI_DEVICE(0x8086, 0x100e) }, /* e1000 */
	{ PCI_DEVICE(0x8086, 0x100f) }, /* e1000-82545em */
	{ PCI_DEVICE(0x8086, 0x10d3) }, /* e1000e */
	{ PCI_DEVICE(0x8086, 0x1209) }, /* i82550, i82551, i82559er, i82562 */
	{ PCI_DEVICE(0x8086, 0x1229) }, /* i82557, i82558, i82559 */
	{ PCI_DEVICE(0x8086, 0x2449) }, /* i82801 */
	{ PCI_DEVICE(0x1011, 0x0019) }, /* tulip */
	{ PCI_DEVICE(0x1022, 0x2000) }, /* pcnet */
	{ PCI_DEVICE(0x15ad, 0x07b0) }, /* vmxnet3 */
	{ PCI_DEVICE_SUB(0x1af4, PCI_ANY_ID, 0x1af4, PCI_ANY_ID) }, /* virtio-net-pci */
	{}
};

static bool is_used(struct pci_dev *pdev, unsigned int what)
{
	unsigned int class = pdev->class >> 8;

	if (what & (UNPLUG_DISKS | UNPLUG_OTHER_DISKS))
		return pdev->class >> 16 == PCI_BASE_CLASS_STORAGE &&
		       is_disk(&pdev->dev, NULL);
	return class == PCI_CLASS_NETWORK_ETHERNET && pci_match_id(emulated_nics, pdev) &&
	       is_nic(&pdev->dev, NULL);
}

struct pci_dev *next_function(struct pci_dev *from)
{
	do
		from = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, from);
	while (from && (pci_domain_nr(from->bus) || from->bus->number));
	return from;
}

/* The first emulated device of that kind that a driver has, with a reference; NULL */
static struct pci_dev *find_used(unsigned int what)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = next_function(pdev)))
		if (is_used(pdev, what))
			break;
	return pdev;
}

static void refuse(unsigned int *what, unsigned int kind)
{
	struct pci_dev *pdev = *what & kind ? find_used(kind) : NULL;

	if (!pdev)
		return;
	pr_err("the emulated %s are not unplugged: %s has one in use already on %s; this "
	       "module has to be loaded before\n",
	       kind == UNPLUG_NICS ? "NICs" : "disks",
	       pdev->dev.driver ? pdev->dev.driver->name : "a driver", pci_name(pdev));
	pci_dev_put(pdev);
	*what &= ~kind;
}

/* --- the ports ---------------------------------------------------------------- */

static bool device_model_agrees(void)
{
	u8 version;

	if (inw(PORT_WHAT) != MAGIC) {
		pr_err("the device model knows no unplugging\n");
		return false;
	}
	version = inb(PORT_VERSION);
	if (version >= 1) {
		outw(PRODUCT, PORT_VERSION);
		outl(BUILD, PORT_WHAT);
		if (inw(PORT_WHAT) != MAGIC) {
			pr_err("the host refuses these drivers\n");
			return false;
		}
	}
	return true;
}

static void say_remaining(unsigned int kind, const char *name)
{
	if (left & kind)
		pr_warn("the disks of %s are still there: the device model did not "
			"unplug them\n",
			name);
}

static void do_unplug(unsigned int what)
{
	outw(what, PORT_WHAT);
	pr_info("unplugged the emulated%s%s%s\n",
		what & UNPLUG_DISKS	    ? " disks"
		: what & UNPLUG_OTHER_DISKS ? " disks but the first"
					    : "",
		what & UNPLUG_NICS && what & ~UNPLUG_NICS ? " and" : "",
		what & UNPLUG_NICS ? " NICs" : "");
}

void unplug_emulated(void)
{
	unsigned int what = wanted();
	bool promised = what & NOTHING_TWICE;

	what &= ~NOTHING_TWICE;
	refuse(&what, UNPLUG_DISKS | UNPLUG_OTHER_DISKS);
	refuse(&what, UNPLUG_NICS);
	if (what && !device_model_agrees())
		what = 0;
	left = promised ? 0 : left_by(what);
	if (what)
		do_unplug(what);
	if (!promised)
		left |= remaining_disks();
	if (!(what & (UNPLUG_DISKS | UNPLUG_OTHER_DISKS)))
		return;
	say_remaining(XENPV_EMULATED_AHCI_DISKS, "AHCI");
	say_remaining(XENPV_EMULATED_SCSI_DISKS, "SCSI");
}

/*
 * Functions of PCI that are gone with what was unplugged, while the kernel still
 * lists them and offers them to drivers.
 */
void unplug_forget(void)
{
	struct pci_dev *pdev = NULL;
	struct pci_dev *gone = NULL;

	while ((pdev = next_function(pdev))) {
		/* Removed one step later, as the search goes on from it */
		if (gone)
			pci_stop_and_remove_bus_device_locked(gone);
		pci_dev_put(gone);
		gone = pci_device_is_present(pdev) ? NULL : pci_dev_get(pdev);
	}
	if (gone)
		pci_stop_and_remove_bus_device_locked(gone);
	pci_dev_put(gone);
}
