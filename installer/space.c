/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there room for the new files and the backups, before anything is written? */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "installer/tx.h"

#define SLACK (1024 * 1024)

struct need {
	dev_t dev;
	uint64_t bytes;
	uint64_t files;
	char *path; /* a folder on that file system */
};

struct needs {
	struct need *v;
	size_t n;
};

static void needs_done(struct needs *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
}

/* The nearest folder above a path that exists already. */
static int existing_folder(const struct root *r, const char *path, char **ret,
			   struct stat *st, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(path);

	while (dir) {
		int k = root_stat(r, dir, true, st, e);
		char *up;

		if (k == 0) {
			*ret = TAKE_PTR(dir);
			return 0;
		}
		if (k != -ENOENT || streq(dir, "/"))
			return k;
		up = path_folder(dir);
		free(dir);
		dir = up;
	}
	return err_nomem(e);
}

static int add(struct needs *l, const struct root *r, const char *path, uint64_t bytes,
	       struct err *e)
{
	_cleanup_free_ char *dir = NULL;
	struct stat st;
	int k = existing_folder(r, path, &dir, &st, e);
	size_t i;

	if (k < 0)
		return k;
	for (i = 0; i < l->n; i++)
		if (l->v[i].dev == st.st_dev)
			break;
	if (i == l->n) {
		if (vec_grow(&l->v, l->n, sizeof(*l->v)) < 0)
			return err_nomem(e);
		l->v[l->n++] = (struct need){ .dev = st.st_dev, .path = TAKE_PTR(dir) };
	}
	/* Files take whole blocks. */
	l->v[i].bytes += (bytes + 4095) & ~(uint64_t)4095;
	l->v[i].files++;
	return 0;
}

static bool same_fs(const struct root *r, const char *a, const char *b)
{
	_cleanup_free_ char *x = NULL;
	_cleanup_free_ char *y = NULL;
	struct stat s;
	struct stat t;

	return existing_folder(r, a, &x, &s, NULL) == 0 &&
	       existing_folder(r, b, &y, &t, NULL) == 0 && s.st_dev == t.st_dev;
}

/* The folder where its file system begins, for the sentence. */
static char *mount_point(const struct root *r, const struct need *n)
{
	char *at = strdup(n->path);

	while (at && !streq(at, "/")) {
		char *up = path_folder(at);
		struct stat st;

		if (!up || root_stat(r, up, true, &st, NULL) < 0 || st.st_dev != n->dev) {
			free(up);
			break;
		}
		free(at);
		at = up;
	}
	return at;
}

static int check(const struct root *r, const struct need *n, struct err *e)
{
	_cleanup_close_ int fd = root_open(r, n->path, O_RDONLY | O_DIRECTORY, 0, e);
	_cleanup_free_ char *mount = mount_point(r, n);
	_cleanup_free_ char *name = mount ? root_name(r, mount) : NULL;
	uint64_t needed = n->bytes + SLACK;
	uint64_t there;
	struct statvfs fs;

	if (fd < 0)
		return fd;
	if (!name)
		return err_nomem(e);
	if (fstatvfs(fd, &fs) < 0)
		return err_errno(e, errno, "%s", name);
	if (fs.f_flag & ST_RDONLY)
		return err_set(e, EROFS, "%s: its file system is read-only", name);
	there = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (there < needed)
		return err_set(e, ENOSPC,
			       "%s: %" PRIu64 " KiB are needed on its file system, "
			       "and %" PRIu64 " KiB are free",
			       name, needed / 1024, there / 1024);
	if (fs.f_files && fs.f_favail < n->files)
		return err_set(e, ENOSPC,
			       "%s: %" PRIu64 " new files are needed on its file system, "
			       "and it has room for %" PRIu64,
			       name, n->files, (uint64_t)fs.f_favail);
	return 0;
}

int space_check(struct tx *tx, const struct plan *p, const struct jgen *g, struct err *e)
{
	_cleanup_(needs_done) struct needs l = { 0 };
	int k = add(&l, tx->r, JOURNAL_PATH, 0, e);

	for (size_t i = 0; k == 0 && i < p->n; i++) {
		const struct op *o = &p->v[i];
		const struct jop *op = &g->ops[i];

		k = add(&l, tx->r, op->path, o->produce ? o->bytes : o->len, e);
		if (k == 0 && op->backup && !same_fs(tx->r, op->path, op->backup))
			k = add(&l, tx->r, op->backup, op->old.size, e);
	}
	for (size_t i = 0; k == 0 && i < l.n; i++)
		k = check(tx->r, &l.v[i], e);
	return k;
}
