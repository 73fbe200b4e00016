/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drivers, module-signature */
#include <stdio.h>

#include "checks/add.h"
#include "checks/driverpkg.h"

static int drivers_of_kernel(const struct check *c, const struct facts *f, size_t i,
			     struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];
	char *needed = strf("drivers for this kernel");

	if (ch->kind == CHOICE_NONE) {
		_cleanup_free_ char *rejected = strv_join(&ch->rejected, "; ");

		return finding_add(
			out, c, k->release,
			ch->foreign && !k->is_default ? STATUS_WARN : STATUS_FAIL,
			strf("%s%s%s", ch->why ?: "none", ch->rejected.n ? ": " : "",
			     ch->rejected.n && rejected ? rejected : ""),
			needed, driver_remedy(f, i));
	}
	/* Copied by hand, and not by an earlier run of ours: said, never loaded twice. */
	if (ch->kind == CHOICE_PACKAGE && ch->by_hand && !f->g->inventory &&
	    f->g->db->state == RPMDB_OK)
		return finding_add(
			out, c, k->release, STATUS_WARN,
			strf("%s, owned by no package", ch->why ?: "installed"), needed,
			strf("they are used as they are; make sure that they were "
			     "built for this kernel"));
	return finding_add(out, c, k->release, STATUS_PASS,
			   strf("%s: %s", choice_name(ch->kind), ch->why ?: ""), needed,
			   NULL);
}

CHECK(check_drivers)
{
	if (!f->g->kernels->n)
		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("no kernel is installed"), strf("a kernel"),
				   strf("install a kernel in the guest"));
	return check_each_kernel(c, f, out, drivers_of_kernel);
}

/* Enforced signatures came with Linux 3.7. */
static bool can_enforce(const char *release)
{
	int major = 0;
	int minor = 0;

	if (sscanf(release, "%d.%d", &major, &minor) != 2)
		return true;
	return major > 3 || (major == 3 && minor >= 7);
}

/* The first unsigned bundled module of a kernel, or NULL. */
static const char *unsigned_module(const struct choice *ch)
{
	for (size_t i = 0; i < XENDRV_COUNT; i++)
		if (ch->modules[i] && ch->modules[i]->info &&
		    !ch->modules[i]->info->is_signed)
			return ch->modules[i]->file;
	return NULL;
}

CHECK(check_module_signature)
{
	const struct hypervisor *hv = f->g->hv;
	bool enforced = hv->secure_boot || hv->lockdown || hv->sig_enforce;

	for (size_t i = 0; i < f->choices->n; i++) {
		const struct choice *ch = &f->choices->v[i];
		const char *file = unsigned_module(ch);

		if (!f->selected[i] || !file || !can_enforce(ch->kernel->release))
			continue;
		if (hv->probed && !enforced)
			continue;
		return finding_add(
			out, c, ch->kernel->release,
			enforced ? STATUS_FAIL : STATUS_UNKNOWN,
			strf("%s is not signed%s", file,
			     enforced ? ", and the kernel takes signed modules only"
				      : ""),
			strf("signed modules where signatures are enforced"),
			strf("use a bundle whose modules are signed by a key that the "
			     "kernel trusts, or switch off what asks for that: Secure "
			     "Boot, lockdown, or module.sig_enforce"));
	}
	return finding_add(out, c, NULL, STATUS_PASS, strf("no signature is asked for"),
			   strf("signed modules where signatures are enforced"), NULL);
}
