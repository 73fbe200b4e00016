/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-release, guest-arch, kernel-variant */
#include "checks/add.h"

/* The update level; where the release file does not tell, that of the default kernel. */
static int minor_of(const struct guest *g, bool *ret_from_kernel)
{
	const struct boot_entry *b;

	*ret_from_kernel = false;
	if (g->distro->minor >= 0)
		return g->distro->minor;
	*ret_from_kernel = true;
	for (size_t i = 0; i < g->kernels->n; i++)
		if (g->kernels->v[i].is_default)
			return generation_minor_of_kernel(g->gen,
							  g->kernels->v[i].release);
	b = bootcfg_default(g->boot);
	if (b && b->release)
		return generation_minor_of_kernel(g->gen, b->release);
	return g->kernels->n == 1
		       ? generation_minor_of_kernel(g->gen, g->kernels->v[0].release)
		       : -1;
}

CHECK(check_guest_release)
{
	const struct guest *g = f->g;
	const struct distro *d = g->distro;
	bool from_kernel;
	enum status status;
	char *needed;
	char *remedy = NULL;
	int minor;

	if (!g->gen)
		return finding_add(
			out, c, NULL, STATUS_FAIL, strf("%s", d->name),
			strf("a guest that xenpv knows: RHEL 3.9, 4.6, 5.1 or later, "
			     "a rebuild, Fedora, Debian, Ubuntu, SUSE"),
			strf("there is nothing that xenpv could do for this guest"));
	if (!g->gen->min_minor)
		return finding_add(out, c, NULL,
				   d->disagreement ? STATUS_WARN : STATUS_PASS,
				   strf("%s", d->name), strf("%s", g->gen->title),
				   d->disagreement ? strf("%s", d->disagreement) : NULL);
	minor = minor_of(g, &from_kernel);
	needed = strf("%s, update %d or later", g->gen->title, g->gen->min_minor);
	if (minor < 0) {
		status = STATUS_UNKNOWN;
		remedy = strf(
			"the update level stands neither in %s nor in a kernel's number",
			d->source ?: "a release file");
	} else if (minor < g->gen->min_minor) {
		status = STATUS_FAIL;
		remedy = strf("update the guest to %d.%d or later", g->gen->major,
			      g->gen->min_minor);
	} else {
		status = from_kernel || d->disagreement ? STATUS_WARN : STATUS_PASS;
		if (d->disagreement)
			remedy = strf("%s", d->disagreement);
		else if (from_kernel)
			remedy = strf(
				"the update level is taken from the kernel's number");
	}
	if (minor < 0)
		return finding_add(out, c, NULL, status, strf("%s", d->name), needed,
				   remedy);
	return finding_add(out, c, NULL, status,
			   strf("%s (%d.%d)", d->name, d->major, minor), needed, remedy);
}

CHECK(check_guest_arch)
{
	enum arch a = fact_guest_arch(f->g);
	enum status status = a == ARCH_UNKNOWN ? STATUS_UNKNOWN
			     : a == ARCH_OTHER ? STATUS_FAIL
					       : STATUS_PASS;

	return finding_add(
		out, c, NULL, status,
		strf("%s", f->g->kernels->n ? arch_name(a) : "no kernel installed"),
		strf("i686 or x86_64"),
		status == STATUS_FAIL
			? strf("PV drivers for HVM guests exist on x86 only")
			: NULL);
}

/* Another vendor's, such as UEK. One for which there is a whole set of drivers will do.
 */
static int foreign_kernel(const struct check *c, const struct facts *f, size_t i,
			  char *seen, struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	bool unknown = f->choices->v[i].foreign;
	_cleanup_free_ char *what = seen; /* taken */

	return finding_add(
		out, c, k->release, unknown && k->is_default ? STATUS_FAIL : STATUS_WARN,
		strf("%s, no kernel of %s", what ?: "", f->g->gen->title),
		strf("a variant of the support table"),
		unknown ? strf("boot a supported kernel by default, or leave this one "
			       "out with --kernel")
			: strf("make sure that its drivers were built for it"));
}

static int variant_of_kernel(const struct check *c, const struct facts *f, size_t i,
			     struct findings *out)
{
	const struct guest *g = f->g;
	const struct kernel *k = &g->kernels->v[i];
	unsigned int known;
	char *seen;

	/* Of a kernel that no table of variants is about, the architecture tells. */
	seen = k->variant == VARIANT_UNKNOWN
		       ? strf("%s", arch_name(k->arch))
		       : strf("%s %s", arch_name(k->arch), variant_name(k->variant));
	if (fact_is_xen_kernel(k))
		return finding_add(
			out, c, k->release, STATUS_FAIL, seen,
			strf("a kernel for a fully virtualised guest"),
			strf("make another kernel the default: a -xen kernel does "
			     "not boot in an HVM guest"));
	if (k->arch != ARCH_I386 && k->arch != ARCH_X86_64)
		return finding_add(out, c, k->release,
				   k->arch == ARCH_UNKNOWN ? STATUS_UNKNOWN : STATUS_FAIL,
				   seen, strf("a variant of the support table"), NULL);
	known = g->gen->variants[k->arch == ARCH_X86_64];
	if (!g->gen->variants[0] && !g->gen->variants[1])
		return finding_add(out, c, k->release, STATUS_PASS, seen,
				   strf("a kernel for i686 or x86_64"), NULL);
	if (!generation_owns(g->gen, k->release))
		return foreign_kernel(c, f, i, seen, out);
	if (k->variant != VARIANT_UNKNOWN && known & (1u << k->variant))
		return finding_add(out, c, k->release, STATUS_PASS, seen,
				   strf("a variant of the support table"), NULL);
	return finding_add(
		out, c, k->release, k->is_default ? STATUS_FAIL : STATUS_WARN, seen,
		strf("a variant of the support table"),
		strf("boot a supported kernel by default, or leave this one out "
		     "with --kernel"));
}

CHECK(check_kernel_variant)
{
	return f->g->gen ? check_each_kernel(c, f, out, variant_of_kernel) : 0;
}
