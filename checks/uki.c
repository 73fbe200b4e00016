/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unified-images: one file of kernel, initrd and arguments, which nothing changes without
 * breaking its signature or what the machine's TPM expects. So it is said before the
 * install what must be made anew behind it.
 */
#include <string.h>

#include "checks/add.h"
#include "checks/uki.h"
#include "guest/bootargs.h"

bool uki_alone(const struct guest *g, const struct kernel *k)
{
	return !k->image && !k->image_problem && ukis_find(g->ukis, k->release);
}

char *uki_lacks_driver(const struct facts *f, size_t i, const struct uki *u)
{
	const struct choice *ch = &f->choices->v[i];
	bool held = false;
	const char *lacks;

	if (u->problem)
		return strf("cannot be judged: %s", u->problem);
	if (!choice_is_module(ch, XENDRV_VBD))
		return strdup("");
	if (!u->image)
		return strf("it has no initrd that would hold %s", ch->names[XENDRV_VBD]);
	lacks = fact_image_lacks(ch, u->image, &held);
	if (!lacks) {
		lacks = fact_image_order(ch, u->image);
		return lacks ? strf("it does not load %s before %s",
				    ch->names[XENDRV_PLATFORM], lacks)
			     : strdup("");
	}
	return held ? strf("it holds %s, but its modules.dep does not list it", lacks)
		    : strf("it does not hold %s", lacks);
}

static int add_args(const struct facts *f, const struct uki *u, struct strv *out)
{
	unsigned int by = choices_args_by(f->choices, u->release);
	const struct bootarg_rule *r;
	size_t rule = 0;
	int k = 0;

	while (k >= 0 &&
	       (r = bootarg_rule(f->g->gen, by, u->release, u->args ?: "", &rule))) {
		if (r->effect == BOOTARG_BLOCKS || r->effect == BOOTARG_PARTLY)
			k = strv_addf(out, "its command line says %s, which %s", r->word,
				      r->what);
		else if (r->effect == BOOTARG_WANTED)
			k = strv_addf(out, "its command line lacks %s: it %s", r->word,
				      r->what);
	}
	return k;
}

/* root=/dev/sda2: a name that goes with the emulated disk. */
static int add_names(const struct uki *u, struct strv *out)
{
	static const char *const words[] = { "root", "resume" };
	int k = 0;

	for (size_t i = 0; k >= 0 && u->args && i < ELEMENTSOF(words); i++) {
		_cleanup_free_ char *value = bootargs_get(u->args, words[i]);

		if (value &&
		    (startswith(value, "/dev/sd") || startswith(value, "/dev/hd")))
			k = strv_addf(out,
				      "its command line says %s=%s, a name that goes "
				      "with the emulated disk",
				      words[i], value);
	}
	return k;
}

char *uki_lacks(const struct facts *f, size_t i, const struct uki *u)
{
	_cleanup_strv_ struct strv v = { 0 };
	_cleanup_free_ char *driver = uki_lacks_driver(f, i, u);

	if (!driver || (driver[0] && strv_add(&v, driver) < 0) ||
	    add_args(f, u, &v) < 0 || add_names(u, &v) < 0)
		return NULL;
	return v.n ? strv_join(&v, "; ") : strdup("");
}

/*
 * dracut writes such an image itself; elsewhere kernel-install has it made, where its
 * layout is uki [dracut(8), kernel-install(8)].
 */
char *uki_remedy(const struct kernel *k, const struct uki *u)
{
	const char *sign = u->is_signed ? ", and sign it as the old one was" : "";

	if (u->image && u->image->kind == INITRD_KIND_DRACUT)
		return strf("after xenpv-install make it again: dracut --force --uefi %s "
			    "%s%s",
			    u->path, k->release, sign);
	if (k->vmlinuz)
		return strf("after xenpv-install make it again: kernel-install add %s "
			    "%s%s",
			    k->release, k->vmlinuz, sign);
	return strf("after xenpv-install make it again: kernel-install add %s "
		    "/lib/modules/%s/vmlinuz%s",
		    k->release, k->release, sign);
}

static int uki_of_kernel(const struct check *c, const struct facts *f, size_t i,
			 struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct uki *u = ukis_find(f->g->ukis, k->release);
	_cleanup_free_ char *lack = NULL;

	if (!u)
		return 0;
	lack = uki_lacks(f, i, u);
	if (!lack)
		return -ENOMEM;
	if (!lack[0])
		return finding_add(out, c, k->release, STATUS_PASS,
				   strf("%s boots on PV devices as it is", u->path),
				   strf("an image with the driver of disks"), NULL);
	return finding_add(out, c, k->release, STATUS_WARN,
			   strf("%s cannot be edited: %s", u->path, lack),
			   strf("an image with the driver of disks"), uki_remedy(k, u));
}

/* Those that do not even say whose they are. */
static int unreadable(const struct check *c, const struct facts *f, struct findings *out)
{
	const struct ukis *v = f->g->ukis;
	int r = 0;

	for (size_t i = 0; v && r >= 0 && i < v->n; i++)
		if (v->v[i].problem && !v->v[i].release)
			r = finding_add(
				out, c, NULL, STATUS_WARN, strf("%s", v->v[i].problem),
				strf("an image that can be read"),
				strf("remove %s, or make it again", v->v[i].path));
	return r;
}

CHECK(check_unified_images)
{
	int r;

	if (!f->g->gen || !f->g->gen->unplug)
		return 0;
	r = unreadable(c, f, out);
	return r < 0 ? r : check_each_kernel(c, f, out, uki_of_kernel);
}
