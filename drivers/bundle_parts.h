/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of bundles only: bundle.c (folders) and bundle_rpm.c. */
#pragma once

#include "drivers/bundle.h"

/* Whether a path ("lib/modules/K/extra/xenpv/R/xen-vbd.ko") is that of a driver of ours.
 */
bool bundle_wants(const char *path);
/*
 * Append a module found at such a path; takes the fd (-1: none, to be refused next).
 * 1 added, 0 the path is no driver of ours (the fd is closed), or a negative errno.
 */
int bundle_add(struct bundle *b, const char *path, int fd, struct err *e);
/* Refuse the module that was added last; the sentence gets its path. */
int bundle_refuse(struct bundle *b, const char *why, struct err *e);
/* Judge what was added: read each module, check its architecture and vermagic. */
int bundle_examine(struct bundle *b, struct err *e);

/* Fill a bundle from an RPM. */
int bundle_read_rpm(struct bundle *b, struct err *e);
