/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's last boot as its logs tell it: /var/log/messages and
 * /var/log/dmesg. Which lines prove what, and which look like proof and are not,
 * stands in a table with its source [facts.md, "Log lines" and "Seen on real …"].
 */
#pragma once

#include "guest/devices.h"

struct log_dev {
	enum dev_kind kind;
	char *name;   /* "xvdb", "eth1", "hda" */
	bool pv;      /* proven on PV / proven emulated (ide, 8139cp, …) */
	char *driver; /* "vbd", "vif", "ide-disk", "8139cp", … */
	char *mac;    /* when the line has it; NULL */
	char *line;   /* the line that proves it */
};

struct log_refusal {
	char *node; /* "vbd-768", "vif-0" */
	char *line;
	bool benign; /* the IDE driver owns the major (hda, CD-ROM): expected, harmless */
	char *disk;  /* "hda" for vbd-768, "hdc" for vbd-5632; NULL */
};

struct bootlog {
	char *source;  /* guest path of the log used; NULL: no log, or no boot in it */
	bool since;    /* that boot came after the inventory was recorded */
	char *release; /* "Linux version R"; NULL */
	char *cmdline; /* NULL */
	bool xen;      /* "Xen version 3.1." of the platform driver */
	bool platform, balloon, vbd,
		vnif; /* each driver announced itself; proves no device */
	struct log_dev *devs;
	size_t n_devs;
	struct log_refusal *refusals;
	size_t n_refusals;
	struct strv failures; /* lines that say what went wrong */
};

/* inv may be NULL (then since is false). An absent log is a fact. Logs of more than 64
 * MiB are read from their last 64 MiB. */
int bootlog_read(const struct root *r, const struct inventory *inv, struct bootlog **ret,
		 struct err *e);
/* From text (all boots in it; the last counts). For tests and fuzzing. */
int bootlog_parse(const char *text, size_t len, struct bootlog **ret, struct err *e);
void bootlog_free(struct bootlog *b);
DEFINE_CLEANUP(struct bootlog *, bootlog_free)
/* The marks of the guest's logs as they are now, into inv->logs. */
int bootlog_mark(const struct root *r, struct inventory *inv, struct err *e);
