/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame format, read by liblz4; the legacy format, which kernels want and
 * liblz4 leaves to its command line tool, read and written here:
 *
 *   02 21 4c 18 | size of block 1 (le32) | block 1 | size | block 2 | … end of file
 *
 * Each block unpacks to 8 MiB at most. There is no mark at the end: the file
 * ends, or what follows is no size that a block can have (padding, another
 * stream's magic, a cpio header).
 */
#include <string.h>

#include <lz4.h>
#include <lz4frame.h>

#include "lib/codec.h"

#define LEGACY_BLOCK (8 * 1024 * 1024)

int lz4_frame_init(struct codec_io *io)
{
	LZ4F_dctx *ctx = NULL;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)))
		return -ENOMEM;
	io->priv = ctx;
	return 0;
}

int lz4_frame_run(struct codec_io *io)
{
	size_t in = io->in_len;
	size_t out = io->out_len;
	size_t r = LZ4F_decompress(io->priv, io->out, &out, io->in, &in, NULL);

	io->in += in;
	io->in_len -= in;
	io->out += out;
	io->out_len -= out;
	if (LZ4F_isError(r)) {
		io->why = LZ4F_getErrorName(r);
		return -EINVAL;
	}
	return r == 0 ? CODEC_END : CODEC_MORE;
}

void lz4_frame_end(struct codec_io *io)
{
	LZ4F_freeDecompressionContext(io->priv);
}

struct legacy {
	bool started; /* the magic is behind us */
	size_t want;  /* bytes of the current block; 0: its size comes next */
	size_t have;
	size_t ready; /* unpacked bytes, and how many of them are out */
	size_t given;
	char *packed;
	char *plain;
};

int lz4_legacy_init(struct codec_io *io)
{
	struct legacy *l = io->priv = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->packed = malloc(LZ4_COMPRESSBOUND(LEGACY_BLOCK) + 4);
	l->plain = malloc(LEGACY_BLOCK);
	return l->packed && l->plain ? 0 : -ENOMEM;
}

static void take(struct codec_io *io, size_t n)
{
	io->in += n;
	io->in_len -= n;
}

/* The size of the next block, left unread when the stream is over. */
static int legacy_size(struct codec_io *io, struct legacy *l)
{
	uint32_t size;

	if (io->in_len < 4)
		return io->in_eof ? CODEC_END : CODEC_MORE;
	size = (uint32_t)io->in[0] | (uint32_t)io->in[1] << 8 |
	       (uint32_t)io->in[2] << 16 | (uint32_t)io->in[3] << 24;
	if (size == 0 || size > LZ4_COMPRESSBOUND(LEGACY_BLOCK))
		return CODEC_END;
	take(io, 4);
	l->want = size;
	l->have = 0;
	return CODEC_MORE;
}

static int legacy_block(struct codec_io *io, struct legacy *l)
{
	size_t n = l->want - l->have;
	int r;

	if (n > io->in_len)
		n = io->in_len;
	memcpy(l->packed + l->have, io->in, n);
	l->have += n;
	take(io, n);
	if (l->have < l->want)
		return CODEC_MORE;
	r = LZ4_decompress_safe(l->packed, l->plain, (int)l->want, LEGACY_BLOCK);
	if (r < 0)
		return -EINVAL;
	l->ready = (size_t)r;
	l->given = 0;
	l->want = 0;
	return CODEC_MORE;
}

int lz4_legacy_run(struct codec_io *io)
{
	struct legacy *l = io->priv;
	size_t n = l->ready - l->given;

	if (n) {
		n = n < io->out_len ? n : io->out_len;
		memcpy(io->out, l->plain + l->given, n);
		l->given += n;
		io->out += n;
		io->out_len -= n;
		return CODEC_MORE;
	}
	if (!l->started) {
		if (io->in_len < 4)
			return CODEC_MORE;
		take(io, 4);
		l->started = true;
	}
	return l->want ? legacy_block(io, l) : legacy_size(io, l);
}

void lz4_legacy_end(struct codec_io *io)
{
	struct legacy *l = io->priv;

	if (!l)
		return;
	free(l->packed);
	free(l->plain);
	free(l);
}

/* --- writing: whole blocks, in the same struct ---------------------------------------
 */

int lz4_legacy_enc_init(struct codec_io *io)
{
	int r = lz4_legacy_init(io);
	struct legacy *l = io->priv;

	if (r < 0)
		return r;
	memcpy(l->packed, "\x02\x21\x4c\x18", 4);
	l->ready = 4;
	return 0;
}

/* `have` plain bytes wait; `ready` packed ones, of which `given` are out. */
static int pack_block(struct legacy *l)
{
	/* As `lz4 -l` by default: high compression costs ten times the time */
	int n = LZ4_compress_default(l->plain, l->packed + 4, (int)l->have,
				     LZ4_COMPRESSBOUND(LEGACY_BLOCK));

	if (n <= 0)
		return -EIO;
	for (int i = 0; i < 4; i++)
		l->packed[i] = (char)((unsigned int)n >> 8 * i);
	l->ready = (size_t)n + 4;
	l->given = 0;
	l->have = 0;
	return 0;
}

int lz4_legacy_enc_run(struct codec_io *io, bool finish)
{
	struct legacy *l = io->priv;
	size_t n = l->ready - l->given;

	if (n) {
		n = n < io->out_len ? n : io->out_len;
		memcpy(io->out, l->packed + l->given, n);
		l->given += n;
		io->out += n;
		io->out_len -= n;
		return CODEC_MORE;
	}
	n = LEGACY_BLOCK - l->have;
	n = n < io->in_len ? n : io->in_len;
	memcpy(l->plain + l->have, io->in, n);
	l->have += n;
	take(io, n);
	if (l->have == LEGACY_BLOCK || (finish && l->have && !io->in_len)) {
		int r = pack_block(l);

		return r < 0 ? r : CODEC_MORE;
	}
	return finish && !io->in_len ? CODEC_END : CODEC_MORE;
}
