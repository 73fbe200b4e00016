/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/hostreport.h"
#include "cli/jsonput.h"
#include "cli/table.h"

/* Of the table: the disks, the NICs, the platform device where it changes. */
struct row {
	const char *kind;
	size_t line;	      /* 0: none */
	char *before, *after; /* after NULL: as before */
	char *source;
	const char *why;
};

struct rows {
	struct row *v;
	size_t n;
};

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->v[i].before);
		free(rows->v[i].after);
		free(rows->v[i].source);
	}
	free(rows->v);
}

/* "ioemu rtl8139 00:16:3e:00:00:0a" */
static char *nic_text(const char *type, const char *model, const char *mac)
{
	return strf("%s%s%s%s%s", type ?: model ?: "", type && model ? " " : "",
		    type && model ? model : "", type || model ? " " : "",
		    mac ?: "no address");
}

static char *disk_source(const struct vdisk *v)
{
	return strf("%s%s%s", v->backend ?: "", v->backend && v->target ? ":" : "",
		    v->target ?: "");
}

static void add_row(struct rows *rows, struct row row)
{
	if (vec_grow(&rows->v, rows->n, sizeof(*rows->v)) == 0)
		rows->v[rows->n++] = row;
}

static struct rows build_rows(const struct hostreport *r)
{
	const struct domain *d = r->domain;
	const struct changes *c = d ? r->changes : NULL;
	struct rows rows = { 0 };

	for (size_t i = 0; c && i < d->n_disks; i++) {
		const struct vdisk *v = &d->disks[i];
		const char *to = c->disks[i].to;

		add_row(&rows, (struct row){ "disk", v->line, strf("%s", v->name),
					     to ? strf("%s", to) : NULL, disk_source(v),
					     c->disks[i].why });
	}
	for (size_t i = 0; c && i < d->n_nics; i++) {
		const struct vnic *v = &d->nics[i];
		const struct nic_change *n = &c->nics[i];
		char *after = n->pv || n->mac ? nic_text(n->pv ? c->nic_type : v->type,
							 n->pv ? NULL : v->model,
							 n->mac ?: v->mac)
					      : NULL;

		add_row(&rows,
			(struct row){ "NIC", v->line, nic_text(v->type, v->model, v->mac),
				      after, strf("%s", v->source ?: ""), n->why });
	}
	if (c && c->platform)
		add_row(&rows, (struct row){ "PCI", 0, strf("xen_platform_pci=0"),
					     strf("xen_platform_pci=1"), strf("%s", ""),
					     "no PV driver works without the device" });
	return rows;
}

static char *cell(const void *arg, size_t line, size_t column, const char **colour)
{
	const struct rows *rows = arg;
	const struct row *row = &rows->v[line];

	switch (column) {
	case 0:
		return strf("%s", row->kind);
	case 1:
		return row->line ? strf("%zu", row->line) : NULL;
	case 2:
		return strf("%s", row->before);
	case 3:
		*colour = row->after ? "green" : NULL;
		return strf("%s", row->after ?: row->before);
	case 4:
		return strf("%s", row->source);
	default:
		return strf("%s", row->why ?: "");
	}
}

static void print_head(const struct hostreport *r)
{
	_cleanup_free_ char *file = printable(r->o->config);
	_cleanup_free_ char *name = printable(r->domain->name ?: "");

	printf("%s: %s, %s guest %s\n", file ?: "", r->format->name,
	       domain_kind_name(r->domain->kind), name ?: "");
	printf("Guest: %s\n",
	       r->guest ? r->guest->title : "not told, taken for RHEL 3 to 5 (--guest)");
	if (r->host)
		printf("Host: --host=%s\n", r->host);
}

static void print_tables(const struct hostreport *r)
{
	static const struct table_column cols[] = {
		{ "DEVICE", 0 }, { "LINE", SCOLS_FL_RIGHT },
		{ "BEFORE", 0 }, { "AFTER", 0 },
		{ "SOURCE", 0 }, { "WHY", SCOLS_FL_WRAP },
	};
	_cleanup_(rows_done) struct rows rows = build_rows(r);

	print_head(r);
	table_print(cols, ELEMENTSOF(cols), rows.n, cell, &rows);
	printf("\n");
	print_lines("  note: ", &r->changes->notes);
	if (r->changes->notes.n)
		printf("\n");
	if (r->diff && !r->backup) {
		print_text(r->diff);
		printf("\n");
	}
}

static void print_people(const struct hostreport *r, int status)
{
	_cleanup_free_ char *backup = r->backup ? printable(r->backup) : NULL;

	if (!r->o->config) {
		if (r->host)
			printf("--host=%s\n", r->host);
		return;
	}
	if (!r->changes || (r->o->quiet && status == EXIT_PASS))
		return;
	print_tables(r);
	if (r->error.code)
		return;
	if (backup)
		printf("Changed: %zu. The original is %s.\n", r->changes->n, backup);
	else if (r->changes->n)
		printf("To be changed: %zu. Nothing is written without --write.\n",
		       r->changes->n);
	else
		printf("Nothing to do.\n");
}

static json *devices(const struct hostreport *r)
{
	_cleanup_(rows_done) struct rows rows = build_rows(r);
	json *list = json_object_new_array();

	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.v[i];
		json *o = json_object_new_object();

		put_text(o, "kind",
			 streq(row->kind, "NIC")    ? "nic"
			 : streq(row->kind, "disk") ? "disk"
						    : "platform");
		put(o, "line",
		    row->line ? json_object_new_int64((int64_t)row->line) : NULL);
		put_text(o, "before", row->before);
		put_text(o, "after", row->after ?: row->before);
		put(o, "changes", json_object_new_boolean(row->after != NULL));
		put_text(o, "source", *row->source ? row->source : NULL);
		put_text(o, "why", row->why);
		json_object_array_add(list, o);
	}
	return list;
}

static json *notes(const struct hostreport *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; r->changes && i < r->changes->notes.n; i++)
		json_object_array_add(list, text(r->changes->notes.v[i]));
	return list;
}

static void print_json(const struct hostreport *r, int status)
{
	_cleanup_free_ char *whole = NULL;
	const struct domain *d = r->domain;
	json *o = json_object_new_object();

	put(o, "schema", json_object_new_int(1));
	put_text(o, "program", program_name(r->o->program));
	put_text(o, "version", PACKAGE_VERSION);
	put_text(o, "file", r->o->config);
	put_text(o, "format", r->format ? r->format->name : NULL);
	put_text(o, "name", d ? d->name : NULL);
	put_text(o, "kind", d ? domain_kind_name(d->kind) : NULL);
	put_text(o, "guest", r->guest ? r->guest->id : NULL);
	put_text(o, "host", r->host);
	put(o, "devices", devices(r));
	put(o, "notes", notes(r));
	put_text(o, "backup", r->backup);
	put_text(o, "result", status == EXIT_PASS ? "pass" : "fail");
	put_text(o, "error", r->error.code ? err_text(&r->error) : NULL);
	whole = document(o);
	fputs(whole ?: "", stdout);
}

void hostreport_print(const struct hostreport *r, int status)
{
	_cleanup_free_ char *error = printable(err_text(&r->error));

	if (status == EXIT_USAGE)
		; /* as any other command: one line, and nothing on stdout */
	else if (r->o->json)
		print_json(r, status);
	else
		print_people(r, status);
	fflush(stdout);
	if (r->error.code)
		fprintf(stderr, "%s: %s\n", program_name(r->o->program), error ?: "");
}
