/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that tests start, and modules that they build with them. */
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "lib/strv.h"

/* Run a program with arguments that end with NULL, in a folder (NULL: here); 0: well. */
static inline int run_in(const char *dir, const char *const argv[])
{
	union {
		const char *const *in;
		char *const *out; /* exec changes none of them */
	} args = { argv };
	extern char **environ;
	posix_spawn_file_actions_t fa;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	if (dir)
		posix_spawn_file_actions_addchdir_np(&fa, dir);
	fflush(stdout);
	if (posix_spawnp(&pid, argv[0], &fa, NULL, args.out, environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&fa);
	return status;
}

#define run(...) run_in(NULL, (const char *const[]){ __VA_ARGS__, NULL })

static inline char *source_file(const char *path)
{
	const char *dir = getenv("srcdir");

	return strf("%s/%s", dir ? dir : ".", path);
}

/* tests/trees/mkmodule with these arguments; "-o FILE" is among them. */
#define make_module(...)                                                        \
	({                                                                      \
		_cleanup_free_ char *mk_ = source_file("tests/trees/mkmodule"); \
		if (run(mk_, __VA_ARGS__) != 0)                                 \
			abort();                                                \
	})

static inline void put_file(const char *path, const void *data, size_t len)
{
	_cleanup_fclose_ FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, len, f) != len)
		abort();
}

/* The bytes of a file; the caller frees. */
static inline unsigned char *get_file(const char *path, size_t *len)
{
	_cleanup_fclose_ FILE *f = fopen(path, "r");
	unsigned char *buf = NULL;

	if (!f || fseek(f, 0, SEEK_END) < 0)
		abort();
	*len = (size_t)ftell(f);
	rewind(f);
	buf = malloc(*len + 1);
	if (!buf || fread(buf, 1, *len, f) != *len)
		abort();
	buf[*len] = '\0';
	return buf;
}
