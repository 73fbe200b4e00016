/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initrd: that there is one, of a kind that xenpv-install can edit */
#include <string.h>

#include "checks/add.h"
#include "checks/images.h"
#include "checks/uki.h"

/* The script of nash is what is edited. */
static char *nash_obstacle(const struct kernel *k)
{
	const struct initrd *i = k->image;

	if (!i->init)
		return strf("%s: its /init is no text", i->path);
	if (i->n_inits > 1)
		return strf("%s: it holds /init more than once, which is not supported",
			    i->path);
	if (i->init_linked)
		return strf("%s: its /init has several names, which is not supported",
			    i->path);
	return strdup("");
}

static char *ext2_obstacle(const struct kernel *k)
{
	const struct initrd *i = k->image;

	if (!i->init || !i->nash)
		return strf("%s: it has no /linuxrc that nash runs", i->path);
	if (i->init_linked)
		return strf("%s: its /linuxrc has several names, which is not supported",
			    i->path);
	if (i->segs[0].length != i->size)
		return strf("%s: something follows its file system, which is not "
			    "supported",
			    i->path);
	return strdup("");
}

/* udev loads what the indexes list: files and indexes are what is edited. */
static char *udev_obstacle(const struct kernel *k)
{
	const struct initrd *i = k->image;
	const char *release = i->moddir ? path_base(i->moddir) : NULL;

	if (!initrd_dep_path(i))
		return strf("%s: it has no modules.dep, so nothing in it could load a "
			    "module",
			    i->path);
	if (!streq(release, k->release))
		return strf("%s: its modules are those of kernel %s", i->path, release);
	return strdup("");
}

static char *other_obstacle(const struct kernel *k)
{
	return strf("%s: it was made by none of mkinitrd, dracut and initramfs-tools",
		    k->image->path);
}

static char *(*const obstacles[INITRD_KIND_COUNT])(const struct kernel *k) = {
	[INITRD_KIND_OTHER] = other_obstacle,
	[INITRD_KIND_NASH] = nash_obstacle,
	[INITRD_KIND_EXT2] = ext2_obstacle,
	[INITRD_KIND_DRACUT] = udev_obstacle,
	[INITRD_KIND_INITRAMFS_TOOLS] = udev_obstacle,
};

size_t image_segment(const struct initrd *i)
{
	switch (i->kind) {
	case INITRD_KIND_NASH:
		return i->init_seg;
	case INITRD_KIND_DRACUT:
	case INITRD_KIND_INITRAMFS_TOOLS:
		return i->mod_seg;
	default:
		return 0;
	}
}

static char *compression_obstacle(const struct initrd *i)
{
	enum comp comp = i->segs[image_segment(i)].comp;

	if (comp_can_write(comp))
		return strdup("");
	return strf("%s: it is compressed by %s, which this version reads but does not "
		    "write",
		    i->path, comp_name(comp));
}

char *image_obstacle(const struct kernel *k)
{
	char *s;

	if (!k->image)
		return k->image_problem ? strdup(k->image_problem)
					: strf("kernel %s has no initrd", k->release);
	s = obstacles[k->image->kind](k);
	if (!s || s[0])
		return s;
	free(s);
	return compression_obstacle(k->image);
}

/* Without one of the drivers that an image loads, there is nothing to edit. */
static int image_of_kernel(const struct check *c, const struct facts *f, size_t i,
			   struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];
	_cleanup_free_ char *obstacle = NULL;

	if (ch->kind == CHOICE_NONE || !choice_is_module(ch, XENDRV_VBD) ||
	    fact_is_xen_kernel(k))
		return 0;
	if (uki_alone(f->g, k))
		return 0;
	obstacle = image_obstacle(k);
	if (!obstacle || !obstacle[0])
		return obstacle ? 0 : -ENOMEM;
	return finding_add(
		out, c, k->release, k->is_default ? STATUS_FAIL : STATUS_WARN,
		strdup(obstacle), strf("an initrd that can be edited"),
		strf("make one with the guest's own mkinitrd, dracut or "
		     "update-initramfs%s",
		     k->is_default ? ", or leave this kernel out with --kernel"
				   : ": without it, this kernel stays off PV disks"));
}

/* An image of these is, or was, written anew. */
static bool any_image(const struct facts *f)
{
	for (size_t i = 0; i < f->g->kernels->n; i++) {
		const struct choice *ch = &f->choices->v[i];

		if (f->selected[i] && ch->kind != CHOICE_NONE &&
		    choice_is_module(ch, XENDRV_VBD) && f->g->kernels->v[i].image)
			return true;
	}
	return false;
}

/* Nothing is said of images that are as they should be. */
CHECK(check_initrd)
{
	const struct unread_loader *u = f->g->boot->unread;
	int k = 0;

	if (u && u->again && any_image(f))
		k = finding_add(
			out, c, NULL, STATUS_WARN,
			strf("%s boots the blocks of an image, not the file", u->name),
			strf("a boot loader that boots the new image"),
			strf("run %s in the guest after xenpv-install, and after "
			     "an uninstall, or it does not boot",
			     u->again));
	return k < 0 ? k : check_each_selected(c, f, out, image_of_kernel);
}
