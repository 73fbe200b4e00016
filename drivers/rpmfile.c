/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "drivers/rpmfile.h"
#include "lib/bytes.h"
#include "lib/digest.h"
#include "lib/strv.h"

#define LEAD	    96
#define ENTRY	    16
#define ENTRIES_MAX 65536
#define DATA_MAX    (64u * 1024 * 1024)
/* The longest of the digests below, SHA-256. */
#define DIGEST_MAX SHA256_DIGEST_SIZE

enum type {
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_BIN = 7,
	TYPE_STRINGS = 8,
	TYPE_I18N = 9,
};

/* --- parts ------------------------------------------------------------------------- */

static bool parse_header(const uint8_t *p, size_t len, struct rpm_header *ret)
{
	size_t n;
	size_t m;

	if (len < ENTRY || memcmp(p, "\x8e\xad\xe8\x01", 4) != 0)
		return false;
	n = be32(p + 8);
	m = be32(p + 12);
	if (n > ENTRIES_MAX || m > DATA_MAX || ENTRY + ENTRY * n + m > len)
		return false;
	*ret = (struct rpm_header){ .start = p,
				    .len = ENTRY + ENTRY * n + m,
				    .n = n,
				    .data = p + ENTRY + ENTRY * n,
				    .data_len = m };
	return true;
}

bool rpm_file_parse(const uint8_t *p, size_t len, struct rpm_file *ret)
{
	struct rpm_file f;
	size_t at = LEAD;

	if (len < LEAD || memcmp(p, "\xed\xab\xee\xdb", 4) != 0 ||
	    !parse_header(p + at, len - at, &f.signature))
		return false;
	at += (f.signature.len + 7) / 8 * 8;
	if (at > len || !parse_header(p + at, len - at, &f.header))
		return false;
	at += f.header.len;
	f.payload = p + at;
	f.payload_len = len - at;
	*ret = f;
	return true;
}

/* --- tags -------------------------------------------------------------------------- */

/* The entry of a tag; NULL: none, or it points out of the data. */
static const uint8_t *find(const struct rpm_header *h, enum rpm_tag tag)
{
	for (size_t i = 0; i < h->n; i++) {
		const uint8_t *p = h->start + ENTRY + ENTRY * i;

		if (be32(p) == tag)
			return be32(p + 8) <= h->data_len ? p : NULL;
	}
	return NULL;
}

bool rpm_header_has(const struct rpm_header *h, enum rpm_tag tag)
{
	return find(h, tag) != NULL;
}

/* len bytes of a tag of that type; NULL. */
static const uint8_t *value(const struct rpm_header *h, enum rpm_tag tag, enum type type,
			    size_t len)
{
	const uint8_t *p = find(h, tag);
	size_t at = p ? be32(p + 8) : 0;

	return p && be32(p + 4) == type && be32(p + 12) && len <= h->data_len - at
		       ? h->data + at
		       : NULL;
}

const char *rpm_header_text(const struct rpm_header *h, enum rpm_tag tag)
{
	const uint8_t *p = value(h, tag, TYPE_STRING, 1) ?:
			   value(h, tag, TYPE_STRINGS, 1) ?:
			   value(h, tag, TYPE_I18N, 1);

	return p && memchr(p, 0, (size_t)(h->data + h->data_len - p)) ? (const char *)p
								      : NULL;
}

int64_t rpm_header_number(const struct rpm_header *h, enum rpm_tag tag)
{
	const uint8_t *p = value(h, tag, TYPE_INT32, 4);

	return p ? (int64_t)be32(p) : -1;
}

const uint8_t *rpm_header_bytes(const struct rpm_header *h, enum rpm_tag tag, size_t len)
{
	const uint8_t *p = find(h, tag);

	return p && be32(p + 12) == len ? value(h, tag, TYPE_BIN, len) : NULL;
}

/* --- digests ----------------------------------------------------------------------- */

enum part {
	HEADER = 1,
	PAYLOAD = 2
};

static const struct {
	const char *name;
	const struct nettle_hash *hash;
	enum rpm_tag tag;
	unsigned int parts;
	bool in_signature; /* header; else in the header itself */
} kinds[] = {
	{ "Header SHA256", &nettle_sha256, RPM_SIG_SHA256, HEADER, true },
	{ "Header SHA1", &nettle_sha1, RPM_SIG_SHA1, HEADER, true },
	{ "Payload SHA256", &nettle_sha256, RPM_PAYLOAD_DIGEST, PAYLOAD, false },
	{ "MD5", &nettle_md5, RPM_SIG_MD5, HEADER | PAYLOAD, true },
};

/* Header and payload lie together. */
static void digest(const struct rpm_file *f, const struct nettle_hash *hash,
		   unsigned int parts, uint8_t out[DIGEST_MAX])
{
	union {
		struct sha256_ctx sha256;
		struct sha1_ctx sha1;
		struct md5_ctx md5;
	} ctx;

	hash->init(&ctx);
	if (parts & HEADER)
		hash->update(&ctx, f->header.len, f->header.start);
	if (parts & PAYLOAD)
		hash->update(&ctx, f->payload_len, f->payload);
	hash->digest(&ctx, hash->digest_size, out);
}

static bool same_hex(const char *hex, const uint8_t *raw, size_t len)
{
	char text[2 * DIGEST_MAX + 1];

	digest_hex(raw, len, text);
	return strcasecmp(hex, text) == 0;
}

/* 1 right, 0 not there, -1 wrong. */
static int compare(const struct rpm_file *f, size_t kind)
{
	const struct rpm_header *h = kinds[kind].in_signature ? &f->signature
							      : &f->header;
	const struct nettle_hash *hash = kinds[kind].hash;
	const char *hex = rpm_header_text(h, kinds[kind].tag);
	const uint8_t *raw = rpm_header_bytes(h, kinds[kind].tag, hash->digest_size);
	uint8_t got[DIGEST_MAX];

	/* 8 is SHA-256; another kind of digest is none. */
	if (!rpm_header_has(h, kinds[kind].tag) ||
	    (kinds[kind].tag == RPM_PAYLOAD_DIGEST &&
	     rpm_header_number(h, RPM_PAYLOAD_DIGEST_KIND) != 8))
		return 0;
	digest(f, hash, kinds[kind].parts, got);
	if (hex)
		return same_hex(hex, got, hash->digest_size) ? 1 : -1;
	return raw && !memcmp(raw, got, hash->digest_size) ? 1 : -1;
}

int rpm_file_digests(const struct rpm_file *f, struct err *e)
{
	unsigned int have = 0;

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		int k = compare(f, i);

		if (k < 0)
			return err_set(e, EINVAL, "%s digest: BAD", kinds[i].name);
		if (k > 0)
			have |= kinds[i].parts;
	}
	if (have == (HEADER | PAYLOAD))
		return 0;
	return err_set(e, EINVAL, "%s digest: NOTFOUND",
		       have & HEADER ? "Payload" : "Header");
}
