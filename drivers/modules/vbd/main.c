// SPDX-License-Identifier: GPL-2.0-only
/* The life of a virtual block device */
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "compat.h"
#include "vbd.h"

static unsigned int max_ring_pages = 4;
module_param(max_ring_pages, uint, 0444);
MODULE_PARM_DESC(max_ring_pages, "Pages of a ring, 1 to 16 (4)");

static unsigned int max_indirect = 64;
module_param(max_indirect, uint, 0444);
MODULE_PARM_DESC(max_indirect,
		 "Pages of a request, up to 256; 0 for no indirect ones (64)");

static bool persistent = true;
module_param(persistent, bool, 0444);
MODULE_PARM_DESC(persistent, "Keep pages granted, where the back end does so (Y)");

static bool twins;
module_param(twins, bool, 0444);
MODULE_PARM_DESC(twins, "Take disks that are emulated as well, which destroys data (N)");

static void vbd_otherend_changed(struct xenpv_device *xd, enum xenbus_state theirs)
{
	struct vbd *v = dev_get_drvdata(&xd->dev);

	mutex_lock(&v->lifecycle);
	vbd_step(v, theirs);
	mutex_unlock(&v->lifecycle);
}

/* --- suspend ------------------------------------------------------------------ */

static void vbd_suspend(struct xenpv_device *xd)
{
	struct vbd *v = dev_get_drvdata(&xd->dev);

	mutex_lock(&v->lifecycle);
	if (v->disk)
		vbd_disk_hold(v);
	mutex_unlock(&v->lifecycle);
}

static void vbd_cancelled(struct xenpv_device *xd)
{
	struct vbd *v = dev_get_drvdata(&xd->dev);

	mutex_lock(&v->lifecycle);
	/* In those, an earlier migration is not through with yet */
	if (v->disk && xd->state != XenbusStateInitialising &&
	    xd->state != XenbusStateInitialised)
		vbd_disk_unhold(v);
	mutex_unlock(&v->lifecycle);
}

static int vbd_resume(struct xenpv_device *xd)
{
	struct vbd *v = dev_get_drvdata(&xd->dev);
	int r;

	mutex_lock(&v->lifecycle);
	r = vbd_restart(v);
	mutex_unlock(&v->lifecycle);
	return r;
}

/* --- devices ------------------------------------------------------------------ */

static bool vbd_is_cdrom(const char *dir)
{
	bool cdrom;
	char *type;

	if (xenpv_store_read(XENPV_NO_TRANSACTION, dir, "device-type", &type))
		return false;
	cdrom = !strcmp(type, "cdrom");
	kfree(type);
	return cdrom;
}

/* The number of the virtual device, of which the name is made */
static int vbd_number_of(struct xenpv_device *xd, u32 *ret)
{
	u64 n;

	if (xenpv_store_read_u64(XENPV_NO_TRANSACTION, xd->nodename, "virtual-device",
				 &n))
		return kstrtou32(xd->id, 10, ret);
	*ret = n;
	return n > U32_MAX ? -ERANGE : 0;
}

static int vbd_name_of(struct xenpv_device *xd, struct vbd_name *ret)
{
	u32 number;

	return vbd_number_of(xd, &number) || vbd_name(number, ret) ? -ENODEV : 0;
}

static int vbd_accept(struct xenpv_device *xd)
{
	struct vbd_name name;

	if (vbd_is_cdrom(xd->otherend) || vbd_is_cdrom(xd->nodename)) {
		dev_dbg(&xd->dev, "a CD-ROM, which stays the emulated one\n");
		return -ENODEV;
	}
	if (vbd_name_of(xd, &name)) {
		dev_warn(&xd->dev, "not a number of a disk; left alone\n");
		return -ENODEV;
	}
	if (!twins && vbd_emulated(&name, xenpv_emulated())) {
		dev_warn(&xd->dev,
			 "%s is left alone, as it is there as an emulated disk too\n",
			 name.text);
		return -ENODEV;
	}
	return 0;
}

static struct vbd *vbd_new(struct xenpv_device *xd, const struct vbd_name *name)
{
	struct vbd *v;
	u32 handle;

	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return NULL;
	if (!kstrtou32(xd->id, 10, &handle))
		v->handle = handle; /* as much of it as there is room for */
	kref_init(&v->ref);
	v->xd = xd;
	v->name = *name;
	v->options.ring_pages = max_ring_pages;
	v->options.indirect = max_indirect;
	v->options.persistent = persistent;
	mutex_init(&v->lifecycle);
	spin_lock_init(&v->lock);
	INIT_WORK(&v->add, vbd_disk_add);
	INIT_WORK(&v->settle, vbd_settle);
	INIT_LIST_HEAD(&v->free);
	return v;
}

static void vbd_destroy(struct kref *ref)
{
	struct vbd *v = container_of(ref, struct vbd, ref);

	mutex_destroy(&v->lifecycle);
	kfree(v);
}

void vbd_put(struct vbd *v)
{
	kref_put(&v->ref, vbd_destroy);
}

static int vbd_probe(struct xenpv_device *xd)
{
	struct vbd_name name;
	struct vbd *v;
	int r;

	r = vbd_name_of(xd, &name);
	if (r)
		return r;
	v = vbd_new(xd, &name);
	if (!v)
		return -ENOMEM;
	dev_set_drvdata(&xd->dev, v);
	mutex_lock(&v->lifecycle);
	vbd_step(v, xenpv_otherend_state(xd));
	mutex_unlock(&v->lifecycle);
	return 0;
}

static void vbd_remove(struct xenpv_device *xd)
{
	struct vbd *v = dev_get_drvdata(&xd->dev);
	bool stuck;

	mutex_lock(&v->lifecycle);
	spin_lock_irq(&v->lock);
	v->closing = true;
	/* The search for partitions waits for the end of a suspend, which waits for us */
	stuck = v->quiesced && v->adding;
	spin_unlock_irq(&v->lock);
	/* Or else what is not written yet would wait for ever */
	if (!v->up || stuck || xenpv_otherend_state(xd) != XenbusStateConnected)
		vbd_fail(v);
	mutex_unlock(&v->lifecycle);

	flush_work(&v->add);
	cancel_work_sync(&v->settle);
	mutex_lock(&v->lifecycle);
	vbd_teardown(v);
	mutex_unlock(&v->lifecycle);
	/* By an event that came before the channel was closed */
	cancel_work_sync(&v->settle);

	dev_set_drvdata(&xd->dev, NULL);
	vbd_put(v);
}

static struct xenpv_driver vbd_driver = {
	.driver = { .name = "xen-vbd" },
	.type = "vbd",
	.storage = true,
	.accept = vbd_accept,
	.probe = vbd_probe,
	.remove = vbd_remove,
	.otherend_changed = vbd_otherend_changed,
	.suspend = vbd_suspend,
	.resume = vbd_resume,
	.cancelled = vbd_cancelled,
};

static int __init vbd_init(void)
{
	int r;

	r = register_blkdev(VBD_MAJOR, "xvd");
	if (r < 0) {
		pr_err("xen-vbd: major %d is taken: error %d\n", VBD_MAJOR, r);
		return r;
	}
	r = xenpv_driver_register(&vbd_driver, THIS_MODULE);
	if (r)
		unregister_blkdev(VBD_MAJOR, "xvd");
	return r;
}
module_init(vbd_init);

static void __exit vbd_exit(void)
{
	xenpv_driver_unregister(&vbd_driver);
	unregister_blkdev(VBD_MAJOR, "xvd");
}
module_exit(vbd_exit);

MODULE_DESCRIPTION("Xen virtual block devices");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen:vbd");
MODULE_ALIAS_BLOCKDEV_MAJOR(202);
