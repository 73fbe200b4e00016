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
	{ "modules.dep", each_dep, dep_line },
	{ "modules.alias", each_alias, alias_line },
	{ "modules.symbols", each_symbol, alias_line },
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

bool kmodindex_knows(const char *file)
{
	bool binary;

	return kind_of(file, &binary) != NULL;
}

struct text {
	const struct kind *kind;
	struct lines *l;
	bool changed;
};

static int add_line(void *arg, const char *key, const char *value)
{
	struct text *t = arg;
	_cleanup_free_ char *line = t->kind->line(key, value);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < t->l->n; i++)
		if (streq(t->l->v[i].text, line))
			return 0;
	t->changed = true;
	return lines_insert(t->l, t->l->n, line);
}

struct binary {
	struct binindex *x;
	uint32_t priority;
	bool changed;
};

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

static int add_entry(void *arg, const char *key, const char *value)
{
	struct binary *b = arg;
	_cleanup_free_ char *normal = normal_key(key);

	if (!normal)
		return -ENOMEM;
	if (binindex_has(b->x, normal, value))
		return 0;
	b->changed = true;
	return binindex_add(b->x, normal, value, b->priority);
}

static int each(const struct kind *kind, const struct kmod_new *v, size_t n, emit f,
		void *arg, uint32_t *priority)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = module_name(path_base(v[i].path));
		int k = name ? kind->each(&v[i], name, f, arg) : -ENOMEM;

		if (k < 0)
			return k;
		if (priority)
			++*priority;
	}
	return 0;
}

static int add_text(const struct kind *kind, const char *label, const char *data,
		    size_t len, const struct kmod_new *v, size_t n, char **ret,
		    size_t *ret_len, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	struct text t = { .kind = kind, .l = &l };
	int k = lines_parse(&l, data, len, label, e);

	if (k < 0)
		return k;
	if (each(kind, v, n, add_line, &t, NULL) < 0)
		return err_nomem(e);
	if (!t.changed)
		return 0;
	*ret = lines_text(&l, ret_len);
	return *ret ? 1 : err_nomem(e);
}

static int add_binary(const struct kind *kind, const char *label, const char *data,
		      size_t len, const struct kmod_new *v, size_t n, char **ret,
		      size_t *ret_len, struct err *e)
{
	_cleanup_binindex_ struct binindex x = { 0 };
	struct binary b = { .x = &x };
	uint8_t *new;
	int k = binindex_parse(data, len, label, &x, e);

	if (k < 0)
		return k;
	/* Behind all others: whoever has an alias already keeps it. */
	for (size_t i = 0; i < x.n; i++)
		if (x.v[i].priority >= b.priority && x.v[i].priority < UINT32_MAX / 2)
			b.priority = x.v[i].priority + 1;
	k = each(kind, v, n, add_entry, &b, &b.priority);
	if (k == 0 && b.changed)
		k = binindex_write(&x, &new, ret_len);
	if (k < 0)
		return k == -ENOMEM ? err_nomem(e)
				    : err_errno(e, k, "%s: cannot be extended", label);
	if (!b.changed)
		return 0;
	*ret = (char *)new;
	return 1;
}

int kmodindex_add(const char *file, const char *label, const char *data, size_t len,
		  const struct kmod_new *v, size_t n, char **ret, size_t *ret_len,
		  struct err *e)
{
	bool binary;
	const struct kind *kind = kind_of(file, &binary);

	if (!kind)
		return 0;
	return (binary ? add_binary : add_text)(kind, label, data, len, v, n, ret,
						ret_len, e);
}
