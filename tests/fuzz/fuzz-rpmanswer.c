/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the child that reads the rpm database writes, which a database made for the
 * purpose may have in its hands; and the kernels that those packages hold.
 */
#include "guest/kernels_parts.h"
#include "guest/rpmdb_read.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(rpmdb_freep) struct rpmdb *db = calloc(1, sizeof(*db));
	_cleanup_(kernels_freep) struct kernels *ks = calloc(1, sizeof(*ks));
	_cleanup_free_ char *complaint = NULL;
	int k;

	check(db && ks);
	k = rpmdb_parse(db, (const char *)data, size, &complaint);
	check(k == 0 || (k == 1 && complaint) || k == -EBADMSG);
	if (k != 0)
		return 0;
	for (size_t i = 0; i < db->n; i++) {
		_cleanup_free_ char *nevra = pkg_nevra(&db->pkgs[i]);

		check(nevra && rpmdb_find(db, db->pkgs[i].name, NULL));
		pkg_evr_cmp(&db->pkgs[i], "1:2.6.18-53");
	}
	check(kernels_from_packages(ks, db, NULL) == 0);
	for (size_t i = 0; i < ks->n; i++)
		check(release_is_plain(ks->v[i].release));
	return 0;
}
