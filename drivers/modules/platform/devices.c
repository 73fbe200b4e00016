// SPDX-License-Identifier: GPL-2.0-only
/* The devices that the store lists under device/TYPE/ID, as devices of the bus. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "platform.h"

/* --- attributes, named as in kernels that have Xen's bus themselves ----------- */

static ssize_t nodename_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_xenpv(dev)->nodename);
}
static DEVICE_ATTR_RO(nodename);

static ssize_t devtype_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_xenpv(dev)->type);
}
static DEVICE_ATTR_RO(devtype);

static ssize_t modalias_show(struct device *dev, struct device_attribute *a, char *buf)
{
	return sysfs_emit(buf, "xen:%s\n", to_xenpv(dev)->type);
}
static DEVICE_ATTR_RO(modalias);

static ssize_t state_show(struct device *dev, struct device_attribute *a, char *buf)
{
	/* In the order of enum xenbus_state */
	static const char *const names[] = {
		"Unknown", "Initialising", "InitWait",	    "Initialised",  "Connected",
		"Closing", "Closed",	   "Reconfiguring", "Reconfigured",
	};
	unsigned int state = to_xenpv(dev)->state;

	return sysfs_emit(buf, "%s\n",
			  state < ARRAY_SIZE(names) ? names[state] : "INVALID");
}
static DEVICE_ATTR_RO(state);

static struct attribute *attributes[] = {
	&dev_attr_nodename.attr,
	&dev_attr_devtype.attr,
	&dev_attr_modalias.attr,
	&dev_attr_state.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attributes };

const struct attribute_group *device_groups[] = { &group, NULL };

/* --- one device --------------------------------------------------------------- */

int device_find_otherend(struct xenpv_device *xd)
{
	char *path;
	u64 id;
	int r;

	r = xenpv_store_read_u64(XENPV_NO_TRANSACTION, xd->nodename, "backend-id", &id);
	if (r == 0 && id >= DOMID_FIRST_RESERVED)
		r = -EINVAL;
	if (r == 0)
		r = xenpv_store_read(XENPV_NO_TRANSACTION, xd->nodename, "backend",
				     &path);
	if (r < 0)
		return r;
	kfree(xd->otherend);
	xd->otherend = path;
	xd->otherend_id = id;
	return 0;
}

static void release(struct device *dev)
{
	struct bus_device *d = to_bus_device(dev);

	kfree(d->xd.type);
	kfree(d->xd.id);
	kfree(d->xd.nodename);
	kfree(d->xd.otherend);
	kfree(d);
}

/* Takes @nodename over */
static void add(const char *type, const char *id, char *nodename)
{
	struct bus_device *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int r = -ENOMEM;

	if (!d) {
		kfree(nodename);
		return;
	}
	d->xd.type = kstrdup(type, GFP_KERNEL);
	d->xd.id = kstrdup(id, GFP_KERNEL);
	d->xd.nodename = nodename;
	d->xd.dev.release = release;
	bus_device_init(d);
	device_initialize(&d->xd.dev);
	if (d->xd.type && d->xd.id)
		r = device_find_otherend(&d->xd);
	if (r == 0)
		r = dev_set_name(&d->xd.dev, "%s-%s", type, id);
	if (r == 0)
		r = device_add(&d->xd.dev);
	if (r < 0) {
		/* One that the tool stack is only about to write comes with its next
		 * event */
		if (r != -ENOENT)
			pr_warn("%s: error %d\n", nodename, r);
		put_device(&d->xd.dev);
	}
}

/* --- all of them -------------------------------------------------------------- */

static int has_nodename(struct device *dev, const void *nodename)
{
	return !strcmp(to_xenpv(dev)->nodename, nodename);
}

static bool is_plain(const char *name)
{
	return *name && !strpbrk(name, "/!") && strcmp(name, ".") && strcmp(name, "..");
}

static void add_new(const char *type)
{
	struct device *known;
	char **ids;
	char *nodename;
	unsigned int n;
	unsigned int i;

	if (!is_plain(type) || xenpv_store_list("device", type, &ids, &n) < 0)
		return;
	for (i = 0; i < n; i++) {
		nodename = kasprintf(GFP_KERNEL, "device/%s/%s", type, ids[i]);
		if (!nodename || !is_plain(ids[i])) {
			kfree(nodename);
			continue;
		}
		known = bus_find_device(xenpv_bus(), NULL, nodename, has_nodename);
		if (known) {
			put_device(known);
			kfree(nodename);
		} else {
			add(type, ids[i], nodename);
		}
	}
	kfree(ids);
}

/* The first that the store does not list any more, with a reference */
static int is_gone(struct device *dev, const void *data)
{
	char *path;
	int r;

	r = xenpv_store_read(XENPV_NO_TRANSACTION, to_xenpv(dev)->nodename, "backend",
			     &path);
	if (r == 0)
		kfree(path);
	return r == -ENOENT;
}

static void remove_gone(void)
{
	struct device *dev;

	while ((dev = bus_find_device(xenpv_bus(), NULL, NULL, is_gone))) {
		device_unregister(dev);
		put_device(dev);
	}
}

/* The drivers' functions may take long, and may wait for events of other watches: not in
 * the watch */
static void look(struct work_struct *work)
{
	char **types;
	unsigned int n;
	unsigned int i;

	remove_gone();
	if (xenpv_store_list("device", "", &types, &n) < 0)
		return;
	for (i = 0; i < n; i++)
		add_new(types[i]);
	kfree(types);
}
static DECLARE_WORK(work, look);

static void changed(struct xenpv_watch *w, const char *path)
{
	queue_work(system_unbound_wq, &work);
}

static struct xenpv_watch watch = { .path = "device", .changed = changed };

int devices_init(void)
{
	return xenpv_watch_add(&watch);
}
