/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an uninstall does with each thing that the installs did. It follows from what
 * stands there now, so that an interrupted uninstall goes on by the same rules. For
 * uninstall.c and uninstall_todo.c only.
 */
#pragma once

#include "installer/tx.h"

enum todo {
	TODO_NOTHING,
	TODO_PASS, /* its folder is gone */
	TODO_RESTORE,
	TODO_REMOVE,
	TODO_RMDIR,
	TODO_RENAME,
	TODO_LEAVE,	 /* somebody changed it: theirs stays */
	TODO_LEAVE_GONE, /* somebody removed it: it stays away */
};

/* What is to be done with one op, as things are now. */
int uninstall_todo(struct tx *tx, const struct jop *op, enum todo *ret, struct err *e);
/* The op whose original is left beside what somebody else wrote; NULL: there is none. */
const struct jop *uninstall_leaves(const struct netop *n, enum todo todo);
/* Add a path to those left as they are, once. */
int uninstall_leave(struct strv *left, const char *path, struct err *e);
/*
 * Decide all ops, in the order in which they would be done, into steps (NULL: not
 * wanted) and left. Negative errno when one of them could not be done: half of an
 * uninstall helps nobody.
 */
int uninstall_survey(struct tx *tx, const struct net *net, struct plan *steps,
		     struct strv *left, struct err *e);
