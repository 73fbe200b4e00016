/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/patch.h"
#include "lib/strv.h"

void patches_done(struct patches *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].text);
	free(p->v);
	*p = (struct patches){ 0 };
}

int patches_add(struct patches *p, size_t at, size_t len, char *text)
{
	if (!text || vec_grow(&p->v, p->n, sizeof(*p->v)) < 0) {
		free(text);
		return -ENOMEM;
	}
	p->v[p->n++] = (struct patch){ .at = at, .len = len, .text = text };
	return 0;
}

/* By place; two insertions at one place in the order of their coming, for the vector is
 * short and this sort keeps it. */
static void sort(struct patches *p)
{
	for (size_t i = 1; i < p->n; i++) {
		struct patch x = p->v[i];
		size_t k = i;

		for (; k && p->v[k - 1].at > x.at; k--)
			p->v[k] = p->v[k - 1];
		p->v[k] = x;
	}
}

int patches_apply(struct patches *p, const char *text, size_t len, char **ret)
{
	size_t size = len;
	size_t at = 0;
	char *out;
	char *q;

	sort(p);
	for (size_t i = 0; i < p->n; i++) {
		const struct patch *x = &p->v[i];

		if (x->at < at || x->at > len || x->len > len - x->at)
			return -EINVAL;
		at = x->at + x->len;
		size += strlen(x->text);
	}
	out = malloc(size + 1);
	if (!out)
		return -ENOMEM;
	q = out;
	at = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct patch *x = &p->v[i];

		q = mempcpy(q, text + at, x->at - at);
		q = stpcpy(q, x->text);
		at = x->at + x->len;
	}
	q = mempcpy(q, text + at, len - at);
	*q = '\0';
	*ret = out;
	return 0;
}
