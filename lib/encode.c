/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writers, with what kernels ask of a stream [Linux, lib/decompress_*.c, usr/Kconfig]:
 * xz with a CRC32 check, and a dictionary that costs the kernel little; zstd with a
 * window of at most 128 MiB, here 2 MiB; lzma in the format of its first tool.
 *
 * Levels: of an image of 130 MB of modules, zstd's 9 takes four times as long as its 3,
 * and ten times the memory, for an image that is an eighth smaller; liblzma's 6 takes
 * five times as long as its 1, for a tenth; zlib's 9 twenty times as long as its 4, for
 * a twentieth.
 */
#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zstd.h>

#include "lib/codec.h"

#define XZ_DICT	   (1u << 20) /* what initramfs-tools and dracut ask of xz */
#define XZ_LEVEL   1
#define ZSTD_LEVEL 3

/* --- bzip2 --- */

int bzip2_enc_init(struct codec_io *io)
{
	bz_stream *b = io->priv = calloc(1, sizeof(*b));

	return b && BZ2_bzCompressInit(b, 9, 0, 0) == BZ_OK ? 0 : -ENOMEM;
}

int bzip2_enc_run(struct codec_io *io, bool finish)
{
	bz_stream *b = io->priv;
	int r;

	/* Its library takes a call without input, and without an end, for a mistake. */
	if (!finish && !io->in_len)
		return CODEC_MORE;
	b->next_in = (char *)io->in;
	b->avail_in = codec_window(io->in_len);
	b->next_out = (char *)io->out;
	b->avail_out = codec_window(io->out_len);
	r = BZ2_bzCompress(b, finish ? BZ_FINISH : BZ_RUN);
	io->in_len -= (size_t)((const uint8_t *)b->next_in - io->in);
	io->in = (const uint8_t *)b->next_in;
	io->out_len -= (size_t)((uint8_t *)b->next_out - io->out);
	io->out = (uint8_t *)b->next_out;
	if (r == BZ_STREAM_END)
		return CODEC_END;
	return r == BZ_RUN_OK || r == BZ_FINISH_OK ? CODEC_MORE : -EIO;
}

void bzip2_enc_end(struct codec_io *io)
{
	if (io->priv)
		BZ2_bzCompressEnd(io->priv);
	free(io->priv);
}

/* --- xz and lzma --- */

static int liblzma_options(struct codec_io *io, lzma_options_lzma *o)
{
	lzma_stream *l = io->priv = calloc(1, sizeof(*l));

	if (!l || lzma_lzma_preset(o, XZ_LEVEL))
		return -ENOMEM;
	*l = (lzma_stream)LZMA_STREAM_INIT;
	o->dict_size = XZ_DICT;
	return 0;
}

int xz_enc_init(struct codec_io *io)
{
	lzma_options_lzma o;
	lzma_filter filters[] = { { .id = LZMA_FILTER_LZMA2, .options = &o },
				  { .id = LZMA_VLI_UNKNOWN } };

	if (liblzma_options(io, &o) < 0)
		return -ENOMEM;
	return lzma_stream_encoder(io->priv, filters, LZMA_CHECK_CRC32) == LZMA_OK
		       ? 0
		       : -ENOMEM;
}

int lzma_enc_init(struct codec_io *io)
{
	lzma_options_lzma o;

	if (liblzma_options(io, &o) < 0)
		return -ENOMEM;
	return lzma_alone_encoder(io->priv, &o) == LZMA_OK ? 0 : -ENOMEM;
}

int liblzma_enc_run(struct codec_io *io, bool finish)
{
	lzma_ret r = liblzma_step(io, finish ? LZMA_FINISH : LZMA_RUN);

	if (r == LZMA_STREAM_END)
		return CODEC_END;
	if (r == LZMA_MEM_ERROR)
		return -ENOMEM;
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? CODEC_MORE : -EIO;
}

/* --- zstd --- */

int zstd_enc_init(struct codec_io *io)
{
	ZSTD_CCtx *c = io->priv = ZSTD_createCCtx();

	if (!c ||
	    ZSTD_isError(
		    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 21)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)))
		return -ENOMEM;
	return 0;
}

int zstd_enc_run(struct codec_io *io, bool finish)
{
	ZSTD_inBuffer in = { .src = io->in, .size = io->in_len };
	ZSTD_outBuffer out = { .dst = io->out, .size = io->out_len };
	size_t r = ZSTD_compressStream2(io->priv, &out, &in,
					finish ? ZSTD_e_end : ZSTD_e_continue);

	io->in += in.pos;
	io->in_len -= in.pos;
	io->out += out.pos;
	io->out_len -= out.pos;
	if (ZSTD_isError(r)) {
		io->why = ZSTD_getErrorName(r);
		return -EIO;
	}
	return finish && r == 0 ? CODEC_END : CODEC_MORE;
}

void zstd_enc_end(struct codec_io *io)
{
	ZSTD_freeCCtx(io->priv);
}
