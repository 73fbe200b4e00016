/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of an initrd image, one by one, over all its segments, with
 * memory that does not grow with the image. The cpio archives are read by
 * libarchive.
 */
#pragma once

#include <sys/types.h>

#include "guest/initrd.h"

struct initrd_entry {
	const char *name;   /* as written: "init", "./init", "lib/ext3.ko" */
	const char *target; /* of a symbolic link; NULL */
	mode_t mode;
	uint32_t ino, nlink, uid, gid;
	uint32_t dev_major, dev_minor;	 /* that the file was on */
	uint32_t rdev_major, rdev_minor; /* that a device node stands for */
	int64_t mtime;
	uint64_t size;
	size_t seg;	/* segment */
	size_t archive; /* number of its archive in the segment */
};

/*
 * Whether a boot configuration ends a part of a file: 1, and where it begins, which is
 * where the image before it ends; 0: none, or one that kernels do not take off.
 */
int initrd_bootconfig(int fd, uint64_t start, uint64_t end, uint64_t *ret);

struct initrd_walk;

/*
 * From an offset of the file at which a segment, or the padding before one, begins, to
 * where the image, or a boot configuration behind it, does.
 * limits == NULL: the bounds of initrd.h.
 */
int initrd_walk_open(struct initrd_walk **ret, int fd, uint64_t offset, const char *label,
		     const struct initrd_limits *limits, struct err *e);
void initrd_walk_free(struct initrd_walk *w);
DEFINE_CLEANUP(struct initrd_walk *, initrd_walk_free)

/*
 * The next entry, valid until the next call: 1, or 0 at the end of the image. -EINVAL
 * with a sentence as initrd_read().
 */
int initrd_walk_next(struct initrd_walk *w, const struct initrd_entry **ret,
		     struct err *e);

/* Content of the current entry: the bytes read, 0 at its end. */
ssize_t initrd_walk_read(struct initrd_walk *w, void *buf, size_t len, struct err *e);

/* All of it, with a NUL behind; the caller frees. */
int initrd_walk_all(struct initrd_walk *w, const struct initrd_entry *x, char **ret,
		    size_t *ret_len, struct err *e);
/* The same as text; *ret is left alone when it is none: no regular file, more than max
 * bytes, NUL bytes in it. */
int initrd_walk_text(struct initrd_walk *w, const struct initrd_entry *x, size_t max,
		     char **ret, struct err *e);

/*
 * CRC-64 of all that an entry is but for its size and content; and of these two, by
 * reading on to its end: what was read before is in it. They tell mistakes, not a forger.
 */
uint64_t initrd_entry_sum(const struct initrd_entry *x);
int initrd_walk_sum(struct initrd_walk *w, uint64_t *ret, struct err *e);

/*
 * The segments so far; complete after the end. A segment's length is known when the next
 * one, or the end, has been reached.
 */
const struct initrd_seg *initrd_walk_segs(const struct initrd_walk *w, size_t *n);

/* Where the archives end in the file, the padding behind them included. */
uint64_t initrd_walk_end(const struct initrd_walk *w);

/* Whether two names in an archive are one path: "./init", "/init" and "init" are. */
bool initrd_name_is(const char *a, const char *b);
