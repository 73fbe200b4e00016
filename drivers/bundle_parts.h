/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the readers of bundles only: bundle_folder.c, bundle_rpm.c and rpm_*.c. */
#pragma once

#include "drivers/bundle.h"
#include "drivers/signature.h"

/* Whether a path ("lib/modules/K/extra/xenpv/R/xen-vbd.ko") is that of a driver of ours.
 */
bool bundle_wants(const char *path);
/*
 * Append a module found at such a path; takes the fd (-1: none, to be refused next).
 * 1 added, 0 the path is no driver of ours (the fd is closed), or a negative errno.
 */
int bundle_add(struct bundle *b, const char *path, int fd, struct err *e);
/* Refuse a module; the sentence gets its path. */
int bundle_refuse(const struct bundle *b, struct bundle_module *m, const char *why,
		  struct err *e);
/* Memory for the bytes of a module, as a descriptor; -EFBIG: one or all are too large. */
int bundle_memory(struct bundle *b, const char *path, uint64_t size, struct err *e);
/* Nobody changes such memory any more. 0 or a negative errno. */
int bundle_seal(int fd);

/* A copy of an RPM that nobody changes between its checks and its use; the descriptor, or
 * a negative errno. */
int bundle_copy_rpm(const struct bundle *b, struct err *e);
/*
 * Judge the path of a file, or folder, in an RPM: 1 it is one of our drivers, and *path
 * goes on without what stands before "lib/"; 0 it is not; -EINVAL such a package is not
 * read at all.
 */
int bundle_judge_path(const struct bundle *b, const char **path, bool folder,
		      struct err *e);
/* Add a driver of an RPM: its content, which is taken and sealed, or -1 for what is no
 * regular file, which is refused. As bundle_add(). */
int bundle_take(struct bundle *b, const char *path, int fd, struct err *e);
/* 1 the policy wants the signature checked, and the keys are read; 0 it does not, or
 * there is none and need not be; or -EINVAL and others. */
int bundle_rpm_keys(const struct bundle *b, const struct policy *p, bool is_signed,
		    struct keys *ret, struct err *e);
/* More files than any kmod package has: a bound for a header that lies. */
#define BUNDLE_RPM_FILES 4096

/*
 * Fill a bundle, its signature among it. Refused is one that is not signed as the policy
 * wants it, before anything in it is believed.
 */
int bundle_read_folder(struct bundle *b, const struct policy *p, struct err *e);
int bundle_read_rpm(struct bundle *b, const struct policy *p, struct err *e);
