/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of tests that are no trees of a guest. */
#pragma once

#include "tests/unit/tree.h"

static inline const char *scratch_top(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

/* A new folder in $TMPDIR. The caller removes it, and frees its name. */
static inline char *scratch_new(void)
{
	char *path = strf("%s/xenpv-test.XXXXXX", scratch_top());

	if (!path || !mkdtemp(path))
		abort();
	return path;
}

static inline void scratch_remove(const char *path)
{
	nftw(path, tree_rm_one, 16, FTW_DEPTH | FTW_PHYS);
}
