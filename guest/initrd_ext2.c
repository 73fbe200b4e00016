/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/ext2_image.h"
#include "guest/initrd_ext2.h"
#include "lib/digest.h"

static int take_linuxrc(struct initrd *i, const struct ext2_image *m,
			const struct ext2_entry *x, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = 0;

	if (str_set(&i->init_name, x->path) < 0)
		return err_nomem(e);
	i->n_inits = 1;
	if (!LINUX_S_ISREG(x->inode.i_mode) || EXT2_I_SIZE(&x->inode) > INITRD_INIT_MAX)
		return 0;
	i->init_linked = x->inode.i_links_count > 1;
	r = ext2_image_content(m, x, &text, &len, e);
	if (r == 0 && !memchr(text, '\0', len))
		i->init = TAKE_PTR(text);
	return r;
}

static int take_entry(struct initrd *i, const struct ext2_image *m,
		      const struct ext2_entry *x, struct err *e)
{
	if (LINUX_S_ISDIR(x->inode.i_mode) && streq(x->path, "lib"))
		i->has_lib = true;
	if (streq(x->path, "linuxrc"))
		return take_linuxrc(i, m, x, e);
	if (!LINUX_S_ISREG(x->inode.i_mode) || !endswith(x->path, ".o"))
		return 0;
	i->bytes += sizeof(char *) + str_bytes(x->path);
	return strv_add(&i->modules, x->path) < 0 ? err_nomem(e) : 0;
}

int initrd_ext2_read(struct initrd *i, int fd, const struct initrd_limits *limits,
		     struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;
	uint64_t max = limits ? limits->unpacked : EXT2_IMAGE_MAX;
	int unpacked;
	int r;

	i->segs = calloc(1, sizeof(*i->segs));
	if (!i->segs)
		return err_nomem(e);
	i->n_segs = 1;
	i->kind = INITRD_KIND_EXT2;
	r = ext2_image_unpack(fd, i->path, max, &unpacked, &i->segs->comp,
			      &i->segs->length, e);
	if (r >= 0)
		r = ext2_image_open(&m, unpacked, i->path, false, e);
	if (r < 0)
		return r;
	i->segs->entries = m->n - 1;
	for (size_t n = 1; r == 0 && n < m->n; n++)
		r = take_entry(i, m, &m->v[n], e);
	return r;
}

int initrd_ext2_digest(int fd, const char *label, const char *path, char hex[DIGEST_HEX],
		       struct err *e)
{
	_cleanup_(ext2_image_freep) struct ext2_image *m = NULL;
	_cleanup_free_ char *data = NULL;
	const struct ext2_entry *x;
	int unpacked;
	size_t len;
	int r;

	r = ext2_image_unpack(fd, label, EXT2_IMAGE_MAX, &unpacked, NULL, NULL, e);
	if (r == 0)
		r = ext2_image_open(&m, unpacked, label, false, e);
	if (r < 0)
		return r;
	x = ext2_image_find(m, path);
	if (!x || !LINUX_S_ISREG(x->inode.i_mode))
		return 0;
	r = ext2_image_content(m, x, &data, &len, e);
	if (r < 0)
		return r;
	digest_buf(data, len, hex);
	return 1;
}
