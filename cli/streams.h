/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard streams of a command. */
#pragma once

#include "cli/opts.h"

/*
 * Before any other file is opened: a stream that is closed would give its number to one
 * of the guest's, and what is printed would go there. Reads nothing, and takes nothing.
 */
void streams_open(void);

/*
 * After the last line: the exit status, given the one so far. When standard output took
 * not all of it, that is said, and 0 becomes 3, unless something was changed, since 3
 * promises that nothing was.
 */
int streams_end(enum program p, int status, bool changed);
