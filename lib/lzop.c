/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of the command lzop around liblzo2's blocks, numbers big-endian:
 *
 *	89 'L' 'Z' 'O' 00 0d 0a 1a 0a
 *	u16 version  u16 of the library  [u16 version needed]  u8 method  [u8 level]
 *	u32 flags  [u32 filter]  u32 mode  u32 time  [u32 its upper half]
 *	u8 length of a name, the name  u32 checksum from the version on
 *
 * in brackets: from version 0x0940 on, and the filter with its flag. Then blocks:
 *
 *	u32 plain size (0: the end)  u32 packed size  checksums by the flags  data
 *
 * Packed and plain size alike: stored. What kernels read of it is less: blocks of 256 KiB
 * at most, and one checksum for each [Linux, lib/decompress_unlzo.c: sizes and skips].
 */
#include <string.h>

#include <lzo/lzo1x.h>
#include <zlib.h>

#include "lib/bytes.h"
#include "lib/codec.h"

#define BLOCK	   (256u * 1024)
#define PACKED_MAX (BLOCK + BLOCK / 16 + 64 + 3) /* liblzo2's bound */
#define HEADER_MAX 512				 /* the name has 255 bytes at most */
#define MAGIC_LEN  9

enum {
	ADLER_PLAIN = 0x1,
	ADLER_PACKED = 0x2,
	EXTRA_FIELD = 0x40,
	CRC_PLAIN = 0x100,
	CRC_PACKED = 0x200,
	MULTIPART = 0x400,
	FILTER = 0x800,
	CRC_HEADER = 0x1000,
	UNIX = 0x03000000,
};

static const char magic[MAGIC_LEN + 1] = "\x89LZO\0\r\n\x1a\n";

struct lzop {
	uint32_t flags;
	bool started;	     /* the header is behind us, or written */
	uint32_t plain_size; /* of the current block; 0: its header comes next */
	uint32_t packed_size;
	uint32_t sums[4]; /* in the order of the flags below */
	size_t have;	  /* bytes of the block that are in packed, or in plain */
	size_t ready;	  /* bytes to be given out, and how many of them are out */
	size_t given;
	bool last; /* writing: the end is in packed */
	uint8_t *packed;
	uint8_t *plain;
	uint8_t *work; /* of the compressor */
};

/* A block's checksums stand in this order; those of packed bytes not with a stored one.
 */
static const struct {
	uint32_t flag;
	bool packed;
	bool crc;
} sums[] = {
	{ ADLER_PLAIN, false, false },
	{ CRC_PLAIN, false, true },
	{ ADLER_PACKED, true, false },
	{ CRC_PACKED, true, true },
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t sum_of(const uint8_t *data, size_t len, bool crc)
{
	return (uint32_t)(crc ? crc32(0, data, (uInt)len) : adler32(1, data, (uInt)len));
}

static void take(struct codec_io *io, size_t n)
{
	io->in += n;
	io->in_len -= n;
}

/* Give out what is ready: true when there was something. */
static bool give(struct codec_io *io, struct lzop *l, const uint8_t *from)
{
	size_t n = l->ready - l->given;

	if (!n)
		return false;
	n = n < io->out_len ? n : io->out_len;
	memcpy(io->out, from + l->given, n);
	l->given += n;
	io->out += n;
	io->out_len -= n;
	return true;
}

static int bad(struct codec_io *io, const char *why)
{
	io->why = why;
	return -EINVAL;
}

int lzop_init(struct codec_io *io)
{
	struct lzop *l = io->priv = calloc(1, sizeof(*l));

	if (!l || lzo_init() != LZO_E_OK)
		return -ENOMEM;
	l->packed = malloc(PACKED_MAX + HEADER_MAX);
	l->plain = malloc(BLOCK);
	return l->packed && l->plain ? 0 : -ENOMEM;
}

void lzop_end(struct codec_io *io)
{
	struct lzop *l = io->priv;

	if (!l)
		return;
	free(l->packed);
	free(l->plain);
	free(l->work);
	free(l);
}

/* Where the name's length stands, for a header whose flags can be seen. */
static size_t name_offset(const uint8_t *p, uint32_t *flags)
{
	bool is_new = p[MAGIC_LEN] > 0x09 || p[MAGIC_LEN + 1] >= 0x40;
	size_t at = MAGIC_LEN + 2 + 2 + (is_new ? 2 : 0) + 1 + (is_new ? 1 : 0);

	*flags = be32(p + at);
	return at + 4 + (*flags & FILTER ? 4 : 0) + 4 + 4 + (is_new ? 4 : 0);
}

static int read_header(struct codec_io *io, struct lzop *l)
{
	const uint8_t *p = io->in;
	size_t at;
	size_t end;

	if (io->in_len < MAGIC_LEN + 32)
		return CODEC_MORE;
	at = name_offset(p, &l->flags);
	end = at + 1 + p[at];
	if (io->in_len < end + 4)
		return CODEC_MORE;
	if (memcmp(p, magic, MAGIC_LEN) != 0)
		return bad(io, "no header of lzop");
	if (l->flags & (EXTRA_FIELD | MULTIPART | FILTER))
		return bad(io, "its header asks for what kernels do not read");
	if (sum_of(p + MAGIC_LEN, end - MAGIC_LEN, l->flags & CRC_HEADER) !=
	    be32(p + end))
		return bad(io, "its header has a wrong checksum");
	take(io, end + 4);
	l->started = true;
	return CODEC_MORE;
}

static int read_block_header(struct codec_io *io, struct lzop *l)
{
	const uint8_t *p = io->in;
	size_t len = 8;

	if (io->in_len < 4)
		return CODEC_MORE;
	if (!be32(p)) {
		take(io, 4);
		return CODEC_END;
	}
	if (be32(p) > BLOCK)
		return bad(io, "a block is larger than kernels take");
	if (io->in_len < 8)
		return CODEC_MORE;
	if (!be32(p + 4) || be32(p + 4) > be32(p))
		return bad(io, "a block has a wrong size");
	for (size_t i = 0; i < ELEMENTSOF(sums); i++) {
		if (!(l->flags & sums[i].flag) ||
		    (sums[i].packed && be32(p) == be32(p + 4)))
			continue;
		if (io->in_len < len + 4)
			return CODEC_MORE;
		l->sums[i] = be32(p + len);
		len += 4;
	}
	l->plain_size = be32(p);
	l->packed_size = be32(p + 4);
	l->have = 0;
	take(io, len);
	return CODEC_MORE;
}

static bool sums_are_right(const struct lzop *l)
{
	bool stored = l->packed_size == l->plain_size;

	for (size_t i = 0; i < ELEMENTSOF(sums); i++) {
		const uint8_t *data = sums[i].packed ? l->packed : l->plain;
		size_t len = sums[i].packed ? l->packed_size : l->plain_size;

		if ((l->flags & sums[i].flag) && !(sums[i].packed && stored) &&
		    sum_of(data, len, sums[i].crc) != l->sums[i])
			return false;
	}
	return true;
}

static int read_block(struct codec_io *io, struct lzop *l)
{
	size_t n = l->packed_size - l->have;
	lzo_uint len = l->plain_size;

	n = n < io->in_len ? n : io->in_len;
	memcpy(l->packed + l->have, io->in, n);
	l->have += n;
	take(io, n);
	if (l->have < l->packed_size)
		return CODEC_MORE;
	if (l->packed_size == l->plain_size)
		memcpy(l->plain, l->packed, l->plain_size);
	else if (lzo1x_decompress_safe(l->packed, l->packed_size, l->plain, &len, NULL) !=
			 LZO_E_OK ||
		 len != l->plain_size)
		return bad(io, "a block cannot be unpacked");
	if (!sums_are_right(l))
		return bad(io, "a block has a wrong checksum");
	l->ready = l->plain_size;
	l->given = 0;
	l->plain_size = 0;
	return CODEC_MORE;
}

int lzop_run(struct codec_io *io)
{
	struct lzop *l = io->priv;

	if (give(io, l, l->plain))
		return CODEC_MORE;
	if (!l->started)
		return read_header(io, l);
	return l->plain_size ? read_block(io, l) : read_block_header(io, l);
}

/* --- writing -------------------------------------------------------------------------
 */

int lzop_enc_init(struct codec_io *io)
{
	/* As `lzop -9` without a name: LZO1X-999, the one checksum that kernels skip */
	static const uint8_t start[] = { 0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 3, 9 };
	int r = lzop_init(io);
	struct lzop *l = io->priv;
	uint8_t *p;

	if (r < 0)
		return r;
	l->work = malloc(LZO1X_999_MEM_COMPRESS);
	if (!l->work)
		return -ENOMEM;
	p = l->packed;
	memcpy(p, magic, MAGIC_LEN);
	memcpy(p + MAGIC_LEN, start, sizeof(start));
	p += MAGIC_LEN + sizeof(start);
	put32(p, ADLER_PLAIN | UNIX);
	put32(p + 4, 0100644);
	put32(p + 8, 0);
	put32(p + 12, 0);
	p[16] = 0;
	put32(p + 17, sum_of(l->packed + MAGIC_LEN, sizeof(start) + 17, false));
	l->ready = MAGIC_LEN + sizeof(start) + 21;
	return 0;
}

/* `have` plain bytes wait; `ready` packed ones, of which `given` are out. */
static int pack_block(struct lzop *l)
{
	lzo_uint n = 0;

	if (lzo1x_999_compress(l->plain, l->have, l->packed + 12, &n, l->work) !=
	    LZO_E_OK)
		return -EIO;
	if (n >= l->have) {
		memcpy(l->packed + 12, l->plain, l->have);
		n = l->have;
	}
	put32(l->packed, (uint32_t)l->have);
	put32(l->packed + 4, (uint32_t)n);
	put32(l->packed + 8, sum_of(l->plain, l->have, false));
	l->ready = n + 12;
	l->given = 0;
	l->have = 0;
	return 0;
}

static int finish_stream(struct lzop *l)
{
	if (l->last)
		return CODEC_END;
	put32(l->packed, 0);
	l->ready = 4;
	l->given = 0;
	l->last = true;
	return CODEC_MORE;
}

int lzop_enc_run(struct codec_io *io, bool finish)
{
	struct lzop *l = io->priv;
	size_t n;

	if (give(io, l, l->packed))
		return CODEC_MORE;
	n = BLOCK - l->have;
	n = n < io->in_len ? n : io->in_len;
	memcpy(l->plain + l->have, io->in, n);
	l->have += n;
	take(io, n);
	if (l->have == BLOCK || (finish && l->have && !io->in_len))
		return pack_block(l);
	return finish && !io->in_len ? finish_stream(l) : CODEC_MORE;
}
