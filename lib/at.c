/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>

#include "lib/at.h"
#include "lib/strv.h"

char *at_path(int dirfd, const char *name)
{
	char *path = strf("/proc/self/fd/%d/%s", dirfd, name);

	if (!path)
		errno = ENOMEM;
	return path;
}

/* For a call that has just failed: the path that stands for the name, where the kernel
 * lacks the call; otherwise NULL, and errno as it is. */
static char *old_way(int failed, int dirfd, const char *name)
{
	return failed < 0 && errno == ENOSYS ? at_path(dirfd, name) : NULL;
}

bool at_usable(int dirfd)
{
	struct stat st;

	return at_stat(dirfd, ".", &st) == 0 || errno == EACCES;
}

int at_open(int dirfd, const char *name, int flags, mode_t mode)
{
	int fd = openat(dirfd, name, flags | O_CLOEXEC, mode);
	_cleanup_free_ char *path = old_way(fd, dirfd, name);

	return path ? open(path, flags | O_CLOEXEC, mode) : fd;
}

int at_stat(int dirfd, const char *name, struct stat *st)
{
	int k = fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? lstat(path, st) : k;
}

int at_access(int dirfd, const char *name, int mode)
{
	int k = faccessat(dirfd, name, mode, 0);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? access(path, mode) : k;
}

int at_mkdir(int dirfd, const char *name, mode_t mode)
{
	int k = mkdirat(dirfd, name, mode);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? mkdir(path, mode) : k;
}

int at_mknod(int dirfd, const char *name, mode_t mode, dev_t rdev)
{
	int k = mknodat(dirfd, name, mode, rdev);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? mknod(path, mode, rdev) : k;
}

int at_symlink(const char *target, int dirfd, const char *name)
{
	int k = symlinkat(target, dirfd, name);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? symlink(target, path) : k;
}

int at_unlink(int dirfd, const char *name)
{
	int k = unlinkat(dirfd, name, 0);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? unlink(path) : k;
}

int at_rmdir(int dirfd, const char *name)
{
	int k = unlinkat(dirfd, name, AT_REMOVEDIR);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? rmdir(path) : k;
}

int at_chown(int dirfd, const char *name, uid_t uid, gid_t gid)
{
	int k = fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? lchown(path, uid, gid) : k;
}

int at_chmod(int dirfd, const char *name, mode_t mode)
{
	int k = fchmodat(dirfd, name, mode, 0);
	_cleanup_free_ char *path = old_way(k, dirfd, name);

	return path ? chmod(path, mode) : k;
}

int at_link(int fromdir, const char *from, int todir, const char *to)
{
	int k = linkat(fromdir, from, todir, to, 0);
	_cleanup_free_ char *path = old_way(k, fromdir, from);
	_cleanup_free_ char *new = path ? at_path(todir, to) : NULL;

	return new ? link(path, new) : k;
}

int at_rename(int fromdir, const char *from, int todir, const char *to)
{
	int k = renameat(fromdir, from, todir, to);
	_cleanup_free_ char *path = old_way(k, fromdir, from);
	_cleanup_free_ char *new = path ? at_path(todir, to) : NULL;

	return new ? rename(path, new) : k;
}

int at_readlink(int dirfd, const char *name, char **ret)
{
	for (size_t cap = 256; cap <= 1024 * 1024; cap *= 2) {
		_cleanup_free_ char *buf = malloc(cap);
		_cleanup_free_ char *path = NULL;
		ssize_t n;

		if (!buf)
			return -1;
		n = readlinkat(dirfd, name, buf, cap);
		path = old_way((int)n, dirfd, name);
		if (path)
			n = readlink(path, buf, cap);
		if (n < 0)
			return -1;
		if ((size_t)n < cap) {
			buf[n] = '\0';
			*ret = TAKE_PTR(buf);
			return 0;
		}
	}
	errno = ENAMETOOLONG;
	return -1;
}

/* What utimes() takes in place of it; now: what UTIME_OMIT leaves. */
static struct timeval to_micro(struct timespec t, struct timespec now)
{
	if (t.tv_nsec == UTIME_OMIT)
		t = now;
	return (struct timeval){ .tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000 };
}

int at_set_times(int fd, const struct timespec times[2])
{
	int k = futimens(fd, times);
	_cleanup_free_ char *path = NULL;
	struct timeval tv[2];
	struct stat st;

	/* EFAULT: a C library tries futimesat(), which at first took no NULL for a path.
	 */
	if (k == 0 || (errno != ENOSYS && errno != EFAULT))
		return k;
	path = strf("/proc/self/fd/%d", fd);
	if (!path || fstat(fd, &st) < 0)
		return -1;
	tv[0] = to_micro(times[0], st.st_atim);
	tv[1] = to_micro(times[1], st.st_mtim);
	return utimes(path, tv);
}

int at_set_times_of(int dirfd, const char *name, const struct timespec times[2])
{
	return utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);
}

/* b is a, cut off */
static bool is_cut(struct timespec a, struct timespec b)
{
	return b.tv_nsec == 0 || b.tv_nsec == a.tv_nsec / 1000 * 1000;
}

bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec &&
	       (a.tv_nsec == b.tv_nsec || is_cut(a, b) || is_cut(b, a));
}

int dup_cloexec(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0 && errno == EINVAL) {
		copy = fcntl(fd, F_DUPFD, 3);
		if (copy >= 0)
			fcntl(copy, F_SETFD, FD_CLOEXEC);
	}
	return copy;
}
