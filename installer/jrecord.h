/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single records of the journal, as JSON. For installer/journal.c only. */
#pragma once

#include "installer/journal.h"

void jgen_done(struct jgen *g);

/*
 * Take one record into the journal's picture. -EBADMSG: it is none, or cannot stand
 * there; -ENOMEM.
 */
int jrecord_parse(struct journal *j, const char *json, size_t len);
