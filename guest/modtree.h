/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /lib/modules/RELEASE: which modules there are, where, and the state of its indexes. */
#pragma once

#include "guest/modinfo.h"
#include "lib/root.h"

enum modarea {
	MODAREA_KERNEL,
	MODAREA_EXTRA,
	MODAREA_UPDATES,
	MODAREA_WEAK,
	MODAREA_OTHER
};

/* "kernel", "extra", "updates", "weak-updates", "other". */
const char *modarea_name(enum modarea a);

struct modfile {
	char *path; /* guest path: "/lib/modules/R/extra/xenpv/1/xen-vbd.ko" */
	char *name; /* "xen_vbd": base name without suffixes, '-' as '_' */
	enum modarea area;
	bool is_link;  /* a symbolic link (weak-updates) */
	bool dangling; /* a link to nothing, or to no regular file */
};

struct modindex {
	bool text;     /* modules.dep is there */
	bool binary;   /* modules.dep.bin is there */
	bool absolute; /* modules.dep writes absolute paths (module-init-tools, modutils)
			*/
	bool kernel;   /* the files of kernel/ are those of modules.dep, not looked up */
	bool modutils; /* backslash continuation lines of modutils' depmod */
	struct strv listed; /* names ("xen_vbd") that modules.dep lists */
};

struct modtree {
	char *release;
	struct modfile *files; /* sorted by path */
	size_t n;
	struct strv builtin; /* names from modules.builtin; empty when there is none */
	struct modindex index;
	enum arch arch; /* of the first module that could be read; ARCH_UNKNOWN none */
	char *vermagic; /* of a module in kernel/: the kernel's own; NULL none */
	size_t bytes;	/* of memory that its names and paths take, about */
};

/* Whether a kernel's release can be the name of a folder: other ones are none. */
bool release_is_plain(const char *release);

/*
 * The modules of one kernel: kernel/ as modules.dep lists it, if it lists drivers of
 * Xen's that are there; the rest, and else all of it, by a walk (links to folders such as
 * build and source are not followed). Bounds: depth 32, 65,536 files, names in each
 * index, and 32 MiB of all these. -EINVAL when the release is no plain name.
 */
int modtree_read(const struct root *r, const char *release, struct modtree **ret,
		 struct err *e);
void modtree_free(struct modtree *m);
DEFINE_CLEANUP(struct modtree *, modtree_free)

/*
 * The file that modprobe would load for a module name ('-' and '_' alike):
 * updates before extra before kernel before weak-updates before other. Dangling
 * links do not count. NULL when there is none.
 */
const struct modfile *modtree_find(const struct modtree *m, const char *name);
/* Every file of that name: start with *from = 0. */
const struct modfile *modtree_next(const struct modtree *m, const char *name,
				   size_t *from);
bool modtree_is_builtin(const struct modtree *m, const char *name);

/* "xen-vbd.ko.xz" -> "xen_vbd"; the caller frees. NULL: no module's name, or no memory.
 */
char *module_name(const char *file);
/* Whether two names mean one module: '-' and '_' are one. */
bool module_same(const char *a, const char *b);

/*
 * The kernel's exported symbols with their CRCs: /boot/symvers-R.{gz,xz,zst}, else
 * /lib/modules/R/{symvers.{gz,xz,zst},build/Module.symvers}. Returns 1 when found, 0 when
 * the guest has none, or an error for a file that cannot be read. *ret_path (may be NULL)
 * is the file used.
 */
int kernel_symvers(const struct root *r, const char *release, struct symvers *ret,
		   char **ret_path, struct err *e);

/* The unpacked text of such a file. For tests and fuzzing. */
int symvers_parse(const char *text, const char *label, struct symvers *ret,
		  struct err *e);
