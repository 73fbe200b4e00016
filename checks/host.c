/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host-release, host-arch, xen-hvm */
#include "checks/add.h"

/* RHEL 5.1, the first host that supports PV drivers in HVM guests, carries Xen 3.1. */
#define HOST_MAJOR 5
#define HOST_MINOR 1
#define XEN_MAJOR  3
#define XEN_MINOR  1

CHECK(check_host_release)
{
	const struct hypervisor *hv = f->g->hv;
	const struct host *h = &hv->host;
	char *needed = strf("RHEL %d.%d or later (Xen %d.%d)", HOST_MAJOR, HOST_MINOR,
			    XEN_MAJOR, XEN_MINOR);
	bool good;

	if (h->major >= 0) {
		/* RHEL 6 and later are no Xen hosts, but a rebuild of Xen may run there.
		 */
		good = h->major > HOST_MAJOR ||
		       (h->major == HOST_MAJOR && h->minor >= HOST_MINOR);
		return finding_add(out, c, NULL, good ? STATUS_PASS : STATUS_FAIL,
				   strf("%d.%d (%s)", h->major, h->minor,
					h->evidence ?: "no evidence"),
				   needed,
				   good ? NULL
					: strf("update the host to RHEL %d.%d or later",
					       HOST_MAJOR, HOST_MINOR));
	}
	if (hv->xen_major >= 0) {
		good = hv->xen_major > XEN_MAJOR ||
		       (hv->xen_major == XEN_MAJOR && hv->xen_minor >= XEN_MINOR);
		return finding_add(out, c, NULL, good ? STATUS_PASS : STATUS_FAIL,
				   strf("Xen %d.%d", hv->xen_major, hv->xen_minor),
				   needed,
				   good ? NULL : strf("update the host's hypervisor"));
	}
	return finding_add(out, c, NULL, STATUS_UNKNOWN,
			   strf("%s", h->evidence ?: "not known from here"), needed,
			   strf("give it: --host 5.1 or --host 5.1/x86_64"));
}

/* Host (and driver) architecture of RHEL 3's variants, where the documentation's
 * restriction was later called a mistake: a warning, never a failure. */
static bool is_rhel3_mixture(const struct guest *g, enum arch host)
{
	if (!g->gen || !streq(g->gen->id, "rhel3") || host != ARCH_X86_64)
		return false;
	for (size_t i = 0; i < g->kernels->n; i++)
		if (g->kernels->v[i].is_default)
			return g->kernels->v[i].arch == ARCH_I386;
	return false;
}

CHECK(check_host_arch)
{
	const struct host *h = &f->g->hv->host;
	enum arch guest = fact_guest_arch(f->g);

	if (h->arch == ARCH_UNKNOWN)
		return finding_add(out, c, NULL, STATUS_UNKNOWN,
				   strf("not known from here"),
				   strf("x86_64, or i686 for a 32-bit guest"),
				   strf("give it: --host 5.1/x86_64"));
	if (h->arch == ARCH_I386 && guest == ARCH_X86_64)
		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("a 64-bit guest on a 32-bit host"),
				   strf("a 64-bit host"),
				   strf("move the guest to a 64-bit host"));
	if (h->arch == ARCH_OTHER)
		return finding_add(out, c, NULL, STATUS_FAIL, strf("host is not x86"),
				   strf("x86_64 or i686"),
				   strf("move the guest to an x86 host"));
	if (is_rhel3_mixture(f->g, h->arch))
		return finding_add(
			out, c, NULL, STATUS_WARN,
			strf("an i686 RHEL 3 guest on an x86_64 host"),
			strf("documented for 32-bit hosts; known to work on 64-bit ones"),
			strf("use the driver package of the guest's architecture"));
	return finding_add(
		out, c, NULL, STATUS_PASS,
		strf("%s guest on %s host", arch_name(guest), arch_name(h->arch)),
		strf("a 64-bit host, or a 32-bit guest"), NULL);
}

CHECK(check_xen_hvm)
{
	const struct hypervisor *hv = f->g->hv;
	char *needed = strf("a Xen HVM guest with the Xen platform PCI device");

	if (hv->virt != VIRT_XEN_HVM)
		return finding_add(
			out, c, NULL,
			hv->virt == VIRT_UNKNOWN ? STATUS_UNKNOWN : STATUS_FAIL,
			strf("%s", hv->other ?: virt_name(hv->virt)), needed,
			strf("%s", hv->virt == VIRT_XEN_PV
					   ? "nothing is to be done: a PV guest has no "
					     "emulated device to switch from"
					   : "run it in the HVM guest, or with --root on "
					     "its tree"));
	if (!hv->platform_pci)
		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("a Xen HVM guest without PCI device 5853:0001"),
				   needed,
				   strf("take xen_platform_pci=0 out of the guest's "
					"configuration on the host"));
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("Xen HVM guest, platform device at %s",
				hv->platform_slot ?: "an unknown slot"),
			   needed, NULL);
}
