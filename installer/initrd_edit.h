/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rewrite of one initrd image: files that are added, and the new text of
 * /init. Everything else in the image stays bit for bit; segments that are not
 * touched are copied as they are. Streams: memory does not grow with the image.
 */
#pragma once

#include "guest/initrd.h"
#include "lib/lines.h"

struct initrd_file {
	char *path; /* in the image, in the style of its neighbours: "lib/xen-vbd.ko" */
	int fd;	    /* content; owned */
	uint64_t size;
	mode_t mode;
};

struct initrd_edit {
	struct root *root;	      /* not owned */
	const struct kernel *kernel;  /* not owned */
	const struct initrd *image;   /* not owned: as read for planning */
	struct lines init;	      /* /init as it will be; edited in place */
	bool changed_init;
	struct initrd_file *files;
	size_t n_files;
	struct strv details; /* what was changed, for the plan */
};

int initrd_edit_new(struct root *r, const struct kernel *k, struct initrd_edit **ret,
		    struct err *e);
void initrd_edit_free(struct initrd_edit *x);
DEFINE_CLEANUP(struct initrd_edit *, initrd_edit_free)

/* Add a file from an open fd (duplicated); -EEXIST when the image has that path. */
int initrd_edit_add(struct initrd_edit *x, const char *path, int fd, mode_t mode,
		    struct err *e);
/* Nothing to write? */
bool initrd_edit_empty(const struct initrd_edit *x);
/* Upper estimate of the new image's size. */
uint64_t initrd_edit_size(const struct initrd_edit *x);

/* Write the new image to an empty file / read it back and compare it with the old image plus
 * the edit: every old entry same header and content, the new ones as planned. For op.produce
 * and op.check, with arg = the edit. */
int initrd_edit_write(void *edit, int fd, struct err *e);
int initrd_edit_check(void *edit, int fd, struct err *e);
