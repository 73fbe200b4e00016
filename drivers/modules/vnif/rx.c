// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: the back end copies into pages that we grant. A response stands where
 * its request stood; extra infos have no id at all. So a place in the ring has its
 * slot, and the slot its reference, and each response is looked at once, in order.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/tcp.h>

#include "compat.h"
#include "vnif.h"

#define REFILL_DELAY (HZ / 10)

static struct vnif_rx_slot *slot_at(struct vnif *nif, RING_IDX at)
{
	return &nif->rx_slots[at % VNIF_RX_SLOTS];
}

/* False: no memory for all of them */
static bool refill(struct vnif *nif, gfp_t gfp)
{
	struct xen_netif_rx_front_ring *ring = &nif->rx;
	RING_IDX before = ring->req_prod_pvt;
	bool full = true;
	bool notify;

	while (!RING_FULL(ring)) {
		struct vnif_rx_slot *slot = slot_at(nif, ring->req_prod_pvt);
		struct xen_netif_rx_request request = {
			.id = ring->req_prod_pvt % VNIF_RX_SLOTS,
			.gref = slot->ref,
		};

		/* Zeroed: the back end can read it, too. */
		if (!slot->page)
			slot->page = alloc_page(gfp | __GFP_NOWARN | __GFP_ZERO);
		full = slot->page;
		if (!full)
			break;
		xenpv_grant(slot->ref, nif->xd->otherend_id, slot->page, false);
		slot->granted = true;
		*RING_GET_REQUEST(ring, ring->req_prod_pvt) = request;
		ring->req_prod_pvt++;
	}
	if (ring->req_prod_pvt == before)
		return full;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
	if (notify)
		xenpv_channel_notify(nif->channel);
	return full;
}

/* False: the back end kept the page */
static bool end_grant(struct vnif_rx_slot *slot)
{
	if (!slot->granted)
		return true;
	slot->granted = false;
	if (xenpv_grant_end(slot->ref))
		return true;
	xenpv_grant_discard(slot->ref, slot->page);
	slot->ref = VNIF_NO_REF;
	slot->page = NULL;
	return false;
}

static void drop_packet(struct vnif_rx_packet *p)
{
	dev_kfree_skb_any(p->skb);
	p->skb = NULL;
	p->drop = true;
}

/* A piece of a packet, checked already. A page that was not used up stays in the slot. */
static void add_piece(struct vnif *nif, struct vnif_rx_slot *slot, unsigned int offset,
		      unsigned int len)
{
	struct vnif_rx_packet *p = &nif->packet;
	void *data = page_address(slot->page) + offset;
	unsigned int head;

	if (p->drop || len == 0)
		return;
	if (!p->skb) {
		p->skb = napi_alloc_skb(&nif->napi, VNIF_RX_HEAD);
		if (!p->skb) {
			vnif_count(&nif->rx_stats, no_memory, 1);
			p->drop = true;
			return;
		}
		head = len <= VNIF_RX_HEAD
			       ? len
			       : eth_get_headlen(nif->dev, data, VNIF_RX_HEAD);
		skb_put_data(p->skb, data, head);
		offset += head;
		len -= head;
		if (len == 0)
			return;
	}
	if (skb_shinfo(p->skb)->nr_frags >= MAX_SKB_FRAGS) {
		drop_packet(p);
		return;
	}
	skb_add_rx_frag(p->skb, skb_shinfo(p->skb)->nr_frags, slot->page, offset, len,
			PAGE_SIZE);
	slot->page = NULL;
}

/* Returns NULL, or what is wrong with the response */
static const char *take_data(struct vnif *nif, struct vnif_rx_slot *slot,
			     const struct xen_netif_rx_response *rsp)
{
	struct vnif_rx_packet *p = &nif->packet;

	if (rsp->id != slot - nif->rx_slots)
		return "receive: a response to another request";
	if (rsp->status < XEN_NETIF_RSP_DROPPED)
		return "receive: a response with an impossible status";
	if (rsp->status > 0 && rsp->offset + rsp->status > PAGE_SIZE)
		return "receive: data beyond the end of the page";

	if (!p->begun) {
		memset(p, 0, sizeof(*p));
		p->begun = true;
		p->flags = rsp->flags;
		p->extra = rsp->flags & XEN_NETRXF_extra_info;
	}
	p->more = rsp->flags & XEN_NETRXF_more_data;
	p->slots++;
	if (rsp->status < 0 || p->slots > MAX_SKB_FRAGS + 1)
		drop_packet(p);
	else
		add_piece(nif, slot, rsp->offset, rsp->status);
	return NULL;
}

/* The same for an extra info */
static const char *take_extra(struct vnif *nif, const struct xen_netif_extra_info *extra)
{
	struct vnif_rx_packet *p = &nif->packet;

	if (extra->type == XEN_NETIF_EXTRA_TYPE_NONE ||
	    extra->type >= XEN_NETIF_EXTRA_TYPE_MAX)
		return "receive: an extra info of an impossible type";
	/* Each type once: a longer chain has no end. */
	if (++p->extras >= XEN_NETIF_EXTRA_TYPE_MAX)
		return "receive: too many extra infos";
	p->extra = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;
	if (extra->type != XEN_NETIF_EXTRA_TYPE_GSO)
		return NULL;
	p->gso_size = extra->u.gso.size;
	p->gso_type = extra->u.gso.type;
	/* GSO_BY_FRAGS is the kernel's mark for something else. */
	if (p->gso_size == 0 || p->gso_size == GSO_BY_FRAGS ||
	    (p->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 &&
	     p->gso_type != XEN_NETIF_GSO_TYPE_TCPV6))
		drop_packet(p);
	return NULL;
}

/* Checksum and segmentation, after eth_type_trans(). False: the packet is another. */
static bool set_offloads(struct vnif *nif, struct sk_buff *skb,
			 const struct vnif_rx_packet *p)
{
	bool blank = p->flags & XEN_NETRXF_csum_blank;
	bool v4 = p->gso_type == XEN_NETIF_GSO_TYPE_TCPV4;

	if (!blank && !p->gso_size) {
		if (p->flags & XEN_NETRXF_data_validated &&
		    nif->dev->features & NETIF_F_RXCSUM)
			skb->ip_summed = CHECKSUM_UNNECESSARY;
		return true;
	}

	/* Segmentation needs a blank checksum; some back ends forget to say so. */
	if (!blank)
		vnif_count(&nif->rx_stats, checksums_repaired, 1);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb_reset_network_header(skb);
	if (skb_checksum_setup(skb, !blank))
		return false;
	if (!p->gso_size)
		return true;

	if (skb->protocol != htons(v4 ? ETH_P_IP : ETH_P_IPV6) ||
	    skb->csum_offset != offsetof(struct tcphdr, check))
		return false;
	skb_shinfo(skb)->gso_size = p->gso_size;
	/* The stack checks the headers and counts the segments before it relies on them.
	 */
	skb_shinfo(skb)->gso_type = (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY;
	skb_shinfo(skb)->gso_segs = 0;
	return true;
}

static void deliver(struct vnif *nif)
{
	struct vnif_rx_packet *p = &nif->packet;
	struct vnif_stats *stats = &nif->rx_stats;
	struct sk_buff *skb = p->skb;
	unsigned int len;

	p->skb = NULL;
	p->begun = false;
	if (!skb) {
		vnif_count(stats, dropped, 1);
		return;
	}
	len = skb->len;
	if (len > U16_MAX + VLAN_ETH_HLEN || !pskb_may_pull(skb, ETH_HLEN))
		goto bad;
	skb->protocol = eth_type_trans(skb, nif->dev);
	if (!set_offloads(nif, skb, p))
		goto bad;

	u64_stats_update_begin(&stats->sync);
	stats->c.packets++;
	stats->c.bytes += len;
	stats->c.copied += !skb_is_nonlinear(skb);
	u64_stats_update_end(&stats->sync);
	napi_gro_receive(&nif->napi, skb);
	return;

bad:
	vnif_count(stats, errors, 1);
	dev_kfree_skb_any(skb);
}

/* Each value once, which RING_COPY_RESPONSE does not see to */
static void read_response(const struct vnif *nif, struct xen_netif_rx_response *ret)
{
	const struct xen_netif_rx_response *rsp = RING_GET_RESPONSE(&nif->rx,
								    nif->rx.rsp_cons);

	ret->id = READ_ONCE(rsp->id);
	ret->offset = READ_ONCE(rsp->offset);
	ret->flags = READ_ONCE(rsp->flags);
	ret->status = READ_ONCE(rsp->status);
}

/* Returns NULL, or what is wrong with the response */
static const char *take_response(struct vnif *nif)
{
	struct vnif_rx_slot *slot = slot_at(nif, nif->rx.rsp_cons);
	struct vnif_rx_packet *p = &nif->packet;
	struct xen_netif_extra_info extra;
	struct xen_netif_rx_response rsp;
	const char *wrong;

	BUILD_BUG_ON(sizeof(extra) != sizeof(rsp));
	read_response(nif, &rsp);
	nif->rx.rsp_cons++;
	if (!end_grant(slot))
		return "receive: a response although the page is still in use";
	if (p->begun && p->extra) {
		memcpy(&extra, &rsp, sizeof(extra));
		wrong = take_extra(nif, &extra);
	} else {
		wrong = take_data(nif, slot, &rsp);
	}
	return wrong;
}

int vnif_rx_poll(struct vnif *nif, int budget)
{
	struct vnif_rx_packet *p = &nif->packet;
	const char *wrong = NULL;
	RING_IDX prod;
	int n = 0;

	if (test_bit(VNIF_BROKEN, &nif->flags))
		return 0;
	prod = READ_ONCE(nif->rx.sring->rsp_prod);
	if (prod - nif->rx.rsp_cons > nif->rx.req_prod_pvt - nif->rx.rsp_cons) {
		vnif_break(nif, "receive: more responses than requests");
		return 0;
	}
	virt_rmb(); /* the index before the responses */
	while (nif->rx.rsp_cons != prod && n < budget) {
		wrong = take_response(nif);
		if (wrong)
			break;
		nif->had_work = true;
		if (p->more || p->extra)
			continue;
		deliver(nif);
		n++;
	}
	if (wrong) {
		vnif_break(nif, wrong);
		return n;
	}
	if (!refill(nif, GFP_ATOMIC)) {
		vnif_count(&nif->rx_stats, no_memory, 1);
		mod_timer(&nif->refill, jiffies + REFILL_DELAY);
	}
	return n;
}

bool vnif_rx_pending(struct vnif *nif)
{
	bool pending;

	RING_FINAL_CHECK_FOR_RESPONSES(&nif->rx, pending);
	return pending;
}

int vnif_rx_init(struct vnif *nif)
{
	unsigned int i;
	int err;

	BUILD_BUG_ON(VNIF_RX_SLOTS > ARRAY_SIZE(nif->refs));
	memset(nif->rx_slots, 0, sizeof(nif->rx_slots));
	memset(&nif->packet, 0, sizeof(nif->packet));
	err = xenpv_ring_init(nif->xd, 1, &nif->rx_ring);
	if (err)
		return err;
	XEN_FRONT_RING_INIT(&nif->rx, (struct xen_netif_rx_sring *)nif->rx_ring.memory,
			    PAGE_SIZE);
	err = xenpv_grants_get(VNIF_RX_SLOTS, nif->refs);
	if (err)
		return err;
	for (i = 0; i < VNIF_RX_SLOTS; i++)
		nif->rx_slots[i].ref = nif->refs[i];
	return refill(nif, GFP_KERNEL) ? 0 : -ENOMEM;
}

void vnif_rx_done(struct vnif *nif)
{
	unsigned int i;

	for (i = 0; i < VNIF_RX_SLOTS; i++) {
		struct vnif_rx_slot *slot = &nif->rx_slots[i];

		if (end_grant(slot) && slot->page)
			__free_page(slot->page);
		slot->page = NULL;
		if (slot->ref != VNIF_NO_REF)
			xenpv_grants_put(1, &slot->ref);
		slot->ref = VNIF_NO_REF;
	}
	dev_kfree_skb_any(nif->packet.skb);
	memset(&nif->packet, 0, sizeof(nif->packet));
	xenpv_ring_done(&nif->rx_ring);
}
