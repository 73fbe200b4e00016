/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/sandbox.h"
#include "cli/session.h"
#include "cli/streams.h"
#include "guest/pkglock.h"
#include "installer/transaction.h"

static int exit_of(enum tx_result t)
{
	static const int status[] = {
		[TX_OK] = EXIT_PASS,
		[TX_NOTHING] = EXIT_PASS,
		[TX_UNCHANGED] = EXIT_UNREADABLE,
		[TX_ROLLED_BACK] = EXIT_ROLLED_BACK,
		[TX_INCOMPLETE] = EXIT_INCOMPLETE,
	};

	return status[t];
}

static void progress(void *arg, size_t done, size_t total, const struct op *op)
{
	progress_say(arg, "[%zu/%zu] %s %s", done + 1, total, op->action, op->path);
}

/* --force: the failures of these checks no longer count; which they were is recorded. */
static int apply_force(const struct options *o, struct report *r, struct strv *forced)
{
	for (size_t i = 0; i < r->findings.n; i++) {
		struct finding *f = &r->findings.v[i];

		if (!status_fails(o, f->status) || !strv_has(&o->force, f->check->id))
			continue;
		f->forced = true;
		f->status = STATUS_WARN;
		if (!strv_has(forced, f->check->id) && strv_add(forced, f->check->id) < 0)
			return err_nomem(&r->error);
	}
	return 0;
}

/* Before anything is written. */
static bool may_write(const struct options *o, const struct root *root, struct report *r)
{
	return o->dry_run || pkglock_check(root, &r->error) == 0;
}

static int do_install(const struct options *o, struct session *s, struct report *r,
		      struct plan *plan)
{
	struct planning p = { .plan = plan };
	_cleanup_strv_ struct strv forced = { 0 };
	struct facts f;
	enum tx_result t;
	int k;

	if (!session_open(s, o, r))
		return EXIT_UNREADABLE;
	f = session_facts(s);
	if (checks_run(&f, STAGE_PREFLIGHT, &r->findings) < 0) {
		err_nomem(&r->error);
		return EXIT_UNREADABLE;
	}
	if (apply_force(o, r, &forced) < 0 || session_unreadable(s, false, r))
		return EXIT_UNREADABLE;
	if (report_has_failures(r)) {
		r->summary = strf(
			"Not installed, nothing was changed: a requirement is not met.");
		return EXIT_REQUIREMENT;
	}
	p.root = s->root;
	p.g = s->guest;
	p.choices = s->choices;
	p.selected = s->selected;
	p.renames = s->renames.v;
	p.n_renames = s->renames.n;
	p.boot_disk_pv = s->boot_disk_pv;
	p.verify_at_boot = o->verify_at_boot;
	p.forced = forced;
	progress_say(s->progress, "planning");
	k = plan_make(&p, &r->error);
	if (k < 0 || root_broken(s->root, &r->error) < 0)
		return EXIT_UNREADABLE;
	r->plan = plan;
	if (o->dry_run && plan->n && tx_check(s->root, plan, &r->error) < 0)
		return EXIT_UNREADABLE;
	if (!plan->n || o->dry_run) {
		r->summary = strf("%s",
				  plan->n ? "Dry run: nothing was changed."
					  : "Nothing to do: the drivers are installed.");
		return EXIT_PASS;
	}
	if (!may_write(o, s->root, r) || sandbox_narrow(s->root, plan, &r->error) < 0)
		return EXIT_UNREADABLE;
	progress_say(s->progress, "preparing %zu steps", plan->n);
	t = tx_apply(s->root, plan, progress, s->progress, &r->error);
	if (t == TX_OK)
		r->summary = strf("Installed. %s, then run xenpv-verify.",
				  s->guest->gen->unplug
					  ? "Reboot the guest"
					  : "Shut the guest down, change its "
					    "configuration on the host, start it");
	return exit_of(t);
}

static int do_uninstall(const struct options *o, struct session *s, struct report *r,
			struct plan *plan)
{
	_cleanup_strv_ struct strv left = { 0 };
	enum tx_result t;

	if (root_new(&s->root, o->root, &r->error) < 0 || !may_write(o, s->root, r))
		return EXIT_UNREADABLE;
	progress_say(s->progress, "putting back what an install changed");
	t = tx_uninstall(s->root, o->dry_run, plan, &left, &r->error);
	r->plan = plan;
	if (t == TX_NOTHING)
		r->summary = strf("Nothing to do: xenpv is not installed in this guest.");
	else if (t == TX_OK)
		r->summary = strf("%s", o->dry_run ? "Dry run: nothing was changed."
						   : "Uninstalled.");
	return exit_of(t);
}

/* What an interrupted run left is settled before anything else. */
static int do_recover(const struct options *o, struct session *s, struct report *r)
{
	_cleanup_root_ struct root *root = NULL;
	enum tx_status status;
	enum tx_result t;

	if (root_new(&root, o->root, &r->error) < 0 ||
	    tx_status(root, &status, &r->error) < 0)
		return EXIT_UNREADABLE;
	if (status != TXS_PENDING) {
		if (o->recover)
			r->summary = strf("Nothing to do: no run was interrupted.");
		return EXIT_PASS;
	}
	if (o->dry_run) {
		err_set(&r->error, EBUSY,
			"%s" STATE_DIR
			": an earlier run was interrupted: run xenpv-install "
			"--recover first",
			root->path);
		return EXIT_UNREADABLE;
	}
	if (!may_write(o, root, r))
		return EXIT_UNREADABLE;
	progress_say(s->progress, "settling what an interrupted run left");
	t = tx_recover(root, &r->settled, &r->error);
	progress_say(s->progress, NULL);
	return exit_of(t);
}

int main(int argc, char **argv)
{
	struct options o;
	struct session s = { 0 };
	struct report r = { .o = &o };
	_cleanup_(plan_freep) struct plan *plan = calloc(1, sizeof(*plan));
	int status = EXIT_PASS;

	if (!plan)
		return EXIT_UNREADABLE;
	if (options_parse(&o, PROGRAM_INSTALL, argc, argv, &status)) {
		status = session_begin(&s, &o, &r.error) < 0 ? EXIT_UNREADABLE
							     : do_recover(&o, &s, &r);
		if (status == EXIT_PASS && !o.recover)
			status = o.uninstall ? do_uninstall(&o, &s, &r, plan)
					     : do_install(&o, &s, &r, plan);
		progress_say(s.progress, NULL);
		report_finish(&r, status);
		report_print(&r);
	}
	status = streams_end(PROGRAM_INSTALL, status,
			     o.recover || r.settled ||
				     (r.plan && r.plan->n && !o.dry_run));
	report_done(&r);
	plan_free(TAKE_PTR(plan));
	session_done(&s);
	options_done(&o);
	return status;
}
