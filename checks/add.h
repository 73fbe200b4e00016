/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the checks themselves: adding findings, and facts that several of them ask for. */
#pragma once

#include "checks/checks.h"

/*
 * Append a finding. Takes seen, needed and remedy (made by strf(); NULL only where
 * finding.h allows it; a NULL seen is taken for a failed allocation). 0 or -ENOMEM.
 */
int finding_add(struct findings *out, const struct check *c, const char *kernel,
		enum status status, char *seen, char *needed, char *remedy);

/* A PV kernel, which cannot boot in an HVM guest. */
bool fact_is_xen_kernel(const struct kernel *k);
/* What boots is, of the kernels that are looked at, none of the release's own: whether it
 * unplugs, and what it calls disks, is not known. NULL: it is one. */
const struct kernel *fact_foreign_boots(const struct facts *f);
/* Architecture of the default kernel, else of any that is known. */
enum arch fact_guest_arch(const struct guest *g);
/* The kernel that boots by default can unplug the emulated disks. */
bool fact_disks_unplug(const struct guest *g, const struct choices *cs);
/* The disk holds /boot or the boot loader on a guest that cannot unplug it, and whose
 * boot loader cannot read PV disks. Where it is not known which disk that is: one that
 * may. */
bool fact_disk_stays(const struct guest *g, const struct choices *cs, const char *disk);

/* "/etc/lilo.conf of LILO is not read", where bootcfg_is_read() is false; the caller
 * frees. NULL: out of memory. */
char *fact_unread_loader(const struct guest *g);

/*
 * The driver of disks, or of the bus below it, that an image of dracut's or of
 * initramfs-tools' kind lacks: not there, or, *held, not in its modules.dep. NULL: none.
 */
const char *fact_image_lacks(const struct choice *ch, const struct initrd *i, bool *held);

/* The driver of an emulated device that such an image does not load behind a bus driver
 * that is a module; NULL: none. */
const char *fact_image_order(const struct choice *ch, const struct initrd *i);

/* What looks at kernel i of those that are selected. */
typedef int (*check_kernel)(const struct check *c, const struct facts *f, size_t i,
			    struct findings *out);
int check_each_selected(const struct check *c, const struct facts *f,
			struct findings *out, check_kernel run);
/* The same; of a PV kernel that does not boot by default it is said that it is skipped.
 */
int check_each_kernel(const struct check *c, const struct facts *f, struct findings *out,
		      check_kernel run);

/* One function per row of the table. */
#define CHECK(name) \
	int name(const struct check *c, const struct facts *f, struct findings *out)
CHECK(check_guest_release);
CHECK(check_guest_arch);
CHECK(check_kernel_variant);
CHECK(check_host_release);
CHECK(check_host_arch);
CHECK(check_xen_hvm);
CHECK(check_lib_space);
CHECK(check_boot_space);
CHECK(check_packages);
CHECK(check_drivers);
CHECK(check_module_signature);
CHECK(check_module_index);
CHECK(check_initrd);
CHECK(check_boot_disk);
CHECK(check_kernel_args);
CHECK(check_unified_images);
CHECK(check_device_names);
CHECK(check_nic_names);
CHECK(check_modules_installed);
CHECK(check_module_config);
CHECK(check_initrd_drivers);
CHECK(check_devices_pv);
