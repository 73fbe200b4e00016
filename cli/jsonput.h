/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the commands' JSON documents are put together. */
#pragma once

#include <json-c/json.h>

#include "lib/strv.h"
#include "lib/utf8.h"

typedef struct json_object json;

static inline void put(json *o, const char *key, json *value)
{
	json_object_object_add(o, key, value);
}

/* As printable() has it; NULL is null. */
static inline json *text(const char *s)
{
	_cleanup_free_ char *clean = s ? printable(s) : NULL;

	return clean ? json_object_new_string(clean) : NULL;
}

static inline void put_text(json *o, const char *key, const char *s)
{
	put(o, key, text(s));
}

/* The whole as text, with o released; the caller frees; NULL: out of memory. */
static inline char *document(json *o)
{
	char *text = strf("%s\n", json_object_to_json_string_ext(
					  o, JSON_C_TO_STRING_PRETTY |
						     JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(o);
	return text;
}
