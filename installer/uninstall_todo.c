/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an uninstall would do: decided for each op, surveyed for all before the first. */
#include <string.h>

#include "installer/uninstall.h"

static const struct {
	const char *action;
	const char *detail;
} todos[] = {
	[TODO_NOTHING] = { NULL, NULL },
	[TODO_RESTORE] = { "restore", "as it was before the install" },
	[TODO_REMOVE] = { "remove", "was not there before the install" },
	[TODO_RMDIR] = { "remove-folder", "was not there before the install" },
	[TODO_RENAME] = { "rename-back", "has its old name again" },
	[TODO_LEAVE] = { "leave", "was changed since the install" },
	[TODO_LEAVE_GONE] = { "leave", "was removed since the install" },
};

/* With the kernel that was in it, for one. */
static bool is_folder_gone(struct tx *tx, const char *path)
{
	_cleanup_spot_ struct spot s = { 0 };

	return tx_spot(tx, path, &s, NULL) == -ENOENT;
}

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
	/* The result of a verify has replaced what the install left there. */
	if (whose != WHOSE_OURS && op->kind == OP_WRITE &&
	    path_within(op->path, STATE_DIR))
		whose = WHOSE_OURS;
	if (whose == WHOSE_ORIGINAL ||
	    (whose != WHOSE_OURS && is_folder_gone(tx, op->to ?: op->path)))
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

int uninstall_leave(struct strv *left, const char *path, struct err *e)
{
	return strv_has(left, path) || strv_add(left, path) == 0 ? 0 : err_nomem(e);
}

/* What becomes of the original of a file that somebody changed or removed. */
static int note_left(struct tx *tx, const struct jop *op, enum todo todo,
		     struct plan *steps, struct err *e)
{
	const char *path = op->to ?: op->path;
	_cleanup_node_ struct node n = { 0 };
	bool kept = op->backup && tx_look_at_original(tx, op, &n, NULL) == 0;
	int k = strv_addf(&steps->notes, "%s %s and is left as it is%s%s%s", path,
			  todos[todo].detail, kept ? "; its original is put at " : "",
			  kept ? path : "", kept ? ".xenpv.orig" : "");

	return k < 0 ? err_nomem(e) : 0;
}

static int report(struct plan *steps, const struct jop *op, enum todo todo, struct err *e)
{
	struct op *s;

	if (todo == TODO_NOTHING || !steps)
		return 0;
	s = plan_op(steps, op->kind, todos[todo].action, op->to ?: op->path);
	if (!s)
		return err_nomem(e);
	s->state = is_left(todo) ? OPSTATE_SKIPPED : OPSTATE_PLANNED;
	s->detail = strdup(todos[todo].detail);
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

static int look_ahead(struct tx *tx, const struct jop *op, enum todo todo, struct err *e)
{
	_cleanup_node_ struct node n = { 0 };
	int k = todo == TODO_NOTHING || is_left(todo) ? 0 : may_change(tx, op->path, e);

	if (k == 0 && todo == TODO_RESTORE)
		k = tx_look_at_original(tx, op, &n, e);
	if (k == 0 && todo == TODO_RENAME)
		k = may_change(tx, op->to, e);
	if (k == 0 && op->backup)
		k = may_change(tx, op->backup, e);
	return k;
}

int uninstall_survey(struct tx *tx, const struct net *net, struct plan *steps,
		     struct strv *left, struct err *e)
{
	for (int boot = 1; boot >= 0; boot--)
		for (size_t i = net->n; i-- > 0;) {
			const struct jop *op = &net->v[i];
			enum todo todo;
			int k;

			if (op->boot != (boot == 1))
				continue;
			k = uninstall_todo(tx, op, &todo, e);
			if (k == 0)
				k = look_ahead(tx, op, todo, e);
			if (k == 0 && is_left(todo))
				k = uninstall_leave(left, op->to ?: op->path, e);
			if (k == 0 && is_left(todo) && steps)
				k = note_left(tx, op, todo, steps, e);
			if (k == 0)
				k = report(steps, op, todo, e);
			if (k < 0)
				return k;
		}
	return 0;
}
