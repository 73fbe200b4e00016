/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/fold.h"
#include "tests/unit/tap.h"

static void test_fold(void)
{
	static const struct {
		const char *text;
		size_t width;
		const char *want;
	} rows[] = {
		{ "", 5, "" },
		{ "one two", 7, "one two" },
		{ "one two", 6, "one\ntwo" },
		{ "one two three", 9, "one two\nthree" },
		{ "a  b", 4, "a  b" },
		{ "a  b", 3, "a\nb" },
		{ " a", 1, " \na" },
		{ "one ", 3, "one\n" },
		{ "/boot/grub/grub.conf", 8, "/boot/gr\nub/grub.\nconf" },
		{ "in /boot/grub/grub.conf, twice", 10,
		  "in\n/boot/grub\n/grub.conf\n, twice" },
		{ "ä ö ü", 3, "ä ö\nü" },
		{ "日本 語", 4, "日本\n語" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *got = fold(rows[i].text, rows[i].width);

		is(got, rows[i].want, rows[i].text);
	}
}

static void test_width(void)
{
	is_int((long long)fold_width("plain"), 5, "a column for each letter");
	is_int((long long)fold_width("日本"), 4, "two for a wide one");
	is_int((long long)fold_width("a\xff\x01"), 9, "four for each byte that is none");
	is_int((long long)fold_width("\xe6\x97"), 8, "also at the end");
	setlocale(LC_CTYPE, "C");
	is_int((long long)fold_width("ä"), 8, "and in a locale that has no such letter");
}

static void test_share(void)
{
	size_t fits[] = { 3, 10, 5 };
	size_t one[] = { 3, 100 };
	size_t all[] = { 90, 80, 4 };

	fold_share(fits, 3, 18);
	ok(fits[0] == 3 && fits[1] == 10 && fits[2] == 5, "what fits is as it is");
	fold_share(one, 2, 20);
	ok(one[0] == 3 && one[1] == 17, "a long one gets what a short one leaves");
	fold_share(all, 3, 24);
	ok(all[0] == 10 && all[1] == 10 && all[2] == 4, "and two of them half of it");
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	test_fold();
	test_share();
	test_width();
	return tap_done();
}
