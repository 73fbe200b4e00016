/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed in the block layer between Linux 5.10 and 6.12 */
#ifndef VBD_COMPAT_H
#define VBD_COMPAT_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#include <linux/genhd.h>
#endif
#include "vbd.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
#define GENHD_FL_NO_PART GENHD_FL_NO_PART_SCAN
#endif

/* To be unmapped in the same context */
static inline void *vbd_map(struct page *page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	return kmap_atomic(page);
#else
	return kmap_local_page(page);
#endif
}

static inline void vbd_unmap(void *mapped)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	kunmap_atomic(mapped);
#else
	kunmap_local(mapped);
#endif
}

/* --- the functions of a disk -------------------------------------------------- */

/* The functions @name_open and @name_release for a struct block_device_operations */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define VBD_OPEN_AND_RELEASE(name, open_it, release_it)                 \
	static int name##_open(struct block_device *bdev, fmode_t mode) \
	{                                                               \
		return open_it(bdev->bd_disk);                          \
	}                                                               \
	static void name##_release(struct gendisk *disk, fmode_t mode)  \
	{                                                               \
		release_it(disk);                                       \
	}
#else
#define VBD_OPEN_AND_RELEASE(name, open_it, release_it)               \
	static int name##_open(struct gendisk *disk, blk_mode_t mode) \
	{                                                             \
		return open_it(disk);                                 \
	}                                                             \
	static void name##_release(struct gendisk *disk)              \
	{                                                             \
		release_it(disk);                                     \
	}
#endif

/*
 * Have @freed called with @v when the disk is gone for good: a late open() may come
 * until then. Since 5.18 the block layer does that (free_disk), for a disk that was
 * added. False: @freed will not be called for one that was not.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#define VBD_FREE_DISK(function)
static inline int vbd_disk_owns(struct gendisk *disk, void (*freed)(void *), void *v)
{
	return devm_add_action(disk_to_dev(disk), freed, v);
}
#define VBD_FREES_UNADDED true
#else
#define VBD_FREE_DISK(function) .free_disk = function,
static inline int vbd_disk_owns(struct gendisk *disk, void (*freed)(void *), void *v)
{
	return 0;
}
#define VBD_FREES_UNADDED	false
#endif

/* --- the life of a disk ------------------------------------------------------- */

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static inline void vbd_set_discard(struct request_queue *q, const struct vbd_features *f)
{
	if (!f->discard)
		return;
	q->limits.discard_granularity = f->granularity;
	q->limits.discard_alignment = f->alignment;
	blk_queue_max_discard_sectors(q, UINT_MAX >> SECTOR_SHIFT);
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
	blk_queue_flag_set(QUEUE_FLAG_DISCARD, q);
	if (f->secure)
		blk_queue_flag_set(QUEUE_FLAG_SECERASE, q);
#else
	if (f->secure)
		blk_queue_max_secure_erase_sectors(q, UINT_MAX >> SECTOR_SHIFT);
#endif
}

static inline struct gendisk *vbd_disk_alloc(struct blk_mq_tag_set *tags, void *queuedata,
					     const struct vbd_features *f)
{
	struct request_queue *q;
	struct gendisk *disk;

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
	disk = alloc_disk(1); /* the caller sets the minors */
	if (!disk)
		return ERR_PTR(-ENOMEM);
	q = blk_mq_init_queue(tags);
	if (IS_ERR(q)) {
		put_disk(disk);
		return ERR_CAST(q);
	}
	q->queuedata = queuedata;
	disk->queue = q;
#else
	disk = blk_mq_alloc_disk(tags, queuedata);
	if (IS_ERR(disk))
		return disk;
	q = disk->queue;
#endif
	blk_queue_logical_block_size(q, f->logical);
	blk_queue_physical_block_size(q, f->physical);
	blk_queue_max_hw_sectors(q, f->pages << (PAGE_SHIFT - SECTOR_SHIFT));
	blk_queue_max_segments(q, USHRT_MAX);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_write_cache(q, f->flush != VBD_NO_OP, false);
	vbd_set_discard(q, f);
	return disk;
}
#else
static inline struct gendisk *vbd_disk_alloc(struct blk_mq_tag_set *tags, void *queuedata,
					     const struct vbd_features *f)
{
	struct queue_limits limits = {
		.logical_block_size = f->logical,
		.physical_block_size = f->physical,
		.max_hw_sectors = f->pages << (PAGE_SHIFT - SECTOR_SHIFT),
		.max_segments = USHRT_MAX,
	};
	struct gendisk *disk;

	if (f->discard) {
		limits.discard_granularity = f->granularity;
		limits.discard_alignment = f->alignment;
		limits.max_hw_discard_sectors = UINT_MAX >> SECTOR_SHIFT;
		if (f->secure)
			limits.max_secure_erase_sectors = UINT_MAX >> SECTOR_SHIFT;
	}
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	disk = blk_mq_alloc_disk(tags, &limits, queuedata);
	if (IS_ERR(disk))
		return disk;
	blk_queue_flag_set(QUEUE_FLAG_NONROT, disk->queue);
	blk_queue_write_cache(disk->queue, f->flush != VBD_NO_OP, false);
#else
	if (f->flush != VBD_NO_OP)
		limits.features |= BLK_FEAT_WRITE_CACHE;
	disk = blk_mq_alloc_disk(tags, &limits, queuedata);
#endif
	return disk;
}
#endif

/* Whether flushes are of use; for a disk whose queue is held */
static inline void vbd_set_cache(struct request_queue *q, bool cache)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	blk_queue_write_cache(q, cache, false);
#else
	struct queue_limits limits = queue_limits_start_update(q);

	if (cache)
		limits.features |= BLK_FEAT_WRITE_CACHE;
	else
		limits.features &= ~BLK_FEAT_WRITE_CACHE;
	if (queue_limits_commit_update(q, &limits))
		pr_warn("xen-vbd: the write cache's mode stays as it was\n");
#endif
}

static inline int vbd_add_disk(struct device *parent, struct gendisk *disk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
	device_add_disk(parent, disk, NULL);
	return 0;
#else
	return device_add_disk(parent, disk, NULL);
#endif
}

/* Until nothing is outstanding */
static inline void vbd_del_disk(struct gendisk *disk, bool added)
{
	if (added)
		del_gendisk(disk);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
	blk_cleanup_queue(disk->queue);
#endif
}

static inline void vbd_set_capacity(struct gendisk *disk, sector_t sectors)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
	set_capacity_revalidate_and_notify(disk, sectors, true);
#else
	set_capacity_and_notify(disk, sectors);
#endif
}

#endif
