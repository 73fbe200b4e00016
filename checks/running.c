/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices-pv: the devices of this boot, or of the last boot that a tree's logs tell of */
#include "checks/add.h"
#include "checks/cause.h"

/* What to do about each state; NULL: nothing. */
static const char *remedy_of(const struct devrow *r, bool log)
{
	if (r->cause != CAUSE_NONE)
		return cause_remedy(r->cause, r->kind);
	switch (r->state) {
	case DEVSTATE_EMULATED:
		return r->kind == DEV_NIC ? "on the host take type=ioemu and model= out "
					    "of its vif line, then "
					    "shut down and start the guest"
					  : "on the host give this disk as xvde or "
					    "later, then shut down and "
					    "start the guest";
	case DEVSTATE_TWICE:
		return r->kind == DEV_NIC ? "on the host take type=ioemu and model= out "
					    "of its vif line, then "
					    "shut down and start the guest"
					  : "stop using it now; on the host give it as "
					    "xvde or later, so that "
					    "it is no longer emulated as well";
	case DEVSTATE_MISSING:
		return log ? "look for it in the guest's log of this boot"
			   : "look for a line about it in dmesg, and for its line in the "
			     "host's "
			     "configuration";
	default:
		return NULL;
	}
}

static int device_finding(const struct check *c, const struct devrow *r, bool log,
			  struct findings *out)
{
	static const char *const kinds[] = { "disk", "NIC" };
	const char *remedy = remedy_of(r, log);

	return finding_add(out, c, NULL, STATUS_FAIL,
			   strf("%s %s is %s%s%s", kinds[r->kind], r->before ?: r->after,
				r->state == DEVSTATE_TWICE
					? "seen twice, emulated and PV at once"
					: dev_state_name(r->state),
				r->detail ? ": " : "", r->detail ?: ""),
			   strf("on PV"), remedy ? strf("%s", remedy) : NULL);
}

static bool is_bad(enum dev_state s)
{
	return s == DEVSTATE_EMULATED || s == DEVSTATE_TWICE || s == DEVSTATE_MISSING;
}

static int kernel_failures(const struct check *c, const struct bootlog *log,
			   struct findings *out)
{
	for (size_t i = 0; i < log->failures.n; i++) {
		int k = finding_add(out, c, NULL, STATUS_WARN,
				    strf("the kernel said: %s", log->failures.v[i]),
				    strf("no failure of a driver"), NULL);

		if (k < 0)
			return k;
	}
	return 0;
}

CHECK(check_devices_pv)
{
	const struct guest *g = f->g;
	bool log = !g->live;
	size_t pv = 0;
	size_t expected = 0;
	bool bad = false;
	int k;

	if (log && !g->inventory)
		return finding_add(
			out, c, NULL, STATUS_SKIP,
			strf("no inventory: xenpv-install has not run on this guest"),
			NULL, NULL);
	if (log && !g->log->since)
		return finding_add(out, c, NULL, STATUS_SKIP,
				   strf("the guest has not booted since xenpv-install"),
				   NULL,
				   strf("boot the guest, then run xenpv-verify again"));
	/* The worst finding there is comes first. */
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; f->rows && i < f->rows->n; i++) {
			const struct devrow *r = &f->rows->v[i];

			if (!is_bad(r->state) ||
			    (r->state == DEVSTATE_TWICE) != (pass == 0))
				continue;
			bad = true;
			k = device_finding(c, r, log, out);
			if (k < 0)
				return k;
		}
	for (size_t i = 0; f->rows && i < f->rows->n; i++) {
		pv += f->rows->v[i].state == DEVSTATE_PV;
		expected += f->rows->v[i].state == DEVSTATE_EXPECTED_EMULATED;
	}
	k = kernel_failures(c, g->log, out);
	if (k < 0 || bad)
		return k;
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("%zu on PV, %zu emulated as it must be", pv, expected),
			   strf("every device on PV but the boot disk"), NULL);
}
