/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ownership of libudev's objects, for devices_*.c. */
#pragma once

#include <libudev.h>

#include "lib/cleanup.h"

static inline void udev_unrefp(struct udev **u)
{
	udev_unref(*u);
}

static inline void udev_enumerate_unrefp(struct udev_enumerate **n)
{
	udev_enumerate_unref(*n);
}

static inline void udev_device_unrefp(struct udev_device **d)
{
	udev_device_unref(*d);
}

#define _cleanup_udev_	    _cleanup_(udev_unrefp)
#define _cleanup_enumerate_ _cleanup_(udev_enumerate_unrefp)
#define _cleanup_dev_	    _cleanup_(udev_device_unrefp)
