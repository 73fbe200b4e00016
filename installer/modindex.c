/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The indexes by which modprobe and hotplug find the drivers, in the guest's own
 * format: what its own depmod would write, for our modules only.
 */
#include <string.h>

#include "installer/kmodindex.h"
#include "installer/modlines.h"
#include "installer/plan.h"

struct set {
	char *folder;			/* "/lib/modules/R/" */
	struct indexed m[XENDRV_COUNT]; /* in load order */
	size_t n;
};

static void set_done(struct set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->m[i].name);
		free(s->m[i].path);
		strv_done(&s->m[i].deps);
	}
	free(s->folder);
}

/* Whether modprobe would take another file of that name before ours in extra/. */
static bool is_shadowed(const struct kernel *k, const char *name, const char *ours)
{
	const struct modfile *f = k->mods ? modtree_find(k->mods, name) : NULL;

	return f && f->area == MODAREA_UPDATES && !streq(f->path, ours);
}

/*
 * The drivers that are, or will be, files of this kernel and win over others of their
 * name. For one that loses, the line of the winner is somebody else's and right.
 */
static int collect(const struct choice *c, struct set *s)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		_cleanup_free_ char *name = NULL;
		const struct modinfo *info = c->infos[d];

		if (!info && c->modules[d])
			info = c->modules[d]->info;
		if (!c->paths[d] || c->builtin[d] || !info)
			continue;
		name = module_name(path_base(c->paths[d]));
		if (!name)
			return -ENOMEM;
		if (is_shadowed(c->kernel, name, c->paths[d]))
			continue;
		s->m[s->n].path = strdup(c->paths[d]);
		s->m[s->n].name = TAKE_PTR(name);
		s->m[s->n].info = info;
		if (!s->m[s->n++].path)
			return -ENOMEM;
	}
	return 0;
}

/* --- dependencies ------------------------------------------------------------------- */

static char *next_name(char **rest)
{
	char *word = strsep(rest, ",");

	for (char *p = word; p && *p; p++)
		if (*p == '-')
			*p = '_';
	return word;
}

static bool depends_field_has(const struct modinfo *info, const char *name)
{
	_cleanup_free_ char *copy = strdup(info->depends ?: "");
	char *rest = copy;

	for (char *word = copy ? next_name(&rest) : NULL; word; word = next_name(&rest))
		if (streq(word, name))
			return true;
	return false;
}

/* By what it says, and by the symbols that it takes from the other one. */
static bool needs(const struct indexed *a, const struct indexed *b)
{
	if (depends_field_has(a->info, b->name))
		return true;
	for (size_t i = 0; i < a->info->imports.n; i++)
		if (symvers_find(&b->info->exports, a->info->imports.v[i].name))
			return true;
	return false;
}

static int add_once(struct strv *v, const char *s)
{
	return strv_has(v, s) ? 0 : strv_add(v, s);
}

/* The line of modules.dep for a module, behind its colon; kmod's is relative to the
 * kernel's folder. NULL: none. */
static const char *line_of(const struct lines *dep, const char *folder, const char *path)
{
	for (size_t i = 0; i < dep->n; i++) {
		const char *text = dep->v[i].text;
		const char *p = text[0] == '/' ? path : path + strlen(folder);
		size_t n = strlen(p);

		if (startswith(text, p) && text[n] == ':')
			return text + n + 1;
	}
	return NULL;
}

/* What an existing modules.dep says that a module needs, as absolute paths. */
static int add_line_of(struct strv *deps, const struct lines *dep, const char *folder,
		       const char *path)
{
	_cleanup_free_ char *copy = strdup(line_of(dep, folder, path) ?: "");
	char *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, " \t\r", &save); w;
	     w = strtok_r(NULL, " \t\r", &save)) {
		_cleanup_free_ char *full = strf("%s%s", w[0] == '/' ? "" : folder, w);

		if (!full || add_once(deps, full) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Modules of the kernel's own that one of ours names, with what those need. */
static int add_others(struct strv *deps, const struct indexed *m, const struct set *s,
		      const struct kernel *k, const struct lines *dep)
{
	_cleanup_free_ char *copy = strdup(m->info->depends ?: "");
	char *rest = copy;

	if (!copy)
		return -ENOMEM;
	for (char *word = next_name(&rest); word; word = next_name(&rest)) {
		const struct modfile *f = NULL;
		bool ours = !word[0];

		for (size_t i = 0; i < s->n; i++)
			ours |= streq(s->m[i].name, word);
		if (!ours && k->mods)
			f = modtree_find(k->mods, word);
		if (!f)
			continue;
		if (add_once(deps, f->path) < 0 ||
		    add_line_of(deps, dep, s->folder, f->path) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * What the one at i needs. The set is in load order, so all of ours that it needs stands
 * before it; the last to be loaded is named first, and the kernel's own after ours.
 */
static int resolve_one(struct set *s, size_t i, const struct kernel *k,
		       const struct lines *dep)
{
	bool needed[XENDRV_COUNT] = { false };
	struct strv *deps = &s->m[i].deps;

	for (size_t j = i; j-- > 0;) {
		needed[j] = needs(&s->m[i], &s->m[j]);
		for (size_t via = j + 1; via < i; via++)
			needed[j] |= needed[via] && needs(&s->m[via], &s->m[j]);
		if (needed[j] && strv_add(deps, s->m[j].path) < 0)
			return -ENOMEM;
	}
	needed[i] = true;
	for (size_t j = i + 1; j-- > 0;)
		if (needed[j] && add_others(deps, &s->m[j], s, k, dep) < 0)
			return -ENOMEM;
	return 0;
}

static int resolve(struct set *s, const struct kernel *k, const struct lines *dep)
{
	for (size_t i = 0; i < s->n; i++)
		if (resolve_one(s, i, k, dep) < 0)
			return -ENOMEM;
	return 0;
}

/* --- planning ----------------------------------------------------------------------- */

static int read_index(struct planning *p, const char *path, struct lines *l, bool *there,
		      struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k = plan_text(p, path, &text, &len, e);

	*there = k > 0;
	return k <= 0 ? k : lines_parse(l, text, len, path, e);
}

static int plan_index(struct planning *p, const struct kernel *k, const struct index *x,
		      const struct set *s, struct err *e)
{
	_cleanup_free_ char *path = strf("/lib/modules/%s/%s", k->release, x->file);
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	bool there;
	int r = path ? read_index(p, path, &l, &there, e) : err_nomem(e);

	if (r < 0)
		return r;
	if (!there && !x->create)
		return 0;
	if (!there && x->header && lines_insert(&l, 0, x->header) < 0)
		return err_nomem(e);
	r = index_update(x, &l, s->m, s->n);
	if (r < 0)
		return err_nomem(e);
	if (r == 0)
		return 0;
	text = lines_text(&l, &len);
	if (!text)
		return err_nomem(e);
	r = plan_set_text(p, path, text, len, "index", "lines of the drivers", 0644, e);
	return r < 0 ? r : 0;
}

/* The guest's own format; what stands there may be another's. */
static int find_format(const struct planning *p, const struct kernel *k,
		       enum index_format *ret, struct err *e)
{
	*ret = p->g->gen->index;
	if (!k->mods || *ret == INDEX_KMOD)
		return 0;
	if (k->mods->index.binary)
		return err_set(e, ENOTSUP,
			       "%s/lib/modules/%s: has binary module indexes "
			       "(modules.dep.bin), which %s does not read",
			       p->root->path, k->release, p->g->gen->title);
	if (k->mods->index.modutils && *ret != INDEX_MODUTILS)
		return err_set(e, ENOTSUP,
			       "%s/lib/modules/%s: has module indexes of modutils, which "
			       "%s does not read",
			       p->root->path, k->release, p->g->gen->title);
	return 0;
}

/* --- kmod's, text and binary -------------------------------------------------------- */

struct kmod_set {
	struct kmod_new v[XENDRV_COUNT];
	size_t n;
};

static void kmod_set_done(struct kmod_set *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].path);
		strv_done(&x->v[i].deps);
	}
}

/* Paths relative to the kernel's folder. What somebody's depmod has listed stays. */
static int to_kmod(const struct set *s, const struct lines *dep, bool keep_listed,
		   struct kmod_set *ret)
{
	size_t skip = strlen(s->folder);

	for (size_t i = 0; i < s->n; i++) {
		const struct indexed *m = &s->m[i];
		struct kmod_new *x = &ret->v[ret->n];

		if (keep_listed && line_of(dep, s->folder, m->path))
			continue;
		ret->n++;
		x->info = m->info;
		x->path = strdup(m->path + skip);
		if (!x->path)
			return -ENOMEM;
		for (size_t d = 0; d < m->deps.n; d++)
			if (strv_add(&x->deps, m->deps.v[d] + skip) < 0)
				return -ENOMEM;
	}
	return 0;
}

static int plan_kmod(struct planning *p, const struct choice *c, const struct set *s,
		     const struct lines *dep, struct err *e)
{
	_cleanup_(kmod_set_done) struct kmod_set x = { .n = 0 };
	const char *file;
	int k = to_kmod(s, dep, c->kind == CHOICE_PACKAGE, &x);

	if (k < 0)
		return err_nomem(e);
	for (size_t i = 0; x.n && k >= 0 && (file = kmodindex_file(i)); i++) {
		_cleanup_free_ char *path = strf("%s%s", s->folder, file);
		_cleanup_free_ char *old = NULL;
		_cleanup_free_ char *new = NULL;
		size_t len = 0;

		k = path ? plan_text(p, path, &old, &len, e) : err_nomem(e);
		if (k > 0)
			k = kmodindex_add(file, path, old, len, x.v, x.n, &new, &len, e);
		if (k > 0)
			k = plan_set_text(p, path, new, len, "index",
					  "lines of the drivers", 0644, e);
	}
	return k < 0 ? k : 0;
}

static int plan_text_indexes(struct planning *p, const struct choice *c,
			     const struct set *s, enum index_format format, struct err *e)
{
	size_t n;
	const struct index *indexes = indexes_of(format, &n);
	int k = 0;

	for (size_t i = 0; k == 0 && i < n; i++)
		k = plan_index(p, c->kernel, &indexes[i], s, e);
	return k;
}

static int plan_kernel(struct planning *p, const struct choice *c, struct err *e)
{
	_cleanup_free_ char *path = strf("/lib/modules/%s/modules.dep",
					 c->kernel->release);
	_cleanup_(set_done) struct set s = { 0 };
	_cleanup_lines_ struct lines dep = { 0 };
	enum index_format format = INDEX_KMOD;
	bool there;
	int k = path ? find_format(p, c->kernel, &format, e) : err_nomem(e);

	if (k == 0)
		k = read_index(p, path, &dep, &there, e);
	if (k < 0)
		return k;
	s.folder = strf("/lib/modules/%s/", c->kernel->release);
	if (!s.folder || collect(c, &s) < 0 || resolve(&s, c->kernel, &dep) < 0)
		return err_nomem(e);
	if (!there && format == INDEX_KMOD)
		return err_set(e, ENOENT, "%s: there is none: run depmod -a %s", path,
			       c->kernel->release);
	if (!there && strv_addf(&p->plan->notes,
				"%s was missing and gets the drivers alone: run depmod "
				"-a %s in the guest",
				path, c->kernel->release) < 0)
		return err_nomem(e);
	if (format == INDEX_KMOD)
		return plan_kmod(p, c, &s, &dep, e);
	return plan_text_indexes(p, c, &s, format, e);
}

int plan_modindex(struct planning *p, struct err *e)
{
	for (size_t i = 0; i < p->choices->n; i++) {
		const struct choice *c = &p->choices->v[i];
		int k = 0;

		if (!p->selected[i])
			continue;
		/* The kernel package's own are in its indexes. */
		if (c->kind == CHOICE_BUNDLE || c->kind == CHOICE_COMPATIBLE ||
		    c->kind == CHOICE_PACKAGE)
			k = plan_kernel(p, c, e);
		if (k < 0)
			return k;
	}
	return 0;
}
