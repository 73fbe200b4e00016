/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed streams within a file: read from any offset, with exact knowledge
 * of how many bytes of the file the stream took, and written so that the
 * kernels of the guests read them.
 *
 * The codec libraries are used directly: libarchive's filters read on behind
 * the end of an xz or zstd stream, and fail on the padding there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

enum comp {
	COMP_NONE,
	COMP_GZIP,
	COMP_BZIP2,
	COMP_LZMA,
	COMP_XZ,
	COMP_LZ4,	 /* frame format */
	COMP_LZ4_LEGACY, /* what kernels read */
	COMP_ZSTD,
	COMP_LZOP,
	COMP_COUNT
};

/* "none", "gzip", "bzip2", "lzma", "xz", "lz4", "lz4-legacy", "zstd", "lzop".
 */
const char *comp_name(enum comp c);
bool comp_can_read(enum comp c);
bool comp_can_write(enum comp c);

/* Bytes that comp_detect() wants to see. */
#define COMP_MAGIC_MAX 6
/* By the first bytes of a stream; COMP_NONE when they are no codec's. */
enum comp comp_detect(const void *start, size_t len);

struct unpack;

/*
 * One stream, from an offset of a file; label names the file in sentences. It ends
 * where the format says: at the end of one gzip member, xz stream, zstd or lz4 frame;
 * COMP_NONE at the end of the file. -ENOTSUP for a codec that cannot be read.
 */
int unpack_open(struct unpack **ret, int fd, uint64_t offset, enum comp c,
		const char *label, struct err *e);
/* The same from the file's start, of what its first bytes say, which is kept in *ret_comp
 * unless that is NULL. Returns 1, or 0 when the file is empty. */
int unpack_open_file(struct unpack **ret, int fd, const char *label, enum comp *ret_comp,
		     struct err *e);
void unpack_free(struct unpack *u);
DEFINE_CLEANUP(struct unpack *, unpack_free)

/*
 * Up to len bytes; 0 only at the end of the stream. -EINVAL with a sentence naming the
 * file and the offset when the stream is corrupt or cut short.
 */
ssize_t unpack_read(struct unpack *u, void *buf, size_t len, struct err *e);

/* The file is taken to end at that offset, for a stream that is a part of it. Before the
 * first read. */
void unpack_limit(struct unpack *u, uint64_t end);

/* Bytes of the file that the stream took so far: after the end, its length. */
uint64_t unpack_consumed(const struct unpack *u);

struct pack;

/*
 * Append a stream to a file, at the fd's own offset. gzip: no name, no time stamp,
 * as mkinitrd writes it. -ENOTSUP with a sentence for a codec that cannot be
 * written.
 */
int pack_open(struct pack **ret, int fd, enum comp c, const char *label, struct err *e);
void pack_free(struct pack *p);
DEFINE_CLEANUP(struct pack *, pack_free)
int pack_write(struct pack *p, const void *buf, size_t len, struct err *e);
/* End the stream; *ret_len (may be NULL) is its length in the file. */
int pack_finish(struct pack *p, uint64_t *ret_len, struct err *e);

/* write() everything: 0 or a negative errno. */
int write_all(int fd, const void *buf, size_t len);
/* pread() until len bytes or the end of the file: the number read, or a negative errno.
 */
ssize_t pread_all(int fd, void *buf, size_t len, uint64_t offset);
/*
 * A file without a name, for reading and writing: in memory, or where the kernel (before
 * 3.17) has no such thing, in TMPDIR. The fd, or a negative errno.
 */
int scratch_file(void);
/* Nobody changes it any more, where the kernel has memory for it; before 3.17 only root
 * could, by way of /proc. 0 or a negative errno. */
int scratch_seal(int fd);
