/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody does to a tree between an install killed before every third of its calls
 * and the recovery, which is killed as well: theirs stays, all else is as if nothing had
 * been interrupted, and after an uninstall nothing of ours is left.
 */
#include "tests/unit/snapshot.h"
#include "tests/unit/tap.h"
#include "tests/unit/trace.h"
#include "tests/unit/tx-sample.h"

struct job {
	const char *dir;
	struct plan *plan;
	char *start; /* snapshots: spoiled, with nothing installed and with all */
	char *installed;
	unsigned int kills;
	unsigned int undone;
	unsigned int finished;
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

/* What a tree is without an interruption: spoiled with nothing installed, or with all. */
static char *spoiled(struct job *job, void (*spoil)(const char *dir), bool installed)
{
	_cleanup_free_ char *dir = sample_folder();
	char *s;

	job->dir = dir;
	sample_tree(dir, false);
	if (installed && install(job) != TX_OK)
		abort();
	spoil(dir);
	s = snapshot(dir, 0);
	sample_remove(dir);
	return s;
}

/* Without the lines that have a word in them. */
static void drop_lines(char *text, const char *word)
{
	char *to = text;
	size_t len;

	for (const char *line = text; *line; line += len) {
		len = strcspn(line, "\n");
		len += line[len] == '\n';
		if (memmem(line, len, word, strlen(word)))
			continue;
		memmove(to, line, len);
		to += len;
	}
	*to = '\0';
}

static bool is_tree(const char *dir, const char *want, const char *but, const char *at)
{
	_cleanup_free_ char *got = snapshot(dir, 0);
	_cleanup_free_ char *wanted = strdup(want);

	drop_lines(got, but);
	drop_lines(wanted, but);
	/* It is known by a mark that root alone may set: others leave it, empty. */
	if (geteuid() != 0) {
		drop_lines(got, STATE_DIR " ");
		drop_lines(wanted, STATE_DIR " ");
	}
	if (streq(got, wanted))
		return true;
	printf("# %s:\n", at);
	snapshot_differ(got, wanted);
	return false;
}

/* An original that is left beside is the original. */
static bool is_original(const char *dir, const char *at)
{
	_cleanup_free_ char *text = sample_read(dir, "/etc/modprobe.conf.xenpv.orig");

	if (!text || streq(text, "alias eth0 8139cp\n"))
		return true;
	printf("# %s: the original that is left is \"%s\"\n", at, text);
	return false;
}

/* Installed or not, with what somebody did and nothing of a run under way; uninstalled,
 * with what somebody did and nothing of ours. */
static bool is_settled(struct job *job, const char *at)
{
	_cleanup_root_ struct root *r = NULL;
	enum tx_status s = TXS_PENDING;
	_cleanup_strv_ struct strv left = { 0 };
	enum tx_result res;
	bool none;

	if (root_new(&r, job->dir, NULL) < 0 || tx_status(r, &s, NULL) < 0 ||
	    s == TXS_PENDING) {
		printf("# %s: not settled\n", at);
		return false;
	}
	none = s == TXS_NONE;
	job->undone += none;
	job->finished += !none;
	/* The originals below it may be links to what was edited. */
	if (!is_tree(job->dir, none ? job->start : job->installed, STATE_DIR "/", at))
		return false;
	res = tx_uninstall(r, false, NULL, &left, NULL);
	if (res != (none ? TX_NOTHING : TX_OK)) {
		printf("# %s: the uninstall says %d\n", at, res);
		return false;
	}
	return is_original(job->dir, at) &&
	       is_tree(job->dir, job->start, ".xenpv.orig ", at);
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

static void recover_spoiled(struct job job, const char *what,
			    void (*spoil)(const char *dir))
{
	bool installed = false;
	bool good = true;

	job.start = spoiled(&job, spoil, false);
	job.installed = spoiled(&job, spoil, true);
	for (long at = 0; !installed; at += 3)
		for (long k = 0; recover_once(&job, spoil, at, k, &installed, &good); k++)
			;
	ok(good && job.kills && job.undone && job.finished,
	   "%s: recovery killed at %u calls (%u undone, %u finished)", what, job.kills,
	   job.undone, job.finished);
	free(job.start);
	free(job.installed);
}

int main(void)
{
	struct job job = { .plan = sample_plan() };

	recover_spoiled(job, "a file changed before the recovery", edit);
	recover_spoiled(job, "a kernel removed before the recovery", remove_kernel);
	plan_free(job.plan);
	return tap_done();
}
