/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A NIC whose packets and answers make no sense. */
#include <string.h>

#include "hostile.h"
#include <xen/xen.h>
#include <xen/io/netif.h>

static struct {
	netif_tx_sring_t *tx_shared;
	netif_tx_back_ring_t tx;
	netif_rx_sring_t *rx_shared;
	netif_rx_back_ring_t rx;
} nic;

static void describe(struct end *e)
{
	put(e, e->front, "handle", "%d", e->id);
	put(e, e->front, "mac", "00:16:3e:00:01:%02x", e->id & 255);
	put(e, e->back, "handle", "%d", e->id);
	put(e, e->back, "feature-rx-copy", "1");
	put(e, e->back, "feature-sg", "%u", pick(e, 2));
	put(e, e->back, "feature-gso-tcpv4", "%u", pick(e, 2));
	put(e, e->back, "feature-gso-tcpv6", "%u", pick(e, 2));
	put(e, e->back, "feature-ipv6-csum-offload", "%u", pick(e, 2));
	put(e, e->back, "feature-multicast-control", "%u", pick(e, 2));
	put(e, e->back, "mtu", "%u", once_in(e, 4) ? pick(e, UINT32_MAX) : 1500);
}

static void unmap(struct end *e)
{
	if (nic.tx_shared)
		xengnttab_unmap(e->grants, nic.tx_shared, 1);
	if (nic.rx_shared)
		xengnttab_unmap(e->grants, nic.rx_shared, 1);
}

static int map(struct end *e)
{
	uint32_t tx = (uint32_t)get(e, e->front, "tx-ring-ref");
	uint32_t rx = (uint32_t)get(e, e->front, "rx-ring-ref");

	nic.tx_shared = map_refs(e, &tx, 1);
	nic.rx_shared = map_refs(e, &rx, 1);
	if (!nic.tx_shared || !nic.rx_shared) {
		unmap(e);
		return -1;
	}
	BACK_RING_INIT(&nic.tx, nic.tx_shared, 4096);
	BACK_RING_INIT(&nic.rx, nic.rx_shared, 4096);
	return 0;
}

static void count(struct end *e, bool bad)
{
	if (bad)
		e->bad++;
	else
		e->good++;
}

static void answer_tx(struct end *e)
{
	RING_IDX end = nic.tx_shared->req_prod;

	xen_rmb();
	if (end - nic.tx.req_cons > RING_SIZE(&nic.tx))
		end = nic.tx.req_cons;
	while (nic.tx.req_cons != end) {
		netif_tx_request_t q = *RING_GET_REQUEST(&nic.tx, nic.tx.req_cons);
		netif_tx_response_t a = { .id = q.id, .status = NETIF_RSP_OKAY };
		bool bad = once_in(e, 100);

		nic.tx.req_cons++;
		if (bad && once_in(e, 2))
			a.id = (uint16_t)pick(e, once_in(e, 2) ? 256 : 65536);
		else if (bad)
			a.status = (int16_t)pick(e, 65536);
		*RING_GET_RESPONSE(&nic.tx, nic.tx.rsp_prod_pvt) = a;
		nic.tx.rsp_prod_pvt++;
		count(e, bad);
	}
	xen_wmb();
	nic.tx_shared->rsp_prod = nic.tx.rsp_prod_pvt;
}

/* Packets out of nothing: what lies in the guest's own pages */
static void answer_rx(struct end *e)
{
	RING_IDX end = nic.rx_shared->req_prod;
	uint32_t n = pick(e, 8);

	xen_rmb();
	if (end - nic.rx.req_cons > RING_SIZE(&nic.rx))
		end = nic.rx.req_cons;
	for (; n > 0 && nic.rx.req_cons != end; n--) {
		netif_rx_request_t q = *RING_GET_REQUEST(&nic.rx, nic.rx.req_cons);
		netif_rx_response_t a = { .id = q.id, .offset = 0 };
		bool bad = once_in(e, 20);

		nic.rx.req_cons++;
		a.flags = (uint16_t)(pick(e, 16) ? pick(e, 4) : pick(e, 16));
		a.status = (int16_t)(60 + pick(e, 1440));
		if (bad) {
			a.flags = (uint16_t)pick(e, 65536);
			a.offset = (uint16_t)pick(e, 65536);
			a.status = (int16_t)pick(e, 65536);
			if (once_in(e, 4))
				a.id = (uint16_t)pick(e, 65536);
		}
		*RING_GET_RESPONSE(&nic.rx, nic.rx.rsp_prod_pvt) = a;
		nic.rx.rsp_prod_pvt++;
		count(e, bad);
	}
	xen_wmb();
	nic.rx_shared->rsp_prod = nic.rx.rsp_prod_pvt;
}

static void scribble(struct end *e)
{
	uint8_t *bytes = (uint8_t *)(once_in(e, 2) ? (void *)nic.tx_shared
						   : nic.rx_shared);

	switch (pick(e, 4)) {
	case 0:
		nic.rx_shared->rsp_prod += pick(e, 3) ? pick(e, 8) : pick(e, UINT32_MAX);
		break;
	case 1:
		nic.tx_shared->rsp_prod += pick(e, 3) ? pick(e, 8) : pick(e, UINT32_MAX);
		break;
	case 2:
		nic.tx_shared->rsp_prod -= pick(e, 8);
		break;
	default:
		for (int i = 0; i < 64; i++)
			bytes[pick(e, 4096)] = (uint8_t)pick(e, 256);
	}
	e->bad++;
}

static void answer(struct end *e)
{
	answer_tx(e);
	answer_rx(e);
	if (once_in(e, 200))
		scribble(e);
	for (uint32_t i = once_in(e, 20) ? pick(e, 1000) : 1; i > 0; i--)
		ring_bell(e);
}

const struct kind hostile_vif = {
	.type = "vif",
	.ready = STATE_CONNECTED,
	.describe = describe,
	.map = map,
	.unmap = unmap,
	.answer = answer,
};
