/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All facts of one guest, gathered once. Reads only; judges nothing. */
#pragma once

#include "guest/bootcfg.h"
#include "guest/bootlog.h"
#include "guest/devices.h"
#include "guest/distro.h"
#include "guest/generation.h"
#include "guest/hypervisor.h"
#include "guest/kernels.h"
#include "guest/lvmconf.h"
#include "guest/modconf.h"
#include "guest/nicnames.h"
#include "guest/rpmdb.h"
#include "guest/storage.h"
#include "guest/uki.h"
#include "guest/xenbus.h"

struct guest {
	struct root *root; /* not owned */
	bool live; /* the root is "/" and the running kernel is one of its kernels */
	struct distro *distro;
	const struct generation *gen; /* NULL: no row for this guest */
	struct rpmdb *db;
	struct bootcfg *boot;
	struct kernels *kernels;
	struct ukis *ukis;
	struct modconf *modconf;
	struct storage *storage;
	struct lvmconf *lvm;
	struct hypervisor *hv;
	struct xenbus *xenbus;	     /* empty on a tree */
	struct devices *devices;     /* live: of its kernel; tree: from its files */
	struct inventory *inventory; /* NULL: none recorded */
	struct bootlog *log;
	struct nicnames *nicnames;
};

struct guest_options {
	const char *host;  /* --host; NULL */
	struct rpmdb **db; /* its packages, read before, and taken; NULL: none were */
};

/*
 * -ENOTDIR/-EINVAL with a sentence when the root is no guest tree (no
 * /etc or neither release file nor /lib/modules).
 */
int guest_read(struct root *r, const struct guest_options *opt, struct guest **ret,
	       struct err *e);
/* A running guest: its devices, and what is on its xen bus, anew. */
int guest_look_again(struct guest *g, struct err *e);
void guest_free(struct guest *g);
DEFINE_CLEANUP(struct guest *, guest_free)
