// SPDX-License-Identifier: GPL-2.0-only
/* Transmit: responses to packets that may be freed; the ring's begin and end */
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <net/dst.h>

#include "vnif.h"

/* What is to be freed without the lock */
struct vnif_tx_finished {
	struct sk_buff_head free;
	struct sk_buff_head kept;
};

/* Take a page back. False: the back end kept it. */
static bool end_data(struct vnif *nif, struct vnif_tx_slot *slot, bool failed,
		     struct vnif_tx_finished *finished)
{
	struct vnif_tx_cb *cb = VNIF_CB(slot->skb);
	bool ended = xenpv_grant_end(slot->ref);

	if (ended && slot->own)
		__free_page(slot->page);
	if (!ended) {
		/*
		 * A copy is freed when the back end lets go. A packet is not: a part
		 * of it may be no page but a piece of a slab.
		 */
		xenpv_grant_discard(slot->ref, slot->own ? slot->page : NULL);
		slot->ref = VNIF_NO_REF;
		cb->kept |= !slot->own;
	}
	cb->failed |= failed;
	if (--cb->slots > 0)
		return ended;
	if (cb->failed)
		vnif_count(&nif->tx_stats, errors, 1);
	__skb_queue_tail(cb->kept ? &finished->kept : &finished->free, slot->skb);
	return ended;
}

/* Under tx_lock, or alone. False: the back end kept the page. */
static bool end_slot(struct vnif *nif, unsigned int id, bool failed,
		     struct vnif_tx_finished *finished)
{
	struct vnif_tx_slot *slot = &nif->tx_slots[id];
	bool ended = true;

	if (slot->kind == VNIF_DATA)
		ended = end_data(nif, slot, failed, finished);
	slot->skb = NULL;
	slot->page = NULL;
	slot->kind = ended ? VNIF_FREE : VNIF_LOST;
	if (ended) {
		slot->next = nif->tx_free;
		nif->tx_free = id;
	}
	return ended;
}

/* Returns NULL, or what is wrong with the response */
static const char *take_response(struct vnif *nif,
				 const struct xen_netif_tx_response *rsp,
				 struct vnif_tx_finished *finished)
{
	struct vnif_tx_slot *slot;
	bool failed = rsp->status < XEN_NETIF_RSP_OKAY;

	if (rsp->status == XEN_NETIF_RSP_NULL) {
		if (nif->tx_extras == 0)
			return "transmit: a response to an extra info that was not sent";
		nif->tx_extras--;
		return NULL;
	}
	if (rsp->status > XEN_NETIF_RSP_NULL || rsp->status < XEN_NETIF_RSP_DROPPED)
		return "transmit: a response with an impossible status";
	if (rsp->id >= VNIF_TX_SLOTS)
		return "transmit: a response with an impossible id";

	slot = &nif->tx_slots[rsp->id];
	if (slot->kind != VNIF_DATA && slot->kind != VNIF_CONTROL)
		return "transmit: a response to no request";
	if (slot->kind == VNIF_CONTROL && failed) {
		nif->filter_full = true;
		schedule_delayed_work(&nif->multicast, 0);
	}
	if (!end_slot(nif, rsp->id, failed, finished))
		return "transmit: a response although the page is still in use";
	return NULL;
}

/*
 * Ask for an event when half of what is outstanding is done. True: that is the
 * case already. The halves get smaller, down to the last response.
 */
static bool arm(struct vnif *nif)
{
	RING_IDX wait = (nif->tx.req_prod_pvt - nif->tx.rsp_cons) / 2 + 1;

	WRITE_ONCE(nif->tx.sring->rsp_event, nif->tx.rsp_cons + wait);
	virt_mb(); /* the back end sees it before we look for responses */
	return READ_ONCE(nif->tx.sring->rsp_prod) - nif->tx.rsp_cons >= wait;
}

/* Each value once, which RING_COPY_RESPONSE does not see to */
static void read_response(const struct vnif *nif, struct xen_netif_tx_response *ret)
{
	const struct xen_netif_tx_response *rsp = RING_GET_RESPONSE(&nif->tx,
								    nif->tx.rsp_cons);

	ret->id = READ_ONCE(rsp->id);
	ret->status = READ_ONCE(rsp->status);
}

/* Under tx_lock. Returns NULL, or what is wrong. */
static const char *take_responses(struct vnif *nif, struct vnif_tx_finished *finished)
{
	struct xen_netif_tx_front_ring *ring = &nif->tx;
	const char *wrong = NULL;
	bool again = false;

	do {
		RING_IDX prod = READ_ONCE(ring->sring->rsp_prod);

		if (prod - ring->rsp_cons > ring->req_prod_pvt - ring->rsp_cons)
			return "transmit: more responses than requests";
		if (again && prod == ring->rsp_cons)
			return "transmit: responses that went away again";
		again = true;
		virt_rmb(); /* the index before the responses */
		while (ring->rsp_cons != prod && !wrong) {
			struct xen_netif_tx_response rsp;

			read_response(nif, &rsp);
			ring->rsp_cons++;
			wrong = take_response(nif, &rsp, finished);
		}
	} while (!wrong && arm(nif));
	return wrong;
}

static void begin_finished(struct vnif_tx_finished *finished)
{
	__skb_queue_head_init(&finished->free);
	__skb_queue_head_init(&finished->kept);
}

static void end_finished(struct vnif_tx_finished *finished, int budget)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&finished->free)))
		napi_consume_skb(skb, budget);
	/* Memory that is lost on purpose; nothing else may wait for it. */
	while ((skb = __skb_dequeue(&finished->kept))) {
		skb_orphan(skb);
		skb_dst_drop(skb);
		skb_ext_reset(skb);
	}
}

bool vnif_tx_clean(struct vnif *nif, int budget)
{
	struct vnif_tx_finished finished;
	const char *wrong;
	unsigned long irq;
	RING_IDX before;
	bool any;

	if (test_bit(VNIF_BROKEN, &nif->flags))
		return false;
	begin_finished(&finished);
	spin_lock_irqsave(&nif->tx_lock, irq);
	before = nif->tx.rsp_cons;
	wrong = take_responses(nif, &finished);
	any = nif->tx.rsp_cons != before;
	if (wrong)
		vnif_break(nif, wrong);
	else if (nif->live && netif_queue_stopped(nif->dev) &&
		 RING_FREE_REQUESTS(&nif->tx) >= VNIF_TX_NEED)
		netif_wake_queue(nif->dev);
	spin_unlock_irqrestore(&nif->tx_lock, irq);
	end_finished(&finished, budget);
	return any;
}

int vnif_tx_init(struct vnif *nif)
{
	unsigned int i;
	int err;

	memset(nif->tx_slots, 0, sizeof(nif->tx_slots));
	nif->tx_free = VNIF_TX_SLOTS;
	nif->tx_extras = 0;
	err = xenpv_ring_init(nif->xd, 1, &nif->tx_ring);
	if (err)
		return err;
	XEN_FRONT_RING_INIT(&nif->tx, (struct xen_netif_tx_sring *)nif->tx_ring.memory,
			    PAGE_SIZE);
	err = xenpv_grants_get(VNIF_TX_SLOTS, nif->refs);
	if (err)
		return err;
	for (i = 0; i < VNIF_TX_SLOTS; i++) {
		nif->tx_slots[i].ref = nif->refs[i];
		nif->tx_slots[i].next = i + 1;
	}
	nif->tx_free = 0;
	return 0;
}

void vnif_tx_done(struct vnif *nif)
{
	struct vnif_tx_finished finished;
	unsigned int i;

	begin_finished(&finished);
	for (i = 0; i < VNIF_TX_SLOTS; i++) {
		struct vnif_tx_slot *slot = &nif->tx_slots[i];
		unsigned long irq;

		spin_lock_irqsave(&nif->tx_lock, irq);
		if (slot->kind == VNIF_DATA || slot->kind == VNIF_CONTROL)
			end_slot(nif, i, slot->kind == VNIF_DATA, &finished);
		spin_unlock_irqrestore(&nif->tx_lock, irq);
		if (slot->ref != VNIF_NO_REF)
			xenpv_grants_put(1, &slot->ref);
		slot->ref = VNIF_NO_REF;
	}
	end_finished(&finished, 0);
	xenpv_ring_done(&nif->tx_ring);
}
