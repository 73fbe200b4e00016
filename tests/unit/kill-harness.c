/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a guest ever broken? Install, second install, uninstall and rollback are killed
 * before and after each system call that changes a file system, and all but the rollback
 * have errors injected at each. Recoveries, of runs killed at every 16th or 20th call,
 * are killed before each of theirs, and get no errors. After every one of them each file
 * is all old or all new, and a recovery ends in exactly the old or the new tree.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/snapshot.h"
#include "tests/unit/tap.h"
#include "tests/unit/trace.h"
#include "tests/unit/tx-sample.h"

struct job {
	const char *dir;
	struct plan *first;
	struct plan *again;
	bool edited; /* by somebody else, one file between the two and one after them */
};

/* --- what runs in the child: its exit status is the result -------------------------- */

static int with_root(const struct job *job,
		     enum tx_result (*f)(struct root *r, void *arg), void *arg)
{
	_cleanup_root_ struct root *r = NULL;

	return root_new(&r, job->dir, NULL) < 0 ? 99 : (int)f(r, arg);
}

static enum tx_result apply(struct root *r, void *plan)
{
	return tx_apply(r, plan, NULL, NULL, NULL);
}

static enum tx_result uninstall(struct root *r, void *arg)
{
	const struct job *job = arg;
	_cleanup_strv_ struct strv left = { 0 };
	enum tx_result res = tx_uninstall(r, false, NULL, &left, NULL);

	/* What nobody has changed is not left. */
	return res == TX_OK && left.n != (job->edited ? 2 : 0) ? 98 : res;
}

static enum tx_result recover(struct root *r, void *arg)
{
	return tx_recover(r, NULL, NULL);
}

static int do_first(void *arg)
{
	struct job *job = arg;

	return with_root(job, apply, job->first);
}

static int do_again(void *arg)
{
	struct job *job = arg;

	return with_root(job, apply, job->again);
}

static int do_uninstall(void *arg)
{
	return with_root(arg, uninstall, arg);
}

static int do_recover(void *arg)
{
	return with_root(arg, recover, NULL);
}

/* --- the trees ------------------------------------------------------------------------
 */

struct world {
	char *start; /* snapshots: nothing installed, first plan, second plan */
	char *first;
	char *again;
	struct job job;
	bool split; /* /var and /boot are file systems of their own */
	unsigned int kills;
	unsigned int errors;
};

enum level {
	START,
	FIRST,
	AGAIN
};

static void fresh(struct world *w, enum level level)
{
	w->job.dir = sample_folder();
	sample_tree(w->job.dir, w->split);
	if (level >= FIRST && do_first(&w->job) != TX_OK)
		abort();
	if (w->job.edited)
		sample_write(w->job.dir, "/etc/modprobe.conf", "alias eth0 mine\n");
	if (level >= AGAIN && do_again(&w->job) != TX_OK)
		abort();
	if (w->job.edited)
		sample_write(w->job.dir, "/boot/grub/grub.conf", "mine\n");
}

static void discard(struct world *w)
{
	union {
		const char *text;
		void *ptr;
	} u = { w->job.dir };

	sample_remove(w->job.dir);
	free(u.ptr);
	w->job.dir = NULL;
}

static const char *which(const struct world *w, const char *snapshot)
{
	if (streq(snapshot, w->start))
		return "start";
	if (streq(snapshot, w->first))
		return "first";
	return streq(snapshot, w->again) ? "again" : "other";
}

/* The tree is one of two states, and an uninstall leads from there to the start. */
static bool ends_well(struct world *w, const char *old, const char *new, const char *at)
{
	_cleanup_free_ char *now = snapshot(w->job.dir, SNAPSHOT_WHOLE);
	_cleanup_free_ char *end = NULL;
	int res;

	if (!streq(now, old) && !streq(now, new)) {
		printf("# %s: neither the old nor the new tree, but %s\n", at,
		       which(w, now));
		snapshot_differ(now, old);
		snapshot_differ(now, new);
		return false;
	}
	if (streq(now, w->start))
		return true;
	res = do_uninstall(&w->job);
	end = snapshot(w->job.dir, SNAPSHOT_WHOLE);
	if (res == TX_OK && streq(end, w->start))
		return true;
	printf("# %s: uninstall (%d) does not lead to the start\n", at, res);
	snapshot_differ(end, w->start);
	return false;
}

/* --- killing
 * ---------------------------------------------------------------------------- */

struct scenario {
	const char *name;
	int (*run)(void *arg);
	enum level from;
	enum level to;
	/* The state to begin with: a run that was killed before one of its calls, or
	 * NULL. */
	int (*before)(void *arg);
	long before_at;
	/* A call of the run that fails, so that it goes the other way; -1 none. */
	long fails_at;
};

static const char *tree_of(const struct world *w, enum level l)
{
	return l == START ? w->start : l == FIRST ? w->first : w->again;
}

/* The tree as it is when the scenario begins. */
static void prepare(struct world *w, const struct scenario *s)
{
	struct trace t = { .what = TRACE_KILL_BEFORE, .at = s->before_at, .also_at = -1 };

	fresh(w, s->from);
	if (s->before)
		trace_run(&t, s->before, &w->job);
}

/* One kill: false at the end of the run, when there was no such call. */
static bool kill_once(struct world *w, const struct scenario *s, long at,
		      enum trace_what what, bool *good)
{
	struct trace t = {
		.what = what,
		.at = at,
		.also_at = s->fails_at,
		.also_error = EIO,
	};
	const char *old = tree_of(w, s->from);
	const char *new = tree_of(w, s->to);
	_cleanup_free_ char *label = NULL;
	_cleanup_free_ char *now = NULL;
	_cleanup_free_ char *mixed = NULL;

	prepare(w, s);
	trace_run(&t, s->run, &w->job);
	label = strf("%s, killed %s call %ld (%s)", s->name,
		     what == TRACE_KILL_BEFORE ? "before" : "after", at,
		     t.name ?: "none");
	now = snapshot(w->job.dir, 0);
	mixed = snapshot_mixed(now, old, new);
	if (mixed) {
		printf("# %s: neither old nor new: %s\n", label, mixed);
		*good = false;
	}
	if (t.reached) {
		int res = do_recover(&w->job);

		if (res != TX_OK && res != TX_NOTHING) {
			printf("# %s: recover says %d\n", label, res);
			*good = false;
		}
		w->kills++;
	}
	*good &= ends_well(w, old, new, label);
	discard(w);
	return t.reached;
}

static void kill_everywhere(struct world *w, const struct scenario *s)
{
	bool good = true;
	long n;

	/* After one call and before the next is the same but for what we test with. */
	for (n = 0; kill_once(w, s, n, TRACE_KILL_BEFORE, &good); n++)
		if (!w->split)
			kill_once(w, s, n, TRACE_KILL_AFTER, &good);
	ok(good && n > 0, "%s%s: killed before %seach of %ld calls",
	   w->split ? "/var and /boot apart, " : "", s->name,
	   w->split ? "" : "and after ", n);
}

/* How many calls a run makes. */
static long count(struct world *w, enum level from, int (*run)(void *arg))
{
	struct trace t = { .what = TRACE_RUN, .also_at = -1 };

	fresh(w, from);
	trace_run(&t, run, &w->job);
	discard(w);
	return t.calls;
}

/* --- recoveries, themselves killed
 * -------------------------------------------------------- */

static void kill_recoveries(struct world *w, const char *what, enum level from,
			    enum level to, int (*before)(void *arg), long n, long step)
{
	unsigned int kills = w->kills;
	bool good = true;

	for (long at = step / 2; at < n; at += step) {
		struct scenario s = {
			.name = what,
			.run = do_recover,
			.from = from,
			.to = to,
			.before = before,
			.before_at = at,
			.fails_at = -1,
		};

		for (long k = 0; kill_once(w, &s, k, TRACE_KILL_BEFORE, &good); k++)
			;
	}
	ok(good && w->kills > kills, "%s: recovery killed at %u calls", what,
	   w->kills - kills);
}

/* --- errors
 * ---------------------------------------------------------------------------------- */

/* The result says what the tree is. */
static bool judge(struct world *w, const struct scenario *s, const struct trace *t,
		  const char *label)
{
	const char *old = tree_of(w, s->from);
	const char *new = tree_of(w, s->to);
	_cleanup_free_ char *now = snapshot(w->job.dir, 0);
	_cleanup_free_ char *mixed = snapshot_mixed(now, old, new);
	const char *only_old = old;
	const char *only_new = new;
	int res;

	if (mixed) {
		printf("# %s: neither old nor new: %s\n", label, mixed);
		return false;
	}
	switch (t->status) {
	case TX_OK:
		only_old = new;
		break;
	case TX_UNCHANGED:
	case TX_ROLLED_BACK:
		only_new = old;
		break;
	case TX_INCOMPLETE:
		res = do_recover(&w->job);
		if (res != TX_OK && res != TX_NOTHING) {
			printf("# %s: cannot be recovered\n", label);
			return false;
		}
		break;
	default:
		printf("# %s: result %d\n", label, t->status);
		return false;
	}
	return ends_well(w, only_old, only_new, label);
}

static void errors_everywhere(struct world *w, const struct scenario *s,
			      const struct trace_fault *f)
{
	unsigned int results[TX_INCOMPLETE + 1] = { 0 };
	bool good = true;
	long at;

	for (at = 0;; at++) {
		struct trace t = {
			.what = f->what,
			.at = at,
			.error = f->error,
			.also_at = -1,
			.only = f->only,
		};
		_cleanup_free_ char *label = NULL;

		prepare(w, s);
		trace_run(&t, s->run, &w->job);
		label = strf("%s, %s at call %ld (%s)", s->name, f->name, at,
			     t.name ?: "none");
		good &= judge(w, s, &t, label);
		if (t.status >= 0 && t.status <= TX_INCOMPLETE)
			results[t.status]++;
		discard(w);
		if (!t.reached)
			break;
		w->errors++;
	}
	ok(good && at > 0,
	   "%s: %s at each of %ld calls (%u done, %u unchanged, %u rolled back, "
	   "%u to be recovered)",
	   s->name, f->name, at, results[TX_OK], results[TX_UNCHANGED],
	   results[TX_ROLLED_BACK], results[TX_INCOMPLETE]);
}

static char *remember(struct world *w, enum level level)
{
	char *s;

	fresh(w, level);
	s = snapshot(w->job.dir, SNAPSHOT_WHOLE);
	discard(w);
	return s;
}

static const struct scenario install = { "install", do_first, START, FIRST, NULL, 0, -1 };
static const struct scenario second = {
	"second install", do_again, FIRST, AGAIN, NULL, 0, -1
};
static const struct scenario away = {
	"uninstall", do_uninstall, AGAIN, START, NULL, 0, -1
};
static const struct scenario *const all[] = { &install, &second, &away };

static void kill_all(struct world *w)
{
	struct scenario back = install;
	long n = count(w, START, do_first);

	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		kill_everywhere(w, all[i]);
	/* Something fails late, after the commit: the way back is killed, too. */
	back.name = "rollback";
	back.fails_at = n - 1;
	if (trace_can_inject())
		kill_everywhere(w, &back);
	kill_recoveries(w, "install", START, FIRST, do_first, n, 16);
	kill_recoveries(w, "second install", FIRST, AGAIN, do_again,
			count(w, FIRST, do_again), 20);
	kill_recoveries(w, "uninstall", AGAIN, START, do_uninstall,
			count(w, AGAIN, do_uninstall), 16);
}

static void fail_all(struct world *w)
{
	for (size_t k = 0; k < n_trace_faults; k++)
		for (size_t i = 0; i < ELEMENTSOF(all); i++)
			errors_everywhere(w, all[i], &trace_faults[k]);
}

static void remember_all(struct world *w)
{
	w->start = remember(w, START);
	w->first = remember(w, FIRST);
	w->again = remember(w, AGAIN);
}

static void forget_all(struct world *w)
{
	free(w->start);
	free(w->first);
	free(w->again);
}

/* Originals are copied, not linked, and come back over a name beside their target. */
static void kill_apart(struct world *w)
{
	w->split = true;
	remember_all(w);
	kill_everywhere(w, &install);
	kill_everywhere(w, &away);
	forget_all(w);
}

/* An uninstall that has something to leave, for which it prepares as well. */
static void kill_edited(struct world *w)
{
	struct scenario s = away;

	s.name = "uninstall of what somebody changed";
	w->split = false;
	w->job.edited = true;
	fresh(w, AGAIN);
	w->again = snapshot(w->job.dir, SNAPSHOT_WHOLE);
	if (do_uninstall(&w->job) != TX_OK)
		abort();
	w->start = snapshot(w->job.dir, SNAPSHOT_WHOLE);
	w->first = NULL;
	discard(w);
	kill_everywhere(w, &s);
	for (size_t k = 0; trace_can_inject() && k < n_trace_faults; k++)
		errors_everywhere(w, &s, &trace_faults[k]);
	forget_all(w);
}

int main(void)
{
	struct world w = { .job = { .first = sample_plan(),
				    .again = sample_plan_again() } };

	remember_all(&w);
	kill_all(&w);
	if (trace_can_inject())
		fail_all(&w);
	else
		skip("errors at each call", "only on x86-64");
	forget_all(&w);
	if (sample_may_mount())
		kill_apart(&w);
	else
		skip("/var and /boot apart", "mounting is not allowed");
	kill_edited(&w);
	printf("# points killed: %u, errors injected: %u\n", w.kills, w.errors);
	plan_free(w.job.first);
	plan_free(w.job.again);
	return tap_done();
}
