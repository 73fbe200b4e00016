/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a kernel without sysfs (2.4), as its /proc has them:
 *
 *	/proc/partitions	"   3     0   49152 hda …", disks and partitions
 *	/proc/ide/hda/driver	"ide-disk version 1.17", for disks of the IDE driver alone
 *	/proc/ide/hda/media	"disk", "cdrom"
 *	/proc/net/dev		"  eth0:  …"
 *
 * MAC and driver of a NIC are asked of the NIC.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "guest/blockname.h"
#include "guest/devices_read.h"
#include "guest/machine.h"

/* A text of procfs; NULL. */
static char *text_of(const struct root *proc, const char *path)
{
	char *text = NULL;

	return root_read(proc, path, ROOT_TEXT_MAX, &text, NULL, NULL) < 0 ? NULL : text;
}

/* The first word of a file of /proc/ide; NULL. */
static char *ide_word(const struct root *proc, const char *disk, const char *file)
{
	_cleanup_free_ char *dir = strf("/ide/%s", disk);
	char *line = dir ? device_attribute(proc, dir, file) : NULL;

	if (line)
		line[strcspn(line, " ")] = '\0';
	return line;
}

/* An IDE disk that the IDE driver does not know is one that xen-vbd has taken over. */
static int set_driver(const struct root *proc, struct device *d)
{
	_cleanup_free_ char *driver = ide_word(proc, d->name, "driver");
	_cleanup_free_ char *media = ide_word(proc, d->name, "media");

	if (driver) {
		d->removable = media && !streq(media, "disk");
		return device_set_parent(d, "ide", driver, NULL);
	}
	if (startswith(d->name, "xvd") || startswith(d->name, "hd"))
		return device_set_parent(d, "xen", "vbd", NULL);
	return startswith(d->name, "sd") ? device_set_parent(d, "scsi", "sd", NULL) : 0;
}

/* A disk, or a partition of one that was added before, of so many KiB. */
static int add_block(const struct root *proc, struct devices *out, const char *name,
		     dev_t dev, uint64_t size, const struct mount_list *mounts)
{
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	_cleanup_free_ char *disk = NULL;
	unsigned int len;
	unsigned int part;
	struct device *d;

	if (device_is_software(name, "") || !blockname_split(name, &len, &part))
		return 0;
	disk = strndup(name, len);
	if (!disk)
		return -ENOMEM;
	d = part ? devices_find(out, DEV_DISK, disk) : devices_add(out, DEV_DISK, name);
	if (!d)
		return part ? 0 : -ENOMEM;
	if (!part) {
		d->size = size * 1024;
		if (set_driver(proc, d) < 0)
			return -ENOMEM;
	}
	if (d->removable)
		return 0;
	if (device_probe(name, dev, &b) < 0)
		return -ENOMEM;
	if (!part)
		d->ptuuid = TAKE_PTR(b.ptuuid);
	return part || b.type ? device_add_fs(d, name, dev, size * 2, &b, mounts) : 0;
}

static int add_blocks(const struct root *proc, struct devices *out,
		      const struct mount_list *mounts)
{
	_cleanup_free_ char *text = text_of(proc, "/partitions");
	char *save = NULL;

	for (char *l = text ? strtok_r(text, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		unsigned int maj;
		unsigned int min;
		unsigned long long size;
		int at = 0;

		if (sscanf(l, "%u %u %llu %n", &maj, &min, &size, &at) != 3 || !at)
			continue;
		l += at;
		l[strcspn(l, " ")] = '\0';
		for (char *p = l; *p; p++)
			if (*p == '/')
				*p = '!'; /* as sysfs has it */
		if (add_block(proc, out, l, makedev(maj, min), size, mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Loopback, bridges and tunnels have no driver to tell of, or no MAC. */
static int add_nic(struct devices *out, const char *name)
{
	_cleanup_free_ char *driver = NULL;
	_cleanup_free_ char *mac = NULL;
	struct device *d;
	bool pv;

	if (!startswith(name, "eth") || strchr(name, '.'))
		return 0;
	if (machine_nic(name, &mac, &driver) < 0)
		return -ENOMEM;
	d = devices_add(out, DEV_NIC, name);
	pv = streq(driver, "netfront");
	if (!d || device_set_parent(d, pv ? "xen" : NULL, pv ? "vif" : driver, NULL) < 0)
		return -ENOMEM;
	return device_set_mac(d, mac);
}

static int add_nics(const struct root *proc, struct devices *out)
{
	_cleanup_free_ char *text = text_of(proc, "/net/dev");
	char *save = NULL;

	for (char *l = text ? strtok_r(text, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		char *colon = strchr(l, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (add_nic(out, l + strspn(l, " ")) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_read_proc(const struct root *proc, struct devices *out,
		      const struct mount_list *mounts)
{
	int k = add_blocks(proc, out, mounts);

	return k < 0 ? k : add_nics(proc, out);
}
