// SPDX-License-Identifier: GPL-2.0-only
/* Pages that a driver and its back end share for a ring. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "xenpv.h"

int xenpv_ring_init(struct xenpv_device *xd, unsigned int pages, struct xenpv_ring *ret)
{
	struct xenpv_ring ring = { .pages = 0 };
	int r;

	if (!pages || pages > XENPV_RING_PAGES)
		return -EINVAL;
	r = xenpv_grants_get(pages, ring.ref);
	if (r < 0)
		return r;
	for (; ring.pages < pages; ring.pages++) {
		ring.page[ring.pages] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!ring.page[ring.pages])
			break;
	}
	if (ring.pages == pages)
		ring.memory = vmap(ring.page, pages, VM_MAP, PAGE_KERNEL);
	if (!ring.memory) {
		while (ring.pages > 0)
			__free_page(ring.page[--ring.pages]);
		xenpv_grants_put(pages, ring.ref);
		return -ENOMEM;
	}
	for (pages = 0; pages < ring.pages; pages++)
		xenpv_grant(ring.ref[pages], xd->otherend_id, ring.page[pages], false);
	*ret = ring;
	return 0;
}
EXPORT_SYMBOL_GPL(xenpv_ring_init);

void xenpv_ring_done(struct xenpv_ring *ring)
{
	unsigned int i;

	if (!ring->memory)
		return;
	vunmap(ring->memory);
	ring->memory = NULL;
	for (i = 0; i < ring->pages; i++)
		xenpv_grant_discard(ring->ref[i], ring->page[i]);
}
EXPORT_SYMBOL_GPL(xenpv_ring_done);
