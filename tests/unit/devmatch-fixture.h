/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices before and after, as literals, for the tests of what matches them. */
#pragma once

#include "checks/checks.h"
#include "tests/unit/tap.h"

#define MAC_A "00:16:3e:00:00:0a"
#define MAC_B "00:16:3e:00:00:0b"

struct fixture {
	struct guest g;
	struct devices before, now;
	struct inventory inv;
	struct storage storage;
	struct bootlog log;
	struct devrows rows;
	const struct generation *gen; /* NULL: RHEL 5 */
	struct xenbus *bus;
	struct kernels kernels;
	const struct choices *choices;
	bool of_tree; /* the inventory */
};

/* Everything in them points into what is given, and is never freed. */
struct device disk(const char *name, bool pv, struct dev_fs *fs, uint64_t size);
struct device nic(const char *name, bool pv, const char *mac);
/* Match those of before, an inventory's (NULL: there is none), and those of now of a
 * running guest, into f->rows. */
void match(struct fixture *f, struct device *before, size_t n_before, struct device *now,
	   size_t n_now);
/* Row i has that state and that name of today. Here, as a test counts its own calls of
 * ok() only. */
static inline void row_is(const struct fixture *f, size_t i, enum dev_state state,
			  const char *after, const char *what)
{
	if (!ok(i < f->rows.n, "%s: there is a row", what))
		return;
	is(dev_state_name(f->rows.v[i].state), dev_state_name(state), what);
	is(f->rows.v[i].after, after, what);
}
