/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initial RAM disk, read: its segments (several cpio archives in a row, with
 * NUL padding between, each compressed or not), the modules inside and the
 * lines of /init that load them.
 */
#pragma once

#include <stdint.h>

#include "lib/root.h"

enum comp { COMP_NONE, COMP_GZIP, COMP_BZIP2, COMP_LZMA, COMP_XZ, COMP_LZ4, COMP_ZSTD, COMP_COUNT };
const char *comp_name(enum comp c);

struct initrd_seg {
	uint64_t offset; /* in the file, padding before it skipped */
	uint64_t length; /* in the file, without padding */
	enum comp comp;
	size_t entries;	 /* in all cpio archives of the segment */
};

struct initrd_load {
	char *module; /* "ata_piix", as module_name() has it */
	char *path;   /* "/lib/ata_piix.ko" as written */
	size_t line;  /* of init, from 0 */
};

struct initrd {
	char *path;    /* guest path */
	uint64_t size; /* of the file */
	struct initrd_seg *segs;
	size_t n_segs;
	struct strv modules; /* paths in the image of *.ko and *.o, in order, all segments */
	char *init;	     /* text of the last /init; NULL when there is none */
	char *init_name;     /* as written in the archive: "init", "./init" */
	size_t init_seg;     /* segment that holds it */
	bool nash;	     /* its first line is a nash interpreter */
	struct initrd_load *loads; /* insmod/modprobe lines of init, in order */
	size_t n_loads;
	char *root;   /* device of mkrootdev ("/dev/hda2", "LABEL=/"); NULL none or from root= */
	char *resume; /* device of the resume line; NULL none */
	long root_line;	  /* lines of init, from 0; -1 none */
	long resume_line;
};

/* Bounds: 4 GiB unpacked, 1,000,000 entries, 1 MiB for init. */

/*
 * -EINVAL with a sentence naming the image and the offset for an image that is
 * cut short, of unknown format, or whose unpacked size passes the bounds.
 */
int initrd_read(const struct root *r, const char *path, struct initrd **ret, struct err *e);
/* The same of an open file; label names it in sentences. */
int initrd_read_fd(int fd, const char *label, struct initrd **ret, struct err *e);
void initrd_free(struct initrd *i);
DEFINE_CLEANUP(struct initrd *, initrd_free)

/* A module of that name is in the image / the position of its load line, -1 none. */
bool initrd_has_module(const struct initrd *i, const char *name);
long initrd_load_index(const struct initrd *i, const char *name);

/* Fill nash, loads, root, resume from i->init. */
int initrd_parse_init(struct initrd *i, struct err *e);
