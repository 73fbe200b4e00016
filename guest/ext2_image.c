/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "guest/ext2_image.h"
#include "guest/ext2_walk.h"
#include "lib/at.h"
#include "lib/strv.h"

#define BUFFER	 ((size_t)256 * 1024)
#define SUPER_AT 1024
#define MAGIC_AT (SUPER_AT + 56)

/* The first bytes of what a file unpacks to: how many there are, len at most. */
static ssize_t unpack_start(int fd, const char *label, uint8_t *buf, size_t len,
			    struct err *e)
{
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	ssize_t n = unpack_open_file(&u, fd, label, NULL, e);
	size_t have = 0;

	if (n < 0)
		return n;
	while (have < len && (n = unpack_read(u, buf + have, len - have, e)) > 0)
		have += (size_t)n;
	return n < 0 ? n : (ssize_t)have;
}

int ext2_image_is(int fd, const char *label, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	uint8_t start[MAGIC_AT + 2];
	ssize_t n = unpack_start(fd, label, start, sizeof(start), &why);

	if (n < 0 && n != -EINVAL && n != -ENOTSUP)
		return err_set(e, why.code, "%s", err_text(&why));
	return n == sizeof(start) && memcmp(start, "0707", 4) != 0 &&
	       start[MAGIC_AT] == (EXT2_SUPER_MAGIC & 0xff) &&
	       start[MAGIC_AT + 1] == EXT2_SUPER_MAGIC >> 8;
}

static int unpack_to(struct unpack *u, int to, const char *label, uint64_t max,
		     struct err *e)
{
	_cleanup_free_ char *buf = malloc(BUFFER);
	uint64_t left = max < EXT2_IMAGE_MAX ? max : EXT2_IMAGE_MAX;
	ssize_t n;

	if (!buf)
		return err_nomem(e);
	while ((n = unpack_read(u, buf, BUFFER, e)) > 0) {
		int r;

		if ((uint64_t)n > left)
			return err_set(e, EINVAL, "%s: it is too large for an initrd",
				       label);
		left -= (uint64_t)n;
		r = write_all(to, buf, (size_t)n);
		if (r < 0)
			return err_errno(e, r, "unpacking %s", label);
	}
	return (int)n;
}

int ext2_image_unpack(int fd, const char *label, uint64_t max, int *ret_fd,
		      enum comp *ret_comp, uint64_t *ret_length, struct err *e)
{
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	_cleanup_close_ int to = -1;
	int r = unpack_open_file(&u, fd, label, ret_comp, e);

	if (r < 0)
		return r;
	to = scratch_file();
	if (to < 0)
		return err_errno(e, to, "unpacking %s", label);
	r = unpack_to(u, to, label, max, e);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(to);
	if (ret_length)
		*ret_length = unpack_consumed(u);
	return 0;
}

int ext2_failed(const struct ext2_image *m, errcode_t code, const char *doing,
		struct err *e)
{
	switch (code) {
	case ENOMEM:
	case EXT2_ET_NO_MEMORY:
		return err_nomem(e);
	case ENOSPC:
	case EXT2_ET_BLOCK_ALLOC_FAIL:
	case EXT2_ET_INODE_ALLOC_FAIL:
	case EXT2_ET_TOOSMALL:
		return err_set(e, ENOSPC, "%s: its file system is full", m->label);
	default:
		initialize_ext2_error_table();
		return err_set(e, EINVAL, "%s: %s: %s", m->label, doing,
			       error_message(code));
	}
}

static bool features_known(const struct ext2_super_block *s)
{
	uint32_t compat = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_DIR_INDEX;
	uint32_t incompat = EXT2_FEATURE_INCOMPAT_FILETYPE;
	uint32_t ro = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
		      EXT2_FEATURE_RO_COMPAT_LARGE_FILE;

	if (le32toh(s->s_rev_level) == EXT2_GOOD_OLD_REV)
		return !s->s_feature_compat && !s->s_feature_incompat &&
		       !s->s_feature_ro_compat;
	return !(le32toh(s->s_feature_compat) & ~compat) &&
	       !(le32toh(s->s_feature_incompat) & ~incompat) &&
	       !(le32toh(s->s_feature_ro_compat) & ~ro);
}

/* Groups are whole but for the last one's blocks, and every inode is in one. */
static bool groups_fit(const struct ext2_super_block *s, uint32_t block)
{
	uint32_t first = block == 1024;
	uint32_t blocks = le32toh(s->s_blocks_count);
	uint32_t per_group = le32toh(s->s_blocks_per_group);
	uint32_t inodes = le32toh(s->s_inodes_per_group);
	uint64_t groups;

	if (le32toh(s->s_first_data_block) != first || blocks <= first + 8)
		return false;
	if (per_group < 256 || per_group > 8 * block || per_group % 8)
		return false;
	if (inodes < 8 || inodes > 8 * block || inodes % 8)
		return false;
	groups = (blocks - first + per_group - 1) / per_group;
	return le32toh(s->s_inodes_count) == groups * inodes;
}

static bool inodes_fit(const struct ext2_super_block *s, uint32_t block)
{
	uint32_t size = le16toh(s->s_inode_size);
	uint32_t first = le32toh(s->s_first_ino);

	if (le32toh(s->s_rev_level) == EXT2_GOOD_OLD_REV)
		return true;
	return size >= EXT2_GOOD_OLD_INODE_SIZE && size <= block &&
	       !(size & (size - 1)) && first >= EXT2_GOOD_OLD_FIRST_INO &&
	       first < le32toh(s->s_inodes_count);
}

/* What libext2fs takes its sizes from. */
static int check_super(const struct ext2_image *m, uint64_t bytes, struct err *e)
{
	struct ext2_super_block s;
	ssize_t n = pread_all(m->fd, &s, sizeof(s), SUPER_AT);
	const char *what = NULL;
	uint32_t block = 0;

	if (n < 0)
		return err_errno(e, (int)n, "reading %s", m->label);
	if ((size_t)n < sizeof(s) || le16toh(s.s_magic) != EXT2_SUPER_MAGIC)
		return err_set(e, EINVAL, "%s: no ext2 file system is in it", m->label);
	if (le32toh(s.s_rev_level) > EXT2_DYNAMIC_REV || !features_known(&s))
		return err_set(e, EINVAL,
			       "%s: its ext2 file system has features that kernels of "
			       "RHEL 3 do not know",
			       m->label);
	if (le32toh(s.s_log_block_size) <= 2)
		block = 1024u << le32toh(s.s_log_block_size);
	if (!block)
		what = "its size of blocks";
	else if (le32toh(s.s_blocks_count) > bytes / block)
		what = "it is cut short";
	else if (!groups_fit(&s, block))
		what = "its size of groups";
	else if (!inodes_fit(&s, block))
		what = "its size of inodes";
	return what ? ext2_damaged(m, what, e) : 0;
}

void ext2_image_free(struct ext2_image *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].path);
	free(m->v);
	free(m->refs);
	if (m->claimed)
		ext2fs_free_block_bitmap(m->claimed);
	if (m->seen)
		ext2fs_free_inode_bitmap(m->seen);
	if (m->fs)
		ext2fs_free(m->fs);
	closep(&m->fd);
	free(m->label);
	free(m);
}

static int open_fs(struct ext2_image *m, bool write, struct err *e)
{
	char name[16];
	errcode_t code;
	/* It is libext2fs's: closed with the file system. */
	int fd = dup_cloexec(m->fd);

	if (fd < 0)
		return err_errno(e, errno, "%s", m->label);
	snprintf(name, sizeof(name), "%d", fd);
	code = ext2fs_open2(name, NULL, write ? EXT2_FLAG_RW : 0, 0, 0, unixfd_io_manager,
			    &m->fs);
	if (code)
		return ext2_failed(m, code, "reading its file system", e);
	/* The same bytes whenever it is written: no clock. */
	m->fs->now = m->fs->super->s_wtime ?: 1;
	code = ext2fs_check_desc(m->fs);
	if (!code)
		code = ext2fs_read_bitmaps(m->fs);
	return code ? ext2_failed(m, code, "reading its file system", e) : 0;
}

int ext2_image_open(struct ext2_image **ret, int fd, const char *label, bool write,
		    struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = calloc(1, sizeof(*m));
	struct stat st;
	int r;

	if (!m) {
		close(fd);
		return err_nomem(e);
	}
	m->fd = fd;
	m->left = EXT2_IMAGE_MAX;
	m->label = strdup(label);
	if (!m->label)
		return err_nomem(e);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	r = check_super(m, (uint64_t)st.st_size, e);
	if (r == 0)
		r = open_fs(m, write, e);
	if (r == 0)
		r = ext2_walk(m, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

const struct ext2_entry *ext2_image_find(const struct ext2_image *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++)
		if (streq(m->v[i].path, path))
			return &m->v[i];
	return NULL;
}

static int read_file(const struct ext2_image *m, ext2_ino_t ino, char *to, size_t size,
		     struct err *e)
{
	ext2_file_t file;
	errcode_t code = ext2fs_file_open(m->fs, ino, 0, &file);
	size_t have = 0;

	if (code)
		return ext2_failed(m, code, "reading a file in it", e);
	while (!code && have < size) {
		unsigned int want = size - have < BUFFER ? (unsigned int)(size - have)
							 : BUFFER;
		unsigned int got = 0;

		code = ext2fs_file_read(file, to + have, want, &got);
		have += got;
		if (!got && !code)
			code = EXT2_ET_SHORT_READ;
	}
	ext2fs_file_close(file);
	return code ? ext2_failed(m, code, "reading a file in it", e) : 0;
}

int ext2_image_content(const struct ext2_image *m, const struct ext2_entry *x, char **ret,
		       size_t *ret_len, struct err *e)
{
	/* The walk has seen to its size. */
	size_t size = (size_t)EXT2_I_SIZE(&x->inode);
	_cleanup_free_ char *data = malloc(size + 1);
	struct ext2_inode inode = x->inode;
	int r = 0;

	if (!data)
		return err_nomem(e);
	if (LINUX_S_ISLNK(inode.i_mode) && ext2fs_is_fast_symlink(&inode))
		memcpy(data, inode.i_block, size);
	else
		r = read_file(m, x->ino, data, size, e);
	if (r < 0)
		return r;
	data[size] = '\0';
	*ret = TAKE_PTR(data);
	*ret_len = size;
	return 0;
}
