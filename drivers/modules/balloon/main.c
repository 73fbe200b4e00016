// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-balloon: gives memory back to the host and takes it again, as the store's
 * memory/target says. sizes.c tells how a target becomes a size of the balloon.
 *
 * While there are pages in the balloon, the module cannot be unloaded: no memory is
 * behind them, and once nobody knows which they are, nobody can ever have it back. To
 * unload it, raise the target first (in the host, or by writing to
 * xen_memory0/target) and wait until the balloon is empty.
 *
 * After a suspend nothing is to be done: the frames without memory are without memory
 * still, and the watch, set again, calls with the target of the new host.
 */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/interface/xen.h> /* before memory.h */
#include <xen/interface/memory.h>
#include "balloon.h"

static unsigned int floor_mib;
module_param(floor_mib, uint, 0444);
MODULE_PARM_DESC(floor_mib, "MiB that the guest keeps, whatever the target is, "
			    "if that is more than the built-in limit");

/*
 * The one there is, from when loading the module cannot fail any more. Before that the
 * worker does nothing: what it puts into the balloon could not be had back.
 */
static struct balloon *loaded;

/* Changes when the worker works, but only a bit: each pass asks anew */
unsigned long balloon_aim(const struct balloon *b)
{
	unsigned long managed = totalram_pages() + balloon_size(b);
	unsigned long floor = balloon_floor(managed, floor_mib);

	if (managed <= floor)
		return 0;
	return min(READ_ONCE(b->wanted), managed - floor);
}

void balloon_want(struct balloon *b, unsigned long pages)
{
	WRITE_ONCE(b->wanted, pages);
	mod_delayed_work(b->queue, &b->work, 0);
}

/* --- the worker --------------------------------------------------------------- */

static void start_over(struct balloon *b)
{
	WRITE_ONCE(b->delay, 1);
	WRITE_ONCE(b->attempts, 1);
}

static void aim_for(struct balloon *b, unsigned long aim)
{
	if (READ_ONCE(b->wanted) > aim)
		pr_info_ratelimited(
			"the target is too low: %lu MiB are kept\n",
			BALLOON_MIB(totalram_pages() + balloon_size(b) - aim));
	b->aim = aim;
	start_over(b);
}

/* No page was to be had: again, after a while that becomes longer */
static void try_again(struct balloon *b, unsigned long size)
{
	unsigned int max_attempts = READ_ONCE(b->max_attempts);
	unsigned int delay = min(b->delay, READ_ONCE(b->max_delay));

	if (b->attempts == 1)
		pr_info_ratelimited(
			"%lu KiB in the balloon, to be %lu: %s has no more for now\n",
			(unsigned long)BALLOON_KIB(size),
			(unsigned long)BALLOON_KIB(b->aim),
			size < b->aim ? "the guest" : "the host");
	if (max_attempts && b->attempts >= max_attempts)
		return;
	queue_delayed_work(b->queue, &b->work, delay * HZ);
	WRITE_ONCE(b->attempts, b->attempts + 1);
	WRITE_ONCE(b->delay, min(delay * 2, READ_ONCE(b->max_delay)));
}

static unsigned long one_batch(struct balloon *b, unsigned long size)
{
	if (size > b->aim)
		return balloon_deflate(b, size - b->aim);
	/* Fails when the module is about to go */
	if (!b->pinned)
		b->pinned = try_module_get(THIS_MODULE);
	return b->pinned ? balloon_inflate(b, b->aim - size) : 0;
}

static void worker(struct work_struct *work)
{
	struct balloon *b = container_of(to_delayed_work(work), struct balloon, work);
	unsigned long size = balloon_size(b);
	unsigned long aim = balloon_aim(b);

	if (!READ_ONCE(loaded))
		return;
	if (aim != b->aim)
		aim_for(b, aim);
	if (size == aim) {
		start_over(b);
	} else if (!one_batch(b, size)) {
		try_again(b, size);
	} else {
		start_over(b);
		queue_delayed_work(b->queue, &b->work, 0);
	}
	/* Who unloads the module now, waits for this function first */
	if (b->pinned && !balloon_size(b)) {
		b->pinned = false;
		module_put(THIS_MODULE);
	}
}

/* --- the target --------------------------------------------------------------- */

static unsigned long find_full(const struct balloon *b, unsigned long target)
{
	domid_t self = DOMID_SELF;
	unsigned long reserved = b->kernel;
	unsigned long full;
	u64 static_max;
	long ret;

	if (xenpv_store_read_u64(XENPV_NO_TRANSACTION, "memory", "static-max",
				 &static_max))
		static_max = 0;
	ret = xenpv_memory_op(XENMEM_current_reservation, &self);
	if (ret > 0)
		reserved = ret;
	full = balloon_full(target, balloon_pages_of_kib(static_max), b->kernel,
			    reserved);
	pr_info("target %lu MiB; the balloon is empty at %lu MiB\n", BALLOON_MIB(target),
		BALLOON_MIB(full));
	return full;
}

static void target_changed(struct xenpv_watch *w, const char *path)
{
	struct balloon *b = container_of(w, struct balloon, watch);
	unsigned long target;
	u64 kib;
	int err;

	err = xenpv_store_read_u64(XENPV_NO_TRANSACTION, "memory", "target", &kib);
	if (err) {
		if (err != -ENOENT)
			pr_warn_ratelimited("memory/target: error %d\n", err);
		return;
	}
	target = balloon_pages_of_kib(kib);
	if (!b->full)
		b->full = find_full(b, target);
	balloon_want(b, b->full > target ? b->full - target : 0);
}

/* --- the module --------------------------------------------------------------- */

static int __init balloon_set_up(struct balloon *b)
{
	b->kernel = get_num_physpages();
	b->max_delay = 32;
	b->watch.path = "memory/target";
	b->watch.changed = target_changed;
	balloon_stock_init(b);
	start_over(b);
	INIT_DELAYED_WORK(&b->work, worker);
	b->gfns = (xen_pfn_t *)__get_free_page(GFP_KERNEL);
	if (!b->gfns)
		return -ENOMEM;
	b->queue = alloc_workqueue("xen-balloon", WQ_FREEZABLE | WQ_UNBOUND, 1);
	return b->queue ? 0 : -ENOMEM;
}

/* Pages in the balloon, after an unloading by force, are lost, but harm nobody */
static void balloon_tear_down(struct balloon *b)
{
	if (b->queue) {
		cancel_delayed_work_sync(&b->work);
		destroy_workqueue(b->queue);
	}
	free_page((unsigned long)b->gfns);
	put_device(&b->dev);
}

static int __init balloon_init(void)
{
	struct balloon *b;
	int err;

	err = balloon_sysfs_init();
	if (err)
		return err;
	err = -ENOMEM;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		goto no_balloon;
	device_initialize(&b->dev);
	balloon_sysfs_device(b);
	err = balloon_set_up(b);
	if (err)
		goto no_device;
	err = device_add(&b->dev);
	if (err)
		goto no_device;
	err = xenpv_watch_add(&b->watch);
	if (err)
		goto no_watch;
	WRITE_ONCE(loaded, b);
	mod_delayed_work(b->queue, &b->work, 0);
	return 0;

no_watch:
	device_del(&b->dev);
no_device:
	balloon_tear_down(b);
no_balloon:
	balloon_sysfs_exit();
	return err;
}

static void __exit balloon_exit(void)
{
	xenpv_watch_remove(&loaded->watch);
	device_del(&loaded->dev);
	balloon_tear_down(loaded);
	balloon_sysfs_exit();
}

module_init(balloon_init);
module_exit(balloon_exit);
MODULE_DESCRIPTION("Memory balloon of a Xen guest");
MODULE_LICENSE("GPL");
