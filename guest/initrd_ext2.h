/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initrd of RHEL 3: an ext2 image with /linuxrc. For guest/initrd.c. */
#pragma once

#include "guest/initrd.h"

/* Fill what initrd_read() promises; fd starts as ext2_image_is() wants it. */
int initrd_ext2_read(struct initrd *i, int fd, const struct initrd_limits *limits,
		     struct err *e);
/* As initrd_digest(), of an open image. */
int initrd_ext2_digest(int fd, const char *label, const char *path, char hex[65],
		       struct err *e);
