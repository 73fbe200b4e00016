// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grant table, version 1: an entry of eight bytes says which domain may use
 * which of our pages. Xen notes in its flags that the other domain has the page
 * mapped; until that is over, the page must stay what it is.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "platform.h"

#define PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
/* The first ones are the tool stack's: console, store */
#define RESERVED GNTTAB_NR_RESERVED_ENTRIES
#define AGAIN	 HZ
/* That part of the table is for those who cannot do without */
#define SPARE 8

/* Given up by us, not yet by the other end */
struct held {
	struct list_head list;
	grant_ref_t ref;
	struct page *page;
};

static struct {
	struct grant_entry_v1 *entry;
	spinlock_t lock;
	unsigned int frames;
	unsigned int max_frames;
	unsigned int n_free;
	grant_ref_t *free; /* a stack of those in no use */
	struct list_head held;
	struct delayed_work work;
} grants = {
	.lock = __SPIN_LOCK_UNLOCKED(grants.lock),
	.held = LIST_HEAD_INIT(grants.held),
};

/*
 * Granted by a kernel before this one (kexec), whose memory is ours now: taken back
 * where that can be, and the number not used again, as its back end still may.
 */
static bool is_left(grant_ref_t ref)
{
	if (!READ_ONCE(grants.entry[ref].flags))
		return false;
	xenpv_grant_end(ref);
	return true;
}

/* One more frame; with the lock */
static int grow(void)
{
	unsigned int first = grants.frames * PER_FRAME;
	unsigned int i;
	int r;

	if (grants.frames == grants.max_frames)
		return -ENOSPC;
	r = platform_map(PAGE_GRANTS + grants.frames, XENMAPSPACE_grant_table,
			 grants.frames);
	if (r < 0)
		return r;
	grants.frames++;
	for (i = PER_FRAME; i-- > 0;)
		if (first + i >= RESERVED && !is_left(first + i))
			grants.free[grants.n_free++] = first + i;
	return 0;
}

bool xenpv_grants_plenty(void)
{
	unsigned int more = (grants.max_frames - READ_ONCE(grants.frames)) * PER_FRAME;

	return READ_ONCE(grants.n_free) + more > grants.max_frames * PER_FRAME / SPARE;
}
EXPORT_SYMBOL_GPL(xenpv_grants_plenty);

int xenpv_grants_get(unsigned int n, grant_ref_t *ret_refs)
{
	unsigned long flags;
	unsigned int i;
	int r = 0;

	if (!grants.free)
		return -ENODEV;
	spin_lock_irqsave(&grants.lock, flags);
	while (grants.n_free < n && r == 0)
		r = grow();
	for (i = 0; i < n && r == 0; i++)
		ret_refs[i] = grants.free[--grants.n_free];
	spin_unlock_irqrestore(&grants.lock, flags);
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_grants_get);

void xenpv_grants_put(unsigned int n, const grant_ref_t *refs)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&grants.lock, flags);
	for (i = 0; i < n; i++)
		grants.free[grants.n_free++] = refs[i];
	spin_unlock_irqrestore(&grants.lock, flags);
}
EXPORT_SYMBOL_GPL(xenpv_grants_put);

void xenpv_grant(grant_ref_t ref, domid_t to, struct page *page, bool read_only)
{
	struct grant_entry_v1 *e = &grants.entry[ref];

	WRITE_ONCE(e->frame, page_to_pfn(page));
	WRITE_ONCE(e->domid, to);
	/* The flags make the entry good: last */
	virt_wmb();
	WRITE_ONCE(e->flags, GTF_permit_access | (read_only ? GTF_readonly : 0));
}
EXPORT_SYMBOL_GPL(xenpv_grant);

bool xenpv_grant_end(grant_ref_t ref)
{
	u16 *flags = &grants.entry[ref].flags;
	u16 now = READ_ONCE(*flags);
	u16 seen;

	do {
		seen = now;
		if (seen & (GTF_reading | GTF_writing))
			return false;
		now = sync_cmpxchg(flags, seen, 0);
	} while (now != seen);
	return true;
}
EXPORT_SYMBOL_GPL(xenpv_grant_end);

static void discarded(grant_ref_t ref, struct page *page)
{
	xenpv_grants_put(1, &ref);
	if (page)
		put_page(page);
}

void xenpv_grant_discard(grant_ref_t ref, struct page *page)
{
	struct held *h;
	unsigned long flags;

	if (xenpv_grant_end(ref)) {
		discarded(ref, page);
		return;
	}
	h = kmalloc(sizeof(*h), GFP_ATOMIC | __GFP_NOWARN);
	if (!h) {
		pr_warn_ratelimited("grant %u is still in use: its page is lost\n", ref);
		return;
	}
	h->ref = ref;
	h->page = page;
	spin_lock_irqsave(&grants.lock, flags);
	list_add_tail(&h->list, &grants.held);
	spin_unlock_irqrestore(&grants.lock, flags);
	schedule_delayed_work(&grants.work, AGAIN);
}
EXPORT_SYMBOL_GPL(xenpv_grant_discard);

static void try_held(struct work_struct *work)
{
	struct held *h;
	struct held *next;
	unsigned long flags;
	LIST_HEAD(mine);

	spin_lock_irqsave(&grants.lock, flags);
	list_splice_init(&grants.held, &mine);
	spin_unlock_irqrestore(&grants.lock, flags);
	list_for_each_entry_safe (h, next, &mine, list) {
		if (!xenpv_grant_end(h->ref))
			continue;
		list_del(&h->list);
		discarded(h->ref, h->page);
		kfree(h);
	}
	if (list_empty(&mine))
		return;
	spin_lock_irqsave(&grants.lock, flags);
	list_splice(&mine, &grants.held);
	spin_unlock_irqrestore(&grants.lock, flags);
	schedule_delayed_work(&grants.work, AGAIN);
}

/*
 * The new host's table has our frames' numbers, and nothing granted. What was
 * granted on the old one is ended by that; the frames are ours again to map.
 */
int grants_resume(void)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < grants.frames && r == 0; i++)
		r = platform_map(PAGE_GRANTS + i, XENMAPSPACE_grant_table, i);
	return r;
}

int grants_init(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	grant_ref_t *stack;
	unsigned long flags;
	int r;

	r = grant_op(GNTTABOP_query_size, &q, 1);
	if (r < 0)
		return r;
	if (q.status != GNTST_okay || !q.max_nr_frames)
		return -EIO;
	INIT_DELAYED_WORK(&grants.work, try_held);
	for (grants.max_frames = q.max_nr_frames;
	     !platform_memory(PAGE_GRANTS + grants.max_frames - 1);)
		grants.max_frames--;
	grants.entry = platform_memory(PAGE_GRANTS);
	stack = kvmalloc_array(grants.max_frames * PER_FRAME, sizeof(*stack), GFP_KERNEL);
	if (!stack)
		return -ENOMEM;
	spin_lock_irqsave(&grants.lock, flags);
	grants.free = stack;
	/* All that there are, for what a kernel before this one left in them */
	do
		r = grow();
	while (r == 0 && grants.frames < min(q.nr_frames, grants.max_frames));
	spin_unlock_irqrestore(&grants.lock, flags);
	return r;
}
