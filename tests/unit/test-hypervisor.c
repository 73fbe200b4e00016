/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "guest/dmi.h"
#include "guest/hypervisor.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

static char *sys;
static char *proc;

static void fresh(void)
{
	free(sys);
	free(proc);
	sys = mock_tmp();
	proc = mock_tmp();
	mock = (struct mock){ .sys = sys, .proc = proc };
}

static struct hypervisor *read_live(const char *host)
{
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	struct hypervisor *h = NULL;

	if (root_new(&r, sys, &e) < 0 || hypervisor_read(r, true, host, &h, &e) < 0)
		printf("# %s\n", err_text(&e));
	return h;
}

static void dmi_id(const char *vendor, const char *version, const char *maker,
		   const char *product)
{
	mock_put(sys, "class/dmi/id/bios_vendor", vendor);
	mock_put(sys, "class/dmi/id/bios_version", version);
	mock_put(sys, "class/dmi/id/sys_vendor", maker);
	mock_put(sys, "class/dmi/id/product_name", product);
}

static void test_host_parse(void)
{
	static const struct {
		const char *spec;
		int major, minor;
		enum arch arch;
	} good[] = {
		{ "5.1", 5, 1, ARCH_UNKNOWN },
		{ "5.11/x86_64", 5, 11, ARCH_X86_64 },
		{ "6.0/i686", 6, 0, ARCH_I386 },
	};
	static const char *const bad[] = { "",	   "5",		  "5.",	      ".1",
					   "5.1/", "5.1x",	  "5.1/ia64", "-5.1",
					   "5.1 ", "5.1/x86_64/", "55555.1" };

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		struct host h = { 0 };

		ok(host_parse(good[i].spec, &h, NULL) == 0 && h.major == good[i].major &&
			   h.minor == good[i].minor && h.arch == good[i].arch &&
			   h.given && h.is_rhel,
		   "--host %s", good[i].spec);
		free(h.evidence);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		struct host h = { 0 };

		ok(host_parse(bad[i], &h, &e) == -EINVAL, "--host '%s' is refused",
		   bad[i]);
		free(h.evidence);
	}
}

static void test_xen_version(void)
{
	static const struct {
		const char *version;
		int minor; /* -1: no RHEL 5 host */
	} rows[] = {
		{ "3.1.2-238.el5", 6 },	      { "3.1.2-238.el5_6.1", 6 },
		{ "3.1.2-53.1.4.el5", 1 },    { "3.1.2-53.el5", 1 },
		{ "3.0.3-rc5-8.1.6.el5", 0 }, { "3.1.2-412.el5", 11 },
		{ "4.17.6-pre", -1 },	      { "4.2.amazon", -1 },
		{ "3.1.2-1.el5", -1 },	      { "3.1.2-238.el58", -1 },
		{ "3.1.2-x.el5", -1 },	      { "", -1 },
		{ "3.4.3-OVM-238.el6", -1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct host h = { .major = -1, .minor = -1 };
		bool is_rhel = host_from_xen_version(rows[i].version, &h);

		ok(is_rhel == (rows[i].minor >= 0) && h.is_rhel == is_rhel &&
			   h.minor == rows[i].minor && h.major == (is_rhel ? 5 : -1),
		   "Xen '%s' is a host of 5.%d", rows[i].version, rows[i].minor);
	}
}

static void test_hvm(void)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;

	fresh();
	mock_signature(0x40000000, 0x40000002, "XenVMMXenVMM");
	mock_leaf(0x40000001, 3 << 16 | 1, 0, 0, 0);
	dmi_id("Xen\n", "3.1.2-274.el5\n", "Red Hat\n", "HVM domU\n");
	mock_put(sys, "bus/pci/devices/0000:00:01.0/vendor", "0x8086\n");
	mock_put(sys, "bus/pci/devices/0000:00:01.0/device", "0x7000\n");
	mock_put(sys, "bus/pci/devices/0000:00:03.0/vendor", "0x5853\n");
	mock_put(sys, "bus/pci/devices/0000:00:03.0/device", "0x0001\n");
	h = read_live(NULL);
	if (!ok(h && h->probed, "an HVM guest of RHEL 5.7"))
		return;
	is(virt_name(h->virt), "Xen HVM guest", "  its kind");
	is_int(h->cpuid_base, 0x40000000, "  its leaf");
	ok(h->xen_major == 3 && h->xen_minor == 1, "  its Xen");
	ok(h->platform_pci, "  the platform device");
	is(h->platform_slot, "0000:00:03.0", "  and where it is");
	ok(h->host.is_rhel && h->host.major == 5 && h->host.minor == 7,
	   "  the host's release");
	ok(h->host.arch == ARCH_X86_64, "  the host's word size");
	is(h->host.evidence, "BIOS version 3.1.2-274.el5", "  and from where");
	ok(!h->secure_boot && !h->lockdown && !h->sig_enforce,
	   "  no signatures enforced");
}

static void test_behind_hyperv(void)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;

	fresh();
	mock.arch = "i686";
	mock.hypervisor_bit = true;
	mock_signature(0x40000000, 0x40000005, "Microsoft Hv");
	mock_signature(0x40000100, 0x40000104, "XenVMMXenVMM");
	mock_leaf(0x40000101, 4 << 16 | 17, 0, 0, 0);
	mock_leaf(0x80000001, 0, 0, 0, UINT32_C(1) << 29);
	mock_put(proc, "bus/pci/devices",
		 "0008\t80867000\t0\n0010\t58530001\tb\t0\n0018\t10ec8139\t5\n");
	h = read_live("5.3");
	if (!ok(h != NULL, "Xen behind the leaves of Hyper-V, without sysfs"))
		return;
	ok(h->virt == VIRT_XEN_HVM && h->cpuid_base == 0x40000100 && !h->other,
	   "  is found");
	is(h->platform_slot, "0000:00:02.0", "  the platform device from procfs");
	ok(h->host.given && h->host.major == 5 && h->host.minor == 3, "  --host counts");
	ok(h->host.arch == ARCH_X86_64, "  long mode in CPUID tells a 64-bit host");
}

static void test_others(void)
{
	static const struct {
		const char *signature, *vendor;
		bool bit;
		enum virt virt;
		const char *other;
	} rows[] = {
		{ "KVMKVMKVM", NULL, true, VIRT_OTHER, "KVM" },
		{ "Microsoft Hv", NULL, true, VIRT_OTHER, "Hyper-V" },
		{ "SomethingNew", NULL, true, VIRT_OTHER, "unknown" },
		{ NULL, "QEMU", false, VIRT_OTHER, "QEMU" },
		{ NULL, "Dell Inc.", false, VIRT_NONE, NULL },
		/* what Intel answers to leaves it does not know is no signature */
		{ "abcdefghijkl", "Dell Inc.", false, VIRT_NONE, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;

		fresh();
		mock.hypervisor_bit = rows[i].bit;
		if (rows[i].signature)
			mock_signature(0x40000000, 0x40000001, rows[i].signature);
		if (rows[i].vendor)
			dmi_id("X", "1", rows[i].vendor, "Y");
		h = read_live(NULL);
		ok(h && h->virt == rows[i].virt, "%s/%s is %s", rows[i].signature ?: "-",
		   rows[i].vendor ?: "-", virt_name(rows[i].virt));
		is(h->other, rows[i].other, "  its name");
	}
}

static void test_pv(void)
{
	static const struct {
		const char *caps, *guest_type;
		enum virt virt;
	} rows[] = {
		{ "", NULL, VIRT_XEN_PV },     { "control_d", NULL, VIRT_XEN_DOM0 },
		{ NULL, "PV", VIRT_XEN_PV },   { NULL, "PVH", VIRT_XEN_PV },
		{ NULL, "HVM", VIRT_XEN_HVM },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;

		fresh();
		mock_put(sys, "hypervisor/type", "xen\n");
		mock_put(sys, "hypervisor/version/major", "3\n");
		mock_put(sys, "hypervisor/version/minor", "1\n");
		mock_put(sys, "hypervisor/version/extra", ".2-398.el5\n");
		mock_put(sys, "hypervisor/properties/capabilities", "xen-3.0-x86_64\n");
		/* Xen is itself a guest here, and CPUID is not trapped */
		mock.hypervisor_bit = true;
		mock_signature(0x40000000, 0x40000001, "TCGTCGTCGTCG");
		if (rows[i].caps)
			mock_put(proc, "xen/capabilities", rows[i].caps);
		if (rows[i].guest_type)
			mock_put(sys, "hypervisor/guest_type", rows[i].guest_type);
		h = read_live(NULL);
		ok(h && h->virt == rows[i].virt, "capabilities %s, type %s: %s",
		   rows[i].caps ?: "-", rows[i].guest_type ?: "-",
		   virt_name(rows[i].virt));
		ok(!h->other, "  and not what Xen runs on");
		ok(h->host.is_rhel && h->host.minor == 11,
		   "  the host by /sys/hypervisor");
	}
}

static void test_signatures(void)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;
	static const char on[] = { 6, 0, 0, 0, 1 };

	fresh();
	mock_bytes(sys,
		   "firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		   on, sizeof(on));
	mock_put(sys, "kernel/security/lockdown", "none [integrity] confidentiality\n");
	mock_put(sys, "module/module/parameters/sig_enforce", "Y\n");
	h = read_live(NULL);
	ok(h && h->secure_boot && h->lockdown && h->sig_enforce, "enforced signatures");
	hypervisor_free(h);
	mock_put(sys, "kernel/security/lockdown", "[none] integrity confidentiality\n");
	mock_put(sys, "module/module/parameters/sig_enforce", "N\n");
	h = read_live(NULL);
	ok(h && h->secure_boot && !h->lockdown && !h->sig_enforce, "Secure Boot alone");
}

/* BIOS and system structures as hvmloader writes them. */
static const char table[] =
	"\x00\x18\x00\x00\x01\x02\x00\xe8\x03\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	"Xen\0"
	"3.1.2-128.el5\0"
	"01/01/2009\0\0"
	"\x01\x08\x00\x01\x01\x02\x03\x00"
	"Red Hat\0"
	"HVM domU \0"
	"3.1.2-128.el5\0\0"
	"\x7f\x04\x00\x7f\0\0";

/* What of a table that is cut short is read: the structures that are whole. */
static bool is_read_cut(const char *cut, size_t n)
{
	const char *system = memmem(table, sizeof(table), "\x01\x08\x00\x01", 4);
	const char *end = memmem(table, sizeof(table), "\x7f\x04\x00\x7f", 4);
	bool has_bios = table + n >= system;
	bool has_system = table + n >= end;
	_cleanup_dmi_ struct dmi d = { 0 };

	return dmi_parse_table(cut, n, &d) == 0 &&
	       streq(d.id[DMI_BIOS_VENDOR] ?: "", has_bios ? "Xen" : "") &&
	       streq(d.id[DMI_PRODUCT] ?: "", has_system ? "HVM domU" : "");
}

static void test_cut_smbios(void)
{
	size_t good = 0;

	for (size_t n = 0; n < sizeof(table); n++) {
		/* In a block of exactly that size, for the sanitizers to see. */
		_cleanup_free_ char *cut = malloc(n ?: 1);

		memcpy(cut, table, n);
		good += is_read_cut(cut, n);
	}
	is_int((long long)good, sizeof(table),
	       "a table cut anywhere is read as far as it goes");
}

static void test_smbios(void)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;
	static uint8_t bios[0x10000];
	uint8_t *entry = bios + 0x5ce0;
	uint8_t sum = 0;
	uint64_t addr;
	size_t len;

	fresh();
	memcpy(entry, "_SM_", 4);
	entry[5] = 0x1f;
	memcpy(entry + 16, "_DMI_", 5);
	entry[22] = sizeof(table) - 1;
	entry[25] = 0x90; /* 0x000f9000 */
	entry[26] = 0x0f;
	for (size_t i = 0; i < 0x1f; i++)
		sum = (uint8_t)(sum + entry[i]);
	entry[4] = (uint8_t)-sum;
	memcpy(bios + 0x9000, table, sizeof(table));
	mock.mem_addr = 0xf0000;
	mock.mem = bios;
	mock.mem_len = sizeof(bios);
	mock.sys = NULL;
	h = read_live(NULL);
	if (ok(h && h->virt == VIRT_XEN_HVM,
	       "no sysfs at all: the SMBIOS tables in memory")) {
		is(h->dmi_product, "HVM domU", "  product");
		is(h->dmi_vendor, "Red Hat", "  vendor");
		is_int(h->host.minor, 3, "  the host's release");
	}
	entry[6]++;
	ok(!dmi_find_table(bios, sizeof(bios), &addr, &len),
	   "a wrong checksum is no table");
}

/* --- real machines' data ------------------------------------------------- */

/* "\tKEY: value" below a heading of dmidecode's output, into a file of the mock sysfs. */
static void from_dmidecode(const char *text, const char *heading, const char *key,
			   const char *file)
{
	const char *p = strstr(text, heading);
	_cleanup_free_ char *want = strf("\t%s: ", key);
	_cleanup_free_ char *value = NULL;

	p = p ? strstr(p, want) : NULL;
	if (!p)
		return;
	p += strlen(want);
	value = strndup(p, strcspn(p, "\n"));
	mock_put(sys, file, value);
}

static void test_virt_what(void)
{
	static const struct {
		const char *name;
		enum virt virt;
		bool is_rhel;
		int minor;
	} rows[] = {
		{ "rhel5-xen-domU-hvm", VIRT_XEN_HVM, true, 6 },
		{ "rhel5-xen-domU-hvm-ia64", VIRT_XEN_HVM, false, -1 },
		{ "rhel5-xen-domU-pv", VIRT_XEN_PV, true, 6 },
		{ "rhel5-xen-dom0", VIRT_XEN_DOM0, true, 6 },
		{ "kvm", VIRT_OTHER, false, -1 },
		{ "baremetal", VIRT_NONE, false, -1 },
	};
	static const char *const copied[] = {
		"sys/hypervisor/type",		"sys/hypervisor/version/major",
		"sys/hypervisor/version/minor", "sys/hypervisor/version/extra",
		"proc/xen/capabilities",	"sys/hypervisor/properties/capabilities",
		"sys/bus/xen/drivers_probe",
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const char *srcdir = getenv("srcdir");
		_cleanup_free_ char *dir = strf("%s/../shared/data/virt-what/%s",
						srcdir ?: ".", rows[i].name);
		_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;
		_cleanup_root_ struct root *r = NULL;
		_cleanup_free_ char *dmi = NULL;
		_cleanup_free_ char *sig = NULL;
		_cleanup_free_ char *arch = NULL;

		if (root_new(&r, dir, NULL) < 0 ||
		    root_read(r, "dmidecode.txt", ROOT_TEXT_MAX, &dmi, NULL, NULL) < 0 ||
		    root_read(r, "virt-what-cpuid-helper.txt", 4096, &sig, NULL, NULL) <
			    0 ||
		    root_read(r, "uname.txt", 4096, &arch, NULL, NULL) < 0) {
			skip(rows[i].name, "no ../shared/data/virt-what");
			continue;
		}
		fresh();
		sig[strcspn(sig, "\n")] = '\0';
		arch[strcspn(arch, "\n")] = '\0';
		mock.arch = arch;
		mock.no_cpuid = strcmp(arch, "x86_64") != 0;
		mock.hypervisor_bit = sig[0] != '\0';
		mock_signature(0x40000000, 0x40000001, sig);
		from_dmidecode(dmi, "BIOS Information", "Vendor",
			       "class/dmi/id/bios_vendor");
		from_dmidecode(dmi, "BIOS Information", "Version",
			       "class/dmi/id/bios_version");
		from_dmidecode(dmi, "System Information", "Manufacturer",
			       "class/dmi/id/sys_vendor");
		from_dmidecode(dmi, "System Information", "Product Name",
			       "class/dmi/id/product_name");
		for (size_t k = 0; k < ELEMENTSOF(copied); k++) {
			_cleanup_free_ char *text = NULL;

			if (root_read(r, copied[k], 4096, &text, NULL, NULL) == 0)
				mock_put(copied[k][0] == 's' ? sys : proc,
					 strchr(copied[k], '/') + 1, text);
		}
		h = read_live(NULL);
		is(h ? virt_name(h->virt) : NULL, virt_name(rows[i].virt), rows[i].name);
		ok(h && h->host.is_rhel == rows[i].is_rhel &&
			   h->host.minor == rows[i].minor,
		   "  its host: 5.%d", rows[i].minor);
	}
}

static void test_tree(void)
{
	_cleanup_(hypervisor_freep) struct hypervisor *h = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	fresh();
	if (root_new(&r, sys, &e) < 0)
		abort();
	ok(hypervisor_read(r, false, NULL, &h, &e) == 0 && !h->probed &&
		   h->virt == VIRT_UNKNOWN && h->host.major == -1 && !h->host.evidence,
	   "of a tree nothing is probed");
	hypervisor_free(TAKE_PTR(h));
	ok(hypervisor_read(r, false, "5.x", &h, &e) == -EINVAL,
	   "a bad --host is refused");
	is(err_text(&e), "--host 5.x: not a release such as 5.1 or 5.1/x86_64",
	   "with a reason");
}

int main(void)
{
	test_host_parse();
	test_xen_version();
	test_hvm();
	test_behind_hyperv();
	test_others();
	test_pv();
	test_signatures();
	test_smbios();
	test_cut_smbios();
	test_virt_what();
	test_tree();
	return tap_done();
}
