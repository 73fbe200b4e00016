/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single records of the journal, as JSON. For the journal's own files only. */
#pragma once

#include <json-c/json.h>

#include "installer/journal.h"

#define JOURNAL_FORMAT 1

/* What the kinds of operations and of files are called. NULL: has no name there. */
extern const char *const jkind_names[];
extern const size_t n_jkind_names;
extern const char *const jtype_names[];
extern const size_t n_jtype_names;

static inline void jsonp(struct json_object **o)
{
	json_object_put(*o);
}

#define _cleanup_json_ _cleanup_(jsonp)

void jgen_done(struct jgen *g);

/*
 * Take one record into the journal's picture. -EBADMSG: it is none, or cannot stand
 * there; -ENOMEM.
 */
int jrecord_parse(struct journal *j, const char *json, size_t len);
