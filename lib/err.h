/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as values. A fallible function returns >= 0 or a negative errno, and
 * leaves in *e one sentence that names the file and what is wrong with it. After a
 * success *e means nothing: what was tried and is optional may have left a sentence.
 * Only cli/ prints it. Every function accepts e == NULL.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "lib/cleanup.h"

struct err {
	int code;  /* errno, positive; 0 = no error */
	char *msg; /* owned; no newline at the end */
};

#define ERR_INIT      ((struct err){ 0 })
#define _cleanup_err_ _cleanup_(err_done)

/* Release the message and return to "no error". */
void err_done(struct err *e);

/*
 * Set the error, replacing an earlier one: code is an errno of either sign, the
 * sentence is formatted as by printf. Returns -|code|, for `return err_set(...)`.
 */
int err_set(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with ": strerror(code)" at the end. */
int err_errno(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "context: " before the sentence. Returns -code of the error held; without an e to
 * hold it -EIO, so that whoever asks for the code has one. */
int err_context(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* -ENOMEM, with its sentence. */
int err_nomem(struct err *e);

/* -errno behind a call that failed: never 0, which would be a success. */
static inline int negative_errno(void)
{
	int code = errno;

	return code > 0 ? -code : -EIO;
}

/* The sentence, never NULL. */
const char *err_text(const struct err *e);
