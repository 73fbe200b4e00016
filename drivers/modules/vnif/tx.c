// SPDX-License-Identifier: GPL-2.0-only
/* Transmit: packets to requests */
#include <linux/netdevice.h>
#include <linux/string.h>

#include "vnif.h"

static u16 take_slot(struct vnif *nif, enum vnif_slot_kind kind)
{
	unsigned int id = nif->tx_free;

	nif->tx_free = nif->tx_slots[id].next;
	nif->tx_slots[id].kind = kind;
	return id;
}

static void put_extra(struct vnif *nif, const struct xen_netif_extra_info *extra)
{
	struct xen_netif_tx_request *place = RING_GET_REQUEST(&nif->tx,
							      nif->tx.req_prod_pvt);

	BUILD_BUG_ON(sizeof(*extra) > sizeof(*place));
	memset(place, 0, sizeof(*place));
	memcpy(place, extra, sizeof(*extra));
	nif->tx.req_prod_pvt++;
	nif->tx_extras++;
}

static void put_gso(struct vnif *nif, const struct sk_buff *skb)
{
	struct xen_netif_extra_info extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO };

	extra.u.gso.size = skb_shinfo(skb)->gso_size;
	extra.u.gso.type = skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6
				   ? XEN_NETIF_GSO_TYPE_TCPV6
				   : XEN_NETIF_GSO_TYPE_TCPV4;
	put_extra(nif, &extra);
}

static u16 first_flags(const struct sk_buff *skb)
{
	u16 flags = 0;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		flags |= XEN_NETTXF_csum_blank | XEN_NETTXF_data_validated;
	else if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		flags |= XEN_NETTXF_data_validated;
	if (skb_is_gso(skb))
		flags |= XEN_NETTXF_extra_info;
	return flags;
}

/* Under tx_lock, with room for all of it */
static void put_packet(struct vnif *nif, struct sk_buff *skb,
		       const struct vnif_tx_packet *p)
{
	unsigned int i;

	memset(VNIF_CB(skb), 0, sizeof(struct vnif_tx_cb));
	VNIF_CB(skb)->slots = p->n;
	for (i = 0; i < p->n; i++) {
		u16 id = take_slot(nif, VNIF_DATA);
		struct vnif_tx_slot *slot = &nif->tx_slots[id];
		struct xen_netif_tx_request request = {
			.gref = slot->ref,
			.offset = p->piece[i].offset,
			.flags = i == 0 ? first_flags(skb) : 0,
			.id = id,
			.size = i == 0 ? skb->len : p->piece[i].len,
		};

		if (i + 1 < p->n)
			request.flags |= XEN_NETTXF_more_data;
		slot->skb = skb;
		slot->page = p->piece[i].page;
		slot->own = p->own;
		xenpv_grant(slot->ref, nif->xd->otherend_id, slot->page, true);
		*RING_GET_REQUEST(&nif->tx, nif->tx.req_prod_pvt) = request;
		nif->tx.req_prod_pvt++;
		if (i == 0 && skb_is_gso(skb))
			put_gso(nif, skb);
	}
}

/* Under tx_lock */
static void push(struct vnif *nif)
{
	bool notify;

	if (!nif->live)
		return;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&nif->tx, notify);
	if (notify)
		xenpv_channel_notify(nif->channel);
}

/* Under tx_lock. The response that makes room again is awaited: it wakes the queue. */
static void stop_when_full(struct vnif *nif)
{
	if (RING_FREE_REQUESTS(&nif->tx) < VNIF_TX_NEED)
		netif_stop_queue(nif->dev);
}

static void count_sent(struct vnif_stats *stats, const struct sk_buff *skb, bool copied)
{
	u64_stats_update_begin(&stats->sync);
	stats->c.packets++;
	stats->c.bytes += skb->len;
	stats->c.copied += copied;
	u64_stats_update_end(&stats->sync);
}

static void drop(struct vnif *nif, struct sk_buff *skb, bool no_memory, bool more)
{
	unsigned long irq;

	spin_lock_irqsave(&nif->tx_lock, irq);
	vnif_count(&nif->tx_stats, dropped, 1);
	if (no_memory)
		vnif_count(&nif->tx_stats, no_memory, 1);
	/* The packets before this one may have been left for it to push. */
	if (!more)
		push(nif);
	spin_unlock_irqrestore(&nif->tx_lock, irq);
	dev_kfree_skb_any(skb);
}

netdev_tx_t vnif_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vnif *nif = netdev_priv(dev);
	bool more = netdev_xmit_more();
	struct vnif_tx_packet p;
	unsigned long irq;
	int err = vnif_tx_prepare(nif, skb, &p);

	if (err) {
		drop(nif, skb, err == -ENOMEM, more);
		return NETDEV_TX_OK;
	}
	/* It wakes up sockets, which is not for a time with interrupts off. */
	skb_tx_timestamp(skb);
	/* The back end may take long; a namespace that ends would wait for it. */
	nf_reset_ct(skb);

	spin_lock_irqsave(&nif->tx_lock, irq);
	if (!nif->live) {
		spin_unlock_irqrestore(&nif->tx_lock, irq);
		vnif_tx_free_copies(&p);
		drop(nif, skb, false, more);
		return NETDEV_TX_OK;
	}
	if (RING_FREE_REQUESTS(&nif->tx) < VNIF_TX_NEED) {
		netif_stop_queue(dev);
		push(nif);
		spin_unlock_irqrestore(&nif->tx_lock, irq);
		vnif_tx_free_copies(&p);
		return NETDEV_TX_BUSY;
	}
	put_packet(nif, skb, &p);
	count_sent(&nif->tx_stats, skb, p.own);
	stop_when_full(nif);
	if (!more || netif_queue_stopped(dev))
		push(nif);
	spin_unlock_irqrestore(&nif->tx_lock, irq);
	return NETDEV_TX_OK;
}

int vnif_tx_control(struct vnif *nif, u8 type, const u8 *address)
{
	struct xen_netif_extra_info extra = { .type = type };
	struct xen_netif_tx_request request = { .flags = XEN_NETTXF_extra_info };
	unsigned long irq;

	memcpy(extra.u.mcast.addr, address, sizeof(extra.u.mcast.addr));
	spin_lock_irqsave(&nif->tx_lock, irq);
	if (!nif->live || RING_FREE_REQUESTS(&nif->tx) < 2) {
		spin_unlock_irqrestore(&nif->tx_lock, irq);
		return -ENOSPC;
	}
	request.id = take_slot(nif, VNIF_CONTROL);
	*RING_GET_REQUEST(&nif->tx, nif->tx.req_prod_pvt) = request;
	nif->tx.req_prod_pvt++;
	put_extra(nif, &extra);
	stop_when_full(nif);
	push(nif);
	spin_unlock_irqrestore(&nif->tx_lock, irq);
	return 0;
}
