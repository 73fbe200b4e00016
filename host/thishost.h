/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host that a command runs on, as xenpv-check's --host takes it. */
#pragma once

#include "guest/distro.h"
#include "guest/hypervisor.h"

/*
 * "5.1/x86_64" from the release of its Linux and its machine ("x86_64", as uname tells).
 * NULL in *ret when it is no Xen host, or of a distribution that has no such release.
 * -ENOMEM.
 */
int thishost_spec(const struct hypervisor *hv, const struct distro *d,
		  const char *machine, char **ret);

/* From the running system; as above. */
int thishost_read(char **ret, struct err *e);
