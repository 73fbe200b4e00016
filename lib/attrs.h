/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file has besides its content: mode, owner, extended attributes (the
 * SELinux label and the ACLs are among them) and times; read from one open file,
 * applied to another. A file system that knows no extended attributes has none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "lib/err.h"

struct xattr {
	char *name;
	void *value;
	size_t len;
};

struct attrs {
	mode_t mode; /* permission bits only */
	uid_t uid;
	gid_t gid;
	struct timespec atime;
	struct timespec mtime;
	struct xattr *x; /* sorted by name */
	size_t n;
};

#define _cleanup_attrs_ _cleanup_(attrs_done)

void attrs_done(struct attrs *a);

/* Of an open file or folder. name is the file's name for sentences. */
int attrs_read(int fd, const char *name, struct attrs *ret, struct err *e);

/*
 * Of what is not opened, a link or a device: what fstatat() said of it, and where /proc
 * is mounted its extended attributes.
 */
int attrs_read_unopened(int dirfd, const char *base, const struct stat *st,
			const char *name, struct attrs *ret, struct err *e);

/* Append one; -ENOMEM. */
int attrs_add(struct attrs *a, const char *xattr, const void *value, size_t len);
/* NULL when it has none of that name. */
const struct xattr *attrs_find(const struct attrs *a, const char *xattr);

enum {
	ATTRS_TIMES = 1 << 0, /* the times, too */
	ATTRS_CONTENT =
		1 << 1, /* the content is the same: also what vouches for it (IMA, EVM) */
};

/*
 * Make an open file have these attributes and no other extended ones. Those that
 * the file system does not support are passed over; whatever else fails is an error.
 */
int attrs_apply(int fd, const struct attrs *a, unsigned int flags, const char *name,
		struct err *e);

/* A new file or folder: this mode, and the owner and SELinux label of a neighbour. */
int attrs_lend(int fd, const struct attrs *neighbour, mode_t mode, const char *name,
	       struct err *e);

/* The same for a new device, which is not opened; the label where /proc is mounted. */
int attrs_lend_node(int dirfd, const char *base, const struct attrs *neighbour,
		    mode_t mode, const char *name, struct err *e);

/* The same for a new symbolic link, which has no mode of its own. */
int attrs_lend_link(int dirfd, const char *base, const struct attrs *neighbour,
		    const char *name, struct err *e);

/* attrs_apply() for a symbolic link: owner, times (since Linux 2.6.22), and the label
 * where /proc is mounted. */
int attrs_apply_link(int dirfd, const char *base, const struct attrs *a, const char *name,
		     struct err *e);

/*
 * Same mode, owner and extended attributes, and with ATTRS_TIMES the same mtime.
 * security.* counts only with ATTRS_CONTENT: relabelling a file is no change of it.
 */
bool attrs_equal(const struct attrs *a, const struct attrs *b, unsigned int flags);
