/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels from 5.10 on. */
#ifndef XENPV_PLATFORM_COMPAT_H
#define XENPV_PLATFORM_COMPAT_H

#include <linux/version.h>

/* 5.15: a bus's remove returns nothing */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
#define BUS_REMOVE_RETURN int
#define BUS_REMOVE_DONE	  return 0
#else
#define BUS_REMOVE_RETURN void
#define BUS_REMOVE_DONE	  return
#endif

/* 6.11: match has a constant driver */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define BUS_MATCH_DRIVER struct device_driver
#else
#define BUS_MATCH_DRIVER const struct device_driver
#endif

/* 6.3: uevent has a constant device */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define BUS_UEVENT_DEVICE struct device
#else
#define BUS_UEVENT_DEVICE const struct device
#endif

/* 5.11: the interface's headers name it */
#ifndef GNTTAB_NR_RESERVED_ENTRIES
#define GNTTAB_NR_RESERVED_ENTRIES 8
#endif

#ifndef container_of_const
#define container_of_const container_of
#endif

#endif
