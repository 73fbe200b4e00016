/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The five strings of DMI that tell a Xen guest: from sysfs, else from the SMBIOS
 * tables, which kernels before 2.6.22 do not show there.
 */
#pragma once

#include "lib/root.h"

enum dmi_id {
	DMI_BIOS_VENDOR,
	DMI_BIOS_VERSION,
	DMI_VENDOR,
	DMI_PRODUCT,
	DMI_VERSION,
	DMI_COUNT
};

struct dmi {
	char *id[DMI_COUNT]; /* NULL unknown */
};

#define _cleanup_dmi_ _cleanup_(dmi_done)

void dmi_done(struct dmi *d);

/* sys is a root at sysfs, or NULL. A machine without DMI leaves all NULL; 0 or -ENOMEM.
 */
int dmi_read(const struct root *sys, struct dmi *d);

/* The structures of an SMBIOS table; what is cut short is left out. 0 or -ENOMEM. */
int dmi_parse_table(const void *table, size_t len, struct dmi *d);

/*
 * The first SMBIOS entry point in the 64 KiB from physical 0xf0000: where the table
 * is. False when there is none with a right checksum.
 */
bool dmi_find_table(const uint8_t *bios, size_t len, uint64_t *ret_addr, size_t *ret_len);
