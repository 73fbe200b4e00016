/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file written beside its target and put in its place by rename: whoever looks
 * sees the whole old file or the whole new one, also after a loss of power.
 *
 * The names beside are hidden and follow from the target's name alone, so that a later
 * run finds what an interrupted one has left.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/err.h"

#define ATOMIC_NEW "new" /* ".NAME.xenpv-new": the content to come */
#define ATOMIC_OLD "old" /* ".NAME.xenpv-old": the original, about to come back */
/* ".NAME.xenpv-left": the original, about to be left beside what somebody else wrote */
#define ATOMIC_LEFT "left"

/*
 * ".NAME.xenpv-SUFFIX", with a digest in place of a NAME that would make it too long for
 * a file system. The caller frees; NULL when out of memory.
 */
char *atomic_name(const char *base, const char *suffix);

/* write() until all is written; 0 or -errno (-ENOSPC when nothing more is taken). */
int atomic_write(int fd, const void *buf, size_t len);

/* All bytes of a regular file, from its start, to the offset of another. 0 or -errno. */
int atomic_copy(int from, int to);

/* fsync() that does not give up when interrupted; 0 or -errno. */
int atomic_sync(int fd);

/* renameat() that never replaces anything: -EEXIST. */
int atomic_rename_new(int fromdir, const char *from, int todir, const char *to);

/* A new file for writing, beside others; one of that name that a run left is removed. The
 * descriptor, or -errno. */
int atomic_create(int dirfd, const char *name, mode_t mode);

/*
 * A small file with this text in the place of what a folder has by that name, whole or
 * not at all; the mode is subject to the umask. What is no regular file is not replaced:
 * -EEXIST. 0 or -errno.
 */
int atomic_replace(int dirfd, const char *base, const char *text, mode_t mode);
