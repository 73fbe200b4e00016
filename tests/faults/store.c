/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model into a folder. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/stream.h"
#include "lib/strv.h"
#include "tests/faults/model.h"

struct store {
	const struct model *want;
	const struct model *now;
	unsigned int *want_links;
	unsigned int *now_links;
	char **made; /* per inode of `want`: the first name that it was given */
};

static unsigned int *count_links(const struct model *m)
{
	unsigned int *links = must(calloc(m->n, sizeof(*links)));

	for (size_t i = 0; i < m->n; i++)
		for (size_t n = 0; n < m->v[i].n; n++)
			links[m->v[i].entries[n].inode]++;
	return links;
}

static bool same(const struct store *s, size_t want, size_t now)
{
	const struct inode *a = &s->want->v[want];
	const struct inode *b = &s->now->v[now];
	bool folder = a->type == S_IFDIR;

	if (a->type != b->type || a->rdev != b->rdev || !streq(a->link, b->link) ||
	    !attrs_equal(&a->attrs, &b->attrs,
			 ATTRS_CONTENT | (folder ? 0 : ATTRS_TIMES)))
		return false;
	/* Names of one file are made anew, together. */
	if (!folder && (s->want_links[want] > 1 || s->now_links[now] > 1))
		return false;
	return !a->data || blob_same(a->data, b->data);
}

static void remove_all(int at, const char *name)
{
	DIR *d;
	struct dirent *e;

	if (unlinkat(at, name, 0) == 0)
		return;
	d = fdopendir(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
	if (!d)
		die(name);
	while ((e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			remove_all(dirfd(d), e->d_name);
	closedir(d);
	if (unlinkat(at, name, AT_REMOVEDIR) < 0)
		die(name);
}

static void create_file(int dirfd, const char *name, const struct inode *i)
{
	_cleanup_close_ int fd = openat(dirfd, name,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write_all(fd, i->data->data, i->data->len) < 0 ||
	    attrs_apply(fd, &i->attrs, ATTRS_TIMES | ATTRS_CONTENT, name, NULL) < 0)
		die(name);
}

static void create(struct store *s, int dirfd, const char *path, size_t inode)
{
	const struct inode *i = &s->want->v[inode];
	const char *name = path_base(path);

	if (s->made[inode]) {
		if (linkat(AT_FDCWD, s->made[inode], dirfd, name, 0) < 0)
			die(path);
		return;
	}
	s->made[inode] = must(strdup(path));
	if (i->type == S_IFREG) {
		create_file(dirfd, name, i);
		return;
	}
	if (i->type == S_IFDIR) {
		if (mkdirat(dirfd, name, 0700) < 0)
			die(path);
		return;
	}
	if (i->link ? symlinkat(i->link, dirfd, name) < 0
		    : mknodat(dirfd, name, i->type | 0600, i->rdev) < 0)
		die(path);
	if (!i->link && fchmodat(dirfd, name, i->attrs.mode, 0) < 0)
		die(path);
	if (attrs_apply_link(dirfd, name, &i->attrs, path, NULL) < 0)
		die(path);
}

/* now: NO_INODE when the folder is new. */
static void fill(struct store *s, const char *path, size_t want, size_t now)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct inode *dir = &s->want->v[want];

	for (size_t i = 0; now != NO_INODE && i < s->now->v[now].n; i++) {
		const struct entry *e = &s->now->v[now].entries[i];
		size_t there = model_get(s->want, want, e->name);

		if (there == NO_INODE || !same(s, there, e->inode))
			remove_all(fd, e->name);
	}
	for (size_t i = 0; i < dir->n; i++) {
		const struct entry *e = &dir->entries[i];
		_cleanup_free_ char *full = must(strf("%s/%s", path, e->name));
		size_t there = now == NO_INODE ? NO_INODE
					       : model_get(s->now, now, e->name);

		if (there != NO_INODE && !same(s, e->inode, there))
			there = NO_INODE;
		if (there == NO_INODE)
			create(s, fd, full, e->inode);
		if (s->want->v[e->inode].type == S_IFDIR)
			fill(s, full, e->inode, there);
	}
	if (attrs_apply(fd, &dir->attrs, ATTRS_TIMES | ATTRS_CONTENT, path, NULL) < 0)
		die(path);
}

void model_store(const struct model *m, const char *dir)
{
	_cleanup_model_ struct model *now = model_load(dir);
	struct store s = {
		.want = m,
		.now = now,
		.want_links = count_links(m),
		.now_links = count_links(now),
		.made = must(calloc(m->n, sizeof(*s.made))),
	};

	fill(&s, dir, 0, 0);
	for (size_t i = 0; i < m->n; i++)
		free(s.made[i]);
	free(s.made);
	free(s.want_links);
	free(s.now_links);
}
