/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "installer/tx.h"

int tx_status(const struct root *r, enum tx_status *ret, struct err *e)
{
	struct journal j = { 0 };
	int k = state_read(r, &j, e);
	struct jgen *g = journal_last(&j);

	if (k == 0)
		*ret = state_is_marked(r) ? TXS_PENDING : TXS_NONE;
	else if (k > 0)
		*ret = g && g->done && !j.uninstall && !j.torn ? TXS_INSTALLED
							       : TXS_PENDING;
	journal_done(&j);
	return k < 0 ? k : 0;
}

static void set_states(struct plan *p, enum op_state state)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].state != OPSTATE_FAILED)
			p->v[i].state = state;
}

/* A new generation at the end of the journal, in memory. */
static struct jgen *add_generation(struct tx *tx)
{
	struct jgen *g;

	if (vec_grow(&tx->j.gens, tx->j.n_gens, sizeof(*tx->j.gens)) < 0)
		return NULL;
	g = &tx->j.gens[tx->j.n_gens];
	g->number = (unsigned int)tx->j.n_gens + 1;
	g->mark = tx->j.end;
	return g;
}

static int commit(struct tx *tx, struct jgen *g, struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	int k = 0;

	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		if (g->ops[i].new.type != NODE_NONE)
			k = jbatch_new(&b, i, &g->ops[i], e);
	if (k == 0)
		k = jbatch_word(&b, "commit", e);
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	g->committed = k == 0;
	return k;
}

/* What was to be undone could not be: both reasons in one sentence. */
static enum tx_result incomplete(const struct err *why, struct err *e)
{
	if (e)
		err_set(e, e->code, "%s; undoing it failed as well: %s", err_text(e),
			err_text(why));
	return TX_INCOMPLETE;
}

/* From here on an interruption is known to the next run. TX_OK when it worked. */
static enum tx_result begin(struct tx *tx, struct jgen *g, struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	_cleanup_err_ struct err why = ERR_INIT;
	int k = jbatch_begin(&b, g, e);

	if (k < 0)
		return TX_UNCHANGED;
	if (g->made)
		k = state_create(tx, g->made, g->dirs[0].before, e);
	/* What somebody else has made meanwhile is not ours to remove. */
	if (k == -EEXIST || k == -EBUSY)
		return TX_UNCHANGED;
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	if (k == 0 && g->made)
		k = state_settle(tx, g->made, e);
	if (k == 0)
		return TX_OK;
	k = g->made ? state_remove(tx, g->made, &g->dirs[0].before, &why)
		    : journal_cut(&tx->j, tx->journal, g->mark, JOURNAL_PATH, &why);
	return k < 0 ? incomplete(&why, e) : TX_UNCHANGED;
}

static enum tx_result run(struct tx *tx, struct plan *p, struct jgen *g,
			  tx_progress progress, void *arg, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	int k = stage_files(tx, p, g, progress, arg, e);

	if (k == 0)
		k = backup_all(tx, g, e);
	if (k == 0)
		k = commit(tx, g, e);
	if (k < 0)
		return undo_staged(tx, g, &why) < 0 ? incomplete(&why, e) : TX_UNCHANGED;
	k = commit_publish(tx, g, NULL, e);
	if (k == 0)
		k = commit_finish(tx, g, e);
	if (k == 0)
		return TX_OK;
	return undo_published(tx, g, &why) < 0 ? incomplete(&why, e) : TX_ROLLED_BACK;
}

/* The op at fault keeps its state when it is known. */
static const enum op_state state_after[] = {
	[TX_OK] = OPSTATE_DONE,		  [TX_NOTHING] = OPSTATE_SKIPPED,
	[TX_UNCHANGED] = OPSTATE_SKIPPED, [TX_ROLLED_BACK] = OPSTATE_ROLLED_BACK,
	[TX_INCOMPLETE] = OPSTATE_FAILED,
};

int tx_check(struct root *r, const struct plan *p, struct err *e)
{
	_cleanup_tx_ struct tx tx = TX_INIT(r);
	int k = state_read(r, &tx.j, e);
	struct jgen *g = k < 0 ? NULL : add_generation(&tx);

	if (k >= 0 && !g)
		return err_nomem(e);
	if (!g)
		return k;
	k = stage_look(&tx, p, g, e);
	tx.j.n_gens++;
	if (k == 0)
		err_done(e);
	return k;
}

enum tx_result tx_apply(struct root *r, struct plan *p, tx_progress progress, void *arg,
			struct err *e)
{
	_cleanup_tx_ struct tx tx = TX_INIT(r);
	enum tx_result res = TX_UNCHANGED;
	struct jgen *g;
	int k;

	if (!p->n)
		return TX_NOTHING;
	k = state_open(&tx, e);
	g = journal_last(&tx.j);
	if (k == 0 ? state_is_marked(r)
		   : k > 0 && (!g || !g->done || tx.j.uninstall || tx.j.torn))
		k = err_set(e, EBUSY,
			    STATE_DIR
			    ": an earlier run was interrupted: recover it first");
	g = k < 0 ? NULL : add_generation(&tx);
	if (k >= 0 && !g)
		k = err_nomem(e);
	if (k >= 0)
		k = stage_look(&tx, p, g, e);
	if (g)
		tx.j.n_gens++;
	if (k == 0)
		res = begin(&tx, g, e);
	if (res == TX_OK)
		res = run(&tx, p, g, progress, arg, e);
	set_states(p, state_after[res]);
	if (res == TX_OK)
		err_done(e);
	return res;
}
