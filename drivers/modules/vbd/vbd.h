/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-vbd: the front end of a virtual block device.
 *
 * All data goes through pages of our own (pool.c); the memory of a bio is never
 * granted. Three things follow. The back end sees nothing but what is read and
 * written, as a grant covers a whole page and a buffer often less. A request
 * can be failed at any time, even while the back end still has its pages: they
 * stay in the pool, and nobody else ever gets them. And a buffer may begin
 * anywhere, in highmem too. The price is a copy, which persistent grants need
 * anyway.
 *
 * One ring per device. The back end's multi-queue-max-queues is ignored, which
 * the protocol allows.
 */
#ifndef VBD_H
#define VBD_H

#include <linux/blk-mq.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/interface/io/blkif.h>
#include "xenpv.h"

#define VBD_MAJOR 202
/* No more pages than this for a device, unless one request needs them: 4 MB */
#define VBD_POOL_MAX 1056
/* The descriptions of so many pages fit into the one page that we use for them */
#define VBD_INDIRECT_MAX 256
/* In the place of a BLKIF_OP_...: nothing to ask the back end for */
#define VBD_NO_OP 0xff

/* --- names.c ------------------------------------------------------------------ */

enum vbd_scheme {
	VBD_IDE,
	VBD_SCSI,
	VBD_XVD,
};

struct vbd_name {
	char text[16]; /* "xvda" */
	enum vbd_scheme scheme;
	unsigned int disk; /* 0 for hda, sda, xvda */
	unsigned int part; /* 0: a whole disk */
	unsigned int first_minor;
	unsigned int minors;
};

/* What the number of a virtual device stands for. -EINVAL: nothing that is known */
int vbd_name(u32 number, struct vbd_name *ret);
/* Whether the device model emulates this disk too, out of a set of enum xenpv_emulated */
bool vbd_emulated(const struct vbd_name *name, unsigned int emulated);

/* --- the device --------------------------------------------------------------- */

struct vbd_options {
	unsigned int ring_pages;
	unsigned int indirect;
	bool persistent;
};

/* What the back end offers, checked */
struct vbd_features {
	u64 sectors; /* of 512 bytes, as everywhere in the protocol */
	unsigned int logical;
	unsigned int physical;
	bool cdrom;
	bool removable;
	bool read_only;
	bool persistent;
	unsigned int pages; /* the most in one request */
	u8 flush;	    /* the operation, or VBD_NO_OP */
	bool barrier;
	bool discard;
	bool secure;
	unsigned int granularity;
	unsigned int alignment;
};

struct vbd_buffer {
	struct list_head list;
	struct page *page;
	grant_ref_t ref;
	bool granted;
};

/* Beside each struct request */
struct vbd_io {
	struct list_head buffers; /* the data, one page after the other */
	struct list_head table;	  /* none, or the one with their descriptions */
	unsigned int bytes;	  /* of the data; may be less than the request's */
	unsigned int pages;
	u8 op;
	s16 status;
	struct request *next;
};

struct vbd {
	struct kref ref; /* of the driver, and of the disk */
	struct xenpv_device *xd;
	struct vbd_name name;
	struct vbd_options options;
	u16 handle;

	/* Held by whoever changes the state of the device; may sleep */
	struct mutex lifecycle;
	struct work_struct add;	   /* the disk; not with @lifecycle held */
	struct work_struct settle; /* what a last close or a bad response left to do */
	struct xenpv_ring shared;
	struct xenpv_channel *channel;
	struct blk_mq_tag_set tags;
	struct gendisk *disk;
	bool added; /* written by @add */
	bool quiesced;

	/* For what follows. Taken with interrupts off, in any context */
	spinlock_t lock;
	bool up;
	const char *broken; /* why, once a response was malformed */
	bool reported;
	struct vbd_features f;
	bool barrier_done; /* by this back end */
	struct blkif_front_ring ring;
	RING_IDX pushed; /* what the back end was told of, as it might change its copy */
	unsigned int reserved; /* places in the ring of requests not there yet */
	unsigned int depth;
	struct request **slots; /* outstanding, by tag, which is the id in the ring */
	struct list_head free;
	unsigned int n_free;
	unsigned int n_buffers;
	unsigned int users; /* those who have opened it */
	bool adding;
	bool add_failed;
	bool held;    /* to be closed as soon as nobody uses it */
	bool closing; /* no longer to be opened */
};

void vbd_put(struct vbd *v);

/* --- lifecycle.c: call with @lifecycle held ----------------------------------- */

/* What the state of the other end asks for */
void vbd_step(struct vbd *v, enum xenbus_state theirs);
/* There is nobody to do the requests: they fail, those to come as well */
void vbd_fail(struct vbd *v);
/*
 * Without a disk any more, and closed; twice is fine. Where the device is up, what is
 * to be written still is; somebody may have the disk open nevertheless.
 */
void vbd_teardown(struct vbd *v);
/* Connect again after a migration */
int vbd_restart(struct vbd *v);

/* Not with @lifecycle held: a malformed response, a last close, a disk not added */
void vbd_settle(struct work_struct *work);

/* --- pool.c: pages to copy through -------------------------------------------- */

/* Enough of them for one request of any kind, so that there is always progress */
int vbd_pool_fill(struct vbd *v);
/* Take @n; all or none. Call with the lock held. Does not sleep. */
int vbd_pool_get(struct vbd *v, unsigned int n, struct list_head *ret);
/* Call with the lock held. Does not sleep. */
void vbd_pool_put(struct vbd *v, struct list_head *buffers);
void vbd_buffer_grant(struct vbd *v, struct vbd_buffer *b);
/* The other end is another one now: no buffer is granted any more. All must be back. */
void vbd_pool_revoke(struct vbd *v);
/* All must be back */
void vbd_pool_free(struct vbd *v);

/* Between the pages of a request and its buffers; @in: into its pages. Does not sleep. */
void vbd_copy(struct request *rq, struct vbd_io *io, bool in);
/* All that a request has. Call with the lock held. */
void vbd_put_buffers(struct vbd *v, struct vbd_io *io);

/* --- request.c, response.c ---------------------------------------------------- */

/* Whether the descriptions of its pages do not fit into a request */
static inline bool vbd_indirect(const struct vbd_io *io)
{
	return io->pages > BLKIF_MAX_SEGMENTS_PER_REQUEST;
}

blk_status_t vbd_queue_rq(struct blk_mq_hw_ctx *hctx,
			  const struct blk_mq_queue_data *data);
void vbd_commit_rqs(struct blk_mq_hw_ctx *hctx);
bool vbd_event(void *context);
/* Not up any more: what is outstanding fails, or is queued to be done again */
void vbd_drop_all(struct vbd *v, bool again);

/* --- connect.c: the store ----------------------------------------------------- */

/* A new ring and channel, described in the store */
int vbd_publish(struct vbd *v);
/* Safe when there is none. Outstanding requests must be gone. */
void vbd_unpublish(struct vbd *v);
int vbd_read_features(struct vbd *v, struct vbd_features *ret);
int vbd_read_sectors(struct vbd *v, unsigned int logical, u64 *ret);

/* --- disk.c ------------------------------------------------------------------- */

/* Call with @lifecycle held. The disk appears later, from work. */
int vbd_disk_create(struct vbd *v);
void vbd_disk_add(struct work_struct *work);
/* After that nothing is outstanding any more. The disk is still there for vbd_disk_put().
 */
void vbd_disk_delete(struct vbd *v);
void vbd_disk_put(struct vbd *v);
void vbd_disk_resize(struct vbd *v, u64 sectors);
/* Hold new requests back, and let them go again */
void vbd_disk_hold(struct vbd *v);
void vbd_disk_unhold(struct vbd *v);

#endif
