/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps a kernel that boots from a unified kernel image off PV devices, and what a
 * person does about it: the same words in a check and in a plan. All strings are the
 * caller's; NULL: out of memory.
 */
#pragma once

#include "checks/finding.h"
#include "guest/uki.h"

/* The kernel boots from a unified image, and has no initrd beside it. */
bool uki_alone(const struct guest *g, const struct kernel *k);
/* The driver of disks: a sentence's end, "" when kernel i finds it in its image. */
char *uki_lacks_driver(const struct facts *f, size_t i, const struct uki *u);
/*
 * All of it, joined by "; ": the driver, arguments that keep the kernel from PV devices
 * or are missing, disks named as they will not be called. "": nothing.
 */
char *uki_lacks(const struct facts *f, size_t i, const struct uki *u);
/* How the image is made again. */
char *uki_remedy(const struct kernel *k, const struct uki *u);
