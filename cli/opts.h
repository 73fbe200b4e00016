/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines: one table of options for all commands, from which --help is printed. */
#pragma once

#include "checks/finding.h"
#include "lib/strv.h"

/* Exit status of every command (the contract of the man pages). */
enum {
	EXIT_PASS = 0,	      /* all required holds, done, or nothing to do */
	EXIT_REQUIREMENT = 1, /* a requirement is not met, or a device is not on PV */
	EXIT_USAGE = 2,
	EXIT_UNREADABLE = 3,  /* input unreadable or a step impossible; guest unchanged */
	EXIT_ROLLED_BACK = 4, /* failed, rolled back */
	EXIT_INCOMPLETE = 5,  /* rollback incomplete, journal kept */
};

enum program {
	PROGRAM_CHECK = 1,
	PROGRAM_INSTALL = 2,
	PROGRAM_VERIFY = 4,
	PROGRAM_HOST = 8
};
/* Those that read a guest, and all of them. */
#define PROGRAM_GUEST (PROGRAM_CHECK | PROGRAM_INSTALL | PROGRAM_VERIFY)
#define PROGRAM_ALL   (PROGRAM_GUEST | PROGRAM_HOST)

struct options {
	enum program program;
	const char *root;   /* "/" by default */
	const char *host;   /* NULL: not given */
	const char *kernel; /* "all" by default */
	struct strv bundles;
	const char *policy; /* NULL: the default one, where there is one */
	const char *report; /* a file, "-" for standard output; NULL */
	bool json, strict, quiet, verbose;
	bool dry_run, uninstall, recover, boot_disk_pv, verify_at_boot, at_boot;
	unsigned int wait; /* seconds */
	struct rename *renames;
	size_t n_renames;
	struct strv force;
	/* of xenpv-host alone */
	const char *config;		/* the file; NULL: not given */
	const struct generation *guest; /* NULL: not told */
	struct strv keep;
	bool write;
	const char *suffix; /* NULL: the default one */
};

/* "xenpv-check" */
const char *program_name(enum program p);

/*
 * Parse. Returns true to go on; false with *ret_exit set when --help or --version was
 * printed (0) or the command line is wrong (2, said in one line on stderr).
 */
bool options_parse(struct options *o, enum program p, int argc, char **argv,
		   int *ret_exit);
void options_done(struct options *o);
