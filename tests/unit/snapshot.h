/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a tree is, as text to compare: a line per path with type, mode, owner, link or
 * content, and extended attributes. The journal's content is left out.
 */
#pragma once

enum {
	/* Also links and the mark of a run that is under way, and the time, which is
	 * "now" when it does not lie in the past. */
	SNAPSHOT_WHOLE = 1 << 0,
	SNAPSHOT_NO_INVENTORY = 1 << 1, /* without its content, which has the time */
};

/* The caller frees. */
char *snapshot(const char *dir, unsigned int flags);

/*
 * NULL when each file of a tree (whose snapshot is not whole) is as in one of two whole
 * ones, and none that both have is missing; else the line at fault, which the caller
 * frees.
 */
char *snapshot_mixed(const char *now, const char *old, const char *new);

/* Print the first line in which two snapshots differ, as TAP's diagnostics. */
void snapshot_differ(const char *got, const char *want);
