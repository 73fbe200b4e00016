/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Indexes of kmod: depmod judges. What it writes for all modules must be what we make of
 * what it wrote without some of them; a damaged one is refused.
 */
#include "installer/kmodindex.h"
#include "lib/binindex.h"
#include "tests/unit/image.h"
#include "tests/unit/module.h"

static char *slurp(struct tree *t, const char *path, size_t *len)
{
	char *data = NULL;

	if (root_read(t->root, path, 64 << 20, &data, len, NULL) < 0)
		abort();
	return data;
}

static const char dir[] = "lib/modules/6.1.0-1-amd64";

/* Four modules with what the indexes are about. */
static void make_modules(struct tree *t)
{
	static const struct {
		const char *file;
		const char *args[9];
	} rows[] = {
		{ "xen/xen-core.ko", { "xen-core", "--export", "xen_core_call=0x1234" } },
		{ "block/xen-blkfront.ko",
		  { "xen-blkfront", "--depends", "xen-core", "--alias", "xen:vbd",
		    "--alias", "xenblk", "--import", "xen_core_call=0x1234" } },
		{ "block/other.ko",
		  { "other", "--alias", "pci:v00008086d0000[1-7]*sv*sd*bc*sc*i*" } },
		{ "net/xen-netfront.ko",
		  { "xen-netfront", "--alias", "xen:vif", "--alias", "xennet" } },
	};

	must_sh(t,
		"mkdir -p %s/kernel/drivers/block %s/kernel/drivers/net "
		"%s/kernel/drivers/xen && : >%s/modules.order && : >%s/modules.builtin",
		dir, dir, dir, dir, dir);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *to = strf("%s/%s/kernel/drivers/%s", t->path, dir,
					       rows[i].file);
		const char *const *a = rows[i].args;

		make_module("-o", to, "--arch", "x86_64", "--vermagic",
			    "6.1.0-1-amd64 SMP", "--name", a[0], a[1] ?: NULL, a[2], a[3],
			    a[4], a[5], a[6], a[7], a[8]);
	}
}

static void depmod(struct tree *t, const char *to)
{
	must_sh(t,
		"depmod -b . 6.1.0-1-amd64 2>/dev/null; rm -rf %s; mkdir %s && "
		"mv %s/modules.dep* %s/modules.alias* %s/modules.symbols* %s/",
		to, to, dir, dir, dir, to);
}

struct adds {
	struct kmod_new v[3];
	struct modinfo *infos[3];
};

static void adds_make(struct tree *t, struct adds *a)
{
	static const char *const paths[] = { "kernel/drivers/xen/xen-core.ko",
					     "kernel/drivers/block/xen-blkfront.ko",
					     "kernel/drivers/net/xen-netfront.ko" };

	for (size_t i = 0; i < 3; i++) {
		_cleanup_free_ char *file = strf("/%s/%s", dir, paths[i]);
		_cleanup_close_ int fd = root_open_file(t->root, file, NULL, NULL);
		struct err e = { 0 };

		if (modinfo_read(fd, file, &a->infos[i], &e) < 0)
			printf("# %s\n", err_text(&e));
		a->v[i] = (struct kmod_new){ .path = strdup(paths[i]),
					     .info = a->infos[i] };
	}
	strv_add(&a->v[1].deps, paths[0]);
}

static void adds_done(struct adds *a)
{
	for (size_t i = 0; i < 3; i++) {
		free(a->v[i].path);
		strv_done(&a->v[i].deps);
		modinfo_free(a->infos[i]);
	}
}

static void test_add(struct tree *t)
{
	static const char *const files[] = { "modules.dep",	  "modules.alias",
					     "modules.symbols",	  "modules.dep.bin",
					     "modules.alias.bin", "modules.symbols.bin" };
	struct adds a = { 0 };

	make_modules(t);
	adds_make(t, &a);
	depmod(t, "all");
	must_sh(t, "mkdir away && mv %s/kernel/drivers/*/xen-*.ko away/", dir);
	depmod(t, "few");
	must_sh(t,
		"cd away && mv xen-blkfront.ko ../%s/kernel/drivers/block/ && mv "
		"xen-netfront.ko ../%s/kernel/drivers/net/ && mv xen-core.ko "
		"../%s/kernel/drivers/xen/",
		dir, dir, dir);
	must_sh(t, "mkdir made");
	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *path = strf("few/%s", files[i]);
		_cleanup_free_ char *made = strf("made/%s", files[i]);
		_cleanup_free_ char *old = NULL;
		_cleanup_free_ char *new = NULL;
		_cleanup_free_ char *again = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		size_t len = 0;
		size_t new_len = 0;
		int r;
		FILE *f;
		_cleanup_free_ char *full = strf("%s/%s", t->path, made);

		old = slurp(t, path, &len);
		r = kmodindex_add(files[i], path, old, len, a.v, 3, &new, &new_len, &e);
		ok(r == 1, "%s: changed", files[i]);
		f = fopen(full, "w");
		fwrite(new ?: old, 1, new ? new_len : len, f);
		fclose(f);
		ok(new &&kmodindex_add(files[i], path, new, new_len, a.v, 3, &again,
				       &new_len, &e) == 0,
		   "%s: a second time there is nothing to do", files[i]);
		/* depmod gives other numbers to the same, so text as a set */
		if (!endswith(files[i], ".bin"))
			ok(sh(t, "sort all/%s >x && sort made/%s | cmp - x", files[i],
			      files[i]) == 0,
			   "%s: the lines that depmod writes", files[i]);
	}
	must_sh(t, "cp made/* %s/", dir);
	ok(sh(t, "for a in xen:vbd xenblk xen-blkfront; do modprobe -d . -S "
		 "6.1.0-1-amd64 -D $a | sed 's|.*/||' | tr -d '\\n ' | grep -qx "
		 "'xen-core.koxen-blkfront.ko' || exit 1; done") == 0,
	   "modprobe finds the driver by each alias, what it needs first");
	ok(sh(t, "modprobe -d . -S 6.1.0-1-amd64 -D pci:v00008086d00005000sv0sd0bc0sc0i0"
		 " | grep -q other.ko") == 0,
	   "others are found as before");
	ok(sh(t, "modprobe -d . -S 6.1.0-1-amd64 -D symbol:xen_core_call | grep -q "
		 "xen-core.ko") == 0,
	   "and by symbol");
	adds_done(&a);
}

/* A module that moved: what the indexes said of its old file goes. */
static void test_replace(struct tree *t)
{
	struct adds a = { 0 };
	const char *file;

	adds_make(t, &a);
	must_sh(t,
		"rm -rf old && mkdir old && cp %s/modules.* old/ && mkdir %s/extra && "
		"mv %s/kernel/drivers/block/xen-blkfront.ko %s/extra/",
		dir, dir, dir, dir);
	depmod(t, "moved");
	free(a.v[1].path);
	a.v[1].path = strdup("extra/xen-blkfront.ko");
	for (size_t i = 0; (file = kmodindex_file(i)); i++) {
		_cleanup_free_ char *path = strf("old/%s", file);
		_cleanup_free_ char *full = strf("%s/old/%s", t->path, file);
		_cleanup_free_ char *old = NULL;
		_cleanup_free_ char *new = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		size_t len = 0;
		int r;
		FILE *f;

		old = slurp(t, path, &len);
		r = kmodindex_add(file, path, old, len, &a.v[1], 1, &new, &len, &e);
		ok(r == !!startswith(file, "modules.dep"), "%s: %s", file,
		   startswith(file, "modules.dep") ? "changed" : "not changed");
		if (r != 1)
			continue;
		f = fopen(full, "w");
		fwrite(new, 1, len, f);
		fclose(f);
	}
	ok(sh(t, "sort old/modules.dep >x && sort moved/modules.dep | cmp - x") == 0,
	   "the lines that depmod writes of the new place, and no old ones");
	must_sh(t, "cp old/modules.* %s/", dir);
	ok(sh(t, "modprobe -d . -S 6.1.0-1-amd64 -D xen:vbd | grep -q "
		 "'extra/xen-blkfront.ko'") == 0,
	   "modprobe finds it there");
	must_sh(t, "mv %s/extra/xen-blkfront.ko %s/kernel/drivers/block/", dir, dir);
	adds_done(&a);
}

static void test_rewrite(struct tree *t)
{
	static const char *const files[] = { "all/modules.dep.bin",
					     "all/modules.alias.bin" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_binindex_ struct binindex x = { 0 };
		_cleanup_free_ char *old = NULL;
		_cleanup_free_ uint8_t *new = NULL;
		struct err e = { 0 };
		size_t len;
		size_t new_len = 0;

		old = slurp(t, files[i], &len);
		ok(binindex_parse(old, len, files[i], &x, &e) == 0 &&
			   binindex_write(&x, &new, &new_len) == 0,
		   "%s: read, written", files[i]);
		ok(new_len == len && memcmp(old, new, len) == 0,
		   "%s: as depmod wrote it, to the byte", files[i]);
	}
}

static void test_damaged(struct tree *t)
{
	_cleanup_free_ char *old = NULL;
	size_t refused = 0;
	size_t good = 0;
	size_t len;

	old = slurp(t, "all/modules.alias.bin", &len);
	for (size_t i = 0; i < len; i++) {
		_cleanup_binindex_ struct binindex x = { 0 };
		_cleanup_err_ struct err e = ERR_INIT;

		refused += binindex_parse(old, i, "cut", &x, &e) == -EINVAL;
	}
	ok(len && refused == len, "cut short anywhere: refused");
	for (size_t i = 0; i < len; i++) {
		_cleanup_binindex_ struct binindex x = { 0 };
		_cleanup_err_ struct err e = ERR_INIT;
		char kept = old[i];
		int k;

		old[i] = (char)(kept ^ 0xff);
		k = binindex_parse(old, len, "turned", &x, &e);
		good += k == 0 || (k == -EINVAL && !x.n && startswith(e.msg, "turned: "));
		old[i] = kept;
	}
	ok(len && good == len, "any byte turned: read, or refused with the file's name");
}

static size_t put_be(uint8_t *p, size_t at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[at + (size_t)i] = (uint8_t)(n >> (24 - 8 * i));
	return at + 4;
}

/*
 * A node of values, empty ones, behind a prefix, and above it a node of which each child
 * is that one: more entries than bytes, and more bytes of keys than either.
 */
static size_t make_shared(uint8_t *p, uint32_t values, size_t prefix, bool shared)
{
	size_t at = put_be(p, put_be(p, 0, 0xb007f457), 0x00020001) + 4;
	uint32_t ref = (uint32_t)at | 0x40000000;

	if (prefix) {
		ref |= 0x80000000;
		memset(p + at, 'x', prefix);
		at += prefix;
		p[at++] = '\0';
	}
	at = put_be(p, at, values);
	memset(p + at, 0, (size_t)values * 5);
	at += (size_t)values * 5;
	if (shared) {
		uint32_t node = (uint32_t)at | 0x20000000;

		p[at++] = 1;
		p[at++] = 127;
		for (int i = 0; i < 127; i++)
			at = put_be(p, at, ref);
		ref = node;
	}
	put_be(p, 8, ref);
	return at;
}

static void test_bombs(void)
{
	static const struct {
		const char *what;
		uint32_t values;
		size_t prefix;
		bool shared;
		int code;
	} rows[] = {
		{ "20,000 values", 20000, 0, false, 0 },
		{ "… of 127 nodes: 2.5 million", 20000, 0, true, -EINVAL },
		{ "a key of 1000 bytes with 100 values", 100, 1000, false, 0 },
		{ "… with 400,000: 400 MB", 400000, 1000, false, -E2BIG },
	};
	_cleanup_free_ uint8_t *data = malloc(3 << 20);

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_binindex_ struct binindex x = { 0 };
		_cleanup_err_ struct err e = ERR_INIT;
		size_t len = make_shared(data, rows[i].values, rows[i].prefix,
					 rows[i].shared);

		is_int(binindex_parse(data, len, "bomb", &x, &e), rows[i].code,
		       rows[i].what);
		ok(rows[i].code ? !x.n && strstr(err_text(&e), "bomb")
				: x.n == rows[i].values,
		   "… %s", rows[i].code ? err_text(&e) : "all of them");
	}
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	test_add(&t);
	test_replace(&t);
	test_rewrite(&t);
	test_damaged(&t);
	test_bombs();
	ok(!kmodindex_knows("modules.builtin.bin") && kmodindex_knows("modules.dep"),
	   "only indexes of files, aliases and symbols");
	tree_done(&t);
	return tap_done();
}
