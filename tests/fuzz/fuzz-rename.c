/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text with disks in it, renamed as each kind of file is: the names are new then, so
 * there is nothing to do a second time.
 */
#include "guest/generation.h"
#include "installer/rename.h"
#include "tests/fuzz/fuzz.h"

static int args(struct naming *n, const char *file, struct lines *l, struct strv *details)
{
	int changed = 0;

	for (size_t i = 0; i < l->n; i++)
		changed |= rename_args(n, file, "R", l, i, details);
	return changed < 0 ? changed : 0;
}

static const struct {
	const char *file;
	int (*rename)(struct naming *n, const char *file, struct lines *l,
		      struct strv *details);
} kinds[] = {
	{ "/etc/lvm/lvm.conf", rename_lvm },
	{ "/etc/mdadm.conf", rename_md },
	{ "/etc/default/grub", args },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rename renames[] = {
		{ (char[]){ "sda" }, (char[]){ "xvda" }, false },
		{ (char[]){ "hdb" }, (char[]){ "xvdb" }, false },
	};
	const struct generation gen = { 0 };
	const struct guest g = { .gen = &gen };
	struct planning p = { .g = &g,
			      .renames = renames,
			      .n_renames = ELEMENTSOF(renames) };
	bool used[ELEMENTSOF(renames)] = { 0 };
	struct naming n = { &p, used };

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		_cleanup_strv_ struct strv details = { 0 };
		_cleanup_strv_ struct strv again = { 0 };
		_cleanup_lines_ struct lines l = { 0 };

		if (lines_parse(&l, (const char *)data, size, "x", NULL) < 0)
			return 0;
		check(kinds[i].rename(&n, kinds[i].file, &l, &details) == 0);
		check(kinds[i].rename(&n, kinds[i].file, &l, &again) == 0);
		check(!again.n);
	}
	return 0;
}
