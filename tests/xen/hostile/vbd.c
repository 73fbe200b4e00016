/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk whose answers make no sense. Its reads are answered without any data. */
#include <stdio.h>
#include <string.h>

#include "hostile.h"
#include <xen/xen.h>
#include <xen/io/blkif.h>

#define PAGES_MAX 16

static struct {
	blkif_sring_t *shared;
	blkif_back_ring_t ring;
	unsigned int pages;
} disk;

static void describe(struct end *e)
{
	put(e, e->front, "virtual-device", "%d", e->id);
	put(e, e->front, "device-type", "disk");
	put(e, e->back, "mode", "w");
	put(e, e->back, "device-type", "disk");
	put(e, e->back, "sectors", "%u", 1024 + pick(e, 100000));
	put(e, e->back, "sector-size", "%u",
	    once_in(e, 8) ? pick(e, 100000) : 512u << (pick(e, 4) / 3 * 3));
	put(e, e->back, "info", "%u", pick(e, 2) * 4);
	put(e, e->back, "feature-flush-cache", "%u", pick(e, 2));
	put(e, e->back, "feature-barrier", "%u", pick(e, 2));
	put(e, e->back, "feature-persistent", "%u", pick(e, 2));
	put(e, e->back, "feature-discard", "%u", pick(e, 2));
	put(e, e->back, "discard-granularity", "%u", pick(e, 100000));
	put(e, e->back, "feature-max-indirect-segments", "%u",
	    once_in(e, 4) ? pick(e, UINT32_MAX) : pick(e, 300));
	put(e, e->back, "max-ring-page-order", "%u", pick(e, 6));
}

static int map(struct end *e)
{
	long order = get(e, e->front, "ring-page-order");
	uint32_t refs[PAGES_MAX];
	char node[32] = "ring-ref";

	disk.pages = order < 0 ? 1 : 1u << order;
	if (disk.pages > PAGES_MAX)
		return -1;
	for (unsigned int i = 0; i < disk.pages; i++) {
		if (order >= 0)
			snprintf(node, sizeof(node), "ring-ref%u", i);
		refs[i] = (uint32_t)get(e, e->front, node);
	}
	disk.shared = map_refs(e, refs, disk.pages);
	if (!disk.shared)
		return -1;
	BACK_RING_INIT(&disk.ring, disk.shared, disk.pages * 4096);
	return 0;
}

static void unmap(struct end *e)
{
	xengnttab_unmap(e->grants, disk.shared, disk.pages);
}

static blkif_response_t sensible(const blkif_request_t *q)
{
	blkif_response_t a;

	memset(&a, 0, sizeof(a));
	a.id = q->id;
	a.operation = q->operation;
	/* A barrier without data is an error to the back ends of Xen 3 */
	a.status = q->operation == BLKIF_OP_WRITE_BARRIER ? BLKIF_RSP_ERROR
							  : BLKIF_RSP_OKAY;
	return a;
}

/* Lie about one thing */
static void spoil(struct end *e, blkif_response_t *a)
{
	switch (pick(e, 6)) {
	case 0:
		a->id = pick(e, 64); /* perhaps another's */
		break;
	case 1:
		a->id = (uint64_t)pick(e, UINT32_MAX) << 16 | pick(e, 65536);
		break;
	case 2:
		a->operation = (uint8_t)pick(e, 256);
		break;
	case 3:
		a->status = (int16_t)pick(e, 65536);
		break;
	case 4:
		a->status = BLKIF_RSP_EOPNOTSUPP;
		break;
	default:
		for (size_t i = 0; i < sizeof(*a); i++)
			((uint8_t *)a)[i] = (uint8_t)pick(e, 256);
	}
}

static void push(blkif_response_t a)
{
	*RING_GET_RESPONSE(&disk.ring, disk.ring.rsp_prod_pvt) = a;
	disk.ring.rsp_prod_pvt++;
}

/* What lies in the ring, or its indexes */
static void scribble(struct end *e)
{
	uint8_t *bytes = (uint8_t *)disk.shared;

	switch (pick(e, 4)) {
	case 0:
		disk.shared->rsp_prod += pick(e, 3) ? pick(e, 8) : pick(e, UINT32_MAX);
		break;
	case 1:
		disk.shared->rsp_prod -= pick(e, 8);
		break;
	case 2:
		disk.shared->req_event = pick(e, UINT32_MAX);
		break;
	default:
		for (int i = 0; i < 64; i++)
			bytes[pick(e, disk.pages * 4096)] = (uint8_t)pick(e, 256);
	}
	e->bad++;
}

static void answer(struct end *e)
{
	RING_IDX end = disk.shared->req_prod;
	blkif_response_t a;

	xen_rmb();
	if (end - disk.ring.req_cons > RING_SIZE(&disk.ring))
		end = disk.ring.req_cons;
	while (disk.ring.req_cons != end) {
		blkif_request_t q = *RING_GET_REQUEST(&disk.ring, disk.ring.req_cons);

		disk.ring.req_cons++;
		a = sensible(&q);
		if (once_in(e, 50)) {
			spoil(e, &a);
			e->bad++;
		} else {
			e->good++;
		}
		push(a);
		if (once_in(e, 300)) {
			push(a); /* once more */
			e->bad++;
		}
	}
	xen_wmb();
	disk.shared->rsp_prod = disk.ring.rsp_prod_pvt;
	if (once_in(e, 200))
		scribble(e);
	/* Also for nothing */
	for (uint32_t i = once_in(e, 20) ? pick(e, 1000) : 1; i > 0; i--)
		ring_bell(e);
}

const struct kind hostile_vbd = {
	.type = "vbd",
	.ready = STATE_INITIALISED,
	.describe = describe,
	.map = map,
	.unmap = unmap,
	.answer = answer,
};
