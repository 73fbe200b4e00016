/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "lib/at.h"
#include "lib/attrs.h"
#include "lib/strv.h"

#define LABEL	      "security.selinux"
#define XATTR_RETRIES 8 /* a list or a value that grows while it is read */

static void xattrs_done(struct attrs *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->x[i].name);
		free(a->x[i].value);
	}
	free(a->x);
	a->x = NULL;
	a->n = 0;
}

void attrs_done(struct attrs *a)
{
	xattrs_done(a);
	*a = (struct attrs){ 0 };
}

int attrs_add(struct attrs *a, const char *xattr, const void *value, size_t len)
{
	struct xattr x = { .name = strdup(xattr), .value = malloc(len + 1), .len = len };

	if (!x.name || !x.value || vec_grow(&a->x, a->n, sizeof(*a->x)) < 0) {
		free(x.name);
		free(x.value);
		return -ENOMEM;
	}
	memcpy(x.value, value, len);
	a->x[a->n++] = x;
	return 0;
}

const struct xattr *attrs_find(const struct attrs *a, const char *xattr)
{
	for (size_t i = 0; i < a->n; i++)
		if (streq(a->x[i].name, xattr))
			return &a->x[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static bool unsupported(int code)
{
	return code == ENOTSUP || code == EOPNOTSUPP || code == ENOSYS;
}

/* The names of all extended attributes, NUL-separated: their length, or -errno. */
static ssize_t list_names(int fd, const char *proc, char **ret)
{
	for (int tries = 0; tries < XATTR_RETRIES; tries++) {
		char *buf = NULL;
		ssize_t n;

		n = proc ? llistxattr(proc, NULL, 0) : flistxattr(fd, NULL, 0);
		if (n <= 0)
			return n < 0 ? negative_errno() : 0;
		buf = malloc((size_t)n);
		if (!buf)
			return -ENOMEM;
		n = proc ? llistxattr(proc, buf, (size_t)n)
			 : flistxattr(fd, buf, (size_t)n);
		if (n >= 0) {
			*ret = buf;
			return n;
		}
		free(buf);
		if (errno != ERANGE)
			return negative_errno();
	}
	return -ERANGE;
}

/* One value into *ret: its length, or -errno. */
static ssize_t read_value(int fd, const char *proc, const char *xattr, char **ret)
{
	for (int tries = 0; tries < XATTR_RETRIES; tries++) {
		char *buf = NULL;
		ssize_t n;

		n = proc ? lgetxattr(proc, xattr, NULL, 0)
			 : fgetxattr(fd, xattr, NULL, 0);
		if (n < 0)
			return negative_errno();
		buf = malloc((size_t)n + 1);
		if (!buf)
			return -ENOMEM;
		/* A size of 0 would ask for the size again. */
		n = proc ? lgetxattr(proc, xattr, buf, (size_t)n + 1)
			 : fgetxattr(fd, xattr, buf, (size_t)n + 1);
		if (n >= 0) {
			*ret = buf;
			return n;
		}
		free(buf);
		if (errno != ERANGE)
			return negative_errno();
	}
	return -ERANGE;
}

static int read_xattrs(int fd, const char *proc, struct attrs *a)
{
	_cleanup_free_ char *names = NULL;
	ssize_t len = list_names(fd, proc, &names);

	if (len < 0)
		return unsupported((int)-len) ? 0 : (int)len;
	for (const char *p = names; p && p < names + len; p += strlen(p) + 1) {
		_cleanup_free_ char *value = NULL;
		ssize_t n = read_value(fd, proc, p, &value);

		/* Listed but not to be had: removed since, or a label of a foreign
		 * policy. */
		if (n == -ENODATA || (n < 0 && unsupported((int)-n)))
			continue;
		if (!value)
			return (int)n;
		if (attrs_add(a, p, value, (size_t)n) < 0)
			return -ENOMEM;
	}
	if (a->n > 1)
		qsort(a->x, a->n, sizeof(*a->x), by_name);
	return 0;
}

/* What stat() tells, and the extended attributes of fd, or of what proc names. */
static int read_all(const struct stat *st, int fd, const char *proc, const char *name,
		    struct attrs *ret, struct err *e)
{
	_cleanup_attrs_ struct attrs a = {
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.atime = st->st_atim,
		.mtime = st->st_mtim,
	};
	int k = read_xattrs(fd, proc, &a);

	if (k < 0 && !(proc && k == -ENOENT))
		return err_errno(e, k, "%s: cannot read its extended attributes", name);
	*ret = a;
	a = (struct attrs){ 0 };
	return 0;
}

int attrs_read(int fd, const char *name, struct attrs *ret, struct err *e)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? err_errno(e, errno, "%s", name)
				  : read_all(&st, fd, NULL, name, ret, e);
}

int attrs_read_unopened(int dirfd, const char *base, const struct stat *st,
			const char *name, struct attrs *ret, struct err *e)
{
	_cleanup_free_ char *proc = at_path(dirfd, base);

	return proc ? read_all(st, -1, proc, name, ret, e) : err_nomem(e);
}

/* What a kernel computed from the content goes stale with it. */
static bool vouches_for_content(const char *xattr)
{
	return streq(xattr, "security.ima") || streq(xattr, "security.evm");
}

static bool has_value(int fd, const struct xattr *x)
{
	_cleanup_free_ char *now = malloc(x->len + 1);
	ssize_t n = now ? fgetxattr(fd, x->name, now, x->len + 1) : -1;

	return n >= 0 && (size_t)n == x->len && memcmp(now, x->value, x->len) == 0;
}

static int set_xattr(int fd, const struct xattr *x, const char *name, struct err *e)
{
	/* What is right already is not set: some may be inherited but not set by us. */
	if (has_value(fd, x) || fsetxattr(fd, x->name, x->value, x->len, 0) == 0)
		return 0;
	if (unsupported(errno))
		return 0;
	return err_errno(e, errno, "%s: cannot set its extended attribute %s", name,
			 x->name);
}

/* Remove what a new file got from its folder (a default ACL) and ought not to have. */
static int drop_others(int fd, const struct attrs *want, const char *name, struct err *e)
{
	_cleanup_free_ char *names = NULL;
	ssize_t len = list_names(fd, NULL, &names);

	if (len < 0 && unsupported((int)-len))
		return 0;
	if (len < 0)
		return err_errno(e, (int)len, "%s: cannot read its extended attributes",
				 name);
	for (const char *p = names; p && p < names + len; p += strlen(p) + 1) {
		if (attrs_find(want, p) || startswith(p, "security."))
			continue;
		if (fremovexattr(fd, p) < 0 && errno != ENODATA && !unsupported(errno))
			return err_errno(e, errno,
					 "%s: cannot remove its extended attribute %s",
					 name, p);
	}
	return 0;
}

/* Owner before mode and attributes: a change of owner clears set-user-ID and
 * capabilities. */
static int set_owner_mode(int fd, uid_t uid, gid_t gid, mode_t mode, const char *name,
			  struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", name);
	/* File systems without owners (vfat) refuse a change, not what is so already. */
	if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) < 0)
		return err_errno(e, errno, "%s: cannot give it to %u:%u", name,
				 (unsigned int)uid, (unsigned int)gid);
	if ((st.st_mode & 07777) == mode && st.st_uid == uid && st.st_gid == gid)
		return 0;
	if (fchmod(fd, mode) < 0)
		return err_errno(e, errno, "%s: cannot set its mode %04o", name,
				 (unsigned int)mode);
	return 0;
}

int attrs_apply(int fd, const struct attrs *a, unsigned int flags, const char *name,
		struct err *e)
{
	struct timespec times[2] = { a->atime, a->mtime };
	int k;

	k = set_owner_mode(fd, a->uid, a->gid, a->mode, name, e);
	if (k < 0)
		return k;
	k = drop_others(fd, a, name, e);
	for (size_t i = 0; k == 0 && i < a->n; i++)
		if ((flags & ATTRS_CONTENT) || !vouches_for_content(a->x[i].name))
			k = set_xattr(fd, &a->x[i], name, e);
	if (k < 0)
		return k;
	if ((flags & ATTRS_TIMES) && at_set_times(fd, times) < 0)
		return err_errno(e, errno, "%s: cannot set its times", name);
	return 0;
}

int attrs_lend(int fd, const struct attrs *neighbour, mode_t mode, const char *name,
	       struct err *e)
{
	const struct xattr *label = attrs_find(neighbour, LABEL);
	int k = set_owner_mode(fd, neighbour->uid, neighbour->gid, mode, name, e);

	if (k < 0 || !label)
		return k;
	return set_xattr(fd, label, name, e);
}

/* Owner and extended attributes of what is not opened. */
static int set_unopened(int dirfd, const char *base, const struct attrs *a,
			const struct xattr *x, size_t n, const char *name, struct err *e)
{
	_cleanup_free_ char *proc = at_path(dirfd, base);

	if (!proc)
		return err_nomem(e);
	if (at_chown(dirfd, base, a->uid, a->gid) < 0)
		return err_errno(e, errno, "%s: cannot give it to %u:%u", name,
				 (unsigned int)a->uid, (unsigned int)a->gid);
	for (size_t i = 0; i < n; i++)
		if (lsetxattr(proc, x[i].name, x[i].value, x[i].len, 0) < 0 &&
		    !unsupported(errno) && errno != ENOENT)
			return err_errno(e, errno,
					 "%s: cannot set its extended attribute %s", name,
					 x[i].name);
	return 0;
}

int attrs_lend_link(int dirfd, const char *base, const struct attrs *neighbour,
		    const char *name, struct err *e)
{
	const struct xattr *label = attrs_find(neighbour, LABEL);

	return set_unopened(dirfd, base, neighbour, label, label ? 1 : 0, name, e);
}

int attrs_lend_node(int dirfd, const char *base, const struct attrs *neighbour,
		    mode_t mode, const char *name, struct err *e)
{
	int k = attrs_lend_link(dirfd, base, neighbour, name, e);

	/* After the owner; the name is of our own making. */
	if (k == 0 && at_chmod(dirfd, base, mode) < 0)
		k = err_errno(e, errno, "%s: cannot set its mode", name);
	return k;
}

int attrs_apply_link(int dirfd, const char *base, const struct attrs *a, const char *name,
		     struct err *e)
{
	struct timespec times[2] = { a->atime, a->mtime };
	int k = set_unopened(dirfd, base, a, a->x, a->n, name, e);

	if (k == 0 && at_set_times_of(dirfd, base, times) < 0 && errno != ENOSYS)
		k = err_errno(e, errno, "%s: cannot set its times", name);
	return k;
}

/* The next attribute that counts for a comparison, from *i on; NULL at the end. */
static const struct xattr *next_counted(const struct attrs *a, size_t *i,
					unsigned int flags)
{
	while (*i < a->n) {
		const struct xattr *x = &a->x[(*i)++];

		if ((flags & ATTRS_CONTENT) || !startswith(x->name, "security."))
			return x;
	}
	return NULL;
}

bool attrs_equal(const struct attrs *a, const struct attrs *b, unsigned int flags)
{
	size_t i = 0;
	size_t j = 0;

	if (a->mode != b->mode || a->uid != b->uid || a->gid != b->gid)
		return false;
	if ((flags & ATTRS_TIMES) && !same_time(a->mtime, b->mtime))
		return false;
	for (;;) {
		const struct xattr *x = next_counted(a, &i, flags);
		const struct xattr *y = next_counted(b, &j, flags);

		if (!x || !y)
			return !x && !y;
		if (!streq(x->name, y->name) || x->len != y->len ||
		    memcmp(x->value, y->value, x->len) != 0)
			return false;
	}
}
