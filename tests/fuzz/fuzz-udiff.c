/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input is two texts with a NUL byte between them. The diff, applied to the first by
 * a few lines here, must give the second; equal texts have an empty diff.
 */
#include "lib/udiff.h"
#include "tests/fuzz/fuzz.h"

/* One line of a diff, without its sign; *end is behind it. A mark takes its newline away.
 */
static size_t body(const char *p, const char **end)
{
	static const char mark[] = "\\ No newline at end of file\n";
	const char *nl = strchr(p, '\n');

	check(nl != NULL);
	*end = nl + 1;
	if (strncmp(nl + 1, mark, strlen(mark)) != 0)
		return (size_t)(nl - p); /* with the newline, as p has the sign */
	*end += strlen(mark);
	return (size_t)(nl - p) - 1;
}

static void take(const char **old, const char *text, size_t len)
{
	check(strncmp(*old, text, len) == 0);
	*old += len;
}

static void apply(const char *diff, const char *old, const char *new)
{
	const char *start = old;
	const char *p = strchr(strchr(diff, '\n') + 1, '\n') +
			1; /* behind the two names */
	size_t line = 0;

	while (*p) {
		size_t want;
		size_t count = 1;
		size_t skip;
		const char *end;

		if (*p == '@') {
			char *q;

			want = strtoul(p + 4, &q, 10);
			if (*q == ',')
				count = strtoul(q + 1, NULL, 10);
			for (skip = want - (count ? 1 : 0); line < skip; line++) {
				size_t n = strcspn(old, "\n") + 1;

				take(&new, old, n);
				old += n;
			}
			p = strchr(p, '\n') + 1;
			continue;
		}
		count = body(p, &end);
		check(*p == ' ' || *p == '-' || *p == '+');
		if (*p != '+')
			take(&old, p + 1, count), line++;
		if (*p != '-')
			take(&new, p + 1, count);
		p = end;
	}
	check(old >= start && strcmp(old, new) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *old = strndup((const char *)data, size);
	size_t n = strlen(old);
	_cleanup_free_ char *new =
		n < size ? strndup((const char *)data + n + 1, size - n - 1) : strdup("");
	_cleanup_free_ char *out = NULL;

	check(udiff("a", old, "b", new, &out, NULL) == 0);
	check((out[0] == '\0') == (strcmp(old, new) == 0));
	if (out[0])
		apply(out, old, new);
	return 0;
}
