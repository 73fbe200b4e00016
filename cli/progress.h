/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command is at, for a person who waits: one line on standard error, where that is
 * a terminal. It comes when half a second has passed, is kept up by a timer (SIGALRM),
 * says for how many seconds, and is erased in the end. All functions accept NULL.
 */
#pragma once

#include "lib/cleanup.h"

struct progress;

/* NULL where there is no terminal that can erase a line, or no timer. */
struct progress *progress_start(void);
/* Erases the line. */
void progress_end(struct progress *p);
DEFINE_CLEANUP(struct progress *, progress_end)

/* Whatever comes from a guest is shown as printable() has it. NULL: erase the line, and
 * be silent until the next one. */
void progress_say(struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
