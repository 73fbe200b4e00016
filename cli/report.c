/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "cli/reporttables.h"
#include "lib/udiff.h"

void report_done(struct report *r)
{
	findings_done(&r->findings);
	devrows_done(&r->rows);
	free(r->settled);
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

/* One of the report's tables, and which of its columns a terminal shows. */
struct shown {
	const struct report *r;
	const struct table *t;
	size_t columns[ELEMENTSOF(((struct table *)NULL)->columns)];
};

static char *shown_cell(const void *arg, size_t line, size_t column, const char **colour)
{
	const struct shown *s = arg;

	if (s->t->shown && !s->t->shown(s->r, line))
		return NULL;
	return s->t->cell(s->r, line, s->columns[column], colour) ?: strdup("");
}

/* True when there was a line to print. */
static bool print_table(const struct report *r, const struct table *t)
{
	struct shown s = { .r = r, .t = t };
	struct table_column cols[ELEMENTSOF(s.columns)];
	size_t n = 0;

	for (size_t c = 0; t->columns[c].name; c++) {
		const struct column *col = &t->columns[c];

		if (col->in == IN_PAGE || (col->in == IN_VERBOSE && !r->o->verbose))
			continue;
		s.columns[n] = c;
		cols[n++] = (struct table_column){ col->name,
						   col->wrap ? SCOLS_FL_WRAP : 0 };
	}
	return table_print(cols, n, t->lines(r), shown_cell, &s);
}

static bool is_remedied(const struct report *r, size_t i)
{
	const struct finding *f = &r->findings.v[i];

	return f->remedy && f->status != STATUS_PASS && table_findings.shown(r, i);
}

/* What helps several devices is said once. */
static bool is_said(const struct report *r, size_t i)
{
	const struct finding *f = &r->findings.v[i];

	for (size_t k = 0; k < i; k++) {
		const struct finding *x = &r->findings.v[k];

		if (x->check == f->check && streq(x->kernel ?: "", f->kernel ?: "") &&
		    is_remedied(r, k) && streq(x->remedy, f->remedy))
			return true;
	}
	return false;
}

static void print_findings(const struct report *r)
{
	bool any = false;

	if (!print_table(r, &table_findings))
		return;
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.v[i];
		_cleanup_free_ char *raw = NULL;

		if (!is_remedied(r, i) || is_said(r, i))
			continue;
		if (!any)
			printf("\nWhat to do:\n");
		any = true;
		raw = strf("%s%s%s: %s", f->check->id, f->kernel ? " " : "",
			   f->kernel ?: "", f->remedy);
		print_line("  ", raw ?: "");
	}
	printf("\n");
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
	const struct guest *g = r->g;
	_cleanup_free_ char *root = printable(g->root->path[0] ? g->root->path : "/");
	_cleanup_free_ char *name = printable(g->distro->name);

	printf("Guest %s: %s%s\n", root ?: "", name ?: "", g->live ? ", running" : "");
	if (g->hv->host.evidence)
		print_line("Host: ", g->hv->host.evidence);
	print_bundles(r->bundles);
	print_table(r, &table_kernels);
	print_lines("  note: ", &g->boot->problems);
	for (size_t i = 0; i < g->kernels->n; i++)
		print_lines("  note: ", &g->kernels->v[i].disagreements);
	print_lines("  note: ", &g->kernels->problems);
	printf("\n");
}

static void print_devices(const struct report *r)
{
	if (print_table(r, &table_devices))
		printf("\n");
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
	print_text(diff);
}

static void print_list(const char *title, const struct strv *list)
{
	if (!list->n)
		return;
	printf("%s\n", title);
	print_lines("  ", list);
	printf("\n");
}

static void print_plan(const struct report *r)
{
	const struct plan *p = r->plan;

	if (!r->o->quiet && print_table(r, &table_steps))
		printf("\n");
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
	} else if (!streq(r->o->report, "-")) {
		if (r->settled && !r->o->quiet)
			print_line("", r->settled);
		if (r->g && !r->o->quiet)
			print_guest(r);
		print_findings(r);
		if (!(r->o->quiet && r->pass))
			print_devices(r);
		if (r->plan)
			print_plan(r);
		if (r->summary && !(r->o->quiet && r->pass))
			print_line("", r->summary);
	}
	if (r->error.code)
		print_error(r);
}
