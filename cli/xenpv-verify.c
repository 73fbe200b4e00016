/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/session.h"

static int verify(const struct options *o, struct session *s, struct report *r)
{
	struct facts f;

	if (!session_open(s, o, r))
		return EXIT_UNREADABLE;
	if (devmatch(s->guest, &r->rows, &r->error) < 0)
		return EXIT_UNREADABLE;
	f = session_facts(s);
	f.rows = &r->rows;
	if (checks_run(&f, STAGE_INSTALLED, &r->findings) < 0 ||
	    checks_run(&f, STAGE_RUNNING, &r->findings) < 0) {
		err_nomem(&r->error);
		return EXIT_UNREADABLE;
	}
	if (session_unreadable(s, r))
		return EXIT_UNREADABLE;
	return report_has_failures(r) ? EXIT_REQUIREMENT : EXIT_PASS;
}

/* A pass rests on the running devices, or on the files alone. */
static bool was_running(const struct report *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (r->findings.v[i].check->stage == STAGE_RUNNING &&
		    r->findings.v[i].status == STATUS_SKIP)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct options o;
	struct session s = { 0 };
	struct report r = { .o = &o };
	int status = EXIT_PASS;

	if (options_parse(&o, PROGRAM_VERIFY, argc, argv, &status)) {
		status = verify(&o, &s, &r);
		report_finish(&r, status);
		if (r.error.code)
			r.summary = NULL;
		else if (!r.pass)
			r.summary = strf("Not verified: see above.");
		else
			r.summary = strf(
				"%s",
				was_running(&r)
					? "Verified: installed, and the devices are on "
					  "PV."
					: "Verified: installed. The devices are proven "
					  "after the next boot.");
		report_print(&r);
	}
	report_done(&r);
	session_done(&s);
	options_done(&o);
	return status;
}
