/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "lib/digest.h"

void digest_hex(const void *raw, size_t len, char *hex)
{
	const uint8_t *p = raw;

	*hex = '\0';
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
}

static void finish(struct sha256_ctx *ctx, char hex[DIGEST_HEX])
{
	uint8_t raw[SHA256_DIGEST_SIZE];

	sha256_digest(ctx, sizeof(raw), raw);
	digest_hex(raw, sizeof(raw), hex);
}

void digest_buf(const void *buf, size_t len, char hex[DIGEST_HEX])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, buf);
	finish(&ctx, hex);
}

int digest_fd(int fd, char hex[DIGEST_HEX], uint64_t *ret_size)
{
	struct sha256_ctx ctx;
	uint8_t buf[65536];
	uint64_t at = 0;

	sha256_init(&ctx);
	for (;;) {
		ssize_t n = pread(fd, buf, sizeof(buf), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		sha256_update(&ctx, (size_t)n, buf);
		at += (uint64_t)n;
	}
	finish(&ctx, hex);
	if (ret_size)
		*ret_size = at;
	return 0;
}
