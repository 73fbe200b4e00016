/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk over an ext2 image. Each block may be used once and each folder have one name:
 * so no loop of blocks or of folders can keep libext2fs busy.
 */
#include <string.h>

#include "guest/ext2_walk.h"
#include "lib/strv.h"

#define ENTRIES_MAX	16384
#define NAMES_BYTES_MAX (16u * 1024 * 1024)
#define PATH_BYTES_MAX	4096

/* Flags of an inode that do not change how it is read: those of 2.4 kernels. */
#define FLAGS_KNOWN 0x000010ffu

int ext2_damaged(const struct ext2_image *m, const char *what, struct err *e)
{
	return err_set(e, EINVAL, "%s: its ext2 file system is damaged: %s", m->label,
		       what);
}

struct claim {
	struct ext2_image *m;
	uint64_t n;
	bool bad;
};

static int claim_block(ext2_filsys fs, blk64_t *block, e2_blkcnt_t count, blk64_t ref,
		       int offset, void *arg)
{
	struct claim *c = arg;

	if (*block < fs->super->s_first_data_block ||
	    *block >= ext2fs_blocks_count(fs->super) ||
	    ext2fs_test_block_bitmap2(c->m->claimed, *block)) {
		c->bad = true;
		return BLOCK_ABORT;
	}
	ext2fs_mark_block_bitmap2(c->m->claimed, *block);
	c->n++;
	return 0;
}

static int claim_blocks(struct ext2_image *m, const struct ext2_entry *x, struct err *e)
{
	struct ext2_inode inode = x->inode;
	struct claim c = { .m = m };
	errcode_t code = 0;

	if (ext2fs_inode_has_valid_blocks2(m->fs, &inode))
		code = ext2fs_block_iterate3(m->fs, x->ino, BLOCK_FLAG_READ_ONLY, NULL,
					     claim_block, &c);
	if (c.bad)
		return ext2_damaged(m, "a block is used twice, or is none of its blocks",
				    e);
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	if (c.n * (m->fs->blocksize / 512) != inode.i_blocks)
		m->miscounted = true;
	return 0;
}

/* Types, sizes and features of an inode. */
static int check_inode(struct ext2_image *m, const struct ext2_entry *x, struct err *e)
{
	const struct ext2_inode *n = &x->inode;
	uint64_t size = EXT2_I_SIZE(n);
	bool sized = LINUX_S_ISREG(n->i_mode) || LINUX_S_ISDIR(n->i_mode);
	bool node = LINUX_S_ISCHR(n->i_mode) || LINUX_S_ISBLK(n->i_mode) ||
		    LINUX_S_ISFIFO(n->i_mode) || LINUX_S_ISSOCK(n->i_mode);

	if (n->i_flags & ~FLAGS_KNOWN || n->i_file_acl)
		return err_set(e, EINVAL,
			       "%s: /%s in it has attributes that are not supported",
			       m->label, x->path);
	if (!sized && !node && !LINUX_S_ISLNK(n->i_mode))
		return ext2_damaged(m, "a file is of no known type", e);
	if (!n->i_links_count)
		return ext2_damaged(m, "a file that has a name counts none", e);
	if (LINUX_S_ISLNK(n->i_mode) && (!size || size >= m->fs->blocksize))
		return ext2_damaged(m, "the length of a symbolic link", e);
	if (sized && size > m->left)
		return err_set(e, EINVAL, "%s: the files in it are too large", m->label);
	if (sized)
		m->left -= size;
	return claim_blocks(m, x, e);
}

static int name_entry(struct ext2_image *m, struct ext2_entry *x, const char *name,
		      size_t len, struct err *e)
{
	const char *folder = m->v[x->parent].path;

	if (!len || memchr(name, '/', len) || memchr(name, '\0', len))
		return ext2_damaged(m, "a name of a file", e);
	x->path = *folder ? strf("%s/%.*s", folder, (int)len, name) : strndup(name, len);
	if (!x->path)
		return err_nomem(e);
	m->names += strlen(x->path);
	if (strlen(x->path) >= PATH_BYTES_MAX || m->names > NAMES_BYTES_MAX ||
	    m->n > ENTRIES_MAX)
		return err_set(e, EINVAL, "%s: too many files, or too long names",
			       m->label);
	return 0;
}

static int add_entry(struct ext2_image *m, size_t parent, ext2_ino_t ino,
		     const char *name, size_t len, struct err *e)
{
	struct ext2_entry *x;
	errcode_t code;
	int r;

	if (vec_grow(&m->v, m->n, sizeof(*m->v)) < 0)
		return err_nomem(e);
	x = &m->v[m->n++];
	x->parent = parent;
	x->ino = ino;
	r = name_entry(m, x, name, len, e);
	if (r < 0)
		return r;
	if (ino < EXT2_FIRST_INODE(m->fs->super) || ino > m->fs->super->s_inodes_count)
		return ext2_damaged(m, "the number of an inode", e);
	code = ext2fs_read_inode(m->fs, ino, &x->inode);
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	m->refs[ino]++;
	if (!ext2fs_test_inode_bitmap2(m->seen, ino)) {
		ext2fs_mark_inode_bitmap2(m->seen, ino);
		return check_inode(m, x, e);
	}
	if (LINUX_S_ISDIR(x->inode.i_mode))
		return ext2_damaged(m, "a folder has two names", e);
	return 0;
}

struct folder {
	struct ext2_image *m;
	size_t at;
	int dots;
	int r;
	struct err *e;
};

/* "." and "..", which must be first and mean what they say. */
static int on_dots(struct folder *f, ext2_ino_t ino, size_t len)
{
	const struct ext2_image *m = f->m;
	const struct ext2_entry *x = &m->v[f->at];

	if (f->dots != (int)len - 1 || ino != (len == 1 ? x->ino : m->v[x->parent].ino))
		return ext2_damaged(m, "a folder's own names", f->e);
	f->dots++;
	m->refs[ino]++;
	return 0;
}

static int on_name(ext2_ino_t dir, int entry, struct ext2_dir_entry *d, int offset,
		   int blocksize, char *buf, void *arg)
{
	struct folder *f = arg;
	size_t len = (size_t)ext2fs_dirent_name_len(d);

	if (len && len <= 2 && memcmp(d->name, "..", len) == 0)
		f->r = on_dots(f, d->inode, len);
	else
		f->r = add_entry(f->m, f->at, d->inode, d->name, len, f->e);
	return f->r < 0 ? DIRENT_ABORT : 0;
}

static int walk_folder(struct ext2_image *m, size_t at, struct err *e)
{
	struct folder f = { .m = m, .at = at, .e = e };
	errcode_t code = ext2fs_dir_iterate2(m->fs, m->v[at].ino, 0, NULL, on_name, &f);

	if (f.r < 0)
		return f.r;
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	return f.dots == 2 ? 0 : ext2_damaged(m, "a folder's own names", e);
}

/* What the file system itself uses. */
static int claim_tables(struct ext2_image *m, struct err *e)
{
	ext2_filsys fs = m->fs;
	errcode_t code = ext2fs_allocate_block_bitmap(fs, "used", &m->claimed);

	if (!code)
		code = ext2fs_allocate_inode_bitmap(fs, "seen", &m->seen);
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	m->refs = calloc((size_t)fs->super->s_inodes_count + 1, sizeof(*m->refs));
	if (!m->refs)
		return err_nomem(e);
	for (ext2_ino_t i = 1; i < EXT2_FIRST_INODE(fs->super); i++)
		ext2fs_mark_inode_bitmap2(m->seen, i);
	for (dgrp_t g = 0; g < fs->group_desc_count; g++) {
		blk64_t table = ext2fs_inode_table_loc(fs, g);

		ext2fs_reserve_super_and_bgd(fs, g, m->claimed);
		ext2fs_mark_block_bitmap2(m->claimed, ext2fs_block_bitmap_loc(fs, g));
		ext2fs_mark_block_bitmap2(m->claimed, ext2fs_inode_bitmap_loc(fs, g));
		for (unsigned int i = 0; i < fs->inode_blocks_per_group; i++)
			ext2fs_mark_block_bitmap2(m->claimed, table + i);
	}
	return 0;
}

static int add_root(struct ext2_image *m, struct err *e)
{
	struct ext2_entry *x;
	errcode_t code;

	if (vec_grow(&m->v, m->n, sizeof(*m->v)) < 0)
		return err_nomem(e);
	x = &m->v[m->n++];
	x->ino = EXT2_ROOT_INO;
	x->path = strdup("");
	if (!x->path)
		return err_nomem(e);
	code = ext2fs_read_inode(m->fs, x->ino, &x->inode);
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	if (!LINUX_S_ISDIR(x->inode.i_mode))
		return ext2_damaged(m, "its root is no folder", e);
	return check_inode(m, x, e);
}

int ext2_walk(struct ext2_image *m, struct err *e)
{
	int r = claim_tables(m, e);

	if (r == 0)
		r = add_root(m, e);
	/* What a folder holds is appended behind it. */
	for (size_t i = 0; r == 0 && i < m->n; i++)
		if (LINUX_S_ISDIR(m->v[i].inode.i_mode))
			r = walk_folder(m, i, e);
	return r;
}

static bool links_right(const struct ext2_image *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->refs[m->v[i].ino] != m->v[i].inode.i_links_count)
			return false;
	return true;
}

/* The free blocks and inodes of each group, and their sums. */
static bool counts_right(const struct ext2_image *m)
{
	ext2_filsys fs = m->fs;
	uint64_t blocks = 0;
	uint64_t inodes = 0;

	for (dgrp_t g = 0; g < fs->group_desc_count; g++) {
		uint32_t per_group = fs->super->s_inodes_per_group;
		blk64_t last = ext2fs_group_last_block2(fs, g);
		uint32_t b = 0;
		uint32_t n = 0;

		for (blk64_t k = ext2fs_group_first_block2(fs, g); k <= last; k++)
			b += !ext2fs_test_block_bitmap2(m->claimed, k);
		for (uint32_t k = 1; k <= per_group; k++)
			n += !ext2fs_test_inode_bitmap2(m->seen, g * per_group + k);
		if (b != ext2fs_bg_free_blocks_count(fs, g) ||
		    n != ext2fs_bg_free_inodes_count(fs, g))
			return false;
		blocks += b;
		inodes += n;
	}
	return blocks == ext2fs_free_blocks_count(fs->super) &&
	       inodes == fs->super->s_free_inodes_count;
}

static bool folders_right(const struct ext2_image *m)
{
	uint64_t counted = 0;
	uint64_t folders = 0;

	for (dgrp_t g = 0; g < m->fs->group_desc_count; g++)
		counted += ext2fs_bg_used_dirs_count(m->fs, g);
	for (size_t i = 0; i < m->n; i++)
		folders += LINUX_S_ISDIR(m->v[i].inode.i_mode);
	return counted == folders;
}

int ext2_image_verify(const struct ext2_image *m, int code, struct err *e)
{
	const char *what = NULL;

	if (!(m->fs->super->s_state & EXT2_VALID_FS) ||
	    m->fs->super->s_state & EXT2_ERROR_FS)
		what = "it was not unmounted";
	else if (ext2fs_compare_block_bitmap(m->claimed, m->fs->block_map))
		what = "its map of blocks";
	else if (ext2fs_compare_inode_bitmap(m->seen, m->fs->inode_map))
		what = "its map of inodes";
	else if (!counts_right(m))
		what = "its counts of what is free";
	else if (m->miscounted || !links_right(m) || !folders_right(m))
		what = "its counts of blocks, names or folders";
	if (!what)
		return 0;
	return err_set(e, code, "%s: its ext2 file system needs a check: %s", m->label,
		       what);
}
