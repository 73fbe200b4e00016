// SPDX-License-Identifier: GPL-2.0-only
/* A packet to transmit in pieces that can be granted: its own pages, or copies */
#include <linux/etherdevice.h>
#include <linux/mm.h>

#include "vnif.h"

static bool add_piece(struct vnif_tx_packet *p, struct page *page, size_t offset,
		      size_t len)
{
	page += offset >> PAGE_SHIFT;
	offset = offset_in_page(offset);
	while (len > 0) {
		size_t part = min_t(size_t, len, PAGE_SIZE - offset);

		if (p->n == ARRAY_SIZE(p->piece))
			return false;
		p->piece[p->n].page = page++;
		p->piece[p->n].offset = offset;
		p->piece[p->n].len = part;
		p->n++;
		len -= part;
		offset = 0;
	}
	return true;
}

/* The skb's own pages. False: the back end would not take it in these pieces. */
static bool map_skb(const struct vnif *nif, const struct sk_buff *skb,
		    struct vnif_tx_packet *p)
{
	unsigned int i;

	if (!add_piece(p, virt_to_page(skb->data), offset_in_page(skb->data),
		       skb_headlen(skb)))
		return false;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (!add_piece(p, skb_frag_page(frag), skb_frag_off(frag),
			       skb_frag_size(frag)))
			return false;
	}
	/* Back ends want the Ethernet header in the first piece. */
	if (p->piece[0].len < ETH_HLEN)
		return false;
	return p->n == 1 || nif->offer.sg;
}

void vnif_tx_free_copies(struct vnif_tx_packet *p)
{
	while (p->own && p->n > 0)
		__free_page(p->piece[--p->n].page);
}

/* Pages that hold nothing but the packet */
static int copy_skb(const struct vnif *nif, const struct sk_buff *skb,
		    struct vnif_tx_packet *p)
{
	unsigned int done = 0;

	p->n = 0;
	p->own = true;
	if (skb->len > PAGE_SIZE && !nif->offer.sg)
		return -EMSGSIZE;

	while (done < skb->len) {
		unsigned int len = min_t(unsigned int, skb->len - done, PAGE_SIZE);
		struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
		u8 *to;

		if (!page)
			goto no_memory;
		p->piece[p->n].page = page;
		p->piece[p->n].offset = 0;
		p->piece[p->n].len = len;
		p->n++;
		to = page_address(page);
		if (skb_copy_bits(skb, done, to, len))
			goto no_memory;
		memset(to + len, 0, PAGE_SIZE - len);
		done += len;
	}
	return 0;

no_memory:
	vnif_tx_free_copies(p);
	return -ENOMEM;
}

int vnif_tx_prepare(const struct vnif *nif, struct sk_buff *skb, struct vnif_tx_packet *p)
{
	p->n = 0;
	p->own = false;
	/* A copy of 64 KiB is 16 pieces. */
	BUILD_BUG_ON(DIV_ROUND_UP(XEN_NETIF_MAX_TX_SIZE, PAGE_SIZE) >
		     XEN_NETIF_NR_SLOTS_MIN);
	if (skb->len < ETH_HLEN || skb->len > XEN_NETIF_MAX_TX_SIZE)
		return -EMSGSIZE;
	/* Not what a user program lent us for a moment only: the back end takes its time.
	 */
	if (skb_orphan_frags(skb, GFP_ATOMIC))
		return -ENOMEM;
	if (nif->offer.trusted && map_skb(nif, skb, p))
		return 0;
	return copy_skb(nif, skb, p);
}
