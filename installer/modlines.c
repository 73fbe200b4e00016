/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/modtree.h"
#include "installer/modlines.h"

#define PCI_ANY 0xffffffffu

/* --- modules.dep ------------------------------------------------------------------ */

static int dep_lines(const struct indexed *m, struct strv *ret)
{
	_cleanup_free_ char *deps = strv_join(&m->deps, " ");

	if (!deps)
		return -ENOMEM;
	return strv_addf(ret, "%s:%s%s", m->path, deps[0] ? " " : "", deps);
}

static char *dep_owner(const char *line)
{
	_cleanup_free_ char *path = strndup(line, strcspn(line, ":"));

	return path ? module_name(path_base(path)) : NULL;
}

/* The words of a line, sorted: the order of what is to be loaded may differ. */
static bool split_sorted(const char *line, struct strv *words)
{
	_cleanup_free_ char *copy = strdup(line);
	char *save = NULL;

	for (char *w = copy ? strtok_r(copy, " \t\r", &save) : NULL; w;
	     w = strtok_r(NULL, " \t\r", &save))
		if (strv_add(words, w) < 0)
			return false;
	strv_sort(words);
	return copy;
}

static bool dep_same(const char *a, const char *b)
{
	_cleanup_strv_ struct strv x = { 0 };
	_cleanup_strv_ struct strv y = { 0 };

	if (!split_sorted(a, &x) || !split_sorted(b, &y) || x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++)
		if (!streq(x.v[i], y.v[i]))
			return false;
	return true;
}

/* --- modules.alias and modules.symbols ---------------------------------------------- */

static int alias_lines(const struct indexed *m, struct strv *ret)
{
	for (size_t i = 0; i < m->info->aliases.n; i++)
		if (strv_addf(ret, "alias %s %s", m->info->aliases.v[i], m->name) < 0)
			return -ENOMEM;
	return 0;
}

static int symbol_lines(const struct indexed *m, struct strv *ret)
{
	for (size_t i = 0; i < m->info->exports.n; i++)
		if (strv_addf(ret, "alias symbol:%s %s", m->info->exports.v[i].name,
			      m->name) < 0)
			return -ENOMEM;
	return 0;
}

static char *with_underscores(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	for (char *p = copy; p && *p; p++)
		if (*p == '-')
			*p = '_';
	return copy;
}

/* The third word. */
static char *alias_owner(const char *line)
{
	const char *p = line;

	if (!startswith(line, "alias "))
		return NULL;
	for (int i = 0; i < 2; i++) {
		p += strcspn(p, " \t");
		p += strspn(p, " \t");
	}
	return with_underscores(p, strcspn(p, " \t\r"));
}

/* --- modules.pcimap ------------------------------------------------------------------
 */

struct pci_id {
	unsigned int vendor, device, subvendor, subdevice, class, mask;
};

/* "v00005853", "sv*": the number after a field's letters, and how long it all is. */
static bool pci_field(const char **p, const char *letters, unsigned int *ret)
{
	size_t n = strlen(letters);
	char *end;

	if (strncmp(*p, letters, n) != 0)
		return false;
	if ((*p)[n] == '*') {
		*ret = PCI_ANY;
		*p += n + 1;
		return true;
	}
	/* Hexadecimal digits are upper case, field letters lower. */
	if (!strchr("0123456789ABCDEF", (*p)[n]) || !(*p)[n])
		return false;
	{
		char digits[9] = "";
		size_t len = strspn(*p + n, "0123456789ABCDEF");

		if (len >= sizeof(digits))
			return false;
		memcpy(digits, *p + n, len);
		*ret = (unsigned int)strtoul(digits, &end, 16);
		*p += n + len;
	}
	return true;
}

static bool pci_parse(const char *alias, struct pci_id *id)
{
	static const struct {
		const char *letters;
		unsigned int shift;
	} classes[] = { { "bc", 16 }, { "sc", 8 }, { "i", 0 } };
	const char *p = alias + strlen("pci:");

	if (!startswith(alias, "pci:") || !pci_field(&p, "v", &id->vendor) ||
	    !pci_field(&p, "d", &id->device) || !pci_field(&p, "sv", &id->subvendor) ||
	    !pci_field(&p, "sd", &id->subdevice))
		return false;
	id->class = 0;
	id->mask = 0;
	for (size_t i = 0; i < ELEMENTSOF(classes); i++) {
		unsigned int v;

		if (!pci_field(&p, classes[i].letters, &v))
			return false;
		if (v == PCI_ANY)
			continue;
		id->class |= v << classes[i].shift;
		id->mask |= 0xffu << classes[i].shift;
	}
	return *p == '\0';
}

static int add_pci_line(const struct indexed *m, const char *alias, const char *data,
			struct strv *ret)
{
	/* The name as the file has it, with its dashes. */
	const char *base = path_base(m->path);
	struct pci_id id;

	if (!pci_parse(alias, &id))
		return 0;
	return strv_addf(ret, "%-20.*s 0x%08x 0x%08x 0x%08x 0x%08x 0x%08x 0x%08x %s",
			 (int)strcspn(base, "."), base, id.vendor, id.device,
			 id.subvendor, id.subdevice, id.class, id.mask, data);
}

static int pci_lines(const struct indexed *m, struct strv *ret)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < m->info->aliases.n; i++)
		k = add_pci_line(m, m->info->aliases.v[i], "0x0", ret);
	return k;
}

/*
 * The PCI table of a 2.4 module stands behind relocations, not in its .modinfo. Of our
 * drivers one has such a table, and its numbers are known [facts.md, Modules].
 */
static int pci_lines_modutils(const struct indexed *m, struct strv *ret)
{
	static const char *const ids[] = { "pci:v00005853d00000001sv*sd*bc*sc*i*",
					   "pci:v0000FFFDd00000101sv*sd*bc*sc*i*" };
	int k = 0;

	for (size_t i = 0;
	     k >= 0 && streq(m->name, "xen_platform_pci") && i < ELEMENTSOF(ids); i++)
		k = add_pci_line(m, ids[i], "0x00000000", ret);
	return k;
}

static char *pci_owner(const char *line)
{
	return line[0] == '#' ? NULL : with_underscores(line, strcspn(line, " \t"));
}

#define PCI_TITLE                                                                      \
	"# pci module         vendor     device     subvendor  subdevice  class      " \
	"class_mask driver_data"

static const struct index module_init_tools[] = {
	{ "modules.dep", NULL, true, dep_lines, dep_owner, dep_same, NULL },
	{ "modules.alias", "# Aliases extracted from modules themselves.", true,
	  alias_lines, alias_owner, streq, NULL },
	{ "modules.pcimap", PCI_TITLE, false, pci_lines, pci_owner, streq, NULL },
	{ "modules.symbols", "# Aliases for symbols, used by symbol_request().", false,
	  symbol_lines, alias_owner, streq, NULL },
};

static const struct index modutils[] = {
	{ "modules.dep", NULL, true, NULL, NULL, NULL, modutils_dep_update },
	{ "modules.pcimap", PCI_TITLE, false, pci_lines_modutils, pci_owner, streq,
	  NULL },
};

const struct index *indexes_of(enum index_format f, size_t *n)
{
	switch (f) {
	case INDEX_MODUTILS:
		*n = ELEMENTSOF(modutils);
		return modutils;
	case INDEX_MODULE_INIT_TOOLS:
		*n = ELEMENTSOF(module_init_tools);
		return module_init_tools;
	default:
		*n = 0;
		return NULL;
	}
}

/* --- the exchange --- */

static bool is_one_of(const char *name, const struct indexed *m, size_t n)
{
	for (size_t i = 0; name && i < n; i++)
		if (streq(m[i].name, name))
			return true;
	return false;
}

/* Where in `want` a line is that says the same and is not there yet; -1. */
static long find_wanted(const struct index *x, const struct strv *want, const bool *found,
			const char *line)
{
	for (size_t i = 0; i < want->n; i++)
		if (!found[i] && x->same(want->v[i], line))
			return (long)i;
	return -1;
}

static int exchange(const struct index *x, struct lines *l, const struct indexed *m,
		    size_t n, const struct strv *want, bool *found)
{
	size_t at = l->n;
	int changed = 0;

	for (size_t i = 0; i < l->n;) {
		_cleanup_free_ char *owner = x->owner(l->v[i].text);
		long w;

		if (!is_one_of(owner, m, n)) {
			i++;
			continue;
		}
		w = find_wanted(x, want, found, l->v[i].text);
		if (w >= 0) {
			found[w] = true;
			at = ++i;
			continue;
		}
		lines_remove(l, i);
		at = i;
		changed = 1;
	}
	if (at > l->n)
		at = l->n;
	for (size_t i = 0; i < want->n; i++) {
		if (found[i])
			continue;
		if (lines_insert(l, at++, want->v[i]) < 0)
			return -ENOMEM;
		changed = 1;
	}
	return changed;
}

int index_update(const struct index *x, struct lines *l, const struct indexed *m,
		 size_t n)
{
	_cleanup_strv_ struct strv want = { 0 };
	_cleanup_free_ bool *found = NULL;

	if (x->update)
		return x->update(l, m, n);
	for (size_t i = 0; i < n; i++)
		if (x->lines(&m[i], &want) < 0)
			return -ENOMEM;
	found = calloc(want.n + 1, sizeof(*found));
	return found ? exchange(x, l, m, n, &want, found) : -ENOMEM;
}
