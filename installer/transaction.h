/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One transaction over a guest's files: stage everything beside its target and
 * sync it, back up what is replaced, write "commit" to the journal, rename,
 * sync. A kill at any instant leaves files that are each all old or all new, a
 * guest that boots, and a journal from which the next run undoes (before
 * "commit") or finishes (after it).
 *
 * State folder: /var/lib/xenpv with journal, inventory.json, backup/. It is
 * locked (flock) while anybody writes.
 */
#pragma once

#include "installer/plan.h"

#define STATE_DIR "/var/lib/xenpv"

enum tx_result {
	TX_OK,	      /* done */
	TX_NOTHING,   /* nothing to do */
	TX_UNCHANGED, /* failed before anything was published: guest unchanged (exit 3) */
	TX_ROLLED_BACK, /* failed, and undone (exit 4) */
	TX_INCOMPLETE,	/* the undo failed too: journal kept (exit 5) */
};

/* What the journal says of this guest. */
enum tx_status {
	TXS_NONE,      /* never installed, or uninstalled */
	TXS_INSTALLED, /* a finished install */
	TXS_PENDING,   /* an interrupted install or uninstall: run tx_recover() */
};

int tx_status(const struct root *r, enum tx_status *ret, struct err *e);

/* Progress: called before each op; may be NULL. */
typedef void (*tx_progress)(void *arg, size_t done, size_t total, const struct op *op);

/*
 * What tx_apply() looks at before it writes, and no more: 0, or a negative errno and the
 * reason why it would refuse. Takes no lock.
 */
int tx_check(struct root *r, const struct plan *p, struct err *e);

/*
 * Apply a plan. Ops get their state. Fails with TX_UNCHANGED when the state is
 * TXS_PENDING, when a file changed since it was planned from (old_digest), or on any
 * error before "commit". A second apply on an installed guest appends to its journal, so
 * that an uninstall goes back to the very start.
 */
enum tx_result tx_apply(struct root *r, struct plan *p, tx_progress progress, void *arg,
			struct err *e);

/*
 * Finish or undo an interrupted run: TX_OK either way, TX_NOTHING when there was none,
 * TX_ROLLED_BACK when finishing failed and it was undone instead, TX_UNCHANGED when
 * another run holds the lock, TX_INCOMPLETE. *ret_what (may be NULL; the caller frees):
 * one sentence of what was done. May itself be interrupted, and recovered again.
 */
enum tx_result tx_recover(struct root *r, char **ret_what, struct err *e);

/*
 * Restore every file with mode, owner, extended attributes and times, remove what was
 * created and the state folder. Files that somebody changed since are left and named in
 * *left; their original is kept beside as FILE.xenpv.orig. What lay in a folder that is
 * gone altogether is passed over. steps describes what was done, and what was left, for
 * the report. With dry, only says what would be done. TX_UNCHANGED also when an original
 * that is needed is no longer there.
 */
enum tx_result tx_uninstall(struct root *r, bool dry, struct plan *steps,
			    struct strv *left, struct err *e);
