/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs behind lib/stream.h, one row each. For lib/stream.c only. */
#pragma once

#include <lzma.h>

#include "lib/stream.h"

/* What every codec library agrees on: a window of input, a window of output. */
struct codec_io {
	const uint8_t *in;
	size_t in_len;
	bool in_eof; /* nothing follows in[in_len] in the file */
	uint8_t *out;
	size_t out_len;
	void *priv;
	const char *why; /* after an error: what the library says, or NULL */
};

enum codec_result {
	CODEC_MORE = 0,
	CODEC_END = 1
};

struct codec {
	const char *name;
	struct {
		const char *bytes;
		size_t len;
	} magic[2];
	/* Start: 0 or a negative errno. NULL: cannot be read. */
	int (*dec_init)(struct codec_io *io);
	/*
	 * Move both windows on. CODEC_MORE without progress asks for more input
	 * behind what is left; CODEC_END leaves io->in at the first byte behind the
	 * stream. A negative errno for a bad stream.
	 */
	int (*dec_run)(struct codec_io *io);
	void (*dec_end)(struct codec_io *io);
	/* The same, writing. NULL: cannot be written. */
	int (*enc_init)(struct codec_io *io);
	/* finish: no input follows; CODEC_END when all output is out. */
	int (*enc_run)(struct codec_io *io, bool finish);
	void (*enc_end)(struct codec_io *io);
};

const struct codec *codec_row(enum comp c);

/* Windows are larger than unsigned int on no machine of ours, but are size_t. */
static inline unsigned int codec_window(size_t n)
{
	return n > 1u << 30 ? 1u << 30 : (unsigned int)n;
}

/* Both ways of liblzma: one call of lzma_code() over the windows; and the end. */
lzma_ret liblzma_step(struct codec_io *io, lzma_action action);
void liblzma_end(struct codec_io *io);

/* encode.c */
int bzip2_enc_init(struct codec_io *io);
int bzip2_enc_run(struct codec_io *io, bool finish);
void bzip2_enc_end(struct codec_io *io);
int xz_enc_init(struct codec_io *io);
int lzma_enc_init(struct codec_io *io);
int liblzma_enc_run(struct codec_io *io, bool finish);
int zstd_enc_init(struct codec_io *io);
int zstd_enc_run(struct codec_io *io, bool finish);
void zstd_enc_end(struct codec_io *io);

/* lz4.c */
int lz4_frame_init(struct codec_io *io);
int lz4_frame_run(struct codec_io *io);
void lz4_frame_end(struct codec_io *io);
int lz4_legacy_init(struct codec_io *io);
int lz4_legacy_run(struct codec_io *io);
void lz4_legacy_end(struct codec_io *io);
int lz4_legacy_enc_init(struct codec_io *io);
int lz4_legacy_enc_run(struct codec_io *io, bool finish);

/* lzop.c */
int lzop_init(struct codec_io *io);
int lzop_run(struct codec_io *io);
void lzop_end(struct codec_io *io);
int lzop_enc_init(struct codec_io *io);
int lzop_enc_run(struct codec_io *io, bool finish);
