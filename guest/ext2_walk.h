/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every name of an ext2 image, with bounds. For guest/ext2_image.c only. */
#pragma once

#include "guest/ext2_image.h"

/* Fill v, claimed, seen, refs of an image whose file system is open. */
int ext2_walk(struct ext2_image *m, struct err *e);
/* -EINVAL: "IMAGE: its ext2 file system is damaged: WHAT". */
int ext2_damaged(const struct ext2_image *m, const char *what, struct err *e);
