/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A build without librpm: nothing judges signatures, and nothing passes for one. */
#include "drivers/signature.h"

const bool signatures_are_checked = false;

int keys_read(const char *folder, struct keys *ret, struct err *e)
{
	return err_set(
		e, ENOTSUP,
		"%s: this build of xenpv checks no signatures; use one with librpm",
		folder);
}

void keys_done(struct keys *k)
{
	*k = (struct keys){ 0 };
}

int signature_check(const char *sig, size_t len, const struct signed_file *f,
		    const struct keys *keys, char **ret, struct err *e)
{
	return err_set(e, ENOTSUP, "this build of xenpv checks no signatures");
}
