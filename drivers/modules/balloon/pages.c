// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages into the balloon and out of it.
 *
 * A page of the balloon is allocated to us, is marked offline, so that what dumps or
 * saves memory leaves it alone, and is not among the pages that the kernel says it
 * manages. Nobody maps it; behind its frame number there is no memory.
 *
 * Pages are not cleared: the host clears what it gives to another guest, and what it
 * gives to this one.
 */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/interface/xen.h> /* before memory.h */
#include <xen/interface/memory.h>
#include "balloon.h"

/*
 * Page cache may go for it, but it is never worth the last reserves, a long search,
 * or the life of a process.
 */
#define BALLOON_GFP (GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN)

void balloon_stock_init(struct balloon *b)
{
	unsigned int i;

	for (i = 0; i < BALLOON_KINDS; i++)
		INIT_LIST_HEAD(&b->stock[i].list);
}

unsigned long balloon_size(const struct balloon *b)
{
	return READ_ONCE(b->stock[BALLOON_LOW].pages) +
	       READ_ONCE(b->stock[BALLOON_HIGH].pages);
}

static struct page *withdraw_page(void)
{
	struct page *page = alloc_page(BALLOON_GFP);

	if (!page)
		return NULL;
	__SetPageOffline(page);
	adjust_managed_page_count(page, -1);
	return page;
}

static void return_page(struct page *page)
{
	adjust_managed_page_count(page, 1);
	__ClearPageOffline(page);
	__free_page(page);
}

static void stock_add(struct balloon *b, struct page *page)
{
	struct balloon_stock *s =
		&b->stock[PageHighMem(page) ? BALLOON_HIGH : BALLOON_LOW];

	list_add(&page->lru, &s->list);
	WRITE_ONCE(s->pages, s->pages + 1);
}

/* The first @n of b->gfns; returns for how many, from the first on, it was done */
static unsigned long change_reservation(struct balloon *b, unsigned int command,
					unsigned long n)
{
	struct xen_memory_reservation change = {
		.nr_extents = n,
		.domid = DOMID_SELF,
	};
	long done;

	if (!n)
		return 0;
	set_xen_guest_handle(change.extent_start, b->gfns);
	done = xenpv_memory_op(command, &change);
	if (done < 0) {
		pr_debug("memory operation %u: error %ld\n", command, done);
		return 0;
	}
	return min_t(unsigned long, done, n);
}

unsigned long balloon_inflate(struct balloon *b, unsigned long n)
{
	struct page *page;
	LIST_HEAD(withdrawn);
	unsigned long taken;
	unsigned long i;

	n = min(n, BALLOON_BATCH);
	for (i = 0; i < n; i++) {
		page = withdraw_page();
		if (!page)
			break;
		list_add_tail(&page->lru, &withdrawn);
		b->gfns[i] = page_to_pfn(page);
	}
	taken = change_reservation(b, XENMEM_decrease_reservation, i);
	for (i = 0; !list_empty(&withdrawn); i++) {
		page = list_first_entry(&withdrawn, struct page, lru);
		list_del(&page->lru);
		if (i < taken)
			stock_add(b, page);
		else
			return_page(page);
	}
	return taken;
}

unsigned long balloon_deflate(struct balloon *b, unsigned long n)
{
	struct balloon_stock *s = &b->stock[BALLOON_LOW];
	struct page *page;
	unsigned long came;
	unsigned long i;

	/* The kernel itself can use low memory only, so that comes back first */
	if (!s->pages)
		s = &b->stock[BALLOON_HIGH];
	n = min3(n, s->pages, BALLOON_BATCH);
	page = list_first_entry(&s->list, struct page, lru);
	for (i = 0; i < n; i++) {
		b->gfns[i] = page_to_pfn(page);
		page = list_next_entry(page, lru);
	}
	came = change_reservation(b, XENMEM_populate_physmap, n);
	for (i = 0; i < came; i++) {
		page = list_first_entry(&s->list, struct page, lru);
		list_del(&page->lru);
		WRITE_ONCE(s->pages, s->pages - 1);
		return_page(page);
	}
	return came;
}
