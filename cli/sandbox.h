/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command keeps of its caller's rights while it reads a guest that may have been
 * made to hurt it: see lib/confine.h. A guest's own programs are never run.
 */
#pragma once

#include "cli/opts.h"
#include "installer/plan.h"

/*
 * Before anything of a guest or a bundle is read. Files: the guest's tree, the bundles,
 * a folder of keys (NULL: none) and the system's own are read; written are a scratch
 * folder, that of --report, by what records a result the state folder, and by what
 * changes the guest those of its folders that it may have to change. 0, or a negative
 * errno; a root that is not there is its reader's to report.
 */
int sandbox_enter(const struct options *o, const char *keys, struct err *e);

/*
 * Before a file of the host is read: its folder is read, and with write also written;
 * otherwise as above.
 */
int sandbox_enter_host(const struct options *o, int folder, struct err *e);

/* Before a plan is performed: nothing is written but where the plan writes, and the state
 * folder. 0, or a negative errno. */
int sandbox_narrow(struct root *r, const struct plan *p, struct err *e);
