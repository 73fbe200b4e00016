/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documentation of RHEL 3 has the administrator load xen-vbd in rc.local. Once the
 * initrd loads it, such a line does it twice, and fails: it becomes a comment. Only where
 * every kernel's initrd does, since a kernel without still needs the line.
 */
#include <string.h>

#include "installer/plan.h"

/* A shell's words, as far as telling commands takes them apart. */
#define SPLIT " \t\r;&|(){}"

#define MARK "# xenpv: the initrd does it: "

static const char *const files[] = { "/etc/rc.d/rc.local", "/etc/rc.local" };

/* What the initrd loads. */
static const enum xendrv loaded[] = { XENDRV_PLATFORM, XENDRV_VBD };

/* Whether a word names such a driver, as a module or as its file. */
static bool names_driver(const struct planning *p, const char *word)
{
	_cleanup_free_ char *name = module_name(path_base(word));

	for (size_t i = 0; i < ELEMENTSOF(loaded); i++) {
		const char *driver = p->g->gen->drivers[loaded[i]];

		if (driver && module_same(name ?: path_base(word), driver))
			return true;
	}
	return false;
}

/* insmod or modprobe of one of them; *simple: and nothing else is on the line. */
static bool loads_driver(const struct planning *p, const char *line, bool *simple)
{
	_cleanup_free_ char *copy = strdup(line);
	bool loader = false;
	bool found = false;
	char *save = NULL;

	for (char *w = copy ? strtok_r(copy, SPLIT, &save) : NULL; w;
	     w = strtok_r(NULL, SPLIT, &save)) {
		if (w[0] == '#')
			break;
		if (streq(path_base(w), "insmod") || streq(path_base(w), "modprobe"))
			loader = true;
		else
			found = found || (loader && names_driver(p, w));
	}
	line += strspn(line, " \t");
	*simple = !line[strcspn(line, ";&|(){")] &&
		  (startswith(line, "/") || startswith(line, "insmod") ||
		   startswith(line, "modprobe")) &&
		  !endswith(line, "\\");
	return found;
}

/* Every kernel that the guest may boot has an image that loads them, or will. */
static bool all_load(const struct planning *p)
{
	const struct kernels *k = p->g->kernels;

	for (size_t i = 0; i < k->n; i++) {
		bool edited = false;

		if (k->v[i].variant == VARIANT_XEN)
			continue;
		for (size_t n = 0; n < p->plan->n_edits; n++)
			edited = edited || p->plan->edits[n]->kernel == &k->v[i];
		if (!edited && (!k->v[i].image ||
				initrd_load_index(k->v[i].image,
						  p->g->gen->drivers[XENDRV_VBD]) < 0))
			return false;
	}
	return true;
}

static int plan_file(struct planning *p, const char *path, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	size_t changed = 0;
	int k = plan_lines(p, path, &l, e);

	for (size_t i = 0; k > 0 && i < l.n; i++) {
		_cleanup_free_ char *line = NULL;
		bool simple;

		if (!loads_driver(p, l.v[i].text, &simple))
			continue;
		if (!simple || !all_load(p)) {
			k = plan_note(
				p, e,
				"%s: line %zu loads a driver that the initrd loads "
				"already%s: take it out when it is no longer needed",
				path, i + 1,
				simple ? ", though not of every kernel" : "");
			k = k < 0 ? k : 1;
			continue;
		}
		line = strf(MARK "%s", l.v[i].text);
		if (!line || lines_set(&l, i, line) < 0)
			return err_nomem(e);
		changed++;
	}
	if (k <= 0 || !changed)
		return k;
	k = plan_set_lines(p, path, &l, "what the initrd loads is not loaded again",
			   false, e);
	return k < 0 ? k : 1;
}

int plan_rclocal(struct planning *p, struct err *e)
{
	bool any = false;
	int k = 0;

	for (size_t i = 0; i < p->g->kernels->n; i++)
		any = any || plan_kernel_switches(p, i);
	/* One is a link to the other where both are there. */
	for (size_t i = 0; any && k == 0 && i < ELEMENTSOF(files); i++)
		k = plan_file(p, files[i], e);
	return k < 0 ? k : 0;
}
