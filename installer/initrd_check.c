/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The new image, read back. It is read by libarchive, not by the code that wrote it, and
 * so were the old image's entries, with which it is compared by their sums; what was
 * changed or added, and what lies before and behind the rewritten segment, is compared
 * byte by byte.
 */
#include <string.h>

#include "guest/initrd_walk.h"
#include "installer/initrd_edit.h"
#include "installer/initrd_ext2.h"

#define BUFFER ((size_t)64 * 1024)

struct checker {
	const struct initrd_edit *x;
	const char *label;
	int old, new;
	uint64_t size;			  /* of the new image */
	struct initrd_walk *walk;	  /* over the new image */
	const struct initrd_entry *entry; /* NULL: no more in this segment */
	uint8_t *buf[2];
	char *text;
	size_t text_len;
};

static int differs(const struct checker *c, const char *what, struct err *e)
{
	return err_set(e, EBADMSG, "%s: read back, the new image is not as planned: %s",
		       c->label, what);
}

static int same_bytes(struct checker *c, uint64_t old_at, uint64_t new_at, uint64_t len,
		      struct err *e)
{
	while (len) {
		size_t want = len < BUFFER ? (size_t)len : BUFFER;
		ssize_t a = pread_all(c->old, c->buf[0], want, old_at);
		ssize_t b = pread_all(c->new, c->buf[1], want, new_at);

		if (a < 0 || b < 0)
			return err_errno(e, (int)(a < 0 ? a : b), "reading %s", c->label);
		if ((size_t)a != want || (size_t)b != want ||
		    memcmp(c->buf[0], c->buf[1], want) != 0)
			return differs(c, "a segment that was to be copied differs", e);
		old_at += want;
		new_at += want;
		len -= want;
	}
	return 0;
}

static int advance(struct checker *c, struct err *e)
{
	int r = initrd_walk_next(c->walk, &c->entry, e);

	if (r == 0 || (r > 0 && c->entry->seg > 0))
		c->entry = NULL;
	return r < 0 ? r : 0;
}

/* The entry's content against a buffer, or against a file. */
static int check_content(struct checker *c, const char *mem, const struct initrd_file *f,
			 uint64_t size, struct err *e)
{
	uint64_t at = 0;

	for (;;) {
		ssize_t n = initrd_walk_read(c->walk, c->buf[1], BUFFER, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		if ((uint64_t)n > size - at)
			return differs(c, c->entry->name, e);
		if (f && pread_all(f->fd, c->buf[0], (size_t)n, at) != n)
			return differs(c, f->path, e);
		if (memcmp(c->buf[1], f ? c->buf[0] : (const uint8_t *)mem + at,
			   (size_t)n) != 0)
			return differs(c, c->entry->name, e);
		at += (uint64_t)n;
	}
	return at == size ? 0 : differs(c, c->entry->name, e);
}

static const struct initrd_file *replacement(const struct checker *c, const char *name)
{
	for (size_t i = 0; i < c->x->n_files; i++)
		if (c->x->files[i].replaces && initrd_name_is(c->x->files[i].path, name))
			return &c->x->files[i];
	return NULL;
}

/* An entry that was there. */
static int check_kept(struct checker *c, const struct initrd_sum *old, struct err *e)
{
	const struct initrd_entry *x = c->entry;
	const struct initrd_file *f;
	uint64_t content;
	int r;

	if (!x)
		return differs(c, "entries are missing", e);
	if (initrd_entry_sum(x) != old->head)
		return differs(c, x->name, e);
	if (c->x->changed_init && initrd_name_is(x->name, "init"))
		return check_content(c, c->text, NULL, c->text_len, e);
	f = replacement(c, x->name);
	if (f)
		return check_content(c, NULL, f, f->size, e);
	r = initrd_walk_sum(c->walk, &content, e);
	if (r == 0 && content != old->content)
		r = differs(c, x->name, e);
	return r;
}

static int check_new_files(struct checker *c, struct err *e)
{
	for (size_t i = 0; i < c->x->n_files; i++) {
		const struct initrd_file *f = &c->x->files[i];
		const struct initrd_entry *b = c->entry;
		int r;

		if (f->replaces)
			continue;
		if (!b || !streq(b->name, f->path) || b->mode != f->mode || b->uid ||
		    b->gid || b->size != f->size)
			return differs(c, f->path, e);
		r = check_content(c, NULL, f, f->size, e);
		if (r == 0)
			r = advance(c, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_entries(struct checker *c, struct err *e)
{
	const struct initrd_sum *old = c->x->sums.v;
	const struct initrd_sum *end = old + c->x->sums.n;
	size_t anchor_archive = 0;
	bool pending = false; /* we are in the anchor's archive: new files at its end */
	int r = advance(c, e);

	while (r == 0) {
		if (pending && (old == end || old->archive != anchor_archive)) {
			pending = false;
			r = check_new_files(c, e);
			continue;
		}
		if (old == end)
			break;
		r = check_kept(c, old, e);
		if (r == 0 && initrd_name_is(c->entry->name, c->x->anchor)) {
			anchor_archive = old->archive;
			pending = true;
		}
		old++;
		if (r == 0)
			r = advance(c, e);
	}
	if (r == 0 && c->entry)
		return differs(c, "it holds more than planned", e);
	return r;
}

static int only_zeros(struct checker *c, uint64_t at, uint64_t len, struct err *e)
{
	while (len) {
		size_t want = len < BUFFER ? (size_t)len : BUFFER;
		ssize_t n = pread_all(c->new, c->buf[1], want, at);

		if (n < 0)
			return err_errno(e, (int)n, "reading %s", c->label);
		for (size_t i = 0; i < want; i++)
			if (i >= (size_t)n || c->buf[1][i])
				return differs(c, "its padding is not empty", e);
		at += want;
		len -= want;
	}
	return 0;
}

/* Behind the rewritten segment: padding as planned, then what was there. */
static int check_rest(struct checker *c, struct err *e)
{
	const struct initrd *i = c->x->image;
	const struct initrd_seg *old = &i->segs[c->x->seg];
	const struct initrd_seg *new;
	bool aligned;
	uint64_t next = initrd_edit_next(c->x, &aligned);
	uint64_t end;
	uint64_t pad;
	size_t n;
	int r;

	new = initrd_walk_segs(c->walk, &n);
	if (n < 1 || new->comp != old->comp || new->offset != old->offset)
		return differs(c, "its segments are not where they should be", e);
	end = new->offset + new->length;
	pad = initrd_padding(next, next - old->offset - old->length, end, aligned);
	if (c->size != end + pad + (i->size - next))
		return differs(c, "its size", e);
	r = only_zeros(c, end, pad, e);
	return r < 0 ? r : same_bytes(c, next, end + pad, i->size - next, e);
}

static int run(struct checker *c, struct err *e)
{
	uint64_t start = c->x->image->segs[c->x->seg].offset;
	int r;

	r = same_bytes(c, 0, 0, start, e);
	if (r == 0)
		r = initrd_walk_open(&c->walk, c->new, start, c->label, NULL, e);
	if (r == 0)
		r = check_entries(c, e);
	if (r == 0)
		r = check_rest(c, e);
	initrd_walk_free(c->walk);
	return r;
}

int initrd_edit_check(void *edit, int fd, struct err *e)
{
	struct initrd_edit *x = edit;
	_cleanup_free_ char *label = root_name(x->root, x->image->path);
	_cleanup_free_ uint8_t *bufs = malloc(2 * BUFFER);
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int old = -1;
	struct checker c = { .x = x, .label = label, .new = fd };
	struct stat st;
	int r;

	if (x->image->kind == INITRD_KIND_EXT2)
		return initrd_ext2_check(x, fd, e);
	c.text = text = lines_text(&x->init, &c.text_len);
	if (!label || !bufs || !text)
		return err_nomem(e);
	if (!x->sums.v) {
		r = initrd_read_blobs(x->root, x->image, NULL, 0, 0, &x->sums, e);
		if (r < 0)
			return r;
	}
	c.old = old = root_open_file(x->root, x->image->path, NULL, e);
	if (old < 0)
		return old;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	c.size = (uint64_t)st.st_size;
	c.buf[0] = bufs;
	c.buf[1] = bufs + BUFFER;
	return run(&c, e);
}
