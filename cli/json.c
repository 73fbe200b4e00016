/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON document; its fields are a contract: see man/xenpv-json.5.scd. */
#include <stdio.h>

#include "checks/add.h"
#include "checks/cause.h"
#include "cli/jsonput.h"
#include "cli/reporttables.h"

static json *number(int n)
{
	return n < 0 ? NULL : json_object_new_int(n);
}

static json *kernels(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; r->g && i < r->g->kernels->n; i++) {
		const struct kernel *k = &r->g->kernels->v[i];
		json *o = json_object_new_object();

		put_text(o, "release", k->release);
		put_text(o, "variant", variant_name(k->variant));
		put_text(o, "arch", known_arch(k->arch));
		put(o, "default", json_object_new_boolean(k->is_default));
		put_text(o, "drivers",
			 choice_name(r->choices ? r->choices->v[i].kind : CHOICE_NONE));
		json_object_array_add(list, o);
	}
	return list;
}

static json *guest(const struct report *r)
{
	const struct guest *g = r->g;
	json *o = json_object_new_object();

	put_text(o, "root", r->o->root);
	put_text(o, "name", g ? g->distro->name : NULL);
	put_text(o, "vendor", g ? g->distro->vendor : NULL);
	put_text(o, "family", g ? g->distro->family : NULL);
	put(o, "major", g ? number(g->distro->major) : NULL);
	put(o, "minor", g ? number(g->distro->minor) : NULL);
	put_text(o, "arch", g ? known_arch(fact_guest_arch(g)) : NULL);
	put(o, "kernels", kernels(r));
	return o;
}

static json *command(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; r->plan && i < r->plan->host_command.n; i++)
		json_object_array_add(list, text(r->plan->host_command.v[i]));
	return list;
}

static json *host(const struct report *r)
{
	json *o = json_object_new_object();
	const struct hypervisor *hv = r->g ? r->g->hv : NULL;
	_cleanup_free_ char *release = host_release(r);

	put_text(o, "release", release);
	put_text(o, "arch", hv ? known_arch(hv->host.arch) : NULL);
	put_text(o, "evidence", hv ? hv->host.evidence : NULL);
	put(o, "command", command(r));
	return o;
}

static json *bundles(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; r->bundles && i < r->bundles->n; i++) {
		json *o = json_object_new_object();

		put_text(o, "path", r->bundles->v[i]->path);
		put_text(o, "signature", r->bundles->v[i]->signature);
		json_object_array_add(list, o);
	}
	return list;
}

static json *findings(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.v[i];
		json *o = json_object_new_object();

		put_text(o, "id", f->check->id);
		put_text(o, "stage", stage_name(f->check->stage));
		put_text(o, "kernel", f->kernel);
		put_text(o, "status", status_name(f->status));
		put_text(o, "seen", f->seen);
		put_text(o, "needed", f->needed);
		put_text(o, "remedy", f->remedy);
		put_text(o, "source", f->check->source);
		json_object_array_add(list, o);
	}
	return list;
}

static json *steps(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; r->plan && i < r->plan->n; i++) {
		const struct op *op = &r->plan->v[i];
		json *o = json_object_new_object();

		put_text(o, "action", op->action);
		put_text(o, "path", op->path);
		put_text(o, "detail", op->detail);
		put_text(o, "state", op_state_name(op->state));
		json_object_array_add(list, o);
	}
	return list;
}

static json *devices(const struct report *r)
{
	json *list = json_object_new_array();

	for (size_t i = 0; i < r->rows.n; i++) {
		const struct devrow *d = &r->rows.v[i];
		json *o = json_object_new_object();

		put_text(o, "kind", d->kind == DEV_NIC ? "nic" : "disk");
		put_text(o, "before", d->before);
		put_text(o, "after", d->after);
		put_text(o, "identity", d->identity);
		put_text(o, "driver", d->driver);
		put_text(o, "state", dev_state_name(d->state));
		put_text(o, "cause", cause_id(d->cause));
		json_object_array_add(list, o);
	}
	return list;
}

char *report_json_text(const struct report *r)
{
	json *o = json_object_new_object();

	put(o, "schema", json_object_new_int(1));
	put_text(o, "program", program_name(r->o->program));
	put_text(o, "version", PACKAGE_VERSION);
	put(o, "guest", guest(r));
	put(o, "host", host(r));
	put(o, "bundles", bundles(r));
	put(o, "findings", findings(r));
	put(o, "steps", steps(r));
	put(o, "devices", devices(r));
	put_text(o, "settled", r->settled);
	/* a verdict that could not be left in its file is none */
	put_text(o, "result", r->pass && !r->error.code ? "pass" : "fail");
	put_text(o, "error", r->error.code ? err_text(&r->error) : NULL);
	return document(o);
}

void report_json(const struct report *r)
{
	_cleanup_free_ char *text = report_json_text(r);

	if (text)
		fputs(text, stdout);
}
