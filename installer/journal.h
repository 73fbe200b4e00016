/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: what a transaction is about to do, and how far it came. A text
 * file of lines that are only ever appended:
 *
 *	SUM SEQ BATCH +|. JSON
 *
 * SUM is the beginning of the SHA-256 of the rest of the line, SEQ counts lines. Lines
 * come in batches, each written and synced before anything else happens; "." ends a
 * batch. A batch counts whole or not at all: a loss of power can leave the last one
 * torn, and that is recognised. Damage anywhere else is an error.
 *
 * Records, in the order of an install's life:
 *	begin dir… op…	 everything that will be touched, as it is now
 *	new… commit	 all is staged; from here on the new state is the wanted one
 *	drop		 an op that a recovery leaves out: somebody else changed its file
 *	rollback	 from here on the old state is the wanted one
 *	after… done	 finished; folder times as we left them
 *	time… uninstall	 the wish to undo every finished generation
 *	restoring	 originals are ready beside their targets
 *	restored	 all originals are in place: only our own leftovers remain
 */
#pragma once

#include <sys/types.h>

#include "installer/node.h"
#include "installer/plan.h"

/* A folder in which something is created, replaced or removed. */
struct jdir {
	char *path;
	struct timespec before;
	struct timespec after;
};

struct jop {
	enum op_kind kind;
	char *action;
	char *path;
	char *to;     /* OP_RENAME */
	char *detail; /* NULL */
	char *backup; /* guest path of the original; NULL when there is nothing to keep */
	bool kept;    /* the backup is a file of the guest's, beside the target */
	bool boot;    /* see struct op */
	bool config;  /* see struct op */
	bool dropped;
	struct node old; /* at path, before */
	struct node new; /* at path (OP_RENAME: at to), after; NODE_NONE before commit */
};

/* Where the journal stood before something was appended. */
struct jmark {
	off_t len;
	unsigned int seq;
	unsigned int batch;
};

/* One install. */
struct jgen {
	unsigned int number; /* from 1 */
	struct jmark mark;
	char *made; /* generation 1: outermost path that holding our state created */
	struct jdir *dirs; /* with made, the first is the folder that holds it */
	size_t n_dirs;
	struct jop *ops;
	size_t n_ops;
	bool committed, rollback, done;
};

struct jtime {
	char *path;
	struct timespec mtime;
};

struct journal {
	struct jgen *gens;
	size_t n_gens;
	bool uninstall, restoring, restored;
	struct jmark mark;   /* before "uninstall" */
	struct jtime *times; /* folder times that the uninstall gives back */
	size_t n_times;
	struct jmark end; /* after the last whole batch */
	bool torn;	  /* something follows it */
};

void journal_done(struct journal *j);
/* Release a record's parts. */
void jop_done(struct jop *op);
void jdir_done(struct jdir *d);
/* The generation being worked on: the last one; NULL when there is none. */
struct jgen *journal_last(struct journal *j);

/*
 * From text. name is the file's name for sentences. -EBADMSG for damage that no
 * interruption explains.
 */
int journal_parse(struct journal *j, const char *text, size_t len, const char *name,
		  struct err *e);

/* A batch being put together. */
struct jbatch {
	char *text;
	size_t len;
	char **records;
	size_t n;
};

#define _cleanup_jbatch_ _cleanup_(jbatch_done)

void jbatch_done(struct jbatch *b);
/* Each -ENOMEM, with its sentence. */
int jbatch_begin(struct jbatch *b, const struct jgen *g, struct err *e);
int jbatch_new(struct jbatch *b, size_t i, const struct jop *op, struct err *e);
int jbatch_drop(struct jbatch *b, size_t i, struct err *e);
int jbatch_after(struct jbatch *b, size_t i, const struct jdir *d, struct err *e);
int jbatch_time(struct jbatch *b, const struct jtime *t, struct err *e);
/* "commit", "rollback", "done", "uninstall", "restoring", "restored". */
int jbatch_word(struct jbatch *b, const char *word, struct err *e);

/*
 * Append the batch to the journal and sync it. When that fails the file is as long as
 * before, unless j->torn.
 */
int journal_append(struct journal *j, int fd, struct jbatch *b, const char *name,
		   struct err *e);
/* Cut the journal off at a mark, and sync it. */
int journal_cut(struct journal *j, int fd, struct jmark m, const char *name,
		struct err *e);
