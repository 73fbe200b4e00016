/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/at.h"
#include "lib/root.h"
#include "lib/walk.h"

int root_new(struct root **ret, const char *path, struct err *e)
{
	_cleanup_root_ struct root *r = NULL;
	struct stat st;
	struct stat slash;
	size_t n = strlen(path);

	r = calloc(1, sizeof(*r));
	if (!r)
		return err_nomem(e);
	r->fd = -1;
	r->broken = calloc(1, sizeof(*r->broken));
	if (!r->broken)
		return err_nomem(e);
	r->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->fd < 0)
		return err_errno(e, errno, "%s", path);
	if (!at_usable(r->fd))
		return err_set(e, ENOSYS,
			       "/proc: is not mounted, and this kernel (before 2.6.16) "
			       "needs it");
	while (n && path[n - 1] == '/')
		n--;
	r->path = strndup(path, n);
	if (!r->path)
		return err_nomem(e);
	if (fstat(r->fd, &st) < 0 || stat("/", &slash) < 0)
		return err_errno(e, errno, "%s", path);
	r->is_slash = st.st_dev == slash.st_dev && st.st_ino == slash.st_ino;
	*ret = TAKE_PTR(r);
	return 0;
}

void root_free(struct root *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (r->broken)
		err_done(r->broken);
	free(r->broken);
	free(r->path);
	free(r);
}

int root_broken(const struct root *r, struct err *e)
{
	return r->broken->code ? err_set(e, r->broken->code, "%s", err_text(r->broken))
			       : 0;
}

char *root_name(const struct root *r, const char *path)
{
	while (*path == '/')
		path++;
	return strf("%s/%s", r->path, path);
}

static bool is_trees(int code)
{
	static const int others[] = { EIO, EINTR, ENOMEM, EMFILE, ENFILE, EUCLEAN };

	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		if (abs(code) == others[i])
			return false;
	return true;
}

static int fail(const struct root *r, const char *path, int code, struct err *e)
{
	bool broken = !is_trees(code);
	_cleanup_free_ char *name = e || broken ? root_name(r, path) : NULL;

	if (broken && !r->broken->code)
		err_errno(r->broken, code, "%s", name ?: path);
	return err_errno(e, code, "%s", name ?: path);
}

int root_note(const struct root *r, const char *path, int code, struct err *e)
{
	return code < 0 ? fail(r, path, code, e) : code;
}

/* openat2() in the root; -ENOSYS where it cannot be used. */
static int open_in_root(const struct root *r, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (r->walk)
		return -ENOSYS;
	/* -EAGAIN: a rename elsewhere raced with "..": the kernel asks to retry. */
	for (int tries = 0; tries < 32; tries++) {
		long fd = syscall(SYS_openat2, r->fd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno == EPERM || errno == EINVAL || errno == E2BIG)
			return -ENOSYS;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -ENOSYS;
}

int root_open(const struct root *r, const char *path, int flags, mode_t mode,
	      struct err *e)
{
	const char *p = path[0] ? path : "/";
	int fd = open_in_root(r, p, flags, mode);

	if (fd == -ENOSYS)
		fd = walk_open(r, p, flags, mode);
	if (fd < 0)
		return fail(r, path, fd, e);
	return fd;
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	default:
		return "no regular file";
	}
}

int root_open_file(const struct root *r, const char *path, struct stat *st, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct stat s;
	struct stat opened;
	int k;

	/* A look first: opening a device or FIFO, even for reading, may act on it. */
	k = root_stat(r, path, true, &s, e);
	if (k < 0)
		return k;
	if (!S_ISREG(s.st_mode)) {
		_cleanup_free_ char *name = root_name(r, path);

		return err_set(e, EINVAL, "%s: is %s where a file belongs", name ?: path,
			       type_name(s.st_mode));
	}
	fd = root_open(r, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, e);
	if (fd < 0)
		return fd;
	if (fstat(fd, &opened) < 0)
		return fail(r, path, errno, e);
	if (!S_ISREG(opened.st_mode))
		return fail(r, path, ESTALE, e);
	if (st)
		*st = opened;
	return TAKE_FD(fd);
}

int root_read(const struct root *r, const char *path, size_t max, char **ret,
	      size_t *ret_len, struct err *e)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *buf = NULL;
	struct stat st = { 0 };
	size_t cap;
	size_t len = 0;

	fd = root_open_file(r, path, &st, e);
	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size > max)
		goto too_big;
	cap = (size_t)st.st_size + 1;
	for (;;) {
		char *grown = realloc(buf, cap + 1);
		ssize_t n;

		if (!grown)
			return err_nomem(e);
		buf = grown;
		n = read(fd, buf + len, cap - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(r, path, errno, e);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			goto too_big;
		if (len == cap)
			cap *= 2;
	}
	buf[len] = '\0';
	*ret = TAKE_PTR(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
too_big : {
	_cleanup_free_ char *name = root_name(r, path);

	return err_set(e, EFBIG,
		       "%s: is larger than the %zu bytes that such a file may have",
		       name ?: path, max);
}
}

int root_stat(const struct root *r, const char *path, bool follow, struct stat *st,
	      struct err *e)
{
	const char *p = path[0] ? path : "/";
	_cleanup_close_ int fd = open_in_root(r, p, O_PATH | (follow ? 0 : O_NOFOLLOW),
					      0);
	int k = fd;

	if (fd >= 0)
		k = fstat(fd, st) < 0 ? negative_errno() : 0;
	else if (fd == -ENOSYS)
		k = walk_stat(r, p, follow, st);
	if (k < 0)
		fail(r, path, k, e);
	return k;
}

bool root_is_file(const struct root *r, const char *path)
{
	struct stat st;

	return root_stat(r, path, true, &st, NULL) == 0 && S_ISREG(st.st_mode);
}

bool root_is_dir(const struct root *r, const char *path)
{
	struct stat st;

	return root_stat(r, path, true, &st, NULL) == 0 && S_ISDIR(st.st_mode);
}

/* root_parent(), opened with these flags */
static int open_parent(const struct root *r, const char *path, int flags, char **ret_base,
		       struct err *e)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_free_ char *base = NULL;
	size_t end = strlen(path);
	size_t start;
	int fd;

	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	base = strndup(path + start, end - start);
	dir = strndup(path, start);
	if (!base || !dir)
		return err_nomem(e);
	if (!base[0] || streq(base, ".") || streq(base, ".."))
		return fail(r, path, EINVAL, e);
	fd = root_open(r, dir, flags | O_DIRECTORY, 0, e);
	if (fd < 0)
		return fd;
	*ret_base = TAKE_PTR(base);
	return fd;
}

int root_readlink(const struct root *r, const char *path, char **ret, struct err *e)
{
	_cleanup_free_ char *base = NULL;
	_cleanup_close_ int dir = open_parent(r, path, O_PATH, &base, e);

	if (dir < 0)
		return dir;
	return at_readlink(dir, base, ret) < 0 ? fail(r, path, errno, e) : 0;
}

int root_realpath(const struct root *r, const char *path, bool missing_ok, char **ret,
		  struct err *e)
{
	int k = walk_realpath(r, path, missing_ok, ret);

	return k < 0 ? fail(r, path, k, e) : 0;
}

int root_parent(const struct root *r, const char *path, char **ret_base, struct err *e)
{
	return open_parent(r, path, O_RDONLY, ret_base, e);
}

void root_entries_done(struct root_entries *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
	*l = (struct root_entries){ 0 };
}

static int cmp_entries(const void *a, const void *b)
{
	return strcmp(((const struct root_entry *)a)->name,
		      ((const struct root_entry *)b)->name);
}

static int add_entry(struct root_entries *l, const struct dirent *de)
{
	if (vec_grow(&l->v, l->n, sizeof(*l->v)) < 0)
		return -ENOMEM;
	l->v[l->n] = (struct root_entry){ strdup(de->d_name), de->d_type };
	return l->v[l->n++].name ? 0 : -ENOMEM;
}

int root_entries(const struct root *r, const char *path, struct root_entries *ret,
		 struct err *e)
{
	_cleanup_(root_entries_done) struct root_entries out = { 0 };
	_cleanup_closedir_ DIR *d = NULL;
	int fd = root_open(r, path, O_RDONLY | O_DIRECTORY, 0, e);

	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d) {
		int code = errno;

		close(fd);
		return fail(r, path, code, e);
	}
	for (;;) {
		struct dirent *de;

		errno = 0;
		de = readdir(d);
		if (!de && errno)
			return fail(r, path, errno, e);
		if (!de)
			break;
		if (streq(de->d_name, ".") || streq(de->d_name, ".."))
			continue;
		if (add_entry(&out, de) < 0)
			return err_nomem(e);
	}
	if (out.n > 1)
		qsort(out.v, out.n, sizeof(*out.v), cmp_entries);
	*ret = out;
	out = (struct root_entries){ 0 };
	return 0;
}

int root_list(const struct root *r, const char *path, struct strv *names, struct err *e)
{
	_cleanup_(root_entries_done) struct root_entries l = { 0 };
	_cleanup_strv_ struct strv out = { 0 };
	int k = root_entries(r, path, &l, e);

	if (k < 0)
		return k;
	for (size_t i = 0; i < l.n; i++)
		if (strv_add(&out, l.v[i].name) < 0)
			return err_nomem(e);
	*names = out;
	out = (struct strv){ 0 };
	return 0;
}
