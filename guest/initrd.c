/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <nettle/sha2.h>

#include "guest/initrd_walk.h"
#include "guest/modtree.h"
#include "lib/digest.h"

/* Paths of modules that are kept; real images hold some hundreds. */
#define MODULES_MAX	  65536
#define MODULES_BYTES_MAX (16u * 1024 * 1024)

void initrd_free(struct initrd *i)
{
	if (!i)
		return;
	for (size_t n = 0; n < i->n_loads; n++) {
		free(i->loads[n].module);
		free(i->loads[n].path);
	}
	free(i->loads);
	strv_done(&i->modules);
	free(i->segs);
	free(i->path);
	free(i->init);
	free(i->init_name);
	free(i->root);
	free(i->resume);
	free(i);
}

const char *initrd_kind_name(enum initrd_kind k)
{
	static const char *const names[INITRD_KIND_COUNT] = {
		[INITRD_KIND_OTHER] = "other",
		[INITRD_KIND_NASH] = "nash",
		[INITRD_KIND_EXT2] = "nash-ext2",
		[INITRD_KIND_DRACUT] = "dracut",
		[INITRD_KIND_INITRAMFS_TOOLS] = "initramfs-tools",
	};

	return names[k];
}

/* Content as text, NULL when it is none. */
static int read_init(struct initrd_walk *w, const struct initrd_entry *x, char **ret,
		     struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t have = 0;

	if (!S_ISREG(x->mode) || x->size > INITRD_INIT_MAX)
		return 0;
	text = malloc(x->size + 1);
	if (!text)
		return err_nomem(e);
	while (have < x->size) {
		ssize_t n = initrd_walk_read(w, text + have, x->size - have, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	text[have] = '\0';
	if (!memchr(text, '\0', have))
		*ret = TAKE_PTR(text);
	return 0;
}

static int found_init(struct initrd *i, struct initrd_walk *w,
		      const struct initrd_entry *x, struct err *e)
{
	free(TAKE_PTR(i->init));
	free(i->init_name);
	i->init_name = strdup(x->name);
	if (!i->init_name)
		return err_nomem(e);
	i->init_seg = x->seg;
	i->init_linked = S_ISREG(x->mode) && x->nlink > 1;
	i->n_inits++;
	return read_init(w, x, &i->init, e);
}

static bool is_module(const char *name)
{
	static const char *const suffixes[] = { ".ko",	    ".o",     ".ko.gz",
						".ko.bz2",  ".ko.xz", ".ko.zst",
						".ko.lzma", ".ko.lz4" };

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
		if (endswith(name, suffixes[i]))
			return true;
	return false;
}

static int found_module(struct initrd *i, const struct initrd_entry *x, size_t *bytes,
			struct err *e)
{
	*bytes += strlen(x->name);
	if (i->modules.n >= MODULES_MAX || *bytes > MODULES_BYTES_MAX)
		return err_set(e, EINVAL, "%s: more than %d modules", i->path,
			       MODULES_MAX);
	return strv_add(&i->modules, x->name) < 0 ? err_nomem(e) : 0;
}

static int read_entries(struct initrd *i, struct initrd_walk *w, struct err *e)
{
	const struct initrd_entry *x;
	size_t bytes = 0;
	int r;

	while ((r = initrd_walk_next(w, &x, e)) > 0) {
		if (S_ISDIR(x->mode) && initrd_name_is(x->name, "lib"))
			i->has_lib = true;
		if (initrd_name_is(x->name, "init"))
			r = found_init(i, w, x, e);
		else if (S_ISREG(x->mode) && is_module(x->name))
			r = found_module(i, x, &bytes, e);
		if (r < 0)
			break;
	}
	return r;
}

static int take_segments(struct initrd *i, const struct initrd_walk *w, struct err *e)
{
	const struct initrd_seg *segs = initrd_walk_segs(w, &i->n_segs);

	if (!i->n_segs)
		return err_set(e, EINVAL, "%s: %s", i->path,
			       i->size ? "no cpio archive in it, only NUL bytes"
				       : "the file is empty");
	i->segs = calloc(i->n_segs, sizeof(*i->segs));
	if (!i->segs)
		return err_nomem(e);
	memcpy(i->segs, segs, i->n_segs * sizeof(*segs));
	return 0;
}

int initrd_read_limits(int fd, const char *label, const struct initrd_limits *limits,
		       struct initrd **ret, struct err *e)
{
	_cleanup_(initrd_freep) struct initrd *i = calloc(1, sizeof(*i));
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = NULL;
	struct stat st;
	int r;

	if (!i || !(i->path = strdup(label)))
		return err_nomem(e);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	i->size = (uint64_t)st.st_size;
	if (i->size > 4ull << 30)
		return err_set(e, EINVAL, "%s: %llu bytes are too many for an initrd",
			       label, (unsigned long long)i->size);
	r = initrd_walk_open(&w, fd, 0, label, limits, e);
	if (r == 0)
		r = read_entries(i, w, e);
	if (r == 0)
		r = take_segments(i, w, e);
	if (r == 0)
		r = initrd_parse_init(i, e);
	if (r < 0)
		return r;
	if (i->nash)
		i->kind = INITRD_KIND_NASH;
	*ret = TAKE_PTR(i);
	return 0;
}

int initrd_read_fd(int fd, const char *label, struct initrd **ret, struct err *e)
{
	return initrd_read_limits(fd, label, NULL, ret, e);
}

int initrd_read(const struct root *r, const char *path, struct initrd **ret,
		struct err *e)
{
	_cleanup_free_ char *label = root_name(r, path);
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_close_ int fd = -1;
	char *copy;
	int rc;

	if (!label)
		return err_nomem(e);
	fd = root_open_file(r, path, NULL, e);
	if (fd < 0)
		return fd;
	rc = initrd_read_fd(fd, label, &i, e);
	if (rc < 0)
		return rc;
	copy = strdup(path);
	if (!copy)
		return err_nomem(e);
	free(i->path);
	i->path = copy;
	*ret = TAKE_PTR(i);
	return 0;
}

const char *initrd_module_path(const struct initrd *i, const char *name)
{
	for (size_t n = i->modules.n; n > 0; n--) {
		const char *path = i->modules.v[n - 1];
		_cleanup_free_ char *module = module_name(path_base(path));

		if (module && module_same(module, name))
			return path;
	}
	return NULL;
}

bool initrd_has_module(const struct initrd *i, const char *name)
{
	return initrd_module_path(i, name) != NULL;
}

long initrd_load_index(const struct initrd *i, const char *name)
{
	for (size_t n = 0; n < i->n_loads; n++)
		if (module_same(i->loads[n].module, name))
			return (long)n;
	return -1;
}

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
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	return 1;
}

int initrd_digest(const struct root *r, const struct initrd *i, const char *path,
		  char hex[DIGEST_HEX], struct err *e)
{
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = NULL;
	_cleanup_free_ char *label = root_name(r, i->path);
	_cleanup_close_ int fd = -1;
	const struct initrd_entry *x;
	int found = 0;
	int rc;

	if (!label)
		return err_nomem(e);
	fd = root_open_file(r, i->path, NULL, e);
	if (fd < 0)
		return fd;
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
