/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine has mounted and swaps to, from its procfs. */
#pragma once

#include <sys/types.h>

#include "lib/err.h"
#include "lib/strv.h"

struct mount_entry {
	dev_t dev;    /* 0: known by name only */
	char *folder; /* of the file system that is mounted; NULL: not known */
	char *source; /* "/dev/hda1"; for swap too */
	char *target; /* "/data"; "swap" */
};

struct mount_list {
	struct mount_entry *v;
	size_t n;
};

#define _cleanup_mounts_ _cleanup_(mount_list_done)

void mount_list_done(struct mount_list *m);

/* Neither mountinfo nor mounts nor swaps: an empty list. */
int mount_list_read(struct mount_list *m, struct err *e);

/* Targets of a device of that number and kernel name, appended; -ENOMEM. */
int mount_list_targets(const struct mount_list *m, dev_t dev, const char *name,
		       struct strv *out);

/*
 * Is the root of this process another than init's: an installer's %post, a rescue shell?
 * False where it cannot be told, as without /proc.
 */
bool mounts_tell_chroot(void);

/* The kernel name ("sda1") of this machine's block device of a number; NULL. */
char *block_name_of(dev_t dev);
