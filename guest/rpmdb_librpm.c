/* SPDX-License-Identifier: GPL-2.0-or-later */
/* librpm, in the child. */
#include <inttypes.h>
#include <rpm/header.h>
#include <rpm/rpmdb.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmtd.h>
#include <rpm/rpmts.h>
#include <string.h>

#include "guest/rpmdb_read.h"
#include "lib/confine.h"

const bool rpmdb_is_program = false;

struct complaint {
	FILE *out;
	bool made;
};

/* The first error is the cause; the missing indexes of old databases are only warnings.
 */
static int on_log(rpmlogRec rec, rpmlogCallbackData data)
{
	struct complaint *c = data;
	const char *msg = rpmlogRecMessage(rec);

	if (rpmlogRecPriority(rec) > RPMLOG_ERR || c->made)
		return 0;
	c->made = true;
	fprintf(c->out, "!%.*s%c", (int)strcspn(msg, "\n"), msg, 0);
	return 0;
}

/* Most packages have no such path: their folders tell, and need not be put before each
 * name. Packages of rpm 3 list none. */
static bool may_want(Header h)
{
	struct rpmtd_s td;
	const char *dir;
	bool wanted = false;

	if (!headerGet(h, RPMTAG_DIRNAMES, &td, HEADERGET_MINMEM))
		return true;
	while (!wanted && (dir = rpmtdNextString(&td)))
		wanted = rpmdb_wanted_path(dir) != NULL;
	rpmtdFreeData(&td);
	return wanted;
}

static void dump_string(FILE *out, char letter, Header h, rpmTag tag)
{
	const char *s = headerGetString(h, tag);

	fprintf(out, "%c%s%c", letter, s ? s : "", 0);
}

static void dump_package(FILE *out, Header h)
{
	struct rpmtd_s td;
	const char *path;

	dump_string(out, 'N', h, RPMTAG_NAME);
	dump_string(out, 'V', h, RPMTAG_VERSION);
	dump_string(out, 'R', h, RPMTAG_RELEASE);
	dump_string(out, 'A', h, RPMTAG_ARCH);
	if (headerIsEntry(h, RPMTAG_EPOCH))
		fprintf(out, "E%" PRIu64 "%c", headerGetNumber(h, RPMTAG_EPOCH), 0);
	if (!may_want(h) || !headerGet(h, RPMTAG_FILENAMES, &td, HEADERGET_EXT))
		return;
	while ((path = rpmtdNextString(&td))) {
		path = rpmdb_wanted_path(path);
		if (path)
			fprintf(out, "F%s%c", path, 0);
	}
	rpmtdFreeData(&td);
}

static int dump_all(const char *dir, const char *backend, FILE *out)
{
	rpmts ts;
	rpmdbMatchIterator it;
	Header h;

	/*
	 * No rpmReadConfigFiles(): neither this machine's rpm configuration nor
	 * its user's macros have a say in what is read of the guest.
	 */
	if (rpmPushMacro(NULL, "_dbpath", NULL, dir, RMIL_GLOBAL) ||
	    rpmPushMacro(NULL, "_db_backend", NULL, backend, RMIL_GLOBAL))
		return -1;
	ts = rpmtsCreate();
	if (!ts)
		return -1;
	/* Packages of that age are signed in ways that today's policy refuses. */
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES);
	it = rpmtsInitIterator(ts, RPMDBI_PACKAGES, NULL, 0);
	while ((h = rpmdbNextIterator(it)))
		dump_package(out, h);
	rpmdbFreeIterator(it);
	rpmtsFree(ts);
	return 0;
}

/* The copy is all that it sees; a database of sqlite has files beside it. */
static bool confine_to(const char *dir)
{
	_cleanup_confine_ struct confine *c = confine_new(CONFINE_ALL);

	return c && confine_keep_path(c, dir, CONFINE_WRITE) == 0 &&
	       confine_files(c, NULL) == 0 && confine_calls(NULL) == 0;
}

int rpmdb_dump(const char *dir, const char *backend, FILE *out)
{
	struct complaint c = { .out = out };

	if (!confine_to(dir))
		return -1;
	rpmlogSetMask(RPMLOG_UPTO(RPMLOG_ERR));
	rpmlogSetCallback(on_log, &c);
	return dump_all(dir, backend, out);
}
