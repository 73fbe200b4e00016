/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices-pv: the devices of this boot, or of the last boot that a tree's logs tell of */
#include "checks/add.h"
#include "checks/cause.h"

static const char nic_once[] =
	"on the host take type=ioemu and model= out of its vif line, then shut down and "
	"start the guest";

/* What to do about each state; NULL: nothing. */
static const char *remedy_of(const struct devrow *r, bool log)
{
	if (r->cause != CAUSE_NONE)
		return cause_remedy(r->cause, r->kind);
	switch (r->state) {
	case DEVSTATE_EMULATED:
		return r->kind == DEV_NIC ? nic_once
					  : "on the host give this disk as xvde or "
					    "later, then shut down and start the guest";
	case DEVSTATE_TWICE:
		if (r->foreign)
			return "stop using it now; on the host give it once only";
		return r->kind == DEV_NIC ? nic_once
					  : "stop using it now; on the host give it as "
					    "xvde or later, so that it is no longer "
					    "emulated as well";
	case DEVSTATE_MISSING:
		if (r->foreign)
			return "nothing, unless the host is to give it";
		return log ? "look for it in the guest's log of this boot"
			   : "look for a line about it in dmesg, and for its line in the "
			     "host's configuration";
	case DEVSTATE_UNKNOWN:
		return "run xenpv-verify in the running guest";
	default:
		return NULL;
	}
}

static const char *state_text(const struct devrow *r)
{
	if (r->state != DEVSTATE_TWICE)
		return dev_state_name(r->state);
	return r->foreign ? "seen twice, by another driver and PV at once"
			  : "seen twice, emulated and PV at once";
}

/* That a device which was none of Xen's is gone is no matter of the switch. */
static bool is_bad(const struct devrow *r)
{
	return r->state == DEVSTATE_EMULATED || r->state == DEVSTATE_TWICE ||
	       (r->state == DEVSTATE_MISSING && !r->foreign);
}

static enum status status_of(const struct devrow *r)
{
	if (r->state == DEVSTATE_UNKNOWN)
		return STATUS_UNKNOWN;
	return is_bad(r) ? STATUS_FAIL : STATUS_WARN;
}

static int device_finding(const struct check *c, const struct devrow *r, bool log,
			  struct findings *out)
{
	static const char *const kinds[] = { "disk", "NIC" };
	const char *remedy = remedy_of(r, log);

	return finding_add(out, c, NULL, status_of(r),
			   strf("%s %s is %s%s%s", kinds[r->kind], r->before ?: r->after,
				state_text(r), r->detail ? ": " : "", r->detail ?: ""),
			   strf("on PV"), remedy ? strf("%s", remedy) : NULL);
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

/* The worst first; what needs no finding last. */
static int rank(const struct devrow *r)
{
	if (is_bad(r))
		return r->state == DEVSTATE_TWICE ? 0 : 1;
	if (r->state == DEVSTATE_UNKNOWN && !r->foreign)
		return 2;
	return r->state == DEVSTATE_MISSING ? 3 : 4;
}

/* Returns 1 when one is not on PV or may not be, 0 when all are well. */
static int device_findings(const struct check *c, const struct devrows *rows, bool log,
			   struct findings *out)
{
	bool doubt = false;

	for (int now = 0; now < 4; now++)
		for (size_t i = 0; rows && i < rows->n; i++) {
			const struct devrow *r = &rows->v[i];

			if (rank(r) != now)
				continue;
			doubt |= now < 3;
			if (device_finding(c, r, log, out) < 0)
				return -ENOMEM;
		}
	return doubt;
}

static int all_well(const struct check *c, const struct devrows *rows,
		    struct findings *out)
{
	_cleanup_free_ char *others = NULL;
	size_t n[DEVSTATE_COUNT] = { 0 };

	for (size_t i = 0; rows && i < rows->n; i++)
		n[rows->v[i].state]++;
	others = n[DEVSTATE_OTHER] ? strf(", %zu none of Xen's", n[DEVSTATE_OTHER])
				   : NULL;
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("%zu on PV, %zu emulated as it must be%s", n[DEVSTATE_PV],
				n[DEVSTATE_EXPECTED_EMULATED], others ?: ""),
			   strf("every device on PV but the boot disk"), NULL);
}

CHECK(check_devices_pv)
{
	const struct guest *g = f->g;
	bool log = !g->live;
	int k;

	if (log && !g->inventory)
		return finding_add(
			out, c, NULL, STATUS_SKIP,
			strf("no inventory: xenpv-install has not run on this guest"),
			NULL, NULL);
	if (log && !g->log->source)
		return finding_add(
			out, c, NULL, STATUS_SKIP,
			strf("/var/log has no kernel log in text (a journal is "
			     "not read): whether the guest has booted since "
			     "xenpv-install is not known"),
			NULL, strf("boot the guest, then run xenpv-verify in it"));
	if (log && !g->log->since)
		return finding_add(
			out, c, NULL, STATUS_SKIP,
			strf("no boot since xenpv-install in %s", g->log->source), NULL,
			strf("boot the guest, then run xenpv-verify again"));
	k = device_findings(c, f->rows, log, out);
	if (k < 0 || kernel_failures(c, g->log, out) < 0)
		return -ENOMEM;
	return k ? 0 : all_well(c, f->rows, out);
}
