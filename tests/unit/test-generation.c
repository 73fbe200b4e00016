/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of generations against the documentation's tables, written out once more. */
#include "guest/generation.h"
#include "lib/strv.h"
#include "tests/unit/tap.h"

static void test_arch(void)
{
	static const struct {
		const char *name;
		enum arch arch;
	} rows[] = {
		{ "i386", ARCH_I386 },	   { "i486", ARCH_I386 },
		{ "i586", ARCH_I386 },	   { "i686", ARCH_I386 },
		{ "athlon", ARCH_I386 },   { "x86_64", ARCH_X86_64 },
		{ "ia32e", ARCH_X86_64 },  { "amd64", ARCH_X86_64 },
		{ "ia64", ARCH_OTHER },	   { "ppc", ARCH_OTHER },
		{ "s390x", ARCH_OTHER },   { "i6866", ARCH_OTHER },
		{ "x86_64_", ARCH_OTHER }, { "noarch", ARCH_UNKNOWN },
		{ "", ARCH_UNKNOWN },	   { NULL, ARCH_UNKNOWN },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		ok(arch_parse(rows[i].name) == rows[i].arch, "arch %s",
		   rows[i].name ?: "(none)");
	is(arch_name(ARCH_I386), "i686", "i386 to i686 are called i686");
	is(arch_name(ARCH_X86_64), "x86_64", "x86_64 is called so");
	is(arch_name(ARCH_OTHER), "other", "the others are called other");
	is(arch_name(ARCH_UNKNOWN), "unknown", "no architecture is called unknown");
}

static void test_variant_names(void)
{
	bool named = true;
	bool distinct = true;

	for (int i = 0; i < VARIANT_COUNT; i++) {
		named &= variant_name(i) && variant_name(i)[0];
		for (int j = 0; j < i; j++)
			distinct &= !streq(variant_name(i), variant_name(j));
	}
	ok(named, "every variant has a name");
	ok(distinct, "no two variants share one");
	is(variant_name(VARIANT_PAE), "PAE", "PAE is spelt as the kernel's suffix");
	is(variant_name(VARIANT_LARGESMP), "largesmp", "so is largesmp");
}

/* The documentation's table of kernels: all pairs that it does not list are unsupported.
 */
static void test_support_table(void)
{
	static const struct {
		int major;
		int arch; /* 0 i386, 1 x86_64 */
		const char *variants;
	} rows[] = {
		{ 3, 0, "up smp hugemem athlon athlon-smp" },
		{ 3, 1, "up smp ia32e" },
		{ 4, 0, "up smp hugemem" },
		{ 4, 1, "up smp largesmp" },
		{ 5, 0, "up PAE" },
		{ 5, 1, "up" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct generation *g = generation_find("rhel", rows[i].major);
		_cleanup_strv_ struct strv names = { 0 };
		_cleanup_free_ char *got = NULL;
		_cleanup_free_ char *what = strf("variants of RHEL %d, %s", rows[i].major,
						 rows[i].arch ? "x86_64" : "i386");

		for (int v = 0; g && v < VARIANT_COUNT; v++)
			if (g->variants[rows[i].arch] & (1u << v))
				strv_add(&names, variant_name(v));
		got = strv_join(&names, " ");
		is(got, rows[i].variants, what);
	}
}

static void test_rows(void)
{
	static const struct {
		const char *id;
		int major, min_minor, inkernel;
		const char *suffix, *modconf;
		enum index_format index;
		enum initrd_format initrd;
		bool kudzu, snippets;
	} rows[] = {
		{ "rhel3", 3, 9, -1, ".o", "/etc/modules.conf", INDEX_MODUTILS,
		  INITRD_NASH_EXT2, false, false },
		{ "rhel4", 4, 6, 7, ".ko", "/etc/modprobe.conf", INDEX_MODULE_INIT_TOOLS,
		  INITRD_NASH_CPIO, true, false },
		{ "rhel5", 5, 1, 3, ".ko", "/etc/modprobe.conf", INDEX_MODULE_INIT_TOOLS,
		  INITRD_NASH_CPIO, true, true },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct generation *g = generation_find("rhel", rows[i].major);

		if (!ok(g != NULL, "a row for %s", rows[i].id))
			continue;
		is(g->id, rows[i].id, "its id");
		is_int(g->min_minor, rows[i].min_minor, "its first supported update");
		is_int(g->inkernel_minor, rows[i].inkernel,
		       "the update whose kernel has the drivers");
		is(g->module_suffix, rows[i].suffix, "its module suffix");
		is(g->modconf, rows[i].modconf, "its module configuration");
		ok(g->index == rows[i].index && g->initrd == rows[i].initrd,
		   "its formats of index and initrd");
		ok(g->kudzu == rows[i].kudzu && g->mkinitrd_snippets == rows[i].snippets,
		   "kudzu and mkinitrd snippets");
		ok(!g->unplug, "its drivers know no unplug protocol");
	}
	ok(!generation_find("rhel", 2), "no row before RHEL 3");
	ok(!generation_find("rhl", 5), "Red Hat Linux is not RHEL");
	ok(!generation_find("unknown", -1), "no row for what is not known");
	ok(!generation_find(NULL, 5), "no row without a family");
}

/* LABEL= and UUID=: only RHEL 5 knows UUID for certain, and either for swap. */
static void test_names(void)
{
	const struct generation *g4 = generation_find("rhel", 4);
	const struct generation *g5 = generation_find("rhel", 5);

	is_int(g4->fstab_names, NAME_LABEL, "RHEL 4: LABEL= in fstab");
	is_int(g4->root_names, NAME_LABEL, "RHEL 4: LABEL= in root=");
	is_int(g4->swap_names, 0, "RHEL 4: swap by device name alone");
	is_int(g5->fstab_names, NAME_LABEL | NAME_UUID, "RHEL 5: both in fstab");
	is_int(g5->root_names, NAME_LABEL | NAME_UUID, "RHEL 5: both in root=");
	is_int(g5->swap_names, NAME_LABEL | NAME_UUID, "RHEL 5: both for swap");
	ok(generation_find("rhel", 3)->root_number && !g4->root_number,
	   "RHEL 3 alone: PV disks in root= by number");
}

/* What holds for every row, those that follow included. */
static void test_table(void)
{
	size_t n;
	const struct generation *t = generation_table(&n);

	for (size_t i = 0; i < n; i++) {
		bool drivers;
		bool rising = true;

		/* The bus and the balloon may be built in, the two of the devices not. */
		drivers = t[i].drivers[XENDRV_VBD] && t[i].drivers[XENDRV_VNIF];
		for (size_t k = 1; k < t[i].n_kernel_numbers; k++)
			rising &= t[i].kernel_numbers[k] > t[i].kernel_numbers[k - 1];
		ok(t[i].id && t[i].title && t[i].source && t[i].source[0],
		   "%s: has a title and says where it stands", t[i].id);
		ok(drivers, "%s: names the drivers of disks and NICs", t[i].id);
		ok(rising, "%s: kernel numbers rise", t[i].id);
		ok(generation_find(t[i].family, t[i].major) == &t[i],
		   "%s: is found, and only once", t[i].id);
	}
	ok(n >= 3 && streq(t[0].drivers[XENDRV_PLATFORM], "xen-platform-pci") &&
		   streq(t[0].drivers[XENDRV_BALLOON], "xen-balloon") &&
		   streq(t[0].drivers[XENDRV_VBD], "xen-vbd") &&
		   streq(t[0].drivers[XENDRV_VNIF], "xen-vnif"),
	   "the four drivers in load order");
}

static void test_minor_of_kernel(void)
{
	static const struct {
		int major;
		const char *release;
		int minor;
	} rows[] = {
		{ 5, "2.6.18-8.el5", 0 },
		{ 5, "2.6.18-8.1.15.el5", 0 },
		{ 5, "2.6.18-53.el5PAE", 1 },
		{ 5, "2.6.18-53.1.4.el5", 1 },
		{ 5, "2.6.18-92.1.22.el5", 2 },
		{ 5, "2.6.18-127.el5", 2 },
		{ 5, "2.6.18-128.el5", 3 },
		{ 5, "2.6.18-274.7.1.el5", 7 },
		{ 5, "2.6.18-398.el5xen", 11 },
		{ 5, "2.6.18-412.el5", 11 },
		{ 5, "2.6.18-7.el5", -1 },
		{ 5, "2.6.18-1.2798.fc6", -1 },
		{ 5, "2.6.9-67.EL", -1 },
		{ 5, "2.6.18", -1 },
		{ 5, "2.6.18-", -1 },
		{ 5, "2.6.18-x", -1 },
		{ 5, "2.6.18- 53.el5", -1 },
		{ 5, "2.6.18-+53.el5", -1 },
		{ 5, "2.6.18--53.el5", -1 },
		{ 5, "2.6.180-53.el5", -1 },
		{ 5, "", -1 },
		{ 4, "2.6.9-5.EL", 0 },
		{ 4, "2.6.9-55.0.12.ELsmp", 5 },
		{ 4, "2.6.9-67.0.22.ELlargesmp", 6 },
		{ 4, "2.6.9-78.EL", 7 },
		{ 4, "2.6.9-100.ELhugemem", 9 },
		{ 3, "2.4.21-4.EL", 0 },
		{ 3, "2.4.21-47.0.1.ELsmp", 8 },
		{ 3, "2.4.21-50.EL", 9 },
		{ 3, "2.4.21-63.ELsmp", 9 },
		{ 3, "2.4.20-8", -1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct generation *g = generation_find("rhel", rows[i].major);
		_cleanup_free_ char *what = strf("kernel '%s' of RHEL %d",
						 rows[i].release, rows[i].major);

		is_int(generation_minor_of_kernel(g, rows[i].release), rows[i].minor,
		       what);
	}
}

static void test_owns(void)
{
	static const struct {
		const char *family;
		int major;
		const char *release;
		bool own;
	} rows[] = {
		{ "rhel", 5, "2.6.18-128.el5", true },
		{ "rhel", 5, "2.6.18.8-xen", false },
		{ "rhel", 5, "2.6.39-400.17.1.el5uek", false },
		{ "rhel", 6, "2.6.32-754.el6.x86_64", true },
		{ "rhel", 6, "2.6.32-300.3.1.el6uek", false },
		{ "rhel", 6, "3.18.44-20.el6.x86_64", false },
		{ "debian", 12, "6.1.0-18-amd64", true },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct generation *g = generation_find(rows[i].family,
							     rows[i].major);

		ok(generation_owns(g, rows[i].release) == rows[i].own, "%s of %s: %s",
		   rows[i].release, g->title, rows[i].own ? "its own" : "another");
	}
	is_int(generation_minor_of_kernel(generation_find("rhel", 6),
					  "2.6.32-300.3.1.el6uek"),
	       -1, "UEK is of no update of RHEL 6");
}

int main(void)
{
	test_arch();
	test_variant_names();
	test_support_table();
	test_rows();
	test_names();
	test_table();
	test_minor_of_kernel();
	test_owns();
	return tap_done();
}
