/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The balloon: pages of the kernel whose memory the host has. It grows and
 * shrinks, so that the guest has no more memory than its target.
 *
 * Sizes are in pages, unless a name says otherwise.
 */
#ifndef BALLOON_H
#define BALLOON_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>
#include "xenpv.h"

/* As many as one page of frame numbers can name */
#define BALLOON_BATCH (PAGE_SIZE / sizeof(xen_pfn_t))

#define BALLOON_KIB(pages) ((u64)(pages) << (PAGE_SHIFT - 10))
#define BALLOON_MIB(pages) ((pages) >> (20 - PAGE_SHIFT))
#define BALLOON_PAGES(mib) ((unsigned long)(mib) << (20 - PAGE_SHIFT))

enum balloon_kind {
	BALLOON_LOW,
	BALLOON_HIGH, /* highmem */
	BALLOON_KINDS,
};

struct balloon_stock {
	struct list_head list; /* by page->lru */
	unsigned long pages;
};

struct balloon {
	struct device dev; /* xen_memory0; owns this structure */
	struct xenpv_watch watch;
	struct workqueue_struct *queue;
	struct delayed_work work;

	unsigned long kernel; /* RAM that the kernel found when it was started */
	unsigned long full;   /* the target at which it is empty; 0: not known yet */
	unsigned long wanted; /* its size, as asked for; anybody may write it */

	/* Of the worker, and for others to look at */
	struct balloon_stock stock[BALLOON_KINDS];
	xen_pfn_t *gfns; /* BALLOON_BATCH */
	bool pinned;	 /* with pages in the balloon, the module cannot be unloaded */
	unsigned long aim;
	unsigned int delay; /* in seconds, before the next attempt */
	unsigned int attempts;

	/* Written through sysfs */
	unsigned int max_delay;
	unsigned int max_attempts; /* 0: no limit */
};

/* --- main.c ------------------------------------------------------------------- */

/* Have the worker make the balloon this big, or as big as it may become */
void balloon_want(struct balloon *b, unsigned long pages);
/* The size that the worker works for: what was asked for, within the limit */
unsigned long balloon_aim(const struct balloon *b);

/* --- pages.c: of the worker alone --------------------------------------------- */

void balloon_stock_init(struct balloon *b);
/* Pages in the balloon; anybody may ask */
unsigned long balloon_size(const struct balloon *b);
/* Give up to @n pages to the host, one batch at most; returns how many it took */
unsigned long balloon_inflate(struct balloon *b, unsigned long n);
/* Have up to @n pages back, one batch at most; returns how many came */
unsigned long balloon_deflate(struct balloon *b, unsigned long n);

/* --- sizes.c: numbers alone --------------------------------------------------- */

/* What the kernel keeps, when it manages @managed pages and the balloon is empty */
unsigned long balloon_floor(unsigned long managed, unsigned int floor_mib);
/* The target at which the balloon is empty */
unsigned long balloon_full(unsigned long target, unsigned long static_max,
			   unsigned long kernel, unsigned long reserved);
/* Both clamp what is too large to be true */
unsigned long balloon_pages_of_kib(u64 kib);
unsigned long balloon_pages_of_bytes(u64 bytes);

/* --- sysfs.c ------------------------------------------------------------------ */

/* /sys/devices/system/xen_memory */
int balloon_sysfs_init(void);
void balloon_sysfs_exit(void);
/* What device_initialize() does not do; device_add() comes after it */
void balloon_sysfs_device(struct balloon *b);

#endif
