/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "installer/tx.h"

static void tell(char **what, const char *text, const struct strv *names)
{
	_cleanup_free_ char *list = names && names->n ? strv_join(names, ", ") : NULL;

	if (what)
		*what = list ? strf("%s; changed by somebody else and left so: %s", text,
				    list)
			     : strdup(text);
}

static enum tx_result go_on_uninstall(struct tx *tx, char **what, struct err *e)
{
	_cleanup_strv_ struct strv left = { 0 };

	if (uninstall_go_on(tx, &left, e) < 0)
		return TX_INCOMPLETE;
	tell(what, "the interrupted uninstall was finished", &left);
	return TX_OK;
}

static enum tx_result roll_back(struct tx *tx, struct jgen *g, char **what, struct err *e)
{
	if (undo_published(tx, g, e) < 0)
		return TX_INCOMPLETE;
	tell(what, "the interrupted install was rolled back", NULL);
	return TX_OK;
}

static enum tx_result roll_forward(struct tx *tx, struct jgen *g, char **what,
				   struct err *e)
{
	_cleanup_strv_ struct strv dropped = { 0 };
	int k = commit_publish(tx, g, &dropped, e);

	if (k == 0)
		k = commit_finish(tx, g, e);
	if (k < 0)
		return undo_published(tx, g, NULL) < 0 ? TX_INCOMPLETE : TX_ROLLED_BACK;
	tell(what, "the interrupted install was finished", &dropped);
	return TX_OK;
}

static enum tx_result sweep(struct tx *tx, char **what, struct err *e)
{
	int k = state_sweep(tx, e);

	if (k == 0)
		return TX_NOTHING;
	if (k < 0)
		return TX_INCOMPLETE;
	tell(what, "what an interrupted run had left was removed", NULL);
	return TX_OK;
}

/* The journal was created and nothing written to it that counts: nothing else was done.
 */
static enum tx_result discard(struct tx *tx, char **what, struct err *e)
{
	if (state_is_marked(tx->r))
		return sweep(tx, what, e);
	if (state_remove(tx, STATE_DIR, NULL, e) < 0)
		return TX_INCOMPLETE;
	tell(what, "what an interrupted run had left was removed", NULL);
	return TX_OK;
}

static enum tx_result recover(struct root *r, char **ret_what, struct err *e)
{
	_cleanup_tx_ struct tx tx = TX_INIT(r);
	int opened = state_open(&tx, e);
	struct jgen *g = journal_last(&tx.j);

	if (opened < 0)
		return opened == -EBADMSG ? TX_INCOMPLETE : TX_UNCHANGED;
	if (opened == 0)
		return sweep(&tx, ret_what, e);
	if (!g)
		return discard(&tx, ret_what, e);
	if (tx_refuse_unmounted(&tx, tx.j.uninstall || g->done ? 0 : tx.j.n_gens - 1, e) <
	    0)
		return TX_UNCHANGED;
	if (tx.j.uninstall)
		return go_on_uninstall(&tx, ret_what, e);
	if (g->rollback)
		return roll_back(&tx, g, ret_what, e);
	if (g->committed && !g->done)
		return roll_forward(&tx, g, ret_what, e);
	if (!g->done) {
		if (undo_staged(&tx, g, e) < 0)
			return TX_INCOMPLETE;
		tell(ret_what, "the interrupted install was undone", NULL);
		return TX_OK;
	}
	if (!tx.j.torn)
		return TX_NOTHING;
	if (journal_cut(&tx.j, tx.journal, tx.j.end, JOURNAL_PATH, e) < 0)
		return TX_INCOMPLETE;
	tell(ret_what, "an interrupted run had not begun: its line was removed", NULL);
	return TX_OK;
}

enum tx_result tx_recover(struct root *r, char **ret_what, struct err *e)
{
	enum tx_result res = recover(r, ret_what, e);

	/* What was missing on the way is no error of a recovery that worked. */
	if (res == TX_OK || res == TX_NOTHING)
		err_done(e);
	return res;
}
