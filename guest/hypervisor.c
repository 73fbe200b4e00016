/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "guest/dmi.h"
#include "guest/hypervisor.h"
#include "guest/machine.h"

#define CPUID_FIRST 0x40000000u
#define CPUID_LAST  0x40010000u
#define CPUID_STEP  0x100u
#define SMALL_FILE  4096u

/* What the probes see, before it is judged. */
struct probe {
	const struct root *sys; /* NULL: this kernel has none (2.4) */
	const struct root *proc;
	struct hypervisor *hv;
	bool cpuid;	    /* the processor has it */
	char signature[13]; /* of the first hypervisor leaf; "" none */
	char *type;	    /* /sys/hypervisor/type */
	char *guest_type;   /* /sys/hypervisor/guest_type */
	char *proc_caps;    /* /proc/xen/capabilities */
	bool xen_bus;
};

static const struct {
	const char *signature, *name;
} others[] = {
	{ "KVMKVMKVM", "KVM" },		 { "Microsoft Hv", "Hyper-V" },
	{ "VMwareVMware", "VMware" },	 { "VBoxVBoxVBox", "VirtualBox" },
	{ "TCGTCGTCGTCG", "QEMU" },	 { "bhyve bhyve ", "bhyve" },
	{ "prl hyperv  ", "Parallels" }, { "ACRNACRNACRN", "ACRN" },
};

static const struct {
	const char *vendor, *name;
} dmi_others[] = {
	{ "QEMU", "QEMU" },	      { "Bochs", "QEMU" },
	{ "VMware, Inc.", "VMware" }, { "innotek GmbH", "VirtualBox" },
	{ "Parallels", "Parallels" },
};

const char *virt_name(enum virt v)
{
	static const char *const names[] = {
		[VIRT_UNKNOWN] = "unknown",	   [VIRT_XEN_HVM] = "Xen HVM guest",
		[VIRT_XEN_PV] = "Xen PV guest",	   [VIRT_XEN_DOM0] = "Xen dom0",
		[VIRT_OTHER] = "other hypervisor", [VIRT_NONE] = "bare metal",
	};

	return (size_t)v < ELEMENTSOF(names) ? names[v] : "unknown";
}

void hypervisor_free(struct hypervisor *h)
{
	if (!h)
		return;
	free(h->other);
	free(h->xen_extra);
	free(h->dmi_bios_vendor);
	free(h->dmi_bios_version);
	free(h->dmi_vendor);
	free(h->dmi_product);
	free(h->dmi_version);
	free(h->capabilities);
	free(h->platform_slot);
	free(h->host.evidence);
	free(h);
}

/* The text of a small file without white space at its end; NULL when there is none. */
static char *read_word(const struct root *r, const char *path)
{
	char *s = NULL;
	size_t n;

	if (!r || root_read(r, path, SMALL_FILE, &s, &n, NULL) < 0)
		return NULL;
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

static long read_number(const struct root *r, const char *path, int base)
{
	_cleanup_free_ char *s = read_word(r, path);
	char *end;
	long v;

	if (!s || !*s)
		return -1;
	v = strtol(s, &end, base);
	return *end || v < 0 || v > INT_MAX ? -1 : v;
}

/* --- CPUID --------------------------------------------------------------- */

static void signature_of(const uint32_t regs[4], char sig[13])
{
	memcpy(sig, regs + 1, 12);
	sig[12] = '\0';
}

/*
 * A Xen that shows Hyper-V's leaves to please Windows puts its own 0x100 further
 * on, so each step is looked at. The hypervisor bit is not asked for: Xen 3.1 has
 * the leaves without it.
 */
static void probe_cpuid(struct probe *p)
{
	uint32_t regs[4];

	for (uint32_t leaf = CPUID_FIRST; leaf <= CPUID_LAST; leaf += CPUID_STEP) {
		char sig[13];

		if (!machine_cpuid(leaf, regs))
			return;
		p->cpuid = true;
		signature_of(regs, sig);
		if (leaf == CPUID_FIRST && machine_has_hypervisor_bit())
			memcpy(p->signature, sig, sizeof(sig));
		if (!streq(sig, "XenVMMXenVMM") || regs[0] < leaf + 1)
			continue;
		p->hv->cpuid_base = leaf;
		machine_cpuid(leaf + 1, regs);
		p->hv->xen_major = (int)(regs[0] >> 16);
		p->hv->xen_minor = (int)(regs[0] & 0xffff);
		return;
	}
}

/* --- PCI ----------------------------------------------------------------- */

static bool is_platform(unsigned long vendor, unsigned long device)
{
	static const struct {
		unsigned int vendor, device;
	} ids[] = { { 0x5853, 0x0001 }, { 0xfffd, 0x0101 } };

	for (size_t i = 0; i < ELEMENTSOF(ids); i++)
		if (ids[i].vendor == vendor && ids[i].device == device)
			return true;
	return false;
}

static int probe_pci_sysfs(struct probe *p)
{
	_cleanup_strv_ struct strv slots = { 0 };

	if (!p->sys || root_list(p->sys, "/bus/pci/devices", &slots, NULL) < 0)
		return 0;
	for (size_t i = 0; i < slots.n; i++) {
		_cleanup_free_ char *vendor = strf("/bus/pci/devices/%s/vendor",
						   slots.v[i]);
		_cleanup_free_ char *device = strf("/bus/pci/devices/%s/device",
						   slots.v[i]);

		if (!vendor || !device)
			return -ENOMEM;
		if (!is_platform((unsigned long)read_number(p->sys, vendor, 16),
				 (unsigned long)read_number(p->sys, device, 16)))
			continue;
		p->hv->platform_pci = true;
		p->hv->platform_slot = strdup(slots.v[i]);
		return p->hv->platform_slot ? 0 : -ENOMEM;
	}
	return 0;
}

/* Lines of /proc/bus/pci/devices begin with "BBDF VVVVDDDD": bus and devfn, vendor and
 * device. */
static int probe_pci_procfs(struct probe *p)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (p->hv->platform_pci ||
	    root_read(p->proc, "/bus/pci/devices", ROOT_TEXT_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned int where;
		unsigned int id;

		if (sscanf(line, "%4x %8x", &where, &id) != 2 ||
		    !is_platform(id >> 16, id & 0xffff))
			continue;
		p->hv->platform_pci = true;
		p->hv->platform_slot = strf("0000:%02x:%02x.%x", where >> 8,
					    (where >> 3) & 0x1f, where & 7);
		return p->hv->platform_slot ? 0 : -ENOMEM;
	}
	return 0;
}

/* --- signatures of modules ----------------------------------------------- */

static void probe_signatures(struct probe *p)
{
	static const struct {
		const char *path;
		size_t at; /* of the value: efivarfs puts four bytes of attributes before
			      it */
	} boots[] = {
		{ "/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		  4 },
		{ "/firmware/efi/vars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c/"
		  "data",
		  0 },
	};
	_cleanup_free_ char *lock = read_word(p->sys, "/kernel/security/lockdown");
	_cleanup_free_ char *sig = read_word(p->sys,
					     "/module/module/parameters/sig_enforce");

	for (size_t i = 0; p->sys && i < ELEMENTSOF(boots); i++) {
		_cleanup_free_ char *s = NULL;
		size_t n;

		if (root_read(p->sys, boots[i].path, SMALL_FILE, &s, &n, NULL) == 0 &&
		    n == boots[i].at + 1)
			p->hv->secure_boot |= s[boots[i].at] == 1;
	}
	/* "none [integrity] confidentiality": the one in brackets is on. */
	p->hv->lockdown = lock && strchr(lock, '[') && !strstr(lock, "[none]");
	p->hv->sig_enforce = sig && (*sig == 'Y' || *sig == '1');
}

/* --- judging ------------------------------------------------------------- */

static bool xen_dmi(const struct hypervisor *h)
{
	return streq(h->dmi_product, "HVM domU") || streq(h->dmi_bios_vendor, "Xen");
}

static const char *other_name(const struct probe *p)
{
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		if (streq(p->signature, others[i].signature))
			return others[i].name;
	for (size_t i = 0; p->hv->dmi_vendor && i < ELEMENTSOF(dmi_others); i++)
		if (startswith(p->hv->dmi_vendor, dmi_others[i].vendor))
			return dmi_others[i].name;
	return p->signature[0] ? "unknown" : NULL;
}

/*
 * A PV guest or dom0 has /sys/hypervisor or /proc/xen and, as a rule, no Xen
 * leaves; an HVM guest with an upstream kernel has all of them, and DMI beside.
 */
static enum virt judge(const struct probe *p)
{
	const struct hypervisor *h = p->hv;
	bool interfaces = streq(p->type, "xen") || p->proc_caps;

	if (p->proc_caps && strstr(p->proc_caps, "control_d"))
		return VIRT_XEN_DOM0;
	if (p->guest_type && streq(p->type, "xen"))
		return streq(p->guest_type, "HVM") ? VIRT_XEN_HVM : VIRT_XEN_PV;
	if (interfaces && !xen_dmi(h) && !h->platform_pci)
		return VIRT_XEN_PV;
	if (h->cpuid_base || xen_dmi(h))
		return VIRT_XEN_HVM;
	if (other_name(p))
		return VIRT_OTHER;
	if (!p->cpuid)
		return p->xen_bus ? VIRT_XEN_HVM : VIRT_UNKNOWN;
	return VIRT_NONE;
}

/*
 * The host's word size. A 64-bit hypervisor offers x86_64 in its capabilities, and
 * long mode in CPUID; a 32-bit one has neither to give to an HVM guest.
 */
static enum arch host_arch(const struct probe *p)
{
	_cleanup_free_ char *arch = machine_arch();
	uint32_t regs[4];

	if (arch && arch_parse(arch) == ARCH_X86_64)
		return ARCH_X86_64;
	if (p->hv->capabilities && strstr(p->hv->capabilities, "x86_64"))
		return ARCH_X86_64;
	if (p->hv->capabilities && strstr(p->hv->capabilities, "x86_32"))
		return ARCH_I386;
	if (p->hv->virt == VIRT_XEN_HVM && machine_cpuid(0x80000001u, regs) &&
	    (regs[3] & (UINT32_C(1) << 29)))
		return ARCH_X86_64;
	return ARCH_UNKNOWN;
}

static int judge_host(const struct probe *p)
{
	struct hypervisor *h = p->hv;
	_cleanup_free_ char *full = NULL;

	if (h->virt == VIRT_OTHER || h->virt == VIRT_NONE || h->virt == VIRT_UNKNOWN)
		return 0;
	h->host.arch = host_arch(p);
	if (h->xen_major >= 0)
		full = strf("%d.%d%s", h->xen_major, h->xen_minor, h->xen_extra ?: "");
	if (h->dmi_bios_version && xen_dmi(h)) {
		host_from_xen_version(h->dmi_bios_version, &h->host);
		h->host.evidence = strf("BIOS version %s", h->dmi_bios_version);
	} else if (full) {
		host_from_xen_version(full, &h->host);
		h->host.evidence = strf("Xen version %s", full);
	} else {
		return 0;
	}
	return h->host.evidence ? 0 : -ENOMEM;
}

/* --- all of it ----------------------------------------------------------- */

static int read_facts(struct probe *p)
{
	struct hypervisor *h = p->hv;
	_cleanup_dmi_ struct dmi dmi = { 0 };

	probe_cpuid(p);
	if (dmi_read(p->sys, &dmi) < 0)
		return -ENOMEM;
	h->dmi_bios_vendor = TAKE_PTR(dmi.id[DMI_BIOS_VENDOR]);
	h->dmi_bios_version = TAKE_PTR(dmi.id[DMI_BIOS_VERSION]);
	h->dmi_vendor = TAKE_PTR(dmi.id[DMI_VENDOR]);
	h->dmi_product = TAKE_PTR(dmi.id[DMI_PRODUCT]);
	h->dmi_version = TAKE_PTR(dmi.id[DMI_VERSION]);
	p->type = read_word(p->sys, "/hypervisor/type");
	p->guest_type = read_word(p->sys, "/hypervisor/guest_type");
	p->proc_caps = read_word(p->proc, "/xen/capabilities");
	p->xen_bus = p->sys && root_is_dir(p->sys, "/bus/xen");
	if (streq(p->type, "xen")) {
		long major = read_number(p->sys, "/hypervisor/version/major", 10);
		long minor = read_number(p->sys, "/hypervisor/version/minor", 10);

		if (major >= 0 && minor >= 0) {
			h->xen_major = (int)major;
			h->xen_minor = (int)minor;
		}
		h->xen_extra = read_word(p->sys, "/hypervisor/version/extra");
		h->capabilities = read_word(p->sys,
					    "/hypervisor/properties/capabilities");
	}
	if (probe_pci_sysfs(p) < 0 || probe_pci_procfs(p) < 0)
		return -ENOMEM;
	probe_signatures(p);
	return 0;
}

static int probe_machine(struct hypervisor *h, struct err *e)
{
	_cleanup_root_ struct root *sys = NULL;
	_cleanup_root_ struct root *proc = NULL;
	struct probe p = { .hv = h };
	int k;

	/* Without sysfs there are still CPUID, the SMBIOS tables and procfs. */
	root_new(&sys, machine_sysfs(), NULL);
	k = root_new(&proc, machine_procfs(), e);
	if (k < 0)
		return k;
	p.sys = sys;
	p.proc = proc;
	k = read_facts(&p);
	h->probed = true;
	h->virt = judge(&p);
	/* In a PV guest CPUID is not trapped and names what Xen itself runs on. */
	if (k == 0 && h->virt == VIRT_OTHER) {
		h->other = strdup(other_name(&p));
		k = h->other ? 0 : -ENOMEM;
	}
	if (k == 0)
		k = judge_host(&p);
	free(p.type);
	free(p.guest_type);
	free(p.proc_caps);
	return k < 0 ? err_nomem(e) : 0;
}

int hypervisor_read(const struct root *r, bool live, const char *host_spec,
		    struct hypervisor **ret, struct err *e)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = calloc(1, sizeof(*h));
	int k;

	if (!h)
		return err_nomem(e);
	h->xen_major = h->xen_minor = -1;
	h->host.major = h->host.minor = -1;
	if (live) {
		k = probe_machine(h, e);
		if (k < 0)
			return k;
	}
	if (host_spec) {
		struct host given = { 0 };

		k = host_parse(host_spec, &given, e);
		if (k < 0)
			return k;
		/* What was probed fills what the word of the user leaves open. */
		if (given.arch == ARCH_UNKNOWN)
			given.arch = h->host.arch;
		free(h->host.evidence);
		h->host = given;
	}
	*ret = TAKE_PTR(h);
	return 0;
}
