/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device nodes of PV disks, on guests that have neither udev nor devfs: /dev is a folder
 * of files there, and kmod-xenpv's documentation has the administrator make them. Major
 * 202, 16 minors a disk: xvda 0, xvda1 1, xvdb 16 [facts.md, Modules; Linux,
 * Documentation/admin-guide/devices.txt].
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "installer/plan.h"

#define XVD_MAJOR 202
#define MINORS	  16 /* of a disk: itself and 15 partitions */
/* xvda to xvdp, all that the 8 bits of a 2.4 kernel's minor numbers hold: those of a host
 * of RHEL 5, and those from xvde on that xenpv-host gives on others, whatever the guest's
 * files call the disks. */
#define USUAL 16

/* The node that lends owner and label. */
static const char *const likes[] = { "/dev/hda", "/dev/sda" };

static bool same_fs(const struct planning *p)
{
	struct stat top;
	struct stat dev;

	return root_stat(p->root, "/", true, &top, NULL) == 0 &&
	       root_stat(p->root, "/dev", true, &dev, NULL) == 0 &&
	       top.st_dev == dev.st_dev;
}

static int plan_node(struct planning *p, const char *path, dev_t rdev, const char *like,
		     const char *detail, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	struct stat st;
	struct op *op;
	int k = root_stat(p->root, path, false, &st, &why);

	if (k == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev)
		return 0;
	if (k == 0)
		return plan_note(p, e,
				 "%s is no block device %u:%u and was left as it is: a "
				 "PV disk of that name cannot be opened by it",
				 path, major(rdev), minor(rdev));
	if (k != -ENOENT)
		return err_set(e, k, "%s", err_text(&why));
	op = plan_op(p->plan, OP_MKNOD, "make-node", path);
	if (!op)
		return err_nomem(e);
	op->rdev = rdev;
	op->mode = 0660;
	op->like = like ? strdup(like) : NULL;
	op->detail = strdup(detail);
	return op->detail && (op->like || !like) ? 0 : err_nomem(e);
}

static int plan_disk(struct planning *p, unsigned int disk, const char *like,
		     struct err *e)
{
	_cleanup_free_ char *detail = strf("block devices %u:%u to %u:%u", XVD_MAJOR,
					   disk * MINORS, XVD_MAJOR,
					   disk * MINORS + MINORS - 1);
	int k = detail ? 0 : err_nomem(e);

	for (unsigned int i = 0; k == 0 && i < MINORS; i++) {
		char number[4] = "";
		_cleanup_free_ char *path = NULL;

		if (i)
			snprintf(number, sizeof(number), "%u", i);
		path = strf("/dev/xvd%c%s", 'a' + (int)disk, number);
		k = path ? plan_node(p, path, makedev(XVD_MAJOR, disk * MINORS + i), like,
				     detail, e)
			 : err_nomem(e);
	}
	return k;
}

/* "xvde" -> 4; -1: no such name. */
static int disk_number(const char *name)
{
	if (!startswith(name, "xvd") || name[3] < 'a' || name[3] > 'z' || name[4])
		return -1;
	return name[3] - 'a';
}

int plan_nodes(struct planning *p, struct err *e)
{
	bool wanted['z' - 'a' + 1] = { false };
	const char *like = NULL;
	bool any = false;
	int k = 0;

	for (size_t i = 0; i < p->g->kernels->n; i++)
		any = any || plan_kernel_switches(p, i);
	if (!any)
		return 0;
	if (!same_fs(p))
		return plan_note(p, e,
				 "/dev is not the guest's own folder here: the nodes of "
				 "PV disks (/dev/xvda, block 202:0, and so on) were not "
				 "made");
	for (size_t i = 0; i < USUAL; i++)
		wanted[i] = true;
	for (size_t i = 0; i < p->n_renames; i++)
		if (disk_number(p->renames[i].to) >= 0)
			wanted[disk_number(p->renames[i].to)] = true;
	for (size_t i = 0; i < ELEMENTSOF(likes) && !like; i++) {
		struct stat st;

		if (root_stat(p->root, likes[i], false, &st, NULL) == 0 &&
		    S_ISBLK(st.st_mode))
			like = likes[i];
	}
	for (unsigned int i = 0; k == 0 && i < ELEMENTSOF(wanted); i++)
		if (wanted[i])
			k = plan_disk(p, i, like, e);
	return k;
}
