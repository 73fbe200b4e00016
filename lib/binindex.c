/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All numbers are 32 bits, the most significant byte first [kmod, libkmod-index.h]:
 *
 *	magic  version  root
 *
 * and nodes, of which a reference has the offset in its low 28 bits and what the node
 * holds in the high four, in this order:
 *
 *	PREFIX    characters that all below have in common, NUL
 *	CHILDREN  first and last character (a byte each); a reference for each
 *		  character from first to last, 0: none
 *	VALUES    count; for each: priority, characters, NUL
 *
 * A node stands behind its children, so that offsets fall on the way down.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/binindex.h"
#include "lib/strv.h"

#define INDEX_MAGIC   0xB007F457u
#define INDEX_VERSION 0x00020001u
#define PREFIX	      0x80000000u
#define VALUES	      0x40000000u
#define CHILDREN      0x20000000u
#define OFFSET	      0x0fffffffu
#define KEY_MAX	      1024 /* a node a character, and a call a node */
/* Keys stand once in the file and once with each value in memory: here is the bound.
 * 2026's largest, modules.alias.bin, needs 4 MiB. */
#define MEMORY_MAX  (64u * 1024 * 1024)
#define ENTRY_BYTES (sizeof(struct binentry) + (size_t)2 * 32) /* and two allocations */

void binindex_done(struct binindex *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].key);
		free(x->v[i].value);
	}
	free(x->v);
	*x = (struct binindex){ 0 };
}

int binindex_add(struct binindex *x, const char *key, const char *value,
		 uint32_t priority)
{
	struct binentry *b;

	if (strlen(key) >= KEY_MAX)
		return -EINVAL;
	for (const char *p = key; *p; p++)
		if (*p & 0x80)
			return -EINVAL;
	if (vec_grow(&x->v, x->n, sizeof(*x->v)) < 0)
		return -ENOMEM;
	b = &x->v[x->n++];
	*b = (struct binentry){ .key = strdup(key),
				.value = strdup(value),
				.priority = priority };
	return b->key && b->value ? 0 : -ENOMEM;
}

void binindex_remove(struct binindex *x, size_t i)
{
	free(x->v[i].key);
	free(x->v[i].value);
	memmove(&x->v[i], &x->v[i + 1], (--x->n - i) * sizeof(*x->v));
}

bool binindex_has(const struct binindex *x, const char *key, const char *value)
{
	for (size_t i = 0; i < x->n; i++)
		if (streq(x->v[i].key, key) && streq(x->v[i].value, value))
			return true;
	return false;
}

/* --- reading ------------------------------------------------------------------------ */

struct reader {
	const uint8_t *data;
	size_t len;
	size_t at;
	size_t budget; /* nodes and values still to be read: no more than there are bytes
			* in the file, however often one of them is referred to */
	size_t memory; /* that may still be taken */
	struct binindex *x;
	char key[KEY_MAX];
};

static int get(struct reader *r, uint32_t *ret)
{
	const uint8_t *p = r->data + r->at;

	if (r->len - r->at < 4)
		return -EINVAL;
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	r->at += 4;
	return 0;
}

/* A string in the data, its end within. */
static const char *get_string(struct reader *r)
{
	const char *s = (const char *)r->data + r->at;
	const void *end = memchr(s, '\0', r->len - r->at);

	if (!end)
		return NULL;
	r->at += (size_t)((const char *)end - s) + 1;
	return s;
}

static int add(struct reader *r, const char *value, uint32_t priority)
{
	size_t takes = strlen(r->key) + strlen(value) + ENTRY_BYTES;

	if (takes > r->memory)
		return -E2BIG;
	r->memory -= takes;
	return binindex_add(r->x, r->key, value, priority);
}

static int read_values(struct reader *r)
{
	uint32_t count;

	if (get(r, &count) < 0 || count > r->len / 5)
		return -EINVAL;
	while (count--) {
		uint32_t priority;
		const char *value;
		int k = get(r, &priority);

		value = k < 0 ? NULL : get_string(r);
		if (!value || !r->budget--)
			return -EINVAL;
		k = add(r, value, priority);
		if (k < 0)
			return k;
	}
	return 0;
}

static int read_node(struct reader *r, uint32_t node, size_t above, size_t depth);

static int read_children(struct reader *r, size_t here, size_t depth)
{
	size_t at = r->at + 2;
	int first;
	int last;

	if (r->len - r->at < 2)
		return -EINVAL;
	first = r->data[r->at];
	last = r->data[r->at + 1];
	if (!first || last < first || last > 127 || depth + 1 >= KEY_MAX)
		return -EINVAL;
	for (int c = first; c <= last; c++, at += 4) {
		uint32_t child;
		int k;

		r->at = at;
		if (at > r->len || get(r, &child) < 0)
			return -EINVAL;
		if (!child)
			continue;
		r->key[depth] = (char)c;
		k = read_node(r, child, here, depth + 1);
		if (k < 0)
			return k;
	}
	r->at = at;
	r->key[depth] = '\0';
	return 0;
}

/* depth: characters of the key so far; above: offset of the parent. */
static int read_node(struct reader *r, uint32_t node, size_t above, size_t depth)
{
	size_t here = node & OFFSET;
	size_t children;
	int k = 0;

	if (here >= above || here < 12 || here >= r->len || !r->budget--)
		return -EINVAL;
	r->at = here;
	if (node & PREFIX) {
		const char *prefix = get_string(r);
		size_t n = prefix ? strlen(prefix) : KEY_MAX;

		if (n >= KEY_MAX - depth)
			return -EINVAL;
		memcpy(r->key + depth, prefix, n);
		depth += n;
	}
	r->key[depth] = '\0';
	children = r->at;
	/* The key's own values come before those of longer keys. */
	if (node & CHILDREN) {
		if (r->len - r->at < 2 || r->data[r->at + 1] < r->data[r->at])
			return -EINVAL;
		r->at += 2 + 4 * (size_t)(r->data[r->at + 1] - r->data[r->at] + 1);
		if (r->at > r->len)
			return -EINVAL;
	}
	if (node & VALUES)
		k = read_values(r);
	if (k < 0 || !(node & CHILDREN))
		return k;
	r->at = children;
	return read_children(r, here, depth);
}

int binindex_parse(const void *data, size_t len, const char *label, struct binindex *ret,
		   struct err *e)
{
	_cleanup_binindex_ struct binindex x = { 0 };
	struct reader r = {
		.data = data, .len = len, .budget = len, .memory = MEMORY_MAX, .x = &x
	};
	uint32_t magic;
	uint32_t version;
	uint32_t root;
	int k;

	if (get(&r, &magic) < 0 || get(&r, &version) < 0 || get(&r, &root) < 0 ||
	    magic != INDEX_MAGIC || version >> 16 != INDEX_VERSION >> 16)
		return err_set(e, EINVAL, "%s: is no binary module index", label);
	/* An index of nothing has a root without contents, behind everything. */
	k = (root & (PREFIX | VALUES | CHILDREN)) ? read_node(&r, root, len, 0) : 0;
	if (k == -ENOMEM)
		return err_nomem(e);
	if (k == -E2BIG)
		return err_set(e, E2BIG, "%s: its entries are more than %u MiB", label,
			       MEMORY_MAX >> 20);
	if (k < 0)
		return err_set(e, EINVAL, "%s: is damaged: a node at %zu is wrong", label,
			       r.at);
	*ret = x;
	x = (struct binindex){ 0 };
	return 0;
}

/* --- writing ------------------------------------------------------------------------ */

struct writer {
	uint8_t *data;
	size_t len;
	size_t size;
};

static int put(struct writer *w, const void *p, size_t n)
{
	if (w->len + n > OFFSET)
		return -EFBIG;
	if (w->len + n > w->size) {
		size_t size = (w->len + n) * 2;
		uint8_t *data = realloc(w->data, size);

		if (!data)
			return -ENOMEM;
		w->data = data;
		w->size = size;
	}
	memcpy(w->data + w->len, p, n);
	w->len += n;
	return 0;
}

static int put_number(struct writer *w, uint32_t n)
{
	uint8_t raw[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			   (uint8_t)n };

	return put(w, raw, sizeof(raw));
}

static int cmp(const void *a, const void *b)
{
	const struct binentry *x = a;
	const struct binentry *y = b;
	int k = strcmp(x->key, y->key);

	if (k)
		return k;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->value, y->value);
}

static int put_values(struct writer *w, const struct binentry *v, size_t n)
{
	int k = put_number(w, (uint32_t)n);

	for (size_t i = 0; k == 0 && i < n; i++) {
		k = put_number(w, v[i].priority);
		if (k == 0)
			k = put(w, v[i].value, strlen(v[i].value) + 1);
	}
	return k;
}

/* How many of the sorted entries have the character at a place. */
static size_t run_of(const struct binentry *v, size_t n, size_t depth)
{
	size_t i = 1;

	while (i < n && v[i].key[depth] == v[0].key[depth])
		i++;
	return i;
}

/* Entries that are alike up to depth become one node; *ret refers to it. */
static int put_node(struct writer *w, const struct binentry *v, size_t n, size_t depth,
		    uint32_t *ret)
{
	uint32_t refs[128] = { 0 };
	const char *first = v[0].key;
	const char *last = v[n - 1].key;
	size_t end = depth;
	size_t own = 0;
	int low = 0;
	int high = 0;
	int k = 0;

	while (first[end] && first[end] == last[end])
		end++;
	while (own < n && !v[own].key[end])
		own++;
	for (size_t i = own, m; i < n; i += m) {
		unsigned char c = (unsigned char)v[i].key[end];

		m = run_of(v + i, n - i, end);
		k = put_node(w, v + i, m, end + 1, &refs[c]);
		if (k < 0)
			return k;
		low = low ?: c;
		high = c;
	}
	*ret = (uint32_t)w->len;
	if (end > depth) {
		*ret |= PREFIX;
		k = put(w, first + depth, end - depth);
		if (k == 0)
			k = put(w, "", 1);
	}
	if (k == 0 && low) {
		*ret |= CHILDREN;
		k = put(w, (uint8_t[]){ (uint8_t)low, (uint8_t)high }, 2);
		for (int c = low; k == 0 && c <= high; c++)
			k = put_number(w, refs[c]);
	}
	if (k == 0 && own) {
		*ret |= VALUES;
		k = put_values(w, v, own);
	}
	return k;
}

int binindex_write(struct binindex *x, uint8_t **ret, size_t *ret_len)
{
	struct writer w = { 0 };
	uint32_t root = 12;
	int k = 0;

	if (x->n > 1)
		qsort(x->v, x->n, sizeof(*x->v), cmp);
	for (int i = 0; k == 0 && i < 3; i++)
		k = put_number(&w, (uint32_t[]){ INDEX_MAGIC, INDEX_VERSION, 0 }[i]);
	if (k == 0 && x->n)
		k = put_node(&w, x->v, x->n, 0, &root);
	if (k < 0) {
		free(w.data);
		return k;
	}
	for (int i = 0; i < 4; i++)
		w.data[8 + i] = (uint8_t)(root >> (24 - 8 * i));
	*ret = w.data;
	*ret_len = w.len;
	return 0;
}
