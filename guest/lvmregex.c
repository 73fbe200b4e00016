/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LVM's regular expressions, as its library reads them (libdm/regex/parse_rx.c of LVM2):
 *
 *	( ) | * + ? . ^ $	as in POSIX's extended ones
 *	[abc] [a-z] [^abc]	no classes by name; a backslash is as outside
 *	\n \r \t		a control character
 *	\c			any other c, as it is: there is no going back to a group
 *
 * and all else, also braces, stands for itself.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/lvmconf.h"

/* glibc makes x+ into xx*, so that what repeats a repetition doubles it each time; and it
 * keeps, for each place, all those to which repetitions lead without a character. */
#define REPEATED_MAX 256
#define NODES_MAX    4000
#define DEPTH_MAX    50

struct reader {
	const char *p;
	FILE *out;
	unsigned int depth;
	int repeated; /* nodes that repetitions add */
};

static void put(FILE *out, char c)
{
	if (strchr(".[*+?{|()^$\\", c))
		fputc('\\', out);
	fputc(c, out);
}

/* One character, what a backslash stands before as it is; 0 at the end. */
static char one_char(struct reader *r)
{
	static const char names[] = "nrt";
	static const char control[] = "\n\r\t";
	const char *name;

	if (*r->p != '\\')
		return *r->p ? *r->p++ : '\0';
	r->p++;
	name = *r->p ? strchr(names, *r->p) : NULL;
	if (name) {
		r->p++;
		return control[name - names];
	}
	return *r->p ? *r->p++ : '\0';
}

/* Behind [ or [^, up to and with ]: how many are in it, one at least; -EINVAL. */
static int read_set(struct reader *r, bool has[static UCHAR_MAX + 1])
{
	unsigned char last = '\0';
	int n = 0;

	while (*r->p && *r->p != ']') {
		bool is_range = *r->p == '-' && last;
		unsigned char c;

		r->p += is_range;
		c = (unsigned char)(is_range && *r->p ? *r->p++ : one_char(r));
		if (!c)
			return -EINVAL;
		for (unsigned int i = is_range ? last : c; i <= c; i++) {
			n += !has[i];
			has[i] = true;
		}
		last = c;
	}
	return *r->p++ && n ? n : -EINVAL;
}

/*
 * For POSIX a character in a set is itself by its place alone: ] as the first, - as the
 * first or the last, [ not before : . or =, ^ not as the first. So ^ alone is not for
 * here, unless negated.
 */
static void put_set(FILE *out, const bool has[static UCHAR_MAX + 1], bool negated)
{
	fputs(negated ? "[^" : "[", out);
	if (has[']'])
		fputc(']', out);
	else if (has['-'])
		fputc('-', out);
	for (int c = 1; c <= UCHAR_MAX; c++)
		if (has[c] && !strchr("][^-", c))
			fputc(c, out);
	if (has['['])
		fputc('[', out);
	if (has['^'])
		fputc('^', out);
	if (has[']'] && has['-'])
		fputc('-', out);
	fputc(']', out);
}

static int set(struct reader *r)
{
	bool has[UCHAR_MAX + 1] = { false };
	bool negated = *r->p == '^';
	int n;

	r->p += negated;
	n = read_set(r, has);
	if (n < 0)
		return n;
	if (n == 1 && has['^'] && !negated)
		put(r->out, '^');
	else
		put_set(r->out, has, negated);
	return 1;
}

static int alternatives(struct reader *r);

/* What can be repeated. All of these: the nodes it has, -EINVAL. */
static int atom(struct reader *r)
{
	int n;
	char c;

	switch (*r->p) {
	case '(':
		if (++r->depth > DEPTH_MAX)
			return -EINVAL;
		fputc(*r->p++, r->out);
		n = alternatives(r);
		if (n < 0 || *r->p != ')')
			return -EINVAL;
		fputc(*r->p++, r->out);
		r->depth--;
		return n + 1;
	case '[':
		r->p++;
		return set(r);
	case '.':
	case '^':
	case '$':
		fputc(*r->p++, r->out);
		return 1;
	case '*':
	case '+':
	case '?':
		return -EINVAL;
	}
	c = one_char(r);
	if (!c)
		return -EINVAL;
	put(r->out, c);
	return 1;
}

static int repeated(struct reader *r)
{
	int n = atom(r);

	while (n > 0 && *r->p && strchr("*+?", *r->p)) {
		int more = *r->p == '+' ? n + 1 : 1;

		n += more;
		r->repeated += more;
		if (r->repeated > REPEATED_MAX)
			return -EINVAL;
		fputc(*r->p++, r->out);
	}
	return n;
}

static int alternatives(struct reader *r)
{
	int sum = 1;

	while (*r->p && *r->p != ')') {
		int n = 1;

		if (*r->p == '|')
			fputc(*r->p++, r->out);
		else
			n = repeated(r);
		if (n < 0)
			return n;
		sum += n;
		if (sum > NODES_MAX)
			return -EINVAL;
	}
	return sum;
}

static int translate(const char *regex, char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct reader r = { .p = regex };
	size_t len = 0;
	int n;

	r.out = open_memstream(&text, &len);
	if (!r.out)
		return -ENOMEM;
	n = alternatives(&r);
	if (fclose(r.out) != 0)
		return -ENOMEM;
	if (n < 0 || *r.p)
		return -EINVAL;
	*ret = TAKE_PTR(text);
	return 0;
}

int lvm_regex(const char *regex, regex_t *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = translate(regex, &text);

	if (r < 0)
		return r;
	r = regcomp(ret, text, REG_EXTENDED | REG_NOSUB);
	if (r == REG_ESPACE)
		return -ENOMEM;
	return r == 0 ? 0 : -EINVAL;
}
