/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of kernels only: kernels.c, kernelpkg.c. */
#pragma once

#include "guest/kernels.h"

/* No guest has more. */
#define KERNELS_MAX 1024

/* The kernel of that release, added where it is new. */
int kernels_get(struct kernels *ks, const char *release, struct kernel **ret,
		struct err *e);
int kernels_from_packages(struct kernels *ks, const struct rpmdb *db, struct err *e);
