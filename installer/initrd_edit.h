/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rewrite of one initrd image: files that are added, and the new text of
 * /init (/linuxrc). Everything else in the image stays bit for bit; segments that are not
 * touched are copied as they are. Streams: memory does not grow with the image, but for
 * 24 bytes for each entry.
 */
#pragma once

#include "guest/initrd.h"
#include "lib/lines.h"

struct initrd_file {
	char *path; /* in the image, in the style of its neighbours: "lib/xen-vbd.ko" */
	int fd;	    /* content; owned; -1 for a folder */
	uint64_t size;
	mode_t mode;   /* of a new one; a regular file if it has no type */
	int64_t mtime; /* of the file behind fd */
	bool replaces; /* the content of an entry that is there; its header stays */
};

struct initrd_edit {
	struct root *root;	     /* not owned */
	const struct kernel *kernel; /* not owned */
	const struct initrd *image;  /* not owned: as read for planning */
	size_t seg;	    /* the segment that is changed; the others are copied */
	const char *anchor; /* an entry of it, in whose archive new files come: /init, or
			       modules.dep */
	/* The boot disk is on the emulated SCSI card and is to stay there: whichever
	 * driver comes first owns its disks, so ours come last. */
	bool after_scsi;
	struct lines init; /* /init as it will be; edited in place */
	bool changed_init;
	struct initrd_file *files;
	size_t n_files;
	struct strv details; /* what was changed, for the plan */
	/* The segment's entries, where planning read files of it: for the check. */
	struct initrd_sums sums;
};

/*
 * -ENOTSUP with a sentence when the kernel has no image that can be edited: none, or
 * unreadable, made by nobody who is known, or in a compression that is only read.
 */
int initrd_edit_new(struct root *r, const struct kernel *k, struct initrd_edit **ret,
		    struct err *e);
void initrd_edit_free(struct initrd_edit *x);
DEFINE_CLEANUP(struct initrd_edit *, initrd_edit_free)

/*
 * Add a file from an open fd (duplicated), or a folder (fd -1, mode with S_IFDIR);
 * -EEXIST when the image has that path, -ENOTSUP when it is longer than kernels read.
 * Files are added behind the others, folders must come before what they hold.
 */
int initrd_edit_add(struct initrd_edit *x, const char *path, int fd, mode_t mode,
		    struct err *e);
/* Other content for a module, an index or a text that is there, named as the image has
 * it; -ENOENT. */
int initrd_edit_replace(struct initrd_edit *x, const char *path, int fd, struct err *e);
/* The same, from memory. */
int initrd_edit_replace_data(struct initrd_edit *x, const char *path, const void *data,
			     size_t len, struct err *e);
/* A module of the image that /init is to load. */
struct initrd_want {
	const char *module; /* "xen-vbd" */
	const char *path;   /* in the image: "./lib/xen-vbd.ko" */
};

/*
 * Make /init load these modules in this order, before the first driver of emulated disks,
 * or else before it looks for devices. Lines that do so already stay; others are moved or
 * made in the style of their neighbours. 1 changed, 0 nothing to do; -ENOTSUP when /init
 * has no such place.
 */
int initrd_edit_loads(struct initrd_edit *x, const struct initrd_want *v, size_t n,
		      struct err *e);
/* -ENOTSUP when the image cannot hold the edit, or the kernel could not hold the image.
 */
int initrd_edit_fits(struct initrd_edit *x, struct err *e);
/* Nothing to write? */
bool initrd_edit_empty(const struct initrd_edit *x);
/* Upper estimate of the new image's size, for an image of modules and programs. */
uint64_t initrd_edit_size(const struct initrd_edit *x);

/*
 * Padding behind what now ends at `now`, when it was n_old NULs that ended at `old`. What
 * follows keeps its alignment (512 where it had that, else 4); where nothing has moved
 * against it the padding stays; there is none where there was none and nothing needs it.
 * needed: what follows must be aligned.
 */
uint64_t initrd_padding(uint64_t old, uint64_t n_old, uint64_t now, bool needed);
/*
 * Where in the old image begins what is copied behind the changed segment. *ret_aligned:
 * it must keep its alignment, since an uncompressed archive comes next, or a boot
 * configuration last: the size of such a file is a multiple of 4.
 */
uint64_t initrd_edit_next(const struct initrd_edit *x, bool *ret_aligned);

/* Write the new image to an empty file / read it back and compare it with the old image
 * plus the edit: every old entry same header and content, the new ones as planned. For
 * op.produce and op.check, with arg = the edit. */
int initrd_edit_write(void *edit, int fd, struct err *e);
int initrd_edit_check(void *edit, int fd, struct err *e);
