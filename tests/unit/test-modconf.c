/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/modconf.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* Edit a text: set (or, with module NULL, remove) an alias. */
static const struct edit {
	const char *what;
	const char *path;
	const char *text;
	const char *name, *module;
	int ret;
	const char *want;
} edits[] = {
	{ "only the module's word changes", "/etc/modprobe.conf",
	  "# net\n  alias\teth0   8139cp  # card\noptions 8139cp debug=1\n", "eth0",
	  "xen-vnif", 1,
	  "# net\n  alias\teth0   xen-vnif  # card\noptions 8139cp debug=1\n" },
	{ "right already", "/etc/modprobe.conf", "alias eth0 xen-vnif\n", "eth0",
	  "xen-vnif", 0, "alias eth0 xen-vnif\n" },
	{ "right already, with an underscore", "/etc/modprobe.conf",
	  "alias eth0 xen_vnif", "eth0", "xen-vnif", 0, "alias eth0 xen_vnif" },
	{ "the last alias counts", "/etc/modprobe.conf",
	  "alias eth0 e1000\nalias eth0 8139cp\nalias eth10 e1000\n", "eth0", "xen-vnif",
	  1, "alias eth0 e1000\nalias eth0 xen-vnif\nalias eth10 e1000\n" },
	{ "a module behind a continuation", "/etc/modprobe.conf",
	  "alias eth0 \\\n\t8139cp\nalias eth1 e1000\n", "eth0", "xen-vnif", 1,
	  "alias eth0 \\\n\txen-vnif\nalias eth1 e1000\n" },
	{ "a module across a continuation", "/etc/modprobe.conf",
	  "alias eth0 813\\\n9cp # x\n", "eth0", "xen-vnif", 1,
	  "alias eth0 xen-vnif\\\n # x\n" },
	{ "a comment that swallows a line", "/etc/modprobe.conf",
	  "# old \\\nalias eth0 8139cp\n", "eth0", "xen-vnif", 1,
	  "# old \\\nalias eth0 8139cp\nalias eth0 xen-vnif\n" },
	{ "a new alias after the last", "/etc/modprobe.conf",
	  "alias eth0 e1000\ninstall x true\n", "eth1", "xen-vnif", 1,
	  "alias eth0 e1000\nalias eth1 xen-vnif\ninstall x true\n" },
	{ "a new alias at an end without newline", "/etc/modprobe.conf", "options x y",
	  "eth0", "xen-vnif", 1, "options x y\nalias eth0 xen-vnif\n" },
	{ "an empty file", "/etc/modprobe.conf", "", "eth0", "xen-vnif", 1,
	  "alias eth0 xen-vnif\n" },
	{ "a backslash at the end", "/etc/modprobe.conf", "alias a b\\", "eth0",
	  "xen-vnif", 1, "alias eth0 xen-vnif\nalias a b\\" },
	{ "an alias inside an if is left", "/etc/modules.conf",
	  "if -f /x\n alias eth0 e1000\nelse\n alias eth0 8139cp\nendif\nkeep\n", "eth0",
	  "xen-vnif", 1,
	  "if -f /x\n alias eth0 e1000\nelse\n alias eth0 8139cp\nendif\nkeep\n"
	  "alias eth0 xen-vnif\n" },
	{ "nested ifs", "/etc/modules.conf",
	  "if -f /x\nif -f /y\nendif\nalias eth0 a\nendif\nalias eth0 8139too\n", "eth0",
	  "xen-vnif", 1,
	  "if -f /x\nif -f /y\nendif\nalias eth0 a\nendif\nalias eth0 xen-vnif\n" },
	{ "an if without endif", "/etc/modules.conf", "if -f /x\nkeep\n", "eth0",
	  "xen-vnif", 1, "alias eth0 xen-vnif\nif -f /x\nkeep\n" },
	{ "modprobe knows no if", "/etc/modprobe.conf", "if -f /x\nalias eth0 e1000\n",
	  "eth0", "xen-vnif", 1, "if -f /x\nalias eth0 xen-vnif\n" },
	{ "bytes that are no UTF-8, and a carriage return", "/etc/modprobe.conf",
	  "# \xff\xfe\r\nalias eth0 8139cp\r\n", "eth0", "xen-vnif", 1,
	  "# \xff\xfe\r\nalias eth0 xen-vnif\r\n" },
	{ "remove", "/etc/modprobe.conf",
	  "alias eth0 a\n# x\nalias eth0 \\\n b\nalias eth1 c\n", "eth0", NULL, 2,
	  "# x\nalias eth1 c\n" },
	{ "remove nothing", "/etc/modprobe.conf", "# alias eth0 a\n", "eth0", NULL, 0,
	  "# alias eth0 a\n" },
};

static void test_edits(void)
{
	for (size_t i = 0; i < ELEMENTSOF(edits); i++) {
		const struct edit *t = &edits[i];
		_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_free_ char *out = NULL;
		int k;

		if (!ok(modconf_parse(t->path, t->text, strlen(t->text), &f, &e) == 0,
			"%s: parses", t->what))
			continue;
		k = t->module ? modconf_set_alias(f, t->name, t->module)
			      : modconf_remove_alias(f, t->name);
		is_int(k, t->ret, t->what);
		out = lines_text(&f->lines, NULL);
		is(out, t->want, t->what);
		if (t->module)
			is_int(modconf_set_alias(f, t->name, t->module), 0, "and again");
	}
}

static void test_read(void)
{
	_cleanup_(modconf_freep) struct modconf *c = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	const struct modconf_file *f = NULL;
	const struct modconf_entry *x;
	struct tree t;

	tree_init(&t);
	ok(modconf_read(t.root, &c, &e) == 0 && c->n == 0, "no file is a fact");
	modconf_free(TAKE_PTR(c));
	tree_put(&t, "/etc/modules.conf", "alias eth0 stale\n");
	tree_put(&t, "/etc/modprobe.conf", "alias eth0 8139cp\ninclude /etc/x\n");
	tree_put(&t, "/etc/modprobe.d/50-net", "alias eth1 e1000\n");
	tree_put(&t, "/etc/modprobe.d/net.conf.rpmsave", "alias eth1 backup\n");
	tree_put(&t, "/etc/modprobe.d/net~", "alias eth1 backup\n");
	tree_mkdir(&t, "/etc/modprobe.d/folder");
	tree_link(&t, "/etc/modprobe.d/gone", "/nowhere");
	tree_put(&t, "/etc/modprobe.conf.local", "alias eth2 ne2k-pci\n");
	ok(modconf_read(t.root, &c, &e) == 0, "read: %s", err_text(&e));
	is_int((long long)c->n, 4, "four files");
	ok(modconf_file(c, "/etc/modprobe.d/50-net") != NULL, "a name without .conf");
	x = modconf_alias(c, "eth0", &f);
	is(x ? x->arg2 : NULL, "8139cp", "a stale modules.conf does not count");
	is(f ? f->path : NULL, "/etc/modprobe.conf", "and where it stands");
	x = modconf_alias(c, "eth1", NULL);
	is(x ? x->arg2 : NULL, "e1000", "of modprobe.d, not of a backup");
	x = modconf_alias(c, "eth2", &f);
	is(f->path, "/etc/modprobe.conf.local", "of modprobe.conf.local");
	f = modconf_file(c, "/etc/modprobe.conf");
	is(f->entries[1].directive, "include", "include is an entry");
	is(f->entries[1].arg1, "/etc/x", "with its file");
	modconf_free(TAKE_PTR(c));
	tree_done(&t);
}

static void test_bad(void)
{
	_cleanup_(modconf_freep) struct modconf *c = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *huge = malloc(10u << 20);
	_cleanup_free_ char *name = NULL;
	struct tree t;

	tree_init(&t);
	memset(huge, 'a', 10u << 20);
	huge[(10u << 20) - 1] = '\0';
	tree_put(&t, "/etc/modprobe.conf", huge);
	is_int(modconf_read(t.root, &c, &e), -E2BIG, "a line of 10 MB");
	ok(strstr(err_text(&e), "/etc/modprobe.conf: line 1 is ") &&
		   startswith(err_text(&e), t.path),
	   "names the file: %s", err_text(&e));
	name = root_name(t.root, "/etc/modprobe.conf");
	unlink(name);
	ok(mkfifo(name, 0644) == 0, "a FIFO");
	is_int(modconf_read(t.root, &c, &e), -EINVAL, "is refused");
	ok(strstr(err_text(&e), "FIFO") != NULL, "by name: %s", err_text(&e));
	is_int(modconf_parse("/etc/modprobe.conf", "a\0b", 3, NULL, &e), -EINVAL,
	       "NUL bytes");
	tree_done(&t);
}

/* A real modules.conf. */
static void test_real(void)
{
	_cleanup_free_ char *dir = strf("%s/../shared/data/fedora8-root",
					getenv("srcdir") ?: ".");
	_cleanup_root_ struct root *r = NULL;
	_cleanup_(modconf_freep) struct modconf *c = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *raw = NULL;
	_cleanup_free_ char *out = NULL;
	const struct modconf_entry *x;

	if (root_new(&r, dir, NULL) < 0) {
		skip("Fedora 8's modules.conf", "no ../shared/data");
		return;
	}
	ok(modconf_read(r, &c, &e) == 0 && c->n == 1, "Fedora 8's modules.conf: %s",
	   err_text(&e));
	root_read(r, "/etc/modules.conf", ROOT_TEXT_MAX, &raw, NULL, &e);
	out = lines_text(&c->files[0]->lines, NULL);
	is(out, raw, "survives unedited");
	is_int((long long)c->files[0]->n, 146, "with all its directives");
	x = modconf_alias(c, "scd0", NULL);
	is(x ? x->arg2 : NULL, "sr_mod", "an alias with a comment behind it");
}

int main(void)
{
	test_edits();
	test_read();
	test_bad();
	test_real();
	return tap_done();
}
