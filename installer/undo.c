/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back of one generation. Each step may find itself done already. */
#include <fcntl.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

/* A backup is only removed while the original is where it belongs. */
static int forget_backup(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *old = tx_beside(op->path, ATOMIC_OLD);
	int k;

	if (!old)
		return err_nomem(e);
	k = tx_unlink(tx, old, e);
	return k < 0 ? k : tx_unlink(tx, op->backup, e);
}

static int forget_op(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *new = tx_beside(op->path, ATOMIC_NEW);
	int k = 0;

	if (!new)
		return err_nomem(e);
	if (op->kind == OP_WRITE || op->kind == OP_MKNOD || op->kind == OP_SYMLINK)
		k = tx_unlink(tx, new, e);
	if (k == 0 && op->backup)
		k = forget_backup(tx, op, e);
	/* What somebody else has put into a folder of ours keeps it. */
	if (k == 0 && op->kind == OP_MKDIR)
		k = tx_rmdir(tx, op->path, e);
	return k < 0 ? k : 0;
}

static int give_times_back(struct tx *tx, const struct jgen *g, struct err *e)
{
	for (size_t i = g->made ? 1 : 0; i < g->n_dirs; i++) {
		struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
					     g->dirs[i].before };
		_cleanup_close_ int fd = root_open(tx->r, g->dirs[i].path,
						   O_RDONLY | O_DIRECTORY, 0, e);
		int k;

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		k = at_set_times(fd, times) < 0 ? -errno : atomic_sync(fd);
		if (k < 0)
			return err_errno(e, k, "%s: cannot set its time back",
					 g->dirs[i].path);
	}
	return 0;
}

int undo_staged(struct tx *tx, struct jgen *g, struct err *e)
{
	int k = 0;

	for (size_t i = g->n_ops; k == 0 && i-- > 0;)
		k = forget_op(tx, &g->ops[i], e);
	/* Empty unless an earlier generation uses it. */
	if (k == 0)
		k = tx_rmdir(tx, BACKUP_DIR, e);
	if (k >= 0)
		k = tx_sync(tx, e);
	if (k == 0)
		k = give_times_back(tx, g, e);
	if (k < 0)
		return k;
	if (g->made)
		return state_remove(tx, g->made, &g->dirs[0].before, e);
	return journal_cut(&tx->j, tx->journal, g->mark, JOURNAL_PATH, e);
}

static int unpublish_write(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *new = tx_beside(op->path, ATOMIC_NEW);
	_cleanup_node_ struct node staged = { 0 };
	enum whose whose;
	int k;

	if (!new)
		return err_nomem(e);
	k = tx_look(tx, new, &staged, e);
	/* Still beside: it was not published, whatever stands at the path now. */
	if (k < 0 || staged.type != NODE_NONE)
		return k;
	k = tx_whose(tx, op, &whose, e);
	/* Into a folder that somebody removed nothing is put back. */
	if (k < 0 || whose == WHOSE_ORIGINAL || whose == WHOSE_GONE)
		return k;
	if (whose == WHOSE_FOREIGN)
		return tx_leave_original(tx, op, ATOMIC_OLD, e);
	if (op->old.type == NODE_NONE)
		return tx_unlink(tx, op->path, e);
	return tx_restore_original(tx, op, e);
}

static int unpublish_rename(struct tx *tx, const struct jop *op, struct err *e)
{
	enum whose whose;
	int k = tx_whose_rename(tx, op, &whose, e);

	if (k < 0 || whose != WHOSE_OURS)
		return k;
	return tx_rename(tx, op->to, op->path, e);
}

static int unpublish_remove(struct tx *tx, const struct jop *op, struct err *e)
{
	enum whose whose;
	int k = tx_whose(tx, op, &whose, e);

	return k < 0 || whose != WHOSE_OURS ? k : tx_restore_original(tx, op, e);
}

static int unpublish_folder(struct tx *tx, const struct jop *op, struct err *e)
{
	return 0; /* forget_op() removes it, when it is empty */
}

static int (*const unpublish[])(struct tx *tx, const struct jop *op, struct err *e) = {
	[OP_MKDIR] = unpublish_folder,	[OP_MKNOD] = unpublish_write,
	[OP_SYMLINK] = unpublish_write, [OP_WRITE] = unpublish_write,
	[OP_RENAME] = unpublish_rename, [OP_REMOVE] = unpublish_remove,
};

static int unpublish_some(struct tx *tx, const struct jgen *g, enum turn turn,
			  struct err *e)
{
	int k = 0;

	for (size_t i = g->n_ops; k == 0 && i-- > 0;)
		if (tx_turn(&g->ops[i]) == turn && !g->ops[i].dropped)
			k = unpublish[g->ops[i].kind](tx, &g->ops[i], e);
	return k;
}

int undo_published(struct tx *tx, struct jgen *g, struct err *e)
{
	int k = 0;

	if (!g->rollback) {
		_cleanup_jbatch_ struct jbatch b = { 0 };

		/* Without it a recovery would try to finish what is half undone. */
		k = jbatch_word(&b, "rollback", e);
		if (k == 0)
			k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
		if (k < 0)
			return k;
		g->rollback = true;
	}
	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		k = tx_takes_turn(tx, &g->ops[i], e);
	for (enum turn turn = N_TURNS; k == 0 && turn-- > 0;) {
		k = unpublish_some(tx, g, turn, e);
		if (k == 0)
			k = tx_settle(tx, e);
	}
	return k < 0 ? k : undo_staged(tx, g, e);
}
