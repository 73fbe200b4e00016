/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/replace.h"
#include "lib/atomic.h"
#include "lib/attrs.h"

/* A new file beside the others, whole and synced; a left one of that name goes. */
static int put(int dirfd, const char *name, const char *text, size_t len,
	       const struct attrs *a, unsigned int flags, struct err *e)
{
	_cleanup_close_ int fd = atomic_create(dirfd, name, 0600);
	int k = fd < 0 ? fd : atomic_write(fd, text, len);

	if (k < 0)
		return err_errno(e, k, "%s", name);
	k = attrs_apply(fd, a, flags, name, e);
	if (k < 0)
		return k;
	k = atomic_sync(fd);
	return k < 0 ? err_errno(e, k, "%s", name) : 0;
}

static int read_attrs(int dirfd, const char *base, struct attrs *ret, struct err *e)
{
	_cleanup_close_ int fd = openat(dirfd, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? err_errno(e, errno, "%s", base) : attrs_read(fd, base, ret, e);
}

static int check_same(struct root *folder, const char *base, const char *old, size_t len,
		      struct err *e)
{
	_cleanup_free_ char *now = NULL;
	size_t now_len;
	int k = root_read(folder, base, len, &now, &now_len, e);

	if (k == -EFBIG || (k == 0 && (now_len != len || memcmp(now, old, len) != 0)))
		return err_set(e, EAGAIN, "%s: somebody else has changed it", base);
	return k;
}

static int swap(int dirfd, struct root *folder, const char *base, const char *old,
		size_t len, const char *text, const char *backup, const char *temp,
		struct err *e)
{
	_cleanup_(attrs_done) struct attrs a = { 0 };
	int k = read_attrs(dirfd, base, &a, e);

	if (k == 0)
		k = put(dirfd, temp, old, len, &a, ATTRS_TIMES | ATTRS_CONTENT, e);
	if (k < 0)
		return k;
	k = atomic_rename_new(dirfd, temp, dirfd, backup);
	if (k == -EEXIST)
		return err_set(e, EEXIST, "%s exists, and is kept: give another --suffix",
			       backup);
	if (k < 0)
		return err_errno(e, k, "%s", backup);
	k = put(dirfd, temp, text, strlen(text), &a, 0, e);
	if (k == 0)
		k = check_same(folder, base, old, len, e);
	if (k == 0 && renameat(dirfd, temp, dirfd, base) < 0)
		k = err_errno(e, errno, "%s", base);
	if (k < 0)
		unlinkat(dirfd, backup, 0);
	return k;
}

int config_replace(struct root *folder, const char *base, const char *old, size_t len,
		   const char *text, const char *suffix, struct err *e)
{
	_cleanup_free_ char *temp = atomic_name(base, ATOMIC_NEW);
	_cleanup_free_ char *backup = strf("%s%s", base, suffix);
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int dirfd = -1;
	int k;

	if (!temp || !backup)
		return err_nomem(e);
	dirfd = root_parent(folder, base, &name, e);
	if (dirfd < 0)
		return dirfd;
	k = swap(dirfd, folder, base, old, len, text, backup, temp, e);
	if (k < 0) {
		unlinkat(dirfd, temp, 0);
		return err_context(e, "%s", folder->path);
	}
	k = atomic_sync(dirfd);
	return k < 0 ? err_errno(e, k, "%s", folder->path) : 0;
}
