/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to an ext2 image that is open for writing; on disk after ext2_flush(). Times
 * are those given, never now. -ENOSPC when blocks or inodes run out.
 */
#pragma once

#include "guest/ext2_image.h"

struct ext2_content {
	int fd; /* -1: mem */
	const char *mem;
	uint64_t size;
};

/* A path's inode, symbolic links not followed; -ENOENT. */
int ext2_lookup(struct ext2_image *m, const char *path, ext2_ino_t *ret, struct err *e);

/*
 * A new file, link or node in a folder: mode, owner, times, i_block (of a node or a short
 * link) as in proto; content NULL: none.
 */
int ext2_add(struct ext2_image *m, ext2_ino_t dir, const char *name,
	     const struct ext2_inode *proto, const struct ext2_content *content,
	     ext2_ino_t *ret, struct err *e);
int ext2_add_folder(struct ext2_image *m, ext2_ino_t dir, const char *name,
		    const struct ext2_inode *proto, ext2_ino_t *ret, struct err *e);
/* One more name of an inode that counts it already. */
int ext2_add_name(struct ext2_image *m, ext2_ino_t dir, const char *name, ext2_ino_t ino,
		  uint16_t mode, struct err *e);
/* Other content; mode, owner and times stay. */
int ext2_replace(struct ext2_image *m, ext2_ino_t ino, const struct ext2_content *content,
		 struct err *e);
/* Mode, owner and times as in proto. */
int ext2_set_attributes(struct ext2_image *m, ext2_ino_t ino,
			const struct ext2_inode *proto, struct err *e);
int ext2_flush(struct ext2_image *m, struct err *e);

/*
 * The same files in a new file system of that many blocks and at least that many inodes,
 * with the old one's parameters; open for writing, to be flushed. v and n stay empty.
 */
int ext2_copy(const struct ext2_image *from, uint32_t blocks, uint32_t inodes,
	      struct ext2_image **ret, struct err *e);
