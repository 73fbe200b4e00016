// SPDX-License-Identifier: GPL-2.0-only
/* What the two ends tell each other in the store */
#include <linux/log2.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <xen/interface/io/protocols.h>
#include "compat.h"
#include "vbd.h"

/* --- our side ----------------------------------------------------------------- */

static int vbd_write_ring(struct vbd *v, struct xenpv_transaction t)
{
	const char *dir = v->xd->nodename;
	char node[sizeof("ring-ref") + 10];
	unsigned int i;
	int r;

	/* What an earlier front end left there; most often there is none */
	xenpv_store_remove(t, dir, "multi-queue-num-queues");
	if (v->shared.pages == 1) {
		xenpv_store_remove(t, dir, "ring-page-order");
		return xenpv_store_write(t, dir, "ring-ref", "%u", v->shared.ref[0]);
	}
	r = xenpv_store_write(t, dir, "ring-page-order", "%u", ilog2(v->shared.pages));
	for (i = 0; !r && i < v->shared.pages; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		r = xenpv_store_write(t, dir, node, "%u", v->shared.ref[i]);
	}
	return r;
}

static int vbd_write(struct xenpv_transaction t, void *context)
{
	struct vbd *v = context;
	const char *dir = v->xd->nodename;
	int r;

	r = vbd_write_ring(v, t);
	if (r)
		return r;
	r = xenpv_store_write(t, dir, "event-channel", "%u",
			      xenpv_channel_port(v->channel));
	if (r)
		return r;
	r = xenpv_store_write(t, dir, "protocol", "%s", XEN_IO_PROTO_ABI_NATIVE);
	if (r)
		return r;
	return xenpv_store_write(t, dir, "feature-persistent", "%u",
				 v->options.persistent);
}

static unsigned int vbd_ring_pages(struct vbd *v)
{
	unsigned int most = clamp_t(unsigned int, v->options.ring_pages, 1,
				    XENPV_RING_PAGES);
	unsigned int order;

	order = xenpv_store_number(v->xd->otherend, "max-ring-page-order", 0, UINT_MAX);
	return 1u << min_t(unsigned int, order, ilog2(most));
}

static int vbd_ring_open(struct vbd *v)
{
	struct blkif_sring *ring;
	int r;

	r = xenpv_ring_init(v->xd, vbd_ring_pages(v), &v->shared);
	if (r)
		return r;
	ring = v->shared.memory;
	spin_lock_irq(&v->lock);
	SHARED_RING_INIT(ring);
	FRONT_RING_INIT(&v->ring, ring, v->shared.pages * PAGE_SIZE);
	v->pushed = 0;
	spin_unlock_irq(&v->lock);
	return xenpv_channel_open(v->xd, XENPV_THREAD, vbd_event, v, &v->channel);
}

int vbd_publish(struct vbd *v)
{
	/* After a migration, writing pages out to this disk may be what makes memory free
	 */
	unsigned int noio = memalloc_noio_save();
	int r;

	r = vbd_ring_open(v);
	if (!r)
		r = xenpv_transact(vbd_write, v);
	if (r)
		vbd_unpublish(v);
	memalloc_noio_restore(noio);
	return r;
}

void vbd_unpublish(struct vbd *v)
{
	xenpv_channel_close(v->channel);
	v->channel = NULL;
	spin_lock_irq(&v->lock);
	WARN_ON_ONCE(v->up);
	memset(&v->ring, 0, sizeof(v->ring));
	spin_unlock_irq(&v->lock);
	xenpv_ring_done(&v->shared);
}

/* --- the back end's side ------------------------------------------------------ */

static unsigned int vbd_number(struct vbd *v, const char *node)
{
	return xenpv_store_number(v->xd->otherend, node, 0, UINT_MAX);
}

static bool vbd_block_size(unsigned int n)
{
	return is_power_of_2(n) && n >= SECTOR_SIZE;
}

/* Mode "r", whatever else there may be in the text */
static bool vbd_mode_read_only(struct vbd *v)
{
	bool read_only;
	char *mode;

	if (xenpv_store_read(XENPV_NO_TRANSACTION, v->xd->otherend, "mode", &mode))
		return false;
	read_only = mode[0] == 'r' && !strchr(mode, 'w');
	kfree(mode);
	return read_only;
}

static void vbd_read_flush(struct vbd *v, struct vbd_features *ret)
{
	ret->barrier = vbd_number(v, "feature-barrier");
	ret->flush = VBD_NO_OP;
	if (ret->barrier)
		ret->flush = BLKIF_OP_WRITE_BARRIER;
	if (vbd_number(v, "feature-flush-cache"))
		ret->flush = BLKIF_OP_FLUSH_DISKCACHE;
}

static void vbd_read_discard(struct vbd *v, struct vbd_features *ret)
{
	ret->discard = vbd_number(v, "feature-discard");
	if (!ret->discard)
		return;
	ret->secure = vbd_number(v, "discard-secure");
	ret->granularity = vbd_number(v, "discard-granularity");
	if (!vbd_block_size(ret->granularity) || ret->granularity < ret->logical)
		ret->granularity = ret->physical;
	ret->alignment = vbd_number(v, "discard-alignment");
	if (ret->alignment % SECTOR_SIZE || ret->alignment >= ret->granularity)
		ret->alignment = 0;
}

int vbd_read_sectors(struct vbd *v, unsigned int logical, u64 *ret)
{
	int r;

	r = xenpv_store_read_u64(XENPV_NO_TRANSACTION, v->xd->otherend, "sectors", ret);
	if (r)
		return r;
	if (*ret > LLONG_MAX >> SECTOR_SHIFT)
		return -EFBIG;
	*ret &= ~(u64)(logical / SECTOR_SIZE - 1);
	return 0;
}

int vbd_read_features(struct vbd *v, struct vbd_features *ret)
{
	unsigned int indirect = min_t(unsigned int, v->options.indirect,
				      VBD_INDIRECT_MAX);
	unsigned int info = vbd_number(v, "info");

	memset(ret, 0, sizeof(*ret));
	ret->cdrom = info & VDISK_CDROM;
	ret->removable = info & VDISK_REMOVABLE;
	ret->read_only = info & VDISK_READONLY || vbd_mode_read_only(v);
	ret->logical = xenpv_store_number(v->xd->otherend, "sector-size", SECTOR_SIZE,
					  UINT_MAX);
	if (!vbd_block_size(ret->logical) || ret->logical > PAGE_SIZE)
		return -EINVAL;
	ret->physical = vbd_number(v, "physical-sector-size");
	if (!vbd_block_size(ret->physical) || ret->physical < ret->logical)
		ret->physical = ret->logical;
	ret->persistent = v->options.persistent && vbd_number(v, "feature-persistent");
	indirect = min(indirect, vbd_number(v, "feature-max-indirect-segments"));
	ret->pages = max_t(unsigned int, indirect, BLKIF_MAX_SEGMENTS_PER_REQUEST);
	vbd_read_flush(v, ret);
	vbd_read_discard(v, ret);
	return vbd_read_sectors(v, ret->logical, &ret->sectors);
}
