/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LVM's configuration, as far as it decides by their names which disks LVM looks at:
 * filters of lvm.conf and lvmlocal.conf, the devices file, and on which devices the
 * volume groups were when LVM last wrote its backups. [lvm.conf(5), lvmdevices(8)]
 */
#pragma once

#include <regex.h>

#include "lib/root.h"

struct lvm_pattern {
	bool accept;
	char delimiter[2]; /* opening and closing one; alike but for brackets */
	char *regex;
	size_t offset; /* of its opening quote in the file */
};

/* The first pattern that matches decides; a device that none matches is accepted. */
struct lvm_filter {
	char *file;   /* guest path */
	char *key;    /* "filter", "global_filter" */
	size_t line;  /* from 0 */
	bool is_list; /* in brackets: another pattern can be put in */
	struct lvm_pattern *v;
	size_t n;
};

/* A line of the devices file that knows a disk by what a PV disk has none of. */
struct lvm_entry {
	size_t line;
	char *idtype; /* "sys_wwid" */
	char *name;   /* "/dev/sda2" */
};

struct lvmconf {
	struct lvm_filter *filters;
	size_t n;
	int use_devicesfile; /* -1: not said */
	struct lvm_entry *entries;
	size_t n_entries;
	struct strv devices; /* physical volumes by the backups: "/dev/sda2" */
	struct strv
		problems; /* what could not be read or understood, one sentence each */
};

#define LVM_CONF	 "/etc/lvm/lvm.conf"
#define LVM_DEVICES_FILE "/etc/lvm/devices/system.devices"

/* Files that cannot be read are problems, not errors. -ENOMEM. */
int lvmconf_read(const struct root *r, struct lvmconf **ret, struct err *e);
void lvmconf_free(struct lvmconf *c);
DEFINE_CLEANUP(struct lvmconf *, lvmconf_free)

/* One file's text, appended; a later filter of the same key goes before. -EINVAL with a
 * sentence when it is no text of LVM's. */
int lvmconf_parse(struct lvmconf *c, const char *file, const char *text, struct err *e);

/* One of LVM's regular expressions as one of POSIX's, compiled (the caller regfree()s
 * it); -EINVAL: it is none, or would take much memory. -ENOMEM. */
int lvm_regex(const char *regex, regex_t *ret);
bool lvm_accepts(const struct lvm_filter *f, const char *device);
/*
 * The regular expression that takes the new name of a disk as this one takes the old
 * ("/dev/sda2" -> "/dev/xvda2", "/dev/sd.*" -> "/dev/xvd.*"): 1 and *ret (the caller
 * frees), 0 when it does not name the disk, or the class of disks, literally, or cannot
 * be written in double quotes. -ENOMEM.
 */
int lvm_pattern_follow(const struct lvm_pattern *p, const char *from, const char *to,
		       char **ret);
/*
 * Whether a device, which the filter takes under its old name and not under its new one,
 * would be taken with such a pattern before the one that takes it today.
 */
bool lvm_can_follow(const struct lvm_filter *f, const char *old, const char *new,
		    const char *from, const char *to);
/*
 * A file's text with such a pattern before each accepting one that has one: 1 and *ret
 * (the caller frees), 0 when no filter in it would change. -ENOMEM.
 */
int lvm_text_follow(const struct lvmconf *c, const char *file, const char *text,
		    const char *from, const char *to, char **ret);
