/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ext2 file system in a compressed file, as initrds of 2.4 kernels are: unpacked into
 * a file without a name, and read by libext2fs; nothing is mounted. What libext2fs would
 * believe is looked at before: sizes, block numbers, links.
 */
#pragma once

#include <ext2fs/ext2fs.h>

#include "lib/stream.h"

#define EXT2_IMAGE_MAX (64ull * 1024 * 1024) /* bytes, unpacked; and of all its files */

struct ext2_entry {
	char *path;    /* "lib/ext3.o"; "" for the root */
	size_t parent; /* its folder, in v */
	ext2_ino_t ino;
	struct ext2_inode inode;
};

struct ext2_image {
	char *label;
	int fd; /* the unpacked image */
	ext2_filsys fs;
	struct ext2_entry *v; /* every name; the folder before what it holds */
	size_t n;
	ext2fs_block_bitmap claimed; /* blocks that something uses */
	ext2fs_inode_bitmap seen;    /* inodes that have a name, or are reserved */
	uint32_t *refs;		     /* names of each inode */
	uint64_t left;		     /* bytes that files may still have */
	size_t names;		     /* bytes of all paths */
	bool miscounted;	     /* an inode's number of blocks is wrong */
};

/* 1: a file starts like an ext2 image, compressed or not; else 0. Negative errno when it
 * cannot be read; a stream that is corrupt is no image. */
int ext2_image_is(int fd, const char *label, struct err *e);

/*
 * Unpack into a file without a name: *ret_fd. max: bytes, EXT2_IMAGE_MAX at most. The
 * stream's compression and length in the file may be NULL.
 */
int ext2_image_unpack(int fd, const char *label, uint64_t max, int *ret_fd,
		      enum comp *ret_comp, uint64_t *ret_length, struct err *e);

/*
 * Read all names and inodes; takes fd, an unpacked image, in any case. -EINVAL with a
 * sentence for one that is damaged or has features that 2.4 kernels do not know.
 */
int ext2_image_open(struct ext2_image **ret, int fd, const char *label, bool write,
		    struct err *e);
/* Without writing what was changed. */
void ext2_image_free(struct ext2_image *m);
DEFINE_CLEANUP(struct ext2_image *, ext2_image_free)

/* Whether bitmaps, counts and links agree with what is in use: else -code, and a
 * sentence.
 */
int ext2_image_verify(const struct ext2_image *m, int code, struct err *e);

/* NULL: no such path. */
const struct ext2_entry *ext2_image_find(const struct ext2_image *m, const char *path);
/* Content of a file or target of a link, NUL-terminated; the caller frees. */
int ext2_image_content(const struct ext2_image *m, const struct ext2_entry *x, char **ret,
		       size_t *ret_len, struct err *e);

/* The error for a code of libext2fs: -ENOMEM, -ENOSPC, else -EINVAL. */
int ext2_failed(const struct ext2_image *m, errcode_t code, const char *doing,
		struct err *e);
