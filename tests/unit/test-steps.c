/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that edit text, each on a small tree. */
#include "tests/unit/steps-fixture.h"

static bool has_note(struct fixture *f, const char *part)
{
	for (size_t i = 0; i < f->p.plan->notes.n; i++)
		if (strstr(f->p.plan->notes.v[i], part))
			return true;
	return false;
}

static void test_modconf(void)
{
	struct fixture f;
	const struct op *op;

	fixture_init(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/modprobe.conf",
		 "alias eth0 8139cp\nalias eth1 tg3\nalias eth2 bonding\nalias eth3 "
		 "xen_vnif\n"
		 "alias eth4 e1000\nalias eth4 bonding\n# end\n");
	tree_put(&f.t, "/etc/modprobe.d/net", "alias eth5\tne2k-pci\n");
	tree_put(&f.t, "/etc/sysconfig/network-scripts/ifcfg-eth0",
		 "DEVICE=eth0\nHWADDR=00:16:3E:00:00:0A\n");
	tree_put(&f.t, "/etc/sysconfig/network-scripts/ifcfg-eth6",
		 "DEVICE=eth6\n# HWADDR=\n");
	fixture_nic(&f, "eth1", "e1000"); /* its alias names a real card: left */
	fixture_nic(&f, "eth6", "pcnet32");
	fixture_nic(&f, "peth0", "e1000");
	fixture_modconf(&f);
	is_int(plan_modconf(&f.p, &f.e), 0, "modconf");
	is(fixture_new(&f, "/etc/modprobe.conf"),
	   "alias eth0 xen-vnif\nalias eth1 tg3\nalias eth2 bonding\nalias eth3 "
	   "xen_vnif\n"
	   "alias eth4 e1000\nalias eth4 bonding\nalias eth6 xen-vnif\n# end\n",
	   "emulated cards only, and one without alias");
	is(fixture_new(&f, "/etc/modprobe.d/net"), "alias eth5\txen-vnif\n",
	   "where the alias stands");
	op = plan_find(f.p.plan, "/etc/modprobe.conf");
	is(op->detail, "alias eth0 xen-vnif in place of 8139cp; alias eth6 xen-vnif",
	   "detail");
	ok(has_note(&f, "ifcfg-eth6 has no HWADDR"),
	   "a card without HWADDR is worth a note");
	ok(!has_note(&f, "ifcfg-eth0"), "one with HWADDR is not");
	is_int((long long)f.p.plan->n, 2, "nothing else is written");
	fixture_done(&f);

	fixture_init(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/modprobe.conf", "alias eth0   xen-vnif # by hand");
	fixture_nic(&f, "eth0", "8139cp");
	fixture_modconf(&f);
	is_int(plan_modconf(&f.p, &f.e), 0, "modconf that is right already");
	is_int((long long)f.p.plan->n, 0, "is left byte for byte");
	fixture_done(&f);

	fixture_init(&f, &fixture_rhel5);
	fixture_nic(&f, "eth0", "8139cp");
	fixture_modconf(&f);
	is_int(plan_modconf(&f.p, &f.e), 0, "no modprobe.conf at all");
	is(fixture_new(&f, "/etc/modprobe.conf"), "alias eth0 xen-vnif\n", "is made");
	fixture_done(&f);
}

#define KUDZU "#!/bin/bash\n# chkconfig: 345 05 95\n"

static const struct kudzu {
	const char *what, *script, *ops;
} kudzus[] = {
	{ "no header", "#!/bin/sh\n",
	  "rename /etc/rc.d/rc3.d/S05kudzu K95kudzu, remove /etc/rc.d/rc4.d/S05kudzu, "
	  "rename /etc/rc.d/rc5.d/S05kudzu K95kudzu" },
	{ "its header", "#!/bin/sh\n#  chkconfig: 345 05 7\n# description: x\n",
	  "rename /etc/rc.d/rc3.d/S05kudzu K07kudzu, remove /etc/rc.d/rc4.d/S05kudzu, "
	  "rename /etc/rc.d/rc5.d/S05kudzu K07kudzu" },
	{ "a description that goes on",
	  "#!/bin/sh\n# description: kudzu \\\n# chkconfig: 1 2 3 \\\n# x\n# chkconfig: "
	  "- 5 12\n",
	  "rename /etc/rc.d/rc3.d/S05kudzu K12kudzu, remove /etc/rc.d/rc4.d/S05kudzu, "
	  "rename /etc/rc.d/rc5.d/S05kudzu K12kudzu" },
	{ "no script", NULL, "" },
};

static void test_kudzu_one(const struct kudzu *t)
{
	struct fixture f;
	_cleanup_strv_ struct strv ops = { 0 };
	_cleanup_free_ char *joined = NULL;

	fixture_init(&f, &fixture_rhel5);
	if (t->script)
		tree_put(&f.t, "/etc/rc.d/init.d/kudzu", t->script);
	for (int level = 0; level <= 6; level++) {
		_cleanup_free_ char *old = strf("/etc/rc%d.d", level);
		_cleanup_free_ char *link = strf("rc.d/rc%d.d", level);
		_cleanup_free_ char *s = strf("/etc/rc.d/rc%d.d/%s", level,
					      level >= 3 && level <= 5 ? "S05kudzu"
								       : "K95kudzu");
		_cleanup_free_ char *other = strf("/etc/rc.d/rc%d.d/S10network", level);

		tree_link(&f.t, s, "../init.d/kudzu");
		tree_link(&f.t, other, "../init.d/network");
		tree_link(&f.t, old, link);
	}
	tree_link(&f.t, "/etc/rc.d/rc4.d/K90kudzu", "../init.d/kudzu");
	is_int(plan_kudzu(&f.p, &f.e), 0, t->what);
	for (size_t i = 0; i < f.p.plan->n; i++) {
		const struct op *op = &f.p.plan->v[i];

		strv_addf(&ops, "%s %s%s%s", op->kind == OP_RENAME ? "rename" : "remove",
			  op->path, op->to ? " " : "", op->to ? path_base(op->to) : "");
	}
	joined = strv_join(&ops, ", ");
	is(joined, t->ops, t->what);
	is_int(has_note(&f, "no chkconfig header"), streq(t->what, "no header"), "note");
	fixture_done(&f);
}

static void test_rc_without_rc_d(void)
{
	struct fixture f;

	fixture_init(&f, &fixture_rhel4);
	tree_put(&f.t, "/etc/init.d/kudzu", KUDZU);
	tree_link(&f.t, "/etc/rc3.d/S05kudzu", "../init.d/kudzu");
	is_int(plan_kudzu(&f.p, &f.e), 0, "/etc/rcN.d alone");
	is(f.p.plan->n == 1 ? f.p.plan->v[0].to : NULL, "/etc/rc3.d/K95kudzu",
	   "renamed there");
	fixture_done(&f);
}

static void test_snippet(void)
{
	struct fixture f;
	const struct op *op;

	fixture_init(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/modprobe.conf", "alias scsi_hostadapter1 xen-vbd\n");
	tree_put(&f.t, "/sbin/mkinitrd", "#!/bin/bash\nmodulefile=/etc/modprobe.conf\n");
	is_int(plan_mkinitrd(&f.p, &f.e), 0, "mkinitrd on RHEL 5");
	op = plan_find(f.p.plan, "/etc/sysconfig/mkinitrd/xenpv");
	ok(op && op->mode == 0755 && !op->exists, "an executable snippet");
	ok(op && !strstr(op->data, "@DRIVERS@"), "with the names of the drivers");
	ok(has_note(&f, "alias scsi_hostadapter1 xen-vbd was left"),
	   "an old alias is left");
	ok(has_note(&f, "does not read /etc/sysconfig/mkinitrd"),
	   "a mkinitrd before 5.3");
	ok(!fixture_new(&f, "/etc/modprobe.conf"), "modprobe.conf is left");
	fixture_done(&f);

	fixture_init(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/sysconfig/mkinitrd", "x\n");
	is_int(plan_mkinitrd(&f.p, &f.e), 0, "a file where the folder belongs");
	is_int((long long)f.p.plan->n, 0, "is left");
	ok(has_note(&f, "is a file where"), "and named");
	fixture_done(&f);
}

static const struct adapter {
	const char *what, *text;
	enum choice_kind second;
	const char *want, *note;
} adapters[] = {
	{ "the first", "alias eth0 e1000\n", CHOICE_IN_KERNEL,
	  "alias eth0 e1000\nalias scsi_hostadapter xen-vbd\n", NULL },
	{ "the next", "alias scsi_hostadapter a\nalias scsi_hostadapter1 b\n",
	  CHOICE_IN_KERNEL,
	  "alias scsi_hostadapter a\nalias scsi_hostadapter1 b\nalias scsi_hostadapter2 "
	  "xen-vbd\n",
	  NULL },
	{ "after a lone one", "alias scsi_hostadapter a\n", CHOICE_IN_KERNEL,
	  "alias scsi_hostadapter a\nalias scsi_hostadapter1 xen-vbd\n", NULL },
	{ "there already", "alias scsi_hostadapter7 xen_vbd\n", CHOICE_IN_KERNEL, NULL,
	  NULL },
	{ "a kernel without", "alias eth0 e1000\n", CHOICE_BUNDLE, NULL,
	  "run xenpv-install again after each kernel update" },
};

static void test_adapter(void)
{
	for (size_t i = 0; i < ELEMENTSOF(adapters); i++) {
		const struct adapter *t = &adapters[i];
		struct fixture f;

		fixture_init(&f, &fixture_rhel4);
		tree_put(&f.t, "/etc/modprobe.conf", t->text);
		fixture_kernel(&f, "2.6.9-78.ELsmp", VARIANT_SMP, CHOICE_IN_KERNEL, NULL);
		fixture_kernel(&f, "2.6.9-78.EL", VARIANT_UP, t->second, NULL);
		fixture_kernel(&f, "2.6.9-78.ELxenU", VARIANT_XEN, CHOICE_NONE, NULL);
		is_int(plan_mkinitrd(&f.p, &f.e), 0, t->what);
		is(fixture_new(&f, "/etc/modprobe.conf"), t->want, t->what);
		ok(!t->note || has_note(&f, t->note), "%s: note", t->what);
		fixture_done(&f);
	}
}

static const struct hook {
	const char *what, *sign;
	enum choice_kind kind;
	const char *path;
} hooks[] = {
	{ "kernel-install", "/usr/bin/kernel-install", CHOICE_BUNDLE,
	  "/etc/kernel/install.d/95-xenpv.install" },
	{ "postinst.d", "/etc/kernel/postinst.d/other", CHOICE_COMPATIBLE,
	  "/etc/kernel/postinst.d/xenpv" },
	{ "nobody who reads them", NULL, CHOICE_BUNDLE, NULL },
	{ "drivers of the kernel's own", "/etc/kernel/postinst.d/other", CHOICE_IN_KERNEL,
	  NULL },
	{ "drivers of a package", "/usr/bin/kernel-install", CHOICE_PACKAGE, NULL },
};

static void test_hooks(void)
{
	for (size_t i = 0; i < ELEMENTSOF(hooks); i++) {
		const struct hook *t = &hooks[i];
		struct fixture f;
		const struct op *op;

		fixture_init(&f, &fixture_rhel5);
		if (t->sign)
			tree_put(&f.t, t->sign, "#!/bin/sh\n");
		fixture_kernel(&f, "2.6.18-53.el5xen", VARIANT_XEN, CHOICE_BUNDLE, NULL);
		fixture_kernel(&f, "2.6.18-53.el5", VARIANT_UP, t->kind, NULL);
		is_int(plan_hooks(&f.p, &f.e), 0, t->what);
		op = t->path ? plan_find(f.p.plan, t->path) : NULL;
		ok(!t->path || (op && op->mode == 0755 && !op->exists),
		   "%s: an executable script", t->what);
		ok(t->path || !f.p.plan->n, "%s: nothing else", t->what);
		is_int(has_note(&f, "runs no scripts"), !t->sign, "note");
		fixture_done(&f);
	}
}

#define VBD "/lib/modules/`uname -r`/extra/xenpv/1/xen-vbd.o"

static const struct rc {
	const char *what, *line, *becomes; /* NULL: as it is */
	const char *note;
} rcs[] = {
	{ "by its file", "insmod " VBD, ": # xenpv: the initrd does it: insmod " VBD,
	  NULL },
	{ "by its name", "/sbin/modprobe -q xen_platform_pci",
	  ": # xenpv: the initrd does it: /sbin/modprobe -q xen_platform_pci", NULL },
	{ "all of an if's body", "if [ -f /x ]; then\n\tinsmod " VBD "\nfi",
	  "if [ -f /x ]; then\n\t: # xenpv: the initrd does it: insmod " VBD "\nfi",
	  NULL },
	{ "behind a || on the line before", "[ -d /x ] ||\n  insmod " VBD "\nmount /x",
	  "[ -d /x ] ||\n  : # xenpv: the initrd does it: insmod " VBD "\nmount /x",
	  NULL },
	{ "an else's body", "if a\nthen b\nelse\ninsmod " VBD "\nfi",
	  "if a\nthen b\nelse\n: # xenpv: the initrd does it: insmod " VBD "\nfi", NULL },
	{ "behind what looks like quotes",
	  "# don't\necho ${#x} \\' <<< \"x<<y\"\n"
	  "insmod " VBD,
	  "# don't\necho ${#x} \\' <<< \"x<<y\"\n"
	  ": # xenpv: the initrd does it: insmod " VBD,
	  NULL },
	{ "behind a here-document", "cat <<-'EOF' >/x\n\tit's\n\tEOF\ninsmod " VBD,
	  "cat <<-'EOF' >/x\n\tit's\n\tEOF\n"
	  ": # xenpv: the initrd does it: insmod " VBD,
	  NULL },
	{ "another driver", "insmod /x/xen-vnif.o", NULL, NULL },
	{ "a name inside another", "insmod /x/xen-vbd-old.o", NULL, NULL },
	{ "a comment", "#insmod " VBD, NULL, NULL },
	{ "with another command", "insmod " VBD " && mount /data", NULL, "line 2 loads" },
	{ "within an if", "	if true; then insmod " VBD "; fi", NULL, "line 2 loads" },
	{ "behind then", "if true\nthen insmod " VBD "\nfi", NULL, "line 3 loads" },
	{ "the end of a subshell", "(cd /x\ninsmod " VBD ")", NULL, "line 3 loads" },
	{ "a line that goes on", "insmod " VBD " \\\n  x=1", NULL, "line 2 loads" },
	{ "the rest of a line", "echo \\\ninsmod " VBD, NULL, "line 3 loads" },
	{ "within a here-document", "cat >/x <<EOF\ninsmod " VBD "\nEOF", NULL,
	  "line 3 loads" },
	{ "within quotes", "echo 'first\ninsmod " VBD "\n'", NULL, "line 3 loads" },
	{ "as words of another command", "/bin/echo insmod " VBD, NULL, "line 2 loads" },
};

static void test_rclocal(void)
{
	for (size_t i = 0; i < ELEMENTSOF(rcs); i++) {
		_cleanup_free_ char *old = strf("#!/bin/sh\n%s\n", rcs[i].line);
		_cleanup_free_ char *new = strf("#!/bin/sh\n%s\n", rcs[i].becomes ?: "");
		struct initrd_load load = { .module = (char *)"xen_vbd" };
		struct fixture f;

		fixture_init(&f, &fixture_rhel4);
		tree_put(&f.t, "/etc/rc.d/rc.local", old);
		tree_link(&f.t, "/etc/rc.local", "rc.d/rc.local");
		fixture_kernel(&f, "2.6.9-67.EL", VARIANT_UP, CHOICE_BUNDLE,
			       "insmod /lib/xen-vbd.ko\n");
		f.image[0].loads = &load;
		f.image[0].n_loads = 1;
		is_int(plan_rclocal(&f.p, &f.e), 0, rcs[i].what);
		is(fixture_new(&f, "/etc/rc.d/rc.local"), rcs[i].becomes ? new : NULL,
		   rcs[i].what);
		is_int(has_note(&f, rcs[i].note ?: "loads a driver"), rcs[i].note != NULL,
		       "note");
		fixture_done(&f);
	}
}

static void test_generations(void)
{
	static const struct generation other = { .id = "rhel99", .title = "RHEL 99" };
	struct fixture f;

	fixture_init(&f, &other);
	is_int(plan_kudzu(&f.p, &f.e), 0, "no kudzu there");
	fixture_done(&f);
}

int main(void)
{
	test_modconf();
	for (size_t i = 0; i < ELEMENTSOF(kudzus); i++)
		test_kudzu_one(&kudzus[i]);
	test_rc_without_rc_d();
	test_snippet();
	test_adapter();
	test_hooks();
	test_rclocal();
	test_generations();
	return tap_done();
}
