/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/xmltag.h"
#include "lib/strv.h"

#define BLANKS " \t\r\n"

bool xmlspan_begin(struct xmlspan *s, const char *text, size_t len, long tag)
{
	size_t at = (size_t)tag;

	if (tag <= 0 || at >= len ||
	    !(text[at] == '>' || (text[at] == '/' && text[at + 1] == '>')))
		return false;
	*s = (struct xmlspan){ .tag = at };
	/* No attribute holds a "<". */
	while (at && text[at] != '<')
		at--;
	s->at = at;
	return text[at] == '<';
}

bool xmlspan_end(struct xmlspan *s, const char *text, size_t len, long end)
{
	if (end <= (long)s->tag || (size_t)end > len || text[end - 1] != '>')
		return false;
	s->end = (size_t)end;
	return true;
}

/* The place of an attribute's value between its quotes: 0 when there is no such one. */
static size_t find_value(const struct xmlspan *s, const char *text, const char *name,
			 size_t *ret_len)
{
	const char *p = text + s->at + strcspn(text + s->at, BLANKS "/>");
	const char *end = text + s->tag;

	while (p < end) {
		const char *key = p + strspn(p, BLANKS);
		size_t n = strcspn(key, BLANKS "=");
		const char *quote = strpbrk(key + n, "\"'");
		const char *close;

		if (!quote || quote >= end)
			return 0;
		close = strchr(quote + 1, *quote);
		if (!close || close > end)
			return 0;
		if (n == strlen(name) && strncmp(key, name, n) == 0) {
			*ret_len = (size_t)(close - quote - 1);
			return (size_t)(quote + 1 - text);
		}
		p = close + 1;
	}
	return 0;
}

int xmlspan_set(const struct xmlspan *s, const char *text, const char *name,
		const char *value, struct patches *p)
{
	size_t len;
	size_t at = find_value(s, text, name, &len);

	if (at)
		return patches_add(p, at, len, strdup(value));
	at = s->tag;
	while (strchr(BLANKS, text[at - 1]))
		at--;
	return patches_add(p, at, 0, strf(" %s='%s'", name, value));
}

int xmlspan_remove(const struct xmlspan *s, const char *text, struct patches *p)
{
	size_t at = s->at;

	while (at && strchr(BLANKS, text[at - 1]))
		at--;
	return patches_add(p, at, s->end - at, strdup(""));
}

int xmlspan_insert(const struct xmlspan *s, const char *text, const char *element,
		   struct patches *p)
{
	const char *inside = text + s->tag + 1;
	size_t blanks = strspn(inside, BLANKS);

	if (text[s->tag] != '>')
		return -EINVAL;
	return patches_add(p, s->tag + 1, 0,
			   strf("%.*s%s", (int)blanks, inside, element));
}
