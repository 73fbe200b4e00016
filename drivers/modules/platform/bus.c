// SPDX-License-Identifier: GPL-2.0-only
/* The bus "xen": it brings drivers and devices together, and tells the drivers of the
 * other end. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "platform.h"

/* The longest that a back end may take to follow us, in steps of 10 ms */
#define PATIENCE 500

static bool registered;
/* Has a thread also when memory is short */
static struct workqueue_struct *workers;

#define to_driver(d) container_of_const(d, struct xenpv_driver, driver)

/*
 * The driver that is set up for the device; with its lock. The core's own pointer says
 * less: it is there before probe() already, and after remove() still.
 */
static const struct xenpv_driver *driver_of(const struct bus_device *d)
{
	return d->bound ? to_driver(d->xd.dev.driver) : NULL;
}

/*
 * For a call of the driver, or a look at whether there is one. No memory is written out
 * to a disk for it: that may be held back already, by a suspend that waits for us.
 */
static unsigned int lock_driver(struct bus_device *d)
{
	mutex_lock(&d->lock);
	return memalloc_noio_save();
}

static void unlock_driver(struct bus_device *d, unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&d->lock);
}

/* --- states ------------------------------------------------------------------- */

static enum xenbus_state read_state(const char *dir)
{
	return xenpv_store_number(dir, "state", XenbusStateUnknown,
				  XenbusStateReconfigured);
}

enum xenbus_state xenpv_otherend_state(struct xenpv_device *xd)
{
	return read_state(xd->otherend);
}
EXPORT_SYMBOL_GPL(xenpv_otherend_state);

struct new_state {
	const char *nodename;
	enum xenbus_state state;
};

/* Not where the tool stack has removed the device: a state alone would be left of it */
static int write_state(struct xenpv_transaction t, void *context)
{
	const struct new_state *new = context;
	char *old;
	int r;

	r = xenpv_store_read(t, new->nodename, "state", &old);
	if (r < 0)
		return r;
	kfree(old);
	return xenpv_store_write(t, new->nodename, "state", "%d", new->state);
}

int xenpv_switch_state(struct xenpv_device *xd, enum xenbus_state state)
{
	struct bus_device *d = to_bus_device(&xd->dev);
	struct new_state new = { .nodename = xd->nodename, .state = state };
	int r = 0;

	mutex_lock(&d->writing);
	if (state != xd->state)
		r = xenpv_transact(write_state, &new);
	if (r == 0)
		xd->state = state;
	mutex_unlock(&d->writing);
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_switch_state);

void xenpv_fatal(struct xenpv_device *xd, int error, const char *fmt, ...)
{
	va_list args;
	char *text;
	char *dir;

	va_start(args, fmt);
	text = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	dev_err(&xd->dev, "%s (error %d)\n", text ? text : fmt, error);
	dir = kasprintf(GFP_KERNEL, "error/%s", xd->nodename);
	if (dir && text)
		xenpv_store_write(XENPV_NO_TRANSACTION, dir, "error", "%d %s", -error,
				  text);
	kfree(dir);
	kfree(text);
	xenpv_switch_state(xd, XenbusStateClosing);
}
EXPORT_SYMBOL_GPL(xenpv_fatal);

/* --- the other end ------------------------------------------------------------ */

static void tell_driver(struct work_struct *work)
{
	struct bus_device *d = container_of(work, struct bus_device, work);
	const struct xenpv_driver *drv;
	enum xenbus_state state;
	unsigned int noio;

	noio = lock_driver(d);
	drv = driver_of(d);
	state = xenpv_otherend_state(&d->xd);
	if (drv && drv->otherend_changed && !d->suspended && state != XenbusStateUnknown)
		drv->otherend_changed(&d->xd, state);
	unlock_driver(d, noio);
}

/*
 * One device's driver must not hold up the others: each has work of its own. That of a
 * disk is what makes it go on after a migration, and may be all that can free memory.
 * NICs wait for work of the kernel's own that has no such thread.
 */
static void queue_telling(struct bus_device *d)
{
	queue_work(driver_of(d)->storage ? workers : system_unbound_wq, &d->work);
}

/* A driver is bound as long as there is the watch */
static void otherend_changed(struct xenpv_watch *w, const char *path)
{
	queue_telling(container_of(w, struct bus_device, watch));
}

/* This and the next with the core's lock of the device, as in probe() and remove() */
static int watch_otherend(struct bus_device *d)
{
	int r;

	d->watch.path = kasprintf(GFP_KERNEL, "%s/state", d->xd.otherend);
	if (!d->watch.path)
		return -ENOMEM;
	d->watch.changed = otherend_changed;
	r = xenpv_watch_add(&d->watch);
	if (r < 0) {
		kfree(d->watch.path);
		d->watch.path = NULL;
	}
	return r;
}

static void unwatch_otherend(struct bus_device *d)
{
	if (d->watch.path)
		xenpv_watch_remove(&d->watch);
	/* Without a watch, a suspend that did not take place may have queued it */
	cancel_work_sync(&d->work);
	kfree(d->watch.path);
	d->watch.path = NULL;
}

/* --- the end, and the beginning ----------------------------------------------- */

/* For the other end to be in one of @states, of which each is a bit */
static bool await(struct xenpv_device *xd, unsigned long states)
{
	int i;

	for (i = 0; i < PATIENCE; i++) {
		if (BIT(xenpv_otherend_state(xd)) & states)
			return true;
		msleep(10);
	}
	return false;
}

void xenpv_goodbye(struct xenpv_device *xd)
{
	unsigned long gone = BIT(XenbusStateClosed) | BIT(XenbusStateUnknown);
	bool follows = true;

	if (xenpv_otherend_state(xd) == XenbusStateUnknown)
		return;
	if (xd->state != XenbusStateClosed) {
		xenpv_switch_state(xd, XenbusStateClosing);
		follows = await(xd, gone | BIT(XenbusStateClosing));
	}
	xenpv_switch_state(xd, XenbusStateClosed);
	if (!await(xd, gone) || !follows)
		dev_warn(&xd->dev, "the back end does not close\n");
}
EXPORT_SYMBOL_GPL(xenpv_goodbye);

/*
 * A device that was in use before, by a driver that was unloaded or a kernel that ran
 * before this one, or since the guest came to this host, begins again: back ends do when
 * they have seen Closed and then Initialising.
 */
static void start_again(struct xenpv_device *xd)
{
	xd->state = read_state(xd->nodename);
	if (xd->state == XenbusStateInitialising)
		return;
	xenpv_switch_state(xd, XenbusStateClosed);
	await(xd, ~(BIT(XenbusStateInitialised) | BIT(XenbusStateConnected) |
		    BIT(XenbusStateClosing)));
	xenpv_switch_state(xd, XenbusStateInitialising);
}

/* --- drivers ------------------------------------------------------------------ */

static void unbind(struct bus_device *d, const struct xenpv_driver *drv)
{
	unsigned int noio = lock_driver(d);

	d->bound = false;
	drv->remove(&d->xd);
	unlock_driver(d, noio);
	/* Queued before that; it has nobody to tell any more, but needs the device */
	cancel_work_sync(&d->work);
}

static int probe(struct device *dev)
{
	struct bus_device *d = to_bus_device(dev);
	const struct xenpv_driver *drv = to_driver(dev->driver);
	unsigned int noio;
	int r;

	r = device_find_otherend(&d->xd);
	if (r == 0 && drv->accept)
		r = drv->accept(&d->xd);
	if (r < 0)
		return r;
	start_again(&d->xd);
	noio = lock_driver(d);
	r = drv->probe(&d->xd);
	d->bound = r >= 0;
	unlock_driver(d, noio);
	if (r < 0)
		return r;
	r = watch_otherend(d);
	if (r < 0)
		unbind(d, drv);
	return r;
}

static BUS_REMOVE_RETURN remove(struct device *dev)
{
	struct bus_device *d = to_bus_device(dev);

	unwatch_otherend(d);
	unbind(d, to_driver(dev->driver));
	xenpv_switch_state(&d->xd, XenbusStateClosed);
	BUS_REMOVE_DONE;
}

static int match(struct device *dev, BUS_MATCH_DRIVER *drv)
{
	return !strcmp(to_xenpv(dev)->type, to_driver(drv)->type);
}

static int uevent(BUS_UEVENT_DEVICE *dev, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "MODALIAS=xen:%s",
			      container_of_const(dev, struct xenpv_device, dev)->type);
}

static struct bus_type bus = {
	.name = "xen",
	.match = match,
	.uevent = uevent,
	.probe = probe,
	.remove = remove,
	.dev_groups = device_groups,
};

struct bus_type *xenpv_bus(void)
{
	return &bus;
}

int xenpv_driver_register(struct xenpv_driver *drv, struct module *owner)
{
	if (!registered)
		return -ENODEV;
	drv->driver.name = drv->type;
	drv->driver.owner = owner;
	drv->driver.bus = &bus;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(xenpv_driver_register);

void xenpv_driver_unregister(struct xenpv_driver *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(xenpv_driver_unregister);

/* --- suspend ------------------------------------------------------------------ */

/*
 * Whoever waits for memory may wait for a disk to be written to, and have any lock that
 * is not one of ours meanwhile, as the one of all NICs. So disks are held back last, and
 * go on first.
 */
static const bool disks = true;
static const bool others;

/* One without a driver has a turn with both */
static bool is_turn(const struct xenpv_driver *drv, bool storage)
{
	return !drv || drv->storage == storage;
}

/*
 * A device that is being probed meanwhile is not set up and has nothing to hold back.
 * When the guest is back, resume_rest() waits for the probe, and begins again. Not so
 * here, and not after a suspend that did not take place: whoever has the core's lock may
 * wait for memory, too.
 */
static int suspend_one(struct device *dev, void *data)
{
	struct bus_device *d = to_bus_device(dev);
	const bool *storage = data;
	unsigned int noio = lock_driver(d);
	const struct xenpv_driver *drv = driver_of(d);

	if (is_turn(drv, *storage)) {
		d->suspended = true;
		if (drv && drv->suspend)
			drv->suspend(&d->xd);
	}
	unlock_driver(d, noio);
	return 0;
}

static int cancelled_one(struct device *dev, void *data)
{
	struct bus_device *d = to_bus_device(dev);
	const bool *storage = data;
	unsigned int noio = lock_driver(d);
	const struct xenpv_driver *drv = driver_of(d);

	if (is_turn(drv, *storage)) {
		d->suspended = false;
		if (drv && drv->cancelled)
			drv->cancelled(&d->xd);
		/* For what was not told meanwhile */
		if (drv)
			queue_telling(d);
	}
	unlock_driver(d, noio);
	return 0;
}

/*
 * The back end is another one, with a path of its own. The device may be on its way out,
 * as the new host does not have it: the core's lock keeps that apart, and the watch.
 */
static void bring_back(struct bus_device *d)
{
	const struct xenpv_driver *drv;
	unsigned int noio;
	int r;

	unwatch_otherend(d);
	noio = lock_driver(d);
	d->suspended = false;
	drv = driver_of(d);
	r = drv ? device_find_otherend(&d->xd) : 0;
	/* Its node is new, but where it was probed on this host already */
	if (drv && r == 0)
		start_again(&d->xd);
	if (drv && drv->resume && r == 0)
		r = drv->resume(&d->xd);
	/* Of a device that the new host does not have, nothing may be waited for */
	if (drv && drv->otherend_changed && r < 0)
		drv->otherend_changed(&d->xd, XenbusStateClosed);
	unlock_driver(d, noio);
	if (drv && r == 0)
		r = watch_otherend(d);
	if (r < 0)
		dev_err(&d->xd.dev, "does not come back on this host: error %d\n", r);
}

/* One that is being probed or removed may wait for memory, and so for the next disk */
static int resume_disk(struct device *dev, void *data)
{
	struct bus_device *d = to_bus_device(dev);
	const unsigned int *host = data;

	if (!device_trylock(dev))
		return 0;
	if (driver_of(d) && driver_of(d)->storage) {
		bring_back(d);
		d->host = *host;
	}
	device_unlock(dev);
	return 0;
}

static int resume_rest(struct device *dev, void *data)
{
	struct bus_device *d = to_bus_device(dev);
	const unsigned int *host = data;

	device_lock(dev);
	if (d->host != *host)
		bring_back(d);
	d->host = *host;
	device_unlock(dev);
	return 0;
}

void bus_suspend(void)
{
	bus_for_each_dev(&bus, NULL, (void *)&others, suspend_one);
	bus_for_each_dev(&bus, NULL, (void *)&disks, suspend_one);
}

void bus_cancelled(void)
{
	bus_for_each_dev(&bus, NULL, (void *)&disks, cancelled_one);
	bus_for_each_dev(&bus, NULL, (void *)&others, cancelled_one);
}

void bus_resume(void)
{
	static unsigned int host;

	host++;
	bus_for_each_dev(&bus, NULL, &host, resume_disk);
	bus_for_each_dev(&bus, NULL, &host, resume_rest);
}

int bus_init(void)
{
	int r;

	workers = alloc_workqueue("xenpv-bus", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!workers)
		return -ENOMEM;
	r = bus_register(&bus);
	if (r < 0)
		return r;
	registered = true;
	return devices_init();
}

void bus_device_init(struct bus_device *d)
{
	mutex_init(&d->lock);
	mutex_init(&d->writing);
	INIT_WORK(&d->work, tell_driver);
	d->xd.dev.bus = &bus;
}
