/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in an open folder; tests/cases/old.t runs this as of kernels without openat(). */
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/at.h"
#include "lib/atomic.h"
#include "lib/stream.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;

	return at_stat(dir, name, &st) < 0 ? 0 : st.st_mode;
}

static void test_names(int dir)
{
	_cleanup_close_ int fd = at_open(dir, "file", O_WRONLY | O_CREAT | O_EXCL, 0640);
	_cleanup_close_ int again = -1;
	_cleanup_close_ int link = -1;
	struct stat st;

	ok(fd >= 0 && mode_of(dir, "file") == (S_IFREG | 0640), "a file is made");
	again = at_open(dir, "file", O_WRONLY | O_CREAT | O_EXCL, 0640);
	ok(again < 0 && errno == EEXIST, "but once");
	ok(at_stat(dir, "none", &st) < 0 && errno == ENOENT, "what is not there is not");
	ok(at_chmod(dir, "file", 0600) == 0 && mode_of(dir, "file") == (S_IFREG | 0600),
	   "chmod");
	ok(at_chown(dir, "file", getuid(), getgid()) == 0, "chown");
	ok(at_access(dir, ".", W_OK) == 0, "access");
	ok(at_mkdir(dir, "folder", 0700) == 0 &&
		   mode_of(dir, "folder") == (S_IFDIR | 0700),
	   "mkdir");
	ok(at_mkdir(dir, "folder", 0700) < 0 && errno == EEXIST, "but once");
	ok(at_mknod(dir, "fifo", S_IFIFO | 0600, 0) == 0 &&
		   mode_of(dir, "fifo") == (S_IFIFO | 0600),
	   "mknod");
	ok(at_link(dir, "file", dir, "second") == 0 && fstat(fd, &st) == 0 &&
		   st.st_nlink == 2,
	   "link");
	ok(at_rename(dir, "second", dir, "third") == 0 && mode_of(dir, "third") &&
		   !mode_of(dir, "second"),
	   "rename");
	is_int(atomic_rename_new(dir, "third", dir, "file"), -EEXIST,
	       "nothing is replaced where a new name is meant");
	ok(atomic_rename_new(dir, "third", dir, "fourth") == 0 && mode_of(dir, "fourth"),
	   "a new name is given");
	ok(at_unlink(dir, "fourth") == 0 && !mode_of(dir, "fourth"), "unlink");
	ok(at_unlink(dir, "folder") < 0 && mode_of(dir, "folder"), "no folder");
	ok(at_rmdir(dir, "folder") == 0 && !mode_of(dir, "folder"), "rmdir");
	ok(at_symlink("file", dir, "link") == 0, "symlink");
	link = at_open(dir, "link", O_RDONLY | O_NOFOLLOW, 0);
	ok(link < 0 && errno == ELOOP, "which is not followed");
	ok(at_chown(dir, "link", getuid(), getgid()) == 0 &&
		   S_ISLNK(mode_of(dir, "link")),
	   "nor looked through");
}

static void test_readlink(int dir)
{
	char target[1000];
	_cleanup_free_ char *text = NULL;

	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	ok(at_symlink(target, dir, "long") == 0 && at_readlink(dir, "long", &text) == 0,
	   "a long link is read");
	is(text, target, "to its end");
	ok(at_readlink(dir, "file", &text) < 0 && errno == EINVAL, "a file is none");
}

/* The folder that is open is meant, and not its path. */
static void test_moved(struct tree *t, int dir)
{
	_cleanup_free_ char *old = tree_name(t, "/dir");
	_cleanup_free_ char *new = tree_name(t, "/elsewhere");
	_cleanup_close_ int fd = -1;

	if (rename(old, new) < 0 || mkdir(old, 0755) < 0)
		abort();
	fd = at_open(dir, "late", O_WRONLY | O_CREAT | O_EXCL, 0600);
	ok(fd >= 0 && root_is_file(t->root, "/elsewhere/late") &&
		   !root_is_file(t->root, "/dir/late"),
	   "a folder that moves stays the one");
}

static void test_times(int dir)
{
	_cleanup_close_ int fd = at_open(dir, "timed", O_WRONLY | O_CREAT, 0600);
	const struct timespec first[2] = { { 1000, 123456789 }, { 2000, 987654321 } };
	const struct timespec second[2] = { { 0, UTIME_OMIT }, { 3000, 5 } };
	struct stat st;

	ok(at_set_times(fd, first) == 0 && fstat(fd, &st) == 0 &&
		   same_time(st.st_atim, first[0]) && same_time(st.st_mtim, first[1]),
	   "times are set");
	ok(at_set_times(fd, second) == 0 && fstat(fd, &st) == 0 &&
		   same_time(st.st_atim, first[0]) && same_time(st.st_mtim, second[1]),
	   "one alone");
	ok(at_set_times_of(dir, "link", first) == 0
		   ? at_stat(dir, "link", &st) == 0 && st.st_mtim.tv_sec == 2000
		   : errno == ENOSYS,
	   "a link's, or no kernel does");
}

static void test_same_time(void)
{
	static const struct {
		struct timespec a, b;
		bool same;
	} rows[] = {
		{ { 1, 123456789 }, { 1, 123456789 }, true },
		{ { 1, 123456789 }, { 1, 123456000 }, true }, /* by utimes() */
		{ { 1, 0 }, { 1, 123456789 }, true },	      /* by the file system */
		{ { 1, 123456789 }, { 2, 123456789 }, false },
		{ { 1, 123456789 }, { 1, 123456788 }, false },
		{ { 1, 123457000 }, { 1, 123456789 }, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		ok(same_time(rows[i].a, rows[i].b) == rows[i].same, "same time %zu", i);
}

static void test_scratch(void)
{
	_cleanup_close_ int fd = scratch_file();
	_cleanup_close_ int copy = dup_cloexec(fd);
	struct stat st;

	ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0, "a file without a name");
	ok(copy > 2 && fcntl(copy, F_GETFD) == FD_CLOEXEC, "its copy");
	ok(write(copy, "text", 4) == 4 && scratch_seal(fd) == 0, "is written and sealed");
	ok(write(fd, "text", 4) < 0 ? errno == EPERM : fcntl(fd, F_GET_SEALS) < 0,
	   "and then changes no more, where the kernel has seals");
}

int main(void)
{
	struct tree t;
	int dir;

	tree_init(&t);
	tree_mkdir(&t, "/dir");
	umask(0);
	dir = root_open(t.root, "/dir", O_RDONLY | O_DIRECTORY, 0, NULL);
	ok(at_usable(dir), "there is a way");
	test_names(dir);
	test_readlink(dir);
	test_times(dir);
	test_moved(&t, dir);
	test_same_time();
	test_scratch();
	close(dir);
	tree_done(&t);
	return tap_done();
}
