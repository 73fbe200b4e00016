/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initial RAM disk, read: its segments (several cpio archives in a row, with
 * NUL padding between, each compressed or not, and perhaps a boot configuration behind
 * them, which is no part of it; or one ext2 file system), the modules inside and the
 * lines of /init, or /linuxrc, that load them.
 */
#pragma once

#include <stdint.h>

#include "lib/root.h"
#include "lib/stream.h"

struct initrd_seg {
	uint64_t offset; /* in the file, padding before it skipped */
	uint64_t length; /* in the file, without padding */
	enum comp comp;
	size_t entries; /* in all cpio archives of the segment */
};

/* Who made an image, as its contents tell. */
enum initrd_kind {
	INITRD_KIND_OTHER, /* a /init of nobody that is known: never edited */
	INITRD_KIND_NASH,  /* mkinitrd of RHEL 4 and 5: /init is a script of nash */
	INITRD_KIND_EXT2,  /* mkinitrd of RHEL 3: an ext2 file system with /linuxrc */
	INITRD_KIND_DRACUT,
	INITRD_KIND_INITRAMFS_TOOLS,
	INITRD_KIND_COUNT
};
/* "other", "nash", "nash-ext2", "dracut", "initramfs-tools". */
const char *initrd_kind_name(enum initrd_kind k);

struct initrd_load {
	char *module; /* "ata_piix", as module_name() has it */
	char *path;   /* "/lib/ata_piix.ko" as written */
	size_t line;  /* of init, from 0 */
};

/* A text of the guest's that the generator put into the image. */
struct initrd_text {
	char *path; /* as written */
	size_t seg; /* segment that holds it */
};

/* Where modprobe and udev in an image are told in which order to load. */
#define INITRD_SOFTDEPS "etc/modprobe.d/xenpv.conf"

struct initrd_modprobe {
	struct initrd_text etc, dir; /* the folders on the way to it: the first entries;
				      * path NULL: there is none */
	struct initrd_text conf;     /* the file: the last entry */
	char *text;		     /* of it; NULL: none, or it is no text */
};

struct initrd {
	char *path;    /* guest path */
	uint64_t size; /* of the file */
	uint64_t end; /* of the archives in it: a boot configuration may be behind them */
	struct initrd_seg *segs;
	size_t n_segs;
	struct strv modules; /* paths in the image of *.ko and *.o, in order */
	/* dracut, initramfs-tools: lib/modules/RELEASE, of the last modules.dep */
	char *moddir;	     /* as written: "usr/lib/modules/6.1.0-18-amd64"; NULL none */
	size_t mod_seg;	     /* segment that holds it */
	char *dep;	     /* text of modules.dep; NULL when it is more than 4 MiB */
	struct strv moddirs; /* folders at and below any lib/modules, as written */
	struct strv indexes; /* paths of files modules.* in moddir, as written */
	struct initrd_text *texts; /* copies of files that name disks, in order */
	size_t n_texts;
	struct initrd_modprobe modprobe;
	char *init; /* text of the last /init or /linuxrc; NULL when there is none, or it
		     * is no text (a link, a binary, more than 1 MiB) */
	char *init_name;  /* as written in the archive: "init", "./init", "linuxrc"; NULL
			     none */
	size_t n_inits;	  /* entries of that name: a later one overwrites */
	bool init_linked; /* /init has more than one name (hard links) */
	bool has_lib;	  /* there is a folder /lib */
	size_t init_seg;  /* segment that holds it */
	enum initrd_kind kind;
	bool nash;		   /* /init's first line is a nash interpreter */
	struct initrd_load *loads; /* insmod/modprobe lines of init, in order */
	size_t n_loads;
	char *root;	/* device of mkrootdev ("LABEL=/"); NULL none or from root= */
	char *resume;	/* device of the resume line; NULL none */
	long root_line; /* lines of init, from 0; -1 none */
	long resume_line;
	size_t bytes; /* of memory that modules, moddirs and indexes take, about */
};

/* Bounds; a caller that is satisfied with the usual ones passes NULL. 0: the usual one.
 */
struct initrd_limits {
	uint64_t unpacked; /* bytes of all segments: 4 GiB */
	size_t entries;	   /* 1,000,000 */
	size_t links;	   /* entries with several links, folders among them: 32,768 */
	size_t archives;   /* cpio archives: 1,024 */
	/* The image is a part of the file; end 0: up to its end. For reading alone. */
	uint64_t start, end;
};

#define INITRD_INIT_MAX (1024u * 1024)
#define INITRD_DEP_MAX	(4u * 1024 * 1024)
#define INITRD_CONF_MAX (64u * 1024)

/*
 * -EINVAL with a sentence naming the image and the offset for an image that is
 * cut short, of unknown format, or whose unpacked size passes the bounds.
 */
int initrd_read(const struct root *r, const char *path, struct initrd **ret,
		struct err *e);
/* The same of an open file; label names it in sentences. */
int initrd_read_fd(int fd, const char *label, struct initrd **ret, struct err *e);
int initrd_read_limits(int fd, const char *label, const struct initrd_limits *limits,
		       struct initrd **ret, struct err *e);
void initrd_free(struct initrd *i);
/* About how much memory all of it takes; at most some 40 MiB. NULL: 0. */
size_t initrd_bytes(const struct initrd *i);
DEFINE_CLEANUP(struct initrd *, initrd_free)

/* A module of that name is in the image / the position of its load line, -1 none. */
bool initrd_has_module(const struct initrd *i, const char *name);
long initrd_load_index(const struct initrd *i, const char *name);
/* The path of that module in the image ("./lib/xen-vbd.ko"), the last one; NULL none. */
const char *initrd_module_path(const struct initrd *i, const char *name);
/*
 * SHA-256 of the content of a path in the image (the last entry of that name), by reading
 * it once more. 1, or 0 when there is no such file.
 */
int initrd_digest(const struct root *r, const struct initrd *i, const char *path,
		  char hex[65], struct err *e);

/*
 * The entries of one segment, in order, as sums: what a new image is compared with
 * without reading the old one again.
 */
struct initrd_sum {
	uint64_t head;	  /* initrd_entry_sum() */
	uint64_t content; /* initrd_walk_sum() */
	size_t archive;	  /* number of its archive in the segment */
};
struct initrd_sums {
	size_t seg;	      /* of which; by the caller */
	struct initrd_sum *v; /* the caller frees; NULL: not read */
	size_t n;
};

/* Files of the image, all read in one pass. */
struct initrd_blob {
	const char *path; /* as written; the last entry of that name counts */
	char *data;	  /* NUL-terminated; NULL: not there; the caller frees */
	size_t len;
};
/*
 * n files of different names, and in the same pass the sums of a segment's entries; sums
 * NULL: not wanted. -EINVAL for a file larger than max; -ESTALE when the segment has more
 * or fewer entries than it had.
 */
int initrd_read_blobs(const struct root *r, const struct initrd *i, struct initrd_blob *v,
		      size_t n, size_t max, struct initrd_sums *sums, struct err *e);
/* The modules.dep of the image's modules, as the image names it; NULL: none. */
const char *initrd_dep_path(const struct initrd *i);
/* Whether the image's modules.dep has a line for a module. */
bool initrd_lists_module(const struct initrd *i, const char *name);
/* A path without what stands before its first name: "./etc/x" -> "etc/x". */
const char *initrd_plain_name(const char *path);

/* Fill nash, loads, root, resume from i->init; for edited text: of a struct with it
 * alone. */
int initrd_parse_init(struct initrd *i, struct err *e);

/*
 * The first load line of a driver of emulated disks or of the core that it stands on
 * (scsi_mod, libata, ata_piix, ide-disk, …), before which the PV drivers must be loaded:
 * index into i->loads, -1 none.
 */
long initrd_storage_load(const struct initrd *i);
/* The load line of the driver of Xen's emulated SCSI card: index into i->loads, -1 none.
 */
long initrd_scsi_load(const struct initrd *i);
/*
 * Where /init looks for devices once its modules are loaded (mkblkdevs, udevstart,
 * resume, mkrootdev, …): line from 0, -1 none.
 */
long initrd_device_line(const struct initrd *i);
