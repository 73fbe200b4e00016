/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before the commit: look at everything, then put the new files beside their targets. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

/* --- looking ------------------------------------------------------------------- */

static bool made_by(const struct jgen *g, const char *dir)
{
	if (g->made && path_within(dir, g->made))
		return true;
	for (size_t i = 0; i < g->n_ops; i++)
		if (g->ops[i].kind == OP_MKDIR && streq(g->ops[i].path, dir))
			return true;
	return false;
}

static int add_dir(struct jgen *g, const char *path, struct timespec before,
		   struct err *e)
{
	char *copy = strdup(path);

	if (!copy || vec_grow(&g->dirs, g->n_dirs, sizeof(*g->dirs)) < 0) {
		free(copy);
		return err_nomem(e);
	}
	g->dirs[g->n_dirs++] = (struct jdir){ .path = copy, .before = before };
	return 0;
}

/* Note the folder that holds a path, once. 0, also when the plan itself makes it. */
static int note_folder(struct tx *tx, struct jgen *g, const char *path, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(path);
	_cleanup_free_ char *name = dir ? root_name(tx->r, dir) : NULL;
	_cleanup_spot_ struct spot s = { 0 };
	struct stat st;
	int k;

	if (!name)
		return err_nomem(e);
	for (size_t i = 0; i < g->n_dirs; i++)
		if (streq(g->dirs[i].path, dir))
			return 0;
	if (made_by(g, dir))
		return 0;
	k = tx_spot(tx, path, &s, e);
	if (k < 0)
		return k;
	if (fstat(s.fd, &st) < 0)
		return err_errno(e, errno, "%s", name);
	k = tx_refuse_fixed(s.fd, "", name, e);
	return k < 0 ? k : add_dir(g, dir, st.st_mtim, e);
}

static int must_be_free(struct tx *tx, const char *path, const char *why, struct err *e)
{
	_cleanup_free_ char *name = path ? root_name(tx->r, path) : NULL;
	_cleanup_node_ struct node n = { 0 };
	int k;

	if (!name)
		return err_nomem(e);
	k = tx_look_for(tx, path, NULL, NULL, &n, e);
	if (k == 0 && n.type != NODE_NONE)
		k = err_set(e, EEXIST, "%s: exists, %s", name, why);
	return k;
}

/* The names beside are ours to create and remove: they must not be there. */
static int look_beside(struct tx *tx, const char *path, struct err *e)
{
	const char *why = "left by another program or another version of this one";
	_cleanup_free_ char *new = tx_beside(path, ATOMIC_NEW);
	_cleanup_free_ char *old = tx_beside(path, ATOMIC_OLD);
	_cleanup_free_ char *left = tx_beside(path, ATOMIC_LEFT);
	int k = must_be_free(tx, new, why, e);

	if (k == 0)
		k = must_be_free(tx, old, why, e);
	return k < 0 ? k : must_be_free(tx, left, why, e);
}

/* Where the original goes; an earlier generation's kept file is never replaced. */
static int choose_backup(struct tx *tx, const struct op *o, const struct jgen *g,
			 struct jop *op, struct err *e)
{
	bool taken = false;

	for (size_t i = 0; i < tx->j.n_gens; i++)
		for (size_t n = 0; o->keep && n < tx->j.gens[i].n_ops; n++)
			taken |= tx->j.gens[i].ops[n].kept &&
				 streq(tx->j.gens[i].ops[n].backup, o->keep);
	op->kept = o->keep && !taken;
	op->backup = op->kept ? strdup(o->keep)
			      : strf(BACKUP_DIR "/%u.%zu", g->number, g->n_ops);
	if (!op->backup)
		return err_nomem(e);
	if (!op->kept)
		return 0;
	return must_be_free(tx, op->backup, "where the original would be kept", e);
}

static int look_at_target(struct tx *tx, const struct op *o, const struct jop *op,
			  struct err *e)
{
	_cleanup_free_ char *name = root_name(tx->r, op->path);
	_cleanup_spot_ struct spot s = { 0 };
	bool is_new = op->kind == OP_MKDIR || op->kind == OP_MKNOD ||
		      op->kind == OP_SYMLINK;
	bool expected = !is_new && (op->kind != OP_WRITE || o->exists);

	if (!name)
		return err_nomem(e);
	if (op->old.type == NODE_NONE)
		return expected ? err_set(e, ENOENT, "%s: is gone since it was looked at",
					  name)
				: 0;
	if (!expected)
		return err_set(e, EEXIST,
			       "%s: is there, and was not when it was looked for", name);
	if (op->old.type != NODE_FILE &&
	    (op->kind == OP_WRITE || op->old.type != NODE_LINK))
		return err_set(e, EINVAL, "%s: is %s where a file belongs", name,
			       node_type_name(op->old.type));
	if (op->old.type == NODE_FILE && o->old_digest[0] &&
	    !streq(o->old_digest, op->old.digest))
		return err_set(e, ESTALE, "%s: was changed since it was read", name);
	if (tx_spot(tx, op->path, &s, e) < 0)
		return -ENOENT;
	return tx_refuse_fixed(s.fd, s.base, name, e);
}

static int look_at_op(struct tx *tx, const struct op *o, struct jgen *g, struct jop *op,
		      struct err *e)
{
	int k = note_folder(tx, g, op->path, e);

	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		if (streq(g->ops[i].path, op->path) || streq(g->ops[i].to, op->path))
			k = err_set(e, EINVAL, "%s: is planned twice", op->path);
	if (k == 0)
		k = tx_look(tx, op->path, &op->old, e);
	if (k == 0)
		k = look_at_target(tx, o, op, e);
	if (k == 0 && op->kind != OP_MKDIR && op->kind != OP_RENAME)
		k = look_beside(tx, op->path, e);
	if (k == 0 && op->kind == OP_RENAME) {
		k = note_folder(tx, g, op->to, e);
		if (k == 0)
			k = must_be_free(tx, op->to, "where another file is to go", e);
	}
	if (k == 0 && op->kind != OP_RENAME && op->old.type != NODE_NONE)
		k = choose_backup(tx, o, g, op, e);
	if (k == 0 && op->kept)
		k = note_folder(tx, g, op->backup, e);
	return k;
}

static int copy_text(const char *text, char **ret, struct err *e)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? err_nomem(e) : 0;
}

static int look_at(struct tx *tx, const struct op *o, struct jgen *g, struct err *e)
{
	struct jop op = { .kind = o->kind, .boot = o->boot, .config = o->config };
	int k = copy_text(o->action ?: "change", &op.action, e);

	if (k == 0)
		k = copy_text(o->path, &op.path, e);
	if (k == 0)
		k = copy_text(o->to, &op.to, e);
	if (k == 0)
		k = copy_text(o->detail, &op.detail, e);
	if (k == 0)
		k = look_at_op(tx, o, g, &op, e);
	if (k == 0 && vec_grow(&g->ops, g->n_ops, sizeof(*g->ops)) < 0)
		k = err_nomem(e);
	if (k < 0) {
		jop_done(&op);
		return k;
	}
	g->ops[g->n_ops++] = op;
	return 0;
}

/* The folder that will hold our state, first of the folders; a later one holds our files.
 */
static int look_at_state(struct tx *tx, struct jgen *g, struct err *e)
{
	int k = state_made(tx->r, &g->made, e);

	if (k < 0)
		return k;
	if (g->made) {
		/* Its folder is to be noted, although it is within what holds our state.
		 */
		_cleanup_free_ char *made = TAKE_PTR(g->made);

		k = note_folder(tx, g, made, e);
		g->made = TAKE_PTR(made);
		return k;
	}
	k = note_folder(tx, g, JOURNAL_PATH, e);
	if (k == 0 && root_is_dir(tx->r, BACKUP_DIR))
		k = note_folder(tx, g, BACKUP_DIR "/", e);
	return k;
}

int stage_look(struct tx *tx, const struct plan *p, struct jgen *g, struct err *e)
{
	int k = look_at_state(tx, g, e);

	for (size_t i = 0; k == 0 && i < p->n; i++)
		k = look_at(tx, &p->v[i], g, e);
	return k < 0 ? k : space_check(tx, p, g, e);
}

/* --- staging ------------------------------------------------------------------- */

/* The neighbour that lends owner and label: `like`, else the folder itself. */
static int neighbour(struct tx *tx, const char *like, const struct spot *s,
		     struct attrs *ret, struct err *e)
{
	_cleanup_node_ struct node n = { 0 };
	int k = like ? tx_look(tx, like, &n, e) : 0;

	if (k < 0)
		return k;
	if (n.type != NODE_FILE && n.type != NODE_DIR && n.type != NODE_BLOCK)
		return attrs_read(s->fd, s->name, ret, e);
	*ret = n.attrs;
	n.attrs = (struct attrs){ 0 };
	return 0;
}

static int stage_folder(struct tx *tx, const struct op *o, struct jop *op, struct err *e)
{
	_cleanup_attrs_ struct attrs lent = { 0 };
	_cleanup_spot_ struct spot s = { 0 };
	_cleanup_close_ int fd = -1;
	int k = tx_spot(tx, op->path, &s, e);

	if (k == 0)
		k = neighbour(tx, o->like, &s, &lent, e);
	if (k < 0)
		return k;
	fd = tx_mkdir(tx, &s, o->mode, &lent, e);
	if (fd < 0)
		return fd;
	k = atomic_sync(fd);
	if (k < 0)
		return err_errno(e, k, "%s: cannot sync it", s.name);
	return node_read(s.fd, s.base, s.name, &op->new, e);
}

static int write_content(const struct op *o, int fd, const char *name, struct err *e)
{
	int k;

	if (o->produce)
		return o->produce(o->arg, fd, e);
	k = atomic_write(fd, o->data, o->len);
	return k < 0 ? err_errno(e, k, "%s: cannot write it", name) : 0;
}

/* What the disk gives back is what was meant. */
static int read_back(const struct op *o, const struct spot *s, const char *beside,
		     struct jop *op, struct err *e)
{
	_cleanup_close_ int fd = node_open(s->fd, beside, s->name, e);
	char hex[DIGEST_HEX];
	int k;

	if (fd < 0)
		return fd;
	/* Synced pages may go: then the next read is one of the disk. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	k = o->check ? o->check(o->arg, fd, e) : 0;
	if (k < 0)
		return k;
	k = node_read(s->fd, beside, s->name, &op->new, e);
	if (k < 0 || o->produce)
		return k;
	digest_buf(o->data, o->len, hex);
	if (!streq(hex, op->new.digest))
		return err_set(e, EIO, "%s: reads back different from what was written",
			       s->name);
	return 0;
}

static int write_beside(struct tx *tx, const struct op *o, const struct jop *op,
			const struct spot *s, const char *beside, struct err *e)
{
	_cleanup_attrs_ struct attrs lent = { 0 };
	_cleanup_close_ int fd = at_open(s->fd, beside,
					 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	int k;

	if (fd < 0)
		return err_errno(e, errno, "%s: cannot create a file beside it", s->name);
	tx_dirty(tx, s);
	k = write_content(o, fd, s->name, e);
	/* After the content: a write takes capabilities and set-user-ID away. */
	if (k == 0 && op->old.type == NODE_FILE)
		k = attrs_apply(fd, &op->old.attrs, 0, s->name, e);
	else if (k == 0) {
		k = neighbour(tx, o->like, s, &lent, e);
		if (k == 0)
			k = attrs_lend(fd, &lent, o->mode, s->name, e);
	}
	if (k < 0)
		return k;
	k = atomic_sync(fd);
	return k < 0 ? err_errno(e, k, "%s: cannot sync it", s->name) : 0;
}

static int stage_file(struct tx *tx, const struct op *o, struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = atomic_name(path_base(op->path), ATOMIC_NEW);
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, op->path, &s, e);

	if (!beside)
		return err_nomem(e);
	if (k == 0)
		k = write_beside(tx, o, op, &s, beside, e);
	return k < 0 ? k : read_back(o, &s, beside, op, e);
}

/* A device or a link, which is not opened: with the owner and label of a neighbour. */
static int make_special(const struct op *o, const struct spot *s, const char *beside,
			const struct attrs *lent, struct err *e)
{
	if (o->kind == OP_SYMLINK)
		return at_symlink(o->link, s->fd, beside) < 0
			       ? err_errno(e, errno, "%s: cannot create the link",
					   s->name)
			       : attrs_lend_link(s->fd, beside, lent, s->name, e);
	if (at_mknod(s->fd, beside, S_IFBLK | o->mode, o->rdev) < 0)
		return err_errno(e, errno, "%s: cannot create the device", s->name);
	return attrs_lend_node(s->fd, beside, lent, o->mode, s->name, e);
}

static int stage_special(struct tx *tx, const struct op *o, struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = atomic_name(path_base(op->path), ATOMIC_NEW);
	_cleanup_attrs_ struct attrs lent = { 0 };
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, op->path, &s, e);

	if (!beside)
		return err_nomem(e);
	if (k == 0)
		k = neighbour(tx, o->like, &s, &lent, e);
	if (k < 0)
		return k;
	tx_dirty(tx, &s);
	k = make_special(o, &s, beside, &lent, e);
	return k < 0 ? k : node_read(s.fd, beside, s.name, &op->new, e);
}

/* Nothing is staged for what is renamed or removed. */
static int (*const stage[])(struct tx *tx, const struct op *o, struct jop *op,
			    struct err *e) = {
	[OP_MKDIR] = stage_folder,    [OP_MKNOD] = stage_special, [OP_WRITE] = stage_file,
	[OP_SYMLINK] = stage_special, [OP_RENAME] = NULL,	  [OP_REMOVE] = NULL,
};

int stage_files(struct tx *tx, struct plan *p, struct jgen *g, tx_progress progress,
		void *arg, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		int k = 0;

		if (progress)
			progress(arg, i, p->n, &p->v[i]);
		if (stage[p->v[i].kind])
			k = stage[p->v[i].kind](tx, &p->v[i], &g->ops[i], e);
		if (k < 0) {
			p->v[i].state = OPSTATE_FAILED;
			return k;
		}
	}
	return 0;
}
