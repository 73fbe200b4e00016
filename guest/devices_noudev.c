/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A build without libudev: what newer kernels have in sysfs, too, is read by ourselves.
 */
#include "guest/devices_read.h"

const bool devices_know_udev = false;

int devices_read_udev(const struct root *sys, struct devices *out,
		      const struct mount_list *mounts)
{
	return devices_read_sysfs(sys, out, mounts);
}
