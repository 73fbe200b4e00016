/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "lib/at.h"
#include "lib/walk.h"

#define LINKS_MAX 40   /* as the kernel's MAXSYMLINKS */
#define DEPTH_MAX 1024 /* components on the stack */

struct walk {
	const struct root *r;
	int *fds; /* n directories below the root */
	struct strv names;
	char *rest; /* what is still to be looked up */
	unsigned int links;
};

static void walk_pop(struct walk *w)
{
	size_t n = w->names.n;

	if (!n)
		return;
	close(w->fds[n - 1]);
	free(w->names.v[n - 1]);
	w->names.n--;
}

static void walk_done(struct walk *w)
{
	while (w->names.n)
		walk_pop(w);
	free(w->fds);
	free(w->names.v);
	free(w->rest);
}

static int walk_top(const struct walk *w)
{
	return w->names.n ? w->fds[w->names.n - 1] : w->r->fd;
}

static int walk_push(struct walk *w, const char *name, int fd)
{
	if (w->names.n >= DEPTH_MAX || vec_grow(&w->fds, w->names.n, sizeof(int)) < 0 ||
	    strv_add(&w->names, name) < 0) {
		close(fd);
		return w->names.n >= DEPTH_MAX ? -ENAMETOOLONG : -ENOMEM;
	}
	w->fds[w->names.n - 1] = fd;
	return 0;
}

/* Take the next component off w->rest: NULL at the end. *last: nothing follows it. */
static char *next_component(struct walk *w, bool *last)
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(p, "/");
	char *name = NULL;

	if (!n)
		return NULL;
	name = strndup(p, n);
	*last = p[n] == '\0';
	memmove(w->rest, p + n, strlen(p + n) + 1);
	return name;
}

/* Put a link's target before the rest of the path. */
static int expand(struct walk *w, const char *name)
{
	_cleanup_free_ char *target = NULL;
	char *joined;

	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if (at_readlink(walk_top(w), name, &target) < 0)
		return -errno;
	if (target[0] == '/')
		while (w->names.n)
			walk_pop(w);
	joined = strf("%s/%s", target, w->rest);
	if (!joined)
		return -ENOMEM;
	/* "link" and "link/" differ, but "target" + "/" + "" must not become one. */
	if (!w->rest[0])
		joined[strlen(joined) - 1] = '\0';
	free(w->rest);
	w->rest = joined;
	return 0;
}

/*
 * Look up all components but the last. *ret_last is the last one (NULL when the
 * path ends in the directory on top of the stack); with follow, it is no link.
 */
static int walk_to_last(struct walk *w, const char *path, bool follow, char **ret_last)
{
	w->rest = strdup(path);
	if (!w->rest)
		return -ENOMEM;
	for (;;) {
		_cleanup_free_ char *name = NULL;
		struct stat st;
		bool last = false;
		int fd;
		int k;

		name = next_component(w, &last);
		if (!name) {
			*ret_last = NULL;
			return 0;
		}
		if (streq(name, "."))
			continue;
		if (streq(name, "..")) {
			walk_pop(w);
			continue;
		}
		k = at_stat(walk_top(w), name, &st);
		if (k < 0 && !(errno == ENOENT && last))
			return -errno;
		if (k == 0 && S_ISLNK(st.st_mode) && (follow || !last)) {
			k = expand(w, name);
			if (k < 0)
				return k;
			continue;
		}
		if (last) {
			*ret_last = TAKE_PTR(name);
			return 0;
		}
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
		/* O_DIRECTORY: a device put there meanwhile is not opened. */
		fd = at_open(walk_top(w), name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd < 0)
			return -errno;
		k = walk_push(w, name, fd);
		if (k < 0)
			return k;
	}
}

int walk_open(const struct root *r, const char *path, int flags, mode_t mode)
{
	_cleanup_(walk_done) struct walk w = { .r = r };
	_cleanup_free_ char *last = NULL;
	bool follow = !(flags & O_NOFOLLOW) &&
		      (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	int fd;
	int k;

	k = walk_to_last(&w, path, follow, &last);
	if (k < 0)
		return k;
	/* A link put here since the look-up is refused (-ELOOP), not followed. */
	fd = at_open(walk_top(&w), last ?: ".", flags | O_NOFOLLOW, mode);
	return fd < 0 ? -errno : fd;
}

int walk_stat(const struct root *r, const char *path, bool follow, struct stat *st)
{
	_cleanup_(walk_done) struct walk w = { .r = r };
	_cleanup_free_ char *last = NULL;
	int k;

	k = walk_to_last(&w, path, follow, &last);
	if (k < 0)
		return k;
	return at_stat(walk_top(&w), last ?: ".", st) < 0 ? -errno : 0;
}

int walk_realpath(const struct root *r, const char *path, bool missing_ok, char **ret)
{
	_cleanup_(walk_done) struct walk w = { .r = r };
	_cleanup_free_ char *last = NULL;
	_cleanup_free_ char *dirs = NULL;
	struct stat st;
	int k;

	k = walk_to_last(&w, path, true, &last);
	if (k < 0)
		return k;
	if (last && at_stat(walk_top(&w), last, &st) < 0 &&
	    !(errno == ENOENT && missing_ok))
		return -errno;
	if (last && strv_add(&w.names, last) < 0)
		return -ENOMEM;
	dirs = strv_join(&w.names, "/");
	if (last) /* it has no fd on the stack */
		free(w.names.v[--w.names.n]);
	if (!dirs)
		return -ENOMEM;
	*ret = strf("/%s", dirs);
	return *ret ? 0 : -ENOMEM;
}
