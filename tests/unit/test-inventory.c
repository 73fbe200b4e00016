/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/devices.h"
#include "guest/modconf.h"
#include "guest/storage.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

#define HEAD "{\"schema\":1,\"time\":5,\"live\":true,\"release\":null,\"logs\":[],"
#define TAIL "\"boot_disks\":[],\"renames\":[],\"forced\":[],\"devices\":["

static struct inventory *sample(void)
{
	struct inventory *i = calloc(1, sizeof(*i));
	struct device *d;

	i->time = 1795559783;
	i->live = true;
	i->release = strdup("2.6.18-53.el5PAE");
	i->devices = calloc(1, sizeof(*i->devices));
	d = devices_add(i->devices, DEV_DISK, "hdb");
	d->driver = strdup("ide-disk");
	d->bus = strdup("ide");
	d->node = strdup("0.1");
	d->pci = strdup("8086:7010/1af4:1100");
	d->size = UINT64_C(3) << 40;
	d->ptuuid = strdup("1234abcd");
	d->fs = calloc(1, sizeof(*d->fs));
	d->n_fs = 1;
	d->fs[0].name = strdup("hdb1");
	d->fs[0].type = strdup("ext3");
	d->fs[0].label = strdup("with \"quotes\", \xc3\xa4 and \xff");
	d->fs[0].size = 41943040;
	d->fs[0].uuid = strdup("u-whole");
	d->fs[0].uuid_sub = strdup("u-part");
	strv_add(&d->fs[0].mounts, "/data");
	d = devices_add(i->devices, DEV_NIC, "eth0");
	d->mac = strdup("00:16:3e:00:00:0a");
	i->logs = calloc(1, sizeof(*i->logs));
	i->n_logs = 1;
	i->logs[0].path = strdup("/var/log/messages");
	i->logs[0].size = 12345;
	i->logs[0].tail_digest = strdup("00ff");
	strv_add(&i->boot_disks, "hda");
	strv_add(&i->renames, "hdb=xvdb");
	strv_add(&i->forced, "host-release");
	return i;
}

static void test_round_trip(void)
{
	_cleanup_(inventory_freep) struct inventory *i = sample();
	_cleanup_(inventory_freep) struct inventory *back = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *again = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	size_t accepted = 0;

	text = inventory_format(i, &e);
	if (!ok(text && inventory_parse(text, strlen(text), "inventory.json", &back,
					&e) == 0,
		"written and read")) {
		printf("# %s\n", err_text(&e));
		return;
	}
	again = inventory_format(back, &e);
	is(again, text, "and written again, the same");
	is_int((long long)back->devices->v[0].size, 3LL << 40, "a size above 32 bits");
	is(back->devices->v[0].fs[0].label, "with \"quotes\", \xc3\xa4 and \\xff",
	   "a label that is no UTF-8");
	is(back->devices->v[0].fs[0].uuid_sub, "u-part", "a part's own identity");
	is(back->devices->v[0].pci, "8086:7010/1af4:1100", "a PCI device");
	is(back->devices->v[1].mac, "00:16:3e:00:00:0a", "a NIC");
	is(back->renames.v[0], "hdb=xvdb", "a rename");
	for (size_t n = 0; n + 2 < strlen(text); n++) {
		_cleanup_(inventory_freep) struct inventory *cut = NULL;

		accepted += inventory_parse(text, n, "x", &cut, NULL) == 0;
	}
	is_int((long long)accepted, 0, "cut anywhere, it is refused");
}

/* As versions wrote it that knew nothing of a part's own identity. */
static void test_earlier(void)
{
	static const char text[] = HEAD TAIL
		"{\"kind\":\"disk\",\"name\":\"hdb\",\"driver\":null,\"bus\":null,"
		"\"node\":null,\"pv\":false,\"mac\":null,\"size\":1,"
		"\"removable\":false,\"ptuuid\":null,\"fs\":[{\"name\":\"hdb1\","
		"\"type\":\"btrfs\",\"label\":null,\"uuid\":\"u\",\"size\":1,"
		"\"mounts\":[]}]}]}";
	_cleanup_(inventory_freep) struct inventory *inv = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	if (!ok(inventory_parse(text, strlen(text), "f", &inv, &e) == 0,
		"an earlier version's is read")) {
		printf("# %s\n", err_text(&e));
		return;
	}
	is(inv->devices->v[0].fs[0].uuid, "u", "with what it has");
	ok(!inv->devices->v[0].fs[0].uuid_sub, "and without what it has not");
}

static void test_refused(void)
{
	static const struct {
		const char *what, *text, *sentence;
	} rows[] = {
		/* without a sentence: it is json-c's */
		{ "empty", "", "f: is no JSON: it is cut short at byte 0" },
		{ "an array", "[]", "f: is no JSON object" },
		{ "another schema", "{\"schema\":2}",
		  "f: has schema 2, and this program knows 1 only" },
		{ "no schema", "{}", "f: \"schema\" is missing" },
		{ "a wrong type", "{\"schema\":1,\"time\":\"x\"}",
		  "f: \"time\" has the wrong type" },
		{ "no devices", HEAD "\"boot_disks\":[],\"renames\":[],\"forced\":[]}",
		  "f: \"devices\" is missing" },
		{ "a device that is none", HEAD TAIL "5]}",
		  "f: \"devices\" has an element that is no object" },
		{ "an unknown kind", HEAD TAIL "{\"kind\":\"tape\"}]}",
		  "f: \"kind\" is neither disk nor nic" },
		{ "a device without a name", HEAD TAIL "{\"kind\":\"nic\"}]}",
		  "f: \"name\" is missing" },
		{ "a NUL in a name",
		  HEAD TAIL "{\"kind\":\"nic\",\"name\":\"a\\u0000b\"}]}",
		  "f: \"name\" is longer than a name can be, or holds a NUL" },
		{ "a negative size",
		  HEAD TAIL
		  "{\"kind\":\"nic\",\"name\":\"a\",\"driver\":null,\"bus\":null,"
		  "\"node\":null,\"pv\":false,\"mac\":null,\"size\":-1}]}",
		  "f: \"size\" is out of range" },
		{ "a number in a list of names",
		  "{\"schema\":1,\"time\":5,\"live\":true,\"release\":null,\"logs\":[],"
		  "\"boot_disks\":[1]}",
		  "f: \"boot_disks\" has an element that is no string" },
		{ "something behind it", HEAD TAIL "]} x", NULL },
		{ "a log that is no object",
		  "{\"schema\":1,\"time\":5,\"live\":true,\"release\":null,\"logs\":["
		  "null]}",
		  "f: holds something else where an object belongs" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(inventory_freep) struct inventory *inv = NULL;
		_cleanup_err_ struct err e = ERR_INIT;

		ok(inventory_parse(rows[i].text, strlen(rows[i].text), "f", &inv, &e) ==
			   -EINVAL,
		   "refused: %s", rows[i].what);
		if (rows[i].sentence)
			is(err_text(&e), rows[i].sentence, "  with a reason");
	}
}

static void test_file(void)
{
	_cleanup_(inventory_freep) struct inventory *inv = NULL;
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	if (root_new(&r, top, &e) < 0)
		abort();
	ok(inventory_read(r, &inv, &e) == 0 && !inv, "no inventory is a fact");
	mock_put(top, "var/lib/xenpv/inventory.json", HEAD TAIL "]}\n");
	ok(inventory_read(r, &inv, &e) == 0 && inv && inv->time == 5, "one is read");
	inventory_free(TAKE_PTR(inv));
	mock_put(top, "var/lib/xenpv/inventory.json", "{");
	ok(inventory_read(r, &inv, &e) == -EINVAL, "a torn one is an error");
	printf("# %s\n", err_text(&e));
}

/* --- devices of a tree --------------------------------------------------- */

static char *summary(const struct devices *d)
{
	_cleanup_strv_ struct strv v = { 0 };

	for (size_t i = 0; i < d->n; i++) {
		_cleanup_strv_ struct strv fs = { 0 };
		_cleanup_free_ char *all = NULL;

		for (size_t k = 0; k < d->v[i].n_fs; k++)
			strv_addf(&fs, " %s@%s", d->v[i].fs[k].name,
				  d->v[i].fs[k].mounts.n ? d->v[i].fs[k].mounts.v[0]
							 : "-");
		all = strv_join(&fs, "");
		strv_addf(&v, "%s %s %s%s%s", d->v[i].name, d->v[i].driver ?: "-",
			  d->v[i].mac ?: "-", d->v[i].removable ? " removable" : "", all);
	}
	return strv_join(&v, "; ");
}

static void test_from_tree(void)
{
	static const char conf[] =
		"alias eth0 8139cp\nalias eth1 e1000\nalias eth1 8139too\n"
		"alias scsi_hostadapter ata_piix\nalias eth0:1 foo\n";
	_cleanup_(modconf_freep) struct modconf *c = NULL;
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_(storage_freep) struct storage *s = NULL;
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *got = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	mock_put(top, "etc/modprobe.conf", conf);
	mock_put(top, "etc/fstab",
		 "/dev/hda1 / ext3 defaults 1 1\n/dev/hdb1 /data ext3 ro 0 0\n"
		 "/dev/hda2 swap swap defaults 0 0\n");
	mock_put(
		top, "etc/sysconfig/hwconf",
		"-\nclass: NETWORK\nbus: PCI\ndetached: 0\ndevice: eth0\ndriver: 8139cp\n"
		"network.hwaddr: 00:16:3E:00:00:0A\n"
		"-\nclass: NETWORK\nbus: PCI\ndetached: 1\ndevice: eth7\ndriver: e1000\n"
		"-\nclass: CDROM\nbus: IDE\ndetached: 0\ndevice: hdc\ndriver: ignore\n"
		"-\nclass: HD\nbus: IDE\ndetached: 0\ndevice: hda\ndriver: ignore\n");
	mock_put(top, "etc/sysconfig/network-scripts/ifcfg-eth1",
		 "DEVICE=\"eth1\"\n#HWADDR=00:00:00:00:00:00\nHWADDR='00:16:3E:00:00:0B' "
		 "# x\n");
	mock_put(top, "etc/sysconfig/network-scripts/ifcfg-eth2",
		 "DEVICE=eth2\nHWADDR=bad\n");
	mock_put(top, "etc/sysconfig/network-scripts/ifcfg-lo", "DEVICE=lo\n");
	if (root_new(&r, top, &e) < 0 || modconf_read(r, &c, &e) < 0 ||
	    storage_read(r, NULL, NULL, &s, &e) < 0 ||
	    devices_from_tree(r, c, s, &d, &e) < 0) {
		ok(false, "devices of a tree: %s", err_text(&e));
		return;
	}
	got = summary(d);
	is(got,
	   "hda - - hda1@/ hda2@swap; hdb - - hdb1@/data; hdc - - removable; "
	   "eth0 8139cp 00:16:3e:00:00:0a; eth1 8139too 00:16:3e:00:00:0b; eth2 - -",
	   "devices of a tree");
}

static void test_fedora(void)
{
	const char *srcdir = getenv("srcdir");
	_cleanup_free_ char *dir = strf("%s/../shared/data/fedora8-root", srcdir ?: ".");
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_free_ char *got = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	if (root_new(&r, dir, &e) < 0) {
		skip("a real hwconf", "no ../shared/data/fedora8-root");
		return;
	}
	ok(devices_from_tree(r, NULL, NULL, &d, &e) == 0, "a real hwconf");
	got = d ? summary(d) : NULL;
	printf("# %s\n", got ?: "");
	ok(d && devices_find(d, DEV_NIC, "eth0"), "  has its NIC");
}

int main(void)
{
	test_round_trip();
	test_earlier();
	test_refused();
	test_file();
	test_from_tree();
	test_fedora();
	return tap_done();
}
