/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

void tx_done(struct tx *tx)
{
	for (size_t i = 0; i < tx->n_dirs; i++) {
		if (tx->dirs[i].fd >= 0)
			close(tx->dirs[i].fd);
		free(tx->dirs[i].path);
	}
	free(tx->dirs);
	journal_done(&tx->j);
	if (tx->journal >= 0)
		close(tx->journal);
	if (tx->lock >= 0)
		close(tx->lock);
	*tx = (struct tx)TX_INIT(NULL);
}

void spot_done(struct spot *s)
{
	free(s->name);
	*s = (struct spot){ 0 };
}

bool path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* The folder's place in tx->dirs, opening it at first use. */
static int open_dir(struct tx *tx, const char *path, struct err *e)
{
	_cleanup_free_ char *copy = NULL;
	int fd;

	for (size_t i = 0; i < tx->n_dirs; i++)
		if (streq(tx->dirs[i].path, path))
			return (int)i;
	fd = root_open(tx->r, path, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return fd;
	copy = strdup(path);
	if (!copy || vec_grow(&tx->dirs, tx->n_dirs, sizeof(*tx->dirs)) < 0) {
		close(fd);
		return err_nomem(e);
	}
	tx->dirs[tx->n_dirs] = (struct txdir){ .path = TAKE_PTR(copy), .fd = fd };
	return (int)tx->n_dirs++;
}

int tx_spot(struct tx *tx, const char *path, struct spot *ret, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(path);
	int i;

	if (!dir)
		return err_nomem(e);
	i = open_dir(tx, dir, e);
	if (i < 0)
		return i;
	*ret = (struct spot){
		.dir = (size_t)i,
		.fd = tx->dirs[i].fd,
		.base = path_base(path),
		.name = root_name(tx->r, path),
	};
	return ret->name ? 0 : err_nomem(e);
}

void tx_dirty(struct tx *tx, const struct spot *s)
{
	tx->dirs[s->dir].dirty = true;
	tx->unsettled = true;
}

int tx_sync(struct tx *tx, struct err *e)
{
	for (size_t i = 0; i < tx->n_dirs; i++) {
		struct txdir *d = &tx->dirs[i];
		int k = d->dirty ? atomic_sync(d->fd) : 0;

		if (k < 0) {
			_cleanup_free_ char *name = root_name(tx->r, d->path);

			return err_errno(e, k, "%s: cannot sync this folder",
					 name ?: d->path);
		}
		d->dirty = false;
	}
	return 0;
}

char *tx_beside(const char *path, const char *suffix)
{
	_cleanup_free_ char *name = atomic_name(path_base(path), suffix);

	if (!name)
		return NULL;
	return strf("%.*s%s", (int)(path_base(path) - path), path, name);
}

int tx_look(struct tx *tx, const char *path, struct node *ret, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, path, &s, e);

	if (k == -ENOENT) {
		*ret = (struct node){ 0 };
		return 0;
	}
	return k < 0 ? k : node_read(s.fd, s.base, s.name, ret, e);
}

static bool has_size(const struct node *n, off_t size)
{
	return n && n->type == NODE_FILE && n->size == (uint64_t)size;
}

int tx_look_for(struct tx *tx, const char *path, const struct node *a,
		const struct node *b, struct node *ret, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, path, &s, e);
	struct stat st;

	*ret = (struct node){ 0 };
	if (k < 0)
		return k == -ENOENT ? 0 : k;
	if (at_stat(s.fd, s.base, &st) == 0 && S_ISREG(st.st_mode) &&
	    !has_size(a, st.st_size) && !has_size(b, st.st_size)) {
		ret->type = NODE_FILE;
		ret->size = (uint64_t)st.st_size;
		return 0;
	}
	return node_read(s.fd, s.base, s.name, ret, e);
}

/* Whether chattr has said so, of a file or folder; what is anything else is not opened.
 */
static bool is_fixed(int dirfd, const char *base)
{
	_cleanup_close_ int fd = -1;
	unsigned int flags = 0;
	struct stat st;

	if (at_stat(dirfd, base, &st) < 0 ||
	    !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return false;
	fd = at_open(dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	return fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	       (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL));
}

int tx_refuse_fixed(int fd, const char *base, const char *name, struct err *e)
{
	if (!base[0] && at_access(fd, ".", W_OK) < 0 && errno == EROFS)
		return err_set(e, EROFS, "%s: its file system is read-only", name);
	if (!is_fixed(fd, base[0] ? base : "."))
		return 0;
	return err_set(e, EPERM, "%s: is immutable or append-only (see chattr)", name);
}

/* A file system that cannot be written says so before it looks. */
static bool is_gone(const struct spot *s, int code)
{
	struct stat st;

	return code == ENOENT || (at_stat(s->fd, s->base, &st) < 0 && errno == ENOENT);
}

int tx_mkdir(struct tx *tx, const struct spot *s, mode_t mode, const struct attrs *lent,
	     struct err *e)
{
	_cleanup_close_ int fd = -1;
	int k;

	if (at_mkdir(s->fd, s->base, mode) < 0)
		return err_errno(e, errno, "%s: cannot create it", s->name);
	tx_dirty(tx, s);
	fd = at_open(s->fd, s->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_errno(e, errno, "%s", s->name);
	k = attrs_lend(fd, lent, mode, s->name, e);
	return k < 0 ? k : TAKE_FD(fd);
}

int tx_unlink(struct tx *tx, const char *path, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, path, &s, e);

	if (k < 0)
		return k == -ENOENT ? 0 : k;
	if (at_unlink(s.fd, s.base) == 0) {
		tx_dirty(tx, &s);
		return 0;
	}
	k = errno;
	return is_gone(&s, k) ? 0 : err_errno(e, k, "%s: cannot remove it", s.name);
}

int tx_rmdir(struct tx *tx, const char *path, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, path, &s, e);

	if (k < 0)
		return k == -ENOENT ? 1 : k;
	if (at_rmdir(s.fd, s.base) == 0) {
		tx_dirty(tx, &s);
		return 1;
	}
	k = errno;
	if (k == ENOTEMPTY || k == EEXIST || k == ENOTDIR)
		return 0;
	return is_gone(&s, k) ? 1 : err_errno(e, k, "%s: cannot remove it", s.name);
}

/* Whether a path and a node are names of one inode. */
static bool is_same_inode(struct tx *tx, const char *path, const struct node *n)
{
	_cleanup_spot_ struct spot s = { 0 };
	struct stat st;

	return path && tx_spot(tx, path, &s, NULL) == 0 &&
	       at_stat(s.fd, s.base, &st) == 0 && st.st_dev == n->dev &&
	       st.st_ino == n->ino;
}

static bool same_content(const struct node *a, const struct node *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == NODE_FILE)
		return streq(a->digest, b->digest);
	return a->type != NODE_LINK || streq(a->link, b->link);
}

static bool is_original(struct tx *tx, const struct jop *op, const struct node *now)
{
	if (now->type == NODE_NONE)
		return op->old.type == NODE_NONE;
	return same_content(now, &op->old) &&
	       (is_same_inode(tx, op->backup, now) ||
		node_equal(now, &op->old, ATTRS_TIMES | ATTRS_CONTENT));
}

/* @now is what stands at the path. */
static bool folder_is_gone(struct tx *tx, const char *path, const struct node *now)
{
	_cleanup_spot_ struct spot s = { 0 };

	return now->type == NODE_NONE && tx_spot(tx, path, &s, NULL) == -ENOENT;
}

int tx_whose(struct tx *tx, const struct jop *op, enum whose *ret, struct err *e)
{
	_cleanup_node_ struct node now = { 0 };
	int k = tx_look_for(tx, op->path, &op->old, &op->new, &now, e);

	if (k < 0)
		return k;
	if (folder_is_gone(tx, op->path, &now))
		*ret = WHOSE_GONE;
	else if (is_original(tx, op, &now))
		*ret = WHOSE_ORIGINAL;
	else if (now.type == NODE_NONE)
		*ret = op->kind == OP_REMOVE ? WHOSE_OURS : WHOSE_MISSING;
	else if (op->kind == OP_MKDIR)
		*ret = now.type == NODE_DIR ? WHOSE_OURS : WHOSE_FOREIGN;
	else if (op->new.type != NODE_NONE && node_equal(&now, &op->new, 0))
		*ret = WHOSE_OURS;
	else
		*ret = WHOSE_FOREIGN;
	return 0;
}

int tx_whose_rename(struct tx *tx, const struct jop *op, enum whose *ret, struct err *e)
{
	_cleanup_node_ struct node from = { 0 };
	_cleanup_node_ struct node to = { 0 };
	int k = tx_look_for(tx, op->path, &op->old, NULL, &from, e);

	if (k == 0)
		k = tx_look_for(tx, op->to, &op->old, NULL, &to, e);
	if (k < 0)
		return k;
	*ret = WHOSE_FOREIGN;
	if (folder_is_gone(tx, op->path, &from) || folder_is_gone(tx, op->to, &to))
		*ret = WHOSE_GONE;
	else if (to.type == NODE_NONE && node_equal(&from, &op->old, 0))
		*ret = WHOSE_ORIGINAL;
	else if (from.type == NODE_NONE && node_equal(&to, &op->old, 0))
		*ret = WHOSE_OURS;
	else if (from.type == NODE_NONE && to.type == NODE_NONE)
		*ret = WHOSE_MISSING;
	return 0;
}

int tx_rename(struct tx *tx, const char *from, const char *to, struct err *e)
{
	_cleanup_spot_ struct spot old = { 0 };
	_cleanup_spot_ struct spot new = { 0 };
	int k = tx_spot(tx, from, &old, e);

	if (k == 0)
		k = tx_spot(tx, to, &new, e);
	if (k < 0)
		return k;
	tx_dirty(tx, &old);
	tx_dirty(tx, &new);
	k = atomic_rename_new(old.fd, old.base, new.fd, new.base);
	return k < 0 ? err_errno(e, k, "%s: cannot rename it to %s", old.name, to) : 0;
}
