/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host's configuration of a guest must become, so that disks and NICs can be on
 * PV. Judges facts, does no I/O.
 */
#pragma once

#include "checks/finding.h"
#include "host/domain.h"

struct judge_facts {
	const struct generation *guest; /* NULL: not known; taken for RHEL 3 to 5 */
	bool xend;			/* the host is RHEL 5: xvda to xvdd are PV alone,
					   and a NIC without a type, too */
	bool types;			/* the language knows NICs without a type */
	const struct strv *keep;	/* disks to be left as they are */
	const struct rename *renames;	/* the caller's wishes */
	size_t n_renames;
};

struct disk_change {
	char *to;	 /* its new name; NULL: none */
	const char *why; /* of the change, or of there being none */
};

struct nic_change {
	bool pv;	 /* no emulated card any more */
	char *mac;	 /* its new address; NULL: none */
	const char *why; /* as above */
};

struct changes {
	struct disk_change *disks; /* one for each of the domain's */
	struct nic_change *nics;
	const char *nic_type; /* of a NIC that becomes PV; NULL: none at all */
	bool platform;	      /* xen_platform_pci becomes 1 */
	size_t n;	      /* devices that change; 0: nothing to do */
	struct strv notes;    /* sentences for the administrator */
};

void changes_done(struct changes *c, const struct domain *d);

/*
 * -EINVAL with a sentence when the caller's wishes do not fit the domain, such as a disk
 * to keep that it does not have.
 */
int judge(const struct domain *d, const struct judge_facts *f, struct changes *ret,
	  struct err *e);

/* Whether `after` is `before` with the changes, and nothing else. */
bool changes_are_made(const struct changes *c, const struct domain *before,
		      const struct domain *after);
