/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "checks/add.h"
#include "checks/cause.h"
#include "cli/reporttables.h"

static size_t kernel_lines(const struct report *r)
{
	return r->g ? r->g->kernels->n : 0;
}

static char *kernel_cell(const struct report *r, size_t line, size_t column,
			 const char **colour)
{
	const struct kernel *k = &r->g->kernels->v[line];

	switch (column) {
	case 0:
		return strf("%s", k->release);
	case 1:
		return strf("%s", variant_name(k->variant));
	case 2:
		return strf("%s", arch_name(k->arch));
	case 3:
		return strf("%s", k->is_default ? "yes" : "");
	case 4:
		return strf("%s",
			    r->choices ? choice_name(r->choices->v[line].kind) : "");
	default:
		return strf("%s", k->initrd ?: "");
	}
}

const struct table table_kernels = {
	.title = "Kernels",
	.columns = { { "KERNEL", IN_ALL, false },
		     { "VARIANT", IN_ALL, false },
		     { "ARCH", IN_ALL, false },
		     { "DEFAULT", IN_ALL, false },
		     { "DRIVERS", IN_ALL, false },
		     { "INITRD", IN_VERBOSE, false } },
	.lines = kernel_lines,
	.cell = kernel_cell,
};

static size_t finding_lines(const struct report *r)
{
	return r->findings.n;
}

static const char *status_colour(enum status s)
{
	static const char *const colours[] = { "green", "yellow", "red", "yellow", NULL };

	return colours[s];
}

static char *finding_cell(const struct report *r, size_t line, size_t column,
			  const char **colour)
{
	const struct finding *f = &r->findings.v[line];

	switch (column) {
	case 0:
		*colour = status_colour(f->status);
		return strf("%s%s", status_name(f->status), f->forced ? " (forced)" : "");
	case 1:
		return strf("%s", f->check->id);
	case 2:
		return strf("%s", f->kernel ?: "");
	case 3:
		return strf("%s", f->seen);
	case 4:
		return strf("%s", f->needed ?: "");
	case 5:
		return strf("%s", f->remedy ?: "");
	case 6:
		return strf("%s", f->check->source);
	default:
		return strf("%s", stage_name(f->check->stage));
	}
}

/* An install shows what stands in its way or needs a hand; xenpv-check shows all. */
static bool finding_shown(const struct report *r, size_t line)
{
	const struct finding *f = &r->findings.v[line];

	if (r->o->quiet)
		return status_fails(r->o, f->status);
	return r->o->verbose || r->o->program != PROGRAM_INSTALL ||
	       (f->status != STATUS_PASS && f->status != STATUS_SKIP);
}

const struct table table_findings = {
	.title = "Findings",
	.columns = { { "STATUS", IN_ALL, false },
		     { "CHECK", IN_ALL, false },
		     { "KERNEL", IN_ALL, false },
		     { "FOUND", IN_ALL, true },
		     { "NEEDED", IN_VERBOSE, true },
		     { "WHAT TO DO", IN_PAGE, true },
		     { "SOURCE", IN_VERBOSE, true },
		     { "STAGE", IN_PAGE, false } },
	.lines = finding_lines,
	.cell = finding_cell,
	.shown = finding_shown,
};

static size_t device_lines(const struct report *r)
{
	return r->rows.n;
}

static char *device_cell(const struct report *r, size_t line, size_t column,
			 const char **colour)
{
	static const char *const colours[DEVSTATE_COUNT] = {
		[DEVSTATE_PV] = "green",   [DEVSTATE_EMULATED] = "red",
		[DEVSTATE_TWICE] = "red",  [DEVSTATE_MISSING] = "red",
		[DEVSTATE_NEW] = "yellow", [DEVSTATE_UNKNOWN] = "yellow",
	};
	const struct devrow *d = &r->rows.v[line];

	switch (column) {
	case 0:
		return strf("%s", d->kind == DEV_NIC ? "NIC" : "disk");
	case 1:
		return strf("%s", d->before ?: "-");
	case 2:
		return strf("%s", d->after ?: "-");
	case 3:
		return strf("%s", d->driver ?: "-");
	case 4:
		*colour = colours[d->state];
		return strf("%s", dev_state_name(d->state));
	case 5:
		return strf("%s", d->detail ?: "");
	case 6:
		return strf("%s", d->identity ?: "");
	default:
		return strf("%s", cause_id(d->cause) ?: "");
	}
}

const struct table table_devices = {
	.title = "Devices",
	.columns = { { "DEVICE", IN_ALL, false },
		     { "BEFORE", IN_ALL, false },
		     { "AFTER", IN_ALL, false },
		     { "DRIVER", IN_ALL, false },
		     { "VERDICT", IN_ALL, false },
		     { "DETAIL", IN_ALL, true },
		     { "MATCHED BY", IN_VERBOSE, false },
		     { "CAUSE", IN_PAGE, false } },
	.lines = device_lines,
	.cell = device_cell,
};

/* Steps that differ in nothing but the path are one row: the nodes of a disk. */
static bool same_row(const struct op *a, const struct op *b)
{
	return a->kind == OP_MKNOD && b->kind == OP_MKNOD && a->state == b->state &&
	       streq(a->detail, b->detail);
}

/* The steps of a row: the first, and how many; false when there are not so many rows. */
static bool step_row(const struct plan *p, size_t line, size_t *first, size_t *n)
{
	*first = 0;
	for (;;) {
		if (*first >= p->n)
			return false;
		*n = 1;
		while (*first + *n < p->n && same_row(&p->v[*first], &p->v[*first + *n]))
			++*n;
		if (!line--)
			return true;
		*first += *n;
	}
}

static size_t step_lines(const struct report *r)
{
	size_t lines = 0;
	size_t first;
	size_t n;

	while (r->plan && step_row(r->plan, lines, &first, &n))
		lines++;
	return lines;
}

static char *step_cell(const struct report *r, size_t line, size_t column,
		       const char **colour)
{
	const struct op *op;
	size_t first;
	size_t n;

	if (!step_row(r->plan, line, &first, &n))
		return NULL;
	op = &r->plan->v[first];

	switch (column) {
	case 0:
		return strf("%s", op_state_name(op->state));
	case 1:
		return strf("%s", op->action);
	case 2:
		return n > 1 ? strf("%s to %s", op->path, path_base(op[n - 1].path))
			     : strf("%s", op->path);
	default:
		return strf("%s", op->detail ?: "");
	}
}

const struct table table_steps = {
	.title = "Steps",
	.columns = { { "STATE", IN_ALL, false },
		     { "ACTION", IN_ALL, false },
		     { "PATH", IN_ALL, false },
		     { "DETAIL", IN_ALL, true } },
	.lines = step_lines,
	.cell = step_cell,
};

static size_t bundle_lines(const struct report *r)
{
	return r->bundles ? r->bundles->n : 0;
}

static char *bundle_cell(const struct report *r, size_t line, size_t column,
			 const char **colour)
{
	const struct bundle *b = r->bundles->v[line];

	return strf("%s", column == 0 ? b->path : b->signature);
}

const struct table table_bundles = {
	.title = "Bundles",
	.columns = { { "BUNDLE", IN_ALL, true }, { "SIGNATURE", IN_ALL, true } },
	.lines = bundle_lines,
	.cell = bundle_cell,
};

const char *known_arch(enum arch a)
{
	return a == ARCH_UNKNOWN ? NULL : arch_name(a);
}

char *host_release(const struct report *r)
{
	const struct hypervisor *hv = r->g ? r->g->hv : NULL;

	if (hv && hv->host.major >= 0)
		return strf("%d.%d", hv->host.major, hv->host.minor);
	if (hv && hv->xen_major >= 0)
		return strf("Xen %d.%d", hv->xen_major, hv->xen_minor);
	return NULL;
}

static char *fact_text(const char *s)
{
	return s ? strdup(s) : NULL;
}

static char *fact_root(const struct report *r)
{
	return strf("%s%s", r->o->root, r->g && r->g->live ? ", running" : "");
}

static char *fact_name(const struct report *r)
{
	return r->g ? fact_text(r->g->distro->name) : NULL;
}

static char *fact_vendor(const struct report *r)
{
	return r->g ? fact_text(r->g->distro->vendor) : NULL;
}

static char *fact_release(const struct report *r)
{
	const struct distro *d = r->g ? r->g->distro : NULL;

	if (!d || d->major < 0)
		return d ? fact_text(d->family) : NULL;
	return d->minor < 0 ? strf("%s %d", d->family, d->major)
			    : strf("%s %d.%d", d->family, d->major, d->minor);
}

static char *fact_arch(const struct report *r)
{
	return r->g ? fact_text(known_arch(fact_guest_arch(r->g))) : NULL;
}

static char *fact_host_arch(const struct report *r)
{
	return r->g ? fact_text(known_arch(r->g->hv->host.arch)) : NULL;
}

static char *fact_evidence(const struct report *r)
{
	return r->g ? fact_text(r->g->hv->host.evidence) : NULL;
}

static const struct {
	const char *name;
	char *(*value)(const struct report *r);
} facts[] = {
	{ "Root", fact_root },
	{ "Guest", fact_name },
	{ "Vendor", fact_vendor },
	{ "Release", fact_release },
	{ "Architecture", fact_arch },
	{ "Host", host_release },
	{ "Host's architecture", fact_host_arch },
	{ "What tells of the host", fact_evidence },
};

static size_t fact_lines(const struct report *r)
{
	return ELEMENTSOF(facts);
}

static char *fact_cell(const struct report *r, size_t line, size_t column,
		       const char **colour)
{
	char *value;

	if (column == 0)
		return strdup(facts[line].name);
	value = facts[line].value(r);
	return value ?: strdup("not known");
}

const struct table table_facts = {
	.title = "Guest and host",
	.columns = { { "FACT", IN_ALL, false }, { "VALUE", IN_ALL, true } },
	.lines = fact_lines,
	.cell = fact_cell,
};
