/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions in rpm's order. */
#include "guest/version.h"
#include "tests/unit/tap.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int main(void)
{
	/* Each is later than the one before. */
	static const char *const order[] = {
		"~",
		"",
		"^",
		"a",
		"b",
		"0",
		"1.0~rc1",
		"1.0~rc1^git2",
		"1.0~rc2",
		"1.0",
		"1.0^git1",
		"1.0^git1.1",
		"1.0a",
		"1.0.1",
		"1.1",
		"1.9",
		"1.10",
		"2.6.9-89.EL",
		"2.6.18-8.el5",
		"2.6.18-53.el5",
		"2.6.18-53.1.4.el5",
		"2.6.18-128.el5",
		"20050101",
	};
	static const char *const same[][2] = {
		{ "1.0", "1.0" },  { "1.0", "1_0" },   { "1.0", "1..0" },
		{ "007", "7" },	   { "1.0", ".1.0" },  { "1a2", "1.a.2" },
		{ "1.0", "1.0." }, { "1-0~", "1.0~" }, { "00.0", "0.0000" },
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++)
			ok(sign(version_cmp(order[i], order[k])) == (i > k) - (i < k),
			   "'%s' and '%s'", order[i], order[k]);
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		ok(version_cmp(same[i][0], same[i][1]) == 0 &&
			   version_cmp(same[i][1], same[i][0]) == 0,
		   "'%s' is '%s'", same[i][0], same[i][1]);
	return tap_done();
}
