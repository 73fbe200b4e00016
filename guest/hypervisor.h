/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine says of its hypervisor and host. Live only, except what
 * --host gives.
 */
#pragma once

#include "guest/generation.h"
#include "lib/root.h"

enum virt {
	VIRT_UNKNOWN,
	VIRT_XEN_HVM,
	VIRT_XEN_PV,
	VIRT_XEN_DOM0,
	VIRT_OTHER,
	VIRT_NONE
};
/* "Xen HVM guest", "Xen PV guest", "Xen dom0", "other hypervisor", "bare metal",
 * "unknown". */
const char *virt_name(enum virt v);

struct host {
	int major, minor; /* RHEL release of the host; -1 unknown */
	enum arch arch;	  /* ARCH_UNKNOWN */
	bool given;	  /* by --host */
	bool is_rhel;	  /* false: Xen of another distribution (major, minor are -1) */
	char *evidence;	  /* "BIOS version 3.1.2-238.el5", "--host 5.1"; NULL none */
};

struct hypervisor {
	bool probed; /* false on a tree: nothing below but host is meaningful */
	enum virt virt;
	char *other;		  /* name of another hypervisor ("KVM"); NULL */
	int xen_major, xen_minor; /* -1 unknown */
	char *xen_extra;	  /* NULL unknown */
	unsigned int cpuid_base;  /* leaf of the Xen signature; 0 none */
	char *dmi_bios_vendor, *dmi_bios_version;
	char *dmi_vendor, *dmi_product, *dmi_version; /* NULL unknown */
	char *capabilities;  /* /sys/hypervisor/properties/capabilities; NULL */
	bool platform_pci;   /* 5853:0001 or fffd:0101 is on the PCI bus */
	char *platform_slot; /* "0000:00:02.0"; NULL */
	bool secure_boot, lockdown,
		sig_enforce; /* module signatures are enforced when any is set */
	struct host host;
};

/*
 * live: probe this machine through guest/machine.h. host_spec: "5.1", "5.1/x86_64" or
 * NULL; -EINVAL with a sentence when it does not parse.
 */
int hypervisor_read(const struct root *r, bool live, const char *host_spec,
		    struct hypervisor **ret, struct err *e);
void hypervisor_free(struct hypervisor *h);
DEFINE_CLEANUP(struct hypervisor *, hypervisor_free)

/* "5.1[/ARCH]"; -EINVAL. */
int host_parse(const char *spec, struct host *ret, struct err *e);
/* RHEL 5 release of a host from a Xen version such as "3.1.2-238.el5": sets major, minor,
 * is_rhel; false when it is none. */
bool host_from_xen_version(const char *version, struct host *h);
