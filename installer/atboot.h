/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result of xenpv-verify at the first boot after an install: a JSON document (as
 * xenpv-verify --json prints it) in the state folder. The install leaves one there that
 * says "pending"; the boot replaces it.
 */
#pragma once

#include "installer/transaction.h"

#define ATBOOT_PATH STATE_DIR "/verify.json"

/* 1: one is due, 0: none is, or none was asked for; a negative errno. */
int atboot_pending(const struct root *r, struct err *e);
/* Put a result in its place, whole or not at all. */
int atboot_write(const struct root *r, const char *text, struct err *e);
