/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outside of OpenPGP files (RFC 9580): ASCII armour and packets. What is in the
 * packets is librpm's to read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The packets of a file of len bytes, which a NUL follows: it is binary, or armoured as a
 * block of this kind, "SIGNATURE" or "PUBLIC KEY BLOCK". 0 and memory of the caller, or
 * -EINVAL, -ENOMEM.
 */
int openpgp_unwrap(const char *text, size_t len, const char *kind, uint8_t **ret,
		   size_t *ret_len);

enum openpgp_tag {
	OPENPGP_SIGNATURE = 2,
	OPENPGP_PUBLIC_KEY = 6,
};

enum openpgp_signature {
	OPENPGP_OF_BYTES = 0x00, /* of a file, byte for byte */
	OPENPGP_KEY_REVOKED = 0x20,
	OPENPGP_SUBKEY_REVOKED = 0x28,
};

struct openpgp_packet {
	unsigned int tag;
	const uint8_t *body;
	size_t len;
	size_t whole; /* with the header */
};

/* The first packet of these bytes; false: there is no whole one. */
bool openpgp_packet(const uint8_t *p, size_t len, struct openpgp_packet *ret);

/* What kind of signature a packet is; -1: none, or none of version 3 or 4. */
int openpgp_signature_kind(const struct openpgp_packet *p);
