/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each index says of a module [depmod of kmod 30, tried]:
 *
 *	modules.dep	kernel/a.ko: kernel/b.ko kernel/c.ko
 *	modules.alias	alias PATTERN module
 *	modules.symbols	alias symbol:NAME module
 *
 * and the .bin beside it: module name -> the whole line; pattern, with '-' as '_' but
 * between brackets -> module; symbol:NAME -> module.
 */
#include <string.h>

#include "guest/modtree.h"
#include "installer/kmodindex.h"
#include "lib/binindex.h"
#include "lib/lines.h"

/* A key with its value, as the binary index has them. */
typedef int (*emit)(void *arg, const char *key, const char *value);

struct kind {
	const char *file;
	int (*each)(const struct kmod_new *m, const char *name, emit f, void *arg);
	/* The line of the text file; the caller frees. */
	char *(*line)(const char *key, const char *value);
	/* The file of the module that an entry is about, or its name. */
	const char *(*about)(const char *key, const char *value);
};

static int each_dep(const struct kmod_new *m, const char *name, emit f, void *arg)
{
	_cleanup_free_ char *deps = strv_join(&m->deps, " ");
	_cleanup_free_ char *line = NULL;

	if (!deps)
		return -ENOMEM;
	line = strf("%s:%s%s", m->path, deps[0] ? " " : "", deps);
	return line ? f(arg, name, line) : -ENOMEM;
}

static char *dep_line(const char *key, const char *value)
{
	(void)key;
	return strdup(value);
}

static const char *about_key(const char *key, const char *value)
{
	(void)value;
	return key;
}

static const char *about_value(const char *key, const char *value)
{
	(void)key;
	return value;
}

static int each_alias(const struct kmod_new *m, const char *name, emit f, void *arg)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < m->info->aliases.n; i++)
		k = f(arg, m->info->aliases.v[i], name);
	return k;
}

static int each_symbol(const struct kmod_new *m, const char *name, emit f, void *arg)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < m->info->exports.n; i++) {
		_cleanup_free_ char *key = strf("symbol:%s", m->info->exports.v[i].name);

		k = key ? f(arg, key, name) : -ENOMEM;
	}
	return k;
}

static char *alias_line(const char *key, const char *value)
{
	return strf("alias %s %s", key, value);
}

static const struct kind kinds[] = {
	{ "modules.dep", each_dep, dep_line, about_key },
	{ "modules.alias", each_alias, alias_line, about_value },
	{ "modules.symbols", each_symbol, alias_line, about_value },
};

static const struct kind *kind_of(const char *file, bool *ret_binary)
{
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		size_t n = strlen(kinds[i].file);

		if (!startswith(file, kinds[i].file))
			continue;
		*ret_binary = streq(file + n, ".bin");
		if (!file[n] || *ret_binary)
			return &kinds[i];
	}
	return NULL;
}

const char *kmodindex_file(size_t i)
{
	static const char *const files[] = { "modules.dep",	"modules.dep.bin",
					     "modules.alias",	"modules.alias.bin",
					     "modules.symbols", "modules.symbols.bin" };

	return i < ELEMENTSOF(files) ? files[i] : NULL;
}

bool kmodindex_knows(const char *file)
{
	bool binary;

	return kind_of(file, &binary) != NULL;
}

/* What an index ought to say of these modules. */
struct wanted {
	struct strv names;  /* of the modules */
	struct strv keys;   /* as the kind has them */
	struct strv values; /* of the key at the same place */
	size_t *first;	    /* per module: its first key; one more for the end */
	bool *have;	    /* per key: the index has it already */
};

static void wanted_done(struct wanted *w)
{
	strv_done(&w->names);
	strv_done(&w->keys);
	strv_done(&w->values);
	free(w->first);
	free(w->have);
}

static int want(void *arg, const char *key, const char *value)
{
	struct wanted *w = arg;
	int k = strv_add(&w->keys, key);

	return k < 0 ? k : strv_add(&w->values, value);
}

static int wanted_make(struct wanted *w, const struct kind *kind,
		       const struct kmod_new *v, size_t n)
{
	w->first = calloc(n + 1, sizeof(*w->first));
	for (size_t i = 0; w->first && i < n; i++) {
		_cleanup_free_ char *name = module_name(path_base(v[i].path));

		w->first[i] = w->keys.n;
		if (!name || strv_add(&w->names, name) < 0 ||
		    kind->each(&v[i], name, want, w) < 0)
			return -ENOMEM;
		w->first[i + 1] = w->keys.n;
	}
	w->have = calloc(w->keys.n + 1, sizeof(*w->have));
	return w->first && w->have ? 0 : -ENOMEM;
}

/* '-' and '_' are one in an index, but in a pattern's brackets '-' is a range. */
static char *normal_key(const char *key)
{
	char *copy = strdup(key);
	bool bracket = false;

	for (char *p = copy; p && *p; p++) {
		if (*p == '[' || *p == ']')
			bracket = *p == '[';
		else if (*p == '-' && !bracket)
			*p = '_';
	}
	return copy;
}

/* --- text --------------------------------------------------------------------------- */

/* The module that a line is about, as module_name() has it; the caller frees. NULL:
 * none, or no memory. */
static char *line_owner(const struct kind *kind, const char *line)
{
	_cleanup_free_ char *path = NULL;
	const char *last = strrchr(line, ' ');

	if (line[0] == '#')
		return NULL;
	if (kind->about == about_value)
		return last ? strdup(last + 1) : NULL;
	if (!strchr(line, ':'))
		return NULL;
	path = strndup(line, strcspn(line, ":"));
	return path ? module_name(path_base(path)) : NULL;
}

static int text_lines(const struct kind *kind, const struct wanted *w, struct strv *ret)
{
	for (size_t i = 0; i < w->keys.n; i++) {
		_cleanup_free_ char *line = kind->line(w->keys.v[i], w->values.v[i]);

		if (!line || strv_add(ret, line) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Whether a line of one of these modules is as it ought to be; it is had then. */
static bool is_right(const struct strv *lines, const char *line, bool *have)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (have[i] || !streq(lines->v[i], line))
			continue;
		have[i] = true;
		return true;
	}
	return false;
}

/* 1 changed, 0 not. */
static int update_lines(const struct kind *kind, const struct wanted *w, struct lines *l)
{
	_cleanup_strv_ struct strv lines = { 0 };
	bool changed = false;

	if (text_lines(kind, w, &lines) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < l->n;) {
		_cleanup_free_ char *owner = line_owner(kind, l->v[i].text);

		if (!owner || !strv_has(&w->names, owner) ||
		    is_right(&lines, l->v[i].text, w->have)) {
			i++;
			continue;
		}
		lines_remove(l, i);
		changed = true;
	}
	for (size_t i = 0; i < lines.n; i++) {
		if (w->have[i])
			continue;
		if (lines_insert(l, l->n, lines.v[i]) < 0)
			return -ENOMEM;
		changed = true;
	}
	return changed;
}

static int add_text(const struct kind *kind, const struct wanted *w, const char *label,
		    const char *data, size_t len, char **ret, size_t *ret_len,
		    struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	int k = lines_parse(&l, data, len, label, e);

	if (k < 0)
		return k;
	k = update_lines(kind, w, &l);
	if (k <= 0)
		return k < 0 ? err_nomem(e) : 0;
	*ret = lines_text(&l, ret_len);
	return *ret ? 1 : err_nomem(e);
}

/* --- binary ------------------------------------------------------------------------- */

static bool entry_is_right(const struct wanted *w, const struct strv *keys,
			   const struct binentry *x)
{
	for (size_t i = 0; i < keys->n; i++) {
		if (w->have[i] || !streq(keys->v[i], x->key) ||
		    !streq(w->values.v[i], x->value))
			continue;
		w->have[i] = true;
		return true;
	}
	return false;
}

/* Behind all others: whoever has an alias already keeps it. */
static uint32_t next_priority(const struct binindex *x)
{
	uint32_t priority = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].priority >= priority && x->v[i].priority < UINT32_MAX / 2)
			priority = x->v[i].priority + 1;
	return priority;
}

/* 1 changed, 0 not. */
static int update_entries(const struct kind *kind, const struct wanted *w,
			  struct binindex *x)
{
	_cleanup_strv_ struct strv keys = { 0 };
	uint32_t priority;
	bool changed = false;
	int k = 0;

	for (size_t i = 0; i < w->keys.n; i++) {
		_cleanup_free_ char *key = normal_key(w->keys.v[i]);

		if (!key || strv_add(&keys, key) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < x->n;) {
		const char *owner = kind->about(x->v[i].key, x->v[i].value);

		if (!strv_has(&w->names, owner) || entry_is_right(w, &keys, &x->v[i])) {
			i++;
			continue;
		}
		binindex_remove(x, i);
		changed = true;
	}
	priority = next_priority(x);
	for (size_t m = 0; m < w->names.n; m++, priority++) {
		for (size_t i = w->first[m]; k >= 0 && i < w->first[m + 1]; i++) {
			if (w->have[i])
				continue;
			/* first[] counts the keys. */
			/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
			k = binindex_add(x, keys.v[i], w->values.v[i], priority);
			changed = true;
		}
	}
	return k < 0 ? k : changed;
}

static int add_binary(const struct kind *kind, const struct wanted *w, const char *label,
		      const char *data, size_t len, char **ret, size_t *ret_len,
		      struct err *e)
{
	_cleanup_binindex_ struct binindex x = { 0 };
	uint8_t *new = NULL;
	int k = binindex_parse(data, len, label, &x, e);

	if (k < 0)
		return k;
	k = update_entries(kind, w, &x);
	if (k == 0)
		return 0;
	if (k > 0)
		k = binindex_write(&x, &new, ret_len);
	if (k < 0)
		return k == -ENOMEM ? err_nomem(e)
				    : err_errno(e, k, "%s: cannot be extended", label);
	*ret = (char *)new;
	return 1;
}

int kmodindex_add(const char *file, const char *label, const char *data, size_t len,
		  const struct kmod_new *v, size_t n, char **ret, size_t *ret_len,
		  struct err *e)
{
	_cleanup_(wanted_done) struct wanted w = { .first = NULL };
	bool binary;
	const struct kind *kind = kind_of(file, &binary);

	if (!kind)
		return 0;
	if (wanted_make(&w, kind, v, n) < 0)
		return err_nomem(e);
	return (binary ? add_binary : add_text)(kind, &w, label, data, len, ret, ret_len,
						e);
}
