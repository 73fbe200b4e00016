/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all three commands begin with: the guest's facts, the bundles, the choice of
 * drivers. */
#pragma once

#include "cli/progress.h"
#include "cli/report.h"

struct session {
	struct progress *progress; /* NULL: nobody waits at a terminal */
	struct root *root;
	struct policy policy;
	struct rpmdb *packages; /* NULL, or asked before the sandbox was entered */
	struct bundles bundles;
	struct guest *guest;
	struct choices *choices;
	bool *selected; /* per kernel */
	bool boot_disk_pv;
	struct renames renames; /* --rename, and those that can be told without it */
};

/*
 * Before anything of the guest is read, but whether there is something to do: read what
 * the administrator asks of bundles, and give up what is not needed to read the rest. A
 * negative errno, with the sentence.
 */
int session_begin(struct session *s, const struct options *o, struct err *e);

/* Read everything; on failure the report holds the error and false comes back. */
bool session_open(struct session *s, const struct options *o, struct report *r);
void session_done(struct session *s);

struct facts session_facts(const struct session *s);

/*
 * Input of the guest that is there and cannot be read (an rpm database, an initrd of a
 * selected kernel; booted_only: of one that boots, as fact_kernel_lacks() has it): sets
 * the report's error and returns true.
 */
bool session_unreadable(const struct session *s, bool booted_only, struct report *r);
