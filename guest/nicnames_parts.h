/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For nicnames.c and netplan.c only. */
#pragma once

#include "guest/nicnames.h"
#include "lib/lines.h"

/* Takes name; NULL: there is none. -ENOMEM. */
int nicnames_add(struct nicnames *n, char *name, const char *file, size_t line,
		 enum nicname_how how);
/* A file of /etc/netplan. What is no YAML, or no netplan's, tells nothing. -ENOMEM. */
int netplan_read(struct nicnames *n, const char *file, const struct lines *l);
