/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of device-names that is about LVM, md, multipath and kdump. */
#pragma once

#include "checks/checks.h"

/* Append what there is to say; nothing where all is well. 0 or -ENOMEM. */
int check_layers(const struct check *c, const struct facts *f, struct findings *out);
