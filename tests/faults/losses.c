/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The power goes: of what a run did up to some call, what was synced is there, and of the
 * rest whatever a disk may have kept. Each such world is put on the disk and recovered. A
 * boot loader reads before anybody recovers anything, and without the file system's
 * journal: what it may find is tried by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strv.h"
#include "tests/faults/record.h"
#include "tests/faults/scene.h"

#define RANDOM_WORLDS 3 /* per call */

/* What happens to an effect that nobody has synced. */
enum fate {
	KEPT,
	LOST,
	CUT,   /* the first bytes of a write are there */
	ZEROS, /* there is room for a write, and nothing in it */
};

struct dice {
	uint64_t state;
};

/* splitmix64: any seed will do. */
static uint64_t roll(struct dice *d, uint64_t sides)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % sides;
}

static bool is_data(const struct effect *e)
{
	return e->kind == EFFECT_DATA || e->kind == EFFECT_SIZE;
}

static enum fate all_lost(const struct effect *e, struct dice *d)
{
	return LOST;
}

/* A file that was renamed into its place is empty there. */
static enum fate data_lost(const struct effect *e, struct dice *d)
{
	return is_data(e) ? LOST : KEPT;
}

static enum fate names_lost(const struct effect *e, struct dice *d)
{
	return e->kind == EFFECT_NAME ? LOST : KEPT;
}

static enum fate attributes_lost(const struct effect *e, struct dice *d)
{
	return is_data(e) || e->kind == EFFECT_NAME ? KEPT : LOST;
}

static enum fate any(const struct effect *e, struct dice *d)
{
	enum fate f = (enum fate)roll(d, e->kind == EFFECT_DATA ? 4 : 2);

	return f;
}

static const struct {
	const char *name;
	enum fate (*fate)(const struct effect *e, struct dice *d);
	unsigned int times;
	bool unjournalled; /* as a boot loader sees it */
} kinds[] = {
	{ "all unsynced lost", all_lost, 1, false },
	{ "unsynced data lost", data_lost, 1, false },
	{ "unsynced names lost", names_lost, 1, false },
	{ "unsynced attributes lost", attributes_lost, 1, false },
	{ "any of it lost", any, RANDOM_WORLDS, false },
	{ "nothing but the journal has it", all_lost, 1, true },
	{ "the journal has the data", data_lost, 1, true },
	{ "the journal has any of it", any, RANDOM_WORLDS, true },
};

static void apply(const struct effect *e, struct model *m, enum fate fate, struct dice *d)
{
	struct effect zeros = *e;

	switch (fate) {
	case KEPT:
		effect_apply(e, m, e->len);
		break;
	case LOST:
		break;
	case CUT:
		effect_apply(e, m, roll(d, e->len + 1));
		break;
	case ZEROS:
		zeros.bytes = NULL;
		effect_apply(&zeros, m, e->len);
		break;
	}
}

/* The tree after `calls` calls and a loss of power. */
static struct model *world(const struct recording *r, size_t calls, size_t kind,
			   struct dice *d)
{
	struct model *m = model_clone(r->start);

	for (size_t i = 0; i < r->n && r->v[i].call < calls; i++) {
		const struct effect *e = &r->v[i];
		size_t since = kinds[kind].unjournalled ? e->settled : e->durable;
		bool durable = since != NEVER && since < calls;

		apply(e, m, durable ? KEPT : kinds[kind].fate(e, d), d);
	}
	return m;
}

/* Worlds that were tried: many are the same. */
struct tried {
	struct verdict {
		uint64_t hash;
		bool good;
	} * v;
	size_t n;
};

static const struct verdict *find(const struct tried *t, uint64_t hash)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].hash == hash)
			return &t->v[i];
	return NULL;
}

static bool try(struct scene *s, const struct way *w, const struct model *m,
		struct tried *t, const char *at)
{
	uint64_t hash = model_hash(m);
	const struct verdict *v = find(t, hash);
	bool good;

	if (v)
		return v->good;
	model_store(m, s->root);
	good = scene_is_whole(s, w, at) && scene_is_loadable(s, m, at);
	good &= scene_recovers(s, w, at);
	if (vec_grow(&t->v, t->n, sizeof(*t->v)) < 0)
		die("no memory");
	t->v[t->n++] = (struct verdict){ hash, good };
	return good;
}

static void try_all(struct scene *s, const struct way *w, const struct recording *r,
		    struct tried *t, size_t calls)
{
	for (size_t kind = 0; kind < ELEMENTSOF(kinds); kind++)
		for (unsigned int i = 0; i < kinds[kind].times; i++) {
			/* Each world by itself can be made again from the seed. */
			struct dice d = { s->seed + (calls << 8) + i };
			_cleanup_model_ struct model *m = world(r, calls, kind, &d);
			_cleanup_free_ char *label = must(
				strf("%s, power lost after %zu calls (%s), %s %u",
				     w->name, calls, calls ? r->calls[calls - 1] : "none",
				     kinds[kind].name, i));

			s->points++;
			s->good += kinds[kind].unjournalled
					   ? scene_is_loadable(s, m, label)
					   : try(s, w, m, t, label);
		}
}

/* What was recorded is what was done. */
static void check_recording(const struct scene *s, const struct way *w,
			    const struct recording *r)
{
	model_store(r->live, s->root);
	if (!scene_ends(s, w->to, w->to, "the recording"))
		abort();
}

void losses(struct scene *s, const struct way *w)
{
	struct running run = { w->argv, s->output };
	struct tried t = { 0 };
	struct recording *r;
	int status;

	scene_begin(s, w);
	r = record(s->root, run_command, &run, &status);
	if (status != STATUS_DONE) {
		scene_complain(s, w->name, "exits %d", status);
		abort();
	}
	check_recording(s, w, r);
	for (size_t calls = s->first; calls <= r->n_calls; calls += s->every)
		try_all(s, w, r, &t, calls);
	printf("# %s: %zu calls, %zu different worlds\n", w->name, r->n_calls, t.n);
	free(t.v);
	recording_free(r);
}
