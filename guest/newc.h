/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framing of cpio archives in the new ASCII format, for a rewrite that
 * passes every byte on as it is; libarchive, which lists images, does not show
 * the bytes themselves, and its writer makes its own inode numbers. And for a look at
 * each header before libarchive believes it.
 *
 *     0  magic   "070701", or "070702" with a checksum
 *     6  ino  mode  uid  gid  nlink  mtime  filesize          8 hexadecimal
 *        devmajor  devminor  rdevmajor  rdevminor              digits each
 *        namesize (with its NUL)  check (sum of all bytes)
 *   110  name, NUL       then 0 to 3 NULs: header and name are a multiple of 4
 *        content         then 0 to 3 NULs: content is a multiple of 4
 *   …    an entry "TRAILER!!!" is the last of an archive; NULs may follow,
 *        often up to a multiple of 512, and then another archive
 */
#pragma once

#include "lib/stream.h"

#define NEWC_HEADER   110
#define NEWC_NAME_MAX 4096 /* PATH_MAX of kernels, which skip longer ones */

enum newc_field {
	NEWC_INO,
	NEWC_MODE,
	NEWC_UID,
	NEWC_GID,
	NEWC_NLINK,
	NEWC_MTIME,
	NEWC_FILESIZE,
	NEWC_DEVMAJOR,
	NEWC_DEVMINOR,
	NEWC_RDEVMAJOR,
	NEWC_RDEVMINOR,
	NEWC_NAMESIZE,
	NEWC_CHECK,
	NEWC_FIELDS
};

/* The fields of a raw header; false for one that holds anything else than this format. */
bool newc_parse(const uint8_t raw[NEWC_HEADER], uint32_t f[NEWC_FIELDS], bool *ret_crc);

struct newc_entry {
	uint32_t f[NEWC_FIELDS];
	bool crc; /* magic 070702 */
	bool trailer;
	char name[NEWC_NAME_MAX + 4]; /* NUL-terminated */
	/* Header, name and padding as read. */
	uint8_t raw[NEWC_HEADER + NEWC_NAME_MAX + 4];
	size_t raw_len;
};

struct newc;

/* stream is not owned; label names the file in sentences. */
int newc_open(struct newc **ret, struct unpack *stream, const char *label, struct err *e);
void newc_free(struct newc *n);
DEFINE_CLEANUP(struct newc *, newc_free)

/* The next entry, the trailer among them, past the content of the last: 1. -EINVAL. */
int newc_next(struct newc *n, const struct newc_entry **ret, struct err *e);
/* Content with its padding, as read: the length of the next piece; 0 when all is read. */
ssize_t newc_data(struct newc *n, const uint8_t **ret, struct err *e);
/*
 * Behind a trailer: skip NULs, *ret of them. 1 when another archive follows, 0 at the
 * end of the stream.
 */
int newc_padding(struct newc *n, uint64_t *ret, struct err *e);
/* Bytes read and used so far. */
uint64_t newc_offset(const struct newc *n);

/* Header, name and padding of an entry made of fields and name; namesize is filled in.
 * The length; -ENAMETOOLONG for a name that is longer, with its NUL, than kernels read.
 */
int newc_format(uint8_t out[NEWC_HEADER + NEWC_NAME_MAX + 4],
		const uint32_t f[NEWC_FIELDS], bool crc, const char *name);
/* Put other values for filesize and check into a raw header, in the style of its digits.
 */
void newc_patch(uint8_t *raw, uint32_t filesize, uint32_t check);
/* Bytes of padding behind n bytes. */
static inline size_t newc_pad(uint64_t n)
{
	return (size_t)(-n & 3);
}
