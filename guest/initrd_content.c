/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of an image's entries, read once more when what is wanted is known. */
#include <string.h>

#include <nettle/sha2.h>

#include "guest/initrd_ext2.h"
#include "guest/initrd_walk.h"
#include "lib/digest.h"

static int digest_entry(struct initrd_walk *w, char hex[DIGEST_HEX], struct err *e)
{
	_cleanup_free_ uint8_t *buf = malloc(65536);
	uint8_t raw[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	ssize_t n;

	if (!buf)
		return err_nomem(e);
	sha256_init(&ctx);
	while ((n = initrd_walk_read(w, buf, 65536, e)) > 0)
		sha256_update(&ctx, (size_t)n, buf);
	if (n < 0)
		return (int)n;
	sha256_digest(&ctx, sizeof(raw), raw);
	digest_hex(raw, sizeof(raw), hex);
	return 1;
}

/* The image's file, and its name for messages, which the caller frees. */
static int open_image(const struct root *r, const struct initrd *i, char **ret_label,
		      struct err *e)
{
	*ret_label = root_name(r, i->path);
	return *ret_label ? root_open_file(r, i->path, NULL, e) : err_nomem(e);
}

int initrd_digest(const struct root *r, const struct initrd *i, const char *path,
		  char hex[DIGEST_HEX], struct err *e)
{
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = NULL;
	_cleanup_free_ char *label = NULL;
	_cleanup_close_ int fd = open_image(r, i, &label, e);
	const struct initrd_entry *x;
	int found = 0;
	int rc;

	if (fd < 0)
		return fd;
	if (i->kind == INITRD_KIND_EXT2)
		return initrd_ext2_digest(fd, label, path, hex, e);
	rc = initrd_walk_open(&w, fd, 0, label, NULL, e);
	while (rc >= 0 && (rc = initrd_walk_next(w, &x, e)) > 0) {
		if (!S_ISREG(x->mode) || !streq(x->name, path))
			continue;
		found = digest_entry(w, hex, e);
		if (found < 0)
			return found;
	}
	return rc < 0 ? rc : found;
}

/* What is read of an image in one pass. */
struct wanted {
	struct initrd_blob *v;
	size_t n, max;
	struct initrd_sums *sums; /* NULL: not wanted */
	size_t entries;		  /* for which there is room in it */
};

static int take_blob(const struct wanted *t, struct initrd_walk *w, const char *label,
		     const struct initrd_entry *x, struct err *e)
{
	for (size_t k = 0; k < t->n; k++) {
		if (!S_ISREG(x->mode) || !streq(x->name, t->v[k].path))
			continue;
		if (x->size > t->max)
			return err_set(e, EINVAL, "%s: %s in it is too large", label,
				       x->name);
		free(TAKE_PTR(t->v[k].data));
		return initrd_walk_all(w, x, &t->v[k].data, &t->v[k].len, e);
	}
	return 0;
}

static int changed(const char *label, struct err *e)
{
	return err_set(e, ESTALE, "%s: it changed since it was read", label);
}

static int take_sum(const struct wanted *t, struct initrd_walk *w, const char *label,
		    const struct initrd_entry *x, struct err *e)
{
	struct initrd_sums *s = t->sums;
	struct initrd_sum *sum;

	if (!s || x->seg != s->seg)
		return 0;
	if (s->n == t->entries)
		return changed(label, e);
	sum = &s->v[s->n++];
	sum->head = initrd_entry_sum(x);
	sum->archive = x->archive;
	return initrd_walk_sum(w, &sum->content, e);
}

static int read_wanted(const struct root *r, const struct initrd *i,
		       const struct wanted *t, struct err *e)
{
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = NULL;
	_cleanup_free_ char *label = NULL;
	_cleanup_close_ int fd = open_image(r, i, &label, e);
	const struct initrd_entry *x;
	int rc;

	if (fd < 0)
		return fd;
	rc = initrd_walk_open(&w, fd, 0, label, NULL, e);
	while (rc >= 0 && (rc = initrd_walk_next(w, &x, e)) > 0) {
		rc = take_blob(t, w, label, x, e);
		if (rc >= 0)
			rc = take_sum(t, w, label, x, e);
	}
	if (rc >= 0 && t->sums && t->sums->n != t->entries)
		return changed(label, e);
	return rc;
}

int initrd_read_blobs(const struct root *r, const struct initrd *i, struct initrd_blob *v,
		      size_t n, size_t max, struct initrd_sums *sums, struct err *e)
{
	struct wanted t = { .v = v, .n = n, .max = max, .sums = sums };
	int rc;

	if (sums) {
		t.entries = i->segs[sums->seg].entries;
		free(sums->v);
		sums->n = 0;
		sums->v = calloc(t.entries + 1, sizeof(*sums->v));
		if (!sums->v)
			return err_nomem(e);
	}
	rc = read_wanted(r, i, &t, e);
	if (rc < 0 && sums) {
		free(TAKE_PTR(sums->v));
		sums->n = 0;
	}
	return rc;
}
