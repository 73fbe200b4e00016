/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/utf8.h"

size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		unsigned int least;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
		unsigned int c = *s & (unsigned char)~forms[i].mask;

		if ((*s & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t k = 1; k <= i; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[k] & 0x3f);
		}
		if (c < forms[i].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return 0;
		return i + 1;
	}
	return 0;
}

/* Characters of control, C0, DEL and C1, steer terminals. */
static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

char *printable(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	char *out = malloc(4 * strlen(s) + 1);
	char *q = out;

	if (!out)
		return NULL;
	while (*p) {
		size_t n = is_control(p) ? 0 : utf8_length(p);

		if (n == 0)
			q += sprintf(q, "\\x%02x", *p++);
		for (; n; n--)
			*q++ = (char)*p++;
	}
	*q = '\0';
	return out;
}
