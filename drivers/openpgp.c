/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <nettle/base64.h>

#include "drivers/openpgp.h"
#include "lib/strv.h"

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r")] == '\n';
}

/*
 * -----BEGIN PGP SIGNATURE-----
 * Comment: any number of such lines
 *
 * iQIzBAABCgAdFiEE…                  the packets in base64
 * =njUN                              their CRC, which may be left out
 * -----END PGP SIGNATURE-----
 */
int openpgp_unwrap(const char *text, size_t len, const char *kind, uint8_t **ret,
		   size_t *ret_len)
{
	_cleanup_free_ char *begin = strf("-----BEGIN PGP %s-----", kind);
	_cleanup_free_ uint8_t *out = malloc(len + 4);
	struct base64_decode_ctx ctx;
	const char *p;
	size_t at = 0;

	if (!begin || !out)
		return -ENOMEM;
	if (*text & 0x80) {
		memcpy(out, text, len);
		*ret_len = len;
		*ret = TAKE_PTR(out);
		return 0;
	}
	p = strstr(text, begin);
	while (p && *p && !is_blank(p))
		p = line_next(p);
	base64_decode_init(&ctx);
	for (p = p ?: ""; *p && *p != '-'; p = line_next(p)) {
		size_t n = BASE64_DECODE_LENGTH(strcspn(p, "\n"));

		if (*p != '=' &&
		    !base64_decode_update(&ctx, &n, out + at, strcspn(p, "\n"), p))
			return -EINVAL;
		at += *p == '=' ? 0 : n;
	}
	if (*p != '-' || !base64_decode_final(&ctx))
		return -EINVAL;
	*ret_len = at;
	*ret = TAKE_PTR(out);
	return 0;
}

static size_t big_endian(const uint8_t *p, size_t n)
{
	size_t value = 0;

	while (n--)
		value = value << 8 | *p++;
	return value;
}

/*
 * Header of a packet, two formats. The old one:
 *
 *	1 0 tag tag tag tag n n		2^n bytes of length follow; n = 3: no length
 *
 * The new one, by the first byte of the length:
 *
 *	1 1 tag tag tag tag tag tag	below 192	the length
 *					below 224	of two bytes, above those of one
 *					255		of the four bytes that follow
 *					others		in parts: no key or signature
 */
bool openpgp_packet(const uint8_t *p, size_t len, struct openpgp_packet *ret)
{
	size_t head;
	size_t n;

	if (len < 6 || !(p[0] & 0x80))
		return false;
	if (!(p[0] & 0x40)) {
		ret->tag = p[0] >> 2 & 15;
		head = 1 + ((size_t)1 << (p[0] & 3));
		if (head > 5)
			return false;
		n = big_endian(p + 1, head - 1);
	} else {
		ret->tag = p[0] & 63;
		head = p[1] < 192 ? 2 : p[1] < 224 ? 3 : 6;
		if (p[1] >= 224 && p[1] != 255)
			return false;
		n = head == 2	? p[1]
		    : head == 3 ? big_endian(p + 1, 2) - (192 << 8) + 192
				: big_endian(p + 2, 4);
	}
	if (n > len - head)
		return false;
	ret->body = p + head;
	ret->len = n;
	ret->whole = head + n;
	return true;
}

int openpgp_signature_kind(const struct openpgp_packet *p)
{
	if (p->tag != OPENPGP_SIGNATURE || p->len < 3)
		return -1;
	if (p->body[0] == 4)
		return p->body[1];
	return p->body[0] == 3 ? p->body[2] : -1;
}
