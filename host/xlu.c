/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/xlu.h"
#include "lib/strv.h"

/* Places that are tried; no honest file has so many. */
#define TRIES_MAX 32
/* A path and some words. libxlutil 4.17 writes beyond its memory at 16 KB. */
#define DISK_TEXT_MAX 8192

void xlu_done(struct xlu *x)
{
	if (x->cfg)
		xlu_cfg_destroy(x->cfg);
	if (x->report)
		fclose(x->report);
	free(x->said);
}

int xlu_open(struct xlu *x, const char *label, struct err *e)
{
	x->report = open_memstream(&x->said, &x->size);
	x->cfg = x->report ? xlu_cfg_init(x->report, label) : NULL;
	return x->cfg ? 0 : err_nomem(e);
}

int xlu_complain(struct xlu *x, int code, const char *label, size_t line, struct err *e)
{
	const char *said;

	if (code == ENOMEM)
		return err_nomem(e);
	fflush(x->report);
	said = x->said && startswith(x->said, label) ? x->said + strlen(label) : "";
	if (!*said)
		said = ": libxlutil does not understand it";
	if (!line)
		return err_set(e, EINVAL, "%s%.*s", label, (int)strcspn(said, "\n"),
			       said);
	said += strspn(said, ": ");
	return err_set(e, EINVAL, "%s:%zu: %.*s", label, line, (int)strcspn(said, "\n"),
		       said);
}

int xlu_parse_disk(const char *spec, const char *label, size_t line,
		   libxl_device_disk *ret, struct err *e)
{
	_cleanup_(xlu_done) struct xlu x = { 0 };
	int k = xlu_open(&x, label, e);

	libxl_device_disk_init(ret);
	if (k < 0)
		return k;
	if (strlen(spec) > DISK_TEXT_MAX)
		return err_set(e, EINVAL, "%s:%zu: a disk's text of more than %d bytes",
			       label, line, DISK_TEXT_MAX);
	k = xlu_disk_parse(x.cfg, 1, &spec, ret);
	return k ? xlu_complain(&x, k, label, line, e) : 0;
}

/* Only the name of the disk differs. */
static bool same_but_name(const libxl_device_disk *a, const libxl_device_disk *b,
			  const char *name)
{
	return streq(b->vdev, name) && streq(a->pdev_path, b->pdev_path) &&
	       streq(a->backend_domname, b->backend_domname) &&
	       streq(a->script, b->script) && a->backend == b->backend &&
	       a->format == b->format && a->removable == b->removable &&
	       a->readwrite == b->readwrite && a->is_cdrom == b->is_cdrom &&
	       a->direct_io_safe == b->direct_io_safe;
}

/* The text with another name means the disk with that name, and all else as before. */
static bool fits(const libxl_device_disk *before, const char *changed, const char *name)
{
	libxl_device_disk after;
	bool good = xlu_parse_disk(changed, "", 1, &after, NULL) == 0 &&
		    same_but_name(before, &after, name);

	libxl_device_disk_dispose(&after);
	return good;
}

/* 0, -ENOMEM, or -ENOENT. */
static int find_name(const libxl_device_disk *before, const char *spec, const char *to,
		     size_t *ret_at, size_t *ret_len)
{
	static const char prefix[] = "ioemu:";
	const char *at = strstr(spec, before->vdev);

	for (int tries = 0; at && tries < TRIES_MAX; tries++) {
		_cleanup_free_ char *changed = NULL;
		const char *end = at + strlen(before->vdev);
		const char *from = at;

		if (at - spec >= (long)strlen(prefix) &&
		    startswith(at - strlen(prefix), prefix))
			from = at - strlen(prefix);
		changed = strf("%.*s%s%s", (int)(from - spec), spec, to, end);
		if (!changed)
			return -ENOMEM;
		if (fits(before, changed, to)) {
			*ret_at = (size_t)(from - spec);
			*ret_len = (size_t)(end - from);
			return 0;
		}
		at = strstr(at + 1, before->vdev);
	}
	return -ENOENT;
}

int xlu_find_name(const char *spec, const char *label, size_t line, const char *to,
		  size_t *ret_at, size_t *ret_len, struct err *e)
{
	libxl_device_disk disk;
	int k = xlu_parse_disk(spec, label, line, &disk, e);

	if (k == 0) {
		k = find_name(&disk, spec, to, ret_at, ret_len);
		if (k < 0)
			err_set(e, k == -ENOMEM ? ENOMEM : EINVAL,
				"%s:%zu: where the disk's text has its name, %s, is not "
				"found",
				label, line, disk.vdev);
	}
	libxl_device_disk_dispose(&disk);
	return k;
}
