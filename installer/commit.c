/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After the commit: publish by rename. Every step looks at what is there first, so that
 * a recovery walks the same way over what an interrupted run has done.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

static int changed(const struct tx *tx, const char *path, struct err *e)
{
	_cleanup_free_ char *name = root_name(tx->r, path);

	return err_set(e, ESTALE, "%s: was changed by somebody else", name ?: path);
}

static int publish_write(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = atomic_name(path_base(op->path), ATOMIC_NEW);
	_cleanup_spot_ struct spot s = { 0 };
	enum whose whose;
	int k = tx_whose(tx, op, &whose, e);

	if (!beside)
		return err_nomem(e);
	if (k < 0 || whose == WHOSE_OURS)
		return k;
	if (whose != WHOSE_ORIGINAL)
		return changed(tx, op->path, e);
	k = tx_spot(tx, op->path, &s, e);
	if (k < 0)
		return k;
	tx_dirty(tx, &s);
	if (op->old.type == NODE_NONE)
		k = atomic_rename_new(s.fd, beside, s.fd, s.base);
	else
		k = at_rename(s.fd, beside, s.fd, s.base) < 0 ? -errno : 0;
	return k < 0 ? err_errno(e, k, "%s: cannot put the new file in its place", s.name)
		     : 0;
}

static int publish_rename(struct tx *tx, const struct jop *op, struct err *e)
{
	enum whose whose;
	int k = tx_whose_rename(tx, op, &whose, e);

	if (k < 0 || whose == WHOSE_OURS)
		return k;
	if (whose != WHOSE_ORIGINAL)
		return changed(tx, op->path, e);
	return tx_rename(tx, op->path, op->to, e);
}

static int publish_remove(struct tx *tx, const struct jop *op, struct err *e)
{
	enum whose whose;
	int k = tx_whose(tx, op, &whose, e);

	if (k < 0 || whose == WHOSE_OURS)
		return k;
	if (whose != WHOSE_ORIGINAL)
		return changed(tx, op->path, e);
	return tx_unlink(tx, op->path, e);
}

/* Folders were made before the commit: nothing else is visible through them. */
static int publish_folder(struct tx *tx, const struct jop *op, struct err *e)
{
	return 0;
}

static int (*const publish[])(struct tx *tx, const struct jop *op, struct err *e) = {
	[OP_MKDIR] = publish_folder,  [OP_MKNOD] = publish_write,
	[OP_SYMLINK] = publish_write, [OP_WRITE] = publish_write,
	[OP_RENAME] = publish_rename, [OP_REMOVE] = publish_remove,
};

/* Somebody changed the file between an interruption and the recovery: theirs stays. */
static int drop(struct tx *tx, struct jgen *g, size_t i, struct strv *dropped,
		struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	_cleanup_free_ char *beside = tx_beside(g->ops[i].path, ATOMIC_NEW);
	int k;

	if (!beside || strv_add(dropped, g->ops[i].path) < 0)
		return err_nomem(e);
	k = jbatch_drop(&b, i, e);
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	if (k < 0)
		return k;
	g->ops[i].dropped = true;
	return tx_unlink(tx, beside, e);
}

static int publish_some(struct tx *tx, struct jgen *g, enum turn turn,
			struct strv *dropped, struct err *e)
{
	for (size_t i = 0; i < g->n_ops; i++) {
		int k;

		if (tx_turn(&g->ops[i]) != turn || g->ops[i].dropped)
			continue;
		k = publish[g->ops[i].kind](tx, &g->ops[i], e);
		if (k == -ESTALE && dropped)
			k = drop(tx, g, i, dropped, e);
		/* What the boot loader points at, one after the other. */
		if (k == 0 && turn != TURN_REST)
			k = tx_sync(tx, e);
		if (k < 0)
			return k;
	}
	return tx_settle(tx, e);
}

int commit_publish(struct tx *tx, struct jgen *g, struct strv *dropped, struct err *e)
{
	int k = 0;

	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		k = tx_takes_turn(tx, &g->ops[i], e);
	for (enum turn turn = 0; k == 0 && turn < N_TURNS; turn++)
		k = publish_some(tx, g, turn, dropped, e);
	return k;
}

/* How each folder was left: an uninstall gives the old time back if it still is so. */
static int note_times(struct tx *tx, struct jgen *g, struct jbatch *b, struct err *e)
{
	for (size_t i = 0; i < g->n_dirs; i++) {
		struct stat st;
		int k = root_stat(tx->r, g->dirs[i].path, true, &st, e);

		if (k == -ENOENT)
			continue;
		g->dirs[i].after = st.st_mtim;
		if (k == 0)
			k = jbatch_after(b, i, &g->dirs[i], e);
		if (k < 0)
			return k;
	}
	return 0;
}

int commit_finish(struct tx *tx, struct jgen *g, struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	int k = 0;

	for (size_t i = 0; k == 0 && i < g->n_ops; i++) {
		_cleanup_free_ char *old = tx_beside(g->ops[i].path, ATOMIC_OLD);
		_cleanup_free_ char *new = tx_beside(g->ops[i].path, ATOMIC_NEW);

		if (!old || !new)
			return err_nomem(e);
		if (g->ops[i].backup)
			k = tx_unlink(tx, old, e);
		/* A recovery that was killed after it had noted that it drops the op. */
		if (k == 0 && g->ops[i].dropped)
			k = tx_unlink(tx, new, e);
	}
	if (k == 0)
		k = tx_sync(tx, e);
	if (k == 0)
		k = note_times(tx, g, &b, e);
	if (k == 0)
		k = jbatch_word(&b, "done", e);
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	if (k == 0)
		g->done = true;
	return k;
}
