// SPDX-License-Identifier: GPL-2.0-only
/* The disk as the block layer has it */
#include <linux/blkdev.h>
#include <linux/hdreg.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "compat.h"
#include "vbd.h"

static int vbd_disk_open(struct gendisk *disk)
{
	struct vbd *v = disk->private_data;
	int r = 0;

	spin_lock_irq(&v->lock);
	if (v->closing)
		r = -ENXIO;
	else
		v->users++;
	spin_unlock_irq(&v->lock);
	return r;
}

static void vbd_disk_release(struct gendisk *disk)
{
	struct vbd *v = disk->private_data;

	spin_lock_irq(&v->lock);
	v->users--;
	/* Not from here: the block layer holds a lock that taking the disk away needs */
	if (!v->users && v->held)
		queue_work(system_unbound_wq, &v->settle);
	spin_unlock_irq(&v->lock);
}

VBD_OPEN_AND_RELEASE(vbd_fops, vbd_disk_open, vbd_disk_release)

/* What an emulated disk would say, too */
static int vbd_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	sector_t cylinders = get_capacity(bdev->bd_disk);

	geo->heads = 255;
	geo->sectors = 63;
	sector_div(cylinders, geo->heads * geo->sectors);
	geo->cylinders = min_t(sector_t, cylinders, USHRT_MAX);
	return 0;
}

static void vbd_freed(void *context)
{
	vbd_put(context);
}

static void __maybe_unused vbd_free_disk(struct gendisk *disk)
{
	vbd_freed(disk->private_data);
}

static const struct block_device_operations vbd_fops = { .owner = THIS_MODULE,
							 .open = vbd_fops_open,
							 .release = vbd_fops_release,
							 .getgeo = vbd_getgeo,
							 VBD_FREE_DISK(vbd_free_disk) };

/* No timeout: how long the back end may take is up to the host, which may pause it */
static const struct blk_mq_ops vbd_mq_ops = {
	.queue_rq = vbd_queue_rq,
	.commit_rqs = vbd_commit_rqs,
};

static int vbd_tags_init(struct vbd *v)
{
	int r;

	v->slots = kcalloc(RING_SIZE(&v->ring), sizeof(*v->slots), GFP_KERNEL);
	if (!v->slots)
		return -ENOMEM;
	v->depth = RING_SIZE(&v->ring);
	memset(&v->tags, 0, sizeof(v->tags));
	v->tags.ops = &vbd_mq_ops;
	v->tags.nr_hw_queues = 1;
	v->tags.queue_depth = v->depth;
	v->tags.cmd_size = sizeof(struct vbd_io);
	v->tags.numa_node = NUMA_NO_NODE;
	v->tags.flags = BLK_MQ_F_SHOULD_MERGE;
	r = blk_mq_alloc_tag_set(&v->tags);
	if (r) {
		kfree(v->slots);
		v->slots = NULL;
		v->depth = 0;
	}
	return r;
}

static void vbd_tags_done(struct vbd *v)
{
	blk_mq_free_tag_set(&v->tags);
	kfree(v->slots);
	v->slots = NULL;
	v->depth = 0;
}

static void vbd_disk_describe(struct vbd *v, struct gendisk *disk)
{
	disk->major = VBD_MAJOR;
	disk->first_minor = v->name.first_minor;
	disk->minors = v->name.minors;
	disk->fops = &vbd_fops;
	disk->private_data = v;
	if (v->f.removable)
		disk->flags |= GENHD_FL_REMOVABLE;
	if (v->name.part)
		disk->flags |= GENHD_FL_NO_PART;
	strscpy(disk->disk_name, v->name.text, sizeof(disk->disk_name));
	set_capacity(disk, v->f.sectors);
	set_disk_ro(disk, v->f.read_only);
}

int vbd_disk_create(struct vbd *v)
{
	struct gendisk *disk;
	int r;

	r = vbd_tags_init(v);
	if (r)
		return r;
	disk = vbd_disk_alloc(&v->tags, v, &v->f);
	if (IS_ERR(disk)) {
		vbd_tags_done(v);
		return PTR_ERR(disk);
	}
	vbd_disk_describe(v, disk);
	r = vbd_disk_owns(disk, vbd_freed, v);
	if (r) {
		vbd_del_disk(disk, false);
		put_disk(disk);
		vbd_tags_done(v);
		return r;
	}
	kref_get(&v->ref);
	v->disk = disk;
	v->added = false;
	spin_lock_irq(&v->lock);
	v->adding = true;
	v->add_failed = false;
	v->held = false;
	v->closing = false;
	v->up = true;
	spin_unlock_irq(&v->lock);
	queue_work(system_unbound_wq, &v->add);
	return 0;
}

/*
 * This reads the disk, to find its partitions, and so may wait for the back end
 * for as long as it likes: with no lock held, for the back end's end to be noticed.
 */
void vbd_disk_add(struct work_struct *work)
{
	struct vbd *v = container_of(work, struct vbd, add);
	int r;

	r = vbd_add_disk(&v->xd->dev, v->disk);
	v->added = !r;
	if (r)
		dev_err(&v->xd->dev, "%s cannot be added: error %d\n", v->name.text, r);
	spin_lock_irq(&v->lock);
	v->adding = false;
	v->add_failed = r;
	if (v->held || r)
		queue_work(system_unbound_wq, &v->settle);
	spin_unlock_irq(&v->lock);
}

void vbd_disk_delete(struct vbd *v)
{
	vbd_del_disk(v->disk, v->added);
}

void vbd_disk_put(struct vbd *v)
{
	bool frees = v->added || VBD_FREES_UNADDED;

	put_disk(v->disk);
	v->disk = NULL;
	vbd_tags_done(v);
	if (!frees)
		vbd_put(v);
}

void vbd_disk_resize(struct vbd *v, u64 sectors)
{
	if (sectors == get_capacity(v->disk))
		return;
	dev_info_ratelimited(&v->xd->dev, "%s has %llu sectors now\n", v->name.text,
			     sectors);
	vbd_set_capacity(v->disk, sectors);
}

void vbd_disk_hold(struct vbd *v)
{
	if (v->quiesced)
		return;
	blk_mq_quiesce_queue(v->disk->queue);
	WRITE_ONCE(v->quiesced, true);
}

void vbd_disk_unhold(struct vbd *v)
{
	if (!v->quiesced)
		return;
	WRITE_ONCE(v->quiesced, false);
	blk_mq_unquiesce_queue(v->disk->queue);
	/* What came up meanwhile was left for now */
	queue_work(system_unbound_wq, &v->settle);
}
