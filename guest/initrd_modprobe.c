/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modprobe's configuration in an image: our own file of it, and where it may stand. */
#include <string.h>

#include "guest/initrd_parts.h"

void initrd_modprobe_done(struct initrd_modprobe *m)
{
	free(m->etc.path);
	free(m->dir.path);
	free(m->conf.path);
	free(m->text);
}

bool initrd_is_modprobe(const struct initrd_entry *x)
{
	if (S_ISDIR(x->mode))
		return initrd_name_is(x->name, "etc") ||
		       initrd_name_is(x->name, "etc/modprobe.d");
	return S_ISREG(x->mode) && initrd_name_is(x->name, INITRD_SOFTDEPS);
}

static int keep(struct initrd_text *t, const struct initrd_entry *x)
{
	free(t->path);
	*t = (struct initrd_text){ .path = strdup(x->name), .seg = x->seg };
	return t->path ? 0 : -ENOMEM;
}

int initrd_found_modprobe(struct initrd_modprobe *m, struct initrd_walk *w,
			  const struct initrd_entry *x, struct err *e)
{
	if (S_ISDIR(x->mode)) {
		struct initrd_text *t = initrd_name_is(x->name, "etc") ? &m->etc
								       : &m->dir;

		/* Once it is there it is there for all segments behind. */
		return t->path || keep(t, x) == 0 ? 0 : err_nomem(e);
	}
	free(TAKE_PTR(m->text));
	if (keep(&m->conf, x) < 0)
		return err_nomem(e);
	return initrd_walk_text(w, x, INITRD_CONF_MAX, &m->text, e);
}
