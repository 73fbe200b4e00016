/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A larger file system with the files of an old one. libext2fs has no function that makes
 * one larger; a copy does as well: the numbers of inodes change, which nothing in an
 * initrd knows.
 */
#include <fcntl.h>
#include <string.h>

#include "installer/ext2_write.h"
#include "lib/at.h"

static int failed(const struct ext2_image *m, errcode_t code, struct err *e)
{
	return code ? ext2_failed(m, code, "making a larger file system", e) : 0;
}

static int new_fs(struct ext2_image *m, const struct ext2_super_block *old,
		  uint32_t blocks, uint32_t inodes, struct err *e)
{
	struct ext2_super_block s = {
		.s_rev_level = old->s_rev_level,
		.s_log_block_size = old->s_log_block_size,
		.s_log_cluster_size = old->s_log_block_size,
		.s_blocks_count = blocks,
		.s_inodes_count = inodes,
		.s_first_data_block = old->s_first_data_block,
		.s_blocks_per_group = old->s_blocks_per_group,
		.s_feature_compat = old->s_feature_compat,
		.s_feature_incompat = old->s_feature_incompat,
		.s_feature_ro_compat = old->s_feature_ro_compat,
		.s_inode_size = old->s_inode_size,
		.s_creator_os = old->s_creator_os,
	};
	uint64_t bytes = (uint64_t)blocks << (10 + old->s_log_block_size);
	char name[16];
	int fd;

	m->fd = scratch_file();
	if (m->fd < 0)
		return err_errno(e, m->fd, "%s", m->label);
	if (ftruncate(m->fd, (off_t)bytes) < 0)
		return err_errno(e, errno, "%s", m->label);
	fd = dup_cloexec(m->fd);
	if (fd < 0)
		return err_errno(e, errno, "%s", m->label);
	snprintf(name, sizeof(name), "%d", fd);
	return failed(m, ext2fs_initialize(name, 0, &s, unixfd_io_manager, &m->fs), e);
}

/* What is no matter of size. */
static void take_super(struct ext2_super_block *to, const struct ext2_super_block *from)
{
	to->s_r_blocks_count = 0;
	to->s_mtime = from->s_mtime;
	to->s_mkfs_time = from->s_mkfs_time;
	to->s_lastcheck = from->s_lastcheck;
	to->s_mnt_count = from->s_mnt_count;
	to->s_max_mnt_count = from->s_max_mnt_count;
	to->s_state = from->s_state;
	to->s_errors = from->s_errors;
	to->s_minor_rev_level = from->s_minor_rev_level;
	to->s_checkinterval = from->s_checkinterval;
	to->s_def_resuid = from->s_def_resuid;
	to->s_def_resgid = from->s_def_resgid;
	to->s_def_hash_version = from->s_def_hash_version;
	to->s_flags = from->s_flags;
	to->s_default_mount_opts = from->s_default_mount_opts;
	memcpy(to->s_uuid, from->s_uuid, sizeof(to->s_uuid));
	memcpy(to->s_volume_name, from->s_volume_name, sizeof(to->s_volume_name));
	memcpy(to->s_last_mounted, from->s_last_mounted, sizeof(to->s_last_mounted));
	memcpy(to->s_hash_seed, from->s_hash_seed, sizeof(to->s_hash_seed));
}

/* Tables, the reserved inodes and the root. */
static int fill_fs(struct ext2_image *m, struct err *e)
{
	errcode_t code = ext2fs_allocate_tables(m->fs);

	if (code)
		return failed(m, code, e);
	for (ext2_ino_t i = 1; i < EXT2_FIRST_INODE(m->fs->super); i++)
		if (i != EXT2_ROOT_INO)
			ext2fs_inode_alloc_stats2(m->fs, i, +1, 0);
	return failed(m, ext2fs_mkdir(m->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, NULL), e);
}

static int copy_file(struct ext2_image *m, const struct ext2_image *from,
		     const struct ext2_entry *x, ext2_ino_t dir, const char *name,
		     ext2_ino_t *ret, struct err *e)
{
	struct ext2_content c = { .fd = -1 };
	struct ext2_inode inode = x->inode;
	_cleanup_free_ char *data = NULL;
	size_t len;
	int r;

	if (!ext2fs_inode_has_valid_blocks2(from->fs, &inode))
		return ext2_add(m, dir, name, &x->inode, NULL, ret, e);
	r = ext2_image_content(from, x, &data, &len, e);
	if (r < 0)
		return r;
	c.mem = data;
	c.size = len;
	return ext2_add(m, dir, name, &x->inode, &c, ret, e);
}

static int copy_entry(struct ext2_image *m, const struct ext2_image *from,
		      const struct ext2_entry *x, ext2_ino_t *map, struct err *e)
{
	const struct ext2_entry *parent = &from->v[x->parent];
	const char *name = x->path + strlen(parent->path) + (*parent->path != '\0');
	ext2_ino_t dir = map[parent->ino];

	if (map[x->ino])
		return ext2_add_name(m, dir, name, map[x->ino], x->inode.i_mode, e);
	if (LINUX_S_ISDIR(x->inode.i_mode))
		return ext2_add_folder(m, dir, name, &x->inode, &map[x->ino], e);
	return copy_file(m, from, x, dir, name, &map[x->ino], e);
}

static int copy_all(struct ext2_image *m, const struct ext2_image *from, struct err *e)
{
	_cleanup_free_ ext2_ino_t *map = calloc(
		(size_t)from->fs->super->s_inodes_count + 1, sizeof(*map));
	int r = 0;

	if (!map)
		return err_nomem(e);
	map[EXT2_ROOT_INO] = EXT2_ROOT_INO;
	for (size_t i = 1; r == 0 && i < from->n; i++)
		r = copy_entry(m, from, &from->v[i], map, e);
	/* Last: what came into a folder may have changed its times. */
	for (size_t i = 0; r == 0 && i < from->n; i++)
		if (LINUX_S_ISDIR(from->v[i].inode.i_mode))
			r = ext2_set_attributes(m, map[from->v[i].ino], &from->v[i].inode,
						e);
	return r;
}

int ext2_copy(const struct ext2_image *from, uint32_t blocks, uint32_t inodes,
	      struct ext2_image **ret, struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return err_nomem(e);
	m->fd = -1;
	m->label = strdup(from->label);
	if (!m->label)
		return err_nomem(e);
	r = new_fs(m, from->fs->super, blocks, inodes, e);
	if (r < 0)
		return r;
	m->fs->now = from->fs->now;
	r = fill_fs(m, e);
	if (r == 0)
		r = copy_all(m, from, e);
	if (r < 0)
		return r;
	take_super(m->fs->super, from->fs->super);
	*ret = TAKE_PTR(m);
	return 0;
}
