/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/resource.h>

#include "cli/sandbox.h"
#include "cli/session.h"
#include "drivers/softdeps.h"

#define DEFAULT_BUNDLE PKGDATADIR "/bundle"
#define OPEN_FILES     65536

static int open_bundle(struct session *s, const char *path, struct err *e)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	int k;

	progress_say(s->progress, "reading the bundle %s", path);
	k = bundle_open(path, &s->policy, &b, e);
	if (k < 0)
		return k;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the vector is one of pointers */
	if (vec_grow(&s->bundles.v, s->bundles.n, sizeof(*s->bundles.v)) < 0)
		return err_nomem(e);
	s->bundles.v[s->bundles.n++] = TAKE_PTR(b);
	return 0;
}

/* Those given, or the installed one where it exists. */
static int open_bundles(struct session *s, const struct options *o, struct err *e)
{
	for (size_t i = 0; i < o->bundles.n; i++) {
		int k = open_bundle(s, o->bundles.v[i], e);

		if (k < 0)
			return k;
	}
	if (o->bundles.n || access(DEFAULT_BUNDLE, F_OK) < 0)
		return 0;
	return open_bundle(s, DEFAULT_BUNDLE, e);
}

/* --kernel: all but PV kernels (a PV kernel that is the default counts: it must be
 * judged). */
static int select_kernels(struct session *s, const char *which, struct err *e)
{
	const struct kernels *ks = s->guest->kernels;
	bool any = false;

	s->selected = calloc(ks->n + 1, sizeof(*s->selected));
	if (!s->selected)
		return err_nomem(e);
	for (size_t i = 0; i < ks->n; i++) {
		const struct kernel *k = &ks->v[i];

		s->selected[i] = streq(which, "all") ||
				 (streq(which, "default") ? k->is_default
							  : streq(which, k->release));
		any = any || s->selected[i];
	}
	if (any || streq(which, "all"))
		return 0;
	if (streq(which, "default"))
		return err_set(e, ENOENT,
			       "%s/boot: no boot loader names a default kernel",
			       s->root->path);
	return err_set(e, ENOENT, "%s/lib/modules/%s: no such kernel in this guest",
		       s->root->path, which);
}

static int take_renames(struct session *s, const struct options *o, struct err *e)
{
	for (size_t i = 0; i < o->n_renames; i++)
		if (renames_add(&s->renames, o->renames[i].from, o->renames[i].to) < 0)
			return err_nomem(e);
	/* Emulated disks that the kernel cannot unplug keep their names. */
	if (softdeps_too_late(s->guest, s->choices, NULL))
		return 0;
	return naming_all(s->guest, o->renames, o->n_renames, &s->renames) < 0
		       ? err_nomem(e)
		       : 0;
}

/* By the program that tells the packages, which the sandbox would not let us run. What is
 * no guest's root is for session_open() to say. */
static int ask_packages(struct session *s, const struct options *o, struct err *e)
{
	_cleanup_root_ struct root *r = NULL;

	if (!rpmdb_is_program || o->uninstall || o->recover ||
	    root_new(&r, o->root, NULL) < 0)
		return 0;
	return rpmdb_read(r, &s->packages, e);
}

/* Each module of a bundle is an open file: 250 kernels' are more than the usual 1024. */
static void allow_open_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur >= OPEN_FILES)
		return;
	l.rlim_cur = l.rlim_max < OPEN_FILES ? l.rlim_max : OPEN_FILES;
	setrlimit(RLIMIT_NOFILE, &l);
}

int session_begin(struct session *s, const struct options *o, struct err *e)
{
	int k = o->uninstall || o->recover ? 0 : policy_read(o->policy, &s->policy, e);

	if (!o->quiet && !o->json)
		s->progress = progress_start();
	if (k == 0)
		k = ask_packages(s, o, e);
	/* After the program that was asked, which need not have more than others. */
	allow_open_files();
	return k < 0 ? k : sandbox_enter(o, s->policy.keys, e);
}

bool session_open(struct session *s, const struct options *o, struct report *r)
{
	struct guest_options go = { .host = o->host, .db = &s->packages };

	s->boot_disk_pv = o->boot_disk_pv;
	r->bundles = &s->bundles;
	if (root_new(&s->root, o->root, &r->error) < 0 ||
	    open_bundles(s, o, &r->error) < 0)
		return false;
	progress_say(s->progress, "reading the guest in %s", o->root);
	if (guest_read(s->root, &go, &s->guest, &r->error) < 0 ||
	    select_kernels(s, o->kernel, &r->error) < 0 ||
	    choices_make(s->guest, &s->bundles, &s->choices, &r->error) < 0 ||
	    take_renames(s, o, &r->error) < 0 || root_broken(s->root, &r->error) < 0)
		return false;
	r->g = s->guest;
	r->choices = s->choices;
	return true;
}

void session_done(struct session *s)
{
	progress_end(s->progress);
	free(s->selected);
	renames_done(&s->renames);
	choices_free(s->choices);
	guest_free(s->guest);
	rpmdb_free(s->packages);
	bundles_done(&s->bundles);
	policy_done(&s->policy);
	root_free(s->root);
}

struct facts session_facts(const struct session *s)
{
	return (struct facts){
		.g = s->guest,
		.choices = s->choices,
		.selected = s->selected,
		.renames = s->renames.v,
		.n_renames = s->renames.n,
		.boot_disk_pv = s->boot_disk_pv,
	};
}

bool session_unreadable(const struct session *s, bool booted_only, struct report *r)
{
	const struct guest *g = s->guest;
	struct facts f = session_facts(s);

	if (g->db->state == RPMDB_CORRUPT) {
		err_set(&r->error, EINVAL, "%s", g->db->problem);
		return true;
	}
	for (size_t i = 0; i < g->kernels->n; i++) {
		const struct kernel *k = &g->kernels->v[i];

		if (s->selected[i] && k->image_problem && k->variant != VARIANT_XEN &&
		    (!booted_only || fact_kernel_lacks(&f, i) == STATUS_FAIL)) {
			err_set(&r->error, EINVAL,
				"%s: make it anew, or leave its kernel out with --kernel",
				k->image_problem);
			return true;
		}
	}
	return false;
}
