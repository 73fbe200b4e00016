/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run does to a tree, call by call, and which later call makes each of it durable:
 * nothing is durable but what a sync of its very file or folder came after. This is what
 * POSIX promises, and less than any file system of Linux keeps. Without its journal a
 * disk has in their places only what syncfs() came after.
 */
#pragma once

#include "tests/faults/model.h"
#include "tests/unit/trace.h"

#define NEVER SIZE_MAX

enum effect_kind {
	EFFECT_NAME,  /* names come or go; a rename is one effect, and atomic */
	EFFECT_DATA,  /* bytes of a file */
	EFFECT_SIZE,  /* of a file */
	EFFECT_OWNER, /* with the mode */
	EFFECT_TIME,
	EFFECT_XATTR,
};

struct effect {
	enum effect_kind kind;
	size_t call;	/* that did it */
	size_t durable; /* the call after which it stays; NEVER */
	size_t settled; /* after which it is there without the journal, too; NEVER */
	size_t inode;	/* EFFECT_NAME: what the new name leads to */
	struct {
		size_t dir; /* NO_INODE: none */
		char *name;
		struct timespec mtime; /* of the folder, afterwards */
	} gone, come;
	size_t at; /* EFFECT_DATA; EFFECT_SIZE: the size */
	size_t len;
	char *xattr;
	char *bytes; /* of the file, or the attribute; NULL: it is removed */
	struct attrs attrs;
};

struct recording {
	const char *root;
	struct model *start; /* with every inode that was made, as it was made */
	struct model *live;
	struct effect *v;
	size_t n;
	const char **calls; /* their names */
	size_t n_calls;
};

/* Run a function in a child as trace_run() does. */
struct recording *record(const char *root, int (*f)(void *arg), void *arg,
			 int *ret_status);
void recording_free(struct recording *r);

/* Do to a model what a call did; len: so many bytes of an EFFECT_DATA. */
void effect_apply(const struct effect *e, struct model *m, size_t len);

/* For trace_run(): counts calls that touch what is below a folder (hook_arg). */
bool touches(void *root, const struct trace_call *c);
