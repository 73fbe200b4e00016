/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody does to a tree between an interrupted install and its recovery, which is
 * interrupted as well: theirs stays, nothing of ours is left, and it can be uninstalled.
 */
#include "tests/unit/snapshot.h"
#include "tests/unit/tap.h"
#include "tests/unit/trace.h"
#include "tests/unit/tx-sample.h"

struct job {
	const char *dir;
	struct plan *plan;
	unsigned int kills;
};

static int install(void *arg)
{
	struct job *job = arg;
	_cleanup_root_ struct root *r = NULL;

	return root_new(&r, job->dir, NULL) < 0
		       ? 99
		       : (int)tx_apply(r, job->plan, NULL, NULL, NULL);
}

static int recover(void *arg)
{
	struct job *job = arg;
	_cleanup_root_ struct root *r = NULL;

	return root_new(&r, job->dir, NULL) < 0 ? 99 : (int)tx_recover(r, NULL, NULL);
}

static void edit(const char *dir)
{
	sample_write(dir, "/etc/modprobe.conf", "mine\n");
}

static void remove_kernel(const char *dir)
{
	_cleanup_free_ char *modules = strf("%s" SAMPLE_K, dir);

	sample_remove(modules);
}

/* Installed or not, with nothing of a run under way, and to be uninstalled. */
static bool is_settled(struct job *job, const char *at)
{
	static const char *const ends[] = { ".xenpv-new ", ".xenpv-old ",
					    ".xenpv-left " };
	_cleanup_root_ struct root *r = NULL;
	_cleanup_free_ char *now = snapshot(job->dir, 0);
	enum tx_status s = TXS_PENDING;
	_cleanup_strv_ struct strv left = { 0 };
	enum tx_result res;

	for (size_t i = 0; i < ELEMENTSOF(ends); i++)
		if (strstr(now, ends[i])) {
			printf("# %s: a name with %s is left\n", at, ends[i]);
			return false;
		}
	if (root_new(&r, job->dir, NULL) < 0 || tx_status(r, &s, NULL) < 0 ||
	    s == TXS_PENDING) {
		printf("# %s: not settled\n", at);
		return false;
	}
	res = tx_uninstall(r, false, NULL, &left, NULL);
	if (res != TX_OK && res != TX_NOTHING)
		printf("# %s: the uninstall says %d\n", at, res);
	return res == TX_OK || res == TX_NOTHING;
}

/* One install killed, something done to the tree, a recovery killed, and one that is not:
 * false when the first recovery had no such call. */
static bool recover_once(struct job *job, void (*spoil)(const char *dir), long at, long k,
			 bool *ret_installed, bool *good)
{
	struct trace t = { .what = TRACE_KILL_BEFORE, .at = at, .also_at = -1 };
	struct trace again = { .what = TRACE_KILL_BEFORE, .at = k, .also_at = -1 };
	_cleanup_free_ char *dir = sample_folder();
	_cleanup_free_ char *label = strf("killed before call %ld, then before %ld", at,
					  k);
	int res;

	job->dir = dir;
	sample_tree(dir, false);
	trace_run(&t, install, job);
	*ret_installed = !t.reached;
	spoil(dir);
	trace_run(&again, recover, job);
	job->kills += again.reached;
	res = recover(job);
	if (res != TX_OK && res != TX_NOTHING) {
		printf("# %s: recover says %d\n", label, res);
		*good = false;
	} else {
		*good &= is_settled(job, label);
	}
	sample_remove(dir);
	return again.reached;
}

static void recover_spoiled(struct job *job, const char *what,
			    void (*spoil)(const char *dir))
{
	unsigned int kills = job->kills;
	bool installed = false;
	bool good = true;

	for (long at = 0; !installed; at += 3)
		for (long k = 0; recover_once(job, spoil, at, k, &installed, &good); k++)
			;
	ok(good, "%s: recovery killed at %u calls", what, job->kills - kills);
}

int main(void)
{
	struct job job = { .plan = sample_plan() };

	recover_spoiled(&job, "a file changed before the recovery", edit);
	recover_spoiled(&job, "a kernel removed before the recovery", remove_kernel);
	plan_free(job.plan);
	return tap_done();
}
