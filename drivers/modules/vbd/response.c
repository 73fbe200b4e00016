// SPDX-License-Identifier: GPL-2.0-only
/*
 * Responses of the back end, which may be anything.
 *
 * One that makes no sense takes the device down: all that is outstanding fails at
 * once, its pages go back to the pool, and vbd_settle() tells the tool stack.
 */
#include <linux/blkdev.h>
#include <linux/sched.h>
#include "compat.h"
#include "vbd.h"

struct vbd_list {
	struct request *first;
	struct request **end;
};

static void vbd_list_add(struct vbd_list *list, struct request *rq)
{
	struct vbd_io *io = blk_mq_rq_to_pdu(rq);

	io->next = NULL;
	*list->end = rq;
	list->end = &io->next;
}

/*
 * Each value once. RING_COPY_RESPONSE would not see to that: its volatile is the
 * pointer's, not the response's.
 */
static void vbd_read_response(struct vbd *v, struct blkif_response *ret)
{
	const struct blkif_response *rsp = RING_GET_RESPONSE(&v->ring, v->ring.rsp_cons);

	ret->id = READ_ONCE(rsp->id);
	ret->operation = READ_ONCE(rsp->operation);
	ret->status = READ_ONCE(rsp->status);
}

/* The outstanding request that a response is for. NULL: there is none */
static struct request *vbd_match(struct vbd *v, const struct blkif_response *rsp)
{
	struct request *rq;
	struct vbd_io *io;

	if (rsp->id >= v->depth)
		return NULL;
	rq = v->slots[rsp->id];
	if (!rq)
		return NULL;
	io = blk_mq_rq_to_pdu(rq);
	/* Back ends differ in which of the two they answer with */
	if (rsp->operation != io->op &&
	    !(vbd_indirect(io) && rsp->operation == BLKIF_OP_INDIRECT))
		return NULL;
	v->slots[rsp->id] = NULL;
	io->status = rsp->status;
	return rq;
}

/* All there is, for now. What is wrong, or NULL. Call with the lock held. */
static const char *vbd_collect(struct vbd *v, struct vbd_list *ret)
{
	RING_IDX end = READ_ONCE(v->ring.sring->rsp_prod);
	struct blkif_response rsp;
	struct request *rq;

	virt_rmb(); /* their number before the responses */
	if (end - v->ring.rsp_cons > v->pushed - v->ring.rsp_cons)
		return "more responses than requests";
	while (v->ring.rsp_cons != end) {
		vbd_read_response(v, &rsp);
		rq = vbd_match(v, &rsp);
		if (!rq)
			return "a response to no request";
		v->ring.rsp_cons++;
		vbd_list_add(ret, rq);
	}
	return NULL;
}

/* The back end cannot do it after all: do without. What the request comes to. */
static blk_status_t vbd_unsupported(struct vbd *v, struct request *rq, struct vbd_io *io,
				    bool *ret_again)
{
	bool flush = io->op == BLKIF_OP_FLUSH_DISKCACHE;
	bool barrier = io->op == BLKIF_OP_WRITE_BARRIER;

	spin_lock_irq(&v->lock);
	if (flush && v->f.barrier)
		v->f.flush = BLKIF_OP_WRITE_BARRIER;
	else if (flush || barrier)
		v->f.flush = VBD_NO_OP;
	if (io->op == BLKIF_OP_DISCARD) {
		if (req_op(rq) != REQ_OP_SECURE_ERASE)
			v->f.discard = false;
		v->f.secure = false;
	}
	spin_unlock_irq(&v->lock);
	*ret_again = flush || barrier;
	if (*ret_again && v->f.flush == VBD_NO_OP)
		dev_warn(&v->xd->dev, "the back end cannot flush: what was written may "
				      "not survive a loss of power of the host\n");
	return io->op == BLKIF_OP_DISCARD ? BLK_STS_NOTSUPP : BLK_STS_IOERR;
}

/*
 * That what was asked for is not known there. Back ends of Xen 3 call a barrier
 * without data an error; once one was done, an error is one.
 */
static bool vbd_is_unknown(const struct vbd *v, const struct vbd_io *io)
{
	return io->status == BLKIF_RSP_EOPNOTSUPP ||
	       (io->status == BLKIF_RSP_ERROR && io->op == BLKIF_OP_WRITE_BARRIER &&
		!READ_ONCE(v->barrier_done));
}

/* A response has come */
static void vbd_finish(struct vbd *v, struct request *rq)
{
	struct vbd_io *io = blk_mq_rq_to_pdu(rq);
	blk_status_t status = BLK_STS_OK;
	bool again = false;

	/* A status that is not of the protocol is an error as well, and no worse */
	if (vbd_is_unknown(v, io))
		status = vbd_unsupported(v, rq, io, &again);
	else if (io->status != BLKIF_RSP_OKAY)
		status = BLK_STS_IOERR;
	else if (io->op == BLKIF_OP_READ)
		vbd_copy(rq, io, true);
	else if (io->op == BLKIF_OP_WRITE_BARRIER)
		WRITE_ONCE(v->barrier_done, true);

	spin_lock_irq(&v->lock);
	vbd_put_buffers(v, io);
	spin_unlock_irq(&v->lock);

	if (status == BLK_STS_OK && io->bytes) {
		if (!blk_update_request(rq, BLK_STS_OK, io->bytes)) {
			__blk_mq_end_request(rq, BLK_STS_OK);
			return;
		}
		again = true; /* the rest of it */
	}
	if (again)
		blk_mq_requeue_request(rq, true);
	else
		blk_mq_end_request(rq, status);
}

void vbd_drop_all(struct vbd *v, bool again)
{
	struct vbd_list list = { .end = &list.first };
	struct request *next;
	struct request *rq;
	struct vbd_io *io;
	unsigned int i;

	spin_lock_irq(&v->lock);
	v->up = false;
	for (i = 0; i < v->depth; i++) {
		rq = v->slots[i];
		if (!rq)
			continue;
		v->slots[i] = NULL;
		vbd_put_buffers(v, blk_mq_rq_to_pdu(rq));
		vbd_list_add(&list, rq);
	}
	spin_unlock_irq(&v->lock);

	for (rq = list.first; rq; rq = next) {
		io = blk_mq_rq_to_pdu(rq);
		next = io->next;
		if (again)
			blk_mq_requeue_request(rq, true);
		else
			blk_mq_end_request(rq, BLK_STS_IOERR);
	}
	/* Those that wait for a place fail as well, or wait for the next ring */
	if (v->disk)
		blk_mq_start_stopped_hw_queues(v->disk->queue, true);
}

/*
 * One round. False: there is nothing left to do, so that the next response
 * brings an event.
 */
static bool vbd_round(struct vbd *v, bool *ret_worked)
{
	struct vbd_list list = { .end = &list.first };
	const char *wrong = NULL;
	struct request *next;
	struct request *rq;
	struct vbd_io *io;
	int more = 0;

	spin_lock_irq(&v->lock);
	if (v->up) {
		wrong = vbd_collect(v, &list);
		if (!wrong)
			RING_FINAL_CHECK_FOR_RESPONSES(&v->ring, more);
	}
	if (wrong) {
		v->up = false;
		v->broken = wrong;
	}
	spin_unlock_irq(&v->lock);

	for (rq = list.first; rq; rq = next) {
		io = blk_mq_rq_to_pdu(rq);
		next = io->next;
		vbd_finish(v, rq);
	}
	*ret_worked = list.first;
	if (list.first)
		blk_mq_start_stopped_hw_queues(v->disk->queue, true);
	if (wrong) {
		vbd_drop_all(v, false);
		/* The rest may sleep for long, and closes the channel of this handler */
		queue_work(system_unbound_wq, &v->settle);
	}
	return more;
}

bool vbd_event(void *context)
{
	struct vbd *v = context;
	unsigned int idle = 0;
	bool worked = false;
	bool round;

	/*
	 * Where a round ends with more to do, the next one finds it. An index that
	 * comes and goes instead is no reason to stay here.
	 */
	while (vbd_round(v, &round)) {
		worked |= round;
		idle = round ? 0 : idle + 1;
		if (idle > 1)
			break;
		cond_resched();
	}
	return worked | round;
}
