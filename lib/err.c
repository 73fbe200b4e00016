/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

void err_done(struct err *e)
{
	if (!e)
		return;
	free(e->msg);
	e->msg = NULL;
	e->code = 0;
}

static __attribute__((format(printf, 3, 0))) void set_v(struct err *e, int code,
							const char *fmt, va_list ap)
{
	char *msg = NULL;

	if (!e)
		return;
	/* The old message may be among the arguments: format before freeing. */
	if (vasprintf(&msg, fmt, ap) < 0)
		msg = NULL;
	free(e->msg);
	e->msg = msg;
	e->code = code;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	code = abs(code);
	va_start(ap, fmt);
	set_v(e, code, fmt, ap);
	va_end(ap);
	return -code;
}

int err_errno(struct err *e, int code, const char *fmt, ...)
{
	_cleanup_free_ char *msg = NULL;
	va_list ap;

	code = abs(code);
	va_start(ap, fmt);
	if (vasprintf(&msg, fmt, ap) < 0)
		msg = NULL;
	va_end(ap);
	return err_set(e, code, "%s: %s", msg ?: "out of memory", strerror(code));
}

int err_context(struct err *e, const char *fmt, ...)
{
	_cleanup_free_ char *context = NULL;
	va_list ap;

	if (!e)
		return -EIO;
	va_start(ap, fmt);
	if (vasprintf(&context, fmt, ap) < 0)
		context = NULL;
	va_end(ap);
	if (!context)
		return -e->code;
	return err_set(e, e->code, "%s: %s", context, err_text(e));
}

int err_nomem(struct err *e)
{
	return err_set(e, ENOMEM, "out of memory");
}

const char *err_text(const struct err *e)
{
	if (!e || !e->code)
		return "no error";
	return e->msg ?: strerror(e->code);
}
