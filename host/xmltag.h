/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an element stands in the text of a document, and changes of it there. The text is
 * well-formed XML, as a parser has said.
 */
#pragma once

#include <stdbool.h>

#include "host/patch.h"

struct xmlspan {
	size_t at;  /* "<" of its start tag */
	size_t tag; /* ">" or "/>" of its start tag */
	size_t end; /* behind its last ">" */
};

/* From the place of ">" or "/>"; false when it is none. */
bool xmlspan_begin(struct xmlspan *s, const char *text, size_t len, long tag);
/* From the place behind the last ">"; false when it is none. */
bool xmlspan_end(struct xmlspan *s, const char *text, size_t len, long end);

/* Give an attribute of the start tag a value, which needs no escapes. -ENOMEM. */
int xmlspan_set(const struct xmlspan *s, const char *text, const char *name,
		const char *value, struct patches *p);
/* Take the element out, with the blanks before it. -ENOMEM. */
int xmlspan_remove(const struct xmlspan *s, const char *text, struct patches *p);
/* Put an element into this one, before all that it has and indented alike; -EINVAL when
 * it is empty. -ENOMEM. */
int xmlspan_insert(const struct xmlspan *s, const char *text, const char *element,
		   struct patches *p);
