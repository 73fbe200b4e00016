/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of images only: initrd.c and what it looks for, a file each. */
#pragma once

#include "guest/initrd_walk.h"

/* An entry on the way to INITRD_SOFTDEPS, or the file itself. */
bool initrd_is_modprobe(const struct initrd_entry *x);
int initrd_found_modprobe(struct initrd_modprobe *m, struct initrd_walk *w,
			  const struct initrd_entry *x, struct err *e);
void initrd_modprobe_done(struct initrd_modprobe *m);
