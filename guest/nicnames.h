/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which names of network interfaces the guest's configuration uses, and what ties a name
 * to a card: its MAC, which the PV card keeps, or its place on the PCI bus, which it
 * loses.
 */
#pragma once

#include "lib/root.h"

enum nicname_how {
	NICNAME_USED,	 /* a configuration is for the interface of that name */
	NICNAME_BY_MAC,	 /* … and says which MAC, or a rule gives that MAC the name */
	NICNAME_BY_PLACE /* a rule gives it by bus position or driver */
};

struct nicname {
	char *name;  /* "ens3"; "en* eth*": patterns, as the file has them */
	char *file;  /* guest path */
	size_t line; /* from 0 */
	enum nicname_how how;
};

struct nicnames {
	struct nicname *v;
	size_t n;
};

/*
 * From ifcfg files, Debian's interfaces, NetworkManager's connections, udev's
 * 70-persistent-net.rules, systemd's .link and .network files and netplan's. A file that
 * cannot be read tells nothing. -ENOMEM.
 */
int nicnames_read(const struct root *r, struct nicnames **ret, struct err *e);
void nicnames_free(struct nicnames *n);
DEFINE_CLEANUP(struct nicnames *, nicnames_free)

/* Whether anything ties the name to a MAC / to a place. */
bool nicnames_has(const struct nicnames *n, const char *name, enum nicname_how how);
