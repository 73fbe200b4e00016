// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches. Each is told to the store with a token of our own, a number, which
 * comes back with each of its events. One worker hands the events out, in the
 * order in which they came.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/interface/io/xs_wire.h>

#include "platform.h"

/* More than any honest store has to say at once */
#define MAX_EVENTS 4096

struct event {
	struct list_head list;
	u32 token;
	char *body; /* begins with the path */
};

static struct {
	spinlock_t lock; /* for all below but the mutex */
	struct list_head watches;
	struct list_head events;
	unsigned int n_events;
	u32 last_token;
	struct mutex running; /* held while a watch's function runs */
	struct task_struct *runner;
	struct workqueue_struct *worker;
	struct work_struct work;
} watches = {
	.lock = __SPIN_LOCK_UNLOCKED(watches.lock),
	.watches = LIST_HEAD_INIT(watches.watches),
	.events = LIST_HEAD_INIT(watches.events),
	.running = __MUTEX_INITIALIZER(watches.running),
};

/* Between adding and removing, the watch of a token; with the lock */
static struct xenpv_watch *find(u32 token)
{
	struct xenpv_watch *w;

	list_for_each_entry (w, &watches.watches, list)
		if (w->token == token)
			return w;
	return NULL;
}

/* Path, NUL, token, NUL */
void watches_event(char *body, u32 len)
{
	u32 at = strlen(body) + 1;
	struct event *e;
	u32 token;

	e = at < len && kstrtou32(body + at, 16, &token) == 0
		    ? kmalloc(sizeof(*e), GFP_NOIO | __GFP_NOFAIL)
		    : NULL;
	spin_lock(&watches.lock);
	if (!e || watches.n_events == MAX_EVENTS || !find(token)) {
		kfree(e);
		kfree(body);
	} else {
		e->token = token;
		e->body = body;
		list_add_tail(&e->list, &watches.events);
		watches.n_events++;
	}
	spin_unlock(&watches.lock);
	queue_work(watches.worker, &watches.work);
}

static struct event *next_event(void)
{
	struct event *e;

	spin_lock(&watches.lock);
	e = list_first_entry_or_null(&watches.events, struct event, list);
	if (e) {
		list_del(&e->list);
		watches.n_events--;
	}
	spin_unlock(&watches.lock);
	return e;
}

static void hand_out(struct work_struct *work)
{
	struct xenpv_watch *w;
	struct event *e;

	while ((e = next_event())) {
		mutex_lock(&watches.running);
		WRITE_ONCE(watches.runner, current);
		spin_lock(&watches.lock);
		w = find(e->token);
		spin_unlock(&watches.lock);
		if (w)
			w->changed(w, e->body);
		WRITE_ONCE(watches.runner, NULL);
		mutex_unlock(&watches.running);
		kfree(e->body);
		kfree(e);
	}
}

/* The parts of a request about a watch: path and token */
static void request(const struct xenpv_watch *w, char *token, size_t size,
		    struct store_part parts[2])
{
	parts[0].data = w->path;
	parts[0].len = strlen(w->path) + 1;
	parts[1].data = token;
	parts[1].len = snprintf(token, size, "%x", w->token) + 1;
}

int xenpv_watch_add(struct xenpv_watch *w)
{
	struct store_part parts[2];
	char token[9];
	int r;

	/* Known before its first event comes; and a suspend sees it in both places or in
	 * none */
	store_enter();
	spin_lock(&watches.lock);
	w->token = ++watches.last_token;
	list_add_tail(&w->list, &watches.watches);
	spin_unlock(&watches.lock);
	request(w, token, sizeof(token), parts);
	r = store_talk_entered(XS_WATCH, 0, parts, 2, NULL, NULL);
	store_leave();
	if (r < 0) {
		spin_lock(&watches.lock);
		list_del(&w->list);
		spin_unlock(&watches.lock);
	}
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_watch_add);

void xenpv_watch_remove(struct xenpv_watch *w)
{
	struct store_part parts[2];
	char token[9];

	store_enter();
	spin_lock(&watches.lock);
	list_del(&w->list);
	spin_unlock(&watches.lock);
	request(w, token, sizeof(token), parts);
	store_talk_entered(XS_UNWATCH, 0, parts, 2, NULL, NULL);
	store_leave();
	/* A function that runs now ends first, unless it is the one that removes
	 * another's watch */
	if (READ_ONCE(watches.runner) == current)
		return;
	mutex_lock(&watches.running);
	mutex_unlock(&watches.running);
}
EXPORT_SYMBOL_GPL(xenpv_watch_remove);

/* With the store suspended, nobody adds or removes one */
void watches_resume(void)
{
	struct store_part parts[2];
	struct xenpv_watch *w;
	char token[9];
	int r;

	list_for_each_entry (w, &watches.watches, list) {
		request(w, token, sizeof(token), parts);
		r = store_talk_entered(XS_WATCH, 0, parts, 2, NULL, NULL);
		if (r < 0)
			pr_warn("watch of %s: error %d\n", w->path, r);
	}
}

int watches_init(void)
{
	INIT_WORK(&watches.work, hand_out);
	watches.worker = alloc_ordered_workqueue("xenpv-watch", WQ_MEM_RECLAIM);
	return watches.worker ? 0 : -ENOMEM;
}
