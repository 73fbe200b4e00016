/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>

#include "installer/node.h"
#include "lib/at.h"
#include "lib/atomic.h"
#include "lib/strv.h"

static const char *const type_names[] = {
	[NODE_NONE] = "nothing",
	[NODE_FILE] = "a file",
	[NODE_LINK] = "a symbolic link",
	[NODE_DIR] = "a folder",
	[NODE_BLOCK] = "a block device",
	[NODE_OTHER] = "a FIFO, socket or character device",
};

const char *node_type_name(enum node_type t)
{
	return type_names[t];
}

void node_done(struct node *n)
{
	free(n->link);
	attrs_done(&n->attrs);
	*n = (struct node){ 0 };
}

static enum node_type type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return NODE_FILE;
	if (S_ISLNK(mode))
		return NODE_LINK;
	if (S_ISBLK(mode))
		return NODE_BLOCK;
	return S_ISDIR(mode) ? NODE_DIR : NODE_OTHER;
}

int node_open(int dirfd, const char *base, const char *name, struct err *e)
{
	/* O_NONBLOCK: should it have become a FIFO, the open must not wait for a writer.
	 */
	_cleanup_close_ int fd = at_open(
		dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, "%s", name);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "%s: is %s where a file belongs", name,
			       node_type_name(type_of(st.st_mode)));
	return TAKE_FD(fd);
}

static int read_file(int dirfd, const char *base, const char *name, struct node *n,
		     struct err *e)
{
	_cleanup_close_ int fd = node_open(dirfd, base, name, e);
	struct stat st;
	int k;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", name);
	if (st.st_ino != n->ino || st.st_dev != n->dev)
		return err_set(e, ESTALE, "%s: was replaced while it was looked at",
			       name);
	k = digest_fd(fd, n->digest, &n->size);
	if (k < 0)
		return err_errno(e, k, "%s", name);
	return attrs_read(fd, name, &n->attrs, e);
}

int node_read(int dirfd, const char *base, const char *name, struct node *ret,
	      struct err *e)
{
	_cleanup_node_ struct node n = { 0 };
	struct stat st;
	int k = at_stat(dirfd, base, &st);

	if (k < 0 && errno == ENOENT) {
		*ret = n;
		return 0;
	}
	if (k < 0)
		return err_errno(e, errno, "%s", name);
	n.type = type_of(st.st_mode);
	n.dev = st.st_dev;
	n.ino = st.st_ino;
	n.size = (uint64_t)st.st_size;
	n.rdev = n.type == NODE_BLOCK ? st.st_rdev : 0;
	if (n.type == NODE_FILE)
		k = read_file(dirfd, base, name, &n, e);
	else
		k = attrs_read_unopened(dirfd, base, &st, name, &n.attrs, e);
	if (k < 0)
		return k;
	if (n.type == NODE_LINK && at_readlink(dirfd, base, &n.link) < 0)
		return err_errno(e, errno, "%s", name);
	*ret = n;
	n = (struct node){ 0 };
	return 0;
}

bool node_same_inode(const struct node *a, const struct node *b)
{
	return a->type != NODE_NONE && a->type == b->type && a->dev == b->dev &&
	       a->ino == b->ino;
}

bool node_equal(const struct node *a, const struct node *b, unsigned int flags)
{
	if (a->type != b->type)
		return false;
	if (a->type == NODE_NONE)
		return true;
	if (a->type == NODE_FILE && !streq(a->digest, b->digest))
		return false;
	if (a->type == NODE_LINK && !streq(a->link, b->link))
		return false;
	if (a->rdev != b->rdev)
		return false;
	return attrs_equal(&a->attrs, &b->attrs, flags);
}

static int copy_file(int fromdir, const char *from, const struct node *as, int todir,
		     const char *to, const char *name, struct err *e)
{
	_cleanup_close_ int in = node_open(fromdir, from, name, e);
	_cleanup_close_ int out = -1;
	int k;

	if (in < 0)
		return in;
	out = at_open(todir, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return err_errno(e, errno, "%s: cannot create its copy", name);
	k = atomic_copy(in, out);
	if (k < 0)
		return err_errno(e, k, "%s: cannot copy it", name);
	k = attrs_apply(out, &as->attrs, ATTRS_TIMES | ATTRS_CONTENT, name, e);
	if (k < 0)
		return k;
	k = atomic_sync(out);
	return k < 0 ? err_errno(e, k, "%s: cannot sync its copy", name) : 0;
}

int node_copy(int fromdir, const char *from, const struct node *as, int todir,
	      const char *to, const char *name, struct err *e)
{
	if (as->type == NODE_FILE)
		return copy_file(fromdir, from, as, todir, to, name, e);
	if (at_symlink(as->link, todir, to) < 0)
		return err_errno(e, errno, "%s: cannot create its copy", name);
	return attrs_apply_link(todir, to, &as->attrs, name, e);
}
