/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults kills|errors|losses|reads ROOT COMMAND…: install in the guest tree ROOT by the
 * command (xenpv-install with its options), and uninstall, and let it go wrong at every
 * system call that changes the tree: killed there, an error injected, or the power lost
 * with what was not synced. reads: an error at every call that reads from it, in a check,
 * too. The last line has the number of points and of those that ended as promised.
 * Environment: FAULTS_EVERY=N takes each Nth point, those with the same remainder as
 * FAULTS_FIRST=N (0); FAULTS_SEED=N seeds what is random.
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

	for (size_t at = s->first; reached; at += s->every) {
		struct trace t = trace_of(s, &kill, (long)at);
		_cleanup_free_ char *label = NULL;
		bool whole;

		scene_begin(s, w);
		trace_run(&t, run_command, &run);
		reached = t.reached;
		label = must(strf("%s, killed before call %zu (%s)", w->name, at,
				  t.name ?: "the end"));
		s->points++;
		whole = scene_is_whole(s, w, label) && scene_boots(s, label);
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
		return scene_boots(s, at) && scene_recovers(s, w, at);
	default:
		return scene_complain(s, at, "exits %d", t->status);
	}
}

/* One sentence says what could not be read; who could do without it says and does the
 * same.
 */
static bool judge_read(const struct scene *s, const struct way *w, const struct trace *t,
		       const char *at)
{
	_cleanup_free_ char *said = scene_output(s);
	size_t errors = scene_errors(s);

	if (t->status == STATUS_DONE && !streq(said, s->said))
		return scene_complain(s, at, "says other things than without an error");
	if (errors != (t->status >= STATUS_UNCHANGED))
		return scene_complain(s, at, "exits %d with %zu errors", t->status,
				      errors);
	if (t->status == STATUS_REQUIREMENT)
		return scene_ends(s, w->from, w->from, at);
	return judge(s, w, t, at);
}

/* At each call that changes the tree, or that reads from it. */
static void inject(struct scene *s, const struct way *w, const struct trace_fault *f,
		   bool reads)
{
	struct running run = { w->argv, s->output };
	bool reached = true;

	for (size_t at = s->first; reached; at += s->every) {
		struct trace t = trace_of(s, f, (long)at);
		_cleanup_free_ char *label = NULL;
		bool good;

		t.reads = reads;
		scene_begin(s, w);
		trace_run(&t, run_command, &run);
		reached = t.reached;
		label = must(strf("%s, %s at call %zu (%s)", w->name, f->name, at,
				  t.name ?: "none"));
		good = reads ? judge_read(s, w, &t, label) : judge(s, w, &t, label);
		s->points += reached;
		s->good += good && reached;
	}
}

static void errors(struct scene *s, const struct way *w)
{
	for (size_t f = 0; f < n_trace_faults; f++)
		inject(s, w, &trace_faults[f], false);
}

static void read_errors(struct scene *s, const struct way *w)
{
	struct running run = { w->argv, s->output };
	struct trace t = { .what = TRACE_RUN, .also_at = -1 };

	scene_begin(s, w);
	trace_run(&t, run_command, &run);
	s->said = scene_output(s);
	for (size_t f = 0; f < n_trace_read_faults; f++)
		inject(s, w, &trace_read_faults[f], true);
	free(s->said);
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

static size_t number(const char *variable, size_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

static const struct {
	const char *name;
	void (*each)(struct scene *s, const struct way *w);
	size_t n_ways;
} parts[] = {
	{ "kills", kills, 2 },
	{ "errors", errors, 2 },
	{ "losses", losses, 2 },
	{ "reads", read_errors, 3 },
};

/* xenpv-check beside xenpv-install, with those of its options that it has, too. */
static char **check_of(char **install, int n)
{
	char **check = must(calloc((size_t)n + 1, sizeof(*check)));
	size_t k = 0;

	check[k++] = must(strf("%.*sxenpv-check",
			       (int)(path_base(install[0]) - install[0]), install[0]));
	for (int i = 1; i < n; i++)
		if (streq(install[i], "--rename"))
			i++;
		else if (!streq(install[i], "--verify-at-boot"))
			check[k++] = install[i];
	return check;
}

int main(int argc, char **argv)
{
	char root[] = "--root";
	char option[] = "--uninstall";
	struct scene s = { 0 };
	char **uninstall = (char *[]){ NULL, root, NULL, option, NULL };
	struct running install;
	struct trace t = { .what = TRACE_RUN, .also_at = -1 };
	size_t part = 0;
	char **check;

	while (argc > 3 && part < ELEMENTSOF(parts) && !streq(parts[part].name, argv[1]))
		part++;
	if (argc <= 3 || part == ELEMENTSOF(parts)) {
		fprintf(stderr,
			"usage: faults kills|errors|losses|reads ROOT COMMAND...\n");
		return 2;
	}
	s.root = uninstall[2] = argv[2];
	s.command = uninstall[0] = argv[3];
	s.output = memfd_create("output", MFD_CLOEXEC);
	s.every = number("FAULTS_EVERY", 1) ?: 1;
	s.first = number("FAULTS_FIRST", 0) % s.every;
	s.seed = number("FAULTS_SEED", 1);
	s.ways[0] = (struct way){ "install", argv + 3, &s.start, &s.installed };
	s.ways[1] = (struct way){ "uninstall", uninstall, &s.installed, &s.start };
	check = check_of(argv + 3, argc - 3);
	s.ways[2] = (struct way){ "check", check, &s.start, &s.start };
	install = (struct running){ argv + 3, s.output };
	remember(&s, &s.start);
	trace_run(&t, run_command, &install);
	remember(&s, &s.installed);
	if (t.status != STATUS_DONE || streq(s.start.text, s.installed.text)) {
		scene_complain(&s, "install", "exits %d, or changes nothing", t.status);
		return 1;
	}
	for (size_t i = 0; i < parts[part].n_ways; i++)
		parts[part].each(&s, &s.ways[i]);
	model_store(s.start.tree, s.root);
	forget(&s.start);
	forget(&s.installed);
	free(check[0]);
	free(check);
	printf("%u %u\n", s.points, s.good);
	return s.good == s.points ? 0 : 1;
}
