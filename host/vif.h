/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of one NIC in xm's and xl's language: "mac=…,bridge=…,type=ioemu". */
#pragma once

#include "host/domain.h"

/* -EINVAL with "LABEL:LINE: what is wrong" for an address that is none. */
int vif_parse(const char *spec, const char *label, size_t line, struct vnic *ret,
	      struct err *e);

/*
 * The text with another address (mac not NULL), and with pv without a model and with that
 * type, or with none at all. Parts that are not changed stay as they are, in their order.
 * The caller frees; NULL: out of memory.
 */
char *vif_change(const char *spec, bool pv, const char *type, const char *mac);
