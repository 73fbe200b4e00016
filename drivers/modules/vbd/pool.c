// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages that data is copied through. Each has its grant reference for life.
 *
 * With persistent grants a page stays granted. Without, the grant is taken back
 * when the request is done; where the back end has not let go of the page, it
 * just stays granted and in the pool. So a page that the back end may write to
 * is never used for anything but this device's data, and the number of them is
 * bounded whatever the back end does.
 */
#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "compat.h"
#include "vbd.h"

/* Zeroed, as the back end sees all of the page; not in highmem, to be there without kmap
 */
static struct vbd_buffer *vbd_buffer_new(gfp_t gfp)
{
	struct vbd_buffer *b;

	b = kzalloc(sizeof(*b), gfp);
	if (!b)
		return NULL;
	b->page = alloc_page(gfp | __GFP_ZERO);
	if (!b->page)
		goto no_page;
	if (xenpv_grants_get(1, &b->ref))
		goto no_ref;
	return b;

no_ref:
	__free_page(b->page);
no_page:
	kfree(b);
	return NULL;
}

static void vbd_buffer_free(struct vbd_buffer *b)
{
	if (b->granted) {
		xenpv_grant_discard(b->ref, b->page);
	} else {
		xenpv_grants_put(1, &b->ref);
		__free_page(b->page);
	}
	kfree(b);
}

static void vbd_pool_add(struct vbd *v, struct vbd_buffer *b)
{
	list_add(&b->list, &v->free);
	v->n_free++;
	v->n_buffers++;
}

/* The pages of data, and the one with their descriptions */
static unsigned int vbd_pool_least(const struct vbd *v)
{
	return v->f.pages + 1;
}

static unsigned int vbd_pool_most(const struct vbd *v)
{
	return max_t(unsigned int, VBD_POOL_MAX, vbd_pool_least(v));
}

int vbd_pool_fill(struct vbd *v)
{
	struct vbd_buffer *b;

	/* Nobody else adds or takes away: this is before the first request */
	while (v->n_buffers < vbd_pool_least(v)) {
		b = vbd_buffer_new(GFP_NOIO);
		if (!b)
			return -ENOMEM;
		spin_lock_irq(&v->lock);
		vbd_pool_add(v, b);
		spin_unlock_irq(&v->lock);
	}
	return 0;
}

int vbd_pool_get(struct vbd *v, unsigned int n, struct list_head *ret)
{
	struct vbd_buffer *b;

	while (v->n_free < n) {
		if (v->n_buffers >= vbd_pool_most(v) || !xenpv_grants_plenty())
			return -EAGAIN;
		b = vbd_buffer_new(GFP_NOWAIT | __GFP_NOWARN);
		if (!b)
			return -ENOMEM;
		vbd_pool_add(v, b);
	}
	v->n_free -= n;
	for (; n; n--)
		list_move_tail(v->free.next, ret);
	return 0;
}

void vbd_pool_put(struct vbd *v, struct list_head *buffers)
{
	struct vbd_buffer *b;
	struct vbd_buffer *next;

	list_for_each_entry_safe (b, next, buffers, list) {
		if (b->granted && !v->f.persistent)
			b->granted = !xenpv_grant_end(b->ref);
		/* At the head: the latest are in the caches, the back end's too */
		list_move(&b->list, &v->free);
		v->n_free++;
	}
}

void vbd_buffer_grant(struct vbd *v, struct vbd_buffer *b)
{
	if (b->granted)
		return;
	xenpv_grant(b->ref, v->xd->otherend_id, b->page, false);
	b->granted = true;
}

void vbd_pool_revoke(struct vbd *v)
{
	struct vbd_buffer *b;
	struct vbd_buffer *next;

	spin_lock_irq(&v->lock);
	list_for_each_entry_safe (b, next, &v->free, list) {
		if (!b->granted)
			continue;
		if (xenpv_grant_end(b->ref)) {
			b->granted = false;
			continue;
		}
		list_del(&b->list);
		v->n_free--;
		v->n_buffers--;
		vbd_buffer_free(b);
	}
	spin_unlock_irq(&v->lock);
}

void vbd_pool_free(struct vbd *v)
{
	struct vbd_buffer *b;
	struct vbd_buffer *next;

	WARN_ON_ONCE(v->n_free != v->n_buffers);
	list_for_each_entry_safe (b, next, &v->free, list) {
		list_del(&b->list);
		vbd_buffer_free(b);
	}
	v->n_free = 0;
	v->n_buffers = 0;
}

/* --- the pages of one request ------------------------------------------------- */

void vbd_copy(struct request *rq, struct vbd_io *io, bool in)
{
	struct vbd_buffer *b = list_first_entry(&io->buffers, struct vbd_buffer, list);
	unsigned int left = io->bytes;
	struct req_iterator iter;
	unsigned int at = 0;
	unsigned int done;
	struct bio_vec bv;
	unsigned int n;
	u8 *theirs;
	u8 *ours;

	rq_for_each_segment (bv, rq, iter) {
		theirs = vbd_map(bv.bv_page);
		for (done = 0; left && done < bv.bv_len; done += n) {
			if (at == PAGE_SIZE) {
				b = list_next_entry(b, list);
				at = 0;
			}
			n = min3(bv.bv_len - done, left, (unsigned int)PAGE_SIZE - at);
			ours = page_address(b->page);
			if (in)
				memcpy(theirs + bv.bv_offset + done, ours + at, n);
			else
				memcpy(ours + at, theirs + bv.bv_offset + done, n);
			at += n;
			left -= n;
		}
		vbd_unmap(theirs);
		if (!left)
			return;
	}
}

void vbd_put_buffers(struct vbd *v, struct vbd_io *io)
{
	vbd_pool_put(v, &io->buffers);
	vbd_pool_put(v, &io->table);
}
