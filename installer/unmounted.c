/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier run changed may lie on a file system that is not mounted now: then
 * nothing that is seen tells what became of it.
 */
#include "guest/fstab.h"
#include "installer/tx.h"

static bool is_ours(struct tx *tx, const struct jop *op)
{
	enum whose whose = WHOSE_FOREIGN;
	struct stat st;

	if (op->kept && root_stat(tx->r, op->backup, false, &st, NULL) == 0)
		return true;
	return op->kind != OP_RENAME &&
	       op->new.type != NODE_NONE &&tx_whose(tx, op, &whose, NULL) == 0 &&
	       whose == WHOSE_OURS;
}

/* Whether a generation has files below a folder, and whether our work is seen there: who
 * installs without the file system changes what lies below it. */
static void look_below(struct tx *tx, const struct jgen *g, const char *dir, bool *found,
		       bool *ours)
{
	for (size_t i = 0; i < g->n_ops; i++) {
		if (!path_within(g->ops[i].path, dir))
			continue;
		*found = true;
		*ours |= is_ours(tx, &g->ops[i]);
	}
}

static int refuse(struct tx *tx, const char *mountpoint, size_t from, struct err *e)
{
	_cleanup_free_ char *name = root_name(tx->r, mountpoint);
	bool found = false;
	bool ours = false;

	for (size_t i = from; i < tx->j.n_gens; i++)
		look_below(tx, &tx->j.gens[i], mountpoint, &found, &ours);
	if (!found || ours)
		return 0;
	return err_set(e, ENOENT,
		       "%s: is not mounted, and an earlier run has changed files there: "
		       "mount it first",
		       name ?: mountpoint);
}

int tx_refuse_unmounted(struct tx *tx, size_t from, struct err *e)
{
	_cleanup_strv_ struct strv missing = { 0 };
	int k = fstab_missing(tx->r, &missing, e);

	for (size_t i = 0; k == 0 && i < missing.n; i++)
		k = refuse(tx, missing.v[i], from, e);
	return k;
}
