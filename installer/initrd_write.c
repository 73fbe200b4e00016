/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The streaming rewrite. One segment, that with /init or with the modules, is unpacked,
 * passed on entry by entry, and packed again, so that /init and each index exist once:
 * kernels before 2.6.3x do not truncate a file that a later entry overwrites.
 */
#include <string.h>

#include "guest/initrd_walk.h"
#include "installer/initrd_edit.h"
#include "installer/initrd_ext2.h"
#include "guest/newc.h"

#define BUFFER ((size_t)256 * 1024)

struct writer {
	const struct initrd_edit *x;
	const char *label;
	struct newc *in;
	struct pack *out;
	uint64_t offset;	  /* unpacked bytes written */
	bool seen;		  /* the anchor, in this archive */
	uint32_t ino;		  /* the highest of this archive */
	struct newc_entry anchor; /* its header lends device and magic */
	char *text;		  /* /init as it will be */
	size_t text_len;
	bool *met; /* per file: the entry that it replaces was there */
	uint8_t *buf;
	uint8_t raw[NEWC_HEADER + NEWC_NAME_MAX + 4];
};

uint64_t initrd_padding(uint64_t old, uint64_t n_old, uint64_t now, bool needed)
{
	uint64_t align = n_old && old % 512 == 0 ? 512 : 4;

	if (!n_old && !needed)
		return 0;
	if ((now + n_old - old) % align == 0)
		return n_old;
	return (old - now) % align;
}

uint64_t initrd_edit_next(const struct initrd_edit *x, bool *ret_aligned)
{
	const struct initrd *i = x->image;
	const struct initrd_seg *next = &i->segs[x->seg + 1];
	bool last = x->seg + 1 == i->n_segs;

	*ret_aligned = i->end < i->size || (!last && next->comp == COMP_NONE);
	return last ? i->end : next->offset;
}

static const uint8_t zeros[4096];

static int put(struct writer *w, const void *buf, size_t len, struct err *e)
{
	w->offset += len;
	return pack_write(w->out, buf, len, e);
}

static int put_zeros(struct writer *w, uint64_t len, struct err *e)
{
	int r = 0;

	while (r == 0 && len) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);

		r = put(w, zeros, n, e);
		len -= n;
	}
	return r;
}

/* The content of a file, as long as it was when it was planned. */
static int put_fd(struct writer *w, const struct initrd_file *f, struct err *e)
{
	uint64_t at = 0;

	while (at < f->size) {
		size_t want = f->size - at < BUFFER ? (size_t)(f->size - at) : BUFFER;
		ssize_t n = pread_all(f->fd, w->buf, want, at);
		int r;

		if (n < 0)
			return err_errno(e, (int)n, "reading %s", f->path);
		if ((size_t)n < want)
			return err_set(e, EIO, "%s: it became shorter while it was read",
				       f->path);
		r = put(w, w->buf, want, e);
		if (r < 0)
			return r;
		at += want;
	}
	return put_zeros(w, newc_pad(f->size), e);
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	while (n--)
		s += *p++;
	return s;
}

static int sum_fd(struct writer *w, const struct initrd_file *f, uint32_t *ret,
		  struct err *e)
{
	uint64_t at = 0;
	ssize_t n;

	*ret = 0;
	while ((n = pread_all(f->fd, w->buf, BUFFER, at)) > 0) {
		*ret = sum(*ret, w->buf, (size_t)n);
		at += (uint64_t)n;
	}
	return n < 0 ? err_errno(e, (int)n, "reading %s", f->path) : 0;
}

/* An entry's own header, with another size. */
static int put_patched(struct writer *w, const struct newc_entry *n, uint64_t size,
		       uint32_t check, struct err *e)
{
	memcpy(w->raw, n->raw, n->raw_len);
	newc_patch(w->raw, (uint32_t)size, n->crc ? check : n->f[NEWC_CHECK]);
	return put(w, w->raw, n->raw_len, e);
}

static int put_init(struct writer *w, const struct newc_entry *n, struct err *e)
{
	uint32_t check = sum(0, (const uint8_t *)w->text, w->text_len);
	int r = put_patched(w, n, w->text_len, check, e);

	if (r == 0)
		r = put(w, w->text, w->text_len, e);
	return r < 0 ? r : put_zeros(w, newc_pad(w->text_len), e);
}

static int put_replaced(struct writer *w, const struct newc_entry *n,
			const struct initrd_file *f, struct err *e)
{
	uint32_t check = 0;
	int r = 0;

	if (n->f[NEWC_NLINK] > 1)
		return err_set(e, ENOTSUP, "%s: %s in it has several names", w->label,
			       n->name);
	if (n->crc)
		r = sum_fd(w, f, &check, e);
	if (r == 0)
		r = put_patched(w, n, f->size, check, e);
	return r < 0 ? r : put_fd(w, f, e);
}

static int put_new(struct writer *w, const struct initrd_file *f, struct err *e)
{
	uint32_t h[NEWC_FIELDS] = {
		/* Only entries with several links are told apart by their number. */
		[NEWC_INO] = ++w->ino,
		[NEWC_MODE] = f->mode,
		[NEWC_NLINK] = S_ISDIR(f->mode) ? 2 : 1,
		[NEWC_MTIME] = (uint32_t)f->mtime,
		[NEWC_FILESIZE] = (uint32_t)f->size,
		[NEWC_DEVMAJOR] = w->anchor.f[NEWC_DEVMAJOR],
		[NEWC_DEVMINOR] = w->anchor.f[NEWC_DEVMINOR],
	};
	int len;
	int r = 0;

	if (w->anchor.crc && f->fd >= 0)
		r = sum_fd(w, f, &h[NEWC_CHECK], e);
	if (r < 0)
		return r;
	len = newc_format(w->raw, h, w->anchor.crc, f->path);
	if (len < 0)
		return err_errno(e, len, "%s: adding %s", w->label, f->path);
	r = put(w, w->raw, (size_t)len, e);
	return r < 0 ? r : put_fd(w, f, e);
}

static int put_unchanged(struct writer *w, const struct newc_entry *n, struct err *e)
{
	const uint8_t *data;
	ssize_t len;
	int r = put(w, n->raw, n->raw_len, e);

	while (r == 0 && (len = newc_data(w->in, &data, e)) != 0)
		r = len < 0 ? (int)len : put(w, data, (size_t)len, e);
	return r;
}

static int put_entry(struct writer *w, const struct newc_entry *n, struct err *e)
{
	const struct initrd_edit *x = w->x;

	if (n->f[NEWC_INO] > w->ino)
		w->ino = n->f[NEWC_INO];
	if (initrd_name_is(n->name, x->anchor)) {
		w->seen = true;
		w->anchor = *n;
	}
	if (x->changed_init && initrd_name_is(n->name, "init"))
		return put_init(w, n, e);
	for (size_t i = 0; i < x->n_files; i++) {
		const struct initrd_file *f = &x->files[i];

		if (!initrd_name_is(n->name, f->path))
			continue;
		if (!f->replaces)
			return err_set(e, EEXIST, "%s: it holds %s already", w->label,
				       f->path);
		w->met[i] = true;
		return put_replaced(w, n, f, e);
	}
	return put_unchanged(w, n, e);
}

/* Behind the anchor's archive come the new files. */
static int put_trailer(struct writer *w, const struct newc_entry *n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; w->seen && r == 0 && i < w->x->n_files; i++)
		if (!w->x->files[i].replaces)
			r = put_new(w, &w->x->files[i], e);
	w->seen = false;
	w->ino = 0;
	return r < 0 ? r : put_unchanged(w, n, e);
}

static int put_segment(struct writer *w, const struct initrd_seg *seg, struct err *e)
{
	for (;;) {
		const struct newc_entry *n;
		uint64_t pad;
		int more;
		int r = newc_next(w->in, &n, e);

		if (r < 0)
			return r;
		if (!n->trailer) {
			r = put_entry(w, n, e);
			if (r < 0)
				return r;
			continue;
		}
		r = put_trailer(w, n, e);
		/* Uncompressed, an archive is a segment of its own. */
		if (r < 0 || seg->comp == COMP_NONE)
			return r;
		more = newc_padding(w->in, &pad, e);
		if (more < 0)
			return more;
		r = put_zeros(
			w, initrd_padding(newc_offset(w->in), pad, w->offset, more > 0),
			e);
		if (r < 0 || !more)
			return r;
	}
}

static int copy_range(int from, uint64_t at, uint64_t len, int to, const char *label,
		      uint8_t *buf, struct err *e)
{
	while (len) {
		ssize_t n = pread_all(from, buf, len < BUFFER ? (size_t)len : BUFFER, at);
		int r;

		if (n <= 0)
			return err_errno(e, n ? (int)n : EIO, "reading %s", label);
		r = write_all(to, buf, (size_t)n);
		if (r < 0)
			return err_errno(e, r, "writing %s", label);
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

/* The segment with /init, changed; *ret_len is its length. */
static int rewrite(struct writer *w, int from, int to, uint64_t *ret_len, struct err *e)
{
	const struct initrd *i = w->x->image;
	const struct initrd_seg *seg = &i->segs[w->x->seg];
	_cleanup_(unpack_freep) struct unpack *in = NULL;
	int r;

	r = unpack_open(&in, from, seg->offset, seg->comp, w->label, e);
	if (r == 0)
		r = newc_open(&w->in, in, w->label, e);
	if (r == 0)
		r = pack_open(&w->out, to, seg->comp, w->label, e);
	if (r == 0)
		r = put_segment(w, seg, e);
	if (r == 0)
		r = pack_finish(w->out, ret_len, e);
	for (size_t n = 0; r == 0 && n < w->x->n_files; n++)
		if (w->x->files[n].replaces && !w->met[n])
			r = err_set(e, ENOTSUP, "%s: %s and %s are in different segments",
				    w->label, w->x->files[n].path, w->x->anchor);
	newc_free(TAKE_PTR(w->in));
	pack_free(TAKE_PTR(w->out));
	return r;
}

static int write_image(struct writer *w, int from, int to, struct err *e)
{
	const struct initrd *i = w->x->image;
	const struct initrd_seg *seg = &i->segs[w->x->seg];
	bool aligned;
	uint64_t next = initrd_edit_next(w->x, &aligned);
	uint64_t len = 0;
	uint64_t pad;
	int r;

	r = copy_range(from, 0, seg->offset, to, w->label, w->buf, e);
	if (r == 0)
		r = rewrite(w, from, to, &len, e);
	if (r < 0)
		return r;
	pad = initrd_padding(next, next - seg->offset - seg->length, seg->offset + len,
			     aligned);
	for (uint64_t n; r == 0 && pad; pad -= n) {
		n = pad < sizeof(zeros) ? pad : sizeof(zeros);
		r = write_all(to, zeros, (size_t)n);
	}
	if (r < 0)
		return err_errno(e, r, "writing %s", w->label);
	return copy_range(from, next, i->size - next, to, w->label, w->buf, e);
}

int initrd_edit_write(void *edit, int fd, struct err *e)
{
	const struct initrd_edit *x = edit;
	_cleanup_free_ struct writer *w = calloc(1, sizeof(*w));
	_cleanup_free_ uint8_t *buf = malloc(BUFFER);
	_cleanup_free_ bool *met = calloc(x->n_files + 1, sizeof(*met));
	_cleanup_free_ char *label = root_name(x->root, x->image->path);
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int from = -1;
	struct stat st;

	if (x->image->kind == INITRD_KIND_EXT2)
		return initrd_ext2_write(x, fd, e);
	if (!w || !buf || !met || !label)
		return err_nomem(e);
	*w = (struct writer){ .x = x, .label = label, .buf = buf, .met = met };
	w->text = text = lines_text(&x->init, &w->text_len);
	if (!text)
		return err_nomem(e);
	from = root_open_file(x->root, x->image->path, &st, e);
	if (from < 0)
		return from;
	if ((uint64_t)st.st_size != x->image->size)
		return err_set(e, ESTALE, "%s: it changed since it was read", label);
	return write_image(w, from, fd, e);
}
