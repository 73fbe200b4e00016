/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the transaction: what its parts (state.c, stage.c, commit.c, undo.c,
 * uninstall.c, uninstall_todo.c, recover.c) share. For nobody else.
 */
#pragma once

#include "installer/journal.h"
#include "installer/transaction.h"

#define JOURNAL_PATH STATE_DIR "/journal"
#define BACKUP_DIR   STATE_DIR "/backup"

/* A folder that is worked in, opened once: all steps act on the same one. */
struct txdir {
	char *path;
	int fd;
	bool dirty;  /* changed and not yet synced */
	bool loader; /* the boot loader reads files in it */
};

struct tx {
	struct root *r;
	struct journal j;
	int lock;    /* the state folder, locked; -1 */
	int journal; /* -1 */
	struct txdir *dirs;
	size_t n_dirs;
	bool unsettled; /* changed since tx_settle(), maybe by the run before */
};

#define TX_INIT(root)                                                     \
	{                                                                 \
		.r = (root), .lock = -1, .journal = -1, .unsettled = true \
	}
#define _cleanup_tx_ _cleanup_(tx_done)

void tx_done(struct tx *tx);

/* One name in a folder. fd belongs to the transaction, base to the path it was made of.
 */
struct spot {
	size_t dir;
	int fd;
	const char *base;
	char *name; /* for sentences; owned */
};

#define _cleanup_spot_ _cleanup_(spot_done)

void spot_done(struct spot *s);

/* spot.c. -ENOENT when the folder is not there. */
int tx_spot(struct tx *tx, const char *path, struct spot *ret, struct err *e);
/* What stands at a path; NODE_NONE also when its folder is missing. */
int tx_look(struct tx *tx, const char *path, struct node *ret, struct err *e);
/* The same, to tell a file from one or two that are known: one of another size is not
 * read, and has no digest. */
int tx_look_for(struct tx *tx, const char *path, const struct node *a,
		const struct node *b, struct node *ret, struct err *e);
/* Make a folder with the owner and label of a neighbour; it is open, to be synced. */
int tx_mkdir(struct tx *tx, const struct spot *s, mode_t mode, const struct attrs *lent,
	     struct err *e);
/* Remove a file or link; that it is not there is fine. */
int tx_unlink(struct tx *tx, const char *path, struct err *e);
/* Rename a file or link; nothing may stand at `to`. Both folders are dirty afterwards. */
int tx_rename(struct tx *tx, const char *from, const char *to, struct err *e);
/* Remove a folder: 1 removed or not there, 0 when something is in it. */
int tx_rmdir(struct tx *tx, const char *path, struct err *e);
/*
 * Refuse a name that nobody can rename or remove, and with base "" a folder in which
 * nobody can: immutable, append-only, or on a file system that is read-only. name is
 * for the sentence.
 */
int tx_refuse_fixed(int fd, const char *base, const char *name, struct err *e);
/* A hidden name beside a path, as a guest path (see atomic_name()); NULL: out of memory.
 */
char *tx_beside(const char *path, const char *suffix);
/* Sync every folder changed since the last time. */
int tx_sync(struct tx *tx, struct err *e);
/*
 * settle.c. A boot loader reads a disk as it is, without its journal, and a power cut may
 * come at any time. So what it reads is changed in turns, each of which is in its place
 * before the next begins: a configuration must never be seen without the images that it
 * takes. An undo goes through the turns from the last to the first.
 */
enum turn {
	TURN_REST,
	TURN_IMAGES,
	TURN_CONFIG,
	N_TURNS
};
enum turn tx_turn(const struct jop *op);
/* From here on tx_settle() is for the file system of this op, too, if it has a turn. */
int tx_takes_turn(struct tx *tx, const struct jop *op, struct err *e);
/* tx_sync(), and all is in its place where a boot loader reads. */
int tx_settle(struct tx *tx, struct err *e);
void tx_dirty(struct tx *tx, const struct spot *s);
/* Whether a path is the folder itself or below it. */
bool path_within(const char *path, const char *dir);

/* Whose work stands at an op's path. */
enum whose {
	WHOSE_ORIGINAL,
	WHOSE_OURS,
	WHOSE_GONE,    /* nor is its folder: with the kernel that was in it, for one */
	WHOSE_MISSING, /* nothing there, and neither we nor the original had nothing */
	WHOSE_FOREIGN,
};

/* For all kinds but OP_RENAME, whose `path` end it judges. */
int tx_whose(struct tx *tx, const struct jop *op, enum whose *ret, struct err *e);
/* OP_RENAME: WHOSE_ORIGINAL not yet renamed, WHOSE_OURS renamed, WHOSE_MISSING neither
 * name is there, else WHOSE_FOREIGN. */
int tx_whose_rename(struct tx *tx, const struct jop *op, enum whose *ret, struct err *e);

/* restore.c. The original as it was kept: -ENOENT when it is gone, -ESTALE when it was
 * changed. */
int tx_look_at_original(struct tx *tx, const struct jop *op, struct node *ret,
			struct err *e);
/* Put the original beside its target, under its name with that suffix (ATOMIC_OLD,
 * ATOMIC_LEFT), by link or by copy. */
int tx_prepare_original(struct tx *tx, const struct jop *op, const char *suffix,
			struct err *e);
/* The same, and then in its target's place. */
int tx_restore_original(struct tx *tx, const struct jop *op, struct err *e);
/*
 * The target is somebody else's by now: leave the original beside it as NAME.xenpv.orig
 * (.xenpv.orig.1, … when another file has that name). An original that is gone or was
 * changed itself is not left. suffix: of the name beside under which it is prepared.
 */
int tx_leave_original(struct tx *tx, const struct jop *op, const char *suffix,
		      struct err *e);
/* Keep a second name or a copy of a file: 1 linked, 0 copied. */
int tx_duplicate(struct tx *tx, const char *from, const struct node *as, const char *to,
		 struct err *e);

/* state.c */
/* Read the journal without a lock. As state_open(). */
int state_read(const struct root *r, struct journal *j, struct err *e);
/*
 * Lock the state folder and read its journal. 1, or 0 when there is no journal (no
 * folder, or an empty one). -EBUSY when another run holds it.
 */
int state_open(struct tx *tx, struct err *e);
/* The outermost path that state_create() will create; NULL when there is a journal. */
int state_made(const struct root *r, char **ret, struct err *e);
/*
 * Create what state_made() named, and lock it. before: mtime of the folder that holds it.
 * When it fails, state_remove() undoes what there is of it; but with -EEXIST or -EBUSY
 * another run was quicker, and it is that one's.
 */
int state_create(struct tx *tx, const char *made, struct timespec before, struct err *e);
/* The first batch is durable: the mark on the folder above is no longer needed. */
int state_settle(struct tx *tx, const char *made, struct err *e);
/*
 * Remove backups, journal and what state_create() created; before (NULL: as it comes)
 * is given back to the folder that held it. Files that are not ours stay, with their
 * folder.
 */
int state_remove(struct tx *tx, const char *made, const struct timespec *before,
		 struct err *e);
/* An interrupted state_create() or state_remove() left its mark, and no journal. */
bool state_is_marked(const struct root *r);
/* Finish it. 1 something was removed, 0 there was nothing. */
int state_sweep(struct tx *tx, struct err *e);

/* stage.c */
int stage_look(struct tx *tx, const struct plan *p, struct jgen *g, struct err *e);
int stage_files(struct tx *tx, struct plan *p, struct jgen *g, tx_progress progress,
		void *arg, struct err *e);

/* space.c */
int space_check(struct tx *tx, const struct plan *p, const struct jgen *g, struct err *e);

/* backup.c */
int backup_all(struct tx *tx, const struct jgen *g, struct err *e);

/* commit.c. Publish; with dropped, a file that somebody changed is left out and named
 * there, else it is an error. */
int commit_publish(struct tx *tx, struct jgen *g, struct strv *dropped, struct err *e);
/* Leftovers away, folder times recorded, "done". */
int commit_finish(struct tx *tx, struct jgen *g, struct err *e);

/* undo.c */
/* Nothing is published: remove all that was staged, the generation, and the state if new.
 */
int undo_staged(struct tx *tx, struct jgen *g, struct err *e);
/* Something may be published: put the originals back, then as undo_staged(). */
int undo_published(struct tx *tx, struct jgen *g, struct err *e);

/* unmounted.c. Refuse when files of the generations from this one on lie on a file system
 * that fstab names and that is not mounted. */
int tx_refuse_unmounted(struct tx *tx, size_t from, struct err *e);

/* uninstall.c. Go on with an uninstall that the journal tells of. */
int uninstall_go_on(struct tx *tx, struct strv *left, struct err *e);

/*
 * net.c. All generations seen as one. What somebody else wrote between two installs is
 * theirs: an uninstall goes back to that, and leaves the first original beside it.
 */
struct netop {
	struct jop op; /* from what we found, or found changed, to what we left */
	bool over;     /* made over somebody else's change of `first` */
	struct jop first;
};

struct net {
	struct netop *v; /* what each op points at belongs to the journal */
	size_t n;
};

void net_done(struct net *n);
int net_make(const struct journal *j, struct net *ret, struct err *e);
/* The folder times that nobody else has changed since, into j->times. */
int net_times(struct tx *tx, const struct strv *left, struct err *e);
