/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which distribution, major release and update level a guest is. */
#pragma once

#include "guest/rpmdb.h"
#include "lib/root.h"

struct distro {
	char *name;    /* the line as it stands in the file, trimmed; never NULL */
	char *family;  /* "rhel" for RHEL and rebuilds (CentOS, Scientific, Oracle);
			* else ID of os-release ("debian"), "unknown" */
	char *vendor;  /* "redhat", "centos", "scientific", "oracle", …; NULL unknown */
	int major;     /* -1 unknown */
	int minor;     /* update level; -1 unknown */
	char *source;  /* the file that said so, or "the rpm database" */
	char *package; /* the release package in the rpm database, name-version-release;
			  NULL */
	char *disagreement; /* one sentence when file and package differ; else NULL */
};

/*
 * From /etc/redhat-release in all its historical spellings (facts of the
 * release names: AS/ES/WS/Desktop/Server/Client, "Taroon Update 9", "N.M"),
 * then /etc/os-release; cross-checked with the release package (redhat-release,
 * centos-release, sl-release, oraclelinux-release, enterprise-release, …).
 * db may be NULL. An unknown distribution is a fact, not an error; a file that
 * exists and cannot be read is one.
 */
int distro_read(const struct root *r, const struct rpmdb *db, struct distro **ret,
		struct err *e);
void distro_free(struct distro *d);
DEFINE_CLEANUP(struct distro *, distro_free)

/* One line of redhat-release; false when it is none. For tests and fuzzing. */
bool distro_parse_redhat(const char *line, struct distro *d);
