/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back to the very start: what uninstall_todo.c decides is done. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/uninstall.h"
#include "lib/at.h"
#include "lib/atomic.h"

static bool has_left_below(const struct strv *left, const char *dir)
{
	for (size_t i = 0; i < left->n; i++)
		if (path_within(left->v[i], dir))
			return true;
	return false;
}

/* One that holds something of somebody else's stays, and is named if that is not. */
static int remove_folder(struct tx *tx, const struct jop *op, struct strv *left,
			 struct err *e)
{
	int k = tx_rmdir(tx, op->path, e);

	if (k == 0 && !has_left_below(left, op->path))
		return uninstall_leave(left, op->path, e);
	return k < 0 ? k : 0;
}

static int go_back(struct tx *tx, const struct jop *op, enum todo todo, struct strv *left,
		   struct err *e)
{
	switch (todo) {
	case TODO_RESTORE:
		return tx_restore_original(tx, op, e);
	case TODO_REMOVE:
		return tx_unlink(tx, op->path, e);
	case TODO_RENAME:
		return tx_rename(tx, op->to, op->path, e);
	case TODO_RMDIR:
		return remove_folder(tx, op, left, e);
	case TODO_LEAVE:
	case TODO_LEAVE_GONE:
		return uninstall_leave(left, op->to ?: op->path, e);
	case TODO_NOTHING:
	case TODO_PASS:
		break;
	}
	return 0;
}

static int act(struct tx *tx, const struct netop *n, struct strv *left, struct err *e)
{
	const struct jop *leaves;
	enum todo todo;
	int k = uninstall_todo(tx, &n->op, &todo, e);

	if (k == 0)
		k = go_back(tx, &n->op, todo, left, e);
	leaves = k < 0 ? NULL : uninstall_leaves(n, todo);
	if (leaves && n->over)
		k = uninstall_leave(left, n->op.path, e);
	return k == 0 && leaves ? tx_leave_original(tx, leaves, ATOMIC_LEFT, e) : k;
}

static int say(struct tx *tx, const char *word, bool *flag, struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	int k;

	if (*flag)
		return 0;
	k = jbatch_word(&b, word, e);
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	*flag = k == 0;
	return k;
}

/* One that somebody removed or changed is not left. */
static int prepare_left(struct tx *tx, const struct jop *op, struct err *e)
{
	int k = tx_prepare_original(tx, op, ATOMIC_LEFT, e);

	return k == -ENOENT || k == -ESTALE ? 0 : k;
}

/* All originals beside their targets: from then on nothing needs room any more. */
static int prepare(struct tx *tx, const struct net *net, struct err *e)
{
	for (size_t i = 0; i < net->n; i++) {
		const struct netop *n = &net->v[i];
		const struct jop *leaves;
		enum todo todo;
		int k = uninstall_todo(tx, &n->op, &todo, e);

		if (k == 0)
			k = tx_takes_turn(tx, &n->op, e);
		if (k == 0 && todo == TODO_RESTORE)
			k = tx_prepare_original(tx, &n->op, ATOMIC_OLD, e);
		leaves = k < 0 ? NULL : uninstall_leaves(n, todo);
		if (leaves)
			k = prepare_left(tx, leaves, e);
		if (k < 0)
			return k;
	}
	return tx_settle(tx, e);
}

/* Away with the names beside that prepare() has made. */
static int forget_beside(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *old = tx_beside(op->path, ATOMIC_OLD);
	_cleanup_free_ char *left = tx_beside(op->path, ATOMIC_LEFT);
	int k;

	if (!op->backup)
		return 0;
	if (!old || !left)
		return err_nomem(e);
	k = tx_unlink(tx, old, e);
	return k < 0 ? k : tx_unlink(tx, left, e);
}

static int restore_all(struct tx *tx, const struct net *net, struct strv *left,
		       struct err *e)
{
	int k = 0;

	for (enum turn turn = N_TURNS; k == 0 && turn-- > 0;) {
		for (size_t i = net->n; k == 0 && i-- > 0;)
			if (tx_turn(&net->v[i].op) == turn)
				k = act(tx, &net->v[i], left, e);
		if (k == 0)
			k = tx_settle(tx, e);
	}
	return k;
}

/* Whatever of ours is still in the guest's own folders. */
static int tidy(struct tx *tx, struct err *e)
{
	for (size_t i = 0; i < tx->j.n_gens; i++)
		for (size_t n = 0; n < tx->j.gens[i].n_ops; n++) {
			const struct jop *op = &tx->j.gens[i].ops[n];
			int k = forget_beside(tx, op, e);

			if (k == 0 && op->kept)
				k = tx_unlink(tx, op->backup, e);
			if (k == 0 && op->kind == OP_WRITE &&
			    path_within(op->path, STATE_DIR))
				k = tx_unlink(tx, op->path, e);
			if (k < 0)
				return k;
		}
	return tx_sync(tx, e);
}

static int set_time(struct tx *tx, const char *path, struct timespec mtime, struct err *e)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mtime };
	_cleanup_close_ int fd = root_open(tx->r, path, O_RDONLY | O_DIRECTORY, 0, e);
	int k;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	k = at_set_times(fd, times) < 0 ? -errno : atomic_sync(fd);
	return k < 0 ? err_errno(e, k, "%s: cannot set its time back", path) : 0;
}

static int finish(struct tx *tx, struct err *e)
{
	const struct jgen *first = &tx->j.gens[0];
	const struct timespec *holder = NULL;
	int k = tidy(tx, e);

	for (size_t i = 0; k == 0 && i < tx->j.n_times; i++) {
		if (first->n_dirs && streq(tx->j.times[i].path, first->dirs[0].path))
			holder = &tx->j.times[i].mtime;
		else
			k = set_time(tx, tx->j.times[i].path, tx->j.times[i].mtime, e);
	}
	return k < 0 ? k : state_remove(tx, first->made, holder, e);
}

int uninstall_go_on(struct tx *tx, struct strv *left, struct err *e)
{
	_cleanup_(net_done) struct net net = { 0 };
	int k = tx->j.restored ? 0 : net_make(&tx->j, &net, e);

	if (k == 0 && !tx->j.restored) {
		k = prepare(tx, &net, e);
		if (k == 0)
			k = say(tx, "restoring", &tx->j.restoring, e);
		if (k == 0)
			k = restore_all(tx, &net, left, e);
		if (k == 0)
			k = say(tx, "restored", &tx->j.restored, e);
	}
	return k < 0 ? k : finish(tx, e);
}

/* --- the first part: the wish, and taking it back --------------------------------- */

struct now {
	char *path;
	struct timespec mtime;
};

struct nows {
	struct now *v;
	size_t n;
};

static void nows_done(struct nows *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
}

/* Folder times before the names beside were made. */
static int note_now(struct tx *tx, struct nows *l, struct err *e)
{
	for (size_t i = 0; i < tx->j.n_gens; i++)
		for (size_t n = 0; n < tx->j.gens[i].n_dirs; n++) {
			const char *path = tx->j.gens[i].dirs[n].path;
			struct stat st;
			char *copy;

			if (root_stat(tx->r, path, true, &st, NULL) < 0)
				continue;
			copy = strdup(path);
			if (!copy || vec_grow(&l->v, l->n, sizeof(*l->v)) < 0) {
				free(copy);
				return err_nomem(e);
			}
			l->v[l->n++] = (struct now){ copy, st.st_mtim };
		}
	return 0;
}

/* Nothing is restored yet: the guest is installed as before. */
static int take_back(struct tx *tx, const struct nows *nows, struct err *e)
{
	int k = 0;

	for (size_t i = 0; k == 0 && i < tx->j.n_gens; i++)
		for (size_t n = 0; k == 0 && n < tx->j.gens[i].n_ops; n++)
			k = forget_beside(tx, &tx->j.gens[i].ops[n], e);
	if (k == 0)
		k = tx_sync(tx, e);
	for (size_t i = 0; k == 0 && i < nows->n; i++)
		k = set_time(tx, nows->v[i].path, nows->v[i].mtime, e);
	return k < 0 ? k : journal_cut(&tx->j, tx->journal, tx->j.mark, JOURNAL_PATH, e);
}

static int wish(struct tx *tx, const struct strv *left, struct err *e)
{
	_cleanup_jbatch_ struct jbatch b = { 0 };
	int k = net_times(tx, left, e);

	for (size_t i = 0; k == 0 && i < tx->j.n_times; i++)
		k = jbatch_time(&b, &tx->j.times[i], e);
	if (k == 0)
		k = jbatch_word(&b, "uninstall", e);
	tx->j.mark = tx->j.end;
	if (k == 0)
		k = journal_append(&tx->j, tx->journal, &b, JOURNAL_PATH, e);
	tx->j.uninstall = k == 0;
	return k;
}

static enum tx_result run(struct tx *tx, struct strv *left, struct err *e)
{
	_cleanup_(nows_done) struct nows nows = { 0 };
	int k = note_now(tx, &nows, e);

	if (k == 0)
		k = wish(tx, left, e);
	/* A wish that can be neither written nor taken back. */
	if (k < 0)
		return tx->j.torn ? TX_INCOMPLETE : TX_UNCHANGED;
	k = uninstall_go_on(tx, left, e);
	/* Half restored is worth a second try: what failed may have been for once. */
	if (k < 0 && tx->j.restoring)
		k = uninstall_go_on(tx, left, e);
	if (k == 0)
		return TX_OK;
	if (!tx->j.restoring && take_back(tx, &nows, NULL) == 0)
		return TX_UNCHANGED;
	return TX_INCOMPLETE;
}

static enum tx_result prepared(struct tx *tx, int opened, struct err *e)
{
	struct jgen *g = journal_last(&tx->j);

	if (opened < 0)
		return TX_UNCHANGED;
	if (opened == 0 && !state_is_marked(tx->r)) {
		err_done(e);
		return TX_NOTHING;
	}
	if (!g || !g->done || tx->j.uninstall || tx->j.torn) {
		err_set(e, EBUSY,
			STATE_DIR ": an earlier run was interrupted: recover it first");
		return TX_UNCHANGED;
	}
	return TX_OK;
}

/* Done, but for the folders in which something of somebody else's stays. */
static void settle(const struct root *r, struct op *s)
{
	bool stays = s->kind == OP_MKDIR && root_is_dir(r, s->path);
	char *detail = stays ? strdup("holds what is not of the install") : NULL;

	if (s->state == OPSTATE_PLANNED)
		s->state = stays ? OPSTATE_SKIPPED : OPSTATE_DONE;
	if (!detail)
		return;
	free(s->detail);
	s->detail = detail;
}

enum tx_result tx_uninstall(struct root *r, bool dry, struct plan *steps,
			    struct strv *left, struct err *e)
{
	_cleanup_tx_ struct tx tx = TX_INIT(r);
	_cleanup_(net_done) struct net net = { 0 };
	enum tx_result res = prepared(
		&tx, dry ? state_read(r, &tx.j, e) : state_open(&tx, e), e);

	if (res != TX_OK)
		return res;
	if (tx_refuse_unmounted(&tx, 0, e) < 0 || net_make(&tx.j, &net, e) < 0 ||
	    uninstall_survey(&tx, &net, steps, left, e) < 0)
		return TX_UNCHANGED;
	err_done(e);
	if (dry)
		return TX_OK;
	res = run(&tx, left, e);
	if (res == TX_OK)
		err_done(e);
	for (size_t i = 0; res == TX_OK && steps && i < steps->n; i++)
		settle(r, &steps->v[i]);
	return res;
}
