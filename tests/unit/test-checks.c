/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judgement on facts made by hand: the host, kernel variants. */
#include <stdlib.h>

#include "checks/checks.h"
#include "tests/unit/tap.h"

/* The finding of one check on a guest with one kernel. */
static enum status judge(const char *id, const struct guest *g)
{
	struct choice ch = { .kernel = g->kernels->v };
	struct choices cs = { &ch, 1 };
	bool selected = true;
	struct facts f = { .g = g, .choices = &cs, .selected = &selected };
	struct findings out = { 0 };
	const struct check *c = check_find(id);
	enum status s = STATUS_SKIP;

	if (c->run(c, &f, &out) < 0)
		abort();
	if (out.n)
		s = out.v[0].status;
	findings_done(&out);
	return s;
}

/* The documentation's table of kernels, row by row. */
static void test_variants(void)
{
	static const struct {
		int major;
		enum arch arch;
		enum variant variant;
		bool good;
	} rows[] = {
		{ 3, ARCH_I386, VARIANT_ATHLON, true },
		{ 3, ARCH_I386, VARIANT_ATHLON_SMP, true },
		{ 3, ARCH_X86_64, VARIANT_IA32E, true },
		{ 3, ARCH_I386, VARIANT_UP, true },
		{ 3, ARCH_I386, VARIANT_SMP, true },
		{ 3, ARCH_I386, VARIANT_HUGEMEM, true },
		{ 3, ARCH_X86_64, VARIANT_UP, true },
		{ 3, ARCH_X86_64, VARIANT_SMP, true },
		{ 3, ARCH_X86_64, VARIANT_LARGESMP, false },
		{ 4, ARCH_I386, VARIANT_ATHLON, false },
		{ 4, ARCH_I386, VARIANT_UP, true },
		{ 4, ARCH_I386, VARIANT_SMP, true },
		{ 4, ARCH_I386, VARIANT_HUGEMEM, true },
		{ 4, ARCH_I386, VARIANT_PAE, false },
		{ 4, ARCH_X86_64, VARIANT_UP, true },
		{ 4, ARCH_X86_64, VARIANT_SMP, true },
		{ 4, ARCH_X86_64, VARIANT_LARGESMP, true },
		{ 4, ARCH_X86_64, VARIANT_HUGEMEM, false },
		{ 5, ARCH_I386, VARIANT_UP, true },
		{ 5, ARCH_I386, VARIANT_PAE, true },
		{ 5, ARCH_I386, VARIANT_SMP, false },
		{ 5, ARCH_X86_64, VARIANT_UP, true },
		{ 5, ARCH_X86_64, VARIANT_PAE, false },
		{ 5, ARCH_X86_64, VARIANT_XEN, false },
		{ 5, ARCH_OTHER, VARIANT_UP, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct generation *gen = generation_find("rhel", rows[i].major);
		_cleanup_free_ char *release = strf("%s99.EL", gen->kernel_base);
		struct kernel k = { .release = release,
				    .arch = rows[i].arch,
				    .variant = rows[i].variant,
				    .is_default = true };
		struct kernels ks = { .v = &k, .n = 1 };
		struct guest g = { .gen = gen, .kernels = &ks };

		ok(judge("kernel-variant", &g) ==
			   (rows[i].good ? STATUS_PASS : STATUS_FAIL),
		   "RHEL %d, %s %s: %s", rows[i].major, arch_name(rows[i].arch),
		   variant_name(rows[i].variant), rows[i].good ? "yes" : "no");
	}
}

static void test_host(void)
{
	static const struct {
		int major, minor, xen_major, xen_minor;
		enum status want;
	} releases[] = {
		{ 5, 1, -1, -1, STATUS_PASS },	    { 5, 0, -1, -1, STATUS_FAIL },
		{ 5, 6, 3, 1, STATUS_PASS },	    { 4, 9, -1, -1, STATUS_FAIL },
		{ -1, -1, 4, 17, STATUS_PASS },	    { -1, -1, 3, 0, STATUS_FAIL },
		{ -1, -1, -1, -1, STATUS_UNKNOWN },
	};
	static const struct {
		enum arch host, guest;
		enum status want;
	} archs[] = {
		{ ARCH_X86_64, ARCH_X86_64, STATUS_PASS },
		{ ARCH_X86_64, ARCH_I386, STATUS_PASS },
		{ ARCH_I386, ARCH_I386, STATUS_PASS },
		{ ARCH_I386, ARCH_X86_64, STATUS_FAIL },
		{ ARCH_UNKNOWN, ARCH_X86_64, STATUS_UNKNOWN },
	};
	struct kernel k = { .release = (char[]){ "R" }, .is_default = true };
	struct kernels ks = { .v = &k, .n = 1 };
	struct hypervisor hv = { 0 };
	struct guest g = { .gen = generation_find("rhel", 5), .kernels = &ks, .hv = &hv };

	for (size_t i = 0; i < ELEMENTSOF(releases); i++) {
		hv.host.major = releases[i].major;
		hv.host.minor = releases[i].minor;
		hv.xen_major = releases[i].xen_major;
		hv.xen_minor = releases[i].xen_minor;
		ok(judge("host-release", &g) == releases[i].want,
		   "host %d.%d, Xen %d.%d: %s", releases[i].major, releases[i].minor,
		   releases[i].xen_major, releases[i].xen_minor,
		   status_name(releases[i].want));
	}
	for (size_t i = 0; i < ELEMENTSOF(archs); i++) {
		hv.host.arch = archs[i].host;
		k.arch = archs[i].guest;
		ok(judge("host-arch", &g) == archs[i].want, "a %s guest on a %s host: %s",
		   arch_name(archs[i].guest), arch_name(archs[i].host),
		   status_name(archs[i].want));
	}
	g.gen = generation_find("rhel", 3);
	hv.host.arch = ARCH_X86_64;
	k.arch = ARCH_I386;
	ok(judge("host-arch", &g) == STATUS_WARN,
	   "RHEL 3 on a host of the other kind warns");
	hv.virt = VIRT_XEN_HVM;
	ok(judge("xen-hvm", &g) == STATUS_FAIL,
	   "no platform device: the drivers would panic");
	hv.platform_pci = true;
	ok(judge("xen-hvm", &g) == STATUS_PASS, "with the platform device");
	hv.virt = VIRT_XEN_PV;
	ok(judge("xen-hvm", &g) == STATUS_FAIL, "a PV guest");
	hv.virt = VIRT_NONE;
	ok(judge("xen-hvm", &g) == STATUS_FAIL, "bare metal");
}

int main(void)
{
	test_variants();
	test_host();
	return tap_done();
}
