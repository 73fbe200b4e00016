/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/stat.h>

#include "guest/initrd_walk.h"
#include "guest/kernels.h"
#include "installer/ext2_write.h"
#include "installer/initrd_ext2.h"

/* The file system grows by so many blocks, until all fits. */
#define STEP 64u

/* Spare inodes when they are what runs out. */
#define SPARE_INODES 16u

#define BUFFER ((size_t)64 * 1024)

/* The old image, unpacked and read. */
static int open_old(const struct initrd_edit *x, bool write, struct ext2_image **ret,
		    struct err *e)
{
	_cleanup_free_ char *label = root_name(x->root, x->image->path);
	_cleanup_close_ int fd = -1;
	struct stat st;
	int unpacked;
	int r;

	if (!label)
		return err_nomem(e);
	fd = root_open_file(x->root, x->image->path, &st, e);
	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size != x->image->size)
		return err_set(e, ESTALE, "%s: it changed since it was read", label);
	r = ext2_image_unpack(fd, label, EXT2_IMAGE_MAX, &unpacked, NULL, NULL, e);
	return r < 0 ? r : ext2_image_open(ret, unpacked, label, write, e);
}

int initrd_ext2_new(struct initrd_edit *x, struct err *e)
{
	const struct initrd *i = x->image;

	x->anchor = "linuxrc";
	return lines_parse(&x->init, i->init, strlen(i->init), i->path, e);
}

/* "./lib/x.o" and "/lib/x.o" are lib/x.o. */
static const char *plain(const char *path)
{
	while (startswith(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	return path;
}

static int add_file(struct ext2_image *m, const struct initrd_file *f, struct err *e)
{
	struct ext2_inode proto = { .i_mode = (uint16_t)f->mode, .i_links_count = 1 };
	struct ext2_content c = { .fd = f->fd, .size = f->size };
	const char *path = plain(f->path);
	_cleanup_free_ char *folder = strdup(path);
	ext2_ino_t dir;
	ext2_ino_t ino;
	int r;

	if (!folder)
		return err_nomem(e);
	folder[path_base(path) - path] = '\0';
	r = ext2_lookup(m, path, &ino, e);
	if (r >= 0)
		return err_set(e, EEXIST, "%s: it holds %s already", m->label, path);
	if (r == -ENOENT)
		r = ext2_lookup(m, folder, &dir, e);
	if (r == -ENOENT)
		return err_set(e, ENOTSUP, "%s: it has no folder /%s", m->label, folder);
	if (r < 0)
		return r;
	proto.i_mtime = proto.i_ctime = proto.i_atime = (uint32_t)f->mtime;
	if (S_ISDIR(f->mode))
		return ext2_add_folder(m, dir, path_base(path), &proto, &ino, e);
	return ext2_add(m, dir, path_base(path), &proto, &c, &ino, e);
}

static int replace_file(struct ext2_image *m, const char *path,
			const struct ext2_content *c, struct err *e)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	int r = ext2_lookup(m, path, &ino, e);

	if (r >= 0 && ext2fs_read_inode(m->fs, ino, &inode))
		r = -ENOENT;
	if (r < 0 || !LINUX_S_ISREG(inode.i_mode))
		return err_set(e, r >= 0 || r == -ENOENT ? ENOTSUP : r,
			       "%s: %s in it cannot be replaced", m->label, path);
	if (inode.i_links_count > 1)
		return err_set(e, ENOTSUP, "%s: %s in it has several names", m->label,
			       path);
	return ext2_replace(m, ino, c, e);
}

/* -ENOSPC when it does not fit: what was changed is to be thrown away. */
static int apply(const struct initrd_edit *x, struct ext2_image *m, struct err *e)
{
	struct ext2_content text = { .fd = -1 };
	_cleanup_free_ char *mem = NULL;
	size_t len;
	int r = 0;

	/* First, so that what it frees serves the others. */
	if (x->changed_init) {
		text.mem = mem = lines_text(&x->init, &len);
		if (!mem)
			return err_nomem(e);
		text.size = len;
		r = replace_file(m, x->anchor, &text, e);
	}
	for (size_t i = 0; r == 0 && i < x->n_files; i++) {
		const struct initrd_file *f = &x->files[i];
		struct ext2_content c = { .fd = f->fd, .size = f->size };

		r = f->replaces ? replace_file(m, plain(f->path), &c, e)
				: add_file(m, f, e);
	}
	return r < 0 ? r : ext2_flush(m, e);
}

/* Blocks that the RAM disk holds: the image that boots fits in any case. */
static int blocks_max(const struct initrd_edit *x, const struct ext2_image *old,
		      uint32_t *ret, const char **ret_from, struct err *e)
{
	uint64_t bytes = 0;
	int r = ramdisk_size(x->root, x->kernel->release, &bytes, ret_from, e);

	if (bytes > EXT2_IMAGE_MAX)
		bytes = EXT2_IMAGE_MAX;
	*ret = (uint32_t)(bytes / old->fs->blocksize);
	if (*ret < ext2fs_blocks_count(old->fs->super))
		*ret = (uint32_t)ext2fs_blocks_count(old->fs->super);
	return r;
}

static int cannot_grow(const struct initrd_edit *x, const struct ext2_image *old,
		       uint32_t blocks, const char *from, struct err *e)
{
	return err_set(e, ENOTSUP,
		       "%s: the drivers do not fit: its file system is full, and the RAM "
		       "disk of kernel %s holds %llu KiB (%s)",
		       old->label, x->kernel->release,
		       (unsigned long long)blocks * old->fs->blocksize / 1024, from);
}

static int grow(const struct initrd_edit *x, struct ext2_image **ret, struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *old = NULL;
	const struct ext2_super_block *s;
	uint32_t inodes;
	uint32_t blocks;
	uint32_t most = 0;
	const char *from = NULL;
	int r = open_old(x, false, &old, e);

	if (r == 0)
		r = blocks_max(x, old, &most, &from, e);
	if (r < 0)
		return r;
	s = old->fs->super;
	blocks = s->s_blocks_count;
	inodes = s->s_inodes_count;
	if (s->s_free_inodes_count < x->n_files)
		inodes += (uint32_t)x->n_files + SPARE_INODES;
	for (;;) {
		_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;

		/* Even without growth it may help: a copy has no holes. */
		r = ext2_copy(old, blocks, inodes, &m, e);
		if (r == 0)
			r = apply(x, m, e);
		if (r == 0)
			*ret = TAKE_PTR(m);
		if (r != -ENOSPC)
			return r;
		if (blocks == most)
			return cannot_grow(x, old, most, from, e);
		blocks = most - blocks < STEP ? most : blocks + STEP;
	}
}

/* The image with the edit done; *ret_again: in a file system made again. */
static int build(const struct initrd_edit *x, struct ext2_image **ret, bool *ret_again,
		 struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;
	int r = open_old(x, true, &m, e);

	*ret_again = false;
	if (r == 0)
		r = ext2_image_verify(m, ENOTSUP, e);
	if (r == 0)
		r = apply(x, m, e);
	if (r == -ENOSPC) {
		*ret_again = true;
		return grow(x, ret, e);
	}
	if (r == 0)
		*ret = TAKE_PTR(m);
	return r;
}

int initrd_ext2_fits(struct initrd_edit *x, struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;
	bool again;
	int r = build(x, &m, &again, e);

	if (r == 0 && again &&
	    strv_addf(&x->details,
		      "its file system made again, of %llu KiB and %u inodes",
		      (unsigned long long)ext2fs_blocks_count(m->fs->super) *
			      m->fs->blocksize / 1024,
		      m->fs->super->s_inodes_count) < 0)
		r = err_nomem(e);
	return r;
}

int initrd_ext2_write(const struct initrd_edit *x, int fd, struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;
	_cleanup_(pack_freep) struct pack *out = NULL;
	_cleanup_free_ char *buf = malloc(BUFFER);
	uint64_t at = 0;
	bool again;
	ssize_t n;
	int r = buf ? build(x, &m, &again, e) : err_nomem(e);

	if (r == 0)
		r = pack_open(&out, fd, x->image->segs[0].comp, m->label, e);
	while (r == 0 && (n = pread_all(m->fd, buf, BUFFER, at)) != 0) {
		r = n < 0 ? err_errno(e, (int)n, "reading %s", m->label)
			  : pack_write(out, buf, (size_t)n, e);
		at += (uint64_t)n;
	}
	return r < 0 ? r : pack_finish(out, NULL, e);
}
