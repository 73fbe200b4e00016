/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module configuration, line by line: modprobe.conf, modprobe.conf.local,
 * modprobe.d, modules.conf, conf.modules. Comments, continuation lines, unknown
 * directives and the if/else/endif blocks of modutils survive an edit untouched.
 */
#pragma once

#include "lib/lines.h"
#include "lib/root.h"

struct modconf_entry {
	char *directive; /* "alias", "options", "install", "include", "if", … as written
			  */
	char *arg1;	 /* "eth0"; NULL when there is none */
	char *arg2;	 /* "8139cp": next word; NULL when there is none */
	size_t line;	 /* first line, from 0 */
	size_t n_lines;	 /* with continuations */
	bool conditional; /* inside an if block: its effect depends on the run */
};

struct modconf_file {
	char *path;    /* guest path as listed */
	bool modutils; /* modules.conf, conf.modules: of modutils, with its if blocks */
	struct lines lines;
	struct modconf_entry *entries;
	size_t n;
};

struct modconf {
	struct modconf_file **files; /* in the order in which they are read */
	size_t n;
	size_t bytes, lines; /* of all of them, as read */
};

/*
 * Every module configuration file of the guest: conf.modules, modules.conf,
 * modprobe.conf.dist, modprobe.conf, modprobe.d/ (all files but backups),
 * modprobe.conf.local. A file that is there and is no text (NUL bytes, an endless
 * line, a FIFO) is an error that names it. `include` is an entry, and not followed.
 */
int modconf_read(const struct root *r, struct modconf **ret, struct err *e);
void modconf_free(struct modconf *c);
DEFINE_CLEANUP(struct modconf *, modconf_free)

/* One file's text; path is its name. For editing, tests and fuzzing. */
int modconf_parse(const char *path, const char *text, size_t len,
		  struct modconf_file **ret, struct err *e);
void modconf_file_free(struct modconf_file *f);
DEFINE_CLEANUP(struct modconf_file *, modconf_file_free)

/* The file with that path or NULL. */
struct modconf_file *modconf_file(const struct modconf *c, const char *path);

/*
 * The effective (last unconditional) alias of a name over all files, or NULL. Files of
 * modutils count only where there is no file of modprobe's: a left-over modules.conf of
 * an upgraded guest is read by nobody.
 */
const struct modconf_entry *modconf_alias(const struct modconf *c, const char *name,
					  const struct modconf_file **ret_file);

/* Whether modprobe reads the file, as above. */
bool modconf_file_active(const struct modconf *c, const struct modconf_file *f);

/*
 * Edits, on a parsed file. set_alias: make `alias NAME MODULE` true, by changing
 * only the module's word in the last unconditional alias of that name (spacing
 * and trailing comment kept), else by a new line after the last alias, else at
 * the end. Returns 1 changed, 0 nothing to do, negative errno.
 */
int modconf_set_alias(struct modconf_file *f, const char *name, const char *module);
/* Remove every unconditional alias of that name: number removed, or negative errno. */
int modconf_remove_alias(struct modconf_file *f, const char *name);
