/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between a stream and libarchive: libarchive stops at the end of the first
 * cpio archive, having read on behind it; the feed takes back what was too much
 * and hands it to the next one. For guest/initrd_walk.c only.
 */
#pragma once

#include <archive.h>

#include "lib/stream.h"

#define FEED_BLOCK ((size_t)64 * 1024)

struct feed;

/* end: where the image ends in the file; budget: bytes that may be unpacked before it is
 * an error. */
int feed_open(struct feed **ret, int fd, uint64_t offset, uint64_t end, enum comp c,
	      const char *label, uint64_t budget, struct err *e);
void feed_free(struct feed *f);

/* Skip NUL bytes and show the next up to n: how many there are, 0 at the end. */
ssize_t feed_peek(struct feed *f, const uint8_t **ret, size_t n, struct err *e);
/* A new archive starts here. */
void feed_start(struct feed *f);
/* libarchive's read callback. */
la_ssize_t feed_read(struct archive *a, void *feed, const void **buf);
/* The archive ended after that many bytes: all behind them is still to be read. */
int feed_unread(struct feed *f, uint64_t consumed, struct err *e);

/* What went wrong inside feed_read(). */
const struct err *feed_error(const struct feed *f);
uint64_t feed_unpacked(const struct feed *f);
uint64_t feed_consumed(const struct feed *f);
