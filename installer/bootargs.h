/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB 2's environment block, edited; it keeps its 1024 bytes. */
#pragma once

#include "installer/plan.h"

/* Its pending lines, without the padding: 1, or 0 when there is none. */
int grubenv_get_lines(struct planning *p, const char *path, struct lines *l,
		      struct err *e);
/* Plan these lines, padded; -ENOSPC when they do not fit. */
int grubenv_put_lines(struct planning *p, const char *path, const struct lines *l,
		      const char *detail, struct err *e);
