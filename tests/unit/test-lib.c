/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/at.h"
#include "lib/digest.h"
#include "lib/lines.h"
#include "lib/root.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static void ln(int fd, const char *path, const char *text)
{
	if (at_symlink(text, fd, path) < 0)
		abort();
}

static void put(int dir, const char *path, const char *text)
{
	_cleanup_close_ int fd = at_open(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
}

static char *get(const struct root *r, const char *path, struct err *e)
{
	char *s = NULL;

	return root_read(r, path, 1000, &s, NULL, e) < 0 ? NULL : s;
}

/* One tree with links that try to leave it, read with and without openat2(). */
static void test_root(const char *top, bool walk)
{
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *in = strf("%s/in", top);
	static const struct {
		const char *path, *text;
	} reads[] = {
		{ "/etc/file", "inside" },
		{ "etc/../etc/file", "inside" },
		{ "/etc/abs", "inside" },
		{ "/etc/up", "inside" },
		{ "/dirlink/file", "inside" },
		{ "/etc/out", NULL },
		{ "/etc/secret-abs", NULL },
		{ "/etc/loop", NULL },
		{ "/../../etc/file", "inside" },
		{ "/etc/fifo", NULL },
		{ "/etc", NULL },
		{ "/etc/file/x", NULL },
	};
	_cleanup_free_ char *outside = strf("%s/created", top);
	_cleanup_free_ char *real = NULL;
	_cleanup_free_ char *target = NULL;
	_cleanup_free_ char *base = NULL;
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int fd = -1;

	if (!ok(root_new(&r, in, &e) == 0, "root opens"))
		return;
	r->walk = walk;
	for (size_t i = 0; i < ELEMENTSOF(reads); i++) {
		_cleanup_free_ char *s = get(r, reads[i].path, &e);
		_cleanup_free_ char *what = strf("%s: %s", walk ? "walk" : "openat2",
						 reads[i].path);

		is(s, reads[i].text, what);
		if (!s)
			printf("# %s\n", err_text(&e));
	}
	ok(root_realpath(r, "/dirlink/up", false, &real, &e) == 0, "realpath");
	is(real, "/etc/file", "realpath of links");
	ok(root_readlink(r, "/etc/out", &target, &e) == 0, "readlink");
	is(target, "../../secret", "readlink does not follow");
	dir = root_parent(r, "/dirlink/new/", &base, &e);
	ok(dir >= 0, "parent through a link");
	is(base, "new", "parent's last component");
	ok(root_parent(r, "/", &base, NULL) == -EINVAL, "no parent of /");
	/* O_CREAT through a link that leaves the tree stays inside. */
	fd = root_open(r, "/etc/create", O_WRONLY | O_CREAT, 0600, &e);
	ok(fd >= 0 && root_is_file(r, "/created"), "create through a link");
	ok(access(outside, F_OK) < 0, "nothing created outside");
	at_unlink(r->fd, "created");
	ok(root_note(r, "/etc/file", -EINVAL, NULL) == -EINVAL &&
		   root_note(r, "/etc/file", 0, NULL) == 0 && root_broken(r, NULL) == 0,
	   "a file that is wrong is no broken disk");
	ok(root_note(r, "/etc/file", -EIO, NULL) == -EIO && root_broken(r, &e) == -EIO &&
		   strstr(err_text(&e), "/etc/file: Input/output error"),
	   "a disk that fails is remembered, with the file");
}

static void test_roots(void)
{
	_cleanup_free_ char *secret = NULL;
	struct tree t;
	int fd;

	tree_init(&t);
	fd = open(t.path, O_RDONLY | O_DIRECTORY);
	at_mkdir(fd, "in", 0755);
	at_mkdir(fd, "in/etc", 0755);
	put(fd, "secret", "outside");
	put(fd, "in/etc/file", "inside");
	ln(fd, "in/etc/abs", "/etc/file");
	ln(fd, "in/etc/up", "../../../etc/file");
	ln(fd, "in/etc/out", "../../secret");
	secret = strf("%s/secret", t.path);
	ln(fd, "in/etc/secret-abs", secret);
	ln(fd, "in/etc/loop", "loop");
	ln(fd, "in/dirlink", "/etc/");
	ln(fd, "in/etc/create", "../../created");
	at_mknod(fd, "in/etc/fifo", S_IFIFO | 0644, 0);
	test_root(t.path, false);
	test_root(t.path, true);
	close(fd);
	tree_done(&t);
}

static void test_lines(void)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	const char *text = "a\n\r\nb \xff\nlast";
	_cleanup_free_ char *out = NULL;
	_cleanup_free_ char *edited = NULL;
	size_t n = 0;

	ok(lines_parse(&l, text, strlen(text), "f", &e) == 0 && l.n == 4, "lines parse");
	out = lines_text(&l, &n);
	is(out, text, "unedited lines survive byte for byte");
	lines_set(&l, 0, "A");
	lines_remove(&l, 1);
	lines_insert(&l, 3, "end");
	edited = lines_text(&l, NULL);
	is(edited, "A\nb \xff\nlast\nend\n", "set, remove and append");
	ok(lines_parse(&l, "a\0b", 3, "/etc/x", &e) == -EINVAL, "NUL refused");
	is(err_text(&e), "/etc/x: line 1 holds a NUL byte: not a text file",
	   "with a reason");
	err_done(&e);
	lines_done(&l);
	free(out);
	out = malloc(LINES_MAX + 1);
	memset(out, '\n', LINES_MAX + 1);
	is_int(lines_parse(&l, out, LINES_MAX + 1, "/etc/x", &e), -E2BIG,
	       "a text of nothing but line ends");
	ok(!l.n && strstr(err_text(&e), "/etc/x: more than"), "… %s", err_text(&e));
	is_int(lines_parse(&l, out, LINES_MAX, "/etc/x", NULL), 0, "as many as may be");
}

int main(void)
{
	char hex[DIGEST_HEX];

	test_roots();
	test_lines();
	digest_buf("abc", 3, hex);
	is(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	   "SHA-256 of abc");
	return tap_done();
}
