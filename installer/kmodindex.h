/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules added to the indexes that kmod's depmod wrote, text and binary, without
 * depmod: in an initramfs, and in /lib/modules of guests from RHEL 6 on.
 */
#pragma once

#include "guest/modinfo.h"
#include "lib/err.h"

struct kmod_new {
	char *path;		    /* relative to lib/modules/R:
				       "kernel/drivers/block/xen-blkfront.ko.xz" */
	const struct modinfo *info; /* not owned */
	struct strv deps;	    /* such paths, all that it needs, in depmod's order */
};

/*
 * One index with these modules in it, and with nothing else that it says of modules of
 * their names. file is its base name ("modules.dep",
 * "modules.alias.bin", …), label its name for sentences. 1: *ret is the new content,
 * the caller frees; 0 nothing to do: they are listed, or it is no index of modules'
 * files, aliases or symbols. -EINVAL for a binary index that is damaged.
 */
int kmodindex_add(const char *file, const char *label, const char *data, size_t len,
		  const struct kmod_new *v, size_t n, char **ret, size_t *ret_len,
		  struct err *e);
/* The base names of the files that kmodindex_add() changes; NULL behind the last. */
const char *kmodindex_file(size_t i);
/* Whether a file of that base name is one of them. */
bool kmodindex_knows(const char *file);
