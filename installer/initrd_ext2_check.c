/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The new image, read back: the old files as they were, the planned ones, and no more. */
#include <string.h>
#include <sys/stat.h>

#include "guest/ext2_image.h"
#include "guest/initrd_walk.h"
#include "installer/initrd_ext2.h"

#define BUFFER ((size_t)64 * 1024)

struct checker {
	const struct initrd_edit *x;
	const struct ext2_image *old, *new;
	const char *text;
	size_t text_len;
};

static int differs(const struct checker *c, const char *what, struct err *e)
{
	return err_set(e, EBADMSG, "%s: read back, the new image is not as planned: %s",
		       c->new->label, *what ? what : "/");
}

static uint32_t owner(const struct ext2_inode *n)
{
	return n->i_uid | (uint32_t)n->osd2.linux2.l_i_uid_high << 16;
}

static uint32_t group(const struct ext2_inode *n)
{
	return n->i_gid | (uint32_t)n->osd2.linux2.l_i_gid_high << 16;
}

/* But for what a folder's new names change. */
static bool same_inode(const struct ext2_inode *a, const struct ext2_inode *b)
{
	if (a->i_mode != b->i_mode || owner(a) != owner(b) || group(a) != group(b))
		return false;
	if (LINUX_S_ISDIR(a->i_mode))
		return true;
	if (a->i_mtime != b->i_mtime || a->i_links_count != b->i_links_count)
		return false;
	return !(LINUX_S_ISCHR(a->i_mode) || LINUX_S_ISBLK(a->i_mode)) ||
	       memcmp(a->i_block, b->i_block, 2 * sizeof(a->i_block[0])) == 0;
}

static bool has_content(const struct ext2_entry *x)
{
	return LINUX_S_ISREG(x->inode.i_mode) || LINUX_S_ISLNK(x->inode.i_mode);
}

static int check_same(const struct checker *c, const struct ext2_entry *a,
		      const struct ext2_entry *b, struct err *e)
{
	_cleanup_free_ char *was = NULL;
	_cleanup_free_ char *is = NULL;
	size_t n_was;
	size_t n_is;
	int r;

	if (!has_content(a))
		return 0;
	r = ext2_image_content(c->old, a, &was, &n_was, e);
	if (r >= 0)
		r = ext2_image_content(c->new, b, &is, &n_is, e);
	if (r < 0)
		return r;
	return n_was == n_is && memcmp(was, is, n_is) == 0 ? 0 : differs(c, a->path, e);
}

static int check_text(const struct checker *c, const struct ext2_entry *b, struct err *e)
{
	_cleanup_free_ char *is = NULL;
	size_t len;
	int r = ext2_image_content(c->new, b, &is, &len, e);

	if (r < 0)
		return r;
	return len == c->text_len && memcmp(is, c->text, len) == 0
		       ? 0
		       : differs(c, b->path, e);
}

static int check_file(const struct checker *c, const struct initrd_file *f,
		      const struct ext2_entry *b, struct err *e)
{
	_cleanup_free_ char *buf = malloc(BUFFER);
	_cleanup_free_ char *is = NULL;
	size_t len;
	int r = buf ? ext2_image_content(c->new, b, &is, &len, e) : err_nomem(e);

	if (r < 0)
		return r;
	for (size_t at = 0; at < len;) {
		ssize_t n = pread_all(f->fd, buf, BUFFER, at);

		if (n <= 0 || (size_t)n > len - at || memcmp(buf, is + at, (size_t)n))
			return differs(c, b->path, e);
		at += (size_t)n;
	}
	return len == f->size ? 0 : differs(c, b->path, e);
}

static const struct initrd_file *planned(const struct checker *c, const char *path)
{
	for (size_t i = 0; i < c->x->n_files; i++)
		if (initrd_name_is(c->x->files[i].path, path))
			return &c->x->files[i];
	return NULL;
}

static int check_new(const struct checker *c, const struct initrd_file *f,
		     const struct ext2_entry *b, struct err *e)
{
	if (b->inode.i_mode != f->mode || owner(&b->inode) || group(&b->inode))
		return differs(c, b->path, e);
	if (S_ISDIR(f->mode))
		return 0;
	return b->inode.i_links_count == 1 ? check_file(c, f, b, e)
					   : differs(c, b->path, e);
}

static int check_entry(const struct checker *c, const struct ext2_entry *b, size_t *kept,
		       struct err *e)
{
	const struct ext2_entry *a = ext2_image_find(c->old, b->path);
	const struct initrd_file *f = planned(c, b->path);

	if (!a)
		return f && !f->replaces ? check_new(c, f, b, e) : differs(c, b->path, e);
	(*kept)++;
	if (!same_inode(&a->inode, &b->inode))
		return differs(c, b->path, e);
	if (f)
		return f->replaces ? check_file(c, f, b, e) : differs(c, b->path, e);
	if (c->x->changed_init && streq(b->path, c->x->anchor))
		return check_text(c, b, e);
	return check_same(c, a, b, e);
}

static int check_all(const struct checker *c, struct err *e)
{
	size_t kept = 0;
	size_t added = 0;
	int r = ext2_image_verify(c->new, EBADMSG, e);

	for (size_t i = 0; r == 0 && i < c->new->n; i++)
		r = check_entry(c, &c->new->v[i], &kept, e);
	for (size_t i = 0; i < c->x->n_files; i++)
		added += !c->x->files[i].replaces;
	if (r == 0 && (kept != c->old->n || c->new->n != kept + added))
		r = differs(c, "files are missing", e);
	return r;
}

static int open_image(int fd, const char *label, enum comp *comp, uint64_t *length,
		      struct ext2_image **ret, struct err *e)
{
	int unpacked;
	int r = ext2_image_unpack(fd, label, EXT2_IMAGE_MAX, &unpacked, comp, length, e);

	return r < 0 ? r : ext2_image_open(ret, unpacked, label, false, e);
}

int initrd_ext2_check(const struct initrd_edit *x, int fd, struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *old = NULL;
	_cleanup_(ext2_image_freep) struct ext2_image *new = NULL;
	_cleanup_free_ char *label = root_name(x->root, x->image->path);
	_cleanup_free_ char *text = NULL;
	struct checker c = { .x = x };
	_cleanup_close_ int from = -1;
	uint64_t length;
	enum comp comp;
	struct stat st;
	int r;

	c.text = text = lines_text(&x->init, &c.text_len);
	if (!label || !text)
		return err_nomem(e);
	from = root_open_file(x->root, x->image->path, NULL, e);
	if (from < 0)
		return from;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	r = open_image(from, label, NULL, NULL, &old, e);
	if (r >= 0)
		r = open_image(fd, label, &comp, &length, &new, e);
	if (r < 0)
		return r;
	c.old = old;
	c.new = new;
	if (comp != x->image->segs[0].comp || length != (uint64_t)st.st_size)
		return differs(&c, "its compression", e);
	return check_all(&c, e);
}
