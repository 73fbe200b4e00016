/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel arguments: which rule is about which kernel, and words put in and taken out. */
#include "guest/bootargs.h"
#include "lib/strv.h"
#include "tests/unit/tap.h"

struct rule_row {
	const char *family;
	int major;
	const char *release;
	const char *args;
	const char *want; /* words of the rules, in order */
};

static void rules_are(const struct rule_row *rows, size_t n, unsigned int by)
{
	for (size_t i = 0; i < n; i++) {
		const struct generation *g = generation_find(rows[i].family,
							     rows[i].major);
		_cleanup_strv_ struct strv got = { 0 };
		_cleanup_free_ char *text = NULL;
		const struct bootarg_rule *r;
		size_t at = 0;

		while ((r = bootarg_rule(g, by, rows[i].release, rows[i].args, &at)))
			strv_add(&got, r->word);
		text = strv_join(&got, " ");
		ok(streq(text, rows[i].want), "rules of '%s'", rows[i].args);
	}
}

static void test_rules(void)
{
	static const struct rule_row rows[] = {
		{ "rhel", 6, "2.6.32-71.el6.x86_64", "quiet", "xen_pv_hvm=enable" },
		{ "rhel", 6, "2.6.32-71.el6.x86_64", "xen_pv_hvm=enable", "" },
		{ "rhel", 6, "2.6.32-71.el6.x86_64", "xen_pv_hvm=disable",
		  "xen_pv_hvm=disable xen_pv_hvm=enable" },
		{ "rhel", 6, "2.6.32-131.el6.x86_64", "quiet", "" },
		{ "rhel", 6, "2.6.32-754.el6.i686", "xen_blkfront.sda_is_xvda=1",
		  "xen_blkfront.sda_is_xvda=1" },
		{ "rhel", 7, "3.10.0-1160.el7.x86_64", "xen_pv_hvm=disable", "" },
		{ "rhel", 9, "5.14.0-284.el9.x86_64", "nopv xen_emul_unplug=never",
		  "xen_emul_unplug=never nopv" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=nics",
		  "xen_emul_unplug=nics" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=nics,never",
		  "xen_emul_unplug=never" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=ide-disks,nics", "" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=nevermore", "" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=aux-ide-disks,nics",
		  "xen_emul_unplug=aux-ide-disks" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_nopv_spin nopvspin", "" },
		{ "ubuntu", 22, "5.15.0-1-generic", "xen_nopv", "xen_nopv" },
		{ "debian", 12, "6.1.0-18-amd64", "xen-emul-unplug=never",
		  "xen_emul_unplug=never" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_emul_unplug=aux_ide_disks", "" },
		{ "debian", 12, "6.1.0-18-amd64", "xen_platform_pci.unplug=never", "" },
		{ "rhel", 5, "2.6.18-128.el5", "xen_emul_unplug=never nopv",
		  "ide0=noprobe" },
		{ "rhel", 5, "2.6.18-128.el5", "ide0=noprobe", "" },
		{ "rhel", 5, "2.6.18-92.el5", "quiet", "" },
		{ "rhel", 4, "2.6.9-89.ELsmp", "quiet", "" },
	};

	rules_are(rows, ELEMENTSOF(rows), BY_KERNEL);
}

/* A bus driver that is a module knows its own parameter alone. */
static void test_module(void)
{
	static const struct rule_row rows[] = {
		{ "debian", 12, "6.1.0-18-686", "nopv xen_nopv xen_emul_unplug=never",
		  "" },
		{ "debian", 12, "6.1.0-18-686", "xen_platform_pci.unplug=never",
		  "xen_platform_pci.unplug=never" },
		{ "debian", 12, "6.1.0-18-686", "xen-platform-pci.unplug=never",
		  "xen_platform_pci.unplug=never" },
		{ "debian", 12, "6.1.0-18-686", "xen_platform_pci.unplug=nics,never",
		  "" },
		{ "debian", 12, "6.1.0-18-686", "xen_platform_pci.unplug=nics",
		  "xen_platform_pci.unplug=nics" },
		{ "debian", 12, "6.1.0-18-686",
		  "xen_platform_pci.unplug=nics,aux-ide-disks",
		  "xen_platform_pci.unplug=aux-ide-disks" },
		{ "debian", 12, "6.1.0-18-686",
		  "xen_platform_pci.unplug=all xen_platform_pci.suspend=0", "" },
	};
	static const struct rule_row both[] = {
		{ "debian", 12, "", "nopv xen_platform_pci.unplug=unnecessary",
		  "nopv xen_platform_pci.unplug=unnecessary" },
	};

	rules_are(rows, ELEMENTSOF(rows), BY_MODULE);
	rules_are(both, ELEMENTSOF(both), BY_ANY);
}

static void test_words(void)
{
	static const struct {
		const char *line;
		const char *without; /* without nopv */
		const char *with;    /* with it, behind */
	} rows[] = {
		{ "quiet nopv", "quiet", "quiet nopv nopv" },
		{ "nopv quiet", "quiet", "nopv quiet nopv" },
		{ "quiet", "quiet", "quiet nopv" },
		{ "nopv", "", "nopv nopv" },
		{ "\tlinux /vmlinuz  ro\tnopv quiet", "\tlinux /vmlinuz  ro quiet",
		  "\tlinux /vmlinuz  ro\tnopv quiet nopv" },
		{ "A=\"\"", "A=\"\"", "A=\"nopv\"" },
		{ "A=\"quiet\"", "A=\"quiet\"", "A=\"quiet nopv\"" },
		{ "A='nopv quiet' ", "A='quiet' ", "A='nopv quiet nopv' " },
		{ "A=\"nopv\"", "A=\"\"", "A=\"nopv nopv\"" },
		{ "kernelopts=root=/dev/sda1 nopv ", "kernelopts=root=/dev/sda1 ",
		  "kernelopts=root=/dev/sda1 nopv nopv " },
		{ "xen_nopv nopvspin nopv=1", "xen_nopv nopvspin nopv=1",
		  "xen_nopv nopvspin nopv=1 nopv" },
		{ "ro\r", "ro\r", "ro nopv\r" },
		{ "odd\"", "odd\"", "odd\" nopv" },
		{ "nopv a nopv nopv", "a", "nopv a nopv nopv nopv" },
		{ "A=nopv b", "A=b", "A=nopv b nopv" },
		{ "A=nopv", "A=", "A=nopv nopv" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *without = bootargs_without(rows[i].line, "nopv");
		_cleanup_free_ char *with = bootargs_with(rows[i].line, "nopv");

		ok(streq(without, rows[i].without), "%s: taken out", rows[i].line);
		ok(streq(with, rows[i].with), "%s: put in", rows[i].line);
	}
	{
		_cleanup_free_ char *list = bootargs_without("a x=1,never,2 b",
							     "x=never");
		const struct generation *g = generation_find("rhel", 5);

		ok(streq(list, "a b"), "a list with the value goes as a whole");
		ok(bootargs_free_disk(g, "2.6.18-128.el5", "ide0=noprobe", "hda") &&
			   bootargs_free_disk(g, "2.6.18-128.el5", "ide=disable",
					      "hdc") &&
			   !bootargs_free_disk(g, "2.6.18-128.el5", "ide0=noprobe",
					       "hdc") &&
			   !bootargs_free_disk(g, "2.6.18-92.el5", "ide0=noprobe", "hda"),
		   "disks that the IDE driver leaves, from 5.3 on");
	}
	ok(bootargs_has("a \"nopv\"", "nopv") && !bootargs_has("xnopv nopvx", "nopv"),
	   "a word, not a part of one");
}

int main(void)
{
	test_rules();
	test_module();
	test_words();
	return tap_done();
}
