/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unified kernel images are not edited: a signature, or what the machine's TPM expects,
 * is about the whole file. So it is said what is missing in them, and how they are made;
 * what they are made from (dracut's configuration, /etc/kernel/cmdline) is changed by
 * the other steps.
 */
#include "checks/uki.h"
#include "installer/plan.h"

int plan_unified(struct planning *p, struct err *e)
{
	const struct facts f = { .g = p->g, .choices = p->choices };

	for (size_t i = 0; i < p->g->kernels->n; i++) {
		const struct kernel *k = &p->g->kernels->v[i];
		const struct uki *u = ukis_find(p->g->ukis, k->release);
		_cleanup_free_ char *lack = NULL;
		_cleanup_free_ char *remedy = NULL;

		if (!u || !plan_kernel_switches(p, i))
			continue;
		lack = uki_lacks(&f, i, u);
		remedy = uki_remedy(k, u);
		if (!lack || !remedy)
			return err_nomem(e);
		if (lack[0] && plan_note(p, e, "%s cannot be edited: %s; %s", u->path,
					 lack, remedy) < 0)
			return -ENOMEM;
	}
	return 0;
}
