/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The binary indexes that depmod writes beside its text files (modules.dep.bin,
 * modules.alias.bin, modules.symbols.bin): a radix tree of strings, each with values
 * that have a priority. Read as a list, and written again as depmod would.
 */
#pragma once

#include <stdint.h>

#include "lib/err.h"

struct binentry {
	char *key;
	char *value;
	uint32_t priority; /* the lowest comes first */
};

struct binindex {
	struct binentry *v; /* as the tree has them: by key, then as listed */
	size_t n;
};

void binindex_done(struct binindex *x);
#define _cleanup_binindex_ _cleanup_(binindex_done)

/*
 * -EINVAL with a sentence naming label for a file that is none, is cut short, or whose
 * nodes loop or lie: nodes and entries are together as many as the file has bytes at
 * most, also where several nodes share one. -E2BIG when the entries, each with its whole
 * key, are more than 64 MiB.
 */
int binindex_parse(const void *data, size_t len, const char *label, struct binindex *ret,
		   struct err *e);
/* -ENOMEM; -EINVAL for a key or value that the format cannot hold. */
int binindex_add(struct binindex *x, const char *key, const char *value,
		 uint32_t priority);
/* Take entry i out. */
void binindex_remove(struct binindex *x, size_t i);
/* Whether a key has that value. */
bool binindex_has(const struct binindex *x, const char *key, const char *value);
/* Sorts, and writes; the caller frees *ret. -ENOMEM, -EFBIG beyond 256 MiB. */
int binindex_write(struct binindex *x, uint8_t **ret, size_t *ret_len);
