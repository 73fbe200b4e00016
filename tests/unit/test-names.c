/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --rename, and the advice that goes with it. */
#include "tests/unit/steps-fixture.h"

/*
 * Identities without a disk: linked with --wrap, so that the steps ask here. "/dev/hdb1"
 * has a label and a UUID, "/dev/hdb2" a label that no word can hold, "/dev/hdb3" nothing.
 */
int __wrap_storage_identity(const struct root *r, const struct devref *ref, char **label,
			    char **uuid, struct err *e);
int __wrap_storage_identity(const struct root *r, const struct devref *ref, char **label,
			    char **uuid, struct err *e)
{
	if (streq(ref->spec, "/dev/hdb1")) {
		*label = strdup("data");
		*uuid = strdup("1234-5678");
		return 0;
	}
	if (streq(ref->spec, "/dev/hdb2")) {
		*label = strdup("two words");
		return 0;
	}
	return err_set(e, ENODEV, "%s: no identity", ref->spec);
}

static struct devref refs[] = {
	{ .where = DEVREF_FSTAB, .spec = (char *)"/dev/hdb1" },
	{ .where = DEVREF_FSTAB, .spec = (char *)"/dev/hdb2" },
	{ .where = DEVREF_FSTAB, .spec = (char *)"/dev/hdb3" },
	{ .where = DEVREF_BOOT_ROOT, .spec = (char *)"/dev/hdb1" },
	{ .where = DEVREF_INITRD_ROOT, .spec = (char *)"/dev/hdb1" },
};

#define FSTAB                                                                          \
	"# /dev/hdb1 is the root\n/dev/hdb1\t/  ext3 defaults 1 1\n"                   \
	"/dev/hda1 /boot ext3 defaults 1 2\n  /dev/hdb2 /data ext3 noatime\n"          \
	"/dev/hdb3 swap swap defaults 0 0\n/dev/hdb /whole ext3\n/dev/hdbb1 /x ext3\n" \
	"LABEL=y /y ext3"

#define KERNEL_LINE "\tkernel /vmlinuz-A ro root=/dev/hdb1 resume=/dev/hdb3 quiet\n"
#define GRUB                                                                          \
	"default=0\ntitle A\n\troot (hd0,0)\n" KERNEL_LINE "\tinitrd /initrd-A.img\n" \
	"title X\n\tkernel /vmlinuz-X root=/dev/hdb1\n"                               \
	"title B\n\tkernel /vmlinuz-B root=/dev/hdb1\n"

#define INIT                                                        \
	"#!/bin/nash\necho mkrootdev /dev/hdb1\nresume /dev/hdb3\n" \
	"mkrootdev -t ext3 -o defaults,ro /dev/hdb1\nmount /sysroot\n"

static struct boot_entry entries[] = {
	{ .release = (char *)"A",
	  .kernel = (char *)"/boot/vmlinuz-A",
	  .args = (char *)"ro root=/dev/hdb1 resume=/dev/hdb3 quiet",
	  .initrd = (char *)"/boot/initrd-A.img",
	  .grub_initrd = (char *)"/initrd-A.img",
	  .grub_device = (char *)"(hd0,0)",
	  .is_default = true,
	  .kernel_line = 3 },
	{ .release = (char *)"X", .kernel_line = 6 },
	{ .release = (char *)"B",
	  .title = (char *)"other",
	  .args = (char *)"root=/dev/hdb1",
	  .kernel_line = 8 },
};

static void setup(struct fixture *f, const struct generation *gen)
{
	fixture_init(f, gen);
	tree_put(&f->t, "/etc/fstab", FSTAB);
	tree_put(&f->t, "/boot/grub/grub.conf", GRUB);
	tree_link(&f->t, "/etc/grub.conf", "../boot/grub/grub.conf");
	fixture_kernel(f, "A", VARIANT_UP, CHOICE_IN_KERNEL, INIT);
	fixture_kernel(f, "X", VARIANT_XEN, CHOICE_NONE, INIT);
	fixture_kernel(f, "B", VARIANT_UP, CHOICE_IN_KERNEL, INIT);
	for (int i = 0; i < 3; i++) {
		f->image[i].root = (char *)"/dev/hdb1";
		entries[i].file = (char *)"/boot/grub/grub.conf";
	}
	f->selected[2] = false;
	f->boot.loader = BOOT_GRUB_LEGACY;
	f->boot.entries = entries;
	f->boot.n = ELEMENTSOF(entries);
	f->storage.refs = refs;
	f->storage.n = ELEMENTSOF(refs);
	f->storage.boot_disk = (char *)"hda";
	f->renames[0] = (struct rename){ .from = (char *)"hdb", .to = (char *)"xvde" };
	f->p.n_renames = 1;
}

static const struct wanted {
	const struct generation *gen;
	const char *fstab, *kernel, *init;
} wants[] = {
	{ &fixture_rhel5,
	  "# /dev/hdb1 is the root\nUUID=1234-5678\t/  ext3 defaults 1 1\n"
	  "/dev/hda1 /boot ext3 defaults 1 2\n  /dev/xvde2 /data ext3 noatime\n"
	  "/dev/xvde3 swap swap defaults 0 0\n/dev/xvde /whole ext3\n/dev/hdbb1 /x ext3\n"
	  "LABEL=y /y ext3",
	  "\tkernel /vmlinuz-A ro root=UUID=1234-5678 resume=/dev/xvde3 quiet\n",
	  "#!/bin/nash\necho mkrootdev /dev/hdb1\nresume /dev/xvde3\n"
	  "mkrootdev -t ext3 -o defaults,ro UUID=1234-5678\nmount /sysroot\n" },
	{ &fixture_rhel4,
	  "# /dev/hdb1 is the root\nLABEL=data\t/  ext3 defaults 1 1\n"
	  "/dev/hda1 /boot ext3 defaults 1 2\n  /dev/xvde2 /data ext3 noatime\n"
	  "/dev/xvde3 swap swap defaults 0 0\n/dev/xvde /whole ext3\n/dev/hdbb1 /x ext3\n"
	  "LABEL=y /y ext3",
	  "\tkernel /vmlinuz-A ro root=LABEL=data resume=/dev/xvde3 quiet\n",
	  "#!/bin/nash\necho mkrootdev /dev/hdb1\nresume /dev/xvde3\n"
	  "mkrootdev -t ext3 -o defaults,ro LABEL=data\nmount /sysroot\n" },
};

static void test_rename(const struct wanted *w)
{
	struct fixture f;
	_cleanup_free_ char *grub = NULL;
	_cleanup_free_ char *init = NULL;
	const char *rest = strstr(GRUB, KERNEL_LINE) + strlen(KERNEL_LINE);

	setup(&f, w->gen);
	ok(plan_names(&f.p, &f.e) == 0, "%s: names: %s", w->gen->title, err_text(&f.e));
	is(fixture_new(&f, "/etc/fstab"), w->fstab, "fstab: one word a line");
	grub = strf("%.*s%s%s", (int)(strstr(GRUB, KERNEL_LINE) - GRUB), GRUB, w->kernel,
		    rest);
	is(fixture_new(&f, "/boot/grub/grub.conf"), grub,
	   "grub.conf: the selected kernel's entry, no -xen one");
	ok(plan_find(f.p.plan, "/boot/grub/grub.conf")->boot, "is published last");
	is_int((long long)f.p.plan->n_edits, 1, "one initrd");
	init = f.p.plan->n_edits ? lines_text(&f.p.plan->edits[0]->init, NULL) : NULL;
	is(init, w->init, "its mkrootdev and resume lines");
	ok(f.p.plan->n_edits && f.p.plan->edits[0]->changed_init, "is to be rewritten");
	is_int((long long)f.p.plan->notes.n, 1, "one note");
	ok(f.p.plan->notes.n &&
		   strstr(f.p.plan->notes.v[0], "\"other\" keeps root=/dev/hdb1"),
	   "an entry that will not boot: %s",
	   f.p.plan->notes.n ? f.p.plan->notes.v[0] : "");
	fixture_done(&f);
}

/* Linux 2.4: root= has a list of names, without xvd. */
static const struct generation rhel3 = {
	.id = "rhel3",
	.title = "RHEL 3",
	.fstab_names = NAME_LABEL,
	.root_names = NAME_LABEL,
	.root_number = true,
};

static const struct number {
	const char *what, *root, *becomes; /* NULL: as it is */
	bool again;			   /* without a rename */
} numbers[] = {
	{ "a partition", "/dev/hdb3", "ca43", false },
	{ "one with a label", "/dev/hdb1", "LABEL=data", false },
	{ "a number of its own", "343", "ca43", false },
	{ "another disk's number", "303", NULL, false },
	{ "a name that is none there", "/dev/xvde3", "ca43", true },
	{ "the number of a PV disk", "ca43", NULL, true },
};

static void test_number(const struct number *t)
{
	_cleanup_free_ char *old = strf("kernel /A root=%s\n", t->root);
	_cleanup_free_ char *new = strf("kernel /A root=%s\n", t->becomes ?: "");
	_cleanup_free_ char *args = strf("root=%s", t->root);
	struct boot_entry entry = { .release = (char *)"A",
				    .file = (char *)"/boot/grub/grub.conf",
				    .args = args };
	struct devref top[] = {
		{ .where = DEVREF_FSTAB,
		  .spec = (char *)"/dev/hdb3",
		  .disk = (char *)"hdb",
		  .mountpoint = (char *)"/" },
		{ .where = DEVREF_BOOT_ROOT, .spec = (char *)t->root },
	};
	struct fixture f;

	setup(&f, &rhel3);
	tree_put(&f.t, "/boot/grub/grub.conf", old);
	f.boot.entries = &entry;
	f.boot.n = 1;
	f.storage.refs = top;
	f.storage.n = ELEMENTSOF(top);
	if (t->again)
		f.p.n_renames = 0;
	is_int(plan_names(&f.p, &f.e), 0, t->what);
	is(fixture_new(&f, "/boot/grub/grub.conf"), t->becomes ? new : NULL, "root=");
	is_int((long long)f.p.plan->notes.n, t->becomes && t->becomes[0] == 'c',
	       "a note of later kernels where it is a number now");
	fixture_done(&f);
}

static void test_refused(void)
{
	struct fixture f;

	setup(&f, &fixture_rhel5);
	f.renames[0] = (struct rename){ .from = (char *)"hda", .to = (char *)"xvda" };
	is_int(plan_names(&f.p, &f.e), -EINVAL, "the boot disk is refused");
	ok(strstr(err_text(&f.e), "hda holds /boot") != NULL, "%s", err_text(&f.e));
	is_int((long long)f.p.plan->n, 0, "nothing is planned");
	fixture_done(&f);

	setup(&f, &rhel3);
	f.renames[0].to = (char *)"xvdq";
	is_int(plan_names(&f.p, &f.e), -EINVAL, "a disk without a number is refused");
	ok(strstr(err_text(&f.e), "PV disks are xvda to xvdp") != NULL, "%s",
	   err_text(&f.e));
	fixture_done(&f);

	setup(&f, &fixture_rhel5);
	f.renames[0] = (struct rename){ .from = (char *)"hdd", .to = (char *)"xvde" };
	is_int(plan_names(&f.p, &f.e), 0, "a disk that nothing names");
	ok(f.p.plan->n == 0 && f.p.plan->notes.n == 1, "is a note: %s",
	   f.p.plan->notes.n ? f.p.plan->notes.v[0] : "");
	fixture_done(&f);
}

static void test_advice(void)
{
	static const char *const rescue[] = { "root (hd0,0)",
					      ("kernel /vmlinuz-A ro root=/dev/hdb1 "
					       "resume=/dev/hdb3 quiet"),
					      "initrd /initrd-A.img.xenpv", "boot" };
	_cleanup_free_ char *host = NULL;
	struct fixture f;
	struct op *op;

	setup(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/modprobe.conf", "alias eth0 8139cp\n");
	fixture_modconf(&f);
	fixture_nic(&f, "eth0", "8139cp");
	strv_add(&f.storage.disks, "hda");
	strv_add(&f.storage.disks, "hdb");
	strv_add(&f.storage.disks, "hdc");
	f.renames[0].to = (char *)"xvdb";
	op = plan_op(f.p.plan, OP_WRITE, "rewrite-initrd", "/boot/initrd-A.img");
	op->boot = true;
	op->keep = strdup("/boot/initrd-A.img.xenpv");
	is_int(plan_advice(&f.p, &f.e), 0, "advice");
	host = strv_join(&f.p.plan->host, "\n");
	printf("# %s\n", host);
	ok(strstr(host, "eth0 (00:16:3e:00:00:0a)") != NULL, "names the card");
	ok(strstr(host, "leave hda as it is: it holds /boot") != NULL,
	   "the boot disk stays");
	ok(strstr(host, "hdb becomes xvdb: current hosts emulate") != NULL, "seen twice");
	ok(strstr(host, "hdc stays emulated until") != NULL, "not yet PV");
	ok(strstr(host, "xenpv-host --guest rhel5 --keep hda --keep hdc "
			"--rename hdb=xvdb --write ") != NULL,
	   "the command for it keeps what files name and nothing renames");
	ok(strstr(host, "shut the guest down") != NULL, "no mere reboot");
	is_int((long long)f.p.plan->rescue.n, ELEMENTSOF(rescue), "four lines for GRUB");
	for (size_t i = 0; i < f.p.plan->rescue.n && i < ELEMENTSOF(rescue); i++)
		is(f.p.plan->rescue.v[i], rescue[i], "with the old arguments");
	strv_done(&f.storage.disks);
	fixture_done(&f);
}

/* Which disks the printed command keeps on the host. */
static void test_kept(void)
{
	static const struct {
		const char *what, *disk;
		bool live, there, want;
		const char *pci;
	} rows[] = {
		{ "a disk that a file names", "hdb", false, false, true, NULL },
		{ "of a running guest", "hdb", true, true, true, NULL },
		{ "of its emulated controller", "hdb", true, true, true,
		  "8086:7010/5853:0001" },
		{ "of one that is not the host's", "sdb", true, true, false, "none" },
		{ "that a running guest does not have", "hdb", true, false, false, NULL },
		{ "xvdb, which is emulated as well", "xvdb", false, false, true, NULL },
		{ "xvde, which is PV alone", "xvde", false, false, false, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *want = strf(
			"--keep hda %s%s%s--write", rows[i].want ? "--keep " : "",
			rows[i].want ? rows[i].disk : "", rows[i].want ? " " : "");
		_cleanup_free_ char *host = NULL;
		_cleanup_free_ char *command = NULL;
		struct fixture f;

		setup(&f, &fixture_rhel5);
		tree_put(&f.t, "/etc/modprobe.conf", "");
		fixture_modconf(&f);
		f.p.n_renames = 0;
		f.g.live = rows[i].live;
		fixture_nic(&f, rows[i].disk, "ide");
		f.devices->v[0].kind = rows[i].there ? DEV_DISK : DEV_NIC;
		f.devices->v[0].pci = rows[i].pci ? strdup(rows[i].pci) : NULL;
		strv_add(&f.storage.disks, "hda");
		strv_add(&f.storage.disks, rows[i].disk);
		is_int(plan_advice(&f.p, &f.e), 0, "advice");
		host = strv_join(&f.p.plan->host, "\n");
		ok(strstr(host, want) != NULL, "%s", rows[i].what);
		ok(!streq(rows[i].pci, "none") || !strstr(host, rows[i].disk),
		   "of what the host does not give nothing is said");
		command = strv_join(&f.p.plan->host_command, " ");
		ok(startswith(command, "xenpv-host --guest rhel5 --keep hda") &&
			   strstr(host, command) != NULL,
		   "the same in words: %s", command);
		strv_done(&f.storage.disks);
		fixture_done(&f);
	}
}

int main(void)
{
	for (size_t i = 0; i < ELEMENTSOF(wants); i++)
		test_rename(&wants[i]);
	for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
		test_number(&numbers[i]);
	test_refused();
	test_advice();
	test_kept();
	return tap_done();
}
