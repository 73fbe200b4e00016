/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/initrd_feed.h"
#include "guest/newc.h"

/*
 * libarchive reads in order and copies only what straddles two of our blocks,
 * so that what it has not consumed always lies within the last two.
 */
#define TRAILER "TRAILER!!!"

/*
 * Where we are between headers. libarchive asks for a whole name at once, of
 * whatever size its header says, and looks for another header where one is bad: so
 * no such header reaches it.
 */
struct vet {
	uint8_t head[NEWC_HEADER + sizeof(TRAILER)];
	size_t have, want;
	uint64_t skip; /* bytes until the next header */
	bool over;     /* the trailer was there */
};

struct feed {
	struct unpack *stream;
	char *label;
	uint64_t budget;
	uint64_t unpacked;
	struct err err;
	uint8_t *block[2]; /* lent to libarchive in turn */
	size_t len[2];
	unsigned int cur;
	uint64_t given; /* to this archive */
	uint8_t *back;	/* to be read before the stream: 2 blocks */
	size_t back_at, back_len;
	uint8_t *spare; /* 2 blocks */
	struct vet vet;
};

int feed_open(struct feed **ret, int fd, uint64_t offset, uint64_t end, enum comp c,
	      const char *label, uint64_t budget, struct err *e)
{
	struct feed *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_nomem(e);
	f->budget = budget;
	f->label = strdup(label);
	f->block[0] = malloc(FEED_BLOCK);
	f->block[1] = malloc(FEED_BLOCK);
	f->back = malloc(2 * FEED_BLOCK);
	f->spare = malloc(2 * FEED_BLOCK);
	if (!f->label || !f->block[0] || !f->block[1] || !f->back || !f->spare)
		r = err_nomem(e);
	else
		r = unpack_open(&f->stream, fd, offset, c, label, e);
	if (r < 0) {
		feed_free(f);
		return r;
	}
	unpack_limit(f->stream, end);
	*ret = f;
	return 0;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	unpack_free(f->stream);
	err_done(&f->err);
	free(f->label);
	free(f->block[0]);
	free(f->block[1]);
	free(f->back);
	free(f->spare);
	free(f);
}

static ssize_t pull(struct feed *f, void *buf, size_t len, struct err *e)
{
	ssize_t n = unpack_read(f->stream, buf, len, e);

	if (n < 0)
		return n;
	f->unpacked += (uint64_t)n;
	if (f->unpacked > f->budget)
		return err_set(e, EINVAL,
			       "%s: unpacks to more than an initrd ever does: refused",
			       f->label);
	return n;
}

/* Skip NULs in back, then have at least n bytes there, or all that is left. */
ssize_t feed_peek(struct feed *f, const uint8_t **ret, size_t n, struct err *e)
{
	bool skipping = true;

	for (;;) {
		ssize_t got;

		while (skipping && f->back_len && !f->back[f->back_at]) {
			f->back_at++;
			f->back_len--;
		}
		skipping = skipping && !f->back_len;
		if (f->back_len >= n)
			break;
		memmove(f->back, f->back + f->back_at, f->back_len);
		f->back_at = 0;
		got = pull(f, f->back + f->back_len, FEED_BLOCK, e);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		f->back_len += (size_t)got;
	}
	*ret = f->back + f->back_at;
	return (ssize_t)(f->back_len < n ? f->back_len : n);
}

void feed_start(struct feed *f)
{
	f->given = 0;
	f->len[0] = f->len[1] = 0;
	f->vet = (struct vet){ .want = NEWC_HEADER };
}

static size_t padded(uint64_t n)
{
	return (size_t)n + newc_pad(n);
}

/* A header is complete, or one whose name may be the trailer's, with its name. */
static bool vet_header(struct vet *v)
{
	uint32_t fields[NEWC_FIELDS];
	bool crc;
	size_t to_content;

	if (!newc_parse(v->head, fields, &crc))
		return false;
	if (v->want == NEWC_HEADER && fields[NEWC_NAMESIZE] == sizeof(TRAILER)) {
		v->want = sizeof(v->head);
		return true;
	}
	if (v->want > NEWC_HEADER &&
	    !memcmp(v->head + NEWC_HEADER, TRAILER, sizeof(TRAILER)))
		v->over = true;
	to_content = padded(NEWC_HEADER + (size_t)fields[NEWC_NAMESIZE]);
	v->skip = to_content - v->have + padded(fields[NEWC_FILESIZE]);
	v->have = 0;
	v->want = NEWC_HEADER;
	return true;
}

static bool vet_block(struct vet *v, const uint8_t *p, size_t n)
{
	while (n && !v->over) {
		size_t take = v->skip ? n : v->want - v->have;

		if (v->skip) {
			if (take > v->skip)
				take = (size_t)v->skip;
			v->skip -= take;
		} else {
			if (take > n)
				take = n;
			memcpy(v->head + v->have, p, take);
			v->have += take;
		}
		p += take;
		n -= take;
		if (v->have == v->want && !vet_header(v))
			return false;
	}
	return true;
}

la_ssize_t feed_read(struct archive *a, void *feed, const void **buf)
{
	struct feed *f = feed;
	ssize_t n;

	f->cur = !f->cur;
	if (f->back_len) {
		n = (ssize_t)(f->back_len < FEED_BLOCK ? f->back_len : FEED_BLOCK);
		memcpy(f->block[f->cur], f->back + f->back_at, (size_t)n);
		f->back_at += (size_t)n;
		f->back_len -= (size_t)n;
	} else {
		n = pull(f, f->block[f->cur], FEED_BLOCK, &f->err);
	}
	if (n > 0 && !vet_block(&f->vet, f->block[f->cur], (size_t)n))
		n = err_set(&f->err, EINVAL,
			    "%s: its cpio archive is damaged: a header is not one",
			    f->label);
	if (n < 0) {
		archive_set_error(a, -(int)n, "%s", err_text(&f->err));
		return -1;
	}
	f->len[f->cur] = (size_t)n;
	f->given += (uint64_t)n;
	*buf = f->block[f->cur];
	return n;
}

int feed_unread(struct feed *f, uint64_t consumed, struct err *e)
{
	size_t cur = f->len[f->cur];
	size_t old = f->len[!f->cur];
	uint64_t left = f->given - consumed;
	size_t from_old;
	uint8_t *p = f->spare;

	if (consumed > f->given || left > cur + old ||
	    left + f->back_len > 2 * FEED_BLOCK)
		return err_set(e, EINVAL, "%s: a cpio archive ends in an unexpected way",
			       f->label);
	from_old = left > cur ? (size_t)left - cur : 0;
	cur = (size_t)left - from_old;
	p = mempcpy(p, f->block[!f->cur] + old - from_old, from_old);
	p = mempcpy(p, f->block[f->cur] + f->len[f->cur] - cur, cur);
	p = mempcpy(p, f->back + f->back_at, f->back_len);
	f->back_len = (size_t)(p - f->spare);
	f->back_at = 0;
	p = f->back;
	f->back = f->spare;
	f->spare = p;
	return 0;
}

const struct err *feed_error(const struct feed *f)
{
	return &f->err;
}

uint64_t feed_unpacked(const struct feed *f)
{
	return f->unpacked;
}

uint64_t feed_consumed(const struct feed *f)
{
	return unpack_consumed(f->stream);
}
