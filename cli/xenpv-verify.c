/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include <time.h>

#include "cli/page.h"
#include "cli/session.h"
#include "cli/streams.h"
#include "installer/atboot.h"

/* Devices that the inventory has and the guest has not, or not yet; those that were none
 * of Xen's may never come. */
static const struct devrow *missing(const struct devrows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i].state == DEVSTATE_MISSING && !rows->v[i].foreign)
			return &rows->v[i];
	return NULL;
}

static void sleep_second(void)
{
	struct timespec left = { .tv_sec = 1 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

/* --wait: look again each second, as long as one is missing. */
static int match_devices(const struct options *o, struct session *s, struct report *r)
{
	int k = devmatch(s->guest, s->choices, &r->rows, &r->error);

	for (unsigned int left = o->wait; k == 0 && left; left--) {
		const struct devrow *awaited = missing(&r->rows);

		if (!awaited)
			break;
		progress_say(s->progress, "waiting for %s, %u s at most", awaited->before,
			     left);
		sleep_second();
		k = guest_look_again(s->guest, &r->error);
		devrows_done(&r->rows);
		if (k == 0)
			k = devmatch(s->guest, s->choices, &r->rows, &r->error);
	}
	return k;
}

static int verify(const struct options *o, struct session *s, struct report *r)
{
	struct facts f;

	if (session_begin(s, o, &r->error) < 0 || !session_open(s, o, r))
		return EXIT_UNREADABLE;
	if (match_devices(o, s, r) < 0)
		return EXIT_UNREADABLE;
	f = session_facts(s);
	f.rows = &r->rows;
	if (checks_run(&f, STAGE_INSTALLED, &r->findings) < 0 ||
	    checks_run(&f, STAGE_RUNNING, &r->findings) < 0) {
		err_nomem(&r->error);
		return EXIT_UNREADABLE;
	}
	if (session_unreadable(s, true, r))
		return EXIT_UNREADABLE;
	return report_has_failures(r) ? EXIT_REQUIREMENT : EXIT_PASS;
}

static bool says(const struct report *r, enum status status)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.v[i].check->stage == STAGE_RUNNING &&
		    r->findings.v[i].status == status)
			return true;
	return false;
}

/* What a pass rests on: the devices, some of them, or the files alone. */
static const char *summary(const struct report *r)
{
	if (!r->pass)
		return "Not verified: see above.";
	if (says(r, STATUS_SKIP))
		return "Verified: installed. The devices are proven after the next boot.";
	if (says(r, STATUS_UNKNOWN))
		return "Verified: installed. Not every device is proven: see above.";
	return "Verified: installed, and the devices are on PV.";
}

/* --at-boot: 1 when a result is due, 0 when there is nothing to do, and nothing else is
 * to be read. */
static int is_due(const struct options *o, struct report *r)
{
	_cleanup_root_ struct root *root = NULL;
	int k = o->at_boot ? root_new(&root, o->root, &r->error) : 0;

	if (k < 0 || !o->at_boot)
		return k < 0 ? k : 1;
	return atboot_pending(root, &r->error);
}

static int leave_result(const struct options *o, const struct report *r, struct err *e)
{
	_cleanup_root_ struct root *root = NULL;
	_cleanup_free_ char *text = report_json_text(r);
	int k = text ? root_new(&root, o->root, e) : err_nomem(e);

	return k < 0 ? k : atboot_write(root, text, e);
}

/* The verdict stands in the files even when the writing of one is what failed later. One
 * that was not due takes the place of none. */
static int leave_files(const struct options *o, struct report *r, bool due, int status)
{
	_cleanup_err_ struct err e = ERR_INIT;
	int k = o->at_boot && due ? leave_result(o, r, &e) : 0;

	if (k == 0 && o->report)
		k = page_write(r, &e);
	if (k == 0)
		return status;
	if (r->error.code) {
		fprintf(stderr, "xenpv-verify: %s\n", err_text(&e));
	} else {
		r->error = e;
		e = ERR_INIT;
	}
	return status == EXIT_PASS ? EXIT_UNREADABLE : status;
}

int main(int argc, char **argv)
{
	struct options o;
	struct session s = { 0 };
	struct report r = { .o = &o };
	int status = EXIT_PASS;
	int due = 0;

	if (options_parse(&o, PROGRAM_VERIFY, argc, argv, &status)) {
		due = is_due(&o, &r);
		status = due < 0 ? EXIT_UNREADABLE : EXIT_PASS;
	}
	if (due) {
		if (due > 0)
			status = verify(&o, &s, &r);
		progress_say(s.progress, NULL);
		report_finish(&r, status);
		r.summary = r.error.code ? NULL : strf("%s", summary(&r));
		status = leave_files(&o, &r, due > 0, status);
		report_print(&r);
	}
	report_done(&r);
	session_done(&s);
	options_done(&o);
	return streams_end(PROGRAM_VERIFY, status, false);
}
