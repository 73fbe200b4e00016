/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   line              = *space [ "#" anything / directive *( space word ) ]
 *   logical line      = line *( "\" newline line )
 *   modutils besides  = "if" … *( "elseif" … ) [ "else" ] "endif", nested
 *
 * A backslash joins lines before a comment is looked for, as modprobe does it: a
 * comment that ends in one swallows the next line.
 */
#include <string.h>

#include "guest/modconf.h"
#include "guest/modtree.h"

#define SPACE " \t\r\v\f"

static void entries_done(struct modconf_file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->entries[i].directive);
		free(f->entries[i].arg1);
		free(f->entries[i].arg2);
	}
	free(f->entries);
	f->entries = NULL;
	f->n = 0;
}

void modconf_file_free(struct modconf_file *f)
{
	if (!f)
		return;
	entries_done(f);
	lines_done(&f->lines);
	free(f->path);
	free(f);
}

void modconf_free(struct modconf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		modconf_file_free(c->files[i]);
	free(c->files);
	free(c);
}

/* A line's bytes that count: without the backslash that joins it to the next. */
static size_t line_len(const struct line *l)
{
	size_t n = strlen(l->text);

	return l->newline && n && l->text[n - 1] == '\\' ? n - 1 : n;
}

static bool continues(const struct line *l)
{
	return l->text[line_len(l)] == '\\';
}

/* Join the lines that begin at `first`: the text, and how many lines they are. */
static char *join(const struct lines *l, size_t first, size_t *ret_n)
{
	size_t last = first;
	size_t len = 1;
	char *text;
	char *p;

	while (last + 1 < l->n && continues(&l->v[last]))
		last++;
	for (size_t i = first; i <= last; i++)
		len += line_len(&l->v[i]);
	text = p = malloc(len);
	if (!text)
		return NULL;
	for (size_t i = first; i <= last; i++)
		p = mempcpy(p, l->v[i].text, line_len(&l->v[i]));
	*p = '\0';
	*ret_n = last - first + 1;
	return text;
}

/* The next word at or after *p; NULL at the end. *p is left behind it. */
static const char *next_word(const char **p, size_t *len)
{
	const char *w = *p + strspn(*p, SPACE);

	*len = strcspn(w, SPACE);
	*p = w + *len;
	return *len ? w : NULL;
}

static int take_word(const char **p, char **ret)
{
	size_t len;
	const char *w = next_word(p, &len);

	if (!w)
		return 0;
	*ret = strndup(w, len);
	return *ret ? 1 : -ENOMEM;
}

static int add_entry(struct modconf_file *f, const char *text, size_t line,
		     size_t n_lines, bool conditional)
{
	struct modconf_entry *x;
	const char *p = text;

	if (vec_grow(&f->entries, f->n, sizeof(*f->entries)) < 0)
		return -ENOMEM;
	x = &f->entries[f->n++];
	x->line = line;
	x->n_lines = n_lines;
	x->conditional = conditional;
	if (take_word(&p, &x->directive) < 0 || take_word(&p, &x->arg1) < 0 ||
	    take_word(&p, &x->arg2) < 0)
		return -ENOMEM;
	return 0;
}

/* How many if blocks are open after an entry. */
static size_t depth_after(const struct modconf_entry *x, size_t depth)
{
	if (streq(x->directive, "if"))
		return depth + 1;
	return depth && streq(x->directive, "endif") ? depth - 1 : depth;
}

/* (Re)make the entries from the lines. */
static int scan(struct modconf_file *f)
{
	size_t depth = 0;
	size_t n = 1;

	entries_done(f);
	for (size_t i = 0; i < f->lines.n; i += n) {
		_cleanup_free_ char *text = join(&f->lines, i, &n);
		const char *d;

		if (!text)
			return -ENOMEM;
		d = text + strspn(text, SPACE);
		if (!*d || *d == '#')
			continue;
		if (add_entry(f, text, i, n, depth > 0) < 0)
			return -ENOMEM;
		if (f->modutils)
			depth = depth_after(&f->entries[f->n - 1], depth);
	}
	return 0;
}

int modconf_parse(const char *path, const char *text, size_t len,
		  struct modconf_file **ret, struct err *e)
{
	_cleanup_(modconf_file_freep) struct modconf_file *f = calloc(1, sizeof(*f));
	const char *base = path_base(path);
	int k;

	if (!f)
		return err_nomem(e);
	f->path = strdup(path);
	if (!f->path)
		return err_nomem(e);
	f->modutils = streq(base, "modules.conf") || streq(base, "conf.modules");
	k = lines_parse(&f->lines, text, len, path, e);
	if (k < 0)
		return k;
	if (scan(f) < 0)
		return err_nomem(e);
	*ret = TAKE_PTR(f);
	return 0;
}

/* Read one file into c; no such file (a dangling link, a folder) is no error. */
static int read_one(const struct root *r, const char *path, struct modconf *c,
		    struct err *e)
{
	_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_err_ struct err why = ERR_INIT;
	size_t len = 0;
	int k;

	if (root_is_dir(r, path))
		return 0;
	k = root_read(r, path, ROOT_TEXT_MAX, &text, &len, &why);
	if (k == -ENOENT || k == -ENOTDIR)
		return 0;
	if (k < 0)
		return err_set(e, k, "%s", err_text(&why));
	name = root_name(r, path);
	if (!name)
		return err_nomem(e);
	k = modconf_parse(name, text, len, &f, e);
	if (k < 0)
		return k;
	c->bytes += len;
	c->lines += f->lines.n;
	if (c->bytes > ROOT_TEXT_MAX || c->lines > LINES_MAX)
		return err_set(e, E2BIG,
			       "%s: with it, modprobe's configuration has more than %u "
			       "MiB or %d lines",
			       name, ROOT_TEXT_MAX >> 20, LINES_MAX);
	free(f->path);
	f->path = strdup(path);
	if (!f->path || vec_grow(&c->files, c->n, sizeof(struct modconf_file *)) < 0)
		return err_nomem(e);
	c->files[c->n++] = TAKE_PTR(f);
	return 0;
}

/* Left by editors and by rpm: old module-init-tools read them, nobody means them. */
static bool is_backup(const char *name)
{
	static const char *const suffixes[] = { "~",	    ".rpmsave", ".rpmnew",
						".rpmorig", ".bak",	".orig" };

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
		if (endswith(name, suffixes[i]))
			return true;
	return name[0] == '.';
}

static int read_dir(const struct root *r, const char *dir, struct modconf *c,
		    struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_err_ struct err why = ERR_INIT;
	int k = root_list(r, dir, &names, &why);

	if (k == -ENOENT || k == -ENOTDIR)
		return 0;
	if (k < 0)
		return err_set(e, k, "%s", err_text(&why));
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = NULL;

		if (is_backup(names.v[i]))
			continue;
		path = strf("%s/%s", dir, names.v[i]);
		if (!path)
			return err_nomem(e);
		k = read_one(r, path, c, e);
		if (k < 0)
			return k;
	}
	return 0;
}

int modconf_read(const struct root *r, struct modconf **ret, struct err *e)
{
	static const struct {
		const char *path;
		bool dir;
	} places[] = {
		{ "/etc/conf.modules", false },
		{ "/etc/modules.conf", false },
		{ "/etc/modprobe.conf.dist", false },
		{ "/etc/modprobe.conf", false },
		{ "/etc/modprobe.d", true },
		{ "/etc/modprobe.conf.local", false },
	};
	_cleanup_(modconf_freep) struct modconf *c = calloc(1, sizeof(*c));

	if (!c)
		return err_nomem(e);
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		int k = (places[i].dir ? read_dir : read_one)(r, places[i].path, c, e);

		if (k < 0)
			return k;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

struct modconf_file *modconf_file(const struct modconf *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (streq(c->files[i]->path, path))
			return c->files[i];
	return NULL;
}

bool modconf_file_active(const struct modconf *c, const struct modconf_file *f)
{
	if (!f->modutils)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (!c->files[i]->modutils)
			return false;
	return true;
}

static bool is_alias(const struct modconf_entry *x)
{
	return !x->conditional && x->arg2 && streq(x->directive, "alias");
}

static const struct modconf_entry *last_alias(const struct modconf_file *f,
					      const char *name)
{
	for (size_t i = f->n; i > 0; i--)
		if (is_alias(&f->entries[i - 1]) && streq(f->entries[i - 1].arg1, name))
			return &f->entries[i - 1];
	return NULL;
}

const struct modconf_entry *modconf_alias(const struct modconf *c, const char *name,
					  const struct modconf_file **ret_file)
{
	for (size_t i = c->n; i > 0; i--) {
		const struct modconf_file *f = c->files[i - 1];
		const struct modconf_entry *x = modconf_file_active(c, f)
							? last_alias(f, name)
							: NULL;

		if (!x)
			continue;
		if (ret_file)
			*ret_file = f;
		return x;
	}
	return NULL;
}

/* Replace bytes [start, end) of line i by text. */
static int splice(struct lines *l, size_t i, size_t start, size_t end, const char *text)
{
	_cleanup_free_ char *new = strf("%.*s%s%s", (int)start, l->v[i].text, text,
					l->v[i].text + end);

	return new ? lines_set(l, i, new) : -ENOMEM;
}

/* Replace the third word of an entry; it may lie behind, or even across, continuations.
 */
static int replace_arg2(struct modconf_file *f, const struct modconf_entry *x,
			const char *text)
{
	size_t n;
	_cleanup_free_ char *joined = join(&f->lines, x->line, &n);
	const char *p = joined;
	const char *w = NULL;
	size_t start;
	size_t end;
	size_t off = 0;

	if (!joined)
		return -ENOMEM;
	for (int i = 0; i < 3; i++)
		w = next_word(&p, &n);
	start = (size_t)(w - joined);
	end = start + n;
	for (size_t i = x->line; i < x->line + x->n_lines; i++) {
		size_t len = line_len(&f->lines.v[i]);
		size_t from = start > off ? start - off : 0;
		size_t to = end > off ? end - off : 0;

		off += len;
		if (from >= len || to == 0)
			continue;
		if (splice(&f->lines, i, from, to < len ? to : len, text) < 0)
			return -ENOMEM;
		text = ""; /* the word's rest on further lines goes away */
	}
	return 0;
}

/*
 * Where a new alias goes: after the last one that is always read, else to the end. A
 * file whose last `if` has no `endif` would swallow it there: then to the top.
 */
static size_t new_alias_line(const struct modconf_file *f)
{
	size_t depth = 0;

	for (size_t i = f->n; i > 0; i--)
		if (is_alias(&f->entries[i - 1]))
			return f->entries[i - 1].line + f->entries[i - 1].n_lines;
	for (size_t i = 0; f->modutils && i < f->n; i++)
		depth = depth_after(&f->entries[i], depth);
	return depth ? 0 : f->lines.n;
}

int modconf_set_alias(struct modconf_file *f, const char *name, const char *module)
{
	const struct modconf_entry *x = last_alias(f, name);
	int k;

	if (x && module_same(x->arg2, module))
		return 0;
	if (x) {
		k = replace_arg2(f, x, module);
	} else {
		_cleanup_free_ char *line = strf("alias %s %s", name, module);
		size_t at = new_alias_line(f);

		/* A backslash at the end of the file would swallow the new line. */
		if (at == f->lines.n && at && endswith(f->lines.v[at - 1].text, "\\"))
			at = 0;
		k = line ? lines_insert(&f->lines, at, line) : -ENOMEM;
	}
	if (k < 0 || scan(f) < 0)
		return -ENOMEM;
	return 1;
}

int modconf_remove_alias(struct modconf_file *f, const char *name)
{
	int n = 0;

	for (size_t i = f->n; i > 0; i--) {
		const struct modconf_entry *x = &f->entries[i - 1];

		if (!is_alias(x) || !streq(x->arg1, name))
			continue;
		for (size_t k = 0; k < x->n_lines; k++)
			lines_remove(&f->lines, x->line);
		n++;
	}
	if (n && scan(f) < 0)
		return -ENOMEM;
	return n;
}
