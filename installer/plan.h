/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: the list of operations that turn the guest into the wanted state,
 * with the new contents at hand, before anything is written. A dry run prints
 * it, the transaction performs it, a second install finds it empty.
 */
#pragma once

#include <stdint.h>

#include "checks/finding.h"
#include "installer/initrd_edit.h"

enum op_kind {
	OP_MKDIR,   /* path must not exist */
	OP_MKNOD,   /* a block device; path must not exist */
	OP_SYMLINK, /* a symbolic link; path must not exist */
	OP_WRITE,   /* path is created or replaced */
	OP_RENAME,  /* path -> to; to must not exist; a link itself, not what it names */
	OP_REMOVE, /* path, a file or a link itself, goes; it comes back with an uninstall
		    */
};

enum op_state {
	OPSTATE_PLANNED,
	OPSTATE_DONE,
	OPSTATE_ROLLED_BACK,
	OPSTATE_FAILED,
	OPSTATE_SKIPPED
};
const char *op_state_name(enum op_state s);

struct op {
	enum op_kind kind;
	const char
		*action; /* "make-folder", "copy-module", "edit", "rewrite-initrd", … */
	char *path;   /* guest path, links resolved; RENAME, REMOVE: those of its folder
			 only */
	char *to;     /* OP_RENAME */
	char *detail; /* one line for a person */
	/* New content: data, or produce() writing to an empty file, then check() reading
	 * it back. */
	char *data;
	size_t len;
	int (*produce)(void *arg, int fd, struct err *e);
	int (*check)(void *arg, int fd, struct err *e);
	void *arg;	/* not owned */
	uint64_t bytes; /* size of the new content, estimated for produce() */
	bool exists; /* a file is replaced: it keeps mode, owner, extended attributes */
	char old_digest[65]; /* of the file that was read for planning; "" not known */
	mode_t mode;	     /* of a new file, folder or device */
	dev_t rdev;	     /* OP_MKNOD */
	char *link;	     /* OP_SYMLINK: its text */
	char *like; /* neighbour that lends owner and SELinux label; NULL: the parent */
	char *keep; /* the original stays under this guest path; NULL: in the state folder
		     */
	bool boot;  /* the boot loader reads it: published last */
	bool config;	/* and it is what names the other files: after them */
	char *old_text; /* text before, for the diff; NULL when not text */
	enum op_state state;
};

struct plan {
	struct op *v;
	size_t n;
	struct strv notes;	  /* what a person should know */
	struct strv host;	  /* what the host's administrator must change */
	struct strv host_command; /* the words of xenpv-host for it, without --write */
	struct strv rescue; /* lines for the GRUB prompt that boot the kept initrd */
	struct initrd_edit **edits; /* one per image to be rewritten, owned */
	size_t n_edits;
};

struct planning {
	struct root *root;
	const struct guest *g;
	const struct choices *choices;
	const bool *selected; /* per kernel */
	const struct rename *renames;
	size_t n_renames;
	struct strv forced;
	bool boot_disk_pv;   /* --boot-disk=pv */
	bool verify_at_boot; /* --verify-at-boot */
	struct plan *plan;
};

void plan_free(struct plan *p);
DEFINE_CLEANUP(struct plan *, plan_free)

/* Append a zeroed op with a copy of path; NULL when out of memory. Valid until the next.
 */
struct op *plan_op(struct plan *p, enum op_kind kind, const char *action,
		   const char *path);
/* The planned op that creates or replaces a path (a RENAME to it too), or NULL. */
struct op *plan_find(struct plan *p, const char *path);
/*
 * A guest path with its links resolved, as op.path needs it, also where its last
 * components do not exist yet because the plan makes them. The caller frees.
 */
int plan_resolve(const struct planning *p, const char *path, char **ret, struct err *e);
/* Plan the missing folders of a path, outermost first, mode 0755, like their parent.
 * Links on the way are resolved. */
int plan_mkdirs(struct planning *p, const char *dir, struct err *e);

/*
 * A text file's pending text: of the op planned for it, else as the guest has it. Returns
 * 1, or 0 (and *ret = NULL) when there is no such file. The caller frees.
 */
int plan_text(struct planning *p, const char *path, char **ret, size_t *ret_len,
	      struct err *e);
/*
 * Plan new text for a file (links resolved: an edited link stays a link) and its missing
 * folders. Several edits of one file are one op, details joined by "; ". No op when the
 * text is what the guest has. mode is for a new file. Returns 1 planned, 0 nothing to do.
 */
int plan_set_text(struct planning *p, const char *path, const char *text, size_t len,
		  const char *action, const char *detail, mode_t mode, struct err *e);

/* The same by lines: 1, or 0 when there is no such file. */
int plan_lines(struct planning *p, const char *path, struct lines *l, struct err *e);
/* boot: the boot loader is configured by the file, so it is published last. */
int plan_set_lines(struct planning *p, const char *path, const struct lines *l,
		   const char *detail, bool boot, struct err *e);
/* Plan a file in the state folder, which is the transaction's to make. */
int plan_state_file(struct planning *p, const char *path, const char *text,
		    const char *detail, struct err *e);
/* The planned change of a file is one of what the boot loader is configured by. */
int plan_mark_boot(struct planning *p, const char *path, struct err *e);

/* The bus driver of a kernel that switches and that must come before the emulated
 * devices' drivers (drivers/softdeps.h); NULL: none must. */
const char *plan_softdeps_bus(const struct planning *p);
/* The order of loading in a kernel's image, as softdeps.c has it in the guest. */
int plan_softdeps_image(struct planning *p, const struct choice *c, struct initrd_edit *x,
			struct err *e);
/* The interfaces (ethN) that such a driver serves, by alias or by what the guest's
 * devices say. */
int plan_emulated_nics(const struct guest *g, struct strv *names, struct err *e);
/* Whether kernel i of p->g->kernels is to run on the PV drivers: selected, no -xen
 * kernel, and not without drivers. */
bool plan_kernel_switches(const struct planning *p, size_t i);
/* Whether a boot entry's kernel does. */
bool plan_entry_switches(const struct planning *p, const struct boot_entry *b);
/* Append to p->plan->notes. */
int plan_note(struct planning *p, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The edit of a kernel's initrd, created at first use; NULL and an error when it has no
 * readable image. See initrd_edit.h.
 */
struct initrd_edit *plan_initrd_edit(struct planning *p, const struct kernel *k,
				     struct err *e);

/*
 * The images of the kernels that are to switch, one after the other. An image that
 * cannot be edited (-ENOTSUP) is left as it is with a note, unless its kernel is the one
 * that boots by default: then that is the error.
 */
int plan_images(struct planning *p,
		int (*one)(struct planning *p, const struct choice *c, struct err *e),
		struct err *e);

/* One step of a generation's recipe; what: what it changes, for people; NULL: nothing
 * that a person would list. */
struct step {
	int (*plan)(struct planning *p, struct err *e);
	const char *what;
};
/* The recipe of a generation, in order; NULL and *n = 0: it is judged, not changed. */
const struct step *plan_steps(const struct generation *g, size_t *n);

/* Make the whole plan for a guest: the steps of its generation's row in order (steps.c).
 * -ENOTSUP when this generation has none. */
int plan_make(struct planning *p, struct err *e);

/* The steps (one file each). Each appends to p->plan; 0 or a negative errno. */
int plan_modules(struct planning *p, struct err *e); /* modules.c: copy the drivers */
int plan_modindex(struct planning *p,
		  struct err *e); /* modindex.c: modules.dep and its kin */
int plan_modconf(struct planning *p, struct err *e); /* modconf.c: alias ethN xen-vnif */
int plan_initrd(struct planning *p,
		struct err *e); /* initrd_plan.c: drivers and load lines */
int plan_initramfs(struct planning *p,
		   struct err *e); /* initramfs_plan.c: the same, dracut's kind */
int plan_softdeps(struct planning *p, struct err *e);  /* softdeps.c: modprobe.d */
int plan_unified(struct planning *p, struct err *e);   /* uki.c: said, not edited */
int plan_mkinitrd(struct planning *p, struct err *e);  /* mkinitrd.c: the next kernel */
int plan_boot_disk(struct planning *p, struct err *e); /* bootdisk.c: --boot-disk=pv */
int plan_bootargs(struct planning *p, struct err *e);  /* bootargs.c: kernel arguments */
int plan_update(struct planning *p, struct err *e);    /* update.c: dracut and its kin */
int plan_hooks(struct planning *p, struct err *e);     /* hooks.c: bundles, later */
int plan_nodes(struct planning *p, struct err *e);     /* nodes.c: /dev/xvd* */
int plan_rclocal(struct planning *p, struct err *e);   /* rclocal.c: no second load */
int plan_kudzu(struct planning *p, struct err *e);     /* kudzu.c */
int plan_names(struct planning *p, struct err *e);     /* names.c: --rename */
int plan_initrd_ops(struct planning *p,
		    struct err *e); /* initrd_plan.c: edits -> ops, last */
int plan_atboot(struct planning *p, struct err *e); /* atboot.c: xenpv-verify, later */
int plan_record(struct planning *p, struct err *e); /* record.c: the inventory */
int plan_advice(struct planning *p, struct err *e); /* advice.c: host, rescue lines */
