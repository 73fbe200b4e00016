/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path lookup inside a root without openat2(): a stack of directory fds, one
 * per component, so that ".." is answered from the stack and never by the
 * kernel; each component is looked at and only then opened, as a folder and with
 * O_NOFOLLOW, and links are expanded here, absolute ones from the root. For lib/root.c.
 */
#pragma once

#include <sys/types.h>

#include "lib/root.h"

/* As root_open(), without a sentence. -ELOOP after 40 links. */
int walk_open(const struct root *r, const char *path, int flags, mode_t mode);

/* As root_stat(), without a sentence. */
int walk_stat(const struct root *r, const char *path, bool follow, struct stat *st);

/* As root_realpath(), without a sentence. */
int walk_realpath(const struct root *r, const char *path, bool missing_ok, char **ret);
