/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>

#include "guest/initrd_feed.h"
#include "guest/initrd_walk.h"
#include "lib/strv.h"

#define NAME_BYTES_MAX 4096 /* PATH_MAX of the kernel: it skips longer ones */

static const struct initrd_limits usual = {
	.unpacked = 4ull << 30,
	.entries = 1000000,
	/* libarchive compares each of them with all before it */
	.links = 32768,
	.archives = 1024,
};

struct initrd_walk {
	int fd;
	char *label;
	uint64_t at; /* where to look for the next segment */
	struct initrd_limits limits;
	struct initrd_seg *segs;
	size_t n_segs;
	struct feed *feed;	 /* of the segment we are in; NULL between two */
	struct archive *archive; /* NULL between two */
	size_t archive_no;	 /* in this segment, from 1 */
	uint64_t unpacked;	 /* of earlier segments */
	size_t entries, links, archives;
	struct initrd_entry entry;
	uint64_t sum; /* of what was read of its content */
};

/* Without a boot configuration behind the image. */
static int find_end(struct initrd_walk *w, struct err *e)
{
	struct stat st;
	int r;

	if (fstat(w->fd, &st) < 0)
		return err_errno(e, errno, "%s", w->label);
	if (!w->limits.end || w->limits.end > (uint64_t)st.st_size)
		w->limits.end = (uint64_t)st.st_size;
	r = initrd_bootconfig(w->fd, w->at, w->limits.end, &w->limits.end);
	return r < 0 ? err_errno(e, r, "reading %s", w->label) : 0;
}

int initrd_walk_open(struct initrd_walk **ret, int fd, uint64_t offset, const char *label,
		     const struct initrd_limits *limits, struct err *e)
{
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_nomem(e);
	w->fd = fd;
	w->at = offset;
	w->limits = limits ? *limits : usual;
	if (!w->limits.unpacked)
		w->limits.unpacked = usual.unpacked;
	if (!w->limits.entries)
		w->limits.entries = usual.entries;
	if (!w->limits.links)
		w->limits.links = usual.links;
	if (!w->limits.archives)
		w->limits.archives = usual.archives;
	w->label = strdup(label);
	if (!w->label)
		return err_nomem(e);
	r = find_end(w, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

void initrd_walk_free(struct initrd_walk *w)
{
	if (!w)
		return;
	archive_read_free(w->archive);
	feed_free(w->feed);
	free(w->segs);
	free(w->label);
	free(w);
}

const struct initrd_seg *initrd_walk_segs(const struct initrd_walk *w, size_t *n)
{
	*n = w->n_segs;
	return w->segs;
}

uint64_t initrd_walk_end(const struct initrd_walk *w)
{
	return w->limits.end;
}

static const char *plain(const char *name)
{
	while (startswith(name, "./") || *name == '/')
		name += *name == '/' ? 1 : 2;
	return name;
}

bool initrd_name_is(const char *a, const char *b)
{
	return streq(plain(a), plain(b));
}

/* From where we are, no further than the image's end. */
static ssize_t look(const struct initrd_walk *w, void *buf, size_t len)
{
	uint64_t left = w->limits.end > w->at ? w->limits.end - w->at : 0;

	return pread_all(w->fd, buf, len < left ? len : (size_t)left, w->at);
}

static bool is_newc(const uint8_t *p, size_t n)
{
	return n >= 6 && (!memcmp(p, "070701", 6) || !memcmp(p, "070702", 6));
}

/* Skip padding in the file: the offset of what follows, or its size at the end. */
static int skip_padding(struct initrd_walk *w, struct err *e)
{
	_cleanup_free_ uint8_t *buf = malloc(FEED_BLOCK);

	if (!buf)
		return err_nomem(e);
	for (;;) {
		ssize_t n = look(w, buf, FEED_BLOCK);
		ssize_t i = 0;

		if (n < 0)
			return err_errno(e, (int)n, "%s: reading at offset %llu",
					 w->label, (unsigned long long)w->at);
		while (i < n && !buf[i])
			i++;
		w->at += (uint64_t)i;
		if (i < n)
			return 1;
		if (n == 0)
			return 0;
	}
}

/* The next segment's stream: 1, or 0 at the end of the image. */
static int open_segment(struct initrd_walk *w, struct err *e)
{
	uint8_t magic[COMP_MAGIC_MAX];
	enum comp c = COMP_NONE;
	ssize_t n;
	int r;

	r = skip_padding(w, e);
	if (r <= 0)
		return r;
	n = look(w, magic, sizeof(magic));
	if (n < 0)
		return err_errno(e, (int)n, "reading %s", w->label);
	if (!is_newc(magic, (size_t)n))
		c = comp_detect(magic, (size_t)n);
	if (c == COMP_NONE && !is_newc(magic, (size_t)n))
		return err_set(
			e, EINVAL,
			"%s: unknown format at offset %llu: neither a cpio archive "
			"(newc) nor a compression that is known",
			w->label, (unsigned long long)w->at);
	if (vec_grow(&w->segs, w->n_segs, sizeof(*w->segs)) < 0)
		return err_nomem(e);
	w->segs[w->n_segs].offset = w->at;
	w->segs[w->n_segs].comp = c;
	w->n_segs++;
	w->archive_no = 0;
	r = feed_open(&w->feed, w->fd, w->at, w->limits.end, c, w->label,
		      w->limits.unpacked - w->unpacked, e);
	return r < 0 ? r : 1;
}

static void close_segment(struct initrd_walk *w, uint64_t length)
{
	w->segs[w->n_segs - 1].length = length;
	w->at = w->segs[w->n_segs - 1].offset + length;
	w->unpacked += feed_unpacked(w->feed);
	feed_free(TAKE_PTR(w->feed));
}

static int bad_archive(struct initrd_walk *w, int r, struct err *e)
{
	const struct err *deeper = feed_error(w->feed);

	if (deeper->code)
		return err_set(e, deeper->code, "%s", err_text(deeper));
	return err_set(e, EINVAL, "%s: the cpio archive at offset %llu is damaged: %s",
		       w->label, (unsigned long long)w->segs[w->n_segs - 1].offset,
		       r == ARCHIVE_EOF ? "no entries" :
					  archive_error_string(w->archive) ?: "unknown");
}

/* The next archive of this segment: 1, or 0 when its stream is over. */
static int open_archive(struct initrd_walk *w, struct err *e)
{
	const struct initrd_seg *seg = &w->segs[w->n_segs - 1];
	const uint8_t *p;
	ssize_t n = feed_peek(w->feed, &p, 6, e);

	if (n < 0)
		return (int)n;
	if (n == 0 && w->archive_no)
		return 0;
	if (!is_newc(p, (size_t)n))
		return err_set(
			e, EINVAL, "%s: the %s segment at offset %llu holds %s", w->label,
			comp_name(seg->comp), (unsigned long long)seg->offset,
			n ? "something else than cpio archives (newc)" : "nothing");
	if (++w->archives > w->limits.archives)
		return err_set(e, EINVAL, "%s: more than %zu cpio archives", w->label,
			       w->limits.archives);
	w->archive = archive_read_new();
	if (!w->archive || archive_read_support_format_cpio(w->archive) != ARCHIVE_OK)
		return err_nomem(e);
	w->archive_no++;
	feed_start(w->feed);
	if (archive_read_open(w->archive, w->feed, NULL, feed_read, NULL) != ARCHIVE_OK)
		return bad_archive(w, ARCHIVE_FATAL, e);
	return 1;
}

/* Behind the trailer: give back what libarchive read too much. */
static int close_archive(struct initrd_walk *w, struct err *e)
{
	uint64_t consumed = (uint64_t)archive_filter_bytes(w->archive, 0);
	int r = 0;

	archive_read_free(TAKE_PTR(w->archive));
	if (w->segs[w->n_segs - 1].comp == COMP_NONE)
		close_segment(w, consumed);
	else
		r = feed_unread(w->feed, consumed, e);
	return r;
}

static int fill(struct initrd_walk *w, struct archive_entry *a, struct err *e)
{
	struct initrd_entry *x = &w->entry;

	*x = (struct initrd_entry){
		.name = archive_entry_pathname(a),
		.target = archive_entry_symlink(a),
		.mode = archive_entry_mode(a),
		.ino = (uint32_t)archive_entry_ino64(a),
		.nlink = archive_entry_nlink(a),
		.uid = (uint32_t)archive_entry_uid(a),
		.gid = (uint32_t)archive_entry_gid(a),
		.dev_major = (uint32_t)archive_entry_devmajor(a),
		.dev_minor = (uint32_t)archive_entry_devminor(a),
		.rdev_major = (uint32_t)archive_entry_rdevmajor(a),
		.rdev_minor = (uint32_t)archive_entry_rdevminor(a),
		.mtime = archive_entry_mtime(a),
		.size = (uint64_t)archive_entry_size(a),
		.seg = w->n_segs - 1,
		.archive = w->archive_no - 1,
	};
	if (!x->name || strlen(x->name) >= NAME_BYTES_MAX)
		return err_set(e, EINVAL,
			       "%s: entry %zu has no name, or one of more than %d bytes",
			       w->label, w->entries, NAME_BYTES_MAX - 1);
	if (w->entries > w->limits.entries)
		return err_set(e, EINVAL, "%s: more than %zu entries", w->label,
			       w->limits.entries);
	if (w->links > w->limits.links)
		return err_set(e, EINVAL, "%s: more than %zu entries with several links",
			       w->label, w->limits.links);
	return 1;
}

static int next_entry(struct initrd_walk *w, const struct initrd_entry **ret,
		      struct err *e)
{
	struct archive_entry *a;
	int r = archive_read_next_header(w->archive, &a);

	if (r == ARCHIVE_EOF)
		return close_archive(w, e);
	if (r != ARCHIVE_OK)
		return bad_archive(w, r, e);
	w->sum = 0;
	w->entries++;
	w->links += archive_entry_nlink(a) > 1;
	w->segs[w->n_segs - 1].entries++;
	*ret = &w->entry;
	return fill(w, a, e);
}

int initrd_walk_next(struct initrd_walk *w, const struct initrd_entry **ret,
		     struct err *e)
{
	for (;;) {
		int r;

		if (w->archive) {
			r = next_entry(w, ret, e);
			if (r != 0)
				return r;
			continue;
		}
		if (w->feed) {
			r = open_archive(w, e);
			if (r == 0)
				close_segment(w, feed_consumed(w->feed));
			if (r < 0)
				return r;
			continue;
		}
		r = open_segment(w, e);
		if (r <= 0)
			return r;
	}
}

ssize_t initrd_walk_read(struct initrd_walk *w, void *buf, size_t len, struct err *e)
{
	ssize_t n = archive_read_data(w->archive, buf, len);

	if (n < 0)
		return bad_archive(w, (int)n, e);
	w->sum = lzma_crc64(buf, (size_t)n, w->sum);
	return n;
}

int initrd_walk_sum(struct initrd_walk *w, uint64_t *ret, struct err *e)
{
	uint8_t buf[16 * 1024];
	ssize_t n;

	while ((n = initrd_walk_read(w, buf, sizeof(buf), e)) > 0)
		;
	if (n < 0)
		return (int)n;
	*ret = lzma_crc64((const uint8_t *)&w->entry.size, sizeof(w->entry.size), w->sum);
	return 0;
}

uint64_t initrd_entry_sum(const struct initrd_entry *x)
{
	const uint64_t numbers[] = {
		x->mode,       x->ino,
		x->nlink,      x->uid,
		x->gid,	       x->dev_major,
		x->dev_minor,  x->rdev_major,
		x->rdev_minor, (uint64_t)x->mtime,
		x->archive,    x->target != NULL,
	};
	uint64_t sum = lzma_crc64((const uint8_t *)numbers, sizeof(numbers), 0);

	/* With their NULs: no end of one is the start of the other. */
	sum = lzma_crc64((const uint8_t *)x->name, strlen(x->name) + 1, sum);
	return x->target ? lzma_crc64((const uint8_t *)x->target, strlen(x->target) + 1,
				      sum)
			 : sum;
}

int initrd_walk_all(struct initrd_walk *w, const struct initrd_entry *x, char **ret,
		    size_t *ret_len, struct err *e)
{
	_cleanup_free_ char *data = malloc(x->size + 1);
	size_t have = 0;

	if (!data)
		return err_nomem(e);
	while (have < x->size) {
		ssize_t n = initrd_walk_read(w, data + have, x->size - have, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	data[have] = '\0';
	*ret = TAKE_PTR(data);
	*ret_len = have;
	return 0;
}

int initrd_walk_text(struct initrd_walk *w, const struct initrd_entry *x, size_t max,
		     char **ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r;

	if (!S_ISREG(x->mode) || x->size > max)
		return 0;
	r = initrd_walk_all(w, x, &text, &len, e);
	if (r == 0 && !memchr(text, '\0', len))
		*ret = TAKE_PTR(text);
	return r;
}
