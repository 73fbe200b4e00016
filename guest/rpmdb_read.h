/* SPDX-License-Identifier: GPL-2.0-or-later */
/* librpm in a child process, for guest/rpmdb.c only. */
#pragma once

#include "guest/rpmdb.h"

/*
 * Append the packages of the database in a folder of ours; backend is librpm's name of
 * the format. Returns 0, or 1 and why the answer is not complete (the caller frees
 * *ret_why), or a negative errno that is not the database's fault.
 */
int rpmdb_scan(struct rpmdb *db, const char *dir, const char *backend, char **ret_why,
	       struct err *e);

/*
 * What the child writes: 0 complete, 1 and librpm's own words (the caller frees
 * *complaint), -EBADMSG cut short or garbage, -ENOMEM. For tests and fuzzing.
 */
int rpmdb_parse(struct rpmdb *db, const char *buf, size_t len, char **complaint);
