/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/bundle.h"
#include "drivers/signature.h"
#include "lib/digest.h"
#include "tests/unit/module.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

#define K   "2.6.18-53.el5"
#define REL "0.1-9"
#define DIR "/lib/modules/" K "/extra/xenpv/" REL

static const char *const drivers[] = { "xen-platform-pci", "xen-balloon", "xen-vbd",
				       "xen-vnif" };

/* A fresh folder with one whole set; sums() must follow. */
static void set_init(struct tree *t)
{
	tree_init(t);
	for (size_t i = 0; i < ELEMENTSOF(drivers); i++) {
		_cleanup_free_ char *path = strf(DIR "/%s.ko", drivers[i]);
		_cleanup_free_ char *name = tree_name(t, path);

		make_module("--name", drivers[i], "--arch", "i686", "--vermagic",
			    K " SMP mod_unload 686", "-o", name);
	}
}

static void sums(struct tree *t, const char *option)
{
	if (run_in(t->path,
		   (const char *const[]){
			   "sh", "-c",
			   "find lib -type f | sort | xargs sha256sum \"$0\" >SHA256SUMS",
			   option, NULL }))
		abort();
}

static struct bundle *open_path(const char *path, char **msg)
{
	struct err e = ERR_INIT;
	struct bundle *b = NULL;
	int k = bundle_open(path, &(struct policy){ 0 }, &b, &e);

	if ((k < 0) != !b || (k < 0) != (e.code != 0))
		abort();
	*msg = k < 0 ? strdup(err_text(&e)) : NULL;
	err_done(&e);
	for (size_t i = 0; b && i < b->n; i++)
		if (!b->v[i].info == !b->v[i].refused || !b->v[i].kernel ||
		    !b->v[i].path || !b->v[i].release || !b->v[i].file)
			abort(); /* neither read nor refused */
	return b;
}

static const struct bundle_module *find(const struct bundle *b, const char *file)
{
	for (size_t i = 0; b && i < b->n; i++)
		if (streq(b->v[i].file, file))
			return &b->v[i];
	return NULL;
}

static size_t good(const struct bundle *b)
{
	size_t n = 0;

	for (size_t i = 0; b && i < b->n; i++)
		n += !b->v[i].refused;
	return n;
}

/* One module is refused with this reason, by its name; the other n are good. */
static void one_refused(const char *path, const char *file, const char *why, size_t n)
{
	_cleanup_free_ char *msg = NULL;
	_cleanup_(bundle_freep) struct bundle *b = open_path(path, &msg);
	const struct bundle_module *m = find(b, file);
	const char *refused = m && m->refused ? m->refused : "not refused";

	ok(strstr(refused, why) && strstr(refused, file) && good(b) == n, "%s: %s", file,
	   msg ?: refused);
}

static void not_opened(const char *path, const char *why, const char *what)
{
	_cleanup_free_ char *msg = NULL;
	_cleanup_(bundle_freep) struct bundle *b = open_path(path, &msg);

	ok(!b && strstr(msg, why) && strstr(msg, path), "%s: %s", what,
	   msg ?: "was opened");
}

static void test_whole(void)
{
	static const char *const options[] = { "--text", "--binary" };
	struct tree t;

	set_init(&t);
	for (size_t i = 0; i < ELEMENTSOF(options); i++) {
		_cleanup_(bundle_freep) struct bundle *b = NULL;
		_cleanup_free_ char *msg = NULL;
		const struct bundle_module *m;

		sums(&t, options[i]);
		b = open_path(t.path, &msg);
		m = find(b, "xen-vbd.ko");
		ok(b && b->n == 4 && good(b) == 4, "a whole bundle, sums with %s",
		   options[i]);
		ok(m && m->driver == XENDRV_VBD && streq(m->kernel, K) &&
			   streq(m->release, REL) &&
			   streq(m->path, &(DIR "/xen-vbd.ko")[1]) && m->size > 0 &&
			   m->info->arch == ARCH_I386,
		   "what is said of a module");
		ok(b && !b->is_rpm && !b->nevra, "it is no RPM");
		is(b->signature, "not signed", "and nobody signed it");
	}
	tree_done(&t);
}

/* What was checked is what is used, whatever becomes of the folder. */
static void test_kept(void)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_free_ char *vbd = NULL;
	_cleanup_free_ char *msg = NULL;
	const struct bundle_module *m;
	char hex[DIGEST_HEX] = "";
	struct tree t;

	set_init(&t);
	sums(&t, "-t");
	vbd = tree_name(&t, DIR "/xen-vbd.ko");
	b = open_path(t.path, &msg);
	m = find(b, "xen-vbd.ko");
	put_file(vbd, "another", 7);
	if (m)
		digest_fd(m->fd, hex, NULL);
	ok(m && streq(hex, m->sha256), "a file that changes later is as it was");
	ok(m && pwrite(m->fd, "x", 1, 0) < 0, "and cannot be changed");
	tree_done(&t);
}

/* Spellings of SHA256SUMS and of names that mean the same. */
static void test_spellings(void)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_free_ char *from = NULL;
	_cleanup_free_ char *to = NULL;
	_cleanup_free_ char *msg = NULL;
	struct tree t;

	set_init(&t);
	from = tree_name(&t, DIR "/xen-vbd.ko");
	to = tree_name(&t, DIR "/xen_vbd.ko");
	if (rename(from, to) < 0 ||
	    run_in(t.path,
		   (const char *const[]){
			   "sh", "-c",
			   "{ echo '# sums'; echo; find ./lib -type f | xargs sha256sum |"
			   " sed 's/^[^ ]*/\\U&/'; } >SHA256SUMS",
			   NULL }))
		abort();
	b = open_path(t.path, &msg);
	ok(b && good(b) == 4 && find(b, "xen_vbd.ko") &&
		   find(b, "xen_vbd.ko")->driver == XENDRV_VBD,
	   "'_' for '-', upper case, ./ and comments");
	tree_done(&t);
}

static void test_refused(void)
{
	_cleanup_free_ char *vbd = NULL;
	_cleanup_free_ char *vnif = NULL;
	struct tree t;

	set_init(&t);
	vbd = tree_name(&t, DIR "/xen-vbd.ko");
	vnif = tree_name(&t, DIR "/xen-vnif.ko");
	not_opened(t.path, "SHA256SUMS", "without sums");
	sums(&t, "-t");

	make_module("--name", "xen-vbd", "--arch", "i686", "--vermagic", K " SMP", "-o",
		    vbd);
	one_refused(t.path, "xen-vbd.ko", "does not match its checksum", 3);
	sums(&t, "-t");
	if (run_in(t.path,
		   (const char *const[]){ "sed", "-i", "/vnif/d", "SHA256SUMS", NULL }))
		abort();
	one_refused(t.path, "xen-vnif.ko", "is not listed in SHA256SUMS", 3);

	sums(&t, "-t");
	unlink(vnif);
	one_refused(t.path, "xen-vnif.ko", "is not there", 3);
	if (mkfifo(vnif, 0644) < 0)
		abort();
	one_refused(t.path, "xen-vnif.ko", "FIFO", 3);
	unlink(vnif);

	if (truncate(vbd, 700) < 0)
		abort();
	sums(&t, "-t");
	one_refused(t.path, "xen-vbd.ko", "is cut short", 2);
	put_file(vbd, "#!/bin/sh\n", 10);
	sums(&t, "-t");
	one_refused(t.path, "xen-vbd.ko", "is no ELF module", 2);
	make_module("--name", "xen-vbd", "--vermagic", K "PAE SMP", "-o", vbd);
	sums(&t, "-t");
	one_refused(t.path, "xen-vbd.ko", "was built for " K "PAE, not for " K, 2);
	make_module("--name", "xen-vbd", "-o", vbd);
	sums(&t, "-t");
	one_refused(t.path, "xen-vbd.ko", "does not say which kernel", 2);
	if (run("gzip", vbd))
		abort();
	sums(&t, "-t");
	one_refused(t.path, "xen-vbd.ko.gz", "is compressed", 2);
	tree_done(&t);
}

/* A link that leads out of the bundle leads nowhere, a checksum it may have or not. */
static void test_links(void)
{
	_cleanup_free_ char *vbd = NULL;
	_cleanup_free_ char *outside = NULL;
	struct tree other;
	struct tree t;

	set_init(&other);
	set_init(&t);
	vbd = tree_name(&t, DIR "/xen-vbd.ko");
	outside = tree_name(&other, DIR "/xen-vbd.ko");
	sums(&t, "-t");
	unlink(vbd);
	if (symlink(outside, vbd) < 0)
		abort();
	one_refused(t.path, "xen-vbd.ko", "No such file", 3);
	unlink(vbd);
	if (symlink("xen-vnif.ko", vbd) < 0)
		abort();
	one_refused(t.path, "xen-vbd.ko", "does not match", 3);
	tree_done(&other);
	tree_done(&t);
}

static void test_not_bundles(void)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *missing = NULL;
	_cleanup_free_ char *fifo = NULL;
	struct tree t;

	tree_init(&t);
	text = tree_name(&t, "/text.rpm");
	missing = tree_name(&t, "/missing");
	fifo = tree_name(&t, "/fifo");
	not_opened(t.path, "holds no lib/modules/", "an empty folder");
	not_opened(missing, "No such file", "nothing");
	put_file(text, "no RPM\n", 7);
	not_opened(text, "is no RPM", "a text");
	put_file(text, "", 0);
	not_opened(text, "is no RPM", "an empty file");
	if (mkfifo(fifo, 0600) < 0)
		abort();
	not_opened(fifo, "neither a folder nor an RPM", "a FIFO");
	tree_done(&t);
}

/* --- RPMs -------------------------------------------------------------------------- */

/* An RPM of all that is below the tree's lib/; false where rpmbuild is not installed. */
static bool make_rpm(struct tree *t, const char *out)
{
	static const char spec[] =
		"Name: kmod-xenpv\nVersion: 0.1\nRelease: 9.el5\nSummary: s\nLicense: "
		"GPL\n"
		"AutoReqProv: no\n%description\nd\n%install\nmkdir -p %{buildroot}\n"
		"cp -a %{tree}/lib %{buildroot}/\n%files\n/lib/*\n";
	_cleanup_free_ char *path = tree_name(t, "/build.d/x.spec");
	_cleanup_free_ char *tree = strf("tree %s", t->path);
	_cleanup_free_ char *top = strf("_topdir %s/build.d", t->path);
	_cleanup_free_ char *rpm = strf("_rpmdir %s/build.d", t->path);
	_cleanup_free_ char *made = strf("%s/build.d/x.rpm", t->path);

	if (run("rpmbuild", "--version"))
		return false;
	put_file(path, spec, strlen(spec));
	if (run("rpmbuild", "-bb", "--quiet", "--target", "i686-redhat-linux", "--define",
		top, "--define", rpm, "--define", tree, "--define",
		"debug_package %{nil}", "--define", "__os_install_post %{nil}",
		"--define", "_build_id_links none", "--define", "_rpmfilename x.rpm",
		path))
		abort();
	if (rename(made, out) < 0)
		abort();
	return true;
}

static size_t be32(const unsigned char *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Where the main header begins: behind the lead and the signature header. */
static size_t main_header(const unsigned char *d)
{
	return (96 + 16 + 16 * be32(d + 104) + be32(d + 108) + 7) / 8 * 8;
}

/* Damage where a digest must notice it, and digests that are not there. */
static void test_damaged(const char *rpm, const char *bad)
{
	size_t len;
	_cleanup_free_ unsigned char *d = get_file(rpm, &len);
	size_t header = main_header(d);
	size_t taken = 0;
	size_t payload = header + 16 + 16 * be32(d + header + 8) + be32(d + header + 12);

	d[payload + 100] ^= 1;
	put_file(bad, d, len);
	not_opened(bad, "Payload", "a damaged payload");
	d[payload + 100] ^= 1;
	d[payload - 40] ^= 1;
	put_file(bad, d, len);
	not_opened(bad, "Header", "a damaged header");
	for (size_t n = 0; n < len; n += len / 23 + 1) {
		_cleanup_free_ char *msg = NULL;
		struct bundle *b;

		put_file(bad, d, n);
		b = open_path(bad, &msg);
		taken += b != NULL;
		bundle_free(b);
	}
	is_int((long long)taken, 0, "cut short anywhere, it is refused");
	d[payload - 40] ^= 1;
	for (size_t i = 0, p = 112; i < be32(d + 104); i++, p += 16)
		if (be32(d + p) == 269 || be32(d + p) == 273 || be32(d + p) == 1004)
			d[p + 2] = 0x70; /* SHA-1, SHA-256, MD5 become unknown tags */
	put_file(bad, d, len);
	not_opened(bad, "NOTFOUND", "without digests of the header");
}

static void test_signature(const char *rpm)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_free_ char *msg = NULL;
	/* Not in $TMPDIR: the agent's socket needs a short name. */
	char home[] = "/tmp/xenpv-gpg.XXXXXX";
	const char *words;
	bool made;

	if (run("gpg", "--version") || run("rpmsign", "--version") || !mkdtemp(home)) {
		skip("a signed RPM", "gpg or rpmsign is not installed");
		return;
	}
	setenv("GNUPGHOME", home, 1);
	made = !run("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key",
		    "xenpv-test", "rsa2048", "sign", "never") &&
	       !run("rpmsign", "--define", "_gpg_name xenpv-test", "--define",
		    "__gpg /usr/bin/gpg", "--addsign", rpm);
	run("gpgconf", "--kill", "all");
	nftw(home, tree_rm_one, 16, FTW_DEPTH | FTW_PHYS);
	if (!made) {
		skip("a signed RPM", "gpg cannot make a key here");
		return;
	}
	b = open_path(rpm, &msg);
	words = signatures_are_checked ? "NOKEY" : "; signed, which was not checked";
	ok(b && strstr(b->signature, words) && good(b) == 4, "signed: %s",
	   b ? b->signature : msg);
}

static void test_rpm(void)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_free_ char *msg = NULL;
	_cleanup_free_ char *rpm = NULL;
	_cleanup_free_ char *bad = NULL;
	const struct bundle_module *m;
	char byte;
	struct tree t;

	set_init(&t);
	rpm = tree_name(&t, "/good.rpm");
	bad = tree_name(&t, "/bad.rpm");
	tree_put(&t, "/lib/modules/" K "/extra/other/README", "no module\n");
	if (!make_rpm(&t, rpm)) {
		skip("kmod RPMs", "rpmbuild is not installed");
		tree_done(&t);
		return;
	}
	b = open_path(rpm, &msg);
	m = find(b, "xen-vbd.ko");
	if (!ok(b && b->is_rpm && b->n == 4 && good(b) == 4, "an RPM: %s", msg ?: "read"))
		return;
	is(b->nevra, "kmod-xenpv-0.1-9.el5.i686", "its name");
	is(b->signature, "digests match; not signed", "its state");
	ok(m && streq(m->kernel, K) && streq(m->release, REL) &&
		   m->driver == XENDRV_VBD && pread(m->fd, &byte, 1, 0) == 1 &&
		   byte == 0x7f,
	   "a module of it, to be read from the start");
	ok(m && pwrite(m->fd, "x", 1, 0) < 0, "and not to be changed any more");
	test_damaged(rpm, bad);
	test_signature(rpm);
	tree_done(&t);
}

static void test_hostile_rpms(void)
{
	_cleanup_free_ char *rpm = NULL;
	_cleanup_free_ char *vbd = NULL;
	_cleanup_free_ char *vnif = NULL;
	struct tree t;

	set_init(&t);
	rpm = tree_name(&t, "/x.rpm");
	vbd = tree_name(&t, DIR "/xen-vbd.ko");
	vnif = tree_name(&t, DIR "/xen-vnif.ko");
	unlink(vbd);
	if (symlink("/etc/shadow", vbd) < 0)
		abort();
	if (!make_rpm(&t, rpm)) {
		skip("hostile RPMs", "rpmbuild is not installed");
		tree_done(&t);
		return;
	}
	one_refused(rpm, "xen-vbd.ko", "is a link", 3);
	unlink(vbd);
	if (link(vnif, vbd) < 0)
		abort();
	make_rpm(&t, rpm);
	{
		_cleanup_free_ char *msg = NULL;
		_cleanup_(bundle_freep) struct bundle *b = open_path(rpm, &msg);

		ok(b && good(b) >= 3, "a hard link is read or refused, the rest is good");
	}
	if (truncate(vbd, 65 << 20) < 0)
		abort();
	make_rpm(&t, rpm);
	not_opened(rpm, "is larger than any module", "65 MB of nothing");
	unlink(vbd);
	unlink(vnif); /* the same file */
	tree_put(&t, "/lib/modules/" K "/kernel/fs/ext3.ko", "x");
	make_rpm(&t, rpm);
	not_opened(rpm, "kernel/fs/ext3.ko, outside",
		   "a module of the kernel's own tree");
	tree_done(&t);
}

int main(void)
{
	test_whole();
	test_kept();
	test_spellings();
	test_refused();
	test_links();
	test_not_bundles();
	test_rpm();
	test_hostile_rpms();
	return tap_done();
}
