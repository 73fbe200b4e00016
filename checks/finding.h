/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a check found. */
#pragma once

#include "drivers/choose.h"
#include "guest/guest.h"
#include "guest/naming.h"

enum stage {
	STAGE_PREFLIGHT,
	STAGE_INSTALLED,
	STAGE_RUNNING
};
enum status {
	STATUS_PASS,
	STATUS_WARN,
	STATUS_FAIL,
	STATUS_UNKNOWN,
	STATUS_SKIP
};

const char *stage_name(enum stage s);
const char *status_name(enum status s);

struct check;

struct finding {
	const struct check *check;
	char *kernel; /* kernel release, for checks that look at each kernel; else NULL */
	enum status status;
	char *seen;   /* what is, never NULL */
	char *needed; /* what ought to be; NULL for skip */
	char *remedy; /* one line; NULL when there is nothing to do */
	bool forced;  /* a failure overridden by --force */
};

struct findings {
	struct finding *v;
	size_t n;
};

void findings_done(struct findings *f);

/* State of one device of the inventory, or of one that came since. */
enum dev_state {
	DEVSTATE_PV,
	DEVSTATE_EMULATED,
	DEVSTATE_EXPECTED_EMULATED, /* holds /boot or the MBR of a guest that cannot read
				       PV disks */
	DEVSTATE_TWICE,
	DEVSTATE_MISSING,
	DEVSTATE_NEW,
	DEVSTATE_OTHER,	  /* none of Xen's: passed through, virtio, USB, iSCSI */
	DEVSTATE_UNKNOWN, /* of a tree: no line of its log tells */
	DEVSTATE_COUNT
};
const char *dev_state_name(enum dev_state s);

/* Why a device that ought to be on PV is not. */
enum cause {
	CAUSE_NONE, /* not known, or nothing is wrong */
	CAUSE_NOT_XEN,
	CAUSE_NO_PLATFORM, /* no PCI device 5853:0001 */
	CAUSE_ARGUMENT,	   /* of the running kernel */
	CAUSE_NO_DRIVER,
	CAUSE_REFUSED,	  /* the driver is there, and has not connected */
	CAUSE_NO_BACKEND, /* no front end on the xen bus */
	CAUSE_COUNT
};

struct devrow {
	enum dev_kind kind;
	char *before;	/* "hdb"; NULL for a new one */
	char *after;	/* "xvdb"; NULL missing; "hdb, xvdb" twice */
	char *identity; /* what matched them: "MAC 00:16:…", "UUID …", "name" */
	char *driver;	/* today's; NULL */
	enum dev_state state;
	enum cause cause;
	bool foreign; /* none of Xen's, today or, of one that is not there, before */
	char *detail; /* for a person: mounted where, why; NULL */
};

struct devrows {
	struct devrow *v;
	size_t n;
};

void devrows_done(struct devrows *d);

/* All that a check may look at. Checks do no I/O. */
struct facts {
	const struct guest *g;
	const struct choices *choices;
	const bool *selected; /* per kernel of g->kernels: --kernel */
	const struct rename *renames;
	size_t n_renames;
	bool boot_disk_pv;	    /* --boot-disk=pv */
	const struct devrows *rows; /* running stage: matched devices; NULL else */
};

/*
 * What verifying makes of something that is missing for kernel i: a failure of one that
 * boots (by default, or now), a warning of another. Where none of those that are looked
 * at is known to boot, any may.
 */
enum status fact_kernel_lacks(const struct facts *f, size_t i);

/* The default entry's arguments keep the emulated disk's driver from it. */
bool fact_disk_is_free(const struct guest *g, const char *disk);

/* Which disk the boot loader and /boot are on is not known, and it cannot be a PV disk.
 */
bool fact_boot_disk_unknown(const struct guest *g, const struct choices *cs);
/* The same, and this is one of those that the BIOS boots first. */
bool fact_disk_may_boot(const struct guest *g, const struct choices *cs,
			const char *disk);

/*
 * Match the inventory with the devices of today (live) or with the last boot's
 * log (tree). Pure. *ret is empty when there is no inventory.
 */
int devmatch(const struct guest *g, const struct choices *cs, struct devrows *ret,
	     struct err *e);
