/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/session.h"
#include "cli/streams.h"

static int check(const struct options *o, struct session *s, struct report *r)
{
	struct facts f;

	if (session_begin(s, o, &r->error) < 0 || !session_open(s, o, r))
		return EXIT_UNREADABLE;
	f = session_facts(s);
	if (checks_run(&f, STAGE_PREFLIGHT, &r->findings) < 0) {
		err_nomem(&r->error);
		return EXIT_UNREADABLE;
	}
	if (session_unreadable(s, false, r))
		return EXIT_UNREADABLE;
	return report_has_failures(r) ? EXIT_REQUIREMENT : EXIT_PASS;
}

int main(int argc, char **argv)
{
	struct options o;
	struct session s = { 0 };
	struct report r = { .o = &o };
	int status = EXIT_PASS;

	if (options_parse(&o, PROGRAM_CHECK, argc, argv, &status)) {
		status = check(&o, &s, &r);
		progress_say(s.progress, NULL);
		report_finish(&r, status);
		if (!r.error.code)
			r.summary = strf("%s",
					 r.pass ? "Ready: PV drivers can be installed."
						: "Not ready: see above.");
		report_print(&r);
	}
	report_done(&r);
	session_done(&s);
	options_done(&o);
	return streams_end(PROGRAM_CHECK, status, false);
}
