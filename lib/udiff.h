/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified diffs of text files, for dry runs. */
#pragma once

#include "lib/err.h"
#include "lib/lines.h"

/*
 * The diff -u of two texts with 3 lines of context and the given header names; "" when
 * equal; a missing last newline is marked as diff does. old == NULL: a new file
 * (/dev/null). The caller frees.
 */
int udiff(const char *old_name, const char *old, const char *new_name, const char *new,
	  char **ret, struct err *e);
