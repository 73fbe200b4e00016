/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word of a line that names a disk, renamed. For installer/names.c. */
#pragma once

#include "installer/plan.h"

/* One place that may name a disk. */
struct place {
	enum devref_where where;
	const char *file;
	const char *release;
	unsigned int names; /* NAME_… that are understood there */
	bool number;	    /* no xvd name is: its number */
};

struct naming {
	struct planning *p;
	bool *used; /* per rename */
};

bool is_renamed(const struct planning *p, const char *disk);

/*
 * Rename in line i: the word at *start behind `prefix` ("root="), when it names a disk
 * that is renamed. *start is moved behind the word; details say what became of it.
 * Returns 1 renamed, 0 left, -ENOMEM.
 */
int rename_word(struct naming *n, const struct place *at, struct lines *l, size_t i,
		size_t *start, const char *prefix, struct strv *details);

/* The same of the len characters at *start; the prefix is for the details alone. */
int rename_spec(struct naming *n, const struct place *at, struct lines *l, size_t i,
		size_t *start, size_t len, const char *prefix, struct strv *details);

/* Move *start to the next word of a line; false at its end. */
bool seek_word(const struct line *l, size_t *start);
bool word_is(const struct line *l, size_t start, const char *word);

/* names_files.c: the files beside fstab, the boot entries and the initrds: crypttab, what
 * later boot entries and images are made from. */
int rename_files(struct naming *n, struct err *e);
/* The copies of such files in the images, whoever of those known made them. */
int rename_texts(struct naming *n, struct err *e);
/* names_layers.c: a file of LVM's, of mdadm's, whole. 0 or -ENOMEM. */
int rename_lvm(struct naming *n, const char *file, struct lines *l, struct strv *details);
int rename_md(struct naming *n, const char *file, struct lines *l, struct strv *details);
/* $kernelopts of GRUB's environment block. */
int rename_grubenv(struct naming *n, struct err *e);
/* root= and resume= wherever they stand in a line. 1 changed, 0, -ENOMEM. */
int rename_args(struct naming *n, const char *file, const char *release, struct lines *l,
		size_t i, struct strv *details);
/* New text for a file, with what became of it; boot: the boot loader reads it. */
int rename_put(struct planning *p, const char *path, const struct lines *l,
	       const struct strv *details, bool boot, struct err *e);
