/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps a kernel's initrd from being edited: the same words in a check and in a
 * plan.
 */
#pragma once

#include "guest/kernels.h"

/* A sentence that names the image or the kernel, "" when there is nothing. The caller
 * frees; NULL: out of memory. */
char *image_obstacle(const struct kernel *k);
/* The segment of an image that is edited, where nothing is in the way. */
size_t image_segment(const struct initrd *i);
