/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/at.h"
#include "lib/strv.h"
#include "tests/faults/record.h"

/* --- looking into the child ------------------------------------------------------- */

/* What a call names: a file that is open, or a name in a folder. */
struct place {
	int fd;	    /* O_PATH, of the file or the folder; -1: there is no such */
	char *base; /* NULL: the file is open */
};

static void place_done(struct place *p)
{
	if (p->fd >= 0)
		close(p->fd);
	free(p->base);
}

#define _cleanup_place_ _cleanup_(place_done)

static char *string_of(pid_t pid, unsigned long at)
{
	_cleanup_free_ char *mem = must(strf("/proc/%d/mem", pid));
	_cleanup_close_ int fd = open(mem, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *buf = must(calloc(1, PATH_MAX + 1));

	if (fd < 0 || pread(fd, buf, PATH_MAX, (off_t)at) <= 0)
		die(mem);
	return must(strdup(buf));
}

/* A path that leads to the same in this process. */
static char *fd_path(pid_t pid, unsigned long fd)
{
	return must((int)fd == AT_FDCWD ? strf("/proc/%d/cwd", pid)
					: strf("/proc/%d/fd/%d", pid, (int)fd));
}

static int open_path(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

static struct place place_in(pid_t pid, unsigned long dirfd, const char *path)
{
	_cleanup_free_ char *dir = fd_path(pid, dirfd);
	_cleanup_free_ char *full = NULL;
	const char *base = path_base(path);
	const int len = (int)(base - path);
	const int self = (int)strlen("/proc/self/");

	if (!path[0])
		return (struct place){ open_path(dir), NULL };
	if (startswith(path, "/proc/self/"))
		full = must(strf("/proc/%d/%.*s", pid, len - self, path + self));
	else
		full = must(strf("%s%s%.*s", path[0] == '/' ? "" : dir,
				 path[0] == '/' ? "" : "/", len, path));
	return (struct place){ open_path(full), must(strdup(base)) };
}

/* Of the argument with that number. */
static struct place place_of(const struct trace_call *c, size_t arg)
{
	_cleanup_free_ char *path = NULL;

	if (c->flags & TRACE_PATH) {
		path = string_of(c->pid, c->args[arg]);
		return place_in(c->pid, (unsigned long)AT_FDCWD, path);
	}
	if (c->flags & TRACE_FD || !c->args[arg + 1])
		return place_in(c->pid, c->args[arg], "");
	path = string_of(c->pid, c->args[arg + 1]);
	return place_in(c->pid, c->args[arg], path);
}

/* The argument that the flags of a call speak of. */
static size_t first_arg(int nr)
{
#ifdef SYS_symlink
	if (nr == SYS_symlink)
		return 1;
#endif
	return nr == SYS_symlinkat ? 1 : 0;
}

bool touches(void *root, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, first_arg(c->nr));
	_cleanup_free_ char *proc = must(strf("/proc/self/fd/%d", p.fd));
	char target[PATH_MAX + 1];
	const char *top = root;
	size_t len = strlen(top);
	ssize_t n = readlink(proc, target, sizeof(target) - 1);

	return n >= (ssize_t)len && memcmp(target, top, len) == 0 &&
	       (n == (ssize_t)len || target[len] == '/');
}

/* --- effects ---------------------------------------------------------------------- */

static struct effect *add(struct recording *r, enum effect_kind kind, size_t inode)
{
	struct effect *e;

	if (vec_grow(&r->v, r->n, sizeof(*r->v)) < 0)
		die("no memory");
	e = &r->v[r->n++];
	e->kind = kind;
	e->call = r->n_calls;
	e->durable = e->settled = NEVER;
	e->inode = inode;
	e->gone.dir = e->come.dir = NO_INODE;
	return e;
}

void effect_apply(const struct effect *e, struct model *m, size_t len)
{
	struct attrs *a = e->inode == NO_INODE ? NULL : &m->v[e->inode].attrs;

	switch (e->kind) {
	case EFFECT_NAME:
		if (e->gone.dir != NO_INODE) {
			model_set(m, e->gone.dir, e->gone.name, NO_INODE);
			m->v[e->gone.dir].attrs.mtime = e->gone.mtime;
		}
		if (e->come.dir != NO_INODE) {
			model_set(m, e->come.dir, e->come.name, e->inode);
			m->v[e->come.dir].attrs.mtime = e->come.mtime;
		}
		return;
	case EFFECT_DATA:
		model_write(m, e->inode, e->at, e->bytes, len);
		a->mtime = e->attrs.mtime;
		return;
	case EFFECT_SIZE:
		model_resize(m, e->inode, e->at);
		a->mtime = e->attrs.mtime;
		return;
	case EFFECT_OWNER:
		a->mode = e->attrs.mode;
		a->uid = e->attrs.uid;
		a->gid = e->attrs.gid;
		return;
	case EFFECT_TIME:
		a->mtime = e->attrs.mtime;
		return;
	case EFFECT_XATTR:
		model_xattr(m, e->inode, e->xattr, e->bytes, e->len);
		return;
	}
}

/* The newest with that number: a number is used again once its file is gone. */
static size_t inode_of(const struct recording *r, int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die("a file of the run");
	for (size_t i = r->live->n; i-- > 0;)
		if (r->live->v[i].number == st.st_ino)
			return i;
	fprintf(stderr, "inode %" PRIu64 " is not known\n", (uint64_t)st.st_ino);
	abort();
}

static size_t inode_at(const struct recording *r, const struct place *p)
{
	size_t i = inode_of(r, p->fd);

	return p->base ? model_get(r->live, i, p->base) : i;
}

static struct timespec mtime_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		die("a folder of the run");
	return st.st_mtim;
}

/* A name comes (inode), or goes, or both; either place may be NULL. */
static void name_effect(struct recording *r, const struct place *gone,
			const struct place *come, size_t inode)
{
	struct effect *e = add(r, EFFECT_NAME, inode);

	if (gone) {
		e->gone.dir = inode_of(r, gone->fd);
		e->gone.name = must(strdup(gone->base));
		e->gone.mtime = mtime_of(gone->fd);
	}
	if (come) {
		e->come.dir = inode_of(r, come->fd);
		e->come.name = must(strdup(come->base));
		e->come.mtime = mtime_of(come->fd);
	}
}

/* What was made is there from the start, under no name. */
static void created(struct recording *r, const struct place *p)
{
	size_t i = model_add(r->live, p->fd, p->base);

	if (model_add_copy(r->start, &r->live->v[i]) != i)
		abort();
	name_effect(r, NULL, p, i);
}

static void opened(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, 0);
	size_t i = inode_at(r, &p);

	if (i == NO_INODE) {
		created(r, &p);
	} else if (c->args[2] & O_TRUNC) {
		struct effect *e = add(r, EFFECT_SIZE, i);
		_cleanup_free_ char *path = fd_path(c->pid, (unsigned long)c->ret);
		_cleanup_close_ int fd = open_path(path);

		e->attrs.mtime = mtime_of(fd);
	}
}

static void made_node(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, first_arg(c->nr));

	created(r, &p);
}

static void linked(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place from = place_of(c, 0);
	_cleanup_place_ struct place to = place_of(c, 2);

	name_effect(r, NULL, &to, inode_at(r, &from));
}

static void renamed(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place from = place_of(c, 0);
	_cleanup_place_ struct place to = place_of(c, 2);
	size_t i = inode_at(r, &from);

	/* Names of one inode: nothing happens. */
	if (i != inode_at(r, &to))
		name_effect(r, &from, &to, i);
}

static void unlinked(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, 0);

	name_effect(r, &p, NULL, NO_INODE);
}

/* Where a write() that took so many bytes began. */
static size_t start_of(const struct trace_call *c)
{
	_cleanup_free_ char *path = must(
		strf("/proc/%d/fdinfo/%d", c->pid, (int)c->args[0]));
	FILE *f = fopen(path, "re");
	size_t pos;

	if (!f || fscanf(f, "pos: %zu", &pos) != 1)
		die(path);
	fclose(f);
	return pos - (size_t)c->ret;
}

static void wrote(struct recording *r, const struct trace_call *c)
{
	_cleanup_free_ char *path = fd_path(c->pid, c->args[0]);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct effect *e;

	if (fd < 0)
		die(path);
	e = add(r, EFFECT_DATA, inode_of(r, fd));
	e->at = c->nr == SYS_pwrite64 ? c->args[3] : start_of(c);
	e->len = (size_t)c->ret;
	e->bytes = must(malloc(e->len + 1));
	e->attrs.mtime = mtime_of(fd);
	if (pread(fd, e->bytes, e->len, (off_t)e->at) != c->ret)
		die(path);
}

static void resized(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, 0);
	struct effect *e = add(r, EFFECT_SIZE, inode_at(r, &p));

	e->at = c->args[1];
	e->attrs.mtime = mtime_of(p.fd);
}

static void allocated(struct recording *r, const struct trace_call *c)
{
	if (c->args[1] != FALLOC_FL_KEEP_SIZE) {
		fprintf(stderr, "fallocate() with flags %#lx is not recorded\n",
			c->args[1]);
		abort();
	}
}

/* Attributes as they are now. */
static void attribute(struct recording *r, const struct trace_call *c,
		      enum effect_kind kind)
{
	_cleanup_place_ struct place p = place_of(c, 0);
	_cleanup_attrs_ struct attrs now = { 0 };
	struct effect *e = add(r, kind, inode_at(r, &p));
	_cleanup_free_ char *path = must(strf("/proc/self/fd/%d", p.fd));
	_cleanup_close_ int fd = p.base ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	const struct xattr *x;
	struct stat st;

	if (p.base ? at_stat(p.fd, p.base, &st) < 0 ||
			     attrs_read_unopened(p.fd, p.base, &st, "", &now, NULL) < 0
		   : attrs_read(fd, "", &now, NULL) < 0)
		die("attributes");
	e->attrs = (struct attrs){
		.mode = now.mode, .uid = now.uid, .gid = now.gid, .mtime = now.mtime
	};
	if (kind != EFFECT_XATTR)
		return;
	e->xattr = string_of(c->pid, c->args[1]);
	x = attrs_find(&now, e->xattr);
	if (!x)
		return;
	e->len = x->len;
	e->bytes = must(malloc(x->len + 1));
	memcpy(e->bytes, x->value, x->len);
}

static void owned(struct recording *r, const struct trace_call *c)
{
	attribute(r, c, EFFECT_OWNER);
}

static void timed(struct recording *r, const struct trace_call *c)
{
	attribute(r, c, EFFECT_TIME);
}

static void labelled(struct recording *r, const struct trace_call *c)
{
	attribute(r, c, EFFECT_XATTR);
}

/* --- syncing ----------------------------------------------------------------------- */

static bool is_name_of(const struct model *m, size_t dir, size_t inode)
{
	for (size_t i = 0; i < m->v[dir].n; i++)
		if (m->v[dir].entries[i].inode == inode)
			return true;
	return false;
}

static bool is_synced(const struct recording *r, const struct effect *e, size_t inode)
{
	const struct model *m = r->live;

	if (e->kind == EFFECT_NAME)
		return e->gone.dir == inode || e->come.dir == inode;
	if (e->inode == inode)
		return true;
	/* A link or a device cannot be synced: its owner goes with its name. */
	return m->v[e->inode].type != S_IFREG && m->v[e->inode].type != S_IFDIR &&
	       is_name_of(m, inode, e->inode);
}

static void synced(struct recording *r, const struct trace_call *c)
{
	_cleanup_place_ struct place p = place_of(c, 0);
	size_t inode = inode_at(r, &p);
	bool all = c->nr == SYS_syncfs;

	for (size_t i = 0; i < r->n; i++) {
		struct effect *e = &r->v[i];
		bool data = e->kind == EFFECT_DATA || e->kind == EFFECT_SIZE;

		if (e->settled == NEVER && all)
			e->settled = r->n_calls;
		if (e->durable == NEVER &&
		    (all || (is_synced(r, e, inode) && (data || c->nr != SYS_fdatasync))))
			e->durable = r->n_calls;
	}
}

/* --- the run ----------------------------------------------------------------------- */

static const struct {
	int nr;
	void (*note)(struct recording *r, const struct trace_call *c);
} notes[] = {
	{ SYS_openat, opened },		{ SYS_mkdirat, made_node },
	{ SYS_mknodat, made_node },	{ SYS_symlinkat, made_node },
	{ SYS_linkat, linked },		{ SYS_renameat, renamed },
	{ SYS_renameat2, renamed },	{ SYS_unlinkat, unlinked },
	{ SYS_write, wrote },		{ SYS_pwrite64, wrote },
	{ SYS_writev, wrote },		{ SYS_ftruncate, resized },
	{ SYS_fallocate, allocated },	{ SYS_fchmod, owned },
	{ SYS_fchmodat, owned },	{ SYS_fchown, owned },
	{ SYS_fchownat, owned },	{ SYS_utimensat, timed },
	{ SYS_lsetxattr, labelled },	{ SYS_fsetxattr, labelled },
	{ SYS_fremovexattr, labelled }, { SYS_fsync, synced },
	{ SYS_fdatasync, synced },	{ SYS_syncfs, synced },
};

static void note(void *arg, const struct trace_call *c)
{
	struct recording *r = arg;
	size_t before = r->n;
	size_t i = 0;

	while (i < ELEMENTSOF(notes) && notes[i].nr != c->nr)
		i++;
	if (i == ELEMENTSOF(notes)) {
		fprintf(stderr, "%s() is not recorded\n", c->name);
		abort();
	}
	if (c->ret >= 0)
		notes[i].note(r, c);
	for (; before < r->n; before++)
		effect_apply(&r->v[before], r->live, r->v[before].len);
	r->calls = must(realloc(r->calls, (r->n_calls + 1) * sizeof(*r->calls)));
	r->calls[r->n_calls++] = c->name;
}

static bool is_below(void *arg, const struct trace_call *c)
{
	struct recording *r = arg;
	union {
		const char *text;
		void *arg;
	} root = { r->root };

	return touches(root.arg, c);
}

struct recording *record(const char *root, int (*f)(void *arg), void *arg,
			 int *ret_status)
{
	struct recording *r = must(calloc(1, sizeof(*r)));
	struct trace t = {
		.what = TRACE_RUN,
		.also_at = -1,
		.only = TRACE_ANY,
		.counts = is_below,
		.made = note,
		.hook_arg = r,
	};

	r->root = root;
	r->start = model_load(root);
	r->live = model_clone(r->start);
	trace_run(&t, f, arg);
	*ret_status = t.status;
	return r;
}

void recording_free(struct recording *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].gone.name);
		free(r->v[i].come.name);
		free(r->v[i].xattr);
		free(r->v[i].bytes);
	}
	free(r->v);
	free(r->calls);
	model_free(r->start);
	model_free(r->live);
	free(r);
}
