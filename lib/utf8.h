/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Length of the UTF-8 sequence at s (NUL-terminated text), 1 to 4; 0: it is none, be it
 * cut short, overlong, a surrogate or beyond U+10FFFF.
 */
size_t utf8_length(const unsigned char *s);

/* s with control characters and bytes that are not UTF-8 as \xHH; the caller frees.
 * NULL: out of memory. */
char *printable(const char *s);
