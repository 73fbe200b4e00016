/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>

#include "cli/sandbox.h"
#include "installer/transaction.h"
#include "lib/confine.h"

/* What librpm, libudev, libblkid and the C library read of the system that runs us */
static const char *const of_system[] = { "/usr",  "/lib", "/lib64", "/etc",
					 "/proc", "/sys", "/dev",   "/run" };

/* The folders of a guest in which steps of installer/ change something */
static const char *const of_guest[] = { "/boot", "/efi",     "/dev", "/etc",
					"/lib",	 "/usr/lib", "/var" };

/* A guest's folder, or the nearest one above it that there is */
static int keep_nearest(struct confine *c, const struct root *r, const char *path)
{
	_cleanup_free_ char *at = strdup(path);
	_cleanup_close_ int fd = -1;

	while (at && (fd = root_open(r, at, O_PATH | O_DIRECTORY, 0, NULL)) < 0) {
		char *slash = strrchr(at, '/');

		if (!slash)
			break;
		*slash = '\0';
	}
	if (!at)
		return -ENOMEM;
	return fd < 0 ? 0 : confine_keep(c, fd, CONFINE_WRITE);
}

/* What of the guest the command may write */
static int keep_guest(struct confine *c, const struct options *o, const struct root *r)
{
	bool changes = o->program == PROGRAM_INSTALL && !o->dry_run;
	int k = confine_keep(c, r->fd, changes ? CONFINE_FOLDERS : CONFINE_READ);

	/* In a tree that has no /var yet it is made, and removed again. */
	if (k == 0 && (changes || o->at_boot))
		k = keep_nearest(c, r, STATE_DIR);
	for (size_t i = 0; changes && i < ELEMENTSOF(of_guest) && k == 0; i++) {
		_cleanup_close_ int fd = root_open(r, of_guest[i], O_PATH | O_DIRECTORY,
						   0, NULL);

		k = fd < 0 ? 0 : confine_keep(c, fd, CONFINE_WRITE);
	}
	return k;
}

static int keep_report(struct confine *c, const char *file)
{
	_cleanup_free_ char *dir = path_folder(file);

	return dir ? confine_keep_path(c, dir, CONFINE_WRITE) : -ENOMEM;
}

static int keep_others(struct confine *c, const struct options *o, const char *keys)
{
	const char *tmp = secure_getenv("TMPDIR");
	int k = confine_keep_path(c, tmp && *tmp ? tmp : "/var/tmp", CONFINE_WRITE);

	if (k == 0)
		k = confine_keep_path(c, "/dev/null", CONFINE_WRITE);
	if (k == 0)
		k = confine_keep_path(c, PKGDATADIR, CONFINE_READ);
	if (k == 0 && keys)
		k = confine_keep_path(c, keys, CONFINE_READ);
	if (k == 0 && o->report && !streq(o->report, "-"))
		k = keep_report(c, o->report);
	for (size_t i = 0; i < ELEMENTSOF(of_system) && k == 0; i++)
		k = confine_keep_path(c, of_system[i], CONFINE_READ);
	for (size_t i = 0; i < o->bundles.n && k == 0; i++)
		k = confine_keep_path(c, o->bundles.v[i], CONFINE_READ);
	return k;
}

/* Give up all but what was kept; kept < 0 is the error that it failed with. */
static int enter(struct confine *c, int kept, struct err *e)
{
	int k;

	if (kept < 0)
		return err_errno(e, kept, "cannot keep the files that are needed");
	k = confine_files(c, e);
	return k < 0 ? k : confine_calls(e);
}

int sandbox_enter(const struct options *o, const char *keys, struct err *e)
{
	_cleanup_confine_ struct confine *c = confine_new(CONFINE_ALL);
	_cleanup_root_ struct root *r = NULL;
	int k;

	if (!c)
		return err_nomem(e);
	k = root_new(&r, o->root, NULL) < 0 ? 0 : keep_guest(c, o, r);
	if (k == 0)
		k = keep_others(c, o, keys);
	return enter(c, k, e);
}

int sandbox_enter_host(const struct options *o, int folder, struct err *e)
{
	_cleanup_confine_ struct confine *c = confine_new(CONFINE_ALL);
	int k;

	if (!c)
		return err_nomem(e);
	k = folder < 0 ? 0
		       : confine_keep(c, folder, o->write ? CONFINE_WRITE : CONFINE_READ);
	if (k == 0)
		k = keep_others(c, o, NULL);
	return enter(c, k, e);
}

/* The folder of a file that is written */
static int keep_folder(struct confine *c, const struct root *r, const char *path)
{
	_cleanup_free_ char *dir = path ? path_folder(path) : NULL;

	if (!path)
		return 0;
	return dir ? keep_nearest(c, r, dir) : -ENOMEM;
}

int sandbox_narrow(struct root *r, const struct plan *p, struct err *e)
{
	_cleanup_confine_ struct confine *c = confine_new(CONFINE_WRITES);
	int k;

	if (!c)
		return err_nomem(e);
	k = keep_nearest(c, r, STATE_DIR);
	for (size_t i = 0; i < p->n && k == 0; i++) {
		k = keep_folder(c, r, p->v[i].path);
		if (k == 0)
			k = keep_folder(c, r, p->v[i].to);
		if (k == 0)
			k = keep_folder(c, r, p->v[i].keep);
	}
	if (k < 0)
		return err_errno(e, k, "cannot keep the files that are to be written");
	return confine_files(c, e);
}
