/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. A target is one function: the engine (libFuzzer, or
 * replay.c) calls it with any bytes, and it aborts when something does not hold that must
 * hold of all input. The table of targets is targets.am.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "tests/unit/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(x)                                                                        \
	do {                                                                            \
		if (!(x)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* The input up to its first NUL, as a string of its own; the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *s = strndup((const char *)data, size);

	check(s != NULL);
	return s;
}

/* The input as an open file without a name; the caller closes. */
static inline int fuzz_fd(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

static struct tree fuzz_tree_;

static inline void fuzz_tree_done(void)
{
	tree_done(&fuzz_tree_);
}

/* A guest tree that stays from input to input, and is removed at the end. */
static inline struct tree *fuzz_tree(void)
{
	if (!fuzz_tree_.root) {
		tree_init(&fuzz_tree_);
		atexit(fuzz_tree_done);
	}
	return &fuzz_tree_;
}

/* The input as a file of that tree. */
static inline void fuzz_put(const char *path, const uint8_t *data, size_t size)
{
	_cleanup_free_ char *name = tree_name(fuzz_tree(), path);
	_cleanup_close_ int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				      0600);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
}
