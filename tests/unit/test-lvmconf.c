/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LVM's configuration: what its filters take, and how they follow a new name. */
#include "guest/lvmconf.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static struct lvmconf *parse(const char *text, struct err *e)
{
	struct lvmconf *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->use_devicesfile = -1;
	if (lvmconf_parse(c, "conf", text, e) == 0)
		return c;
	lvmconf_free(c);
	return NULL;
}

static void test_accepts(void)
{
	static const struct {
		const char *text;
		const char *device;
		bool accepts;
	} rows[] = {
		{ "devices { filter = [ \"a|/dev/hda|\", \"r|.*|\" ] }", "/dev/hda2",
		  true },
		{ "devices { filter = [ \"a|/dev/hda|\", \"r|.*|\" ] }", "/dev/xvda2",
		  false },
		{ "devices { filter = [ \"r|/dev/cdrom|\" ] }", "/dev/xvda2", true },
		{ "devices { filter = \"r/hd[ab]/\" }", "/dev/hdb", false },
		{ "devices { filter = [ 'a/^\\/dev\\/xvd/', \"r!.!\" ] }", "/dev/xvda",
		  true },
		{ "devices { filter = [ \"a{^/dev/xvd[a-d]$}\", \"r(.*)\" ] }",
		  "/dev/xvde", false },
		{ "devices/filter=[\"r|^/dev/(x|s)vd|\",\"a|.*|\",]", "/dev/xvdb",
		  false },
		{ "devices{filter=[\"a|x|\"]filter=[\"r|x|\"]}", "/dev/xvdb", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_(lvmconf_freep) struct lvmconf *c = parse(rows[i].text, &e);

		ok(c && c->n == 1 &&
			   lvm_accepts(&c->filters[0], rows[i].device) == rows[i].accepts,
		   "%s: %s", rows[i].text, rows[i].device);
		if (!c)
			printf("# %s\n", err_text(&e));
	}
}

/* As LVM reads them, not as POSIX does */
static void test_regex(void)
{
	static const struct {
		const char *regex;
		const char *text;
		bool matches;
	} rows[] = {
		{ "sda", "/dev/sda1", true },
		{ "^sda", "/dev/sda1", false },
		{ "sd[ab]$", "/dev/sdb", true },
		{ "sd[^ab]", "/dev/sdb", false },
		{ "sd[a-c]1", "/dev/sdb1", true },
		{ "(sd|hd)+a?", "/dev/hd", true },
		{ "x++*?", "x", true },
		{ "a{2}", "aa", false },
		{ "a{2}", "a{2}", true },
		{ "(a)\\1", "aa", false },
		{ "(a)\\1", "a1", true },
		{ "a\\.b", "a.b", true },
		{ "a\\.b", "axb", false },
		{ "a\\tb", "a\tb", true },
		{ "[\\]x]", "]", true },
		{ "[\\]x]", "x", true },
		{ "[-^]", "^", true },
		{ "[\\^]", "^", true },
		{ "[\\^]", "x", false },
		{ "[-^[]", "[", true },
		{ "[[:x]:", "::", true },
		{ "[-\\]a]", "-", true },
		{ "[^-^]", "-", false },
		{ "", "x", true },
		{ "x||y", "z", true },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		regex_t x;
		int r = lvm_regex(rows[i].regex, &x);

		ok(r == 0 && (regexec(&x, rows[i].text, 0, NULL, 0) == 0) ==
				     rows[i].matches,
		   "\"%s\": \"%s\"", rows[i].regex, rows[i].text);
		if (r == 0)
			regfree(&x);
	}
}

static void test_refused(void)
{
	static const char *const rows[] = {
		"devices {",
		"}",
		"devices { filter }",
		"filter =",
		"a = \"open",
		"devices { filter = [ \"a|x|\"",
		"a = ]",
		"devices { filter = [ \"x|y|\" ] }",
		"= 1",
		"devices { filter = [ \"a\" ] }",
		"a = [ [ 1 ] ]",
		"a{b{c{d{e{f{g{h{i{j{k{l{m{n{o{p{q{",
		"devices/filter = [ \"a|x)|\" ]",
		"devices/filter = [ \"a|(x|\" ]",
		"devices/filter = [ \"a|[x|\" ]",
		"devices/filter = [ \"a|[]|\" ]",
		"devices/filter = [ \"a|*x|\" ]",
		"devices/filter = [ \"a|(+)|\" ]",
		"devices/filter = [ 'a|x\\|' ]",
		/* Each + doubles what glibc compiles */
		"devices/filter = [ \"a|x++++++++++++++++++++++++++++++|\" ]",
		"devices/filter = [ "
		"\"a|((((((((((((((((((((x+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+"
		")+)+|\" ]",
		"devices/filter = [ "
		"\"a|(((((((((((((((((((((((((((((((((((((((((((((((((((x)))))"
		"))))))))))))))))))))))))))))))))))))))))))))))|\" ]",
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_(lvmconf_freep) struct lvmconf *c = parse(rows[i], &e);

		ok(!c && startswith(err_text(&e), "conf:1: "), "%s", err_text(&e));
	}
}

static void test_follow(void)
{
	static const struct {
		const char *text, *want; /* NULL: as it is */
	} rows[] = {
		{ "devices{filter=[\"a|/dev/sda2|\",\"r|.*|\"]}",
		  "devices{filter=[\"a|/dev/xvda2|\", \"a|/dev/sda2|\",\"r|.*|\"]}" },
		{ "devices{filter=[\"a/sd.*/\",\"r/.*/\"]}", NULL },
		{ "devices{filter=[\"a|/dev/sd[a-z]|\",\"r|.*|\"]}",
		  "devices{filter=[\"a|/dev/xvd[a-z]|\", "
		  "\"a|/dev/sd[a-z]|\",\"r|.*|\"]}" },
		{ "devices{filter=[\"a|/dev/sdab|\",\"r|.*|\"]}", NULL },
		{ "devices{filter=[\"a:/dev/sda1|/dev/sda2:\",\"r|.*|\"]}",
		  "devices{filter=[\"a:/dev/xvda1|/dev/xvda2:\", "
		  "\"a:/dev/sda1|/dev/sda2:\",\"r|.*|\"]}" },
		{ "devices{filter=[\"a:/dev/sd.*|/dev/sd[a-z]:\",\"r|.*|\"]}",
		  "devices{filter=[\"a:/dev/xvd.*|/dev/xvd[a-z]:\", "
		  "\"a:/dev/sd.*|/dev/sd[a-z]:\",\"r|.*|\"]}" },
		{ "devices{filter=[\"a:/dev/sda1|/dev/sd[b-z]:\",\"r|.*|\"]}",
		  "devices{filter=[\"a:/dev/xvda1|/dev/xvd[b-z]:\", "
		  "\"a:/dev/sda1|/dev/sd[b-z]:\",\"r|.*|\"]}" },
		{ "devices{filter=[\"a|/dev/xsda|\",\"r|.*|\"]}", NULL },
		{ "devices{filter=[\"r|/dev/sda|\"]}", NULL },
		{ "devices{filter=\"a|/dev/sda|\"}", NULL },
		{ "devices{filter=[\"a/\\/dev\\/sda/\"]}", NULL },
		{ "devices{filter=['a\"/dev/sda\"']}", NULL },
		{ "devices{filter=['a\\/dev/sda\\ ','r\",\"a%/dev/sda2%\"]}\n#']}",
		  NULL },
		{ "devices{filter=[\"a|/dev/xvda|\",\"a|/dev/sda|\",\"r|.*|\"]}", NULL },
		{ "devices{filter=['a{^/dev/sda}','r|.|']\nglobal_filter=[\"a|sda1|\"]}",
		  "devices{filter=[\"a{^/dev/xvda}\", 'a{^/dev/sda}','r|.|']\n"
		  "global_filter=[\"a|xvda1|\", \"a|sda1|\"]}" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(lvmconf_freep) struct lvmconf *c = parse(rows[i].text, NULL);
		_cleanup_free_ char *new = NULL;
		int k = -1;

		if (c)
			k = lvm_text_follow(c, "conf", rows[i].text, "sda", "xvda", &new);
		is_int(k, rows[i].want ? 1 : 0, rows[i].text);
		is(new, rows[i].want, "… as it ought to be");
	}
}

static void test_can_follow(void)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = parse(
		"devices{filter=[\"r|/dev/xvdb|\",\"a|/dev/sda|\",\"a|/dev/sdb|\","
		"\"r|.*|\"]}",
		NULL);

	if (!c)
		abort();
	ok(lvm_can_follow(c->filters, "/dev/sda1", "/dev/xvda1", "sda", "xvda"),
	   "a pattern before the one that takes it");
	ok(!lvm_can_follow(c->filters, "/dev/sdb1", "/dev/xvdb1", "sdb", "xvdb"),
	   "not where one before that rejects the new name");
}

static void test_files(void)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "/etc/lvm/lvm.conf",
		 "# a comment { with = braces\ndevices {\n\tfilter = [ \"r|a|\" ]\n"
		 "\tuse_devicesfile = 1\n}\n");
	tree_put(&t, "/etc/lvm/lvmlocal.conf", "devices { filter = [ \"r|b|\" ] }\n");
	tree_put(&t, "/etc/lvm/backup/vg0",
		 "vg0 { physical_volumes { pv0 { device = \"/dev/sda2\" } pv1 { device = "
		 "\"/dev/sda2\" } pv2 { device = \"unknown device\" } } }");
	tree_put(&t, "/etc/lvm/backup/vg1", "vg1 {");
	tree_put(&t, "/etc/lvm/devices/system.devices",
		 "# X\nVERSION=1\nIDTYPE=sys_wwid IDNAME=a DEVNAME=/dev/sda2 PVID=b\n"
		 "IDTYPE=devname IDNAME=/dev/sdb DEVNAME=/dev/sdb PVID=c\nIDTYPE=x\n");
	ok(lvmconf_read(t.root, &c, NULL) == 0 && c, "read");
	if (c) {
		ok(c->n == 1 && streq(c->filters[0].file, "/etc/lvm/lvmlocal.conf") &&
			   streq(c->filters[0].v[0].regex, "b"),
		   "lvmlocal.conf goes before lvm.conf");
		is_int(c->use_devicesfile, 1, "the devices file is used");
		ok(c->devices.n == 1 && streq(c->devices.v[0], "/dev/sda2"),
		   "devices of the backups, once each");
		ok(c->n_entries == 1 && streq(c->entries[0].name, "/dev/sda2") &&
			   c->entries[0].line == 2,
		   "the entry that is known by another identity");
		ok(c->problems.n == 1 &&
			   startswith(c->problems.v[0], "/etc/lvm/backup/vg1:1: "),
		   "%s", c->problems.n ? c->problems.v[0] : "no problem");
	}
	tree_done(&t);
}

int main(void)
{
	test_accepts();
	test_regex();
	test_refused();
	test_follow();
	test_can_follow();
	test_files();
	return tap_done();
}
