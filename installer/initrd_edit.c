/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>

#include "checks/images.h"
#include "guest/initrd_walk.h"
#include "guest/kernels.h"
#include "guest/newc.h"
#include "installer/initrd_edit.h"
#include "installer/initrd_ext2.h"
#include "lib/at.h"

/* The script of nash is what is edited, and the modules stand beside it. */
static int edit_nash(struct initrd_edit *x, struct err *e)
{
	const struct initrd *i = x->image;

	x->anchor = "init";
	return lines_parse(&x->init, i->init, strlen(i->init), i->path, e);
}

/* udev loads what the indexes list: files and indexes are what is edited. */
static int edit_indexes(struct initrd_edit *x, struct err *e)
{
	(void)e;
	x->anchor = initrd_dep_path(x->image);
	return 0;
}

static int (*const editable[INITRD_KIND_COUNT])(struct initrd_edit *x, struct err *e) = {
	[INITRD_KIND_NASH] = edit_nash,
	[INITRD_KIND_EXT2] = initrd_ext2_new,
	[INITRD_KIND_DRACUT] = edit_indexes,
	[INITRD_KIND_INITRAMFS_TOOLS] = edit_indexes,
};

int initrd_edit_new(struct root *r, const struct kernel *k, struct initrd_edit **ret,
		    struct err *e)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	_cleanup_free_ char *obstacle = image_obstacle(k);
	const struct initrd *i = k->image;
	int rc;

	if (!obstacle)
		return err_nomem(e);
	if (obstacle[0])
		return err_set(e, ENOTSUP, "%s", obstacle);
	x = calloc(1, sizeof(*x));
	if (!x)
		return err_nomem(e);
	x->root = r;
	x->kernel = k;
	x->image = i;
	x->seg = image_segment(i);
	x->sums.seg = x->seg;
	rc = editable[i->kind](x, e);
	if (rc < 0)
		return rc;
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
	free(x->sums.v);
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

	/* As much of the path as a sentence bears. */
	if (strlen(path) >= NEWC_NAME_MAX)
		return err_set(e, ENOTSUP,
			       "%s: the path of %.64s in it would have %zu bytes, more "
			       "than the %d that kernels read",
			       x->image->path, path_base(path), strlen(path),
			       NEWC_NAME_MAX - 1);
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
		f.fd = dup_cloexec(fd);
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
	if (there || initrd_name_is(path, x->anchor))
		return err_set(e, EEXIST, "%s: it holds %s already", x->image->path,
			       path);
	return put_file(x, path, fd, mode, false, e);
}

static bool is_text(const struct initrd *i, const char *path)
{
	if (streq(i->modprobe.conf.path, path))
		return true;
	for (size_t n = 0; n < i->n_texts; n++)
		if (streq(i->texts[n].path, path))
			return true;
	return false;
}

int initrd_edit_replace(struct initrd_edit *x, const char *path, int fd, struct err *e)
{
	if (!strv_has(&x->image->modules, path) && !strv_has(&x->image->indexes, path) &&
	    !is_text(x->image, path))
		return err_set(e, ENOENT, "%s: it holds no %s", x->image->path, path);
	return put_file(x, path, fd, 0, true, e);
}

int initrd_edit_replace_data(struct initrd_edit *x, const char *path, const void *data,
			     size_t len, struct err *e)
{
	_cleanup_close_ int fd = scratch_file();
	int r = fd < 0 ? fd : write_all(fd, data, len);

	if (r < 0)
		return err_errno(e, r, "keeping %s", path);
	return initrd_edit_replace(x, path, fd, e);
}

int initrd_edit_fits(struct initrd_edit *x, struct err *e)
{
	if (x->image->kind != INITRD_KIND_EXT2 || initrd_edit_empty(x))
		return 0;
	return initrd_ext2_fits(x, e);
}

bool initrd_edit_empty(const struct initrd_edit *x)
{
	return !x->n_files && !x->changed_init;
}

/*
 * Percent by which a stream grows that was packed with the most effort of its tool, and
 * is packed again with ours (see lib/encode.c). Of programs and modules, measured: bzip2
 * and lzop 1, gzip 10, xz and lzma 26, lz4 31, zstd 34; and some more for others.
 */
static const unsigned int growth[COMP_COUNT] = {
	[COMP_GZIP] = 20, [COMP_BZIP2] = 10,	  [COMP_LZMA] = 40, [COMP_XZ] = 40,
	[COMP_LZ4] = 45,  [COMP_LZ4_LEGACY] = 45, [COMP_ZSTD] = 50, [COMP_LZOP] = 10,
};

uint64_t initrd_edit_size(const struct initrd_edit *x)
{
	const struct initrd_seg *seg = &x->image->segs[x->seg];
	uint64_t size = x->image->size;

	/* What comes along does at worst not shrink. */
	size += seg->length * growth[seg->comp] / 100 + 4096;
	/* Empty tables and blocks of a file system that grows, packed. */
	if (x->image->kind == INITRD_KIND_EXT2)
		size += 64 * 1024;
	for (size_t i = 0; i < x->n_files; i++)
		size += x->files[i].size + 512;
	for (size_t i = 0; i < x->init.n; i++)
		size += x->changed_init ? strlen(x->init.v[i].text) + 1 : 0;
	return size;
}
