/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/fstab.h"
#include "guest/storage_refs.h"
#include "lib/at.h"

/* A folder of somebody else's file system, and no root of one. */
static bool is_copy(const struct root *r)
{
	struct stat top;
	struct stat above;

	return !r->is_slash &&
	       (fstat(r->fd, &top) < 0 || at_stat(r->fd, "..", &above) < 0 ||
		above.st_dev == top.st_dev);
}

static bool holds_something(const struct root *r, const char *path)
{
	_cleanup_strv_ struct strv names = { 0 };

	return root_list(r, path, &names, NULL) == 0 && names.n;
}

/* Looking at the root's parent leaves the tree, and for its number only: is_copy(). */
int fstab_device(const struct root *r, const char *mountpoint, dev_t *ret)
{
	_cleanup_free_ char *up = strf("%s/..", mountpoint);
	struct stat st;
	struct stat above;
	int k = up ? root_stat(r, mountpoint, true, &st, NULL) : -ENOMEM;

	if (k < 0)
		return k;
	if (streq(mountpoint, "/") ? is_copy(r)
				   : root_stat(r, up, true, &above, NULL) < 0 ||
					     above.st_dev == st.st_dev)
		return -ENODEV;
	*ret = st.st_dev;
	return 0;
}

bool fstab_is_mounted(const struct root *r, const char *mountpoint)
{
	dev_t dev;

	return is_copy(r) ? holds_something(r, mountpoint)
			  : fstab_device(r, mountpoint, &dev) == 0;
}

int fstab_missing(const struct root *r, struct strv *ret, struct err *e)
{
	_cleanup_(storage_freep) struct storage *s = calloc(1, sizeof(*s));
	int k = s ? storage_refs_read(s, r, e) : err_nomem(e);

	for (size_t i = 0; k == 0 && i < s->n; i++) {
		const char *path = s->refs[i].mountpoint;

		if (!path || path[0] != '/' || !path[1] || fstab_is_mounted(r, path))
			continue;
		if (strv_add(ret, path) < 0)
			k = err_nomem(e);
	}
	return k;
}
