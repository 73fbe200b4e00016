/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/devices_read.h"
#include "guest/machine.h"

static void fs_done(struct dev_fs *fs)
{
	free(fs->name);
	free(fs->type);
	free(fs->label);
	free(fs->uuid);
	free(fs->uuid_sub);
	strv_done(&fs->mounts);
}

void device_done(struct device *d)
{
	free(d->name);
	free(d->driver);
	free(d->bus);
	free(d->node);
	free(d->pci);
	free(d->mac);
	free(d->place);
	free(d->ptuuid);
	for (size_t i = 0; i < d->n_fs; i++)
		fs_done(&d->fs[i]);
	free(d->fs);
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		device_done(&d->v[i]);
	free(d->v);
	free(d);
}

struct device *devices_add(struct devices *d, enum dev_kind kind, const char *name)
{
	char *copy = strdup(name);

	if (!copy || vec_grow(&d->v, d->n, sizeof(*d->v)) < 0) {
		free(copy);
		return NULL;
	}
	d->v[d->n].kind = kind;
	d->v[d->n].name = copy;
	return &d->v[d->n++];
}

struct device *devices_find(const struct devices *d, enum dev_kind kind, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].kind == kind && streq(d->v[i].name, name))
			return &d->v[i];
	return NULL;
}

/* Disks first; names of one kind by length, so that xvdb comes before xvdaa and eth2
 * before eth10. */
static int compare(const void *a, const void *b)
{
	const struct device *x = a;
	const struct device *y = b;
	size_t n = strlen(x->name);
	size_t m = strlen(y->name);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (n != m)
		return n < m ? -1 : 1;
	return strcmp(x->name, y->name);
}

void devices_sort(struct devices *d)
{
	if (d->n > 1)
		qsort(d->v, d->n, sizeof(*d->v), compare);
}

/* --- reading the running guest ------------------------------------------- */

bool device_is_software(const char *name, const char *path)
{
	static const char *const prefixes[] = { "loop", "ram", "dm-", "md",
						"zram", "nbd", "drbd" };

	if (strstr(path, "/devices/virtual/"))
		return true;
	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (startswith(name, prefixes[i]) &&
		    (endswith(prefixes[i], "-") ||
		     isdigit((unsigned char)name[strlen(prefixes[i])])))
			return true;
	return false;
}

int device_set_parent(struct device *d, const char *bus, const char *driver,
		      const char *node)
{
	const struct {
		char **to;
		const char *from;
	} texts[] = { { &d->bus, bus }, { &d->driver, driver }, { &d->node, node } };

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		*texts[i].to = texts[i].from ? strdup(texts[i].from) : NULL;
		if (texts[i].from && !*texts[i].to)
			return -ENOMEM;
	}
	d->pv = streq(bus, "xen") && streq(driver, d->kind == DEV_DISK ? "vbd" : "vif");
	return 0;
}

int device_set_mac(struct device *d, const char *mac)
{
	d->mac = mac && *mac ? strdup(mac) : NULL;
	if (mac && *mac && !d->mac)
		return -ENOMEM;
	for (char *p = d->mac; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return 0;
}

int device_probe(const char *name, dev_t dev, struct blkprobe *b)
{
	_cleanup_close_ int fd = machine_open_block(name, dev);
	int k = fd < 0 ? 0 : blkprobe_fd(fd, b);

	return k == -ENOMEM ? k : 0;
}

int device_add_fs(struct device *d, const char *name, dev_t dev, uint64_t sectors,
		  struct blkprobe *b, const struct mount_list *mounts)
{
	struct dev_fs *fs;

	if (vec_grow(&d->fs, d->n_fs, sizeof(*d->fs)) < 0)
		return -ENOMEM;
	fs = &d->fs[d->n_fs++];
	fs->name = strdup(name);
	fs->type = TAKE_PTR(b->type);
	fs->label = TAKE_PTR(b->label);
	fs->uuid = TAKE_PTR(b->uuid);
	fs->uuid_sub = TAKE_PTR(b->uuid_sub);
	fs->size = sectors * 512;
	if (!fs->name)
		return -ENOMEM;
	return mount_list_targets(mounts, dev, name, &fs->mounts);
}

/* By the way that the running kernel has. */
static int read_any(struct devices *out, const struct mount_list *mounts)
{
	_cleanup_root_ struct root *sys = NULL;
	_cleanup_root_ struct root *proc = NULL;

	/* 2.4 has no sysfs, or an empty folder. */
	if (root_new(&sys, machine_sysfs(), NULL) < 0 || !root_is_dir(sys, "/block"))
		return root_new(&proc, machine_procfs(), NULL) < 0
			       ? 0
			       : devices_read_proc(proc, out, mounts);
	/*
	 * Kernels before 2.6.26 have no /sys/class/block, and a link "device" where the
	 * folders' order is the parents' now: libudev sees nothing in such a sysfs.
	 */
	if (!root_is_dir(sys, "/class/block"))
		return devices_read_sysfs(sys, out, mounts);
	return devices_read_udev(sys, out, mounts);
}

int devices_read(struct devices **ret, struct err *e)
{
	_cleanup_(devices_freep) struct devices *out = calloc(1, sizeof(*out));
	_cleanup_mounts_ struct mount_list mounts = { 0 };
	int k;

	if (!out)
		return err_nomem(e);
	k = mount_list_read(&mounts, e);
	if (k < 0)
		return k;
	if (read_any(out, &mounts) < 0)
		return err_nomem(e);
	devices_sort(out);
	*ret = TAKE_PTR(out);
	return 0;
}
