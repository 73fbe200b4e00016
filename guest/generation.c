/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "guest/generation.h"
#include "lib/strv.h"

#define BIT(v) (1u << (v))

/* First kernel number of update 0, 1, 2, … [Red Hat's insights-core; the kernels' own
 * sources where they state it]. */
static const int kernels3[] = { 4, 9, 15, 20, 27, 32, 37, 40, 47, 50 };
static const int kernels4[] = { 5, 11, 22, 34, 42, 55, 67, 78, 89, 100 };
static const int kernels5[] = { 8, 53, 92, 128, 164, 194, 238, 274, 308, 348, 371, 398 };
static const int kernels6[] = { 71, 131, 220, 279, 358, 431, 504, 573, 642, 696, 754 };
static const int kernels7[] = { 123, 229, 327, 514, 693, 862, 957, 1062, 1127, 1160 };
static const int kernels8[] = { 80, 147, 193, 240, 305, 348, 372, 425, 477 };
static const int kernels9[] = { 70, 162, 284 };

#define PV_DRIVERS                                                          \
	{                                                                   \
		[XENDRV_PLATFORM] = "xen-platform-pci",                     \
		[XENDRV_BALLOON] = "xen-balloon", [XENDRV_VBD] = "xen-vbd", \
		[XENDRV_VNIF] = "xen-vnif",                                 \
	}

#define NAME_ANY (NAME_LABEL | NAME_UUID)
#define KERNELS(numbers) \
	.kernel_numbers = (numbers), .n_kernel_numbers = ELEMENTSOF(numbers)

/*
 * What guests with upstream's drivers have in common: the platform device's driver and
 * the balloon are built in, the two others are when they are no modules; the bus has
 * aliases, so that nothing is configured. Any kernel variant will do.
 */
#define MODERN(image, names)                                                          \
	.inkernel_minor = 0, .variants = { 0, 0 },                                    \
	.drivers = { [XENDRV_VBD] = "xen-blkfront", [XENDRV_VNIF] = "xen-netfront" }, \
	.bundled = PV_DRIVERS, .module_suffix = ".ko", .index = INDEX_KMOD,           \
	.initrd = (image), .fstab_names = NAME_ANY, .root_names = NAME_ANY,           \
	.swap_names = NAME_ANY, .naming = (names), .unplug = true, .source = UPSTREAM

#define UPSTREAM                                                            \
	"Linux, drivers/block/xen-blkfront.c, drivers/net/xen-netfront.c, " \
	"arch/x86/xen/platform-pci-unplug.c"
#define GUIDE "RHEL 5 Virtualization Guide, para-virtualised drivers, requirements"

static const struct generation table[] = {
	{
		.id = "rhel3",
		.family = "rhel",
		.major = 3,
		.title = "RHEL 3 and rebuilds",
		.min_minor = 9,
		.kernel_base = "2.4.21-",
		.kernel_numbers = kernels3,
		.n_kernel_numbers = ELEMENTSOF(kernels3),
		.inkernel_minor = -1,
		/* athlon, i686 and ia32e are told apart by the package's architecture. */
		.variants = { BIT(VARIANT_UP) | BIT(VARIANT_SMP) | BIT(VARIANT_HUGEMEM) |
				      BIT(VARIANT_ATHLON) | BIT(VARIANT_ATHLON_SMP),
			      BIT(VARIANT_UP) | BIT(VARIANT_SMP) | BIT(VARIANT_IA32E) },
		.drivers = PV_DRIVERS,
		.bundled = PV_DRIVERS,
		.module_suffix = ".o",
		.index = INDEX_MODUTILS,
		.initrd = INITRD_NASH_EXT2,
		.modconf = "/etc/modules.conf",
		.fstab_names = NAME_LABEL,
		.root_names = NAME_LABEL,
		/* root_dev_names[] of Linux 2.4, init/do_mounts.c */
		.root_number = true,
		.source = GUIDE,
	},
	{
		.id = "rhel4",
		.family = "rhel",
		.major = 4,
		.title = "RHEL 4 and rebuilds",
		.min_minor = 6,
		.kernel_base = "2.6.9-",
		.kernel_numbers = kernels4,
		.n_kernel_numbers = ELEMENTSOF(kernels4),
		.inkernel_minor = 7,
		.variants = { BIT(VARIANT_UP) | BIT(VARIANT_SMP) | BIT(VARIANT_HUGEMEM),
			      BIT(VARIANT_UP) | BIT(VARIANT_SMP) |
				      BIT(VARIANT_LARGESMP) },
		.drivers = PV_DRIVERS,
		.bundled = PV_DRIVERS,
		.module_suffix = ".ko",
		.index = INDEX_MODULE_INIT_TOOLS,
		.initrd = INITRD_NASH_CPIO,
		.modconf = "/etc/modprobe.conf",
		/* UUID= in fstab "from RHEL 4 or 5 on": only what is certain */
		.fstab_names = NAME_LABEL,
		.root_names = NAME_LABEL,
		.kudzu = true,
		.source = GUIDE,
	},
	{
		.id = "rhel5",
		.family = "rhel",
		.major = 5,
		.title = "RHEL 5 and rebuilds",
		.min_minor = 1,
		.kernel_base = "2.6.18-",
		.kernel_numbers = kernels5,
		.n_kernel_numbers = ELEMENTSOF(kernels5),
		.inkernel_minor = 3,
		.variants = { BIT(VARIANT_UP) | BIT(VARIANT_PAE), BIT(VARIANT_UP) },
		.drivers = PV_DRIVERS,
		.bundled = PV_DRIVERS,
		.module_suffix = ".ko",
		.index = INDEX_MODULE_INIT_TOOLS,
		.initrd = INITRD_NASH_CPIO,
		.modconf = "/etc/modprobe.conf",
		.fstab_names = NAME_LABEL | NAME_UUID,
		.root_names = NAME_LABEL | NAME_UUID,
		.swap_names = NAME_LABEL | NAME_UUID,
		.kudzu = true,
		.mkinitrd_snippets = true,
		.source = GUIDE,
	},
	{
		.id = "rhel6",
		.family = "rhel",
		.major = 6,
		.title = "RHEL 6 and rebuilds",
		.kernel_base = "2.6.32-",
		KERNELS(kernels6),
		MODERN(INITRD_DRACUT, NAMING_XVD_SHIFT),
	},
	{
		.id = "rhel7",
		.family = "rhel",
		.major = 7,
		.title = "RHEL 7 and rebuilds",
		.kernel_base = "3.10.0-",
		KERNELS(kernels7),
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "rhel8",
		.family = "rhel",
		.major = 8,
		.title = "RHEL 8 and rebuilds",
		.kernel_base = "4.18.0-",
		KERNELS(kernels8),
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "rhel9",
		.family = "rhel",
		.major = 9,
		.title = "RHEL 9 and rebuilds",
		.kernel_base = "5.14.0-",
		KERNELS(kernels9),
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "rhel10",
		.family = "rhel",
		.major = 10,
		.title = "RHEL 10 and rebuilds",
		.kernel_base = "6.12.0-",
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "fedora",
		.family = "fedora",
		.major = 15, /* the first with a kernel (2.6.38) that unplugs */
		.max_major = INT_MAX,
		.title = "Fedora 15 and later",
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "debian",
		.family = "debian",
		.major = 7,
		.max_major = INT_MAX,
		.title = "Debian 7 and later",
		MODERN(INITRD_INITRAMFS_TOOLS, NAMING_XVD),
	},
	{
		.id = "ubuntu",
		.family = "ubuntu",
		.major = 12,
		.max_major = INT_MAX,
		.title = "Ubuntu 12.04 and later",
		MODERN(INITRD_INITRAMFS_TOOLS, NAMING_XVD),
	},
	{
		.id = "sles",
		.family = "sles",
		.major = 12,
		.max_major = INT_MAX,
		.title = "SUSE Linux Enterprise 12 and later",
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "leap",
		.family = "opensuse-leap",
		.major = 15,
		.max_major = INT_MAX,
		.title = "openSUSE Leap 15 and later",
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
	{
		.id = "tumbleweed",
		.family = "opensuse-tumbleweed",
		.major = -1, /* a date, which is no release number */
		.max_major = INT_MAX,
		.title = "openSUSE Tumbleweed",
		MODERN(INITRD_DRACUT, NAMING_XVD),
	},
};

const struct generation *generation_table(size_t *n)
{
	*n = ELEMENTSOF(table);
	return table;
}

const struct generation *generation_find(const char *family, int major)
{
	for (size_t i = 0; i < ELEMENTSOF(table); i++)
		if (streq(table[i].family, family) && major >= table[i].major &&
		    major <= (table[i].max_major ?: table[i].major))
			return &table[i];
	return NULL;
}

/* UEK of 2.6.32 is called as RHEL 6's kernels are, but for its suffix. */
bool generation_owns(const struct generation *g, const char *release)
{
	return !g->kernel_base ||
	       (startswith(release, g->kernel_base) && !strstr(release, "uek"));
}

int generation_minor_of_kernel(const struct generation *g, const char *release)
{
	long number;
	int minor = -1;

	if (!g->kernel_base || !generation_owns(g, release))
		return -1;
	release += strlen(g->kernel_base);
	if (!isdigit((unsigned char)*release)) /* strtol() takes " 53" and "+53" too */
		return -1;
	number = strtol(release, NULL, 10);
	for (size_t i = 0; i < g->n_kernel_numbers; i++)
		if (number >= g->kernel_numbers[i])
			minor = (int)i;
	return minor;
}

const char *arch_name(enum arch a)
{
	static const char *const names[] = {
		[ARCH_UNKNOWN] = "unknown",
		[ARCH_I386] = "i686",
		[ARCH_X86_64] = "x86_64",
		[ARCH_OTHER] = "other",
	};

	return names[a];
}

enum arch arch_parse(const char *name)
{
	static const struct {
		const char *name;
		enum arch arch;
	} archs[] = {
		{ "i386", ARCH_I386 },	    { "i486", ARCH_I386 },
		{ "i586", ARCH_I386 },	    { "i686", ARCH_I386 },
		{ "athlon", ARCH_I386 },    { "x86_64", ARCH_X86_64 },
		{ "amd64", ARCH_X86_64 },   { "ia32e", ARCH_X86_64 },
		{ "noarch", ARCH_UNKNOWN }, { "(none)", ARCH_UNKNOWN },
		{ "", ARCH_UNKNOWN },
	};

	if (!name)
		return ARCH_UNKNOWN;
	for (size_t i = 0; i < ELEMENTSOF(archs); i++)
		if (streq(archs[i].name, name))
			return archs[i].arch;
	return ARCH_OTHER;
}

const char *variant_name(enum variant v)
{
	static const char *const names[] = {
		[VARIANT_UNKNOWN] = "unknown",	 [VARIANT_UP] = "up",
		[VARIANT_SMP] = "smp",		 [VARIANT_HUGEMEM] = "hugemem",
		[VARIANT_LARGESMP] = "largesmp", [VARIANT_PAE] = "PAE",
		[VARIANT_XEN] = "xen",		 [VARIANT_DEBUG] = "debug",
		[VARIANT_ATHLON] = "athlon",	 [VARIANT_ATHLON_SMP] = "athlon-smp",
		[VARIANT_IA32E] = "ia32e",
	};

	return names[v];
}
