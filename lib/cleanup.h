/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership by scope: `_cleanup_free_ char *s = NULL;` releases s when the
 * function returns; TAKE_PTR/TAKE_FD hand it on and leave NULL/-1 behind.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Define cleanup_NAMEp() for a pointer type whose release function accepts NULL. */
#define DEFINE_CLEANUP(type, func)                                  \
	static inline __attribute__((unused)) void func##p(type *p) \
	{                                                           \
		if (*p)                                             \
			func(*p);                                   \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}

/* Keeps errno, so that an error path may close on its way out. */
static inline void closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_free_	   _cleanup_(freep)
#define _cleanup_close_	   _cleanup_(closep)
#define _cleanup_fclose_   _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

#define TAKE_PTR(p)                        \
	({                                 \
		__typeof__(p) *pp_ = &(p); \
		__typeof__(p) p_ = *pp_;   \
		*pp_ = NULL;               \
		p_;                        \
	})

#define TAKE_FD(fd)                \
	({                         \
		int *fdp_ = &(fd); \
		int fd_ = *fdp_;   \
		*fdp_ = -1;        \
		fd_;               \
	})

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))
