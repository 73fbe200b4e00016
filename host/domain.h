/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's configuration on the host says of its disks and NICs, whichever
 * language it is written in. Strings are owned by the structure; NULL: not said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

enum domain_kind {
	DOMAIN_HVM,
	DOMAIN_PV,
	DOMAIN_PVH
};
/* "HVM", "PV", "PVH". */
const char *domain_kind_name(enum domain_kind k);

/* More of one kind, and the file is no guest's. */
#define DOMAIN_DEVICES_MAX 256

struct vdisk {
	char *name;	    /* "hdb"; never NULL */
	char *backend;	    /* as written: "phy", "tap:aio", "qdisk" */
	char *target;	    /* path or volume */
	bool cdrom;	    /* or a floppy: none that could switch */
	unsigned int order; /* in which the BIOS tries it; 0: not said */
	size_t line;	    /* from 1 */
};

struct vnic {
	char *mac;  /* six pairs of lower-case digits */
	char *type; /* "ioemu", "vif", "netfront" */
	char *model;
	char *source; /* bridge or network */
	char *rest;   /* all else that its text says, for comparison */
	size_t line;
};

struct domain {
	enum domain_kind kind;
	char *name;
	char *uuid;
	char *os;     /* what libosinfo calls the guest's system, a URL */
	int platform; /* xen_platform_pci; -1: not said */
	bool ahci; /* hdtype, which xl alone can say: IDE's disks are AHCI's, and six */
	struct vdisk *disks;
	size_t n_disks;
	struct vnic *nics;
	size_t n_nics;
};

void domain_done(struct domain *d);

/* A new last disk or NIC, empty; -E2BIG with a sentence that begins with label and line.
 */
int domain_add_disk(struct domain *d, const char *label, size_t line, struct vdisk **ret,
		    struct err *e);
int domain_add_nic(struct domain *d, const char *label, size_t line, struct vnic **ret,
		   struct err *e);

/* Six hexadecimal numbers with colons between, in the one form; NULL: it is none, or
 * memory is out. The caller frees. */
char *mac_form(const char *text);

/* The NIC has a PV card and no emulated one beside it, on a host of today. */
bool vnic_is_pv(const struct vnic *v);
