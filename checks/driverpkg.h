/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which package brings the drivers that a kernel could have, and has not. */
#pragma once

#include "checks/finding.h"

/*
 * What is to be done about a driver that kernel i lacks, by how that kernel was
 * configured: the caller frees. NULL: out of memory.
 */
char *driver_remedy(const struct facts *f, size_t i);
