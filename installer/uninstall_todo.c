/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an uninstall would do: decided for each op, surveyed for all before the first. */
#include <string.h>

#include "installer/uninstall.h"
#include "lib/atomic.h"

static const struct {
	const char *action;
	const char *detail;
} todos[] = {
	[TODO_NOTHING] = { NULL, NULL },
	[TODO_PASS] = { NULL, NULL },
	[TODO_RESTORE] = { "restore", "as it was before the install" },
	[TODO_REMOVE] = { "remove", "was not there before the install" },
	[TODO_RMDIR] = { "remove-folder", "was not there before the install" },
	[TODO_RENAME] = { "rename-back", "has its old name again" },
	[TODO_LEAVE] = { "leave", "was changed since the install" },
	[TODO_LEAVE_GONE] = { "leave", "was removed since the install" },
};

static bool is_left(enum todo todo)
{
	return todo == TODO_LEAVE || todo == TODO_LEAVE_GONE;
}

int uninstall_todo(struct tx *tx, const struct jop *op, enum todo *ret, struct err *e)
{
	enum whose whose;
	int k = op->kind == OP_RENAME ? tx_whose_rename(tx, op, &whose, e)
				      : tx_whose(tx, op, &whose, e);

	if (k < 0)
		return k;
	if (whose == WHOSE_GONE)
		*ret = TODO_PASS;
	else if (whose == WHOSE_ORIGINAL)
		*ret = TODO_NOTHING;
	else if (whose != WHOSE_OURS)
		*ret = whose == WHOSE_MISSING ? TODO_LEAVE_GONE : TODO_LEAVE;
	else if (op->kind == OP_RENAME)
		*ret = TODO_RENAME;
	else if (op->kind == OP_MKDIR)
		*ret = TODO_RMDIR;
	else
		*ret = op->old.type == NODE_NONE ? TODO_REMOVE : TODO_RESTORE;
	return 0;
}

const struct jop *uninstall_leaves(const struct netop *n, enum todo todo)
{
	const struct jop *op = n->over ? &n->first : &n->op;

	if (!op->backup || todo == TODO_PASS)
		return NULL;
	return n->over || is_left(todo) ? op : NULL;
}

int uninstall_leave(struct strv *left, const char *path, struct err *e)
{
	return strv_has(left, path) || strv_add(left, path) == 0 ? 0 : err_nomem(e);
}

/* What becomes of a file that somebody changed or removed, and of its original. */
static int note_left(struct tx *tx, const struct netop *n, enum todo todo,
		     struct plan *steps, struct err *e)
{
	const char *path = n->op.to ?: n->op.path;
	const struct jop *op = uninstall_leaves(n, todo);
	_cleanup_node_ struct node original = { 0 };
	bool kept = op && tx_look_at_original(tx, op, &original, NULL) == 0;
	int k = strv_addf(
		&steps->notes, "%s %s and is %s%s%s%s", path,
		is_left(todo) ? todos[todo].detail : "was changed between two installs",
		is_left(todo) ? "left as it is" : "given back as it was before the last",
		kept ? ": compare it with its original, now " : "", kept ? path : "",
		kept ? ".xenpv.orig" : "");

	return k < 0 ? err_nomem(e) : 0;
}

static int report(struct plan *steps, const struct netop *n, enum todo todo,
		  struct err *e)
{
	const struct jop *op = &n->op;
	struct op *s;

	if (!todos[todo].action || !steps)
		return 0;
	s = plan_op(steps, op->kind, todos[todo].action, op->to ?: op->path);
	if (!s)
		return err_nomem(e);
	s->state = is_left(todo) ? OPSTATE_SKIPPED : OPSTATE_PLANNED;
	s->detail = strdup(n->over && !is_left(todo) ? "as it was before the last install"
						     : todos[todo].detail);
	if (op->kind == OP_RENAME)
		s->to = strdup(op->path);
	return s->detail && (s->to || op->kind != OP_RENAME) ? 0 : err_nomem(e);
}

/* Whether it can be done: half of an uninstall helps nobody. */
static int may_change(struct tx *tx, const char *path, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	_cleanup_free_ char *dir = path_folder(path);
	_cleanup_free_ char *name = dir ? root_name(tx->r, dir) : NULL;
	int k = tx_spot(tx, path, &s, e);

	if (k < 0)
		return k == -ENOENT ? 0 : k;
	if (!name)
		return err_nomem(e);
	k = tx_refuse_fixed(s.fd, "", name, e);
	return k < 0 ? k : tx_refuse_fixed(s.fd, s.base, s.name, e);
}

/* The same of an original that is left. */
static int may_leave(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_free_ char *beside = tx_beside(op->path, ATOMIC_LEFT);
	_cleanup_node_ struct node n = { 0 };

	if (!beside)
		return err_nomem(e);
	return tx_look_at_original(tx, op, &n, NULL) < 0 ? 0 : may_change(tx, beside, e);
}

static int look_ahead(struct tx *tx, const struct netop *n, enum todo todo, struct err *e)
{
	const struct jop *leaves = uninstall_leaves(n, todo);
	_cleanup_node_ struct node original = { 0 };
	int k = todos[todo].action && !is_left(todo) ? may_change(tx, n->op.path, e) : 0;

	if (k == 0 && todo == TODO_RESTORE)
		k = tx_look_at_original(tx, &n->op, &original, e);
	if (k == 0 && todo == TODO_RENAME)
		k = may_change(tx, n->op.to, e);
	if (k == 0 && leaves)
		k = may_leave(tx, leaves, e);
	if (k == 0 && n->op.backup)
		k = may_change(tx, n->op.backup, e);
	if (k == 0 && n->over && n->first.backup)
		k = may_change(tx, n->first.backup, e);
	return k;
}

static int survey(struct tx *tx, const struct netop *n, struct plan *steps,
		  struct strv *left, struct err *e)
{
	const char *path = n->op.to ?: n->op.path;
	enum todo todo;
	bool theirs;
	int k = uninstall_todo(tx, &n->op, &todo, e);

	if (k == 0)
		k = look_ahead(tx, n, todo, e);
	if (k < 0)
		return k;
	theirs = is_left(todo) || (n->over && todo != TODO_PASS);
	if (theirs)
		k = uninstall_leave(left, path, e);
	if (k == 0 && theirs && steps)
		k = note_left(tx, n, todo, steps, e);
	return k < 0 ? k : report(steps, n, todo, e);
}

int uninstall_survey(struct tx *tx, const struct net *net, struct plan *steps,
		     struct strv *left, struct err *e)
{
	for (int boot = 1; boot >= 0; boot--)
		for (size_t i = net->n; i-- > 0;) {
			int k = net->v[i].op.boot == (boot == 1)
					? survey(tx, &net->v[i], steps, left, e)
					: 0;

			if (k < 0)
				return k;
		}
	return 0;
}
