/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our order of versions is librpm's: all pairs of short texts, and many long ones. */
#include <rpm/rpmver.h>
#include <stdlib.h>
#include <string.h>

#include "guest/version.h"
#include "tests/unit/tap.h"

static const char *const tokens[] = { "0", "1",	 "01", "10", "a", "ab",	 "Z",
				      ".", "-.", "~",  "^",  "+", "\xc3" };
#define TOKENS (sizeof(tokens) / sizeof(*tokens))

static unsigned long pairs;
static unsigned long wrong;

static void compare(const char *a, const char *b)
{
	int ours = version_cmp(a, b);
	int theirs = rpmvercmp(a, b);

	pairs++;
	if ((ours > 0) == (theirs > 0) && (ours < 0) == (theirs < 0))
		return;
	if (++wrong <= 10)
		printf("# '%s' '%s': %d, librpm says %d\n", a, b, ours, theirs);
}

/* The text of a number: its digits to the base of the tokens, and fewer for less. */
static void text(unsigned long n, char *out)
{
	*out = '\0';
	for (; n; n /= TOKENS + 1)
		if (n % (TOKENS + 1))
			strcat(out, tokens[n % (TOKENS + 1) - 1]);
}

int main(void)
{
	const unsigned long all = 14 * 14 * 14;
	char a[64];
	char b[64];

	for (unsigned long i = 0; i < all; i++)
		for (unsigned long k = 0; k < i; k += 1 + i % 3) {
			text(i, a);
			text(k, b);
			compare(a, b);
		}
	srand(1);
	for (int i = 0; i < 500000; i++) {
		*a = *b = '\0';
		for (int k = 0; k < 12; k++) {
			const char *t = tokens[(size_t)rand() % TOKENS];

			/* Mostly alike, or the first token would decide */
			strcat(a, t);
			strcat(b, rand() % 8 ? t : tokens[(size_t)rand() % TOKENS]);
		}
		compare(a, b);
	}
	ok(wrong == 0, "%lu of %lu pairs in another order than librpm's", wrong, pairs);
	return tap_done();
}
