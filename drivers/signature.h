/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who signed a bundle: OpenPGP keys and signatures, judged by librpm
 * (signature_librpm.c). In a build without it (signature_none.c) no key can be read, and
 * so nothing that must be checked passes.
 */
#pragma once

#include <stdbool.h>

#include "lib/err.h"

/* Whether this build checks signatures. */
extern const bool signatures_are_checked;

struct keys {
	const char *folder;	   /* borrowed */
	struct rpmKeyring_s *ring; /* librpm's */
};

/*
 * All keys of a folder's files *.asc and *.gpg, armoured or not. A file that cannot be
 * read, or holds anything but public keys, is an error that names it, and so is a folder
 * without keys, and a key that was revoked. That a key has expired is not looked at.
 * -ENOTSUP: this build checks no signatures.
 */
int keys_read(const char *folder, struct keys *ret, struct err *e);
void keys_done(struct keys *k);
#define _cleanup_keys_ _cleanup_(keys_done)

/* A file that is signed, in memory. */
struct signed_file {
	const char *name; /* "SHA256SUMS" */
	const char *data;
	size_t len;
};

/*
 * Is the detached signature (a NUL follows its len bytes) of this file, by one of these
 * keys? 0 and the signature in words, which the caller frees; or -EINVAL, with what is
 * wrong and no name before it.
 */
int signature_check(const char *sig, size_t len, const struct signed_file *f,
		    const struct keys *keys, char **ret, struct err *e);
