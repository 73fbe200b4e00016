// SPDX-License-Identifier: GPL-2.0-only
/*
 * From one state to the next. What may wait for the back end is not done with a
 * lock held that the news of its end has to come through, but from work.
 */
#include <linux/blkdev.h>
#include <linux/sched/mm.h>
#include "compat.h"
#include "vbd.h"

/* --- connecting --------------------------------------------------------------- */

void vbd_fail(struct vbd *v)
{
	vbd_drop_all(v, false);
	if (v->disk)
		vbd_disk_unhold(v);
}

void vbd_teardown(struct vbd *v)
{
	if (v->disk) {
		vbd_disk_unhold(v);
		vbd_disk_delete(v);
	}
	spin_lock_irq(&v->lock);
	v->up = false;
	spin_unlock_irq(&v->lock);
	/* The back end lets go of our pages first, then they are plain memory again */
	xenpv_goodbye(v->xd);
	vbd_unpublish(v);
	if (v->disk)
		vbd_disk_put(v);
	vbd_pool_free(v);
	spin_lock_irq(&v->lock);
	v->held = false;
	v->add_failed = false;
	v->broken = NULL;
	v->reported = false;
	spin_unlock_irq(&v->lock);
}

/*
 * Whether the disk can go: nobody uses it, and then never will again, or it is of
 * no use. Otherwise it is held until then.
 */
static bool vbd_retire(struct vbd *v)
{
	bool idle;

	spin_lock_irq(&v->lock);
	idle = !v->adding && (!v->users || !v->up);
	if (idle)
		v->closing = true;
	else
		v->held = true;
	spin_unlock_irq(&v->lock);
	return idle;
}

static void vbd_close(struct vbd *v)
{
	if (!v->disk || vbd_retire(v)) {
		vbd_teardown(v);
		return;
	}
	if (v->xd->state == XenbusStateClosing)
		return;
	dev_info(&v->xd->dev, "%s is in use, and goes when it no longer is\n",
		 v->name.text);
	xenpv_switch_state(v->xd, XenbusStateClosing);
}

static void vbd_log(struct vbd *v)
{
	const struct vbd_features *f = &v->f;

	dev_info(&v->xd->dev, "%s: %llu sectors%s%s%s%s%s, %u requests of %u pages\n",
		 v->name.text, f->sectors, f->read_only ? ", read only" : "",
		 f->removable ? ", removable" : "",
		 f->flush != VBD_NO_OP ? ", flush" : "", f->discard ? ", discard" : "",
		 f->persistent ? ", persistent grants" : "", RING_SIZE(&v->ring),
		 f->pages);
}

/* The disk is there already, and was waiting for its new back end */
static void vbd_reconnected(struct vbd *v)
{
	vbd_set_cache(v->disk->queue, v->f.flush != VBD_NO_OP);
	set_disk_ro(v->disk, v->f.read_only);
	spin_lock_irq(&v->lock);
	v->up = true;
	spin_unlock_irq(&v->lock);
	vbd_disk_unhold(v);
	xenpv_switch_state(v->xd, XenbusStateConnected);
	vbd_disk_resize(v, v->f.sectors);
}

static int vbd_connect_disk(struct vbd *v)
{
	struct vbd_features f;
	int r;

	r = vbd_read_features(v, &f);
	if (r)
		return r;
	if (f.cdrom) {
		dev_dbg(&v->xd->dev, "a CD-ROM, which stays the emulated one\n");
		vbd_fail(v);
		vbd_close(v);
		return 0;
	}
	/* Those who use it count on the size of its blocks */
	if (v->disk && f.logical != v->f.logical)
		return -EMEDIUMTYPE;
	spin_lock_irq(&v->lock);
	v->f = f;
	v->barrier_done = false;
	spin_unlock_irq(&v->lock);
	r = vbd_pool_fill(v);
	if (r)
		return r;
	vbd_log(v);
	if (v->disk) {
		vbd_reconnected(v);
		return 0;
	}
	r = vbd_disk_create(v);
	return r ? r : xenpv_switch_state(v->xd, XenbusStateConnected);
}

static void vbd_connected(struct vbd *v)
{
	unsigned int noio = memalloc_noio_save();
	int r;

	r = vbd_connect_disk(v);
	if (r) {
		vbd_fail(v);
		xenpv_fatal(v->xd, r, "cannot connect to %s", v->xd->otherend);
	}
	memalloc_noio_restore(noio);
}

static void vbd_resized(struct vbd *v)
{
	u64 sectors;

	if (v->disk && !vbd_read_sectors(v, v->f.logical, &sectors))
		vbd_disk_resize(v, sectors);
}

static void vbd_begin(struct vbd *v)
{
	int r;

	r = vbd_publish(v);
	if (!r)
		r = xenpv_switch_state(v->xd, XenbusStateInitialised);
	if (r) {
		vbd_fail(v);
		xenpv_fatal(v->xd, r, "cannot tell the back end of the ring");
	}
}

/* --- the other end's states --------------------------------------------------- */

void vbd_step(struct vbd *v, enum xenbus_state theirs)
{
	struct xenpv_device *xd = v->xd;

	switch (theirs) {
	case XenbusStateInitWait:
		/* A back end that starts anew */
		if (xd->state == XenbusStateClosed && !v->disk)
			xenpv_switch_state(xd, XenbusStateInitialising);
		if (xd->state == XenbusStateInitialising && !v->channel)
			vbd_begin(v);
		break;
	case XenbusStateConnected:
		if (xd->state == XenbusStateInitialised)
			vbd_connected(v);
		else if (xd->state == XenbusStateConnected)
			vbd_resized(v);
		break;
	case XenbusStateClosing:
		if (xd->state == XenbusStateClosed)
			break;
		if (!v->up)
			vbd_fail(v);
		vbd_close(v);
		break;
	case XenbusStateClosed:
		/* In Initialising, it is the back end that has to move */
		if (xd->state == XenbusStateClosed ||
		    xd->state == XenbusStateInitialising)
			break;
		vbd_fail(v);
		vbd_close(v);
		break;
	default:
		break;
	}
}

static void vbd_settle_locked(struct vbd *v)
{
	const char *broken;
	bool add_failed;
	bool held;

	/* Around a suspend, the store and the other end are not to be touched */
	if (v->quiesced)
		return;
	spin_lock_irq(&v->lock);
	broken = v->reported ? NULL : v->broken;
	v->reported = v->broken;
	add_failed = v->add_failed;
	held = v->held;
	spin_unlock_irq(&v->lock);

	if (broken)
		xenpv_fatal(v->xd, -EPROTO, "%s", broken);
	if (v->disk && add_failed) {
		xenpv_fatal(v->xd, -EEXIST, "no disk %s", v->name.text);
		vbd_fail(v);
		vbd_teardown(v);
	} else if (v->disk && held && vbd_retire(v)) {
		vbd_teardown(v);
	}
}

/*
 * What a disk needs to go on after a suspend is never left to this, so that it can do
 * without a thread that is there when memory is short.
 */
void vbd_settle(struct work_struct *work)
{
	struct vbd *v = container_of(work, struct vbd, settle);
	unsigned int noio;

	mutex_lock(&v->lifecycle);
	/* A suspend waits for the lock, with other disks held back already */
	noio = memalloc_noio_save();
	vbd_settle_locked(v);
	memalloc_noio_restore(noio);
	mutex_unlock(&v->lifecycle);
}

/*
 * What was outstanding is done again by the new back end, from the start: nobody
 * was told yet that it was done, and the requests themselves still have their data.
 */
int vbd_restart(struct vbd *v)
{
	int r;

	if (v->disk)
		vbd_disk_hold(v);
	vbd_drop_all(v, true);
	vbd_unpublish(v);
	vbd_pool_revoke(v);
	spin_lock_irq(&v->lock);
	v->held = false;
	v->broken = NULL;
	v->reported = false;
	spin_unlock_irq(&v->lock);
	r = xenpv_switch_state(v->xd, XenbusStateInitialising);
	if (r)
		vbd_fail(v);
	else
		vbd_step(v, xenpv_otherend_state(v->xd));
	return r;
}
