/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of requirements. "VG" is the Red Hat Enterprise Linux 5
 * Virtualization Guide's chapter on para-virtualised drivers; "seen" is what
 * real kernels did on a real Xen.
 */
#include "checks/add.h"

static const char *const rhel[] = { "rhel", NULL };

static const struct check table[] = {
	{ "guest-release", STAGE_PREFLIGHT, "guest release", NULL, false,
	  "VG, system requirements: RHEL 5.1, 4 Update 6, 3 Update 9 or later",
	  check_guest_release },
	{ "guest-arch", STAGE_PREFLIGHT, "guest architecture", NULL, false,
	  "VG, system requirements: x86 and x86-64 guests only", check_guest_arch },
	{ "kernel-variant", STAGE_PREFLIGHT, "kernel variant", NULL, false,
	  "VG, table of supported guest kernels", check_kernel_variant },
	{ "host-release", STAGE_PREFLIGHT, "host release", NULL, false,
	  "VG, system requirements: RHEL 5.1 or later on the host", check_host_release },
	{ "host-arch", STAGE_PREFLIGHT, "host architecture", NULL, false,
	  "VG, restrictions: a 32-bit host runs 32-bit guests only", check_host_arch },
	{ "xen-hvm", STAGE_PREFLIGHT, "Xen HVM guest", NULL, true,
	  "seen: without PCI 5853:0001 the drivers of RHEL 5.6 and later panic the guest",
	  check_xen_hvm },
	{ "lib-space", STAGE_PREFLIGHT, "space for /lib", NULL, false,
	  "VG, system requirements: 50 MB free on the file system of /lib",
	  check_lib_space },
	{ "boot-space", STAGE_PREFLIGHT, "space for /boot", NULL, false,
	  "old and new initrd stand side by side", check_boot_space },
	{ "packages", STAGE_PREFLIGHT, "packages", rhel, false,
	  "VG, system requirements: required packages of each release", check_packages },
	{ "drivers", STAGE_PREFLIGHT, "PV drivers", NULL, false,
	  "VG, installation: kmod-xenpv, or the kernel's own from 4.7 and 5.3 on",
	  check_drivers },
	{ "module-signature", STAGE_PREFLIGHT, "module signatures", NULL, false,
	  "Linux, CONFIG_MODULE_SIG_FORCE and lockdown (3.7 and later)",
	  check_module_signature },
	{ "module-index", STAGE_PREFLIGHT, "module index", NULL, false,
	  "depmod(8): modprobe finds modules and what they need in modules.dep",
	  check_module_index },
	{ "initrd", STAGE_PREFLIGHT, "initrd", NULL, false,
	  "the drivers are needed before the root file system is there", check_initrd },
	{ "boot-disk", STAGE_PREFLIGHT, "boot disk", NULL, false,
	  "VG, restrictions: GRUB cannot read PV block devices", check_boot_disk },
	{ "kernel-args", STAGE_PREFLIGHT, "kernel arguments", NULL, false,
	  "Linux, xen_emul_unplug and its kin; VG: xen_pv_hvm=enable on RHEL 6.0",
	  check_kernel_args },
	{ "unified-images", STAGE_PREFLIGHT, "unified images", NULL, false,
	  "UAPI.5: signed or measured as a whole, so they are made anew, not edited",
	  check_unified_images },
	{ "device-names", STAGE_PREFLIGHT, "device names", NULL, false,
	  "the host's configuration decides what a PV disk is called",
	  check_device_names },
	{ "nic-names", STAGE_PREFLIGHT, "interface names", NULL, false,
	  "systemd, src/shared/netif-naming-scheme.h: NAMING_XEN_VIF since v250",
	  check_nic_names },
	{ "modules-installed", STAGE_INSTALLED, "modules installed", NULL, false,
	  "VG, installation: extra/xenpv, or the kernel's own", check_modules_installed },
	{ "module-config", STAGE_INSTALLED, "module configuration", rhel, false,
	  "VG, installation: alias ethN xen-vnif", check_module_config },
	{ "initrd-drivers", STAGE_INSTALLED, "drivers in the initrd", NULL, false,
	  "VG, installation: the drivers are loaded before the disks are looked for",
	  check_initrd_drivers },
	{ "devices-pv", STAGE_RUNNING, "devices on PV", NULL, false,
	  "VG, after the installation; seen: a device on the xen bus bound to vbd or vif",
	  check_devices_pv },
};

const struct check *check_table(size_t *n)
{
	*n = ELEMENTSOF(table);
	return table;
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; i < ELEMENTSOF(table); i++)
		if (streq(table[i].id, id))
			return &table[i];
	return NULL;
}

static bool applies(const struct check *c, const struct guest *g)
{
	if (c->live_only && !g->live)
		return false;
	if (!c->families)
		return true;
	for (const char *const *p = c->families; *p; p++)
		if (streq(*p, g->distro->family))
			return true;
	return false;
}

int checks_run(const struct facts *f, enum stage stage, struct findings *out)
{
	for (size_t i = 0; i < ELEMENTSOF(table); i++) {
		const struct check *c = &table[i];
		int k;

		if (c->stage != stage || !applies(c, f->g))
			continue;
		k = c->run(c, f, out);
		if (k < 0)
			return k;
	}
	return 0;
}
