/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that depmod writes for a module into each of its text indexes, and their
 * exchange in an index that is there. For installer/modindex.c. Of module-init-tools:
 *
 *	modules.dep	/lib/modules/R/a.ko: /lib/modules/R/b.ko /lib/modules/R/c.ko
 *			(what has to be loaded first stands last)
 *	modules.alias	alias pci:v00005853d00000001sv*sd*bc*sc*i* xen_platform_pci
 *	modules.pcimap	module, vendor, device, subvendor, subdevice, class, mask, data
 *	modules.symbols	alias symbol:NAME module
 *
 * Of modutils (2.4): modules.pcimap, and modules.dep with an empty line behind each entry
 *
 *	/lib/modules/R/a.o:<TAB>/lib/modules/R/b.o \
 *	<TAB>/lib/modules/R/c.o
 */
#pragma once

#include "guest/modinfo.h"
#include "lib/lines.h"

/* One of the drivers, as a kernel's indexes ought to have it. */
struct indexed {
	char *name;		    /* "xen_vbd" */
	char *path;		    /* "/lib/modules/R/extra/xenpv/1/xen-vbd.ko" */
	const struct modinfo *info; /* not owned */
	struct strv deps;	    /* paths, in modules.dep's order */
};

struct index {
	const char *file;
	const char *header; /* first line of a new one; NULL none */
	bool create;	    /* also when the guest has none */
	/* The lines for one module; -ENOMEM. */
	int (*lines)(const struct indexed *m, struct strv *ret);
	/* The module that a line is for, as a module name; NULL: none. The caller frees.
	 */
	char *(*owner)(const char *line);
	/* Whether two lines say the same. */
	bool (*same)(const char *a, const char *b);
	/* Instead of these three, where an entry has several lines: index_update(). */
	int (*update)(struct lines *l, const struct indexed *m, size_t n);
};

/* The text indexes of a format; none of INDEX_KMOD, whose are another matter. */
const struct index *indexes_of(enum index_format f, size_t *n);

/*
 * Replace the lines of these modules by what they ought to be; right ones and all
 * others stay as they are. 1 changed, 0 nothing to do, -ENOMEM.
 */
int index_update(const struct index *x, struct lines *l, const struct indexed *m,
		 size_t n);
/* The same of modutils' modules.dep (modutils.c). */
int modutils_dep_update(struct lines *l, const struct indexed *m, size_t n);
