/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process gives up before it reads what others have made. Files: all but those
 * that were allowed, by Landlock (Linux 5.13). System calls: those that no reader of
 * files needs (programs, networks, other processes, mounts, modules…), by seccomp; they
 * fail with EPERM. What was given up does not come back, also for children. Where the
 * kernel has neither, nothing is given up, and nothing else changes.
 */
#pragma once

#include "lib/err.h"

struct confine;

enum confine_what {
	CONFINE_ALL,	/* what is not kept is neither read nor written */
	CONFINE_WRITES, /* it is not written; what could be read still can */
};

/*
 * Nothing is kept yet. A kernel whose Landlock refuses every rename between folders
 * (before Linux 5.19) counts as one without. NULL when out of memory.
 */
struct confine *confine_new(enum confine_what what);
void confine_free(struct confine *c);
DEFINE_CLEANUP(struct confine *, confine_free)
#define _cleanup_confine_ _cleanup_(confine_freep)

enum confine_right {
	CONFINE_READ,
	CONFINE_FOLDERS, /* read, and make and remove folders */
	CONFINE_WRITE,	 /* and read */
};

/* Keep a file, or a folder with all below it, of which fd is any descriptor. 0, or a
 * negative errno. */
int confine_keep(struct confine *c, int fd, enum confine_right right);

/* The same by the caller's own path; what does not exist is not kept. */
int confine_keep_path(struct confine *c, const char *path, enum confine_right right);

/* Give up all other files. 0, or a negative errno. */
int confine_files(struct confine *c, struct err *e);

/* Give up the system calls. 0, or a negative errno. */
int confine_calls(struct err *e);
