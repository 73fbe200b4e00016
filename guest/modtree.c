/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "guest/modtree.h"
#include "lib/lines.h"

#define DEPTH_MAX 32
#define FILES_MAX 65536
/* Of names and paths in memory: a kernel's 7,000 modules take less than 2 MiB. */
#define BYTES_MAX (32u * 1024 * 1024)

static const char *const area_names[] = {
	[MODAREA_KERNEL] = "kernel",   [MODAREA_EXTRA] = "extra",
	[MODAREA_UPDATES] = "updates", [MODAREA_WEAK] = "weak-updates",
	[MODAREA_OTHER] = "other",
};

const char *modarea_name(enum modarea a)
{
	return area_names[a];
}

static enum modarea area_of(const char *top)
{
	for (size_t i = 0; i < MODAREA_OTHER; i++)
		if (streq(top, area_names[i]))
			return (enum modarea)i;
	return MODAREA_OTHER;
}

static size_t file_bytes(const char *path, const char *name)
{
	return sizeof(struct modfile) + str_bytes(path) + str_bytes(name);
}

static void drop_files(struct modtree *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->files[i].path)
			m->bytes -= file_bytes(m->files[i].path, m->files[i].name);
		free(m->files[i].path);
		free(m->files[i].name);
	}
	m->n = 0;
}

void modtree_free(struct modtree *m)
{
	if (!m)
		return;
	drop_files(m);
	free(m->files);
	strv_done(&m->builtin);
	strv_done(&m->index.listed);
	free(m->release);
	free(m->vermagic);
	free(m);
}

static int too_many(const struct root *r, const char *dir, struct err *e)
{
	_cleanup_free_ char *where = root_name(r, dir);

	return err_set(e, E2BIG, "%s: more than %d modules, or %u MiB of their names",
		       where ?: dir, FILES_MAX, BYTES_MAX >> 20);
}

static int add_name(const struct root *r, const char *dir, struct modtree *m,
		    struct strv *to, const char *name, struct err *e)
{
	m->bytes += sizeof(char *) + str_bytes(name);
	if (to->n >= FILES_MAX || m->bytes > BYTES_MAX)
		return too_many(r, dir, e);
	return strv_add(to, name) < 0 ? err_nomem(e) : 0;
}

/* name is taken. */
static int add_file(const struct root *r, const char *dir, struct modtree *m,
		    const char *path, char *name, enum modarea area, bool is_link,
		    bool dangling, struct err *e)
{
	size_t bytes = file_bytes(path, name);
	struct modfile *f;

	if (m->n >= FILES_MAX || bytes > BYTES_MAX - m->bytes) {
		free(name);
		return too_many(r, dir, e);
	}
	if (vec_grow(&m->files, m->n, sizeof(*m->files)) < 0) {
		free(name);
		return err_nomem(e);
	}
	f = &m->files[m->n];
	f->path = strdup(path);
	f->name = name;
	f->area = area;
	f->is_link = is_link;
	f->dangling = dangling;
	m->n++;
	if (!f->path)
		return err_nomem(e);
	m->bytes += bytes;
	return 0;
}

static int walk(const struct root *r, struct modtree *m, const char *dir,
		enum modarea area, unsigned int depth, struct err *e);

/* What an entry is, where the file system does not say it with the name. */
static int type_of(const struct root *r, const char *path, unsigned char *type,
		   struct err *e)
{
	struct stat st;
	int k;

	if (*type != DT_UNKNOWN)
		return 0;
	k = root_stat(r, path, false, &st, e);
	if (k == 0)
		*type = IFTODT(st.st_mode);
	return k;
}

static int visit(const struct root *r, struct modtree *m, const char *dir,
		 const struct root_entry *entry, enum modarea area, unsigned int depth,
		 struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", dir, entry->name);
	_cleanup_free_ char *module = module_name(entry->name);
	unsigned char type = entry->type;
	int k;

	if (!path)
		return err_nomem(e);
	k = type_of(r, path, &type, e);
	if (k < 0) /* gone since it was listed */
		return k == -ENOENT ? 0 : k;
	if (type == DT_DIR)
		return walk(r, m, path, depth ? area : area_of(entry->name), depth + 1,
			    e);
	if (!module)
		return 0;
	return add_file(r, dir, m, path, TAKE_PTR(module), area, type == DT_LNK,
			type != DT_REG && !root_is_file(r, path), e);
}

static int walk(const struct root *r, struct modtree *m, const char *dir,
		enum modarea area, unsigned int depth, struct err *e)
{
	_cleanup_(root_entries_done) struct root_entries l = { 0 };
	int k = root_entries(r, dir, &l, e);

	if (k < 0)
		return k;
	if (depth > DEPTH_MAX) {
		_cleanup_free_ char *where = root_name(r, dir);

		return err_set(e, ELOOP, "%s: folders are nested too deeply",
			       where ?: dir);
	}
	for (size_t i = 0; i < l.n && k >= 0; i++)
		if (depth || !m->index.kernel || !streq(l.v[i].name, "kernel"))
			k = visit(r, m, dir, &l.v[i], area, depth, e);
	return k;
}

/* A text of one entry a line, when the file is there: 1 read, 0 none. */
static int read_lines(const struct root *r, const char *dir, const char *file,
		      struct lines *l, struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", dir, file);
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k;

	if (!path)
		return err_nomem(e);
	name = root_name(r, path);
	k = root_read(r, path, ROOT_TEXT_MAX, &text, &len, e);
	if (k == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (k >= 0)
		k = lines_parse(l, text, len, name ?: path, e);
	return k < 0 ? k : 1;
}

static int read_builtin(const struct root *r, const char *dir, struct modtree *m,
			struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	int k = read_lines(r, dir, "modules.builtin", &l, e);

	for (size_t i = 0; k >= 0 && i < l.n; i++) {
		_cleanup_free_ char *name = module_name(path_base(l.v[i].text));

		if (name)
			k = add_name(r, dir, m, &m->builtin, name, e);
	}
	return k < 0 ? k : 0;
}

/* A line of modules.dep: the name it lists; a file of kernel/ is added. */
static int read_dep_line(const struct root *r, const char *dir, struct modtree *m,
			 const char *text, struct err *e)
{
	_cleanup_free_ char *path = strndup(text, strcspn(text, ":"));
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *full = NULL;
	const char *below;
	int k;

	if (!path)
		return err_nomem(e);
	m->index.absolute = m->index.absolute || path[0] == '/';
	name = module_name(path_base(path));
	if (!name)
		return 0;
	k = add_name(r, dir, m, &m->index.listed, name, e);
	if (k < 0)
		return k;
	below = path;
	if (startswith(path, dir) && path[strlen(dir)] == '/')
		below += strlen(dir) + 1;
	if (!startswith(below, "kernel/"))
		return 0;
	full = strf("%s/%s", dir, below);
	if (!full)
		return err_nomem(e);
	return add_file(r, dir, m, full, TAKE_PTR(name), MODAREA_KERNEL, false, false, e);
}

/* "/lib/modules/R/kernel/x.ko: deps" or "kernel/x.ko: deps"; modutils continues with "\".
 */
static int read_dep(const struct root *r, const char *dir, struct modtree *m,
		    struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	bool continued = false;
	int k = read_lines(r, dir, "modules.dep", &l, e);

	if (k <= 0)
		return k;
	m->index.text = true;
	for (size_t i = 0; i < l.n && k >= 0; i++) {
		const char *text = l.v[i].text;
		bool is_rest = continued;

		continued = endswith(text, "\\");
		m->index.modutils = m->index.modutils || continued;
		if (!is_rest && strchr(text, ':') && text[0] != '#')
			k = read_dep_line(r, dir, m, text, e);
	}
	return k < 0 ? k : 0;
}

/*
 * A kernel has thousands of modules in hundreds of folders, which on a cold emulated
 * disk are as many requests. modprobe loads from kernel/ what modules.dep lists and
 * nothing else, so its word is taken, but that drivers of Xen's are looked up. Where it
 * lists none, or one that is gone, it may be out of date, and the folder itself is read.
 */
static void judge_index(const struct root *r, struct modtree *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct modfile *f = &m->files[i];
		struct stat st;

		if (!startswith(f->name, "xen"))
			continue;
		m->index.kernel = root_stat(r, f->path, false, &st, NULL) == 0 &&
				  S_ISREG(st.st_mode);
		if (!m->index.kernel)
			break;
	}
	if (!m->index.kernel)
		drop_files(m);
}

static int read_own_vermagic(const struct root *r, struct modtree *m, struct err *e)
{
	/* One damaged module does not hide the others; eight are enough of a search. */
	for (size_t i = 0, tries = 0; i < m->n && tries < 8; i++) {
		_cleanup_(modinfo_freep) struct modinfo *info = NULL;
		_cleanup_err_ struct err ignored = ERR_INIT;
		_cleanup_close_ int fd = -1;

		if (m->files[i].area != MODAREA_KERNEL || m->files[i].dangling)
			continue;
		tries++;
		fd = root_open_file(r, m->files[i].path, NULL, NULL);
		if (fd < 0 ||
		    root_note(r, m->files[i].path,
			      modinfo_read(fd, m->files[i].path, &info, &ignored),
			      NULL) < 0)
			continue;
		m->arch = info->arch;
		m->vermagic = TAKE_PTR(info->vermagic);
		return 0;
	}
	return 0;
}

static int cmp_files(const void *a, const void *b)
{
	return strcmp(((const struct modfile *)a)->path,
		      ((const struct modfile *)b)->path);
}

bool release_is_plain(const char *release)
{
	return release[0] && !strchr(release, '/') && !streq(release, ".") &&
	       !streq(release, "..");
}

int modtree_read(const struct root *r, const char *release, struct modtree **ret,
		 struct err *e)
{
	_cleanup_(modtree_freep) struct modtree *m = NULL;
	_cleanup_free_ char *dir = strf("/lib/modules/%s", release);
	_cleanup_free_ char *bin = strf("/lib/modules/%s/modules.dep.bin", release);
	int k;

	if (!release_is_plain(release))
		return err_set(e, EINVAL, "'%s' is no kernel release", release);
	m = calloc(1, sizeof(*m));
	if (!m || !dir || !bin)
		return err_nomem(e);
	m->release = strdup(release);
	if (!m->release)
		return err_nomem(e);
	k = read_dep(r, dir, m, e);
	if (k >= 0) {
		judge_index(r, m);
		k = walk(r, m, dir, MODAREA_OTHER, 0, e);
	}
	if (k >= 0)
		k = read_builtin(r, dir, m, e);
	if (k < 0)
		return k;
	m->index.binary = root_is_file(r, bin);
	if (m->n > 1)
		qsort(m->files, m->n, sizeof(*m->files), cmp_files);
	k = read_own_vermagic(r, m, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(m);
	return 0;
}

const struct modfile *modtree_next(const struct modtree *m, const char *name,
				   size_t *from)
{
	while (*from < m->n) {
		const struct modfile *f = &m->files[(*from)++];

		if (module_same(f->name, name))
			return f;
	}
	return NULL;
}

const struct modfile *modtree_find(const struct modtree *m, const char *name)
{
	/* depmod's order on RHEL: updates extra built-in weak-updates */
	static const int rank[] = {
		[MODAREA_UPDATES] = 0, [MODAREA_EXTRA] = 1, [MODAREA_KERNEL] = 2,
		[MODAREA_WEAK] = 3,    [MODAREA_OTHER] = 4,
	};
	const struct modfile *best = NULL;
	const struct modfile *f;
	size_t from = 0;

	while ((f = modtree_next(m, name, &from)))
		if (!f->dangling && (!best || rank[f->area] < rank[best->area]))
			best = f;
	return best;
}

bool modtree_is_builtin(const struct modtree *m, const char *name)
{
	for (size_t i = 0; i < m->builtin.n; i++)
		if (module_same(m->builtin.v[i], name))
			return true;
	return false;
}
