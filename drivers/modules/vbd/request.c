// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the back end.
 *
 * A request goes through two sections under the lock: one takes a place in the
 * ring and the pages, the other puts it into the ring; the copying is between
 * them. Whoever takes the device down does so with the queue held, or relies on
 * the second section to look again whether it is still up.
 *
 * A request that is larger than what the back end takes (which may be less after
 * a migration) is done in several goes, one after the other.
 */
#include <linux/blkdev.h>
#include <linux/mm.h>
#include "compat.h"
#include "vbd.h"

#define VBD_PAGE_SECTORS (PAGE_SIZE >> SECTOR_SHIFT)

/* Tell the back end of what is in the ring. Call with the lock held. */
static void vbd_push(struct vbd *v)
{
	bool notify;

	if (!v->up || v->pushed == v->ring.req_prod_pvt)
		return;
	v->pushed = v->ring.req_prod_pvt;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&v->ring, notify);
	if (notify)
		xenpv_channel_notify(v->channel);
}

static blk_status_t vbd_plan_data(struct vbd *v, struct request *rq, struct vbd_io *io)
{
	io->bytes = min_t(unsigned int, blk_rq_bytes(rq), v->f.pages << PAGE_SHIFT);
	io->pages = DIV_ROUND_UP(io->bytes, PAGE_SIZE);
	return io->bytes && !(io->bytes % SECTOR_SIZE) ? BLK_STS_OK : BLK_STS_IOERR;
}

/* What to ask the back end for. Call with the lock held. */
static blk_status_t vbd_plan(struct vbd *v, struct request *rq, struct vbd_io *io)
{
	INIT_LIST_HEAD(&io->buffers);
	INIT_LIST_HEAD(&io->table);
	io->bytes = 0;
	io->pages = 0;
	/* A queue that waits for its next ring is held; one that got past comes again */
	if (!v->up)
		return READ_ONCE(v->quiesced) ? BLK_STS_RESOURCE : BLK_STS_IOERR;
	if (WARN_ON_ONCE(rq->tag < 0 || rq->tag >= v->depth || v->slots[rq->tag]))
		return BLK_STS_IOERR;
	switch (req_op(rq)) {
	case REQ_OP_READ:
		io->op = BLKIF_OP_READ;
		return vbd_plan_data(v, rq, io);
	case REQ_OP_WRITE:
		io->op = BLKIF_OP_WRITE;
		return v->f.read_only ? BLK_STS_IOERR : vbd_plan_data(v, rq, io);
	case REQ_OP_FLUSH:
		io->op = v->f.flush;
		return BLK_STS_OK;
	case REQ_OP_SECURE_ERASE:
		if (!v->f.secure)
			return BLK_STS_NOTSUPP;
		fallthrough;
	case REQ_OP_DISCARD:
		io->op = BLKIF_OP_DISCARD;
		return v->f.discard && !v->f.read_only ? BLK_STS_OK : BLK_STS_NOTSUPP;
	default:
		return BLK_STS_NOTSUPP;
	}
}

/*
 * A place in the ring, and pages. Call with the lock held.
 * BLK_STS_DEV_RESOURCE: a request that is outstanding will bring them.
 */
static blk_status_t vbd_reserve(struct vbd *v, struct vbd_io *io)
{
	unsigned int outstanding = v->ring.req_prod_pvt - v->ring.rsp_cons + v->reserved;
	unsigned int table = vbd_indirect(io);

	if (outstanding >= RING_SIZE(&v->ring))
		return BLK_STS_DEV_RESOURCE;
	if (vbd_pool_get(v, io->pages + table, &io->buffers))
		return outstanding ? BLK_STS_DEV_RESOURCE : BLK_STS_RESOURCE;
	if (table)
		list_move(io->buffers.next, &io->table);
	v->reserved++;
	return BLK_STS_OK;
}

/* Describe the pages of a request, which from now on are the back end's too */
static void vbd_describe(struct vbd *v, struct vbd_io *io,
			 struct blkif_request_segment *ret)
{
	unsigned int left = io->bytes >> SECTOR_SHIFT;
	struct vbd_buffer *b;
	unsigned int n;

	list_for_each_entry (b, &io->buffers, list) {
		n = min_t(unsigned int, left, VBD_PAGE_SECTORS);
		vbd_buffer_grant(v, b);
		/* One by one: the padding must not bring the stack along */
		ret->gref = b->ref;
		ret->first_sect = 0;
		ret->last_sect = n - 1;
		ret++;
		left -= n;
	}
}

static void vbd_fill_data(struct vbd *v, struct request *rq, struct vbd_io *io,
			  struct blkif_request *ret)
{
	struct blkif_request_segment direct[BLKIF_MAX_SEGMENTS_PER_REQUEST];
	struct vbd_buffer *table;

	memset(direct, 0, sizeof(direct));
	if (io->op == BLKIF_OP_WRITE)
		vbd_copy(rq, io, false);
	if (!vbd_indirect(io)) {
		vbd_describe(v, io, direct);
		ret->operation = io->op;
		ret->u.rw.nr_segments = io->pages;
		ret->u.rw.handle = v->handle;
		ret->u.rw.id = rq->tag;
		ret->u.rw.sector_number = blk_rq_pos(rq);
		/* Copied, as the request is packed and may have it unaligned */
		memcpy(ret->u.rw.seg, direct, io->pages * sizeof(*direct));
		return;
	}
	table = list_first_entry(&io->table, struct vbd_buffer, list);
	vbd_describe(v, io, page_address(table->page));
	vbd_buffer_grant(v, table);
	ret->operation = BLKIF_OP_INDIRECT;
	ret->u.indirect.indirect_op = io->op;
	ret->u.indirect.nr_segments = io->pages;
	ret->u.indirect.id = rq->tag;
	ret->u.indirect.sector_number = blk_rq_pos(rq);
	ret->u.indirect.handle = v->handle;
	ret->u.indirect.indirect_grefs[0] = table->ref;
}

static void vbd_fill(struct vbd *v, struct request *rq, struct vbd_io *io,
		     struct blkif_request *ret)
{
	memset(ret, 0, sizeof(*ret));
	switch (io->op) {
	case BLKIF_OP_READ:
	case BLKIF_OP_WRITE:
		vbd_fill_data(v, rq, io, ret);
		return;
	case BLKIF_OP_DISCARD:
		ret->operation = io->op;
		ret->u.discard.flag = req_op(rq) == REQ_OP_SECURE_ERASE
					      ? BLKIF_DISCARD_SECURE
					      : 0;
		ret->u.discard.id = rq->tag;
		ret->u.discard.sector_number = blk_rq_pos(rq);
		ret->u.discard.nr_sectors = blk_rq_sectors(rq);
		return;
	default: /* a flush, or a barrier without data */
		ret->operation = io->op;
		ret->u.rw.handle = v->handle;
		ret->u.rw.id = rq->tag;
		return;
	}
}

blk_status_t vbd_queue_rq(struct blk_mq_hw_ctx *hctx,
			  const struct blk_mq_queue_data *data)
{
	struct vbd *v = hctx->queue->queuedata;
	struct vbd_io *io = blk_mq_rq_to_pdu(data->rq);
	struct blkif_request request;
	blk_status_t status;
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	status = vbd_plan(v, data->rq, io);
	if (status == BLK_STS_OK && io->op != VBD_NO_OP)
		status = vbd_reserve(v, io);
	if (status == BLK_STS_DEV_RESOURCE)
		blk_mq_stop_hw_queue(hctx);
	/* This may be the last one, and then nobody else tells of those before it */
	if (status != BLK_STS_OK || io->op == VBD_NO_OP)
		vbd_push(v);
	spin_unlock_irqrestore(&v->lock, flags);
	if (status != BLK_STS_OK)
		return status;

	blk_mq_start_request(data->rq);
	if (io->op == VBD_NO_OP) {
		blk_mq_end_request(data->rq, BLK_STS_OK);
		return BLK_STS_OK;
	}
	vbd_fill(v, data->rq, io, &request);

	spin_lock_irqsave(&v->lock, flags);
	v->reserved--;
	if (v->up) {
		*RING_GET_REQUEST(&v->ring, v->ring.req_prod_pvt) = request;
		v->ring.req_prod_pvt++;
		v->slots[data->rq->tag] = data->rq;
		if (data->last)
			vbd_push(v);
	} else {
		vbd_put_buffers(v, io);
		status = BLK_STS_IOERR;
	}
	spin_unlock_irqrestore(&v->lock, flags);
	return status;
}

void vbd_commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct vbd *v = hctx->queue->queuedata;
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	vbd_push(v);
	spin_unlock_irqrestore(&v->lock, flags);
}
