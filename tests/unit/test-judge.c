/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a guest's configuration is to change, from facts alone. */
#include "host/guestos.h"
#include "host/judge.h"
#include "host/thishost.h"
#include "tests/unit/tap.h"

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static void add_disk(struct domain *d, const char *name, bool cdrom, unsigned int order)
{
	struct vdisk *v;

	if (domain_add_disk(d, "F", 1, &v, NULL) < 0)
		abort();
	v->name = copy(name);
	v->cdrom = cdrom;
	v->order = order;
}

static void add_nic(struct domain *d, const char *type, const char *model,
		    const char *mac)
{
	struct vnic *v;

	if (domain_add_nic(d, "F", 1, &v, NULL) < 0)
		abort();
	v->type = copy(type);
	v->model = copy(model);
	v->mac = copy(mac);
}

/* "hda hdb>xvde": the disks, and what they become. */
static char *disks_text(const struct domain *d, const struct changes *c)
{
	_cleanup_strv_ struct strv out = { 0 };

	for (size_t i = 0; i < d->n_disks; i++)
		strv_addf(&out, "%s%s%s", d->disks[i].name, c->disks[i].to ? ">" : "",
			  c->disks[i].to ?: "");
	return strv_join(&out, " ");
}

static void test_disks(void)
{
	static const struct {
		const char *what, *disks; /* "-" before the name: a CD-ROM */
		const char *guest;	  /* family and number; NULL: not told */
		bool xend;
		const char *keep, *want;
	} rows[] = {
		{ "the first IDE disk boots", "hda hdb", NULL, false, NULL,
		  "hda hdb>xvde" },
		{ "whatever the order", "sda hdb hda", NULL, false, NULL,
		  "sda>xvde hdb>xvdf hda" },
		{ "SCSI boots where there is no IDE disk", "-hda sdb sda", NULL, false,
		  NULL, "hda sdb>xvde sda" },
		{ "the file may say which boots", "hda hdb!1 hdd!2", NULL, false, NULL,
		  "hda>xvde hdb hdd>xvdf" },
		{ "CD-ROMs stay", "hda -hdc hdb", NULL, false, NULL, "hda hdc hdb>xvde" },
		{ "names that are taken are passed over", "hda hdb xvde xvdg hdd", NULL,
		  false, NULL, "hda hdb>xvdf xvde xvdg hdd>xvdh" },
		{ "xvda to xvdd are emulated as well today", "hda xvdb xvdd", NULL, false,
		  NULL, "hda xvdb>xvde xvdd>xvdf" },
		{ "and not by RHEL 5's xend", "hda xvdb hdd", NULL, true, NULL,
		  "hda xvdb hdd>xvde" },
		{ "xvda boots like hda", "xvda xvdb", NULL, false, NULL,
		  "xvda xvdb>xvde" },
		{ "xvda boots before hdb: it is emulated as hda", "xvda hdb", NULL, false,
		  NULL, "xvda hdb>xvde" },
		{ "and hda before xvdb, whatever the order", "xvdb sda hda", NULL, false,
		  NULL, "xvdb>xvde sda>xvdf hda" },
		{ "IDE boots before SCSI also by an xvd name", "sda xvdd", NULL, false,
		  NULL, "sda>xvde xvdd" },
		{ "two letters are behind one", "sdaa sdb", NULL, false, NULL,
		  "sdaa>xvde sdb" },
		{ "a part of a disk is no boot disk", "xvda1 hdb xvdc", NULL, false, NULL,
		  "xvda1 hdb xvdc>xvde" },
		{ "what is asked to stay", "hda hdb sda", NULL, false, "hdb",
		  "hda hdb sda>xvde" },
		{ "parts of disks stay", "hda hdb1 d1p2 xvd sdaaa", NULL, false, NULL,
		  "hda hdb1 d1p2 xvd sdaaa" },
		{ "RHEL 3 is as RHEL 5", "hda hdb", "rhel3", false, NULL,
		  "hda hdb>xvde" },
		{ "RHEL 6 unplugs by itself", "hda hdb", "rhel6", false, NULL,
		  "hda hdb" },
		{ "names end with xvdp",
		  "hda hdb hdc hdd sda sdb sdc sdd sde sdf sdg sdh sdi sdj", NULL, false,
		  NULL,
		  "hda hdb>xvde hdc>xvdf hdd>xvdg sda>xvdh sdb>xvdi sdc>xvdj sdd>xvdk "
		  "sde>xvdl sdf>xvdm sdg>xvdn sdh>xvdo sdi>xvdp sdj" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct strv keep = { 0 };
		struct judge_facts f = { .xend = rows[i].xend, .keep = &keep };
		struct domain d = { .platform = -1 };
		struct changes c = { 0 };
		_cleanup_free_ char *list = strdup(rows[i].disks);
		_cleanup_free_ char *got = NULL;
		char *save = NULL;

		for (char *s = strtok_r(list, " ", &save); s;
		     s = strtok_r(NULL, " ", &save)) {
			char *order = strchr(s, '!');

			if (order)
				*order++ = '\0';
			add_disk(&d, s + (*s == '-'), *s == '-',
				 order ? (unsigned int)atoi(order) : 0);
		}
		if (rows[i].keep)
			strv_add(&keep, rows[i].keep);
		if (rows[i].guest)
			f.guest = generation_find("rhel", rows[i].guest[4] - '0');
		if (judge(&d, &f, &c, NULL) == 0)
			got = disks_text(&d, &c);
		is(got, rows[i].want, rows[i].what);
		changes_done(&c, &d);
		domain_done(&d);
		strv_done(&keep);
	}
}

/* hdtype="ahci": six disks are emulated, by whatever name they have. */
static void test_ahci(void)
{
	static const struct strv none;
	static const struct {
		const char *what;
		bool xend;
		const char *want;
	} rows[] = {
		{ "AHCI: xvde and xvdf are emulated as well", false,
		  "hda hdb>xvdg xvde>xvdh xvdf>xvdi xvdk" },
		{ "AHCI: RHEL 5's hosts do not know it", true,
		  "hda hdb>xvdg xvde xvdf xvdk" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		static const char *const names[] = { "hda", "hdb", "xvde", "xvdf",
						     "xvdk" };
		struct judge_facts f = { .xend = rows[i].xend, .keep = &none };
		struct domain d = { .platform = -1, .ahci = true };
		_cleanup_free_ char *notes = NULL;
		_cleanup_free_ char *got = NULL;
		struct changes c = { 0 };

		for (size_t n = 0; n < ELEMENTSOF(names); n++)
			add_disk(&d, names[n], false, 0);
		if (judge(&d, &f, &c, NULL) == 0)
			got = disks_text(&d, &c);
		is(got, rows[i].want, rows[i].what);
		notes = strv_join(&c.notes, "\n");
		ok(rows[i].xend == !strstr(notes, "calls hda and the like SCSI disks"),
		   "  what the guest calls them, and can see twice");
		changes_done(&c, &d);
		domain_done(&d);
	}
}

static void test_nics(void)
{
	static const char a[] = "00:16:3e:00:00:0a";
	static const struct {
		const char *what, *type, *model, *mac;
		bool unplugs, xend, types, pv, new_mac;
	} rows[] = {
		{ "type=ioemu goes", "ioemu", NULL, a, false, false, true, true, false },
		{ "a model goes", NULL, "e1000", a, false, false, true, true, false },
		{ "no type is emulated, too", NULL, NULL, a, false, false, true, true,
		  false },
		{ "but by xend", NULL, NULL, a, false, true, true, false, false },
		{ "where there are types", NULL, NULL, a, false, true, false, true,
		  false },
		{ "xend's ioemu goes", "ioemu", NULL, a, false, true, true, true, false },
		{ "type=vif stays", "vif", "rtl8139", a, false, false, true, false,
		  false },
		{ "type=netfront stays", "netfront", NULL, a, false, false, true, false,
		  false },
		{ "a guest that unplugs keeps all", "ioemu", "e1000", a, true, false,
		  true, false, false },
		{ "an address is given", "vif", NULL, NULL, false, false, true, false,
		  true },
		{ "also to a guest that unplugs", "ioemu", NULL, NULL, true, false, true,
		  false, true },
	};
	static const struct strv none;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct judge_facts f = { .xend = rows[i].xend,
					 .types = rows[i].types,
					 .keep = &none };
		struct domain d = { .platform = -1 };
		struct changes c = { 0 };

		f.guest = rows[i].unplugs ? generation_find("rhel", 7) : NULL;
		add_nic(&d, rows[i].type, rows[i].model, rows[i].mac);
		judge(&d, &f, &c, NULL);
		ok(c.nics && c.nics[0].pv == rows[i].pv &&
			   (c.nics[0].mac != NULL) == rows[i].new_mac &&
			   c.n == (rows[i].pv || rows[i].new_mac) &&
			   streq(c.nic_type,
				 rows[i].xend && rows[i].types ? NULL : "vif"),
		   "%s", rows[i].what);
		changes_done(&c, &d);
		domain_done(&d);
	}
}

static void test_macs(void)
{
	static const struct strv none;
	struct judge_facts f = { .types = true, .keep = &none };
	struct domain d = { .platform = -1, .uuid = copy("u") };
	struct domain other = { .platform = -1, .uuid = copy("v") };
	struct changes c = { 0 };
	struct changes again = { 0 };
	struct changes elsewhere = { 0 };

	add_nic(&d, "vif", NULL, "00:16:3e:00:00:0a");
	add_nic(&d, "vif", NULL, "00:16:3e:00:00:0a");
	add_nic(&d, "vif", NULL, NULL);
	add_nic(&other, "vif", NULL, NULL);
	judge(&d, &f, &c, NULL);
	judge(&d, &f, &again, NULL);
	judge(&other, &f, &elsewhere, NULL);
	ok(!c.nics[0].mac && c.nics[1].mac, "of two that are alike the second changes");
	ok(!streq(c.nics[1].mac, c.nics[2].mac), "each gets its own");
	is(again.nics[1].mac, c.nics[1].mac, "the same at every run");
	ok(!streq(elsewhere.nics[0].mac, c.nics[2].mac), "and not for another guest");
	ok(startswith(c.nics[2].mac, "00:16:3e:") && c.nics[2].mac[9] < '8',
	   "in the range for local use");
	/* The next run finds one that has just this address. */
	free(d.nics[0].mac);
	d.nics[0].mac = copy(c.nics[2].mac);
	changes_done(&again, &d);
	judge(&d, &f, &again, NULL);
	ok(again.nics[2].mac && !streq(again.nics[2].mac, c.nics[2].mac),
	   "never one that is taken");
	changes_done(&c, &d);
	changes_done(&again, &d);
	changes_done(&elsewhere, &other);
	domain_done(&d);
	domain_done(&other);
}

static void test_wishes(void)
{
	static struct {
		const char *what;
		char from[8], to[8];
		const char *keep, *want; /* want NULL: taken */
		bool xend, ahci;
	} rows[] = {
		{ "a name that is asked for", "hdb", "xvdk", NULL, NULL, false, false },
		{ "one that was given before", "hdd", "xvdf", NULL, NULL, false, false },
		{ "a disk that is not there", "hdd", "xvdk", NULL,
		  "--rename hdd=xvdk: the guest has no such disk", false, false },
		{ "a name that is taken", "hdb", "xvdf", NULL,
		  "--rename hdb=xvdf: the guest has a disk of that name", false, false },
		{ "no PV name", "hdb", "sdb", NULL,
		  "--rename hdb=sdb: no PV disk is called that", false, false },
		{ "a name that is emulated as well", "hdb", "xvdb", NULL,
		  "--rename hdb=xvdb: hosts of today emulate xvda to xvdd as well: xvde "
		  "or later (--host=5.1 says that it is RHEL 5)",
		  false, false },
		{ "and is not by RHEL 5", "hdb", "xvdb", NULL, NULL, true, false },
		{ "one that is by AHCI", "hdb", "xvde", NULL,
		  "--rename hdb=xvde: with hdtype=\"ahci\" hosts of today emulate xvda "
		  "to xvdf as well: xvdg or later",
		  false, true },
		{ "though it was given before", "hdd", "xvdf", NULL,
		  "--rename hdd=xvdf: with hdtype=\"ahci\" hosts of today emulate xvda "
		  "to xvdf as well: xvdg or later",
		  false, true },
		{ "and one that is not", "hdb", "xvdg", NULL, NULL, false, true },
		{ "the boot disk", "hda", "xvdk", NULL,
		  "--rename hda=xvdk: the boot disk: GRUB cannot read a PV one", false,
		  false },
		{ "one to be kept", "hdb", "xvdk", "hdb",
		  "--rename hdb=xvdk: to be kept, as asked", false, false },
		{ "to keep what is not there", "hdb", "xvdk", "hdx",
		  "--keep hdx: the guest has no such disk", false, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct rename r = { .from = rows[i].from, .to = rows[i].to };
		struct strv keep = { 0 };
		struct judge_facts f = {
			.xend = rows[i].xend, .keep = &keep, .renames = &r, .n_renames = 1
		};
		struct domain d = { .platform = -1, .ahci = rows[i].ahci };
		struct changes c = { 0 };
		_cleanup_err_ struct err e = ERR_INIT;
		int k;

		add_disk(&d, "hda", false, 0);
		add_disk(&d, "hdb", false, 0);
		add_disk(&d, "xvdf", false, 0);
		if (rows[i].keep)
			strv_add(&keep, rows[i].keep);
		k = judge(&d, &f, &c, &e);
		is(k < 0 ? err_text(&e) : NULL, rows[i].want, rows[i].what);
		if (k == 0 && streq(rows[i].from, "hdb"))
			is(c.disks[1].to, rows[i].to, "  and gets it");
		changes_done(&c, &d);
		domain_done(&d);
		strv_done(&keep);
	}
}

static void test_platform(void)
{
	static const struct strv none;
	struct judge_facts f = { .keep = &none };
	struct domain d = { .platform = 0 };
	struct domain after = { .platform = 1 };
	struct changes c = { 0 };

	judge(&d, &f, &c, NULL);
	ok(c.platform && c.n == 1, "the platform device comes back");
	ok(changes_are_made(&c, &d, &after), "and that is what was meant");
	after.platform = 0;
	ok(!changes_are_made(&c, &d, &after), "anything else is not");
	changes_done(&c, &d);
	d.kind = DOMAIN_PV;
	judge(&d, &f, &c, NULL);
	ok(!c.platform && c.n == 0, "a PV guest has none");
	changes_done(&c, &d);
	domain_done(&d);
}

static void test_made(void)
{
	static const struct strv none;
	struct judge_facts f = { .types = true, .keep = &none };
	struct domain a = { .platform = -1 };
	struct domain b = { .platform = -1 };
	struct changes c = { 0 };

	add_disk(&a, "hda", false, 0);
	add_disk(&a, "hdb", false, 0);
	add_nic(&a, "ioemu", "e1000", "00:16:3e:00:00:0a");
	judge(&a, &f, &c, NULL);
	ok(!changes_are_made(&c, &a, &a), "what did not change is found");
	add_disk(&b, "hda", false, 0);
	add_disk(&b, "xvde", false, 0);
	add_nic(&b, "vif", NULL, "00:16:3e:00:00:0a");
	ok(changes_are_made(&c, &a, &b), "what changed is taken");
	b.disks[1].target = copy("/dev/other");
	ok(!changes_are_made(&c, &a, &b), "another back end is found");
	free(b.disks[1].target);
	b.disks[1].target = NULL;
	b.nics[0].rest = copy("script=x");
	ok(!changes_are_made(&c, &a, &b), "another script is found");
	changes_done(&c, &a);
	domain_done(&a);
	domain_done(&b);
}

static void test_words(void)
{
	static const struct {
		const char *text, *want;
	} macs[] = {
		{ "00:16:3e:00:00:0a", "00:16:3e:00:00:0a" },
		{ "0:16:3E:0:0:A", "00:16:3e:00:00:0a" },
		{ "00:16:3e:00:00", NULL },
		{ "00:16:3e:00:00:0a:1", NULL },
		{ "00-16-3e-00-00-0a", NULL },
		{ "00:16:3e:00:00:0aa", NULL },
		{ "", NULL },
	};
	static const struct {
		const char *url, *want;
	} systems[] = {
		{ "http://redhat.com/rhel/5.11", "rhel5" },
		{ "http://centos.org/centos/4.8", "rhel4" },
		{ "http://rockylinux.org/rocky/9", "rhel9" },
		{ "http://centos.org/centos-stream/9", "rhel9" },
		{ "http://oracle.com/oel/5.4", "rhel5" },
		{ "http://redhat.com/rhel/9-unknown", "rhel9" },
		{ "http://redhat.com/rhel/unknown", NULL },
		{ "http://debian.org/debian/12", "debian" },
		{ "http://debian.org/debian/testing", "debian" },
		{ "http://debian.org/debian/6", NULL },
		{ "http://fedoraproject.org/fedora/38", "fedora" },
		{ "http://fedoraproject.org/fedora/rawhide", "fedora" },
		{ "http://ubuntu.com/ubuntu/22.04", "ubuntu" },
		{ "http://suse.com/sle/15.3", "sles" },
		{ "http://suse.com/sles/12.5", "sles" },
		{ "http://suse.com/sled/12.5", "sles" },
		{ "http://suse.com/sles/11.4", NULL },
		{ "http://opensuse.org/opensuse/15.4", "leap" },
		{ "http://opensuse.org/opensuse/13.2", NULL },
		{ "http://opensuse.org/opensuse/tumbleweed", "tumbleweed" },
		{ "http://opensuse.org/opensuse/factory", "tumbleweed" },
		{ "http://microsoft.com/win/10", NULL },
		{ "http://redhat.com/notrhel/5.11", NULL },
		{ "rhel", NULL },
		{ "/5", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(macs); i++) {
		_cleanup_free_ char *got = mac_form(macs[i].text);

		is(got, macs[i].want, macs[i].text);
	}
	for (size_t i = 0; i < ELEMENTSOF(systems); i++) {
		const struct generation *g = guestos_find(systems[i].url);

		is(g ? g->id : NULL, systems[i].want, systems[i].url);
	}
	ok(!guestos_find(NULL), "no word, no system");
}

static void test_host(void)
{
	static const struct {
		enum virt virt;
		const char *family, *machine, *want;
		int major, minor;
	} rows[] = {
		{ VIRT_XEN_DOM0, "rhel", "x86_64", "5.6/x86_64", 5, 6 },
		{ VIRT_XEN_DOM0, "rhel", "i686", "5.1/i686", 5, 1 },
		{ VIRT_XEN_DOM0, "debian", "x86_64", NULL, 12, 5 },
		{ VIRT_XEN_DOM0, "rhel", "x86_64", NULL, 5, -1 },
		{ VIRT_XEN_HVM, "rhel", "x86_64", NULL, 5, 6 },
		{ VIRT_NONE, "rhel", "x86_64", NULL, 5, 6 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char family[8] = { 0 };
		struct hypervisor hv = { .virt = rows[i].virt };
		struct distro d = { .family = family,
				    .major = rows[i].major,
				    .minor = rows[i].minor };
		_cleanup_free_ char *got = NULL;
		struct host h = { 0 };

		strncpy(family, rows[i].family, sizeof(family) - 1);
		thishost_spec(&hv, &d, rows[i].machine, &got);
		is(got, rows[i].want, "this host");
		if (got)
			ok(host_parse(got, &h, NULL) == 0 && h.major == rows[i].major,
			   "--host takes %s", got);
		free(h.evidence);
	}
}

int main(void)
{
	test_disks();
	test_ahci();
	test_nics();
	test_macs();
	test_wishes();
	test_platform();
	test_made();
	test_words();
	test_host();
	return tap_done();
}
