/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "guest/version.h"

#define DIGITS	"0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Compare two runs of characters as text. */
static int text_cmp(const char *a, size_t n, const char *b, size_t m)
{
	int cmp = memcmp(a, b, n < m ? n : m);

	if (cmp || n == m)
		return cmp;
	return n < m ? -1 : 1;
}

/* Of numbers without leading zeros the longer one is larger. */
static int number_cmp(const char *a, size_t n, const char *b, size_t m)
{
	size_t zeros = strspn(a, "0");

	a += zeros;
	n -= zeros;
	zeros = strspn(b, "0");
	b += zeros;
	m -= zeros;
	if (n != m)
		return n < m ? -1 : 1;
	return memcmp(a, b, n);
}

/* Compare the runs that both begin with, and go behind them. */
static int run_cmp(const char **a, const char **b)
{
	bool number = strspn(*a, DIGITS) > 0;
	const char *set = number ? DIGITS : LETTERS;
	size_t n = strspn(*a, set);
	size_t m = strspn(*b, set);
	int cmp;

	if (!m)
		return number ? 1 : -1;
	cmp = number ? number_cmp(*a, n, *b, m) : text_cmp(*a, n, *b, m);
	*a += n;
	*b += m;
	return cmp;
}

/* '~' comes before everything, the end included; '^' comes after the end, and before all
 * else. *sign: both have one, and were moved behind it. */
static int sign_cmp(const char **a, const char **b, bool *sign)
{
	*sign = **a == **b && (**a == '~' || **a == '^');
	if (*sign) {
		(*a)++;
		(*b)++;
		return 0;
	}
	if (**a == '~' || **b == '~')
		return **a == '~' ? -1 : 1;
	if (**a == '^')
		return **b ? -1 : 1;
	if (**b == '^')
		return **a ? 1 : -1;
	return 0;
}

int version_cmp(const char *a, const char *b)
{
	for (;;) {
		bool sign;
		int cmp;

		a += strcspn(a, DIGITS LETTERS "~^");
		b += strcspn(b, DIGITS LETTERS "~^");
		cmp = sign_cmp(&a, &b, &sign);
		if (cmp)
			return cmp;
		if (sign)
			continue;
		if (!*a || !*b)
			return (*a != 0) - (*b != 0);
		cmp = run_cmp(&a, &b);
		if (cmp)
			return cmp;
	}
}
