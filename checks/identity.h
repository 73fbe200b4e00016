/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether two disks are one. Pure. */
#pragma once

#include "guest/devices.h"

/* What matched two disks, the surest first. */
enum identity {
	ID_NONE,
	ID_FS,
	ID_TABLE,
	ID_PLACE
};

/*
 * By what a disk is the one of before, which inv (NULL: none) has among others; *what,
 * only then set, is of one of the two. Sizes are compared where nothing better is known.
 */
enum identity disk_identity(const struct inventory *inv, const struct device *before,
			    const struct device *now, const char **what);
/* "UUID …", for a person; the caller frees. NULL: out of memory. */
char *identity_text(enum identity id, const char *what);
