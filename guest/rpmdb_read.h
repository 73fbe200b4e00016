/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A database of rpm's, read in a child process, for guest/rpmdb*.c only: by librpm
 * (rpmdb_librpm.c), or by this system's own rpm (rpmdb_program.c), as the build has it.
 */
#pragma once

#include <stdio.h>

#include "guest/rpmdb.h"

/*
 * Append the packages of the database in a folder of ours; backend is rpm's name of
 * the format. Returns 0, or 1 and why the answer is not complete (the caller frees
 * *ret_why), or a negative errno that is not the database's fault; -ENOSYS, without a
 * sentence: there is nothing here that reads such databases.
 */
int rpmdb_scan(struct rpmdb *db, const char *dir, const char *backend, char **ret_why,
	       struct err *e);

/*
 * What the child writes: 0 complete, 1 and rpm's own words (the caller frees
 * *complaint), -EBADMSG cut short or garbage, -ENOMEM. For tests and fuzzing.
 */
int rpmdb_parse(struct rpmdb *db, const char *buf, size_t len, char **complaint);

/*
 * In the child: write the packages as rpmdb_parse() reads them, or what rpm complains
 * of, but not the end. 0, -ENOSYS: there is no reader, -1: no complete answer.
 */
int rpmdb_dump(const char *dir, const char *backend, FILE *out);

/*
 * One of two that answer rpmdb_dump(): lines of a letter and a text, as rpm prints them
 * of any database, written so that rpmdb_parse() reads them. 0, or -1: a line is no such.
 */
int rpmdb_lines(FILE *out, FILE *in);

/* "/lib/modules/…" and "/boot/…", whichever way a merged /usr is written; else NULL. */
const char *rpmdb_wanted_path(const char *path);
