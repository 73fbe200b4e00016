/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a kernel was configured: /boot/config-R, or /lib/modules/R/config. */
#pragma once

#include "lib/root.h"

enum kconf {
	KCONF_UNKNOWN, /* there is no such file, or it cannot be read */
	KCONF_NO,
	KCONF_MODULE,
	KCONF_BUILTIN,
};

/* The kernel's options for Xen, and for the drivers of PV disks and NICs. */
struct kconfig {
	enum kconf xen;	  /* CONFIG_XEN: any support of it */
	enum kconf pvhvm; /* CONFIG_XEN_PVHVM: for HVM guests, since 2.6.36 */
	enum kconf vbd;	  /* CONFIG_XEN_BLKDEV_FRONTEND */
	enum kconf vif;	  /* CONFIG_XEN_NETDEV_FRONTEND */
};

/* -ENOMEM; a kernel without such a file has all KCONF_UNKNOWN. */
int kconfig_read(const struct root *r, const char *release, struct kconfig *ret);
/* The text of such a file: an option that it does not name is KCONF_NO. */
void kconfig_parse(const char *text, struct kconfig *ret);
