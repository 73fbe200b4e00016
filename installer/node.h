/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands at a path: a file, a symbolic link, a folder, a device or nothing, with
 * content (as a digest) and attributes. The transaction records it before and
 * after, and by it knows the original, its own work and a stranger's apart.
 */
#pragma once

#include <stdint.h>

#include "lib/attrs.h"
#include "lib/digest.h"

enum node_type {
	NODE_NONE,
	NODE_FILE,
	NODE_LINK,
	NODE_DIR,
	NODE_BLOCK, /* a block device */
	NODE_OTHER, /* FIFO, socket, character device */
};

struct node {
	enum node_type type;
	uint64_t size;
	char digest[DIGEST_HEX]; /* NODE_FILE */
	char *link;		 /* NODE_LINK: its text */
	dev_t rdev;		 /* NODE_BLOCK */
	struct attrs attrs;
	/* Where it was seen; not recorded. */
	dev_t dev;
	ino_t ino;
};

#define _cleanup_node_ _cleanup_(node_done)

void node_done(struct node *n);

/*
 * Look at one name in a folder, following nothing. That it is not there is an answer
 * (NODE_NONE). name is the whole name for sentences. A folder gets no digest.
 */
int node_read(int dirfd, const char *base, const char *name, struct node *ret,
	      struct err *e);

/* Open a regular file of a folder for reading; links and everything else are refused. */
int node_open(int dirfd, const char *base, const char *name, struct err *e);

/* "a folder", "nothing", … */
const char *node_type_name(enum node_type t);

/* Same type, content and attributes; flags as for attrs_equal(). */
bool node_equal(const struct node *a, const struct node *b, unsigned int flags);
bool node_same_inode(const struct node *a, const struct node *b);

/*
 * A copy of a file or link under a new name in a folder, with the attributes of `as`
 * (whose link text a link gets), times included; a file is synced. -EEXIST.
 */
int node_copy(int fromdir, const char *from, const struct node *as, int todir,
	      const char *to, const char *name, struct err *e);
