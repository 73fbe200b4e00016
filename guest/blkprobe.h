/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libblkid finds on an open block device or image. */
#pragma once

#include "lib/cleanup.h"

struct blkprobe {
	char *type;	/* "ext3", "swap", "LVM2_member"; NULL none or not clear */
	char *label;	/* NULL */
	char *uuid;	/* NULL */
	char *uuid_sub; /* this part's own, where uuid is that of a whole; NULL */
	char *ptuuid;	/* identity of a partition table; NULL */
};

#define _cleanup_blkprobe_ _cleanup_(blkprobe_done)

void blkprobe_done(struct blkprobe *b);

/* fd stays the caller's. Nothing found is no error; a negative errno is out of memory or
 * I/O. */
int blkprobe_fd(int fd, struct blkprobe *b);
