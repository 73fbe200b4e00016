/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both languages: what is read, what a change makes of the text, and what is refused. */
#include "host/format.h"
#include "host/replace.h"
#include "lib/atomic.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* The text after all changes, or the sentence; the caller frees. */
static char *changed(const char *text, bool xend)
{
	static const struct strv none;
	const struct format *f = format_of(text, strlen(text));
	struct judge_facts facts = { .xend = xend, .types = f->nic_types, .keep = &none };
	_cleanup_err_ struct err e = ERR_INIT;
	struct config *c = NULL;
	struct changes ch = { 0 };
	char *out = NULL;

	if (f->read(text, strlen(text), "F", &c, &e) < 0)
		return strf("%s", err_text(&e));
	if (judge(f->domain(c), &facts, &ch, &e) < 0 ||
	    format_change(f, c, &ch, text, strlen(text), "F", &out, &e) < 0)
		out = strf("%s", err_text(&e));
	changes_done(&ch, f->domain(c));
	f->free(c);
	return out;
}

#define HVM  "type='hvm'\n"
#define M    "mac=00:16:3e:00:00:0a"
#define XML  "<domain type='xen'><os><type>hvm</type></os><devices>"
#define END  "</devices></domain>"
#define DISK "disk=['phy:/a,hda,w',"

static void test_changes(void)
{
	static const struct {
		const char *what, *text, *want; /* want NULL: as it was */
		bool xend;
	} rows[] = {
		{ "xl: old spelling", HVM DISK "'phy:/b,hdb,w']",
		  HVM DISK "'phy:/b,xvde,w']", false },
		{ "xl: with ioemu:", HVM DISK "'phy:/b,ioemu:hdb,w']",
		  HVM DISK "'phy:/b,xvde,w']", false },
		{ "xl: a target with the disk's name", HVM DISK "'phy:hdb,hdb,w']",
		  HVM DISK "'phy:hdb,xvde,w']", false },
		{ "xl: by keys", HVM DISK "'vdev=hdb,target=/b']",
		  HVM DISK "'vdev=xvde,target=/b']", false },
		{ "xl: hdtype",
		  HVM "hdtype='ahci'\n" DISK "'phy:/b,hdb,w','phy:/c,xvdf,w']",
		  HVM "hdtype='ahci'\n" DISK "'phy:/b,xvdg,w','phy:/c,xvdh,w']", false },
		{ "xl: hdtype, in any case, and the last counts",
		  HVM "hdtype='ide'\nhdtype='AHCI'\n" DISK "'phy:/b,hdb,w']",
		  HVM "hdtype='ide'\nhdtype='AHCI'\n" DISK "'phy:/b,xvdg,w']", false },
		{ "xl: hdtype of IDE", HVM "hdtype='ide'\n" DISK "'phy:/b,hdb,w']",
		  HVM "hdtype='ide'\n" DISK "'phy:/b,xvde,w']", false },
		{ "xl: a target that is all of it", HVM DISK "'target=/b,vdev=hdb']",
		  "F:2: config parsing error in disk specification: no vdev specified in "
		  "`target=/b,vdev=hdb'",
		  false },
		{ "xl: the last list counts",
		  HVM "disk=['phy:/c,hdz,w']\n" DISK "]\n"
		      "disk+=['phy:/b,sda,w']",
		  HVM "disk=['phy:/c,hdz,w']\n" DISK "]\ndisk+=['phy:/b,xvde,w']",
		  false },
		{ "xl: ioemu becomes vif", HVM "vif=['type=ioemu," M "']",
		  HVM "vif=['type=vif," M "']", false },
		{ "xl: blanks, as xm takes them",
		  HVM "vif=['type = ioemu , " M " ,bridge=b']",
		  HVM "vif=['type=vif, " M " ,bridge=b']", false },
		{ "xl: a model goes", HVM "vif=['model=e1000, " M ",bridge=b']",
		  HVM "vif=[' " M ",bridge=b,type=vif']", false },
		{ "xl: for xend all of it goes",
		  HVM "vif=['type=ioemu," M ",model=e1000']", HVM "vif=['" M "']", true },
		{ "xl: the platform device", HVM "xen_platform_pci = '0' # x",
		  HVM "xen_platform_pci = '1' # x", false },
		{ "xl: builder", "builder='hvm'\nvif=['" M "']",
		  "builder='hvm'\nvif=['" M ",type=vif']", false },
		{ "xl: a PV guest", "disk=['phy:/b,hda,w']\nvif=['" M "']", NULL, false },
		{ "xl: a PVH guest", "type='pvh'\nbuilder='hvm'\nvif=['" M "']", NULL,
		  false },
		{ "xl: all is well", HVM DISK "'phy:/b,xvde,w',]\nvif=['type=vif," M "']",
		  NULL, false },
		{ "xl: a backslash in what is left", HVM "disk=['phy:/a\\\\,hda,w']",
		  NULL, false },
		{ "xl: and in what is changed", HVM DISK "'phy:/\\\\b,hdb,w']",
		  "F:2: a device with a backslash in its text is to be changed by hand",
		  false },
		{ "xl: nothing", "# nothing\n",
		  "F: nothing is set: no guest's configuration", false },
		{ "xl: no address", HVM "vif=['mac=1:2']",
		  "F:2: mac=1:2 is no MAC address", false },
		{ "xl: a list that is none", HVM "vif='" M "'", "F:2: vif is no list",
		  false },
		{ "xl: a list in a list", HVM "vif=[['" M "']]",
		  "F:2: this item of vif is not understood", false },
		{ "xl: a disk that libxlutil refuses", HVM "disk=['phy:/a,hda,q']",
		  "F:2: config parsing error in disk specification: unknown value for "
		  "access: near `q' in `phy:/a,hda,q'",
		  false },
		{ "xml: both attributes",
		  XML "<disk><target dev='hda'/></disk><disk><target  bus = \"ide\" dev\n"
		      "=\"hdb\" /></disk>" END,
		  XML "<disk><target dev='hda'/></disk><disk><target  bus = \"xen\" dev\n"
		      "=\"xvde\" /></disk>" END,
		  false },
		{ "xml: the bus is added",
		  XML
		  "<disk><target dev='hda'/></disk><disk><target dev='sdb' /></disk>" END,
		  XML
		  "<disk><target dev='hda'/></disk><disk><target dev='xvde' bus='xen' "
		  "/></disk>" END,
		  false },
		{ "xml: the drive's address goes, and nothing else",
		  XML "<disk><target dev='hda'/></disk><disk><!-- a > b --><target "
		      "dev='hdb'></target>\n <address type='drive'/>\n <serial>x</serial>"
		      "</disk>" END,
		  XML "<disk><target dev='hda'/></disk><disk><!-- a > b --><target "
		      "dev='xvde' bus='xen'></target>\n <serial>x</serial></disk>" END,
		  false },
		{ "xml: it goes from between words, too",
		  XML
		  "<disk><target dev='hda'/></disk><disk><target dev='hdb'/>a<address "
		  "/>b</disk>" END,
		  XML "<disk><target dev='hda'/></disk><disk><target dev='xvde' "
		      "bus='xen'/>ab</disk>" END,
		  false },
		{ "xml: the order of booting counts",
		  XML "<disk><target dev='hda'/></disk><disk><boot order='1'/><target "
		      "dev='hdb'/></disk>" END,
		  XML "<disk><target dev='xvde' bus='xen'/></disk><disk><boot order='1'/>"
		      "<target dev='hdb'/></disk>" END,
		  false },
		{ "xml: a model is added",
		  XML
		  "<interface>\n  <mac address='00:16:3e:00:00:0a'/>\n</interface>" END,
		  XML "<interface>\n  <model type='netfront'/>\n  <mac "
		      "address='00:16:3e:00:00:0a'/>\n</interface>" END,
		  false },
		{ "xml: also for xend, where there are no types",
		  XML "<interface><mac address='00:16:3e:00:00:0a'/><model type='e1000'/>"
		      "</interface>" END,
		  XML
		  "<interface><mac address='00:16:3e:00:00:0a'/><model type='netfront'/>"
		  "</interface>" END,
		  true },
		{ "xml: bytes that are more than one",
		  "<!-- \xc3\xa9\xe2\x82\xac -->" XML "<interface><mac "
		  "address='00:16:3e:00:00:0a'/><model type='e1000' "
		  "x='\xc3\xa9'/></interface>" END,
		  "<!-- \xc3\xa9\xe2\x82\xac -->" XML "<interface><mac "
		  "address='00:16:3e:00:00:0a'/><model type='netfront' "
		  "x='\xc3\xa9'/></interface>" END,
		  false },
		{ "xml: a card that is passed through",
		  XML "<interface type='hostdev'/>" END, NULL, false },
		{ "xml: a PV guest",
		  "<domain type='xen'><os><type>linux</type></os>"
		  "<devices><disk><target dev='hda'/></disk></devices>"
		  "</domain>",
		  NULL, false },
		{ "xml: an empty card", XML "<interface/>" END,
		  "F:1: an empty <interface/> is to be changed by hand", false },
		{ "xml: no target", XML "\n<disk/>" END,
		  "F:2: a disk without <target dev=…/>", false },
		{ "xml: another hypervisor", "<domain type='kvm'/>",
		  "F:1: a domain of type 'kvm', not 'xen'", false },
		{ "xml: something else", "\n<network/>",
		  "F:2: <network> is no libvirt domain", false },
		{ "xml: cut short", XML "\n<disk>",
		  "F:2: Premature end of data in tag disk line 2", false },
		{ "xml: a document type", "<!DOCTYPE a [ <!ENTITY b 'c'> ]>\n<domain/>",
		  "F:1: a document type, which libvirt never writes", false },
		{ "xml: another encoding",
		  "<?xml version='1.0' encoding='ISO-8859-1'?>" XML END,
		  "F:1: its encoding is ISO-8859-1, not UTF-8", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *got = changed(rows[i].text, rows[i].xend);

		is(got, rows[i].want ?: rows[i].text, rows[i].what);
	}
}

/* What may differ between a text and its change, and what may not. */
static void test_rest(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ HVM "vif=['']", HVM "vif = ['type=vif'] # x", true },
		{ HVM "name='a'", HVM "name='b'", false },
		{ HVM "name='a'", HVM "name='a'\nx=1", false },
		{ HVM "name='a'\nx=1", HVM "x=1\nname='a'", false },
		{ HVM "vif=['']", HVM "vif+=['']", false },
		{ HVM "vif=['']", HVM "vif=['','']", false },
		{ HVM "pci=[['a']]", HVM "pci=[['b']]", false },
		{ XML "<disk><target dev='hda'/></disk>" END,
		  XML "\n<disk><target dev='xvde' bus='xen'/></disk>" END, true },
		{ XML "<interface><mac address='0:1:2:3:4:5'/></interface>" END,
		  XML "<interface><model type='netfront'/></interface>" END, true },
		{ XML "<disk><target dev='hda'/></disk>" END,
		  XML "<disk><target dev='hda'/><serial/></disk>" END, false },
		{ XML "<disk><target dev='hda'/></disk>" END,
		  XML "<disk type='file'><target dev='hda'/></disk>" END, false },
		{ XML "<disk a='1'><target dev='hda'/></disk>" END,
		  XML "<disk a='2'><target dev='hda'/></disk>" END, false },
		{ XML "<!-- a -->" END, XML "<!-- b -->" END, false },
		{ XML "<emulator>a</emulator>" END, XML "<emulator>b</emulator>" END,
		  false },
		{ XML "<controller><target/></controller>" END, XML "<controller/>" END,
		  false },
		{ XML END, XML END "<!-- a -->", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct format *f = format_of(rows[i].a, strlen(rows[i].a));
		struct config *a = NULL;
		struct config *b = NULL;

		ok(f->read(rows[i].a, strlen(rows[i].a), "F", &a, NULL) == 0 &&
			   f->read(rows[i].b, strlen(rows[i].b), "F", &b, NULL) == 0 &&
			   f->same_rest(a, b) == rows[i].same,
		   "%s, row %zu: %s", f->name, i, rows[i].same ? "the same" : "not so");
		f->free(a);
		f->free(b);
	}
}

static void test_limits(void)
{
	static const char *const wholes[][3] = {
		{ HVM "vif=[", "'',", "]" },
		{ HVM "disk=[", "'phy:/a,xvde,w',", "]" },
		{ XML, "<interface/>", END },
	};
	_cleanup_free_ char *huge = malloc(CONFIG_MAX + 2);
	_cleanup_free_ char *got = NULL;
	_cleanup_free_ char *said = NULL;
	struct config *c = NULL;

	for (size_t i = 0; i < ELEMENTSOF(wholes); i++) {
		_cleanup_strv_ struct strv parts = { 0 };
		_cleanup_free_ char *many = NULL;
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *out = NULL;

		for (size_t k = 0; k <= DOMAIN_DEVICES_MAX; k++)
			strv_add(&parts, wholes[i][1]);
		many = strv_join(&parts, "");
		text = strf("%s%s%s", wholes[i][0], many, wholes[i][2]);
		out = changed(text, false);
		ok(strstr(out, ": more than 256 ") != NULL, "too many: %s", wholes[i][1]);
	}
	got = strf(HVM "disk=['phy:/%0*d,hda,w']", 20000, 0);
	said = changed(got, false);
	is(said, "F:2: a disk's text of more than 8192 bytes",
	   "xl: a disk's text that libxlutil does not bear");
	memset(huge, '\n', CONFIG_MAX + 1);
	huge[CONFIG_MAX + 1] = '\0';
	is_int(format_xl.read(huge, CONFIG_MAX + 1, "F", &c, NULL), -EFBIG,
	       "xl: too long");
	is_int(format_libvirt.read(huge, CONFIG_MAX + 1, "F", &c, NULL), -EFBIG,
	       "xml: too long");
}

/* Changes by position. */
static void test_patches(void)
{
	struct patches p = { 0 };
	_cleanup_free_ char *out = NULL;

	patches_add(&p, 4, 1, strdup("E"));
	patches_add(&p, 1, 0, strdup("x"));
	patches_add(&p, 1, 0, strdup("y"));
	patches_add(&p, 1, 2, strdup(""));
	is_int(patches_apply(&p, "abcde", 5, &out), 0, "changes of a text");
	is(out, "axydE", "in the order of their places");
	patches_add(&p, 2, 1, strdup(""));
	is_int(patches_apply(&p, "abcde", 5, &out), -EINVAL,
	       "those that overlap are none");
	patches_done(&p);
	patches_add(&p, 5, 1, strdup(""));
	is_int(patches_apply(&p, "abcde", 5, &out), -EINVAL, "nor those beyond the end");
	patches_done(&p);
}

static void test_replace(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *left = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "/g.cfg", "old");
	is_int(config_replace(t.root, "g.cfg", "older", 5, "new", ".orig", &e), -EAGAIN,
	       "what somebody else has changed stays");
	is_int(config_replace(t.root, "g.cfg", "odd", 3, "new", ".orig", &e), -EAGAIN,
	       "in its length or not");
	is_int(config_replace(t.root, "g.cfg", "ol", 2, "new", ".orig", &e), -EAGAIN,
	       "also when it has grown");
	ok(!root_is_file(t.root, "/g.cfg.orig"), "and leaves no backup");
	is_int(config_replace(t.root, "g.cfg", "old", 3, "new", ".orig", &e), 0,
	       "a change");
	ok(root_is_file(t.root, "/g.cfg.orig"), "the original is kept");
	is_int(config_replace(t.root, "g.cfg", "new", 3, "newer", ".orig", &e), -EEXIST,
	       "and never replaced");
	left = atomic_name("g.cfg", ATOMIC_NEW);
	name = strf("/%s", left);
	ok(!root_is_file(t.root, name), "nothing else is left");
	tree_done(&t);
}

int main(void)
{
	test_changes();
	test_rest();
	test_limits();
	test_patches();
	test_replace();
	return tap_done();
}
