/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel arguments that decide whether a guest's kernel uses PV devices: what each does
 * to which kernels, in one table; and the words of a line, edited in place. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "guest/generation.h"

enum bootarg_effect {
	BOOTARG_BLOCKS, /* the kernel stays on the emulated devices: taken out */
	BOOTARG_PARTLY, /* some devices stay: somebody's choice, said only */
	BOOTARG_WANTED, /* missing, the kernel stays on the emulated devices: put in */
	BOOTARG_ON_REQUEST, /* missing, the boot disk stays emulated: --boot-disk=pv */
	BOOTARG_RENAMES,    /* decides what a PV disk is called: said only */
};

#define KEEPS_DISKS 1u
#define KEEPS_NICS  2u

/* Who acts on it: a kernel with drivers of its own, or a bus driver that is a module of
 * one without, and knows its own parameters alone. */
#define BY_KERNEL 1u
#define BY_MODULE 2u
#define BY_ANY	  (BY_KERNEL | BY_MODULE)

struct bootarg_rule {
	const char *word;	  /* "xen_emul_unplug=never"; all of it */
	unsigned int by;	  /* BY_* */
	const char *generation;	  /* its id; NULL: every one whose kernels unplug */
	int min_minor, max_minor; /* by the kernel's number; max -1: any */
	enum bootarg_effect effect;
	unsigned int keeps; /* what stays emulated: KEEPS_* */
	bool in_list;	    /* also as one of several values */
	const char *what;   /* "keeps the emulated devices" */
	const char *source; /* where that stands */
};

/*
 * Rule i (from 0) that is about a kernel: one that BLOCKS, is PARTLY or RENAMES when the
 * arguments have its word, a WANTED one or one ON_REQUEST when they lack
 * it. by: a set of BY_*. NULL at the end.
 */
const struct bootarg_rule *bootarg_rule(const struct generation *g, unsigned int by,
					const char *release, const char *args, size_t *i);

/* hda and hdb, the disks of ide0, which ide0=noprobe leaves. */
bool bootargs_is_ide0(const char *disk);
/*
 * Whether arguments keep RHEL 5's IDE driver from a disk (from 5.3 on: ide0=noprobe,
 * ide=disable), so that xen-vbd takes it under its own name [seen].
 */
bool bootargs_free_disk(const struct generation *g, const char *release, const char *args,
			const char *disk);

/* Whether a word stands among arguments (between blanks or quotes). */
bool bootargs_has(const char *args, const char *word);
/* A line without a word (or a list with its value), wherever it stands, and without one
 * of the blanks beside it; NULL: out of memory. */
char *bootargs_without(const char *line, const char *word);
/* A line with a word behind its last one, before a closing quote; NULL: out of memory. */
char *bootargs_with(const char *line, const char *word);
