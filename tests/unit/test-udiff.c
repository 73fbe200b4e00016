/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judge: diff -u of the same texts. */
#include <sys/wait.h>

#include "lib/udiff.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* What diff says, its file names and times replaced; NULL: there is no diff here. */
static char *judge(struct tree *t, const char *old, const char *new)
{
	_cleanup_free_ char *a = tree_name(t, "/old");
	_cleanup_free_ char *b = tree_name(t, "/new");
	_cleanup_free_ char *cmd = NULL;
	_cleanup_free_ char *out = NULL;
	size_t len = 0;
	FILE *p;
	FILE *f;
	int c;

	tree_put(t, "/old", old ?: "");
	tree_put(t, "/new", new);
	cmd = strf("diff -u --label %s --label new %s %s", old ? "old" : "/dev/null",
		   old ? a : "/dev/null", b);
	p = popen(cmd, "r");
	f = open_memstream(&out, &len);
	while ((c = fgetc(p)) != EOF)
		fputc(c, f);
	fclose(f);
	c = pclose(p);
	return WIFEXITED(c) && WEXITSTATUS(c) <= 1 ? TAKE_PTR(out) : NULL;
}

static bool agrees(struct tree *t, const char *old, const char *new, bool say)
{
	_cleanup_free_ char *want = judge(t, old, new);
	_cleanup_free_ char *got = NULL;
	int k = udiff("old", old, "new", new, &got, NULL);

	if (k == 0 && streq(got, want))
		return true;
	if (say)
		printf("# got:\n%s# want:\n%s", got ?: "(none)\n", want ?: "(none)\n");
	return false;
}

static const struct pair {
	const char *what, *old, *new;
} pairs[] = {
	{ "equal", "a\nb\n", "a\nb\n" },
	{ "both empty", "", "" },
	{ "a new file", NULL, "a\nb\n" },
	{ "a new file of one line without newline", NULL, "a" },
	{ "to nothing", "a\nb\n", "" },
	{ "from nothing", "", "a\n" },
	{ "one word", "x\nalias eth0 8139cp\ny\n", "x\nalias eth0 xen-vnif\ny\n" },
	{ "a newline comes", "a\nb", "a\nb\n" },
	{ "a newline goes", "a\nb\n", "a\nb" },
	{ "no newline in the context", "a\nb\nc", "x\nb\nc" },
	{ "no newline on both", "a\nb", "a\nc" },
	{ "appended", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n6\n7\n" },
	{ "put before", "1\n2\n3\n4\n5\n6\n", "0\n1\n2\n3\n4\n5\n6\n" },
	{ "two hunks", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n" },
	{ "two changes in one hunk", "1\n2\n3\n4\n5\n6\n7\n8\n",
	  "x\n2\n3\n4\n5\n6\n7\ny\n" },
	{ "a repeated line", "a\na\na\n", "a\na\na\na\n" },
	{ "a block doubled", "{\nx\n}\n\n{\ny\n}\n", "{\nx\n}\n\n{\nz\n}\n\n{\ny\n}\n" },
	{ "blank lines", "\n\n\na\n\n\n", "\n\na\n\n\n\nb\n" },
	{ "bytes that are no UTF-8", "\xff\n\xfe\n", "\xff\nx\xfe\n" },
};

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/*
 * A configuration file of up to 60 lines of which some are equal, and the same with a
 * few lines changed, added and removed, as an edit of ours is.
 */
static void sample(char **ret_old, char **ret_new)
{
	uint32_t lines = rnd(60);
	uint32_t edits = 1 + rnd(4);
	size_t len;
	FILE *a = open_memstream(ret_old, &len);
	FILE *b = open_memstream(ret_new, &len);

	for (uint32_t i = 0; i < lines; i++) {
		uint32_t kind = rnd(6);
		char line[64];

		snprintf(line, sizeof(line), "line %u", kind == 0 ? rnd(4) : i + 10);
		if (kind == 1)
			strcpy(line, "");
		if (kind == 2)
			strcpy(line, "#");
		fprintf(a, "%s\n", line);
		if (rnd(lines) < edits) {
			uint32_t how = rnd(3);

			if (how == 0)
				continue;
			fprintf(b, "edited %u\n", i);
			if (how == 1)
				continue;
		}
		fprintf(b, i + 1 == lines && rnd(5) == 0 ? "%s" : "%s\n", line);
	}
	fclose(a);
	fclose(b);
}

static void test_random(struct tree *t)
{
	int good = 0;
	int all = 200;

	for (int i = 0; i < all; i++) {
		_cleanup_free_ char *old = NULL;
		_cleanup_free_ char *new = NULL;

		sample(&old, &new);
		good += agrees(t, old, new, true);
	}
	is_int(good, all, "edits of random files, as diff -u shows them");
}

/* Nothing in common but the same two lines: the search gives up in time. */
static void test_bound(void)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_free_ char *new = NULL;
	_cleanup_free_ char *out = NULL;
	size_t len;
	FILE *a = open_memstream(&old, &len);
	FILE *b = open_memstream(&new, &len);

	for (int i = 0; i < 300000; i++) {
		fprintf(a, "%u\n", rnd(1000));
		fprintf(b, "%u\n", rnd(1000));
	}
	fclose(a);
	fclose(b);
	is_int(udiff("a", old, "b", new, &out, NULL), 0,
	       "two long texts that differ everywhere");
	ok(out && strlen(out) > len, "are shown: %zu bytes", out ? strlen(out) : 0);
}

int main(void)
{
	_cleanup_free_ char *probe = NULL;
	struct tree t;

	tree_init(&t);
	probe = judge(&t, "", "");
	if (probe) {
		for (size_t i = 0; i < ELEMENTSOF(pairs); i++)
			ok(agrees(&t, pairs[i].old, pairs[i].new, true), "%s",
			   pairs[i].what);
		test_random(&t);
	} else {
		skip("as diff -u", "no diff here");
	}
	test_bound();
	tree_done(&t);
	return tap_done();
}
