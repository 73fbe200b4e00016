/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults kills|errors|losses ROOT COMMAND…: install in the guest tree ROOT by the command
 * (xenpv-install with its options), and uninstall, and let it go wrong at every system
 * call that changes the tree: killed there, an error injected, or the power lost with
 * what was not synced. The last line has the number of points and of those that ended as
 * promised. Environment: FAULTS_EVERY=N takes each Nth point, FAULTS_SEED=N seeds what is
 * random.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/strv.h"
#include "tests/faults/record.h"
#include "tests/faults/scene.h"
#include "tests/unit/snapshot.h"

/* --- kills ----------------------------------------------------------------------------
 */

static struct trace trace_of(const struct scene *s, const struct trace_fault *f, long at)
{
	return (struct trace){
		.what = f->what,
		.at = at,
		.error = f->error,
		.also_at = -1,
		.only = f->only,
		.counts = touches,
		.hook_arg = s->root,
	};
}

/* Before a call is after the one before it: nothing else changes the tree between. */
static void kills(struct scene *s, const struct way *w)
{
	static const struct trace_fault kill = { .name = "killed",
						 .what = TRACE_KILL_BEFORE };
	struct running run = { w->argv, s->output };
	bool reached = true;

	for (size_t at = 0; reached; at += s->every) {
		struct trace t = trace_of(s, &kill, (long)at);
		_cleanup_free_ char *label = NULL;
		bool whole;

		scene_begin(s, w);
		trace_run(&t, run_command, &run);
		reached = t.reached;
		label = must(strf("%s, killed before call %zu (%s)", w->name, at,
				  t.name ?: "the end"));
		s->points++;
		whole = scene_is_whole(s, w, label);
		s->good += scene_recovers(s, w, label) && whole;
	}
}

/* --- errors ---------------------------------------------------------------------------
 */

/* The exit status says what the tree is. */
static bool judge(const struct scene *s, const struct way *w, const struct trace *t,
		  const char *at)
{
	if (!scene_is_whole(s, w, at))
		return false;
	switch (t->status) {
	case STATUS_DONE:
		return scene_ends(s, w->to, w->to, at);
	case STATUS_UNCHANGED:
	case STATUS_ROLLED_BACK:
		return scene_ends(s, w->from, w->from, at);
	case STATUS_INCOMPLETE:
		return scene_recovers(s, w, at);
	default:
		return scene_complain(s, at, "exits %d", t->status);
	}
}

static void errors(struct scene *s, const struct way *w)
{
	struct running run = { w->argv, s->output };

	for (size_t f = 0; f < n_trace_faults; f++) {
		bool reached = true;

		for (size_t at = 0; reached; at += s->every) {
			struct trace t = trace_of(s, &trace_faults[f], (long)at);
			_cleanup_free_ char *label = NULL;

			scene_begin(s, w);
			trace_run(&t, run_command, &run);
			reached = t.reached;
			label = must(strf("%s, %s at call %zu (%s)", w->name,
					  trace_faults[f].name, at, t.name ?: "none"));
			s->points += reached;
			s->good += judge(s, w, &t, label) && reached;
		}
	}
}

/* --- the scene ------------------------------------------------------------------------
 */

static void remember(const struct scene *s, struct state *state)
{
	state->tree = model_load(s->root);
	state->text = must(snapshot(s->root, SNAPSHOT_WHOLE | SNAPSHOT_NO_INVENTORY));
}

static void forget(struct state *state)
{
	model_free(state->tree);
	free(state->text);
}

static size_t number(const char *variable)
{
	const char *text = getenv(variable);
	size_t n = text ? strtoul(text, NULL, 10) : 0;

	return n ?: 1;
}

static const struct {
	const char *name;
	void (*each)(struct scene *s, const struct way *w);
} parts[] = {
	{ "kills", kills },
	{ "errors", errors },
	{ "losses", losses },
};

int main(int argc, char **argv)
{
	char root[] = "--root";
	char option[] = "--uninstall";
	struct scene s = { 0 };
	char **uninstall = (char *[]){ NULL, root, NULL, option, NULL };
	struct running install;
	struct trace t = { .what = TRACE_RUN, .also_at = -1 };
	size_t part = 0;

	while (argc > 3 && part < ELEMENTSOF(parts) && !streq(parts[part].name, argv[1]))
		part++;
	if (argc <= 3 || part == ELEMENTSOF(parts)) {
		fprintf(stderr, "usage: faults kills|errors|losses ROOT COMMAND...\n");
		return 2;
	}
	s.root = uninstall[2] = argv[2];
	s.command = uninstall[0] = argv[3];
	s.output = memfd_create("output", MFD_CLOEXEC);
	s.every = number("FAULTS_EVERY");
	s.seed = number("FAULTS_SEED");
	s.ways[0] = (struct way){ "install", argv + 3, &s.start, &s.installed };
	s.ways[1] = (struct way){ "uninstall", uninstall, &s.installed, &s.start };
	install = (struct running){ argv + 3, s.output };
	remember(&s, &s.start);
	trace_run(&t, run_command, &install);
	remember(&s, &s.installed);
	if (t.status != STATUS_DONE || streq(s.start.text, s.installed.text)) {
		scene_complain(&s, "install", "exits %d, or changes nothing", t.status);
		return 1;
	}
	for (size_t i = 0; i < ELEMENTSOF(s.ways); i++)
		parts[part].each(&s, &s.ways[i]);
	model_store(s.start.tree, s.root);
	forget(&s.start);
	forget(&s.installed);
	printf("%u %u\n", s.points, s.good);
	return s.good == s.points ? 0 : 1;
}
