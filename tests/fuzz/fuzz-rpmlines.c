/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's rpm printed of its database, which may have rpm in its hands. */
#include "guest/rpmdb_read.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(rpmdb_freep) struct rpmdb *db = calloc(1, sizeof(*db));
	_cleanup_free_ char *complaint = NULL;
	_cleanup_free_ char *buf = NULL;
	_cleanup_fclose_ FILE *out = NULL;
	_cleanup_fclose_ FILE *in = NULL;
	size_t len;
	int k;

	out = open_memstream(&buf, &len);
	in = fdopen(fuzz_fd(data, size), "r");
	check(db && out && in);
	rewind(in);
	if (rpmdb_lines(out, in) < 0)
		return 0;
	/* The end, as the child writes it */
	fprintf(out, ".%c", 0);
	check(fflush(out) == 0);
	k = rpmdb_parse(db, buf, len, &complaint);
	check((k == 0 || k == -EBADMSG) && !complaint);
	return 0;
}
