// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store's wire: a page with two rings of bytes, one for each way, and an
 * event channel. A message is
 *
 *	struct xsd_sockmsg { type, req_id, tx_id, len }   16 bytes
 *	len bytes
 *
 * Any number of requests may be under way; the answer to one has its req_id.
 * A thread reads what comes: answers, and the events of watches.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <xen/interface/io/xs_wire.h>

#include "platform.h"

struct request {
	struct list_head list;
	u32 id;
	u32 type;
	char *body;
	u32 len;
	int result;
	bool done;
};

static struct {
	struct xenstore_domain_interface *ring;
	struct xenpv_channel *channel;
	wait_queue_head_t wait; /* for bytes, room, answers */
	struct mutex writing;	/* a message is written in one piece */
	/* held for a look at the host and what is read from the ring there; by a suspend,
	 * until the new host's ring is there */
	struct mutex reading;
	spinlock_t lock; /* for what follows */
	struct list_head requests;
	u32 last_id;
	bool broken; /* the other end breaks the protocol: nothing more is read or written
		      */
	unsigned int host; /* counts the hosts we were on: what the last one began to say
			      has no end */
	/* held for reading by whoever has a request or a transaction, for writing by a
	 * suspend */
	struct rw_semaphore suspend;
} store = {
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(store.wait),
	.writing = __MUTEX_INITIALIZER(store.writing),
	.reading = __MUTEX_INITIALIZER(store.reading),
	.lock = __SPIN_LOCK_UNLOCKED(store.lock),
	.requests = LIST_HEAD_INIT(store.requests),
	.suspend = __RWSEM_INITIALIZER(store.suspend),
};

static bool rang(void *context)
{
	wake_up_all(&store.wait);
	xenpv_channel_done(store.channel, true);
	return true;
}

static void broken(const char *why)
{
	struct request *q;

	spin_lock(&store.lock);
	if (!store.broken)
		pr_err("the store is not to be used any more: %s\n", why);
	WRITE_ONCE(store.broken, true);
	list_for_each_entry (q, &store.requests, list) {
		q->result = -EIO;
		WRITE_ONCE(q->done, true);
	}
	INIT_LIST_HEAD(&store.requests);
	spin_unlock(&store.lock);
	wake_up_all(&store.wait);
}

/* --- bytes -------------------------------------------------------------------- */

/* Room in the ring of requests, or more than there can be when the indexes are nonsense
 */
static u32 room(void)
{
	return XENSTORE_RING_SIZE -
	       (READ_ONCE(store.ring->req_prod) - READ_ONCE(store.ring->req_cons));
}

static u32 ready(void)
{
	return READ_ONCE(store.ring->rsp_prod) - READ_ONCE(store.ring->rsp_cons);
}

static int put_bytes(const void *data, u32 len)
{
	struct xenstore_domain_interface *ring = store.ring;
	u32 at;
	u32 n;

	for (; len; data += n, len -= n) {
		wait_event_idle(store.wait, READ_ONCE(store.broken) || room());
		n = room();
		if (READ_ONCE(store.broken) || n > XENSTORE_RING_SIZE)
			return -EIO;
		at = MASK_XENSTORE_IDX(ring->req_prod);
		n = min3(n, len, (u32)XENSTORE_RING_SIZE - at);
		virt_mb(); /* what the other end has read it has read before it said so */
		memcpy(ring->req + at, data, n);
		virt_wmb(); /* the bytes before their number */
		WRITE_ONCE(ring->req_prod, ring->req_prod + n);
		xenpv_channel_notify(store.channel);
	}
	return 0;
}

/* What is there of them; @reading is held. -ESTALE as below */
static int get_some(void *data, u32 len, unsigned int host)
{
	struct xenstore_domain_interface *ring = store.ring;
	u32 n = ready();
	u32 at;

	if (store.host != host)
		return -ESTALE;
	if (READ_ONCE(store.broken) || n > XENSTORE_RING_SIZE)
		return -EIO;
	at = MASK_XENSTORE_IDX(ring->rsp_cons);
	n = min3(n, len, (u32)XENSTORE_RING_SIZE - at);
	virt_rmb(); /* their number before the bytes */
	memcpy(data, ring->rsp + at, n);
	virt_mb(); /* the bytes are read before their room is given back */
	WRITE_ONCE(ring->rsp_cons, ring->rsp_cons + n);
	xenpv_channel_notify(store.channel);
	return n;
}

/* -ESTALE: the rest will not come, we are on another host than @host now */
static int get_bytes(void *data, u32 len, unsigned int host)
{
	int n;

	for (; len; data += n, len -= n) {
		wait_event_idle(store.wait, READ_ONCE(store.broken) || ready() ||
						    READ_ONCE(store.host) != host);
		mutex_lock(&store.reading);
		n = get_some(data, len, host);
		mutex_unlock(&store.reading);
		if (n < 0)
			return n;
	}
	return 0;
}

/* --- what comes --------------------------------------------------------------- */

static struct request *take_request(u32 id)
{
	struct request *q;
	struct request *found = NULL;

	spin_lock(&store.lock);
	list_for_each_entry (q, &store.requests, list)
		if (q->id == id)
			found = q;
	if (found)
		list_del(&found->list);
	spin_unlock(&store.lock);
	return found;
}

/* The name of an errno, as the store answers it */
static int error_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EINVAL;
}

/* Takes @body over */
static void answered(const struct xsd_sockmsg *m, char *body)
{
	struct request *q = take_request(m->req_id);

	if (!q) {
		pr_warn_ratelimited("the store answers what nobody asked (%u)\n",
				    m->req_id);
		kfree(body);
		return;
	}
	if (m->type == XS_ERROR) {
		q->result = error_of(body);
		kfree(body);
	} else if (m->type != q->type) {
		q->result = -EIO;
		kfree(body);
	} else {
		q->body = body;
		q->len = m->len;
	}
	smp_store_release(&q->done, true); /* after the answer in q */
	wake_up_all(&store.wait);
}

static int read_message(void)
{
	unsigned int host = READ_ONCE(store.host);
	struct xsd_sockmsg m;
	char *body;
	int r;

	r = get_bytes(&m, sizeof(m), host);
	if (r < 0)
		return r;
	if (m.len > XENSTORE_PAYLOAD_MAX)
		return -EMSGSIZE;
	body = kmalloc(m.len + 1, GFP_NOIO | __GFP_NOFAIL);
	r = get_bytes(body, m.len, host);
	if (r < 0) {
		kfree(body);
		return r;
	}
	body[m.len] = '\0';
	if (m.type == XS_WATCH_EVENT)
		watches_event(body, m.len);
	else
		answered(&m, body);
	return 0;
}

static int reader(void *data)
{
	int r;

	do
		r = read_message();
	while (r == 0 || r == -ESTALE);
	broken("it breaks the protocol");
	return 0;
}

/* --- requests ----------------------------------------------------------------- */

static int send(struct request *q, u32 transaction, const struct store_part *parts,
		unsigned int n)
{
	struct xsd_sockmsg m = { .type = q->type, .tx_id = transaction };
	unsigned int i;
	int r;

	for (i = 0; i < n; i++)
		m.len += parts[i].len;
	if (m.len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	mutex_lock(&store.writing);
	spin_lock(&store.lock);
	m.req_id = q->id = ++store.last_id;
	if (store.broken)
		q->done = true;
	else
		list_add_tail(&q->list, &store.requests);
	spin_unlock(&store.lock);
	r = put_bytes(&m, sizeof(m));
	for (i = 0; i < n && r == 0; i++)
		r = put_bytes(parts[i].data, parts[i].len);
	mutex_unlock(&store.writing);
	if (r < 0)
		broken("the indexes of its ring make no sense");
	return 0;
}

int store_talk_entered(u32 type, u32 transaction, const struct store_part *parts,
		       unsigned int n, char **ret, u32 *ret_len)
{
	struct request q = { .type = type, .result = 0 };
	int r;

	if (!store.ring)
		return -ENODEV;
	r = send(&q, transaction, parts, n);
	if (r < 0)
		return r;
	wait_event_idle(store.wait, smp_load_acquire(&q.done)); /* before the answer */
	/* Whoever wakes us has let go of @q by then */
	spin_lock(&store.lock);
	spin_unlock(&store.lock);
	if (q.result == 0 && !q.body)
		q.result = -EIO;
	if (q.result == 0 && ret_len)
		*ret_len = q.len;
	if (q.result == 0 && ret)
		*ret = q.body;
	else
		kfree(q.body);
	return q.result;
}

void store_enter(void)
{
	down_read(&store.suspend);
}

void store_leave(void)
{
	up_read(&store.suspend);
}

int store_talk(u32 type, u32 transaction, const struct store_part *parts, unsigned int n,
	       char **ret, u32 *ret_len)
{
	int r;

	/* The thread that has a transaction holds the suspend off already */
	if (transaction)
		return store_talk_entered(type, transaction, parts, n, ret, ret_len);
	store_enter();
	r = store_talk_entered(type, transaction, parts, n, ret, ret_len);
	store_leave();
	return r;
}

/* --- from and to a host ------------------------------------------------------- */

static int connect(void)
{
	u64 frame = 0;
	u64 port = 0;
	int r;

	r = hvm_param_get(HVM_PARAM_STORE_PFN, &frame);
	if (r == 0)
		r = hvm_param_get(HVM_PARAM_STORE_EVTCHN, &port);
	if (r < 0)
		return r;
	if (!frame || !port || port > U32_MAX)
		return -ENXIO;
	/* A host that we come to keeps the page where it was, as it is part of our memory
	 */
	if (!store.ring)
		store.ring = memremap((phys_addr_t)frame << PAGE_SHIFT, PAGE_SIZE,
				      MEMREMAP_WB);
	if (!store.ring)
		return -ENOMEM;
	return channel_bind(port, XENPV_INTERRUPT, rang, NULL, &store.channel);
}

void store_suspend(void)
{
	down_write(&store.suspend);
	mutex_lock(&store.reading);
}

void store_cancelled(void)
{
	mutex_unlock(&store.reading);
	up_write(&store.suspend);
}

int store_resume(void)
{
	struct xenpv_channel *old = store.channel;
	int r;

	r = connect();
	WRITE_ONCE(store.host, store.host + 1);
	mutex_unlock(&store.reading);
	if (r < 0) {
		broken("the new host has none");
	} else {
		xenpv_channel_close(old);
		wake_up_all(&store.wait);
		watches_resume();
	}
	up_write(&store.suspend);
	return r;
}

int store_init(void)
{
	struct store_part none = { .data = "", .len = 1 };
	struct task_struct *task;
	int r;

	/* Who takes the events comes before who reads them */
	r = watches_init();
	if (r == 0)
		r = connect();
	if (r < 0)
		return r;
	task = kthread_run(reader, NULL, "xenpv-store");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Those of a kernel that ran before us (kexec). Not every store that does not know
	 * the request answers it. */
	if (xenpv_store_number("control", "platform-feature-xs_reset_watches", 0, 1))
		store_talk(XS_RESET_WATCHES, 0, &none, 1, NULL, NULL);
	return 0;
}
