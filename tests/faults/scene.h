/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest tree, the ways that a run takes (install, uninstall, a check), and what is
 * promised after whatever happens to one of them.
 */
#pragma once

#include "tests/faults/model.h"
#include "tests/unit/trace.h"

/* Exit statuses of xenpv-install(8). */
enum {
	STATUS_DONE = 0,
	STATUS_REQUIREMENT = 1,
	STATUS_UNCHANGED = 3,
	STATUS_ROLLED_BACK = 4,
	STATUS_INCOMPLETE = 5,
};

/* A state of the tree, whole. */
struct state {
	struct model *tree;
	char *text; /* snapshot() */
};

struct way {
	const char *name;
	char **argv;
	struct state *from;
	struct state *to;
};

struct scene {
	char *root;
	char *command;
	struct state start;
	struct state installed;
	struct way ways[3];
	char *said;   /* by the way, without an error */
	int output;   /* of the commands */
	size_t every; /* take each Nth point */
	size_t first; /* from this one on */
	size_t seed;
	unsigned int points;
	unsigned int good;
};

/* Runs a command in the child of trace_run(); the argument is a struct running. */
struct running {
	char **argv;
	int output;
};
int run_command(void *running);

/* Put the tree into the state that a way begins with. */
void scene_begin(const struct scene *s, const struct way *w);

/* Print what is wrong, and what the last command said. Returns false. */
bool scene_complain(const struct scene *s, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What the last command said; the caller frees. And how many errors are in it. */
char *scene_output(const struct scene *s);
size_t scene_errors(const struct scene *s);

/* Each file is all old or all new. */
bool scene_is_whole(const struct scene *s, const struct way *w, const char *at);

/* The tree is as one of two, and from an installed one an uninstall leads to the start.
 */
bool scene_ends(const struct scene *s, const struct state *a, const struct state *b,
		const char *at);

/* --recover succeeds, and scene_ends() with the way's two. */
bool scene_recovers(const struct scene *s, const struct way *w, const char *at);

/*
 * loader.c: what a boot loader takes is what the names lead to, whoever recovers what
 * later: each image and each configuration in /boot is all old or all new, and none of an
 * installed configuration is there without all installed images.
 */
bool scene_is_loadable(const struct scene *s, const struct model *now, const char *at);
/* The tree as it stands on the disk. */
bool scene_boots(const struct scene *s, const char *at);

/* losses.c */
void losses(struct scene *s, const struct way *w);
