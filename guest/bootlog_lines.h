/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of kernel logs that tell of devices, as a table of patterns, and what
 * loggers put before a line. For bootlog.c and bootlog_scan.c only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "guest/bootlog.h"

enum log_event {
	LOG_NOTHING,
	LOG_BOOT,     /* a boot begins; word: kernel release */
	LOG_CMDLINE,  /* rest: the command line */
	LOG_XEN,      /* "Xen version N." */
	LOG_PLATFORM, /* the platform driver announced itself */
	LOG_BALLOON,
	LOG_VBD,
	LOG_VNIF,
	LOG_MAJOR,	/* xen-vbd is about to register major num */
	LOG_NO_MAJOR,	/* … and did not get it */
	LOG_PARTITIONS, /* dev: its partition table was read */
	LOG_DISK_PV,	/* dev */
	LOG_DISK_EMUL,	/* dev, driver */
	LOG_CDROM,	/* dev: an emulated CD-ROM */
	LOG_NIC_PV,	/* dev */
	LOG_NIC_EMUL,	/* dev, mac, driver */
	LOG_REFUSED,	/* word: node, num: errno */
	LOG_WAITING, /* word: path of a device that is not connected: "device/vbd/768" */
	LOG_NO_DRIVER, /* the same, for want of a driver */
	LOG_FAILURE,
};

struct log_str {
	const char *p;
	size_t n;
};

struct log_match {
	enum log_event event;
	const char *driver; /* NULL */
	struct log_str dev, word, mac, rest;
	unsigned long num;
};

/* What the line (NUL-terminated, without prefix) says. */
struct log_match bootlog_match(const char *line);

/*
 * The kernel's own text of a log line, after what syslog, printk's timestamps and
 * priorities or a recorder put before it; NULL when another program wrote the line.
 */
const char *bootlog_strip(const char *line);

/* What reads a log piece by piece. */
struct bootlog_scan;

struct bootlog_scan *bootlog_scan_new(void);
void bootlog_scan_free(struct bootlog_scan *s);
DEFINE_CLEANUP(struct bootlog_scan *, bootlog_scan_free)
/* The next len bytes of the log; 0 or -ENOMEM. */
int bootlog_scan_feed(struct bootlog_scan *s, const char *text, size_t len);
/*
 * The end: the last boot, and where it begins in the log (of the first line that tells
 * something when no line begins a boot). *ret is NULL when no line tells anything.
 */
int bootlog_scan_end(struct bootlog_scan *s, struct bootlog **ret, size_t *ret_at);
