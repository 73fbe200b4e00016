/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a package manager is at work in a guest: it may be writing the very kernels,
 * images and configuration that we write.
 */
#pragma once

#include "lib/root.h"

/*
 * 0 when no lock of rpm or dpkg is held, or only by a program that has started this one:
 * a script of a kernel's package runs us. -EBUSY with a sentence that names the lock and
 * who holds it. Nothing is locked or changed.
 */
int pkglock_check(const struct root *r, struct err *e);
