/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/devices.h"
#include "guest/modconf.h"
#include "guest/storage.h"

#define HWCONF	"/etc/sysconfig/hwconf"
#define SCRIPTS "/etc/sysconfig/network-scripts"
/* Devices that a tree's files may name. */
#define DEVICES_MAX 1024

/* "eth0"; not "eth0:1" or "eth0.5", which are names on another's device. */
static bool is_eth(const char *name)
{
	return name && startswith(name, "eth") && name[3] &&
	       strspn(name + 3, "0123456789") == strlen(name + 3) && strlen(name) < 8;
}

static int set_lower(char **to, const char *from)
{
	if (str_set(to, from) < 0)
		return -ENOMEM;
	for (char *p = *to; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return 0;
}

static bool is_mac(const char *s)
{
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return !s[17];
}

/* The device of that name, added when new; *ret is NULL beyond the bound. */
static int get(struct devices *d, enum dev_kind kind, const char *name,
	       struct device **ret)
{
	*ret = devices_find(d, kind, name);
	if (*ret || d->n >= DEVICES_MAX)
		return 0;
	*ret = devices_add(d, kind, name);
	return *ret ? 0 : -ENOMEM;
}

/* --- module aliases ------------------------------------------------------ */

static int add_aliases(struct devices *d, const struct modconf *c)
{
	for (size_t i = 0; c && i < c->n; i++) {
		const struct modconf_file *f = c->files[i];

		for (size_t k = 0; k < f->n; k++) {
			const struct modconf_entry *a = &f->entries[k];
			const struct modconf_entry *last;
			struct device *dev;

			if (!streq(a->directive, "alias") || !is_eth(a->arg1) || !a->arg2)
				continue;
			last = modconf_alias(c, a->arg1, NULL);
			if (get(d, DEV_NIC, a->arg1, &dev) < 0)
				return -ENOMEM;
			if (dev && last && last->arg2 &&
			    str_set(&dev->driver, last->arg2) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* --- kudzu's hwconf ------------------------------------------------------ */

/*
 * Records begin with a line "-" and hold lines "key: value". Of them:
 *
 *	class: NETWORK | HD | CDROM    device: eth0    driver: 8139cp    bus: PCI
 *	detached: 0                    network.hwaddr: 00:16:3E:00:00:0A
 */
struct record {
	char *class, *device, *driver, *bus, *hwaddr, *detached;
};

static void record_done(struct record *r)
{
	free(r->class);
	free(r->device);
	free(r->driver);
	free(r->bus);
	free(r->hwaddr);
	free(r->detached);
	*r = (struct record){ 0 };
}

static int add_record(struct devices *d, const struct record *r)
{
	bool nic = streq(r->class, "NETWORK") && is_eth(r->device);
	bool cdrom = streq(r->class, "CDROM");
	struct device *dev;

	if ((!nic && !cdrom && !streq(r->class, "HD")) || !r->device ||
	    streq(r->detached, "1"))
		return 0;
	if (get(d, nic ? DEV_NIC : DEV_DISK, r->device, &dev) < 0)
		return -ENOMEM;
	if (!dev)
		return 0;
	dev->removable = cdrom;
	/* kudzu writes "ignore" for what no module of its own drives. */
	if (!dev->driver && r->driver && !streq(r->driver, "ignore") &&
	    !streq(r->driver, "unknown") && str_set(&dev->driver, r->driver) < 0)
		return -ENOMEM;
	if (r->bus && set_lower(&dev->bus, r->bus) < 0)
		return -ENOMEM;
	if (nic && r->hwaddr && is_mac(r->hwaddr))
		return set_lower(&dev->mac, r->hwaddr);
	return 0;
}

static int record_line(struct record *r, const char *line)
{
	const struct {
		const char *key;
		char **to;
	} keys[] = {
		{ "class:", &r->class },	   { "device:", &r->device },
		{ "driver:", &r->driver },	   { "bus:", &r->bus },
		{ "network.hwaddr:", &r->hwaddr }, { "detached:", &r->detached },
	};

	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		const char *v;

		if (!startswith(line, keys[i].key))
			continue;
		v = line + strlen(keys[i].key);
		return str_set(keys[i].to, v + strspn(v, " \t"));
	}
	return 0;
}

static int add_hwconf(struct devices *d, const struct root *r, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(record_done) struct record rec = { 0 };
	char *save = NULL;
	int k = root_read(r, HWCONF, ROOT_TEXT_MAX, &text, NULL, e);

	if (k == -ENOENT) {
		if (e)
			err_done(e);
		return 0;
	}
	if (k < 0)
		return k;
	for (char *line = strtok_r(text, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		if (streq(line, "-")) {
			if (add_record(d, &rec) < 0)
				return err_nomem(e);
			record_done(&rec);
		} else if (record_line(&rec, line) < 0) {
			return err_nomem(e);
		}
	}
	return add_record(d, &rec) < 0 ? err_nomem(e) : 0;
}

/* --- ifcfg files --------------------------------------------------------- */

/* The value of NAME= in a file of shell assignments, without quotes; NULL. */
static char *assigned(const char *text, const char *name)
{
	size_t n = strlen(name);
	char *found = NULL;

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += strspn(p, "\n \t");
		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		p += strspn(p, "\"'");
		free(found);
		found = strndup(p, strcspn(p, "\"' \t\r\n#"));
	}
	return found;
}

static int add_ifcfg(struct devices *d, const struct root *r, const char *file)
{
	_cleanup_free_ char *path = strf(SCRIPTS "/%s", file);
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *mac = NULL;
	struct device *dev;

	/* One that cannot be read names nothing; the scripts of the guest pass over it
	 * too. */
	if (!path || root_read(r, path, 65536, &text, NULL, NULL) < 0)
		return path ? 0 : -ENOMEM;
	name = assigned(text, "DEVICE");
	mac = assigned(text, "HWADDR");
	if (!name || !is_eth(name))
		return 0;
	if (get(d, DEV_NIC, name, &dev) < 0)
		return -ENOMEM;
	/* What kudzu read of the hardware is nearer to it than what a person wrote. */
	if (!dev || dev->mac || !mac || !is_mac(mac))
		return 0;
	return set_lower(&dev->mac, mac);
}

static int add_scripts(struct devices *d, const struct root *r)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (root_list(r, SCRIPTS, &names, NULL) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++)
		if (startswith(names.v[i], "ifcfg-") && is_eth(names.v[i] + 6) &&
		    add_ifcfg(d, r, names.v[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* --- disks --------------------------------------------------------------- */

static struct dev_fs *find_fs(struct device *dev, const char *name)
{
	for (size_t i = 0; i < dev->n_fs; i++)
		if (streq(dev->fs[i].name, name))
			return &dev->fs[i];
	return NULL;
}

/* What fstab says of a partition: type and mount point. */
static int add_fs(struct device *dev, const struct devref *ref)
{
	const char *name = ref->spec + strlen("/dev/");
	struct dev_fs *fs = find_fs(dev, name);

	if (!fs) {
		if (vec_grow(&dev->fs, dev->n_fs, sizeof(*dev->fs)) < 0)
			return -ENOMEM;
		fs = &dev->fs[dev->n_fs++];
		if (str_set(&fs->name, name) < 0)
			return -ENOMEM;
	}
	if (!fs->type && ref->fstype && !streq(ref->fstype, "auto") &&
	    str_set(&fs->type, ref->fstype) < 0)
		return -ENOMEM;
	return ref->mountpoint ? strv_add(&fs->mounts, ref->mountpoint) : 0;
}

static int add_disks(struct devices *d, const struct storage *s)
{
	struct device *dev;

	for (size_t i = 0; s && i < s->disks.n; i++)
		if (get(d, DEV_DISK, s->disks.v[i], &dev) < 0)
			return -ENOMEM;
	for (size_t i = 0; s && i < s->n; i++) {
		const struct devref *ref = &s->refs[i];

		dev = ref->disk ? devices_find(d, DEV_DISK, ref->disk) : NULL;
		if (dev && ref->where == DEVREF_FSTAB && add_fs(dev, ref) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_from_tree(const struct root *r, const struct modconf *c,
		      const struct storage *s, struct devices **ret, struct err *e)
{
	_cleanup_(devices_freep) struct devices *d = calloc(1, sizeof(*d));
	int k;

	if (!d || add_aliases(d, c) < 0)
		return err_nomem(e);
	k = add_hwconf(d, r, e);
	if (k < 0)
		return k;
	if (add_scripts(d, r) < 0 || add_disks(d, s) < 0)
		return err_nomem(e);
	devices_sort(d);
	*ret = TAKE_PTR(d);
	return 0;
}
