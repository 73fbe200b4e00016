/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP for unit tests: ok() each fact, end with `return tap_done();`. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

static inline __attribute__((format(printf, 2, 3))) bool ok(bool good, const char *fmt,
							    ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

/* Equal strings (NULL equals NULL only), with both shown when they differ. */
static inline bool is(const char *got, const char *want, const char *what)
{
	bool good = got && want ? strcmp(got, want) == 0 : got == want;

	ok(good, "%s", what);
	if (!good)
		printf("#   got: %s\n#  want: %s\n", got ? got : "(null)",
		       want ? want : "(null)");
	return good;
}

static inline bool is_int(long long got, long long want, const char *what)
{
	ok(got == want, "%s", what);
	if (got != want)
		printf("#   got: %lld\n#  want: %lld\n", got, want);
	return got == want;
}

static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, what, why);
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}
