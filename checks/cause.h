/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a device of the running guest did not switch. Pure. */
#pragma once

#include "checks/finding.h"

/* CAUSE_NONE where nothing tells: on a tree, or a kernel that cannot unplug. d is the
 * emulated device of today, or the recorded one of a missing; NULL. */
enum cause cause_of(const struct guest *g, const struct device *d, enum dev_kind kind);
/* For a machine: "no-back-end"; NULL for CAUSE_NONE. */
const char *cause_id(enum cause c);
/* For a person, "" for CAUSE_NONE; the caller frees; NULL: out of memory. */
char *cause_text(const struct guest *g, enum cause c, enum dev_kind kind);
/* What to do; NULL for CAUSE_NONE. */
const char *cause_remedy(enum cause c, enum dev_kind kind);
/* The running kernel's argument that keeps such devices emulated; NULL, as on a tree. */
const char *cause_argument(const struct guest *g, enum dev_kind kind);
