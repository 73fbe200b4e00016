/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include <libsmartcols.h>

#include "cli/report.h"
#include "cli/table.h"
#include "lib/udiff.h"

void report_done(struct report *r)
{
	findings_done(&r->findings);
	devrows_done(&r->rows);
	free(r->summary);
	err_done(&r->error);
}

void report_finish(struct report *r, int status)
{
	r->pass = status == EXIT_PASS;
	if (status == EXIT_PASS || status == EXIT_REQUIREMENT)
		err_done(&r->error);
}

bool status_fails(const struct options *o, enum status s)
{
	return s == STATUS_FAIL ||
	       (o->strict && (s == STATUS_WARN || s == STATUS_UNKNOWN));
}

bool report_has_failures(const struct report *r)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (!r->findings.v[i].forced &&
		    status_fails(r->o, r->findings.v[i].status))
			return true;
	return false;
}

/* A cell of one of the tables below. */
struct cells {
	const struct report *r;
	char *(*cell)(const struct report *, size_t, size_t, const char **);
};

static char *report_cell(const void *arg, size_t line, size_t column, const char **colour)
{
	const struct cells *c = arg;

	return c->cell(c->r, line, column, colour);
}

static void print_table(const struct report *r, const struct column *cols, size_t n_cols,
			size_t n_lines,
			char *(*cell)(const struct report *, size_t, size_t,
				      const char **))
{
	struct cells c = { r, cell };

	table_print(cols, n_cols, n_lines, r->o->verbose, report_cell, &c);
}

static const char *status_colour(enum status s)
{
	static const char *const colours[] = { "green", "yellow", "red", "yellow", NULL };

	return colours[s];
}

/* An install shows what stands in its way or needs a hand; xenpv-check shows all. */
static bool is_shown(const struct report *r, const struct finding *f)
{
	if (r->o->quiet)
		return status_fails(r->o, f->status);
	return r->o->verbose || r->o->program != PROGRAM_INSTALL ||
	       (f->status != STATUS_PASS && f->status != STATUS_SKIP);
}

static char *finding_cell(const struct report *r, size_t line, size_t column,
			  const char **colour)
{
	const struct finding *f = &r->findings.v[line];

	if (!is_shown(r, f))
		return NULL;
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
	default:
		return strf("%s", f->check->source);
	}
}

static bool is_remedied(const struct report *r, const struct finding *f)
{
	return f->remedy && f->status != STATUS_PASS && is_shown(r, f);
}

/* What helps several devices is said once. */
static bool is_said(const struct report *r, size_t i)
{
	const struct finding *f = &r->findings.v[i];

	for (size_t k = 0; k < i; k++) {
		const struct finding *x = &r->findings.v[k];

		if (x->check == f->check && streq(x->kernel ?: "", f->kernel ?: "") &&
		    is_remedied(r, x) && streq(x->remedy, f->remedy))
			return true;
	}
	return false;
}

static void print_findings(const struct report *r)
{
	static const struct column cols[] = {
		{ "STATUS", 0, false },
		{ "CHECK", 0, false },
		{ "KERNEL", 0, false },
		{ "FOUND", SCOLS_FL_WRAP, false },
		{ "NEEDED", SCOLS_FL_WRAP, true },
		{ "SOURCE", SCOLS_FL_WRAP, true },
	};
	bool shown = false;
	bool any = false;

	for (size_t i = 0; i < r->findings.n; i++)
		shown = shown || is_shown(r, &r->findings.v[i]);
	if (!shown)
		return;
	print_table(r, cols, ELEMENTSOF(cols), r->findings.n, finding_cell);
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.v[i];
		_cleanup_free_ char *text = NULL;

		if (!is_remedied(r, f) || is_said(r, i))
			continue;
		if (!any)
			printf("\nWhat to do:\n");
		any = true;
		text = printable(f->remedy);
		printf("  %s%s%s: %s\n", f->check->id, f->kernel ? " " : "",
		       f->kernel ?: "", text ?: "");
	}
	printf("\n");
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

static void print_notes(const struct strv *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		_cleanup_free_ char *text = printable(notes->v[i]);

		printf("  note: %s\n", text ?: "");
	}
}

static void print_bundles(const struct bundles *b)
{
	for (size_t i = 0; b && i < b->n; i++) {
		_cleanup_free_ char *path = printable(b->v[i]->path);
		_cleanup_free_ char *signature = printable(b->v[i]->signature);

		printf("Bundle %s: %s\n", path ?: "", signature ?: "");
	}
}

static void print_guest(const struct report *r)
{
	static const struct column cols[] = {
		{ "KERNEL", 0, false },	 { "VARIANT", 0, false }, { "ARCH", 0, false },
		{ "DEFAULT", 0, false }, { "DRIVERS", 0, false }, { "INITRD", 0, true },
	};
	const struct guest *g = r->g;
	_cleanup_free_ char *root = printable(g->root->path[0] ? g->root->path : "/");
	_cleanup_free_ char *name = printable(g->distro->name);

	printf("Guest %s: %s%s\n", root ?: "", name ?: "", g->live ? ", running" : "");
	if (g->hv->host.evidence)
		printf("Host: %s\n", g->hv->host.evidence);
	print_bundles(r->bundles);
	print_table(r, cols, ELEMENTSOF(cols), g->kernels->n, kernel_cell);
	print_notes(&g->boot->problems);
	for (size_t i = 0; i < g->kernels->n; i++)
		print_notes(&g->kernels->v[i].disagreements);
	print_notes(&g->kernels->problems);
	printf("\n");
}

static char *device_cell(const struct report *r, size_t line, size_t column,
			 const char **colour)
{
	static const char *const colours[] = { "green", "red", NULL,
					       "red",	"red", "yellow" };
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
	default:
		return strf("%s", d->identity ?: "");
	}
}

static void print_devices(const struct report *r)
{
	static const struct column cols[] = {
		{ "DEVICE", 0, false },	   { "BEFORE", 0, false },
		{ "AFTER", 0, false },	   { "DRIVER", 0, false },
		{ "VERDICT", 0, false },   { "DETAIL", SCOLS_FL_WRAP, false },
		{ "MATCHED BY", 0, true },
	};

	if (!r->rows.n)
		return;
	print_table(r, cols, ELEMENTSOF(cols), r->rows.n, device_cell);
	printf("\n");
}

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

static void print_diff(const struct op *op)
{
	_cleanup_free_ char *diff = NULL;
	_cleanup_free_ char *a = strf("a%s", op->path);
	_cleanup_free_ char *b = strf("b%s", op->path);

	if (op->kind != OP_WRITE || !op->data || (op->exists && !op->old_text) ||
	    endswith(op->path, ".json"))
		return;
	if (!a || !b || udiff(a, op->old_text, b, op->data, &diff, NULL) < 0)
		return;
	fputs(diff, stdout);
}

static void print_list(const char *title, const struct strv *list)
{
	if (!list->n)
		return;
	printf("%s\n", title);
	for (size_t i = 0; i < list->n; i++) {
		_cleanup_free_ char *text = printable(list->v[i]);

		printf("  %s\n", text ?: "");
	}
	printf("\n");
}

static void print_plan(const struct report *r)
{
	static const struct column cols[] = {
		{ "STATE", 0, false },
		{ "ACTION", 0, false },
		{ "PATH", 0, false },
		{ "DETAIL", SCOLS_FL_WRAP, false },
	};
	const struct plan *p = r->plan;
	size_t rows = 0;
	size_t first;
	size_t n;

	while (step_row(p, rows, &first, &n))
		rows++;
	if (rows && !r->o->quiet) {
		print_table(r, cols, ELEMENTSOF(cols), rows, step_cell);
		printf("\n");
	}
	if (r->o->dry_run && !r->o->uninstall)
		for (size_t i = 0; i < p->n; i++)
			print_diff(&p->v[i]);
	if (r->o->quiet)
		return;
	print_list("Notes:", &p->notes);
	print_list("On the host:", &p->host);
	print_list("Should the guest not boot, at the GRUB prompt:", &p->rescue);
}

static void print_error(const struct report *r)
{
	_cleanup_free_ char *text = printable(err_text(&r->error));

	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program_name(r->o->program), text ?: "");
}

void report_print(const struct report *r)
{
	if (r->o->json) {
		report_json(r);
	} else {
		if (r->g && !r->o->quiet)
			print_guest(r);
		print_findings(r);
		print_devices(r);
		if (r->plan)
			print_plan(r);
		if (r->summary && !(r->o->quiet && r->pass))
			printf("%s\n", r->summary);
	}
	if (r->error.code)
		print_error(r);
}
