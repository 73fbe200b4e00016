/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/hostreport.h"
#include "cli/sandbox.h"
#include "cli/streams.h"
#include "host/guestos.h"
#include "host/replace.h"
#include "host/thishost.h"
#include "lib/udiff.h"

#define DEFAULT_SUFFIX ".orig"

/* The file, where it lies when all links are followed, and what it says. */
struct work {
	struct root *folder;
	char *path; /* its folder; the name behind it follows the NUL */
	const char *base;
	char *text;
	size_t len;
	struct config *config;
	struct changes changes;
	char *changed; /* NULL: nothing to do */
};

static void work_done(struct work *w, const struct hostreport *r)
{
	if (r->changes)
		changes_done(&w->changes, r->domain);
	if (w->config)
		r->format->free(w->config);
	root_free(w->folder);
	free(w->path);
	free(w->text);
	free(w->changed);
}

static int open_folder(struct work *w, const char *file, struct err *e)
{
	char *slash;

	w->path = realpath(file, NULL);
	slash = w->path ? strrchr(w->path, '/') : NULL;
	if (!slash || !slash[1])
		return err_errno(e, w->path ? EISDIR : errno, "%s", file);
	*slash = '\0';
	w->base = slash + 1;
	return root_new(&w->folder, *w->path ? w->path : "/", e);
}

/* RHEL 5's xend: the caller's word, else what this host is. */
static int read_host(struct hostreport *r, bool *xend)
{
	struct host h = { 0 };
	int k = 0;

	if (r->o->host)
		r->host = strf("%s", r->o->host);
	else
		k = thishost_read(&r->host, r->o->config ? NULL : &r->error);
	/* A file may lie on any machine, of which nothing need be known. */
	if (k < 0 && !r->o->config)
		return k;
	k = r->host ? host_parse(r->host, &h, &r->error) : 0;
	free(h.evidence);
	*xend = h.major == 5;
	return k;
}

static int plan(struct work *w, struct hostreport *r, bool xend)
{
	const struct options *o = r->o;
	struct judge_facts f = { .xend = xend,
				 .keep = &o->keep,
				 .renames = o->renames,
				 .n_renames = o->n_renames };

	r->format = format_of(w->text, w->len);
	if (r->format->read(w->text, w->len, o->config, &w->config, &r->error) < 0)
		return EXIT_UNREADABLE;
	r->domain = r->format->domain(w->config);
	r->guest = o->guest ?: guestos_find(r->domain->os);
	f.guest = r->guest;
	f.types = r->format->nic_types;
	if (judge(r->domain, &f, &w->changes, &r->error) < 0)
		return r->error.code == EINVAL ? EXIT_USAGE : EXIT_UNREADABLE;
	r->changes = &w->changes;
	if (!w->changes.n)
		return EXIT_PASS;
	if (format_change(r->format, w->config, &w->changes, w->text, w->len, o->config,
			  &w->changed, &r->error) < 0 ||
	    udiff(o->config, w->text, o->config, w->changed, &r->diff, &r->error) < 0)
		return EXIT_UNREADABLE;
	return EXIT_REQUIREMENT;
}

static int run(struct work *w, struct hostreport *r)
{
	const struct options *o = r->o;
	const char *suffix = o->suffix ?: DEFAULT_SUFFIX;
	bool xend = false;
	int status;

	if ((o->config && open_folder(w, o->config, &r->error) < 0) ||
	    sandbox_enter_host(o, w->folder ? w->folder->fd : -1, &r->error) < 0 ||
	    read_host(r, &xend) < 0)
		return EXIT_UNREADABLE;
	if (!o->config) {
		if (!r->host)
			err_set(&r->error, ENODEV,
				"this is no Xen host of a RHEL: there is no --host "
				"for it");
		return r->host ? EXIT_PASS : EXIT_UNREADABLE;
	}
	if (root_read(w->folder, w->base, CONFIG_MAX, &w->text, &w->len, &r->error) < 0)
		return EXIT_UNREADABLE;
	status = plan(w, r, xend);
	if (status != EXIT_REQUIREMENT || !o->write)
		return status;
	if (config_replace(w->folder, w->base, w->text, w->len, w->changed, suffix,
			   &r->error) < 0)
		return EXIT_UNREADABLE;
	r->backup = strf("%s/%s%s", w->path, w->base, suffix);
	return EXIT_PASS;
}

int main(int argc, char **argv)
{
	struct options o;
	struct work w = { 0 };
	struct hostreport r = { .o = &o };
	int status = EXIT_PASS;

	if (options_parse(&o, PROGRAM_HOST, argc, argv, &status)) {
		status = run(&w, &r);
		if (status == EXIT_PASS)
			err_done(&r.error);
		hostreport_print(&r, status);
	}
	status = streams_end(PROGRAM_HOST, status, r.backup);
	work_done(&w, &r);
	free(r.host);
	free(r.diff);
	free(r.backup);
	err_done(&r.error);
	options_done(&o);
	return status;
}
