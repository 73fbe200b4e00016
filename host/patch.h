/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a text by position: what no change names stays byte for byte. */
#pragma once

#include <stddef.h>

#include "lib/err.h"

struct patch {
	size_t at, len; /* these bytes */
	char *text;	/* become this; owned */
};

struct patches {
	struct patch *v;
	size_t n;
};

void patches_done(struct patches *p);

/* Takes text over, also on failure; NULL counts as out of memory. -ENOMEM. */
int patches_add(struct patches *p, size_t at, size_t len, char *text);

/* The changed text, NUL-terminated; the caller frees. -ENOMEM; -EINVAL when changes
 * overlap or lie outside. */
int patches_apply(struct patches *p, const char *text, size_t len, char **ret);
