/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator of this system asks of bundles: a text file of lines such as
 *
 *	bundle-signature required
 *	keys /etc/xenpv/keys
 *
 * It is never a file of the guest, unless that is the system that runs the command.
 */
#pragma once

#include "lib/err.h"

#define POLICY_FILE SYSCONFDIR "/xenpv/policy"
#define POLICY_KEYS SYSCONFDIR "/xenpv/keys"

enum policy_signature {
	SIGNATURE_UNASKED,  /* nothing is checked */
	SIGNATURE_OPTIONAL, /* one that is there must be good */
	SIGNATURE_REQUIRED, /* and one must be there */
};

struct policy {
	char *file; /* that said so; NULL: there is none */
	enum policy_signature signature;
	char *keys; /* folder; POLICY_KEYS by default */
};

/*
 * Read a file, by the caller's own path; NULL: the default one, which need not exist. A
 * negative errno with a sentence that names file and line.
 */
int policy_read(const char *path, struct policy *ret, struct err *e);
/* The same from its text; name is the file's, for the policy and its errors. */
int policy_parse(const char *text, size_t len, const char *name, struct policy *ret,
		 struct err *e);
void policy_done(struct policy *p);
