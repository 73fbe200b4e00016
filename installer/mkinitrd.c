/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next kernel. Its package runs the guest's own mkinitrd, which ends without an
 * image when a module that it is told of has no regular file for that kernel: a guest
 * that does not boot. So the drivers may only be named where they exist:
 *
 * - RHEL 5's mkinitrd sources the executable files of /etc/sysconfig/mkinitrd. Ours looks
 *   for the modules of the kernel at hand, and adds them to those that are loaded first.
 *   It finds the kernel in $kernel, or, sourced before the arguments are read, among
 * them.
 * - RHEL 4's has only `alias scsi_hostadapterN` of modprobe.conf, for all kernels alike:
 * used where every kernel has the drivers in its own package, since later ones have too.
 * Only the block driver is named; mkinitrd takes what it depends on from modules.dep.
 */
#include <string.h>

#include "installer/plan.h"

#define FOLDER	"/etc/sysconfig/mkinitrd"
#define SNIPPET FOLDER "/xenpv"
#define ADAPTER "scsi_hostadapter"

static const char snippet[] = "# Written by xenpv: the Xen PV drivers for the initrd of "
			      "every kernel that has them.\n"
			      "#\n"
			      "# mkinitrd sources this file. A module without a regular "
			      "file for the kernel would end\n"
			      "# mkinitrd without an image, so the drivers are named "
			      "only when both are there.\n"
			      "xenpv_kernel=${kernel:-}\n"
			      "if [ -z \"$xenpv_kernel\" ]; then\n"
			      "	for xenpv_word in \"$@\"; do\n"
			      "		case $xenpv_word in\n"
			      "		'' | -* | */* | . | ..) ;;\n"
			      "		*) if [ -d \"/lib/modules/$xenpv_word\" ]; then "
			      "xenpv_kernel=$xenpv_word; fi ;;\n"
			      "		esac\n"
			      "	done\n"
			      "fi\n"
			      "xenpv_found=$xenpv_kernel\n"
			      "for xenpv_word in @DRIVERS@; do\n"
			      "	if [ -z \"$(find \"/lib/modules/$xenpv_kernel/\" -name "
			      "\"$xenpv_word.ko\" -type f "
			      "2>/dev/null)\" ]; then\n"
			      "		xenpv_found=\n"
			      "	fi\n"
			      "done\n"
			      "if [ -n \"$xenpv_found\" ]; then\n"
			      "	PREMODS=\"${PREMODS:-} @DRIVERS@\"\n"
			      "fi\n"
			      "unset xenpv_kernel xenpv_word xenpv_found\n";

/* The snippet with the generation's names of the drivers. */
static char *snippet_text(const struct generation *g)
{
	_cleanup_free_ char *drivers = strf("%s %s", g->drivers[XENDRV_PLATFORM],
					    g->drivers[XENDRV_VBD]);
	const char *mark = "@DRIVERS@";
	_cleanup_strv_ struct strv parts = { 0 };
	const char *p = snippet;
	const char *at;

	if (!drivers)
		return NULL;
	while ((at = strstr(p, mark))) {
		if (strv_addf(&parts, "%.*s", (int)(at - p), p) < 0)
			return NULL;
		p = at + strlen(mark);
	}
	if (strv_add(&parts, p) < 0)
		return NULL;
	return strv_join(&parts, drivers);
}

/* Already an alias by somebody's hand: 1, with the name of it. */
static int find_adapter(const struct modconf_file *f, const char *module,
			const char **ret)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct modconf_entry *x = &f->entries[i];

		if (!x->arg2 || !streq(x->directive, "alias") ||
		    !startswith(x->arg1, ADAPTER) || !module_same(x->arg2, module))
			continue;
		*ret = x->arg1;
		return 1;
	}
	return 0;
}

/* modprobe.conf as it will be. */
static int pending_modconf(struct planning *p, struct modconf_file **ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k = plan_text(p, p->g->gen->modconf, &text, &len, e);

	return k < 0 ? k : modconf_parse(p->g->gen->modconf, text ?: "", len, ret, e);
}

/* The file may be there, and what the guest's mkinitrd makes of it is another thing. */
static int note_snippet(struct planning *p, struct err *e)
{
	_cleanup_free_ char *tool = NULL;
	struct stat st;
	int k = 0;

	if (root_stat(p->root, SNIPPET, true, &st, NULL) == 0 && !(st.st_mode & 0111))
		k = plan_note(p, e, "%s is not executable, so mkinitrd does not read it",
			      SNIPPET);
	if (k < 0 ||
	    root_read(p->root, "/sbin/mkinitrd", ROOT_TEXT_MAX, &tool, NULL, NULL) < 0)
		return k;
	/* Only of a program that is mkinitrd as we know it. */
	if (strstr(tool, "sysconfig/mkinitrd") || !strstr(tool, "modprobe.conf"))
		return 0;
	return plan_note(
		p, e,
		"this guest's mkinitrd does not read %s: update the mkinitrd package "
		"before the next kernel, or run xenpv-install again after it",
		FOLDER);
}

static int plan_snippet(struct planning *p, struct err *e)
{
	_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
	_cleanup_free_ char *text = snippet_text(p->g->gen);
	const char *driver = p->g->gen->drivers[XENDRV_VBD];
	const char *alias = NULL;
	struct stat st;
	int k;

	if (!text)
		return err_nomem(e);
	k = pending_modconf(p, &f, e);
	if (k < 0)
		return k;
	if (find_adapter(f, driver, &alias)) {
		k = plan_note(
			p, e,
			"%s: alias %s %s was left as it is: a later kernel without that "
			"driver would get no initrd",
			f->path, alias, driver);
		if (k < 0)
			return k;
	}
	if (root_stat(p->root, FOLDER, true, &st, NULL) == 0 && !S_ISDIR(st.st_mode))
		return plan_note(
			p, e,
			"%s is a file where RHEL 5's mkinitrd looks for a folder: run "
			"xenpv-install again after each kernel update",
			FOLDER);
	k = plan_set_text(p, SNIPPET, text, strlen(text), "add-snippet",
			  "mkinitrd takes the drivers for kernels that have them", 0755,
			  e);
	return k < 0 ? k : note_snippet(p, e);
}

/* Every kernel that mkinitrd may be run for brings the driver in its own package. */
static bool all_in_kernel(const struct planning *p)
{
	const struct kernels *k = p->g->kernels;
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (k->v[i].variant == VARIANT_XEN)
			continue;
		if (!p->choices || p->choices->v[i].kind != CHOICE_IN_KERNEL ||
		    p->choices->v[i].builtin[XENDRV_VBD])
			return false;
		n++;
	}
	return n > 0;
}

/* "scsi_hostadapter", then with 1, 2, … behind it: the first number above all in use. */
static char *free_adapter(const struct modconf_file *f)
{
	long next = -1;

	for (size_t i = 0; i < f->n; i++) {
		const struct modconf_entry *x = &f->entries[i];
		const char *digits;
		char *end;
		long n;

		if (!x->arg1 || !streq(x->directive, "alias") ||
		    !startswith(x->arg1, ADAPTER))
			continue;
		digits = x->arg1 + strlen(ADAPTER);
		n = *digits ? strtol(digits, &end, 10) : 0;
		if ((*digits && (*end || *digits < '0' || *digits > '9')) || n > 999)
			continue;
		next = n > next ? n : next;
	}
	return next < 0 ? strdup(ADAPTER) : strf("%s%ld", ADAPTER, next + 1);
}

static int plan_adapter(struct planning *p, struct err *e)
{
	_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *detail = NULL;
	const char *driver = p->g->gen->drivers[XENDRV_VBD];
	const char *alias = NULL;
	size_t len;
	int k = pending_modconf(p, &f, e);

	if (k < 0 || find_adapter(f, driver, &alias))
		return k < 0 ? k : 0;
	if (!all_in_kernel(p))
		return plan_note(
			p, e,
			"mkinitrd is told nothing of %s, since not every kernel here has "
			"it in its package: run xenpv-install again after each kernel "
			"update",
			driver);
	name = free_adapter(f);
	k = name ? modconf_set_alias(f, name, driver) : -ENOMEM;
	text = k < 0 ? NULL : lines_text(&f->lines, &len);
	detail = strf("alias %s %s, for the initrd of later kernels", name ?: "", driver);
	if (!text || !detail)
		return err_nomem(e);
	k = plan_set_text(p, f->path, text, len, "edit", detail, 0644, e);
	return k < 0 ? k : 0;
}

int plan_mkinitrd(struct planning *p, struct err *e)
{
	return p->g->gen->mkinitrd_snippets ? plan_snippet(p, e) : plan_adapter(p, e);
}
