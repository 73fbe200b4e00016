/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration replaced by a changed one, with the original kept beside. */
#pragma once

#include <stddef.h>

#include "lib/root.h"

/*
 * base is a file right in the folder, and must still hold those len bytes. The original
 * is kept as base + suffix, where there must be no file of that name; the new file has
 * its mode, owner, label and the like. Whoever looks sees the old file or the new one,
 * whole. After a failure the file is as it was, and no backup is left.
 */
int config_replace(struct root *folder, const char *base, const char *old, size_t len,
		   const char *text, const char *suffix, struct err *e);
