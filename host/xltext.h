/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in an xl configuration each value stands. What the values mean is libxlutil's to
 * say, which tells no positions; host/xlcfg.c compares the two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct xlitem {
	size_t at, len; /* of what stands between the quotes, of a number, or of an inner
			   list with its brackets */
	size_t line;	/* from 1 */
	char *value;	/* without quotes and escapes */
	bool escaped;	/* a backslash: its bytes are not those of the value */
	bool list;	/* an inner list, of which nothing more is known */
};

/* NAME = VALUE or NAME += VALUE */
struct xlset {
	char *name;
	size_t line;
	bool add;
	bool list; /* else one item */
	struct xlitem *items;
	size_t n;
};

struct xltext {
	struct xlset *v;
	size_t n;
};

void xltext_done(struct xltext *t);

/*
 * -EINVAL with "LABEL:LINE: what is wrong" for what is not xl's language, a Python
 * expression for one; -E2BIG for more settings than any guest has.
 */
int xltext_parse(const char *text, size_t len, const char *label, struct xltext *ret,
		 struct err *e);
