/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulated devices' drivers wait for a bus driver that is a module: see
 * drivers/softdeps.h. In the guest, from where later images have it, and in the image.
 * The list of modules that initramfs-tools loads comes after udev, and so too late.
 */
#include <string.h>
#include <sys/stat.h>

#include "drivers/softdeps.h"
#include "guest/initrd_walk.h"
#include "installer/plan.h"
#include "lib/at.h"

const char *plan_softdeps_bus(const struct planning *p)
{
	for (size_t i = 0; i < p->choices->n; i++) {
		const char *bus = choice_bus(&p->choices->v[i]);

		if (bus && plan_kernel_switches(p, i))
			return bus;
	}
	return NULL;
}

int plan_softdeps(struct planning *p, struct err *e)
{
	const char *bus = plan_softdeps_bus(p);
	_cleanup_free_ char *text = NULL;
	int k;

	if (!bus)
		return 0;
	text = softdeps_text(bus);
	if (!text)
		return err_nomem(e);
	k = plan_set_text(p, SOFTDEPS_PATH, text, strlen(text), "configure",
			  "the drivers of emulated devices come after ours", 0644, e);
	return k < 0 ? k : 0;
}

/* What stands before the first name of the image's paths: "", "./", "/". */
static int path_prefix(const struct initrd *i)
{
	return (int)(initrd_plain_name(i->moddir) - i->moddir);
}

/* A folder, unless it is there when the edited segment is unpacked. */
static int add_folder(struct initrd_edit *x, const struct initrd_text *have,
		      const char *name, struct err *e)
{
	_cleanup_free_ char *path = NULL;

	if (have->path && have->seg <= x->seg)
		return 0;
	path = strf("%.*s%s", path_prefix(x->image), x->image->moddir, name);
	return path ? initrd_edit_add(x, path, -1, S_IFDIR | 0755, e) : err_nomem(e);
}

static int add_file(struct initrd_edit *x, const char *text, struct err *e)
{
	const struct initrd_modprobe *m = &x->image->modprobe;
	_cleanup_free_ char *path = strf("%.*s%s", path_prefix(x->image),
					 x->image->moddir, INITRD_SOFTDEPS);
	/* Not the time of now: the same guest gives the same image. */
	const struct timespec times[2] = { 0 };
	_cleanup_close_ int fd = scratch_file();
	int r = fd < 0 ? fd : write_all(fd, text, strlen(text));

	if (r == 0 && at_set_times(fd, times) < 0)
		r = -errno;
	if (!path)
		return err_nomem(e);
	if (r < 0)
		return err_errno(e, r, "keeping %s", path);
	r = add_folder(x, &m->etc, "etc", e);
	if (r == 0)
		r = add_folder(x, &m->dir, "etc/modprobe.d", e);
	return r < 0 ? r : initrd_edit_add(x, path, fd, S_IFREG | 0644, e);
}

int plan_softdeps_image(struct planning *p, const struct choice *c, struct initrd_edit *x,
			struct err *e)
{
	const struct initrd_modprobe *m = &x->image->modprobe;
	const char *bus = choice_bus(c);
	_cleanup_free_ char *text = bus ? softdeps_text(bus) : NULL;
	bool there = m->conf.path;
	int r;

	if (!bus)
		return 0;
	if (!text)
		return err_nomem(e);
	if (streq(m->text, text))
		return 0;
	if (there && m->conf.seg != x->seg)
		return plan_note(p, e,
				 "%s: %s in it is left as it is, since it stands in "
				 "another segment than the modules: make the image again "
				 "before the reboot",
				 x->image->path, m->conf.path);
	r = there ? initrd_edit_replace_data(x, m->conf.path, text, strlen(text), e)
		  : add_file(x, text, e);
	if (r == 0 && strv_addf(&x->details, "%s %s", path_base(INITRD_SOFTDEPS),
				there ? "replaced" : "added") < 0)
		r = err_nomem(e);
	return r;
}
