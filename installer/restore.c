/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

/* Why a file system would not make a hard link; a copy serves. */
static bool cannot_link(int code)
{
	return code == EXDEV || code == EPERM || code == EOPNOTSUPP || code == ENOTSUP ||
	       code == ENOSYS || code == EMLINK;
}

int tx_duplicate(struct tx *tx, const char *from, const struct node *as, const char *to,
		 struct err *e)
{
	_cleanup_spot_ struct spot src = { 0 };
	_cleanup_spot_ struct spot dst = { 0 };
	int k = tx_spot(tx, from, &src, e);

	if (k >= 0)
		k = tx_spot(tx, to, &dst, e);
	if (k < 0)
		return k;
	tx_dirty(tx, &dst);
	if (at_link(src.fd, src.base, dst.fd, dst.base) == 0)
		return 1;
	if (!cannot_link(errno))
		return err_errno(e, errno, "%s: cannot link %s to it", dst.name,
				 src.name);
	return node_copy(src.fd, src.base, as, dst.fd, dst.base, src.name, e);
}

/* Whether the name beside holds the whole original, not a copy that was cut off. */
static int is_prepared(struct tx *tx, const struct jop *op, const char *beside,
		       const struct node *backup, struct err *e)
{
	_cleanup_node_ struct node now = { 0 };
	int k = tx_look(tx, beside, &now, e);

	if (k < 0 || now.type == NODE_NONE)
		return k;
	if (node_same_inode(&now, backup) ||
	    node_equal(&now, &op->old, ATTRS_TIMES | ATTRS_CONTENT))
		return 1;
	return tx_unlink(tx, beside, e);
}

int tx_look_at_original(struct tx *tx, const struct jop *op, struct node *ret,
			struct err *e)
{
	_cleanup_free_ char *name = root_name(tx->r, op->backup ?: op->path);
	int k;

	if (!name)
		return err_nomem(e);
	if (!op->backup)
		return err_set(e, ENOENT, "%s: its original was not kept", name);
	k = tx_look(tx, op->backup, ret, e);
	if (k < 0)
		return k;
	if (ret->type == NODE_NONE)
		return err_set(e, ENOENT,
			       "%s: the original of %s is no longer there: put it back, "
			       "or replace %s yourself, and that is left as it is",
			       name, op->path, op->path);
	if (ret->type != op->old.type ||
	    (ret->type == NODE_FILE && !streq(ret->digest, op->old.digest)))
		return err_set(e, ESTALE, "%s: the original of %s was changed", name,
			       op->path);
	return 0;
}

int tx_prepare_original(struct tx *tx, const struct jop *op, const char *suffix,
			struct err *e)
{
	_cleanup_free_ char *beside = tx_beside(op->path, suffix);
	_cleanup_node_ struct node backup = { 0 };
	struct err why = ERR_INIT;
	int found;
	int k;

	if (!beside)
		return err_nomem(e);
	found = tx_look_at_original(tx, op, &backup, &why);
	k = is_prepared(tx, op, beside, &backup, e);
	if (k == 0 && found < 0)
		k = err_set(e, why.code, "%s", err_text(&why));
	if (k == 0)
		k = tx_duplicate(tx, op->backup, &op->old, beside, e);
	err_done(&why);
	return k < 0 ? k : 0;
}

int tx_restore_original(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = tx_beside(op->path, ATOMIC_OLD);
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_prepare_original(tx, op, ATOMIC_OLD, e);

	if (!beside)
		return err_nomem(e);
	if (k == 0)
		k = tx_spot(tx, op->path, &s, e);
	if (k < 0)
		return k;
	tx_dirty(tx, &s);
	if (at_rename(s.fd, path_base(beside), s.fd, s.base) < 0)
		return err_errno(e, errno, "%s: cannot put the original back", s.name);
	/* Two names of one inode: rename() does nothing, and the one beside stays. */
	return tx_unlink(tx, beside, e);
}

#define NAMES_MAX 100

int tx_leave_original(struct tx *tx, const struct jop *op, const char *suffix,
		      struct err *e)
{
	_cleanup_free_ char *beside = tx_beside(op->path, suffix);
	_cleanup_spot_ struct spot s = { 0 };
	int k;

	if (!beside)
		return err_nomem(e);
	if (!op->backup)
		return 0;
	for (unsigned int i = 0; i < NAMES_MAX; i++) {
		_cleanup_free_ char *to = i ? strf("%s.xenpv.orig.%u", op->path, i)
					    : strf("%s.xenpv.orig", op->path);
		_cleanup_node_ struct node there = { 0 };

		k = to ? tx_look_for(tx, to, &op->old, NULL, &there, e) : err_nomem(e);
		if (k < 0)
			return k;
		/* A run that was interrupted afterwards has done it. */
		if (node_equal(&there, &op->old, ATTRS_TIMES | ATTRS_CONTENT))
			return tx_unlink(tx, beside, e);
		if (there.type != NODE_NONE)
			continue;
		k = tx_prepare_original(tx, op, suffix, e);
		/* Somebody has removed or changed it: there is none to leave. */
		if (k == -ENOENT || k == -ESTALE)
			return 0;
		if (k == 0)
			k = tx_spot(tx, op->path, &s, e);
		if (k < 0)
			return k;
		tx_dirty(tx, &s);
		k = atomic_rename_new(s.fd, path_base(beside), s.fd, path_base(to));
		return k < 0 ? err_errno(e, k, "%s: cannot keep the original beside it",
					 s.name)
			     : 0;
	}
	return err_set(e, EEXIST, "%s.xenpv.orig: too many originals beside it",
		       op->path);
}
