/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines become numbers (equal lines, equal numbers); the shortest edit script of the
 * two number sequences is found by Myers' divide-and-conquer method ("An O(ND)
 * Difference Algorithm and Its Variations", 1986), in linear space. Of the many
 * shortest scripts, diff(1) shows the one whose runs of changes stand as far down as
 * they go, or beside a change of the other side: slide() does that, so that a dry
 * run reads as the administrator's own diff would.
 */
#include <stdint.h>
#include <string.h>

#include "lib/strv.h"
#include "lib/udiff.h"

#define CONTEXT 3
/* Steps of the search before the rest is shown as replaced: about a second's work. */
#define BUDGET (200l * 1000 * 1000)

struct side {
	const char **line; /* n + 1: the last one is the end of the text */
	size_t n;
	long *id;
	bool *changed_;
	bool *changed; /* changed_ + 1: a false stands before and behind it */
	long *kept;    /* the lines that the other side has too */
	long n_kept;
};

struct diff {
	struct side s[2];
	long *forward, *backward; /* furthest x on each diagonal; indexed from -n to +n */
	long *space;
	long budget;
};

static void diff_done(struct diff *d)
{
	for (int i = 0; i < 2; i++) {
		free(d->s[i].line);
		free(d->s[i].id);
		free(d->s[i].changed_);
		free(d->s[i].kept);
	}
	free(d->space);
}

static int side_split(struct side *s, const char *text)
{
	size_t n = 0;

	for (const char *p = text; *p; n++)
		p = strchrnul(p, '\n'), p += *p == '\n';
	s->n = n;
	s->line = calloc(n + 1, sizeof(*s->line));
	s->id = calloc(n + 1, sizeof(*s->id));
	s->changed_ = calloc(n + 2, sizeof(*s->changed_));
	s->kept = calloc(n + 1, sizeof(*s->kept));
	if (!s->line || !s->id || !s->changed_ || !s->kept)
		return -ENOMEM;
	s->changed = s->changed_ + 1;
	for (size_t i = 0; i < n; i++) {
		s->line[i] = text;
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	s->line[n] = text;
	return 0;
}

static size_t line_len(const struct side *s, size_t i)
{
	return (size_t)(s->line[i + 1] - s->line[i]);
}

/* One distinct line: where it stands first, and whether each side has it. */
struct slot {
	const char *line;
	size_t len;
	uint64_t hash;
	long id;
	bool in[2];
};

static uint64_t hash_line(const char *p, size_t len)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211u;
	return h ^ (h >> 32);
}

static struct slot *slot_of(struct slot *table, size_t mask, const char *p, size_t len)
{
	uint64_t h = hash_line(p, len);
	size_t i = h & mask;

	while (table[i].line && !(table[i].hash == h && table[i].len == len &&
				  memcmp(table[i].line, p, len) == 0))
		i = (i + 1) & mask;
	if (!table[i].line)
		table[i] =
			(struct slot){ .line = p, .len = len, .hash = h, .id = (long)i };
	return &table[i];
}

/* Number the lines, and set aside those that the other side lacks: changed for certain.
 */
static int number(struct diff *d)
{
	_cleanup_free_ struct slot *table = NULL;
	size_t size = 16;

	while (size < 2 * (d->s[0].n + d->s[1].n))
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (int k = 0; k < 2; k++) {
		struct side *s = &d->s[k];

		for (size_t i = 0; i < s->n; i++) {
			struct slot *t = slot_of(table, size - 1, s->line[i],
						 line_len(s, i));

			t->in[k] = true;
			s->id[i] = t->id;
		}
	}
	for (int k = 0; k < 2; k++) {
		struct side *s = &d->s[k];

		for (size_t i = 0; i < s->n; i++) {
			if (table[s->id[i]].in[!k])
				s->kept[s->n_kept++] = (long)i;
			else
				s->changed[i] = true;
		}
	}
	return 0;
}

static bool same(const struct diff *d, long x, long y)
{
	return d->s[0].id[d->s[0].kept[x]] == d->s[1].id[d->s[1].kept[y]];
}

struct box {
	long x0, x1, y0, y1;
};

/* The diagonals that one direction has reached. */
struct front {
	long *v;
	long min, max;
};

/* One more step on each diagonal, clipped to the box; unreachable neighbours get `none`.
 */
static void widen(struct front *f, const struct box *b, long none)
{
	if (f->min > b->x0 - b->y1)
		f->v[--f->min - 1] = none;
	else
		f->min++;
	if (f->max < b->x1 - b->y0)
		f->v[++f->max + 1] = none;
	else
		f->max--;
}

static bool reached(const struct front *f, long k)
{
	return k >= f->min && k <= f->max;
}

static bool step_forward(struct diff *d, const struct box *b, struct front *f,
			 const struct front *other, bool meet, long *mx, long *my)
{
	widen(f, b, -1);
	for (long k = f->max; k >= f->min; k -= 2) {
		long x = f->v[k - 1] >= f->v[k + 1] ? f->v[k - 1] + 1 : f->v[k + 1];
		long y = x - k;

		while (x < b->x1 && y < b->y1 && same(d, x, y))
			x++, y++, d->budget--;
		d->budget--;
		f->v[k] = x;
		if (meet && reached(other, k) && other->v[k] <= x) {
			*mx = x;
			*my = y;
			return true;
		}
	}
	return false;
}

static bool step_backward(struct diff *d, const struct box *b, struct front *f,
			  const struct front *other, bool meet, long *mx, long *my)
{
	widen(f, b, INT32_MAX);
	for (long k = f->max; k >= f->min; k -= 2) {
		long x = f->v[k - 1] < f->v[k + 1] ? f->v[k - 1] : f->v[k + 1] - 1;
		long y = x - k;

		while (x > b->x0 && y > b->y0 && same(d, x - 1, y - 1))
			x--, y--, d->budget--;
		d->budget--;
		f->v[k] = x;
		if (meet && reached(other, k) && x <= other->v[k]) {
			*mx = x;
			*my = y;
			return true;
		}
	}
	return false;
}

/* A point on a shortest path through the box; false when the search became too dear. */
static bool middle(struct diff *d, const struct box *b, long *mx, long *my)
{
	long first = b->x0 - b->y0;
	long last = b->x1 - b->y1;
	struct front f = { d->forward, first, first };
	struct front r = { d->backward, last, last };
	bool odd = (first - last) & 1;

	f.v[first] = b->x0;
	r.v[last] = b->x1;
	while (d->budget > 0) {
		if (step_forward(d, b, &f, &r, odd, mx, my) ||
		    step_backward(d, b, &r, &f, !odd, mx, my))
			return true;
	}
	return false;
}

static void mark(struct diff *d, const struct box *b)
{
	for (long x = b->x0; x < b->x1; x++)
		d->s[0].changed[d->s[0].kept[x]] = true;
	for (long y = b->y0; y < b->y1; y++)
		d->s[1].changed[d->s[1].kept[y]] = true;
}

/* Depth: the number of edits halves at each level. */
static void compare(struct diff *d, struct box b)
{
	long x;
	long y;

	while (b.x0 < b.x1 && b.y0 < b.y1 && same(d, b.x0, b.y0))
		b.x0++, b.y0++;
	while (b.x0 < b.x1 && b.y0 < b.y1 && same(d, b.x1 - 1, b.y1 - 1))
		b.x1--, b.y1--;
	if (b.x0 == b.x1 || b.y0 == b.y1 || !middle(d, &b, &x, &y)) {
		mark(d, &b);
		return;
	}
	compare(d, (struct box){ b.x0, x, b.y0, y });
	compare(d, (struct box){ x, b.x1, y, b.y1 });
}

/* A run of changed lines [start, end) of one side, and the line of the other beside its
 * end. */
struct run {
	const struct side *s, *o;
	size_t start, end, beside;
};

static bool run_up(struct run *r)
{
	if (!r->start || r->s->id[r->start - 1] != r->s->id[r->end - 1])
		return false;
	r->s->changed[--r->start] = true;
	r->s->changed[--r->end] = false;
	while (r->s->changed[(long)r->start - 1])
		r->start--;
	while (r->o->changed[(long)--r->beside])
		;
	return true;
}

static bool run_down(struct run *r, size_t *meets)
{
	if (r->end == r->s->n || r->s->id[r->start] != r->s->id[r->end])
		return false;
	r->s->changed[r->start++] = false;
	r->s->changed[r->end++] = true;
	while (r->s->changed[r->end])
		r->end++;
	while (r->o->changed[++r->beside])
		*meets = r->end;
	return true;
}

/* Move each run of changes down as far as it goes, or back to meet one of the other side.
 */
static void slide(const struct side *s, const struct side *o)
{
	struct run r = { .s = s, .o = o };

	for (;;) {
		size_t length;
		size_t meets;

		for (; r.end < s->n && !s->changed[r.end]; r.end++) {
			while (o->changed[r.beside])
				r.beside++;
			r.beside++;
		}
		if (r.end == s->n)
			return;
		r.start = r.end;
		while (s->changed[r.end])
			r.end++;
		while (o->changed[r.beside])
			r.beside++;
		do {
			length = r.end - r.start;
			while (run_up(&r))
				;
			meets = o->changed[(long)r.beside - 1] ? r.end : s->n;
			while (run_down(&r, &meets))
				;
		} while (length != r.end - r.start);
		while (meets < r.end && run_up(&r))
			;
	}
}

struct change {
	size_t x0, x1, y0, y1; /* lines [x0, x1) of the old become [y0, y1) of the new */
};

static bool next_change(const struct diff *d, struct change *c)
{
	const struct side *a = &d->s[0];
	const struct side *b = &d->s[1];

	c->x0 = c->x1;
	c->y0 = c->y1;
	while (c->x0 < a->n && c->y0 < b->n && !a->changed[c->x0] && !b->changed[c->y0])
		c->x0++, c->y0++;
	for (c->x1 = c->x0; a->changed[c->x1]; c->x1++)
		;
	for (c->y1 = c->y0; b->changed[c->y1]; c->y1++)
		;
	return c->x1 > c->x0 || c->y1 > c->y0;
}

static void print_lines(FILE *f, char sign, const struct side *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		size_t len = line_len(s, i);

		fputc(sign, f);
		fwrite(s->line[i], 1, len, f);
		if (s->line[i][len - 1] != '\n')
			fputs("\n\\ No newline at end of file\n", f);
	}
}

static void print_range(FILE *f, size_t from, size_t to)
{
	if (to - from == 1)
		fprintf(f, "%zu", to);
	else
		fprintf(f, "%zu,%zu", to > from ? from + 1 : from, to - from);
}

/* The changes from `first`, as long as their context touches, as one hunk. */
static bool print_hunk(FILE *f, const struct diff *d, struct change *first)
{
	const struct side *a = &d->s[0];
	const struct side *b = &d->s[1];
	size_t before = first->x0 < CONTEXT ? first->x0 : CONTEXT;
	struct change c = *first;
	struct change last;
	size_t x = first->x0 - before;
	size_t after;
	bool more;

	do {
		last = c;
		more = next_change(d, &c);
	} while (more && c.x0 - last.x1 <= 2 * CONTEXT);
	after = a->n - last.x1 < CONTEXT ? a->n - last.x1 : CONTEXT;
	fputs("@@ -", f);
	print_range(f, x, last.x1 + after);
	fputs(" +", f);
	print_range(f, first->y0 - before, last.y1 + after);
	fputs(" @@\n", f);
	for (struct change i = *first;; next_change(d, &i)) {
		print_lines(f, ' ', a, x, i.x0);
		print_lines(f, '-', a, i.x0, i.x1);
		print_lines(f, '+', b, i.y0, i.y1);
		x = i.x1;
		if (i.x1 == last.x1 && i.y1 == last.y1)
			break;
	}
	print_lines(f, ' ', a, x, x + after);
	*first = c;
	return more;
}

static int print(const struct diff *d, const char *old_name, const char *new_name,
		 char **ret)
{
	struct change c = { 0 };
	size_t len;
	FILE *f = open_memstream(ret, &len);
	bool more;

	if (!f)
		return -ENOMEM;
	more = next_change(d, &c);
	if (more)
		fprintf(f, "--- %s\n+++ %s\n", old_name, new_name);
	while (more)
		more = print_hunk(f, d, &c);
	if (fclose(f) != 0) {
		free(*ret);
		return -ENOMEM;
	}
	return 0;
}

int udiff(const char *old_name, const char *old, const char *new_name, const char *new,
	  char **ret, struct err *e)
{
	_cleanup_(diff_done) struct diff d = { .budget = BUDGET };
	char *text;
	size_t room;

	if (side_split(&d.s[0], old ?: "") < 0 || side_split(&d.s[1], new ?: "") < 0 ||
	    number(&d) < 0)
		return err_nomem(e);
	room = (size_t)(d.s[0].n_kept + d.s[1].n_kept) + 4;
	d.space = calloc(2 * room, sizeof(*d.space));
	if (!d.space)
		return err_nomem(e);
	d.forward = d.space + d.s[1].n_kept + 2;
	d.backward = d.forward + room;
	compare(&d, (struct box){ 0, d.s[0].n_kept, 0, d.s[1].n_kept });
	slide(&d.s[0], &d.s[1]);
	slide(&d.s[1], &d.s[0]);
	if (print(&d, old ? old_name : "/dev/null", new ? new_name : "/dev/null", &text) <
	    0)
		return err_nomem(e);
	*ret = text;
	return 0;
}
