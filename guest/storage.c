/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "guest/blkprobe.h"
#include "guest/fstab.h"
#include "guest/machine.h"
#include "guest/mounts.h"
#include "guest/storage_refs.h"

#define FSTAB	  "/etc/fstab"
#define FSTAB_MAX (1u << 20)

void storage_free(struct storage *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->refs[i].file);
		free(s->refs[i].spec);
		free(s->refs[i].disk);
		free(s->refs[i].mountpoint);
		free(s->refs[i].fstype);
		free(s->refs[i].release);
	}
	free(s->refs);
	free(s->lib.path);
	free(s->boot.path);
	free(s->boot_disk);
	free(s->boot_spec);
	free(s->mbr_disk);
	strv_done(&s->disks);
	strv_done(&s->md_devices);
	free(s->md_file);
	free(s);
}

/* --- space --------------------------------------------------------------- */

/* The file system of a folder; of the root when the guest has no such folder. */
static int fsinfo(const struct root *r, const char *path, struct fsinfo *f, struct err *e)
{
	_cleanup_free_ char *name = root_name(r, path);
	_cleanup_close_ int fd = -1;
	struct statvfs v;
	struct stat st;

	f->path = strdup(path);
	if (!f->path || !name)
		return err_nomem(e);
	fd = root_open(r, path, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd == -ENOENT) {
		if (e)
			err_done(e);
		fd = root_open(r, "/", O_RDONLY | O_DIRECTORY, 0, e);
	}
	if (fd < 0)
		return fd;
	if (fstatvfs(fd, &v) < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", name);
	f->free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	f->free_inodes = v.f_favail;
	f->dev = st.st_dev;
	f->read_only = v.f_flag & ST_RDONLY;
	return 0;
}

/* --- /boot and its disk -------------------------------------------------- */

/* A kernel lies in /boot: it is no empty mount point. */
static bool has_kernels(const struct root *r)
{
	static const char *const prefixes[] = { "vmlinuz", "vmlinux", "bzImage" };
	_cleanup_strv_ struct strv names = { 0 };

	if (root_list(r, "/boot", &names, NULL) < 0)
		return false;
	for (size_t i = 0; i < names.n; i++)
		for (size_t k = 0; k < ELEMENTSOF(prefixes); k++)
			if (startswith(names.v[i], prefixes[k]))
				return true;
	return false;
}

/* Lines "(hd0)  /dev/hda" of grub's device.map: the disk of hdN, NULL when it is not
 * there. */
static char *device_map(const struct root *r, const char *grub)
{
	static const char *const files[] = { "/boot/grub/device.map",
					     "/boot/grub2/device.map" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *text = NULL;
		char *save = NULL;

		if (root_read(r, files[i], FSTAB_MAX, &text, NULL, NULL) < 0)
			continue;
		for (char *line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			_cleanup_free_ char *name = NULL;
			_cleanup_free_ char *dev = NULL;
			char *disk = NULL;
			unsigned int part;

			if (sscanf(line, " (%m[^)]) %ms", &name, &dev) != 2 ||
			    !streq(name, grub))
				continue;
			if (storage_split_device(dev, &disk, &part))
				return disk;
		}
	}
	return NULL;
}

/* "(hd0,0)" or "hd0,msdos1" -> "hd0"; the caller frees; NULL for anything else. */
static char *grub_disk(const char *device)
{
	size_t n;

	if (!device)
		return NULL;
	device += *device == '(';
	n = strcspn(device, ",)");
	return startswith(device, "hd") ? strndup(device, n) : NULL;
}

/* Live: the disk behind the file system that holds a folder. */
static char *disk_behind(dev_t dev)
{
	_cleanup_free_ char *name = block_name_of(dev);
	_cleanup_free_ char *path = name ? strf("/dev/%s", name) : NULL;
	char *disk = NULL;
	unsigned int part;

	return path && storage_split_device(path, &disk, &part) ? disk : NULL;
}

/*
 * The disk of /boot, or of / when /boot is not separate. Names first, as they need no
 * guess; then the device that is really there; then what the boot loader says of itself.
 */
static int find_boot_disk(struct storage *s, const struct root *r,
			  const struct bootcfg *boot)
{
	const struct devref *ref = storage_mount(s, s->boot_in_fstab ? "/boot" : "/");
	const struct boot_entry *b = boot ? bootcfg_default(boot) : NULL;
	_cleanup_free_ char *grub = NULL;

	if (ref && ref->disk) {
		s->boot_disk = strdup(ref->disk);
		return s->boot_disk ? 0 : -ENOMEM;
	}
	if (r->is_slash && s->boot_present)
		s->boot_disk = disk_behind((dev_t)s->boot.dev);
	if (!s->boot_disk && boot && !b && boot->n)
		b = &boot->entries[0];
	grub = b ? grub_disk(b->grub_device) : NULL;
	if (!s->boot_disk && grub)
		s->boot_disk = device_map(r, grub);
	return 0;
}

static void find_mbr_disk(struct storage *s, const struct root *r,
			  const struct bootcfg *boot)
{
	unsigned int part;

	if (boot && boot->boot_comment &&
	    storage_split_device(boot->boot_comment, &s->mbr_disk, &part))
		return;
	/* The BIOS boots its first disk. */
	s->mbr_disk = device_map(r, "hd0");
}

static int add_disk(struct strv *disks, const char *name)
{
	return !name || strv_has(disks, name) ? 0 : strv_add(disks, name);
}

static int read_boot(struct storage *s, const struct root *r, const struct bootcfg *boot,
		     struct err *e)
{
	const struct devref *ref = storage_mount(s, "/boot");

	s->boot_in_fstab = ref != NULL;
	s->boot_present = !ref || (has_kernels(r) && fstab_is_mounted(r, "/boot"));
	if (ref) {
		s->boot_spec = strdup(ref->spec);
		if (!s->boot_spec)
			return err_nomem(e);
	}
	if (find_boot_disk(s, r, boot) < 0)
		return err_nomem(e);
	find_mbr_disk(s, r, boot);
	for (size_t i = 0; i < s->n; i++)
		if (add_disk(&s->disks, s->refs[i].disk) < 0)
			return err_nomem(e);
	if (add_disk(&s->disks, s->boot_disk) < 0 || add_disk(&s->disks, s->mbr_disk) < 0)
		return err_nomem(e);
	strv_sort(&s->disks);
	return 0;
}

int storage_refs_read(struct storage *s, const struct root *r, struct err *e)
{
	_cleanup_free_ char *name = root_name(r, FSTAB);
	_cleanup_free_ char *text = NULL;
	size_t len;
	int k;

	if (!name)
		return err_nomem(e);
	k = root_read(r, FSTAB, FSTAB_MAX, &text, &len, e);
	if (k == -ENOENT) {
		if (e)
			err_done(e);
		return 0;
	}
	return k < 0 ? k : storage_refs_fstab(s, FSTAB, text, len, name, e);
}

int storage_read(const struct root *r, const struct bootcfg *boot,
		 const struct kernels *k, struct storage **ret, struct err *e)
{
	_cleanup_(storage_freep) struct storage *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return err_nomem(e);
	err = fsinfo(r, "/lib", &s->lib, e);
	if (err == 0)
		err = fsinfo(r, "/boot", &s->boot, e);
	if (err == 0)
		err = storage_refs_read(s, r, e);
	if (err == 0)
		err = storage_refs_boot(s, boot, e);
	if (err == 0)
		err = storage_refs_initrds(s, k, e);
	if (err == 0)
		err = storage_refs_files(s, r, e);
	if (err == 0)
		err = read_boot(s, r, boot, e);
	if (err < 0)
		return err;
	*ret = TAKE_PTR(s);
	return 0;
}

/* --- identity ------------------------------------------------------------ */

/* Open the block device that a ref names: by its mount point, or live by its own name. */
static int open_device(const struct root *r, const struct devref *ref)
{
	const char *mountpoint = ref->mountpoint;
	_cleanup_free_ char *name = NULL;
	dev_t dev = 0;
	int k = -ENODEV;

	if (ref->where == DEVREF_BOOT_ROOT || ref->where == DEVREF_INITRD_ROOT)
		mountpoint = "/";
	if (r->is_slash && ref->disk) {
		if (startswith(ref->spec, "/dev/"))
			name = strdup(ref->spec + strlen("/dev/"));
		else /* a number: no disk of those has a 'p' before its partition */
			name = ref->part ? strf("%s%u", ref->disk, ref->part)
					 : strdup(ref->disk);
		if (!name)
			return -ENOMEM;
		for (char *p = name; *p; p++)
			if (*p == '/')
				*p = '!';
		return machine_open_block(name, 0);
	}
	if (mountpoint && *mountpoint == '/')
		k = fstab_device(r, mountpoint, &dev);
	if (k < 0)
		return k;
	name = block_name_of(dev);
	return name ? machine_open_block(name, dev) : -ENODEV;
}

/* A spec that is a label or UUID already: 1. */
static int from_spec(const char *spec, char **ret_label, char **ret_uuid)
{
	const char *label = startswith(spec, "LABEL=") ? spec + 6 : NULL;
	const char *uuid = startswith(spec, "UUID=") ? spec + 5 : NULL;

	if (!label && !uuid)
		return 0;
	*ret_label = label ? strdup(label) : NULL;
	*ret_uuid = uuid ? strdup(uuid) : NULL;
	return *ret_label || *ret_uuid ? 1 : -ENOMEM;
}

int storage_identity(const struct root *r, const struct devref *ref, char **ret_label,
		     char **ret_uuid, struct err *e)
{
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	_cleanup_close_ int fd = -1;
	int k = from_spec(ref->spec, ret_label, ret_uuid);

	if (k)
		return k < 0 ? err_nomem(e) : 0;
	fd = open_device(r, ref);
	if (fd < 0)
		return err_errno(e, fd, "%s: the device cannot be read from here",
				 ref->spec);
	k = blkprobe_fd(fd, &b);
	if (k < 0)
		return err_errno(e, k, "%s", ref->spec);
	if (!b.label && !b.uuid)
		return err_set(e, ENODATA, "%s: has neither a label nor a UUID",
			       ref->spec);
	*ret_label = TAKE_PTR(b.label);
	*ret_uuid = TAKE_PTR(b.uuid);
	return 0;
}
