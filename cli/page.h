/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as a page for a browser: one file that needs no other, and no script. It is
 * XHTML as well. All that comes from a guest is text in it, never markup.
 */
#pragma once

#include "cli/report.h"

/* The page; the caller frees; NULL: out of memory. */
char *page_text(const struct report *r);

/* Where --report puts it: whole or not at all; "-": on standard output. 0, or a negative
 * errno with the sentence. */
int page_write(const struct report *r, struct err *e);
