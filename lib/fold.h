/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts in columns of a terminal, broken between words. Widths are of columns of the
 * terminal, in the character set of the thread's locale; what is no printable character
 * of it counts as libsmartcols prints it, \xHH for each byte.
 */
#pragma once

#include <stddef.h>

size_t fold_width(const char *s);

/*
 * In lines of at most width columns: a line ends between words, or within a word that is
 * longer than a line. The caller frees; NULL: out of memory.
 */
char *fold(const char *s, size_t width);

/*
 * How a room is shared among n texts: widths[i], in: what it would take; out: what it
 * gets, which is that much, or an equal share of what the shorter ones leave.
 */
void fold_share(size_t *widths, size_t n, size_t room);
