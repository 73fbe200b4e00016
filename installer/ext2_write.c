/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "installer/ext2_write.h"
#include "lib/strv.h"

#define BUFFER 65536u

static int failed(struct ext2_image *m, errcode_t code, struct err *e)
{
	return code ? ext2_failed(m, code, "writing its file system", e) : 0;
}

int ext2_lookup(struct ext2_image *m, const char *path, ext2_ino_t *ret, struct err *e)
{
	ext2_ino_t ino = EXT2_ROOT_INO;

	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		errcode_t code = 0;

		if (len)
			code = ext2fs_lookup(m->fs, ino, p, (int)len, NULL, &ino);
		if (code == EXT2_ET_FILE_NOT_FOUND || code == EXT2_ET_NO_DIRECTORY)
			return -ENOENT;
		if (code)
			return failed(m, code, e);
		p += len + (p[len] == '/');
	}
	*ret = ino;
	return 0;
}

static int piece(const struct ext2_content *c, uint64_t at, char *buf, unsigned int *ret)
{
	uint64_t left = c->size - at;
	ssize_t n;

	*ret = left < BUFFER ? (unsigned int)left : BUFFER;
	if (c->fd < 0) {
		memcpy(buf, c->mem + at, *ret);
		return 0;
	}
	n = pread_all(c->fd, buf, *ret, at);
	if (n < 0)
		return (int)n;
	return (unsigned int)n == *ret ? 0 : -EIO;
}

static int write_content(struct ext2_image *m, ext2_ino_t ino,
			 const struct ext2_content *c, struct err *e)
{
	_cleanup_free_ char *buf = malloc(BUFFER);
	ext2_file_t file;
	errcode_t code;
	errcode_t closed;
	int r = 0;

	if (!buf)
		return err_nomem(e);
	code = ext2fs_file_open(m->fs, ino, EXT2_FILE_WRITE, &file);
	if (code)
		return failed(m, code, e);
	for (uint64_t at = 0; r == 0 && !code && at < c->size;) {
		unsigned int want;
		unsigned int done = 0;

		r = piece(c, at, buf, &want);
		if (r == 0)
			code = ext2fs_file_write(file, buf, want, &done);
		at += done;
	}
	closed = ext2fs_file_close(file);
	if (r < 0)
		return err_errno(e, r, "%s: reading what goes into it", m->label);
	return failed(m, code ? code : closed, e);
}

static void take_attributes(struct ext2_inode *to, const struct ext2_inode *from)
{
	to->i_mode = from->i_mode;
	to->i_uid = from->i_uid;
	to->i_gid = from->i_gid;
	to->osd2.linux2.l_i_uid_high = from->osd2.linux2.l_i_uid_high;
	to->osd2.linux2.l_i_gid_high = from->osd2.linux2.l_i_gid_high;
	to->i_atime = from->i_atime;
	to->i_ctime = from->i_ctime;
	to->i_mtime = from->i_mtime;
	to->i_generation = from->i_generation;
	to->i_flags = from->i_flags & ~(uint32_t)EXT2_INDEX_FL;
}

int ext2_set_attributes(struct ext2_image *m, ext2_ino_t ino,
			const struct ext2_inode *proto, struct err *e)
{
	struct ext2_inode inode;
	errcode_t code = ext2fs_read_inode(m->fs, ino, &inode);

	if (code)
		return failed(m, code, e);
	take_attributes(&inode, proto);
	return failed(m, ext2fs_write_inode(m->fs, ino, &inode), e);
}

static int file_type(uint16_t mode)
{
	static const struct {
		uint16_t mode;
		int type;
	} types[] = {
		{ LINUX_S_IFREG, EXT2_FT_REG_FILE }, { LINUX_S_IFDIR, EXT2_FT_DIR },
		{ LINUX_S_IFCHR, EXT2_FT_CHRDEV },   { LINUX_S_IFBLK, EXT2_FT_BLKDEV },
		{ LINUX_S_IFIFO, EXT2_FT_FIFO },     { LINUX_S_IFSOCK, EXT2_FT_SOCK },
		{ LINUX_S_IFLNK, EXT2_FT_SYMLINK },
	};

	for (size_t i = 0; i < ELEMENTSOF(types); i++)
		if ((mode & LINUX_S_IFMT) == types[i].mode)
			return types[i].type;
	return EXT2_FT_UNKNOWN;
}

int ext2_add_name(struct ext2_image *m, ext2_ino_t dir, const char *name, ext2_ino_t ino,
		  uint16_t mode, struct err *e)
{
	int type = file_type(mode);
	errcode_t code = ext2fs_link(m->fs, dir, name, ino, type);

	if (code == EXT2_ET_DIR_NO_SPACE) {
		code = ext2fs_expand_dir(m->fs, dir);
		if (!code)
			code = ext2fs_link(m->fs, dir, name, ino, type);
	}
	return failed(m, code, e);
}

int ext2_add(struct ext2_image *m, ext2_ino_t dir, const char *name,
	     const struct ext2_inode *proto, const struct ext2_content *content,
	     ext2_ino_t *ret, struct err *e)
{
	struct ext2_inode inode = { .i_links_count = proto->i_links_count };
	errcode_t code = ext2fs_new_inode(m->fs, dir, proto->i_mode, NULL, ret);
	int r;

	if (code)
		return failed(m, code, e);
	take_attributes(&inode, proto);
	if (!content) {
		memcpy(inode.i_block, proto->i_block, sizeof(inode.i_block));
		inode.i_size = proto->i_size;
	}
	ext2fs_inode_alloc_stats2(m->fs, *ret, +1, 0);
	r = failed(m, ext2fs_write_inode(m->fs, *ret, &inode), e);
	if (r == 0)
		r = ext2_add_name(m, dir, name, *ret, proto->i_mode, e);
	if (r == 0 && content)
		r = write_content(m, *ret, content, e);
	return r < 0 ? r : ext2_set_attributes(m, *ret, proto, e);
}

int ext2_add_folder(struct ext2_image *m, ext2_ino_t dir, const char *name,
		    const struct ext2_inode *proto, ext2_ino_t *ret, struct err *e)
{
	errcode_t code = ext2fs_mkdir(m->fs, dir, 0, name);

	if (code == EXT2_ET_DIR_NO_SPACE) {
		code = ext2fs_expand_dir(m->fs, dir);
		if (!code)
			code = ext2fs_mkdir(m->fs, dir, 0, name);
	}
	if (!code)
		code = ext2fs_lookup(m->fs, dir, name, (int)strlen(name), NULL, ret);
	return code ? failed(m, code, e) : ext2_set_attributes(m, *ret, proto, e);
}

int ext2_replace(struct ext2_image *m, ext2_ino_t ino, const struct ext2_content *content,
		 struct err *e)
{
	struct ext2_inode old;
	struct ext2_inode inode;
	errcode_t code = ext2fs_read_inode(m->fs, ino, &old);
	int r;

	if (!code)
		code = ext2fs_punch(m->fs, ino, NULL, NULL, 0, ~0ull);
	if (!code)
		code = ext2fs_read_inode(m->fs, ino, &inode);
	if (code)
		return failed(m, code, e);
	inode.i_size = 0;
	inode.i_size_high = 0;
	r = failed(m, ext2fs_write_inode(m->fs, ino, &inode), e);
	if (r == 0)
		r = write_content(m, ino, content, e);
	return r < 0 ? r : ext2_set_attributes(m, ino, &old, e);
}

int ext2_flush(struct ext2_image *m, struct err *e)
{
	/* With libext2fs's own cache, which is not flushed without a sync. */
	return failed(m, ext2fs_flush2(m->fs, 0), e);
}
