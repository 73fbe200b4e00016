/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl's language: where values stand, and what is refused, with its line. */
#include "host/xltext.h"
#include "lib/strv.h"
#include "tests/unit/tap.h"

static void test_positions(void)
{
	static const char text[] = "# c\nname = 'a b'; mem=0x1f\n"
				   "disk = [ \"x\\\"y\", # \"no\n\n 'z', 12 , ]\n"
				   "disk += [ [ ']', [ 1 ] ], 's' ]\n;\ne=[]# end";
	static const struct {
		size_t set, item;
		const char *raw, *value;
		size_t line;
		bool escaped, list;
	} rows[] = {
		{ 0, 0, "a b", "a b", 2, false, false },
		{ 1, 0, "0x1f", "0x1f", 2, false, false },
		{ 2, 0, "x\\\"y", "x\"y", 3, true, false },
		{ 2, 1, "z", "z", 5, false, false },
		{ 2, 2, "12", "12", 5, false, false },
		{ 3, 0, "[ ']', [ 1 ] ]", "[ ']', [ 1 ] ]", 6, false, true },
		{ 3, 1, "s", "s", 6, false, false },
	};
	struct xltext t;
	_cleanup_err_ struct err e = ERR_INIT;

	if (!is_int(xltext_parse(text, strlen(text), "F", &t, &e), 0, "it is read"))
		return;
	is_int((long long)t.n, 5, "five settings");
	is(t.v[3].name, "disk", "by name");
	ok(t.v[3].add && !t.v[2].add, "+= is told from =");
	ok(t.v[2].list && !t.v[0].list, "lists are told from single values");
	is_int((long long)t.v[2].n, 3, "a comma at a list's end adds nothing");
	is_int((long long)t.v[4].n, 0, "an empty list is empty");
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct xlitem *x = &t.v[rows[i].set].items[rows[i].item];

		ok(x->len == strlen(rows[i].raw) &&
			   strncmp(text + x->at, rows[i].raw, x->len) == 0 &&
			   streq(x->value, rows[i].value) && x->line == rows[i].line &&
			   x->escaped == rows[i].escaped && x->list == rows[i].list,
		   "%s in line %zu", rows[i].raw, rows[i].line);
	}
	xltext_done(&t);
}

static void test_refusals(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a = 1\nimport os\n", "F:2: NAME = VALUE is wanted, not 'import os' "
					"(Python is not read)" },
		{ "a = b + 1", "F:1: a string, a number or a list is wanted, not "
			       "'b + 1' (Python is not read)" },
		{ "a = 'b' + 'c'\n", "F:1: the end of the line is wanted, not "
				     "'+ 'c'' (Python is not read)" },
		{ "\n\na = [ 'b',\n", "F:4: a string, a number or a list is wanted, not "
				      "the end of the file" },
		{ "a = [ 'b' 'c' ]", "F:1: ',' or ']' is wanted, not ''c' ]' (Python is "
				     "not read)" },
		{ "a = [ 1,, 2 ]", "F:1: a string, a number or a list is wanted, not "
				   "', 2 ]' (Python is not read)" },
		{ "a = 'b\n'", "F:1: a string that ends in its line is wanted, not ''b' "
			       "(Python is not read)" },
		{ "a =\n1", "F:1: a string, a number or a list is wanted, not the end of "
			    "the line" },
		{ "a = 1 b = 2",
		  "F:1: the end of the line is wanted, not 'b = 2' (Python "
		  "is not read)" },
		{ "a = '\\x41'", "F:1: \\x in a string is not understood" },
		{ "a = '\\101'", "F:1: \\1 in a string is not understood" },
		{ "Big = 1", "F:1: NAME = VALUE is wanted, not 'Big = 1' (Python is not "
			     "read)" },
		{ "a = 1\r\n", "F:1: the end of the line is wanted, not '\r' (Python is "
			       "not read)" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct xltext t = { 0 };
		_cleanup_err_ struct err e = ERR_INIT;
		int k = xltext_parse(rows[i].text, strlen(rows[i].text), "F", &t, &e);

		is(k == -EINVAL ? err_text(&e) : "taken", rows[i].want, rows[i].want);
		xltext_done(&t);
	}
}

static void test_limits(void)
{
	_cleanup_strv_ struct strv many = { 0 };
	_cleanup_free_ char *text = NULL;
	struct xltext t = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;

	is_int(xltext_parse("a=\0", 3, "F", &t, &e), -EINVAL, "a NUL byte is refused");
	for (size_t i = 0; i < 2001; i++)
		strv_add(&many, "a=1");
	text = strv_join(&many, "\n");
	is_int(xltext_parse(text, strlen(text), "F", &t, &e), -E2BIG,
	       "more settings than any guest has are refused");
	is(err_text(&e), "F:2001: more than 2000 settings", "with the line");
}

int main(void)
{
	test_positions();
	test_refusals();
	test_limits();
	return tap_done();
}
