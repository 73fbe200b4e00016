/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/at.h"
#include "lib/atomic.h"
#include "lib/digest.h"
#include "lib/strv.h"

char *atomic_name(const char *base, const char *suffix)
{
	char hex[DIGEST_HEX];

	if (strlen(base) + strlen(suffix) + strlen("..xenpv-") <= NAME_MAX)
		return strf(".%s.xenpv-%s", base, suffix);
	digest_buf(base, strlen(base), hex);
	return strf(".%s.xenpv-%s", hex, suffix);
}

int atomic_write(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENOSPC;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int atomic_copy(int from, int to)
{
	char buf[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(from, buf, sizeof(buf), at);
		int k;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		k = atomic_write(to, buf, (size_t)n);
		if (k < 0)
			return k;
		at += n;
	}
}

int atomic_sync(int fd)
{
	while (fsync(fd) < 0) {
		/* A file system that has nothing to sync (some FUSE ones) says so. */
		if (errno == EINVAL || errno == ENOTSUP)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int atomic_rename_new(int fromdir, const char *from, int todir, const char *to)
{
	struct stat st;

	if (syscall(SYS_renameat2, fromdir, from, todir, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* File systems that cannot promise it, and kernels before 3.15: look first, and
	 * take the small risk. */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (at_stat(todir, to, &st) == 0)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return at_rename(fromdir, from, todir, to) < 0 ? -errno : 0;
}

int atomic_create(int dirfd, const char *name, mode_t mode)
{
	int fd;

	at_unlink(dirfd, name);
	fd = at_open(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	return fd < 0 ? -errno : fd;
}

int atomic_replace(int dirfd, const char *base, const char *text, mode_t mode)
{
	_cleanup_free_ char *beside = atomic_name(base, ATOMIC_NEW);
	_cleanup_close_ int fd = -1;
	struct stat st;
	int k;

	if (!beside)
		return -ENOMEM;
	if (at_stat(dirfd, base, &st) == 0 && !S_ISREG(st.st_mode))
		return -EEXIST;
	fd = atomic_create(dirfd, beside, mode);
	k = fd < 0 ? fd : atomic_write(fd, text, strlen(text));
	if (k == 0)
		k = atomic_sync(fd);
	if (k == 0 && at_rename(dirfd, beside, dirfd, base) < 0)
		k = -errno;
	if (k == 0)
		return atomic_sync(dirfd);
	at_unlink(dirfd, beside);
	return k;
}
