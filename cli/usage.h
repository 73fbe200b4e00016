/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table of options has to say of itself: to people, and to a shell that
 * completes. */
#pragma once

#include "cli/opts.h"

/* Stores the argument; a sentence in *why refuses it. */
typedef bool (*option_handler)(struct options *o, char *arg, char **why);

struct option_row {
	const char *name;
	char letter;	 /* 0: long only */
	const char *arg; /* NULL: takes none */
	unsigned int programs;
	const char *help;   /* NULL: in no list of options */
	option_handler set; /* NULL: it prints, and that is all */
};

/* What a command takes beside options; NULL: nothing. */
const char *usage_operand(enum program p);

/* --help. */
void usage_print(enum program p, const struct option_row *rows, size_t n);

/*
 * For completion: on each line, between tabs, an option's names, what it takes, and
 * values of that.
 */
void usage_list(enum program p, const struct option_row *rows, size_t n);
