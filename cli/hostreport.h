/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xenpv-host has to say, as tables and a diff, or as one JSON document
 * (man/xenpv-json.5, schema/xenpv-host-1.json). */
#pragma once

#include "cli/opts.h"
#include "host/format.h"

struct hostreport {
	const struct options *o;
	char *host;			/* "5.1/x86_64", of this host or as given; NULL */
	const struct format *format;	/* NULL: nothing was read */
	const struct domain *domain;	/* NULL */
	const struct changes *changes;	/* NULL */
	const struct generation *guest; /* as told, or by the file; NULL: not known */
	char *diff;			/* NULL: nothing to do */
	char *backup;			/* where the original is; NULL: nothing written */
	struct err error;
};

/* On stdout, messages on stderr, as the options ask; status is the exit status. */
void hostreport_print(const struct hostreport *r, int status);
