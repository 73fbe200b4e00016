/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	file:	{ [ NAME ("=" | "+=") value ] (newline | ";") }
 *	value:	atom | list
 *	list:	"[" [ (atom | list) { "," (atom | list) } [ "," ] ] "]"
 *	atom:	"string" | 'string' | number
 *
 * Newlines and comments may stand anywhere in a list. libxlutil knows more escapes in
 * strings than are taken here: it reads the numeric ones wrongly, and past the end.
 */
#include <ctype.h>
#include <string.h>

#include "host/xltext.h"
#include "lib/strv.h"

#define SETTINGS_MAX 2000
#define SHOWN	     24 /* bytes of what is not understood */

struct lexer {
	const char *text;
	size_t len, at, line;
	const char *label;
	struct err *e;
};

void xltext_done(struct xltext *t)
{
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->v[i].n; k++)
			free(t->v[i].items[k].value);
		free(t->v[i].items);
		free(t->v[i].name);
	}
	free(t->v);
	*t = (struct xltext){ 0 };
}

/* The byte here; 0 at the end, for the text has none (xltext_parse() has looked). */
static char here(const struct lexer *x)
{
	return x->at < x->len ? x->text[x->at] : '\0';
}

static int wrong(const struct lexer *x, const char *wanted)
{
	const char *p = x->text + x->at;
	size_t n = 0;

	while (n < SHOWN && x->at + n < x->len && p[n] != '\n')
		n++;
	if (!n)
		return err_set(x->e, EINVAL, "%s:%zu: %s, not the end of the %s",
			       x->label, x->line, wanted,
			       x->at < x->len ? "line" : "file");
	return err_set(x->e, EINVAL, "%s:%zu: %s, not '%.*s' (Python is not read)",
		       x->label, x->line, wanted, (int)n, p);
}

/* Blanks, and with lines also newlines and comments before something else. */
static void skip(struct lexer *x, bool lines)
{
	for (;; x->at++) {
		char c = here(x);

		if (c == '#' && lines)
			x->at += strcspn(x->text + x->at, "\n");
		c = here(x);
		if (c == '\n' && lines)
			x->line++;
		else if (c != ' ' && c != '\t')
			return;
	}
}

static int take_string(struct lexer *x, struct xlitem *ret)
{
	static const char escapes[] = "\"\"''\\\\a\ab\bf\fn\nr\rt\tv\v";
	char quote = x->text[x->at++];
	size_t size = 0;
	char *value;

	ret->at = x->at;
	ret->line = x->line;
	while (here(x) && here(x) != quote && here(x) != '\n')
		x->at += here(x) == '\\' && x->at + 1 < x->len ? 2 : 1;
	if (here(x) != quote) {
		x->at = ret->at - 1;
		return wrong(x, "a string that ends in its line is wanted");
	}
	ret->len = x->at++ - ret->at;
	value = malloc(ret->len + 1);
	if (!value)
		return err_nomem(x->e);
	ret->value = value;
	for (size_t i = 0; i < ret->len; i++) {
		char c = x->text[ret->at + i];
		size_t k = 0;

		if (c == '\\') {
			ret->escaped = true;
			c = x->text[ret->at + ++i];
			while (escapes[k] && escapes[k] != c)
				k += 2;
			c = escapes[k] ? escapes[k + 1] : '\0';
		}
		if (!c)
			return err_set(x->e, EINVAL,
				       "%s:%zu: \\%c in a string is not understood",
				       x->label, x->line, x->text[ret->at + i]);
		value[size++] = c;
	}
	value[size] = '\0';
	return 0;
}

static int take_number(struct lexer *x, struct xlitem *ret)
{
	ret->at = x->at;
	ret->line = x->line;
	while (here(x) && strchr("0123456789abcdefx", here(x)))
		x->at++;
	ret->len = x->at - ret->at;
	ret->value = strndup(x->text + ret->at, ret->len);
	return ret->value ? 0 : err_nomem(x->e);
}

static int take_atom(struct lexer *x, struct xlitem *ret)
{
	if (here(x) == '"' || here(x) == '\'')
		return take_string(x, ret);
	if (isdigit((unsigned char)here(x)))
		return take_number(x, ret);
	return wrong(x, "a string, a number or a list is wanted");
}

/* A list in a list: only where it ends. Strings in it may hold brackets. */
static int take_inner(struct lexer *x, struct xlitem *ret)
{
	size_t depth = 0;

	ret->at = x->at;
	ret->line = x->line;
	ret->list = true;
	do {
		struct xlitem atom = { 0 };
		int k = 0;

		if (here(x) == '[' || here(x) == ']')
			depth += x->text[x->at++] == '[' ? 1 : (size_t)-1;
		else if (here(x) == ',')
			x->at++;
		else
			k = take_atom(x, &atom);
		free(atom.value);
		if (k < 0)
			return k;
		if (depth)
			skip(x, true);
	} while (depth);
	ret->len = x->at - ret->at;
	ret->value = strndup(x->text + ret->at, ret->len);
	return ret->value ? 0 : err_nomem(x->e);
}

static int take_item(struct lexer *x, struct xlset *s)
{
	struct xlitem item = { 0 };
	int k = here(x) == '[' ? take_inner(x, &item) : take_atom(x, &item);

	if (k == 0 && vec_grow(&s->items, s->n, sizeof(*s->items)) < 0)
		k = err_nomem(x->e);
	if (k < 0) {
		free(item.value);
		return k;
	}
	s->items[s->n++] = item;
	return 0;
}

static int take_list(struct lexer *x, struct xlset *s)
{
	s->list = true;
	x->at++;
	skip(x, true);
	while (here(x) != ']') {
		int k = take_item(x, s);

		if (k < 0)
			return k;
		skip(x, true);
		if (here(x) == ',')
			x->at++;
		else if (here(x) != ']')
			return wrong(x, "',' or ']' is wanted");
		skip(x, true);
	}
	x->at++;
	return 0;
}

static int take_setting(struct lexer *x, struct xlset *s)
{
	size_t at = x->at;

	s->line = x->line;
	while (islower((unsigned char)here(x)) ||
	       (x->at > at && (here(x) == '_' || isdigit((unsigned char)here(x)))))
		x->at++;
	if (x->at == at)
		return wrong(x, "NAME = VALUE is wanted");
	s->name = strndup(x->text + at, x->at - at);
	if (!s->name)
		return err_nomem(x->e);
	skip(x, false);
	s->add = here(x) == '+';
	x->at += s->add;
	if (here(x) != '=') {
		x->at = at;
		return wrong(x, "NAME = VALUE is wanted");
	}
	x->at++;
	skip(x, false);
	return here(x) == '[' ? take_list(x, s) : take_item(x, s);
}

/* A comment, and the end of a line or of a setting. */
static int take_end(struct lexer *x)
{
	skip(x, false);
	if (here(x) == '#')
		x->at += strcspn(x->text + x->at, "\n");
	if (!here(x))
		return 0;
	if (here(x) != '\n' && here(x) != ';')
		return wrong(x, "the end of the line is wanted");
	x->line += x->text[x->at++] == '\n';
	return 0;
}

int xltext_parse(const char *text, size_t len, const char *label, struct xltext *ret,
		 struct err *e)
{
	_cleanup_(xltext_done) struct xltext t = { 0 };
	struct lexer x = { .text = text, .len = len, .line = 1, .label = label, .e = e };

	if (memchr(text, '\0', len))
		return err_set(e, EINVAL, "%s: holds a NUL byte: it is no text", label);
	for (;;) {
		int k;

		skip(&x, true);
		if (!here(&x))
			break;
		if (here(&x) != ';') {
			if (t.n == SETTINGS_MAX)
				return err_set(e, E2BIG, "%s:%zu: more than %d settings",
					       label, x.line, SETTINGS_MAX);
			if (vec_grow(&t.v, t.n, sizeof(*t.v)) < 0)
				return err_nomem(e);
			k = take_setting(&x, &t.v[t.n++]);
			if (k < 0)
				return k;
		}
		k = take_end(&x);
		if (k < 0)
			return k;
	}
	*ret = t;
	t = (struct xltext){ 0 };
	return 0;
}
