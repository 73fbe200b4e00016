/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/codec.h"
#include "lib/strv.h"

/*
 * What one stream may take for its dictionary. xz -9 needs 65 MiB; kernels
 * take no more than 128 MiB for zstd.
 */
#define DICT_MAX (160u * 1024 * 1024)

/* --- zlib --- */

static void zlib_to(z_stream *z, const struct codec_io *io)
{
	z->next_in = (Bytef *)io->in;
	z->avail_in = codec_window(io->in_len);
	z->next_out = io->out;
	z->avail_out = codec_window(io->out_len);
}

static void zlib_from(struct codec_io *io, const z_stream *z)
{
	io->in_len -= (size_t)(z->next_in - io->in);
	io->in = z->next_in;
	io->out_len -= (size_t)(z->next_out - io->out);
	io->out = z->next_out;
	io->why = z->msg;
}

static int gzip_dec_init(struct codec_io *io)
{
	z_stream *z = io->priv = calloc(1, sizeof(*z));

	/* + 16: a gzip header is required, and its CRC checked */
	return z && inflateInit2(z, MAX_WBITS + 16) == Z_OK ? 0 : -ENOMEM;
}

static int gzip_dec_run(struct codec_io *io)
{
	int r;

	zlib_to(io->priv, io);
	r = inflate(io->priv, Z_NO_FLUSH);
	zlib_from(io, io->priv);
	if (r == Z_STREAM_END)
		return CODEC_END;
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	return r == Z_OK || r == Z_BUF_ERROR ? CODEC_MORE : -EINVAL;
}

static void gzip_dec_end(struct codec_io *io)
{
	inflateEnd(io->priv);
	free(io->priv);
}

#define GZIP_LEVEL 4 /* see encode.c */

static int gzip_enc_init(struct codec_io *io)
{
	z_stream *z = io->priv = calloc(1, sizeof(*z));

	if (!z || deflateInit2(z, GZIP_LEVEL, Z_DEFLATED, MAX_WBITS + 16, 9,
			       Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	return 0;
}

static int gzip_enc_run(struct codec_io *io, bool finish)
{
	int r;

	zlib_to(io->priv, io);
	r = deflate(io->priv, finish ? Z_FINISH : Z_NO_FLUSH);
	zlib_from(io, io->priv);
	if (r == Z_STREAM_END)
		return CODEC_END;
	return r == Z_OK || r == Z_BUF_ERROR ? CODEC_MORE : -EIO;
}

static void gzip_enc_end(struct codec_io *io)
{
	deflateEnd(io->priv);
	free(io->priv);
}

/* --- bzip2 --- */

static int bzip2_init(struct codec_io *io)
{
	bz_stream *b = io->priv = calloc(1, sizeof(*b));

	return b && BZ2_bzDecompressInit(b, 0, 0) == BZ_OK ? 0 : -ENOMEM;
}

static int bzip2_run(struct codec_io *io)
{
	bz_stream *b = io->priv;
	int r;

	b->next_in = (char *)io->in;
	b->avail_in = codec_window(io->in_len);
	b->next_out = (char *)io->out;
	b->avail_out = codec_window(io->out_len);
	r = BZ2_bzDecompress(b);
	io->in_len -= (size_t)((const uint8_t *)b->next_in - io->in);
	io->in = (const uint8_t *)b->next_in;
	io->out_len -= (size_t)((uint8_t *)b->next_out - io->out);
	io->out = (uint8_t *)b->next_out;
	if (r == BZ_STREAM_END)
		return CODEC_END;
	if (r == BZ_MEM_ERROR)
		return -ENOMEM;
	return r == BZ_OK ? CODEC_MORE : -EINVAL;
}

static void bzip2_end(struct codec_io *io)
{
	BZ2_bzDecompressEnd(io->priv);
	free(io->priv);
}

/* --- lzma and xz --- */

static int liblzma_new(struct codec_io *io)
{
	lzma_stream *l = io->priv = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*l = (lzma_stream)LZMA_STREAM_INIT;
	return 0;
}

static int lzma_init(struct codec_io *io)
{
	int r = liblzma_new(io);

	if (r < 0)
		return r;
	return lzma_alone_decoder(io->priv, DICT_MAX) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_init(struct codec_io *io)
{
	int r = liblzma_new(io);

	if (r < 0)
		return r;
	return lzma_stream_decoder(io->priv, DICT_MAX, 0) == LZMA_OK ? 0 : -ENOMEM;
}

lzma_ret liblzma_step(struct codec_io *io, lzma_action action)
{
	lzma_stream *l = io->priv;
	lzma_ret r;

	l->next_in = io->in;
	l->avail_in = io->in_len;
	l->next_out = io->out;
	l->avail_out = io->out_len;
	r = lzma_code(l, action);
	io->in = l->next_in;
	io->in_len = l->avail_in;
	io->out = l->next_out;
	io->out_len = l->avail_out;
	return r;
}

static int liblzma_run(struct codec_io *io)
{
	switch (liblzma_step(io, LZMA_RUN)) {
	case LZMA_STREAM_END:
		return CODEC_END;
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return CODEC_MORE;
	case LZMA_MEMLIMIT_ERROR:
		io->why = "it asks for a dictionary of more than 160 MiB";
		return -EFBIG;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

void liblzma_end(struct codec_io *io)
{
	if (io->priv)
		lzma_end(io->priv);
	free(io->priv);
}

/* --- zstd: its own bound, a window of 128 MiB, is the kernel's too --- */

static int zstd_init(struct codec_io *io)
{
	io->priv = ZSTD_createDStream();
	return io->priv ? 0 : -ENOMEM;
}

static int zstd_run(struct codec_io *io)
{
	ZSTD_inBuffer in = { .src = io->in, .size = io->in_len };
	ZSTD_outBuffer out = { .dst = io->out, .size = io->out_len };
	size_t r = ZSTD_decompressStream(io->priv, &out, &in);

	io->in += in.pos;
	io->in_len -= in.pos;
	io->out += out.pos;
	io->out_len -= out.pos;
	if (ZSTD_isError(r)) {
		io->why = ZSTD_getErrorName(r);
		return -EINVAL;
	}
	return r == 0 ? CODEC_END : CODEC_MORE;
}

static void zstd_end(struct codec_io *io)
{
	ZSTD_freeDStream(io->priv);
}

#define MAGIC(s)                 \
	{                        \
		s, sizeof(s) - 1 \
	}

/* lz4's frame format has no writer: no kernel reads it. */
static const struct codec codecs[COMP_COUNT] = {
	[COMP_NONE] = { .name = "none" },
	[COMP_GZIP] = { .name = "gzip",
			.magic = { MAGIC("\x1f\x8b"), MAGIC("\x1f\x9e") },
			.dec_init = gzip_dec_init,
			.dec_run = gzip_dec_run,
			.dec_end = gzip_dec_end,
			.enc_init = gzip_enc_init,
			.enc_run = gzip_enc_run,
			.enc_end = gzip_enc_end },
	[COMP_BZIP2] = { .name = "bzip2",
			 .magic = { MAGIC("BZh") },
			 .dec_init = bzip2_init,
			 .dec_run = bzip2_run,
			 .dec_end = bzip2_end,
			 .enc_init = bzip2_enc_init,
			 .enc_run = bzip2_enc_run,
			 .enc_end = bzip2_enc_end },
	[COMP_LZMA] = { .name = "lzma",
			.magic = { MAGIC("\x5d\0\0") },
			.dec_init = lzma_init,
			.dec_run = liblzma_run,
			.dec_end = liblzma_end,
			.enc_init = lzma_enc_init,
			.enc_run = liblzma_enc_run,
			.enc_end = liblzma_end },
	[COMP_XZ] = { .name = "xz",
		      .magic = { MAGIC("\xfd"
				       "7zXZ\0") },
		      .dec_init = xz_init,
		      .dec_run = liblzma_run,
		      .dec_end = liblzma_end,
		      .enc_init = xz_enc_init,
		      .enc_run = liblzma_enc_run,
		      .enc_end = liblzma_end },
	[COMP_LZ4] = { .name = "lz4",
		       .magic = { MAGIC("\x04\x22\x4d\x18") },
		       .dec_init = lz4_frame_init,
		       .dec_run = lz4_frame_run,
		       .dec_end = lz4_frame_end },
	[COMP_LZ4_LEGACY] = { .name = "lz4-legacy",
			      .magic = { MAGIC("\x02\x21\x4c\x18") },
			      .dec_init = lz4_legacy_init,
			      .dec_run = lz4_legacy_run,
			      .dec_end = lz4_legacy_end,
			      .enc_init = lz4_legacy_enc_init,
			      .enc_run = lz4_legacy_enc_run,
			      .enc_end = lz4_legacy_end },
	[COMP_ZSTD] = { .name = "zstd",
			.magic = { MAGIC("\x28\xb5\x2f\xfd") },
			.dec_init = zstd_init,
			.dec_run = zstd_run,
			.dec_end = zstd_end,
			.enc_init = zstd_enc_init,
			.enc_run = zstd_enc_run,
			.enc_end = zstd_enc_end },
	[COMP_LZOP] = { .name = "lzop",
			.magic = { MAGIC("\x89LZO\0\r") },
			.dec_init = lzop_init,
			.dec_run = lzop_run,
			.dec_end = lzop_end,
			.enc_init = lzop_enc_init,
			.enc_run = lzop_enc_run,
			.enc_end = lzop_end },
};

const struct codec *codec_row(enum comp c)
{
	return (unsigned int)c < COMP_COUNT ? &codecs[c] : &codecs[COMP_NONE];
}

const char *comp_name(enum comp c)
{
	return codec_row(c)->name;
}

bool comp_can_read(enum comp c)
{
	return c == COMP_NONE || codec_row(c)->dec_init;
}

bool comp_can_write(enum comp c)
{
	return c == COMP_NONE || codec_row(c)->enc_init;
}

enum comp comp_detect(const void *start, size_t len)
{
	for (unsigned int c = 0; c < COMP_COUNT; c++) {
		for (size_t i = 0; i < ELEMENTSOF(codecs[c].magic); i++) {
			size_t n = codecs[c].magic[i].len;

			if (n && n <= len && !memcmp(start, codecs[c].magic[i].bytes, n))
				return c;
		}
	}
	return COMP_NONE;
}
