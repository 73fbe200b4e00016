/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/newc.h"
#include "lib/strv.h"

#define BUFFER ((size_t)256 * 1024)

struct newc {
	struct unpack *stream;
	char *label;
	uint8_t *buf;
	size_t at, len;
	uint64_t base; /* offset of buf[0] in the stream */
	uint64_t left; /* of the current entry's content and padding */
	struct newc_entry entry;
};

int newc_open(struct newc **ret, struct unpack *stream, const char *label, struct err *e)
{
	struct newc *n = calloc(1, sizeof(*n));

	if (!n)
		return err_nomem(e);
	n->stream = stream;
	n->label = strdup(label);
	n->buf = malloc(BUFFER);
	if (!n->label || !n->buf) {
		newc_free(n);
		return err_nomem(e);
	}
	*ret = n;
	return 0;
}

void newc_free(struct newc *n)
{
	if (!n)
		return;
	free(n->label);
	free(n->buf);
	free(n);
}

uint64_t newc_offset(const struct newc *n)
{
	return n->base + n->at;
}

static ssize_t refill(struct newc *n, struct err *e)
{
	ssize_t got;

	n->base += n->at;
	n->len -= n->at;
	memmove(n->buf, n->buf + n->at, n->len);
	n->at = 0;
	got = unpack_read(n->stream, n->buf + n->len, BUFFER - n->len, e);
	if (got > 0)
		n->len += (size_t)got;
	return got;
}

static int cut_short(const struct newc *n, struct err *e)
{
	return err_set(e, EINVAL, "%s: its cpio archive is cut short at byte %llu",
		       n->label, (unsigned long long)n->base + n->len);
}

/* Have want bytes (at most a header and a name) in the buffer. */
static int need(struct newc *n, size_t want, struct err *e)
{
	while (n->len - n->at < want) {
		ssize_t got = refill(n, e);

		if (got <= 0)
			return got < 0 ? (int)got : cut_short(n, e);
	}
	return 0;
}

bool newc_parse(const uint8_t raw[NEWC_HEADER], uint32_t f[NEWC_FIELDS], bool *ret_crc)
{
	if (memcmp(raw, "07070", 5) || (raw[5] != '1' && raw[5] != '2'))
		return false;
	for (size_t i = 6; i < NEWC_HEADER; i++)
		if (!isxdigit(raw[i]))
			return false;
	for (size_t i = 0; i < NEWC_FIELDS; i++) {
		char digits[9] = { 0 };

		memcpy(digits, raw + 6 + 8 * i, 8);
		f[i] = (uint32_t)strtoul(digits, NULL, 16);
	}
	*ret_crc = raw[5] == '2';
	return f[NEWC_NAMESIZE] > 0 && f[NEWC_NAMESIZE] <= NEWC_NAME_MAX;
}

int newc_next(struct newc *n, const struct newc_entry **ret, struct err *e)
{
	struct newc_entry *x = &n->entry;
	const uint8_t *skipped;
	ssize_t got;
	int r;

	while ((got = newc_data(n, &skipped, e)) > 0)
		;
	if (got < 0)
		return (int)got;
	r = need(n, NEWC_HEADER, e);
	if (r < 0)
		return r;
	if (!newc_parse(n->buf + n->at, x->f, &x->crc))
		return err_set(e, EINVAL, "%s: no good cpio header (newc) at byte %llu",
			       n->label, (unsigned long long)newc_offset(n));
	x->raw_len = NEWC_HEADER + x->f[NEWC_NAMESIZE];
	x->raw_len += newc_pad(x->raw_len);
	r = need(n, x->raw_len, e);
	if (r < 0)
		return r;
	memcpy(x->raw, n->buf + n->at, x->raw_len);
	memcpy(x->name, x->raw + NEWC_HEADER, x->f[NEWC_NAMESIZE]);
	x->name[x->f[NEWC_NAMESIZE]] = '\0';
	x->trailer = streq(x->name, "TRAILER!!!");
	n->at += x->raw_len;
	n->left = x->f[NEWC_FILESIZE];
	n->left += newc_pad(n->left);
	*ret = x;
	return 1;
}

ssize_t newc_data(struct newc *n, const uint8_t **ret, struct err *e)
{
	size_t have;

	if (!n->left)
		return 0;
	if (n->at == n->len) {
		ssize_t got = refill(n, e);

		if (got <= 0)
			return got < 0 ? got : cut_short(n, e);
	}
	have = n->len - n->at;
	if (have > n->left)
		have = (size_t)n->left;
	*ret = n->buf + n->at;
	n->at += have;
	n->left -= have;
	return (ssize_t)have;
}

int newc_padding(struct newc *n, uint64_t *ret, struct err *e)
{
	uint64_t from = newc_offset(n);

	for (;;) {
		ssize_t got;

		while (n->at < n->len && !n->buf[n->at])
			n->at++;
		*ret = newc_offset(n) - from;
		if (n->at < n->len)
			return 1;
		got = refill(n, e);
		if (got <= 0)
			return (int)got;
	}
}

int newc_format(uint8_t out[NEWC_HEADER + NEWC_NAME_MAX + 4],
		const uint32_t f[NEWC_FIELDS], bool crc, const char *name)
{
	size_t name_len = strlen(name) + 1;
	size_t len = NEWC_HEADER + name_len;
	char field[9];

	if (name_len > NEWC_NAME_MAX)
		return -ENAMETOOLONG;
	/* A magic number, no string. */
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(out, crc ? "070702" : "070701", 6);
	for (size_t i = 0; i < NEWC_FIELDS; i++) {
		snprintf(field, sizeof(field), "%08X",
			 i == NEWC_NAMESIZE ? (uint32_t)name_len : f[i]);
		memcpy(out + 6 + 8 * i, field, 8);
	}
	memcpy(out + NEWC_HEADER, name, name_len);
	memset(out + len, 0, newc_pad(len));
	return (int)(len + newc_pad(len));
}

static void patch(uint8_t *raw, enum newc_field i, uint32_t value, bool lower)
{
	char field[9];

	if (lower)
		snprintf(field, sizeof(field), "%08x", value);
	else
		snprintf(field, sizeof(field), "%08X", value);
	memcpy(raw + 6 + 8 * i, field, 8);
}

void newc_patch(uint8_t *raw, uint32_t filesize, uint32_t check)
{
	bool lower = false;

	for (size_t i = 6; i < NEWC_HEADER; i++)
		lower = lower || islower(raw[i]);
	patch(raw, NEWC_FILESIZE, filesize, lower);
	patch(raw, NEWC_CHECK, check, lower);
}
