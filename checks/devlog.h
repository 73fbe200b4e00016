/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a tree, as the log of its last boot tells of them. For devmatch.c only;
 * the guest has an inventory. Pure. */
#pragma once

#include "checks/finding.h"

/* Those that the log proves, as if they had been seen; 0 or -ENOMEM. */
int devlog_devices(const struct guest *g, struct devices *out);
/* Of rows that were matched with them: what is missing becomes unknown where the log
 * would not tell of it in any case; 0 or -ENOMEM. */
int devlog_excuse(const struct guest *g, const struct devices *seen,
		  struct devrows *rows);
