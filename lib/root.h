/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root-confined opener. Every path of a guest is looked up here: symbolic
 * links, absolute ones and ".." included, are resolved as they would be with
 * the guest's root as "/", so nothing outside it is ever reached. By openat2()
 * with RESOLVE_IN_ROOT, and where the kernel lacks it (or a seccomp filter
 * refuses it) by a walk of our own, one component at a time with O_NOFOLLOW; where it
 * lacks openat() as well, as lib/at.h says.
 *
 * Paths are guest paths: "/etc/fstab" and "etc/fstab" mean the same. Error
 * sentences name the path as the user would find it: root + path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lib/err.h"
#include "lib/strv.h"

struct root {
	int fd;		    /* directory, O_PATH where the kernel has it */
	char *path;	    /* as given, for messages; "" for "/" */
	bool is_slash;	    /* the root is the caller's own "/" */
	bool walk;	    /* never try openat2(); tests set it */
	struct err *broken; /* root_broken() */
};

/* Text files of a guest are never larger than this: modules.dep of 2026 is 1 MB. */
#define ROOT_TEXT_MAX (16u * 1024 * 1024)

/* Open a directory as a root. -ENOENT, -ENOTDIR, … with a sentence; -ENOSYS: the kernel
 * is that old, and /proc is not mounted. */
int root_new(struct root **ret, const char *path, struct err *e);
void root_free(struct root *r);
DEFINE_CLEANUP(struct root *, root_free)
#define _cleanup_root_ _cleanup_(root_freep)

/*
 * Many files may be absent, and who looks for one goes on without it. None must take a
 * disk that fails for that: the first error that speaks of the disk or of this system,
 * and not of the tree, is kept, and asked for before anything is made of what was read.
 * 0, or that error.
 */
int root_broken(const struct root *r, struct err *e);
/*
 * The same for what fails at a file of the tree that is open already: keep the error if
 * it speaks of the disk. Returns code; a negative errno is an error, with the file's
 * name.
 */
int root_note(const struct root *r, const char *path, int code, struct err *e);

/*
 * open() in the root; O_CLOEXEC is implied, O_NOFOLLOW is for the last
 * component only. Returns the fd. Never use it to read a file of unknown type:
 * see root_open_file(). O_PATH is for folders, with O_DIRECTORY: kernels before 2.6.39
 * do not know it, and open what is there.
 */
int root_open(const struct root *r, const char *path, int flags, mode_t mode,
	      struct err *e);

/*
 * Open an existing regular file for reading. A FIFO, device, socket or folder
 * is refused with -EINVAL before anything is read from it, without blocking. *st may
 * be NULL.
 */
int root_open_file(const struct root *r, const char *path, struct stat *st,
		   struct err *e);

/*
 * Read a whole regular file of at most max bytes (-EFBIG above it; also when
 * it grows). The text is NUL-terminated after *ret_len bytes; the caller frees.
 */
int root_read(const struct root *r, const char *path, size_t max, char **ret,
	      size_t *ret_len, struct err *e);

/* fstatat(); follow says whether a symbolic link at the end is followed. */
int root_stat(const struct root *r, const char *path, bool follow, struct stat *st,
	      struct err *e);

/* True when the path exists and is a regular file (after links). */
bool root_is_file(const struct root *r, const char *path);
bool root_is_dir(const struct root *r, const char *path);

/* The text of a symbolic link; the caller frees. -EINVAL when it is none. */
int root_readlink(const struct root *r, const char *path, char **ret, struct err *e);

/*
 * The path with all links resolved, as an absolute guest path ("/boot/x"); the
 * last component need not exist when missing_ok. The caller frees.
 */
int root_realpath(const struct root *r, const char *path, bool missing_ok, char **ret,
		  struct err *e);

/*
 * The directory that holds the path, as an O_DIRECTORY fd that can be synced
 * (links in it resolved), and the last component, for the *at() calls of who
 * writes. The last component itself is not looked at. The caller frees *ret_base.
 * -EINVAL for "/", "." and "..".
 */
int root_parent(const struct root *r, const char *path, char **ret_base, struct err *e);

/* What a directory holds: a name, and DT_* of <dirent.h>; DT_UNKNOWN: root_stat() tells.
 */
struct root_entry {
	char *name;
	unsigned char type;
};
struct root_entries {
	struct root_entry *v; /* sorted by name, without "." and ".." */
	size_t n;
};

/* The entries of a directory. -ENOENT, -ENOTDIR. */
int root_entries(const struct root *r, const char *path, struct root_entries *ret,
		 struct err *e);
void root_entries_done(struct root_entries *l);

/* Their names only. */
int root_list(const struct root *r, const char *path, struct strv *names, struct err *e);

/* root + path, for messages; the caller frees. */
char *root_name(const struct root *r, const char *path);
