/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>

#include "guest/initrd_walk.h"
#include "guest/kernels.h"
#include "installer/initrd_edit.h"

int initrd_edit_new(struct root *r, const struct kernel *k, struct initrd_edit **ret,
		    struct err *e)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	const struct initrd *i = k->image;
	int rc;

	if (!i && k->image_problem)
		return err_set(e, ENOTSUP, "%s", k->image_problem);
	if (!i)
		return err_set(e, ENOTSUP, "kernel %s has no initrd", k->release);
	if (!i->nash || !i->init)
		return err_set(e, ENOTSUP,
			       "%s: its /init is not one that nash runs: not an image of "
			       "mkinitrd",
			       i->path);
	if (i->n_inits > 1 || i->init_linked)
		return err_set(e, ENOTSUP, "%s: %s, which is not supported", i->path,
			       i->init_linked ? "its /init has several names"
					      : "it holds /init more than once");
	x = calloc(1, sizeof(*x));
	if (!x)
		return err_nomem(e);
	x->root = r;
	x->kernel = k;
	x->image = i;
	rc = lines_parse(&x->init, i->init, strlen(i->init), i->path, e);
	if (rc < 0)
		return rc;
	if (!comp_can_write(i->segs[i->init_seg].comp))
		return err_set(e, ENOTSUP,
			       "%s: it is compressed by %s, which this version reads but "
			       "does not write",
			       i->path, comp_name(i->segs[i->init_seg].comp));
	*ret = TAKE_PTR(x);
	return 0;
}

void initrd_edit_free(struct initrd_edit *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n_files; i++) {
		free(x->files[i].path);
		closep(&x->files[i].fd);
	}
	free(x->files);
	lines_done(&x->init);
	strv_done(&x->details);
	free(x);
}

static bool in_image(const struct initrd_edit *x, const char *path)
{
	for (size_t i = 0; i < x->image->modules.n; i++)
		if (initrd_name_is(x->image->modules.v[i], path))
			return true;
	return false;
}

static int put_file(struct initrd_edit *x, const char *path, int fd, mode_t mode,
		    bool replaces, struct err *e)
{
	struct initrd_file f = { .mode = mode, .fd = -1, .replaces = replaces };
	struct stat st = { 0 };

	if (fd >= 0) {
		if (fstat(fd, &st) < 0)
			return err_errno(e, errno, "%s", path);
		if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
			return err_set(e, EINVAL, "%s: not a regular file below 4 GiB",
				       path);
	}
	if (!(mode & S_IFMT))
		f.mode |= S_IFREG;
	f.size = (uint64_t)st.st_size;
	f.mtime = st.st_mtime;
	if (vec_grow(&x->files, x->n_files, sizeof(*x->files)) < 0)
		return err_nomem(e);
	f.path = strdup(path);
	if (!f.path)
		return err_nomem(e);
	if (fd >= 0)
		f.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0 && f.fd < 0) {
		free(f.path);
		return err_errno(e, errno, "%s", path);
	}
	x->files[x->n_files++] = f;
	return 0;
}

int initrd_edit_add(struct initrd_edit *x, const char *path, int fd, mode_t mode,
		    struct err *e)
{
	bool there = in_image(x, path);

	for (size_t i = 0; i < x->n_files; i++)
		there = there || streq(x->files[i].path, path);
	if (there || initrd_name_is(path, "init"))
		return err_set(e, EEXIST, "%s: it holds %s already", x->image->path,
			       path);
	return put_file(x, path, fd, mode, false, e);
}

int initrd_edit_replace(struct initrd_edit *x, const char *path, int fd, struct err *e)
{
	if (!strv_has(&x->image->modules, path))
		return err_set(e, ENOENT, "%s: it holds no %s", x->image->path, path);
	return put_file(x, path, fd, 0, true, e);
}

bool initrd_edit_empty(const struct initrd_edit *x)
{
	return !x->n_files && !x->changed_init;
}

uint64_t initrd_edit_size(const struct initrd_edit *x)
{
	uint64_t size = x->image->size;

	/*
	 * The same content packed again by the same method, by another version
	 * of it; what comes along does at worst not shrink.
	 */
	size += size / 64 + 4096;
	for (size_t i = 0; i < x->n_files; i++)
		size += x->files[i].size + 512;
	for (size_t i = 0; i < x->init.n; i++)
		size += x->changed_init ? strlen(x->init.v[i].text) + 1 : 0;
	return size;
}
