/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

static int make_backup_dir(struct tx *tx, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, BACKUP_DIR, &s, e);

	if (k < 0)
		return k;
	if (at_mkdir(s.fd, s.base, 0700) == 0)
		tx_dirty(tx, &s);
	else if (errno != EEXIST)
		return err_errno(e, errno, "%s: cannot create it", s.name);
	return 0;
}

/*
 * A backup that had to be a copy lies on another file system; to come back it would need
 * room there that may be gone by then. A second name beside the target needs none.
 */
static int name_beside(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = tx_beside(op->path, ATOMIC_OLD);
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, op->path, &s, e);

	if (!beside)
		return err_nomem(e);
	if (k == 0 && at_link(s.fd, s.base, s.fd, path_base(beside)) == 0)
		tx_dirty(tx, &s);
	/* Without hard links at all it will have to be copied back. */
	return k;
}

static int back_up(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_node_ struct node now = { 0 };
	int linked = tx_duplicate(tx, op->path, &op->old, op->backup, e);
	int k;

	if (linked < 0)
		return linked;
	if (linked)
		return 0;
	k = tx_look(tx, op->backup, &now, e);
	if (k < 0)
		return k;
	if (now.type == NODE_FILE && !streq(now.digest, op->old.digest))
		return err_set(e, ESTALE, "%s: was changed while it was copied",
			       op->path);
	return name_beside(tx, op, e);
}

/* The file is still the one that was looked at. */
static int verify(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *name = root_name(tx->r, op->path);
	_cleanup_node_ struct node now = { 0 };
	int k;

	if (op->kind == OP_MKDIR)
		return 0;
	if (!name)
		return err_nomem(e);
	k = tx_look(tx, op->path, &now, e);
	if (k < 0)
		return k;
	if (!node_equal(&now, &op->old, ATTRS_TIMES | ATTRS_CONTENT))
		return err_set(e, ESTALE,
			       "%s: was changed while the new one was prepared", name);
	return 0;
}

int backup_all(struct tx *tx, const struct jgen *g, struct err *e)
{
	bool made = false;
	int k = 0;

	for (size_t i = 0; k == 0 && i < g->n_ops; i++) {
		if (!g->ops[i].backup)
			continue;
		if (!g->ops[i].kept && !made) {
			k = make_backup_dir(tx, e);
			made = true;
		}
		if (k == 0)
			k = back_up(tx, &g->ops[i], e);
	}
	if (k == 0)
		k = tx_sync(tx, e);
	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		k = verify(tx, &g->ops[i], e);
	return k;
}
