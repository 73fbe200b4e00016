/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/jrecord.h"
#include "lib/atomic.h"

#define SUM_LEN 16 /* hexadecimal digits of the line's SHA-256 */

void jop_done(struct jop *op)
{
	free(op->action);
	free(op->path);
	free(op->to);
	free(op->detail);
	free(op->backup);
	node_done(&op->old);
	node_done(&op->new);
	*op = (struct jop){ 0 };
}

void jdir_done(struct jdir *d)
{
	free(d->path);
	*d = (struct jdir){ 0 };
}

void jgen_done(struct jgen *g)
{
	for (size_t i = 0; i < g->n_dirs; i++)
		jdir_done(&g->dirs[i]);
	for (size_t i = 0; i < g->n_ops; i++)
		jop_done(&g->ops[i]);
	free(g->made);
	free(g->dirs);
	free(g->ops);
	*g = (struct jgen){ 0 };
}

void journal_done(struct journal *j)
{
	for (size_t i = 0; i < j->n_gens; i++)
		jgen_done(&j->gens[i]);
	for (size_t i = 0; i < j->n_times; i++)
		free(j->times[i].path);
	free(j->gens);
	free(j->times);
	*j = (struct journal){ 0 };
}

struct jgen *journal_last(struct journal *j)
{
	return j->n_gens ? &j->gens[j->n_gens - 1] : NULL;
}

/* --- lines ------------------------------------------------------------------ */

struct jline {
	unsigned int seq;
	unsigned int batch;
	bool last;	  /* of its batch */
	const char *json; /* up to the newline */
	size_t len;
};

static bool parse_number(const char **p, const char *end, unsigned int *ret)
{
	unsigned long long v = 0;
	const char *q = *p;

	for (; q < end && isdigit((unsigned char)*q); q++) {
		v = v * 10 + (unsigned int)(*q - '0');
		if (v > 0xffffffffu)
			return false;
	}
	if (q == *p || q == end || *q != ' ')
		return false;
	*p = q + 1;
	*ret = (unsigned int)v;
	return true;
}

/* One line without its newline; false when its sum or its form is wrong. */
static bool parse_line(const char *p, size_t len, struct jline *l)
{
	const char *end = p + len;
	char hex[DIGEST_HEX];

	if (len < SUM_LEN + 2 || p[SUM_LEN] != ' ')
		return false;
	digest_buf(p + SUM_LEN + 1, len - SUM_LEN - 1, hex);
	if (memcmp(p, hex, SUM_LEN) != 0)
		return false;
	p += SUM_LEN + 1;
	if (!parse_number(&p, end, &l->seq) || !parse_number(&p, end, &l->batch))
		return false;
	if (end - p < 2 || (p[0] != '+' && p[0] != '.') || p[1] != ' ')
		return false;
	l->last = p[0] == '.';
	l->json = p + 2;
	l->len = (size_t)(end - l->json);
	return true;
}

/* The lines of one batch, which count together. */
struct pending {
	struct jline *v;
	size_t n;
};

/* The folder that holds what the first install made has to be known. */
static bool is_whole(const struct journal *j)
{
	return !j->n_gens || !j->gens[0].made || j->gens[0].n_dirs;
}

static int apply_batch(struct journal *j, const struct pending *b, size_t line,
		       const char *name, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		int k = jrecord_parse(j, b->v[i].json, b->v[i].len);

		if (k == 0 && i + 1 == b->n && !is_whole(j))
			k = -EBADMSG;
		if (k == -ENOMEM)
			return err_nomem(e);
		if (k < 0)
			return err_set(e, EBADMSG,
				       "%s: line %zu is no record that belongs there",
				       name, line - b->n + i + 1);
	}
	return 0;
}

/* Whether a later batch than the torn one is there: then it is no tear but damage. */
static bool goes_on(const char *p, const char *end, unsigned int torn_batch)
{
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct jline l;

		if (!nl)
			return false;
		if (parse_line(p, (size_t)(nl - p), &l) && l.batch > torn_batch)
			return true;
		p = nl + 1;
	}
	return false;
}

int journal_parse(struct journal *j, const char *text, size_t len, const char *name,
		  struct err *e)
{
	struct pending b = { 0 };
	const char *end = text + len;
	unsigned int seq = 0;
	size_t line = 0;
	int k = 0;

	for (const char *p = text; k == 0 && p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct jline l;

		if (!nl || !parse_line(p, (size_t)(nl - p), &l) || l.seq != seq ||
		    l.batch != j->end.batch) {
			if (goes_on(p, end, j->end.batch))
				k = err_set(e, EBADMSG, "%s: line %zu is damaged", name,
					    line + 1);
			break;
		}
		if (vec_grow(&b.v, b.n, sizeof(*b.v)) < 0) {
			k = err_nomem(e);
			break;
		}
		b.v[b.n++] = l;
		seq++;
		line++;
		p = nl + 1;
		if (!l.last)
			continue;
		k = apply_batch(j, &b, line, name, e);
		b.n = 0;
		j->end = (struct jmark){ p - text, seq, j->end.batch + 1 };
	}
	free(b.v);
	j->torn = (size_t)j->end.len != len;
	return k;
}

/* --- batches ---------------------------------------------------------------- */

void jbatch_done(struct jbatch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->records[i]);
	free(b->records);
	free(b->text);
	*b = (struct jbatch){ 0 };
}

static int add_line(struct jbatch *b, struct jmark *m, const char *json, bool last)
{
	_cleanup_free_ char *rest = strf("%u %u %c %s", m->seq, m->batch,
					 last ? '.' : '+', json);
	char hex[DIGEST_HEX];
	char *grown;
	size_t n;

	if (!rest)
		return -ENOMEM;
	n = SUM_LEN + 1 + strlen(rest) + 1;
	grown = realloc(b->text, b->len + n + 1);
	if (!grown)
		return -ENOMEM;
	b->text = grown;
	digest_buf(rest, strlen(rest), hex);
	snprintf(b->text + b->len, n + 1, "%.*s %s\n", SUM_LEN, hex, rest);
	b->len += n;
	m->seq++;
	return 0;
}

int journal_append(struct journal *j, int fd, struct jbatch *b, const char *name,
		   struct err *e)
{
	struct jmark m = j->end;
	int k = j->torn ? journal_cut(j, fd, m, name, e) : 0;

	if (k < 0)
		return k;
	for (size_t i = 0; i < b->n; i++)
		if (add_line(b, &m, b->records[i], i + 1 == b->n) < 0)
			return err_nomem(e);
	m.len += (off_t)b->len;
	m.batch++;
	k = lseek(fd, j->end.len, SEEK_SET) < 0 ? -errno
						: atomic_write(fd, b->text, b->len);
	if (k == 0)
		k = atomic_sync(fd);
	if (k < 0) {
		j->torn = journal_cut(j, fd, j->end, name, NULL) < 0;
		return err_errno(e, k, "%s: cannot write to it", name);
	}
	j->end = m;
	return 0;
}

int journal_cut(struct journal *j, int fd, struct jmark m, const char *name,
		struct err *e)
{
	struct stat st;
	int k = fstat(fd, &st);

	/* What nothing was written to needs no cut, which might fail. */
	if (k == 0 && st.st_size != m.len)
		while ((k = ftruncate(fd, m.len)) < 0 && errno == EINTR)
			;
	k = k < 0 ? -errno : atomic_sync(fd);
	if (k < 0)
		return err_errno(e, k, "%s: cannot cut it off", name);
	j->end = m;
	j->torn = false;
	return 0;
}
