/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fnmatch.h>
#include <string.h>

#include "guest/ext2_image.h"
#include "guest/initrd_ext2.h"
#include "guest/initrd_parts.h"
#include "guest/modtree.h"

/* Paths of modules that are kept; real images hold some hundreds, or with all of a
 * kernel's thousands. */
#define TEXTS_MAX	  64
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
	for (size_t n = 0; n < i->n_texts; n++)
		free(i->texts[n].path);
	free(i->texts);
	initrd_modprobe_done(&i->modprobe);
	free(i->moddir);
	free(i->dep);
	strv_done(&i->moddirs);
	strv_done(&i->indexes);
	free(i->root);
	free(i->resume);
	free(i);
}

size_t initrd_bytes(const struct initrd *i)
{
	size_t n;

	if (!i)
		return 0;
	n = sizeof(*i) + i->bytes + i->n_segs * sizeof(*i->segs) + str_bytes(i->init) +
	    str_bytes(i->dep) + str_bytes(i->modprobe.text);
	for (size_t k = 0; k < i->n_texts; k++)
		n += sizeof(*i->texts) + str_bytes(i->texts[k].path);
	for (size_t k = 0; k < i->n_loads; k++)
		n += sizeof(*i->loads) + str_bytes(i->loads[k].module) +
		     str_bytes(i->loads[k].path);
	return n;
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
	return initrd_walk_text(w, x, INITRD_INIT_MAX, &i->init, e);
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

/* Modules, and what stands beside them: what an image may have us keep. */
static int add_path(struct initrd *i, struct strv *to, const char *name, struct err *e)
{
	i->bytes += sizeof(char *) + str_bytes(name);
	if (to->n >= MODULES_MAX || i->bytes > MODULES_BYTES_MAX)
		return err_set(e, EINVAL,
			       "%s: more than %d modules, or %u MiB of their paths",
			       i->path, MODULES_MAX, MODULES_BYTES_MAX >> 20);
	return strv_add(to, name) < 0 ? err_nomem(e) : 0;
}

/* "lib/modules/R/kernel" -> where the path of R ends; NULL: not below lib/modules. */
static const char *after_release(const char *name)
{
	const char *p = strstr(name, "lib/modules/");

	if (!p || (p != name && p[-1] != '/'))
		return NULL;
	p += strlen("lib/modules/");
	return *p && *p != '/' ? p + strcspn(p, "/") : NULL;
}

/* What stands in a folder of modules, but for the modules: folders, indexes. */
static int found_modpath(struct initrd *i, struct initrd_walk *w,
			 const struct initrd_entry *x, struct err *e)
{
	const char *end = after_release(x->name);
	int r;

	if (!end)
		return 0;
	if (S_ISDIR(x->mode))
		return add_path(i, &i->moddirs, x->name, e);
	if (!S_ISREG(x->mode) || !startswith(end, "/modules.") || strchr(end + 1, '/'))
		return 0;
	if (!streq(end, "/modules.dep"))
		return add_path(i, &i->indexes, x->name, e);
	free(i->moddir);
	i->moddir = strndup(x->name, (size_t)(end - x->name));
	if (!i->moddir)
		return err_nomem(e);
	i->mod_seg = x->seg;
	free(TAKE_PTR(i->dep));
	r = add_path(i, &i->indexes, x->name, e);
	if (r < 0)
		return r;
	return initrd_walk_text(w, x, INITRD_DEP_MAX, &i->dep, e);
}

/* What tells who made it; a later one does not undo an earlier. */
static void found_sign(struct initrd *i, const char *name)
{
	static const struct {
		const char *path;
		enum initrd_kind kind;
	} signs[] = {
		/* [dracut 004 to 102; initramfs-tools 0.98 to 0.145] */
		{ "usr/lib/dracut", INITRD_KIND_DRACUT },
		{ "lib/dracut", INITRD_KIND_DRACUT },
		{ "usr/share/dracut", INITRD_KIND_DRACUT },
		{ "dracut-state.sh", INITRD_KIND_DRACUT },
		{ "conf/initramfs.conf", INITRD_KIND_INITRAMFS_TOOLS },
	};

	for (size_t n = 0; n < ELEMENTSOF(signs); n++)
		if (initrd_name_is(name, signs[n].path))
			i->kind = signs[n].kind;
	/* The first dracuts leave but their version: /dracut-004-… */
	if (startswith(name, "dracut-0") && !strchr(name, '/'))
		i->kind = INITRD_KIND_DRACUT;
}

const char *initrd_plain_name(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

/* Files that name disks, and what dracut, initramfs-tools and mkinitrd copy of them, or
 * write. RHEL 3's image has none: its LVM 1 knows no filter. */
static int found_text(struct initrd *i, const struct initrd_entry *x)
{
	static const char *const names[] = {
		"etc/lvm/lvm.conf",	"etc/lvm/lvmlocal.conf", "etc/mdadm.conf",
		"etc/mdadm/mdadm.conf", "etc/crypttab",		 "cryptroot/crypttab",
		"conf/conf.d/resume",	"etc/cmdline.d/*.conf",
	};
	const char *name = initrd_plain_name(x->name);
	bool found = false;

	for (size_t n = 0; !found && n < ELEMENTSOF(names); n++)
		found = fnmatch(names[n], name, FNM_PATHNAME) == 0;
	for (size_t n = 0; found && n < i->n_texts; n++) {
		/* The last one counts. */
		if (streq(i->texts[n].path, x->name)) {
			i->texts[n].seg = x->seg;
			return 0;
		}
	}
	if (!found || !S_ISREG(x->mode) || i->n_texts == TEXTS_MAX)
		return 0;
	if (vec_grow(&i->texts, i->n_texts, sizeof(*i->texts)) < 0)
		return -ENOMEM;
	i->texts[i->n_texts] = (struct initrd_text){ .path = strdup(x->name),
						     .seg = x->seg };
	return i->texts[i->n_texts++].path ? 0 : -ENOMEM;
}

static int read_entries(struct initrd *i, struct initrd_walk *w, struct err *e)
{
	const struct initrd_entry *x;
	int r;

	while ((r = initrd_walk_next(w, &x, e)) > 0) {
		if (S_ISDIR(x->mode) && initrd_name_is(x->name, "lib"))
			i->has_lib = true;
		found_sign(i, x->name);
		if (found_text(i, x) < 0)
			return err_nomem(e);
		if (initrd_name_is(x->name, "init"))
			r = found_init(i, w, x, e);
		else if (initrd_is_modprobe(x))
			r = initrd_found_modprobe(&i->modprobe, w, x, e);
		else if (S_ISREG(x->mode) && is_module(x->name))
			r = add_path(i, &i->modules, x->name, e);
		else
			r = found_modpath(i, w, x, e);
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

/* One or several cpio archives. */
static int read_cpio(struct initrd *i, int fd, const struct initrd_limits *limits,
		     struct err *e)
{
	_cleanup_(initrd_walk_freep) struct initrd_walk *w = NULL;
	int r = initrd_walk_open(&w, fd, limits ? limits->start : 0, i->path, limits, e);

	if (r == 0) {
		i->end = initrd_walk_end(w);
		r = read_entries(i, w, e);
	}
	return r < 0 ? r : take_segments(i, w, e);
}

int initrd_read_limits(int fd, const char *label, const struct initrd_limits *limits,
		       struct initrd **ret, struct err *e)
{
	_cleanup_(initrd_freep) struct initrd *i = calloc(1, sizeof(*i));
	struct stat st;
	int r;

	if (!i || !(i->path = strdup(label)))
		return err_nomem(e);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	i->size = i->end = (uint64_t)st.st_size;
	if (i->size > 4ull << 30)
		return err_set(e, EINVAL, "%s: %llu bytes are too many for an initrd",
			       label, (unsigned long long)i->size);
	/* A part of a file is no ext2 image: nobody packs those into another. */
	r = limits && limits->end ? 0 : ext2_image_is(fd, label, e);
	if (r < 0)
		return r;
	r = r ? initrd_ext2_read(i, fd, limits, e) : read_cpio(i, fd, limits, e);
	if (r == 0)
		r = initrd_parse_init(i, e);
	if (r < 0)
		return r;
	if (i->nash && i->kind != INITRD_KIND_EXT2)
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
		return root_note(r, path, rc, NULL);
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

const char *initrd_dep_path(const struct initrd *i)
{
	const char *found = NULL;

	for (size_t n = 0; i->moddir && n < i->indexes.n; n++)
		if (startswith(i->indexes.v[n], i->moddir) &&
		    endswith(i->indexes.v[n], "/modules.dep"))
			found = i->indexes.v[n];
	return found;
}

bool initrd_lists_module(const struct initrd *i, const char *name)
{
	for (const char *p = i->dep; p && *p; p = line_next(p)) {
		_cleanup_free_ char *path = strndup(p, strcspn(p, ":\n"));
		_cleanup_free_ char *module = path ? module_name(path_base(path)) : NULL;

		if (module && module_same(module, name))
			return true;
	}
	return false;
}
