/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A throw-away guest tree for unit tests. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/root.h"

struct tree {
	char *path;
	struct root *root;
};

static inline int tree_rm_one(const char *path, const struct stat *st, int type,
			      struct FTW *f)
{
	return remove(path);
}

static inline void tree_init(struct tree *t)
{
	const char *tmp = getenv("TMPDIR");

	t->path = strf("%s/xenpv-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!t->path || !mkdtemp(t->path) || root_new(&t->root, t->path, NULL) < 0)
		abort();
}

static inline void tree_done(struct tree *t)
{
	root_free(t->root);
	nftw(t->path, tree_rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t->path);
}

/* The path in the tree, its folders made. The caller frees. */
static inline char *tree_name(struct tree *t, const char *path)
{
	char *name = root_name(t->root, path);

	for (char *s = strchr(name + strlen(t->path) + 1, '/'); s;
	     s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(name, 0755) < 0 && errno != EEXIST)
			abort();
		*s = '/';
	}
	return name;
}

static inline void tree_put(struct tree *t, const char *path, const char *text)
{
	_cleanup_free_ char *name = tree_name(t, path);
	_cleanup_fclose_ FILE *f = fopen(name, "w");

	if (!f || fputs(text, f) < 0)
		abort();
}

static inline void tree_link(struct tree *t, const char *path, const char *target)
{
	_cleanup_free_ char *name = tree_name(t, path);

	if (symlink(target, name) < 0)
		abort();
}

static inline void tree_mkdir(struct tree *t, const char *path)
{
	_cleanup_free_ char *name = tree_name(t, path);

	if (mkdir(name, 0755) < 0)
		abort();
}

/* The file's text, NULL when there is none. The caller frees. */
static inline char *tree_get(struct tree *t, const char *path)
{
	char *s = NULL;

	return root_read(t->root, path, ROOT_TEXT_MAX, &s, NULL, NULL) < 0 ? NULL : s;
}
