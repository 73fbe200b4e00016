/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "drivers/choose_parts.h"

/* A bundle for many kernels has as many reasons; a person reads the first ones. */
#define REJECTED_MAX 8

const char *choice_name(enum choice_kind k)
{
	static const char *const names[] = { "none", "in-kernel", "package", "bundle",
					     "compatible" };

	return names[k];
}

bool choice_is_module(const struct choice *c, enum xendrv d)
{
	return c->names[d] && !c->builtin[d];
}

const char *choice_bus(const struct choice *c)
{
	if (c->kind == CHOICE_NONE || c->kind == CHOICE_IN_KERNEL ||
	    c->builtin[XENDRV_PLATFORM] || !c->paths[XENDRV_PLATFORM])
		return NULL;
	return c->names[XENDRV_PLATFORM];
}

unsigned int choices_args_by(const struct choices *cs, const char *release)
{
	unsigned int all = 0;

	for (size_t i = 0; i < cs->n; i++) {
		unsigned int by = choice_bus(&cs->v[i]) ? BY_MODULE : BY_KERNEL;

		if (streq(cs->v[i].kernel->release, release))
			return by;
		all |= by;
	}
	return all ?: BY_KERNEL;
}

void choices_free(struct choices *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		struct choice *ch = &c->v[i];

		for (size_t d = 0; d < XENDRV_COUNT; d++) {
			free(ch->paths[d]);
			if (!ch->modules[d])
				modinfo_free(ch->infos[d]);
		}
		free(ch->why);
		strv_done(&ch->rejected);
	}
	free(c->v);
	free(c);
}

void chooser_done(struct chooser *c)
{
	symvers_done(&c->symvers);
}

int chooser_reject(struct chooser *c, char *reason, struct err *e)
{
	_cleanup_free_ char *text = reason; /* taken */
	struct strv *list = &c->ch->rejected;

	if (!text)
		return err_nomem(e);
	if (strv_has(list, text) || list->n > REJECTED_MAX)
		return 0;
	if (list->n == REJECTED_MAX)
		return strv_add(list, "and more") < 0 ? err_nomem(e) : 0;
	return strv_add(list, text) < 0 ? err_nomem(e) : 0;
}

int chooser_symvers(struct chooser *c, const struct symvers **ret, struct err *e)
{
	if (!c->looked) {
		_cleanup_err_ struct err why = ERR_INIT;
		int k = kernel_symvers(c->g->root, c->ch->kernel->release, &c->symvers,
				       NULL, &why);

		c->looked = true;
		c->have = k > 0;
		if (k == -ENOMEM)
			return err_nomem(e);
		if (k < 0)
			k = chooser_reject(c, strdup(err_text(&why)), e);
		if (k < 0)
			return k;
	}
	*ret = c->have ? &c->symvers : NULL;
	return 0;
}

/* Why there is no point in looking; NULL: there is. */
static const char *hopeless(const struct guest *g, const struct kernel *k)
{
	if (k->variant == VARIANT_XEN)
		return "a PV kernel has its own drivers and does not boot in an HVM "
		       "guest";
	if (!g->gen)
		return "no drivers are known for this guest";
	if (!k->mods)
		return "there is no /lib/modules folder for this kernel";
	return NULL;
}

static enum kconf config_of(const struct kernel *k, enum xendrv d)
{
	switch (d) {
	case XENDRV_VBD:
		return k->config.vbd;
	case XENDRV_VNIF:
		return k->config.vif;
	default:
		return KCONF_UNKNOWN;
	}
}

/* The first of the kernel's own drivers that is not there, where its configuration
 * tells why. */
static void find_absent(struct chooser *c)
{
	const struct kernel *k = c->ch->kernel;

	for (unsigned int d = 0; d < XENDRV_COUNT; d++) {
		const char *name = c->g->gen->drivers[d];
		enum kconf config = config_of(k, d);

		if (!name || config == KCONF_UNKNOWN || config == KCONF_BUILTIN ||
		    modtree_is_builtin(k->mods, name) || modtree_find(k->mods, name))
			continue;
		c->ch->absent = name;
		c->ch->absent_config = config;
		return;
	}
}

static char *why_none(const struct chooser *c)
{
	const struct choice *ch = c->ch;
	const char *also = c->bundles->n ? ", and no bundle fits" : "";

	if (ch->foreign)
		return strf("no kernel of %s: which drivers it has of its own is not "
			    "known%s",
			    c->g->gen->title, also);
	if (ch->absent)
		return ch->absent_config == KCONF_MODULE
			       ? strf("%s is a module of this kernel that is not "
				      "installed%s",
				      ch->absent, also)
			       : strf("this kernel was built without %s%s", ch->absent,
				      also);
	return strdup(c->bundles->n ? "no bundle fits"
				    : "the kernel has none, none is installed, and "
				      "there is no bundle");
}

static int choose(struct chooser *c, struct err *e)
{
	static int (*const ways[])(struct chooser *,
				   struct err *) = { choose_installed, choose_exact,
						     choose_compatible };
	const char *none = hopeless(c->g, c->ch->kernel);
	int k = 0;

	for (size_t i = 0; !none && i < ELEMENTSOF(ways) && k == 0; i++)
		k = ways[i](c, e);
	if (k != 0)
		return k < 0 ? k : 0;
	/* Where a bundle is the usual way, the configuration says nothing. */
	if (!none && c->g->gen->inkernel_minor == 0)
		find_absent(c);
	c->ch->foreign = !none && !c->g->gen->unplug &&
			 !generation_owns(c->g->gen, c->ch->kernel->release);
	c->ch->why = none ? strdup(none) : why_none(c);
	return c->ch->why ? 0 : err_nomem(e);
}

int choices_make(const struct guest *g, const struct bundles *b, struct choices **ret,
		 struct err *e)
{
	_cleanup_(choices_freep) struct choices *c = calloc(1, sizeof(*c));

	if (!c)
		return err_nomem(e);
	for (size_t i = 0; i < g->kernels->n; i++) {
		_cleanup_(chooser_done) struct chooser one = { .g = g, .bundles = b };
		int k;

		if (vec_grow(&c->v, c->n, sizeof(*c->v)) < 0)
			return err_nomem(e);
		one.ch = &c->v[c->n++];
		one.ch->kernel = &g->kernels->v[i];
		if (g->gen)
			memcpy(one.ch->names, g->gen->drivers, sizeof(one.ch->names));
		k = choose(&one, e);
		if (k < 0)
			return k;
	}
	*ret = TAKE_PTR(c);
	return 0;
}
