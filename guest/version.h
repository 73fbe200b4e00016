/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of two versions, or releases, or kernels' names is the later one, the way rpm
 * orders them [rpm-version(7)]:
 *
 *	runs of digits compare as numbers, runs of letters as text; what lies between
 *	them only separates; a number is later than a word, more is later than less
 *	1.0~rc1 < 1.0 < 1.0^git1 < 1.0.1
 */
#pragma once

/* <0, 0, >0 as a is older than, equal to, later than b. */
int version_cmp(const char *a, const char *b);
