/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of an RPM file, for a build without librpm. All numbers are big endian:
 *
 *	 0  lead: ed ab ee db …
 *	96  the signature header, and NULs up to a multiple of 8
 *	 …  the header
 *	 …  the payload, a cpio archive, compressed
 *
 * and each header is
 *
 *	 0  8e ad e8 01, reserved (4), n entries (4), m bytes of data (4)
 *	16  n times: tag (4), type (4), offset in the data (4), count (4)
 *	 …  data
 */
#pragma once

#include <stdint.h>

#include "lib/err.h"

struct rpm_header {
	const uint8_t *start;
	size_t len;
	size_t n;
	const uint8_t *data;
	size_t data_len;
};

struct rpm_file {
	struct rpm_header signature;
	struct rpm_header header;
	const uint8_t *payload;
	size_t payload_len;
};

/* What points into the file's bytes. False: they are no whole RPM's. */
bool rpm_file_parse(const uint8_t *p, size_t len, struct rpm_file *ret);

/* Tags that are asked for. */
enum rpm_tag {
	/* of the signature header */
	RPM_SIG_DSA = 267,
	RPM_SIG_RSA = 268,
	RPM_SIG_SHA1 = 269,
	RPM_SIG_SHA256 = 273,
	RPM_SIG_OPENPGP = 278,
	RPM_SIG_PGP = 1002,
	RPM_SIG_MD5 = 1004,
	RPM_SIG_GPG = 1005,
	RPM_SIG_PGP5 = 1006,
	/* of the header */
	RPM_NAME = 1000,
	RPM_VERSION = 1001,
	RPM_RELEASE = 1002,
	RPM_EPOCH = 1003,
	RPM_ARCH = 1022,
	RPM_SOURCERPM = 1044,
	RPM_PAYLOAD_DIGEST = 5092,
	RPM_PAYLOAD_DIGEST_KIND = 5093,
};

bool rpm_header_has(const struct rpm_header *h, enum rpm_tag tag);
/* The text of a tag, or the first one of several; NULL. */
const char *rpm_header_text(const struct rpm_header *h, enum rpm_tag tag);
/* The number of a tag; -1. */
int64_t rpm_header_number(const struct rpm_header *h, enum rpm_tag tag);
/* len bytes of a tag; NULL when there are not as many. */
const uint8_t *rpm_header_bytes(const struct rpm_header *h, enum rpm_tag tag, size_t len);

/*
 * Compare all digests that are known here (SHA-256, SHA-1, MD5) with the bytes. 0 when
 * they are right, and header and payload have one each; -EINVAL and which is wrong.
 */
int rpm_file_digests(const struct rpm_file *f, struct err *e);
