/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of bundles only: bundle.c (folders) and bundle_rpm.c. */
#pragma once

#include "drivers/bundle.h"

/*
 * Append a module found at path ("lib/modules/K/extra/xenpv/R/xen-vbd.ko"); takes the fd.
 * 1 added, 0 the path is no driver of ours (the fd is closed), or a negative errno.
 */
int bundle_add(struct bundle *b, const char *path, int fd, struct err *e);
/* Judge what was added: read each module, check its architecture and vermagic. */
int bundle_examine(struct bundle *b, struct err *e);

/* Fill a bundle from an RPM. */
int bundle_read_rpm(struct bundle *b, struct err *e);
