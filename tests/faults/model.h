/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree in memory: read from a folder, changed, and put back into a folder, which then
 * is the same in all but inode numbers, access and change times. Inodes are numbered; the
 * root has number 0. What fails ends the program: tests have no use for half a tree.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "lib/attrs.h"

#define NO_INODE SIZE_MAX

/* Content that several trees share. */
struct blob {
	unsigned int refs;
	size_t len;
	unsigned char *data;
};

/* Neither is NULL, and they have the same bytes. */
bool blob_same(const struct blob *a, const struct blob *b);

struct entry {
	char *name;
	size_t inode;
};

struct inode {
	mode_t type; /* S_IFREG, … */
	dev_t rdev;
	struct attrs attrs;
	struct blob *data;     /* of a file */
	char *link;	       /* of a symbolic link */
	struct entry *entries; /* of a folder, sorted */
	size_t n;
	ino_t number; /* where it was read */
};

/* Inodes that no folder names are in it, too; they are not put anywhere. */
struct model {
	struct inode *v;
	size_t n;
};

struct model *model_load(const char *dir);
struct model *model_clone(const struct model *m);
void model_free(struct model *m);
DEFINE_CLEANUP(struct model *, model_free)
#define _cleanup_model_ _cleanup_(model_freep)

/* Make the folder the same as the model; what is so already is left as it is. */
void model_store(const struct model *m, const char *dir);

/* Equal for equal trees that come from one model. */
uint64_t model_hash(const struct model *m);

/* Read one inode, a folder without what is in it; its number. */
size_t model_add(struct model *m, int dirfd, const char *name);
/* The same from another model. */
size_t model_add_copy(struct model *m, const struct inode *from);
/* What a name leads to; NO_INODE. */
size_t model_get(const struct model *m, size_t dir, const char *name);
/* NO_INODE removes the name. */
void model_set(struct model *m, size_t dir, const char *name, size_t inode);
/* data NULL: zeros. */
void model_write(struct model *m, size_t inode, size_t at, const void *data, size_t len);
void model_resize(struct model *m, size_t inode, size_t len);
/* value NULL removes it. */
void model_xattr(struct model *m, size_t inode, const char *xattr, const void *value,
		 size_t len);

/* perror() and abort(). */
void die(const char *what) __attribute__((noreturn));
/* Allocate or die. */
void *must(void *ptr);
