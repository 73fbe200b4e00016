/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/at.h"
#include "lib/strv.h"
#include "tests/faults/model.h"

void die(const char *what)
{
	perror(what);
	abort();
}

void *must(void *ptr)
{
	if (!ptr)
		die("no memory");
	return ptr;
}

/* --- content --------------------------------------------------------------------- */

static struct blob *blob_new(size_t len)
{
	struct blob *b = must(calloc(1, sizeof(*b)));

	b->refs = 1;
	b->len = len;
	b->data = must(calloc(1, len + 1));
	return b;
}

static void blob_drop(struct blob *b)
{
	if (!b || --b->refs)
		return;
	free(b->data);
	free(b);
}

bool blob_same(const struct blob *a, const struct blob *b)
{
	return a && b && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* A content of its own, of that length. */
static struct blob *own_blob(struct inode *i, size_t len)
{
	struct blob *b = blob_new(len);

	memcpy(b->data, i->data->data, len < i->data->len ? len : i->data->len);
	blob_drop(i->data);
	i->data = b;
	return b;
}

void model_resize(struct model *m, size_t inode, size_t len)
{
	own_blob(&m->v[inode], len);
}

void model_write(struct model *m, size_t inode, size_t at, const void *data, size_t len)
{
	struct inode *i = &m->v[inode];
	struct blob *b = own_blob(i, at + len > i->data->len ? at + len : i->data->len);

	if (data)
		memcpy(b->data + at, data, len);
	else
		memset(b->data + at, 0, len);
}

/* --- inodes ---------------------------------------------------------------------- */

static void inode_done(struct inode *i)
{
	for (size_t n = 0; n < i->n; n++)
		free(i->entries[n].name);
	free(i->entries);
	free(i->link);
	blob_drop(i->data);
	attrs_done(&i->attrs);
}

static struct inode *add_inode(struct model *m)
{
	if (vec_grow(&m->v, m->n, sizeof(*m->v)) < 0)
		die("no memory");
	return &m->v[m->n++];
}

static void copy_attrs(struct attrs *to, const struct attrs *from)
{
	*to = *from;
	to->x = NULL;
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		if (attrs_add(to, from->x[i].name, from->x[i].value, from->x[i].len) < 0)
			die("no memory");
}

size_t model_add_copy(struct model *m, const struct inode *from)
{
	struct inode *i = add_inode(m);

	*i = *from;
	copy_attrs(&i->attrs, &from->attrs);
	if (i->data)
		i->data->refs++;
	if (i->link)
		i->link = must(strdup(i->link));
	if (i->n)
		i->entries = must(calloc(i->n, sizeof(*i->entries)));
	for (size_t n = 0; n < i->n; n++)
		i->entries[n] = (struct entry){ must(strdup(from->entries[n].name)),
						from->entries[n].inode };
	return m->n - 1;
}

struct model *model_clone(const struct model *m)
{
	struct model *c = must(calloc(1, sizeof(*c)));

	for (size_t i = 0; i < m->n; i++)
		model_add_copy(c, &m->v[i]);
	return c;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		inode_done(&m->v[i]);
	free(m->v);
	free(m);
}

/* Where a name is, or belongs, among the entries of a folder. */
static size_t find(const struct inode *dir, const char *name, bool *found)
{
	size_t low = 0;
	size_t high = dir->n;

	*found = false;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int k = strcmp(name, dir->entries[mid].name);

		if (k == 0) {
			*found = true;
			return mid;
		}
		if (k < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

size_t model_get(const struct model *m, size_t dir, const char *name)
{
	bool found;
	size_t at = find(&m->v[dir], name, &found);

	return found ? m->v[dir].entries[at].inode : NO_INODE;
}

void model_set(struct model *m, size_t dir, const char *name, size_t inode)
{
	struct inode *d = &m->v[dir];
	bool found;
	size_t at = find(d, name, &found);

	if (found && inode != NO_INODE) {
		d->entries[at].inode = inode;
	} else if (found) {
		free(d->entries[at].name);
		memmove(d->entries + at, d->entries + at + 1,
			(--d->n - at) * sizeof(*d->entries));
	} else if (inode != NO_INODE) {
		d->entries = must(realloc(d->entries, (d->n + 1) * sizeof(*d->entries)));
		memmove(d->entries + at + 1, d->entries + at,
			(d->n++ - at) * sizeof(*d->entries));
		d->entries[at] = (struct entry){ must(strdup(name)), inode };
	}
}

void model_xattr(struct model *m, size_t inode, const char *xattr, const void *value,
		 size_t len)
{
	struct attrs *a = &m->v[inode].attrs;
	struct attrs old = *a;

	*a = old;
	a->x = NULL;
	a->n = 0;
	for (size_t i = 0; i < old.n; i++) {
		/* In their order. */
		int k = strcmp(old.x[i].name, xattr);

		if (k > 0 && value && !attrs_find(a, xattr) &&
		    attrs_add(a, xattr, value, len) < 0)
			die("no memory");
		if (k != 0 &&
		    attrs_add(a, old.x[i].name, old.x[i].value, old.x[i].len) < 0)
			die("no memory");
	}
	if (value && !attrs_find(a, xattr) && attrs_add(a, xattr, value, len) < 0)
		die("no memory");
	attrs_done(&old);
}

/* --- reading --------------------------------------------------------------------- */

static struct blob *read_content(int dirfd, const char *name, size_t len)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct blob *b = blob_new(len);

	if (fd < 0 || read(fd, b->data, len + 1) != (ssize_t)len)
		die(name);
	return b;
}

size_t model_add(struct model *m, int dirfd, const char *name)
{
	struct inode *i = add_inode(m);
	struct stat st;

	if (at_stat(dirfd, name, &st) < 0 ||
	    attrs_read_unopened(dirfd, name, &st, name, &i->attrs, NULL) < 0)
		die(name);
	i->type = st.st_mode & S_IFMT;
	i->number = st.st_ino;
	if (i->type == S_IFREG)
		i->data = read_content(dirfd, name, (size_t)st.st_size);
	else if (i->type == S_IFLNK && at_readlink(dirfd, name, &i->link) < 0)
		die(name);
	else if (i->type == S_IFBLK || i->type == S_IFCHR)
		i->rdev = st.st_rdev;
	return m->n - 1;
}

/* An inode with several names, seen before. */
static size_t seen(const struct model *m, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		die(name);
	for (size_t i = 0; st.st_nlink > 1 && !S_ISDIR(st.st_mode) && i < m->n; i++)
		if (m->v[i].number == st.st_ino)
			return i;
	return NO_INODE;
}

static void load_folder(struct model *m, size_t dir, int fd)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (!d)
		die("fdopendir");
	while ((e = readdir(d))) {
		size_t i;

		if (streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		i = seen(m, fd, e->d_name);
		if (i == NO_INODE) {
			i = model_add(m, fd, e->d_name);
			if (m->v[i].type == S_IFDIR)
				load_folder(m, i,
					    openat(fd, e->d_name,
						   O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		}
		model_set(m, dir, e->d_name, i);
	}
	closedir(d);
}

struct model *model_load(const char *dir)
{
	struct model *m = must(calloc(1, sizeof(*m)));

	model_add(m, AT_FDCWD, dir);
	load_folder(m, 0, open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return m;
}

/* --- the hash -------------------------------------------------------------------- */

static void mix(uint64_t *h, const void *data, size_t len)
{
	const unsigned char *p = data;

	/* FNV-1a. */
	for (size_t i = 0; i < len; i++)
		*h = (*h ^ p[i]) * 0x100000001b3;
}

static void mix_inode(const struct model *m, size_t inode, uint64_t *h)
{
	const struct inode *i = &m->v[inode];

	mix(h, &inode, sizeof(inode));
	mix(h, &i->attrs.mode, sizeof(i->attrs.mode));
	mix(h, &i->attrs.uid, sizeof(i->attrs.uid));
	mix(h, &i->attrs.gid, sizeof(i->attrs.gid));
	mix(h, &i->attrs.mtime, sizeof(i->attrs.mtime));
	for (size_t n = 0; n < i->attrs.n; n++) {
		mix(h, i->attrs.x[n].name, strlen(i->attrs.x[n].name) + 1);
		mix(h, i->attrs.x[n].value, i->attrs.x[n].len);
	}
	if (i->data) {
		mix(h, &i->data->len, sizeof(i->data->len));
		mix(h, i->data->data, i->data->len);
	}
	for (size_t n = 0; n < i->n; n++) {
		mix(h, i->entries[n].name, strlen(i->entries[n].name) + 1);
		mix_inode(m, i->entries[n].inode, h);
	}
}

uint64_t model_hash(const struct model *m)
{
	uint64_t h = 0xcbf29ce484222325;

	mix_inode(m, 0, &h);
	return h;
}
