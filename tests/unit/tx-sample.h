/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small guest tree with everything that a transaction has to keep (owners, labels,
 * links, times), plans for it, and a way to say what a tree is.
 */
#pragma once

#include "installer/transaction.h"

#define SAMPLE_K "/lib/modules/2.6.18-53.el5"

/*
 * A scratch folder: in $XENPV_SCRATCH, else on tmpfs where that keeps extended
 * attributes, else in $TMPDIR. The caller frees.
 */
char *sample_folder(void);
/*
 * Fill an empty folder with the tree; every time in it lies in the past. split: /var and
 * /boot are file systems of their own (sample_may_mount() must have said that it can be).
 */
void sample_tree(const char *dir, bool split);
/* Get a mount namespace of our own; false when that is not allowed. */
bool sample_may_mount(void);
/* Remove a folder and what is in it. */
void sample_remove(const char *dir);

/* The plan of a first install, and of a second when a kernel has come since. */
struct plan *sample_plan(void);
struct plan *sample_plan_again(void);

/* Write a file of the tree, in place; a new one gets mode 0644. */
void sample_write(const char *dir, const char *path, const char *text);
/* Its text; NULL when there is none. The caller frees. */
char *sample_read(const char *dir, const char *path);
