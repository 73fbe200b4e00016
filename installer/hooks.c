/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next kernel, where this one's drivers come from a bundle: the next one's must be
 * looked for in a bundle, too. Where the guest runs scripts after it installed a kernel,
 * one of them runs xenpv-install for that kernel. It comes after the generator of images,
 * since xenpv-install edits the image that is there, and before update-grub (zz-).
 *
 * - kernel-install runs the files *.install of /etc/kernel/install.d in the order of
 *   their names, with the verb and the release [kernel-install(8)]. At 90 the image and
 *   the boot entry are in their places.
 * - Debian's kernel packages, and others, run what is in /etc/kernel/postinst.d, with the
 *   release [Debian Kernel Handbook, "Kernel hooks"]. A guest that has the folder has
 *   somebody who reads it.
 *
 * Neither may ever fail: that would end the installation of the kernel. The script is
 * kernel-hook, as text.
 */
#include <string.h>

#include "installer/plan.h"

static const char script[] =
#include "installer/kernel-hook.inc"
	;

static const struct reader {
	const char *signs[2]; /* a program or folder: the guest runs such scripts */
	const char *path;
	const char *package; /* where a package of ours has it; NULL: there, too */
} readers[] = {
	{ { "/usr/bin/kernel-install", "/bin/kernel-install" },
	  "/etc/kernel/install.d/95-xenpv.install",
	  "/usr/lib/kernel/install.d/95-xenpv.install" },
	{ { "/etc/kernel/postinst.d" }, "/etc/kernel/postinst.d/xenpv", NULL },
};

static bool is_there(const struct planning *p, const char *path)
{
	struct stat st;

	return path && root_stat(p->root, path, true, &st, NULL) == 0;
}

static bool any_bundled(const struct planning *p)
{
	for (size_t i = 0; i < p->choices->n; i++)
		if (plan_kernel_switches(p, i) &&
		    (p->choices->v[i].kind == CHOICE_BUNDLE ||
		     p->choices->v[i].kind == CHOICE_COMPATIBLE))
			return true;
	return false;
}

int plan_hooks(struct planning *p, struct err *e)
{
	bool any = false;

	if (!any_bundled(p))
		return 0;
	for (size_t i = 0; i < ELEMENTSOF(readers); i++) {
		const struct reader *r = &readers[i];
		int k;

		if (!is_there(p, r->signs[0]) && !is_there(p, r->signs[1]))
			continue;
		any = true;
		if (is_there(p, r->package))
			continue;
		k = plan_set_text(p, r->path, script, strlen(script), "add-hook",
				  "later kernels get drivers from a bundle that fits",
				  0755, e);
		if (k < 0)
			return k;
	}
	/* Where mkinitrd is told nothing, plan_mkinitrd() has said so. */
	if (any || (p->g->gen->modconf && !p->g->gen->mkinitrd_snippets))
		return 0;
	return plan_note(p, e,
			 "this guest runs no scripts after it installs a kernel: a later "
			 "kernel without drivers of its own needs xenpv-install again");
}
