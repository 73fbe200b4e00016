/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packages of a guest, by librpm or, in a build without it, by the rpm of the system
 * that runs us (in the guest its own; no program of a tree is run), from a private copy
 * of its database (a mere opening would leave files behind) in a child process (a
 * database made to crash its reader costs us the child). All packages are scanned: a
 * missing Name index makes queries by name lie [facts.md, "librpm 4.18"].
 */
#pragma once

#include <stdint.h>

#include "lib/root.h"

struct pkg {
	char *name;
	char *version;
	char *release;
	char *arch;	   /* "" for gpg-pubkey */
	int64_t epoch;	   /* -1: none */
	struct strv files; /* its files below /lib/modules and /boot only */
};

enum rpmdb_state {
	RPMDB_NONE, /* no database in the tree: a fact */
	RPMDB_OK,
	RPMDB_UNSUPPORTED, /* a format that rpm does not read here */
	RPMDB_CORRUPT,	   /* there, and unreadable */
};

struct rpmdb {
	enum rpmdb_state state;
	const char *format; /* "bdb", "sqlite", "ndb"; NULL for none */
	char *path;	    /* guest path of the database file; NULL for none */
	char *problem; /* one sentence for UNSUPPORTED and CORRUPT, naming the file */
	struct pkg *pkgs;
	size_t n;
};

/* Whether a program is run, which who gave up system calls (lib/confine.h) cannot do. */
extern const bool rpmdb_is_program;

/* Looks for /var/lib/rpm and /usr/lib/sysimage/rpm. Errors: out of memory or no scratch
 * space. */
int rpmdb_read(const struct root *r, struct rpmdb **ret, struct err *e);
void rpmdb_free(struct rpmdb *db);
DEFINE_CLEANUP(struct rpmdb *, rpmdb_free)

/* First package of that name, or NULL; iterate with from = the index after the last hit.
 */
const struct pkg *rpmdb_find(const struct rpmdb *db, const char *name, size_t *from);
/* The package that owns a path below /lib/modules or /boot, or NULL. */
const struct pkg *rpmdb_owner(const struct rpmdb *db, const char *path);

/*
 * Compare "[epoch:]version-release" with a package the way rpm does: <0, 0, >0
 * as the package is older, equal, newer.
 */
int pkg_evr_cmp(const struct pkg *p, const char *evr);
/* "name-version-release.arch"; the caller frees. */
char *pkg_nevra(const struct pkg *p);
