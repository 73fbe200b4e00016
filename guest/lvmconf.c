/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of lvm.conf and of the backups: sections `name { … }`, `key = value`,
 * values numbers, words, strings in double or single quotes, and arrays of them in
 * brackets; '#' begins a comment; a key may have its section before a '/'.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/lvmconf.h"

#define CONF_MAX     (1u << 20)
#define DEPTH_MAX    16
#define PATTERNS_MAX 1024
#define DEVICES_MAX  1024 /* of all backups */
#define FILES_MAX    256  /* backups; lines of the devices file */

struct scan {
	struct lvmconf *c; /* NULL: a backup, of which only devices are taken */
	struct strv *devices;
	const char *file;
	const char *text;
	const char *p;
	const char *counted; /* up to where lines are counted; it follows p */
	size_t lines;
	struct strv path; /* sections that are open */
	struct err *e;
};

static size_t line_at(struct scan *s)
{
	for (; s->counted < s->p; s->counted++)
		s->lines += *s->counted == '\n';
	return s->lines;
}

static int bad(struct scan *s, const char *what)
{
	return err_set(s->e, EINVAL, "%s:%zu: %s", s->file, line_at(s) + 1, what);
}

static void skip_blank(struct scan *s)
{
	for (;;) {
		s->p += strspn(s->p, " \t\r\n");
		if (*s->p != '#')
			return;
		s->p += strcspn(s->p, "\n");
	}
}

/* The quote that closes the string that p is in, or NULL. */
static const char *closing(const char *p, char quote)
{
	for (; *p && *p != quote; p++)
		if (*p == '\\' && (p[1] == quote || p[1] == '\\'))
			p++;
	return *p ? p : NULL;
}

/* A quoted string's content, a backslash before a quote or another taken out. */
static int take_string(struct scan *s, char **ret)
{
	char quote = *s->p++;
	const char *end = closing(s->p, quote);
	char *out;
	size_t n = 0;

	if (!end)
		return bad(s, "a quote is not closed");
	out = malloc((size_t)(end - s->p) + 1);
	if (!out)
		return err_nomem(s->e);
	while (s->p < end) {
		if (*s->p == '\\' && (s->p[1] == quote || s->p[1] == '\\'))
			s->p++;
		out[n++] = *s->p++;
	}
	out[n] = '\0';
	s->p++;
	*ret = out;
	return 0;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || strchr("_.-+/:@%", c) != NULL;
}

static int take_word(struct scan *s, char **ret)
{
	size_t n = 0;

	while (s->p[n] && is_word(s->p[n]))
		n++;
	if (!n)
		return bad(s, "neither a name nor a value");
	*ret = strndup(s->p, n);
	s->p += n;
	return *ret ? 0 : err_nomem(s->e);
}

static int check_regex(struct scan *s, const char *regex)
{
	regex_t x;
	int r = lvm_regex(regex, &x);

	if (r == -ENOMEM)
		return err_nomem(s->e);
	if (r < 0)
		return bad(s, "a filter's pattern is no regular expression of LVM's, or "
			      "too large");
	regfree(&x);
	return 0;
}

/* "a|/dev/hda.*|" -> accept, delimiters, regular expression. */
static int add_pattern(struct scan *s, struct lvm_filter *f, const char *value,
		       const char *at)
{
	static const char pairs[] = "[](){}";
	const char *open = value[0] ? strchr(pairs, value[1]) : NULL;
	char close = open && value[1] && !((open - pairs) & 1) ? open[1]
		     : value[0]				       ? value[1]
							       : '\0';
	const char *end = close ? strrchr(value, close) : NULL;
	struct lvm_pattern *p;

	if ((value[0] != 'a' && value[0] != 'r') || !end || end < value + 2)
		return bad(s, "a filter's pattern is neither a|…| nor r|…|");
	if (f->n == PATTERNS_MAX)
		return bad(s, "too many patterns");
	if (vec_grow(&f->v, f->n, sizeof(*f->v)) < 0)
		return err_nomem(s->e);
	p = &f->v[f->n++];
	p->accept = value[0] == 'a';
	p->delimiter[0] = value[1];
	p->delimiter[1] = close;
	p->offset = (size_t)(at - s->text);
	p->regex = strndup(value + 2, (size_t)(end - value - 2));
	return p->regex ? check_regex(s, p->regex) : err_nomem(s->e);
}

static void filter_done(struct lvm_filter *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].regex);
	free(f->v);
	free(f->file);
	free(f->key);
	*f = (struct lvm_filter){ 0 };
}

/* The filter of that key, emptied: lvmlocal.conf's goes before lvm.conf's. */
static int new_filter(struct scan *s, const char *key, struct lvm_filter **ret)
{
	struct lvm_filter *f = NULL;

	for (size_t i = 0; i < s->c->n; i++)
		if (streq(s->c->filters[i].key, key))
			f = &s->c->filters[i];
	if (f)
		filter_done(f);
	else if (vec_grow(&s->c->filters, s->c->n, sizeof(*f)) < 0)
		return err_nomem(s->e);
	else
		f = &s->c->filters[s->c->n++];
	f->file = strdup(s->file);
	f->key = strdup(key);
	f->line = line_at(s);
	*ret = f;
	return f->file && f->key ? 0 : err_nomem(s->e);
}

/* One value, not an array. */
static int take_value(struct scan *s, const char *key, struct lvm_filter *f)
{
	_cleanup_free_ char *value = NULL;
	const char *at = s->p;
	bool quoted = *at == '"' || *at == '\'';
	int k = quoted ? take_string(s, &value) : take_word(s, &value);

	if (k < 0)
		return k;
	if (f)
		return add_pattern(s, f, value, at);
	if (s->c && streq(key, "devices/use_devicesfile"))
		s->c->use_devicesfile = atoi(value) != 0;
	if (!s->c && streq(key, "device") && startswith(value, "/dev/") &&
	    s->devices->n < DEVICES_MAX && !strv_has(s->devices, value) &&
	    strv_add(s->devices, value) < 0)
		return err_nomem(s->e);
	return 0;
}

static int take_values(struct scan *s, const char *key, struct lvm_filter *f)
{
	int k = 0;

	skip_blank(s);
	if (*s->p != '[')
		return *s->p ? take_value(s, key, f) : bad(s, "a value is missing");
	if (f)
		f->is_list = true;
	s->p++;
	for (skip_blank(s); k == 0 && *s->p != ']'; skip_blank(s)) {
		if (!*s->p)
			return bad(s, "an array is not closed");
		k = take_value(s, key, f);
		skip_blank(s);
		if (k == 0 && *s->p == ',')
			s->p++;
	}
	if (k == 0)
		s->p++;
	return k;
}

/* "devices/filter" of what is open and the name; of a backup the name alone. */
static char *full_key(const struct scan *s, const char *name)
{
	_cleanup_free_ char *path = s->c ? strv_join(&s->path, "/") : strdup("");

	if (!path)
		return NULL;
	return strf("%s%s%s", path, path[0] ? "/" : "", name);
}

static int take_assignment(struct scan *s, const char *name)
{
	static const char *const keys[] = { "devices/filter", "devices/global_filter" };
	_cleanup_free_ char *key = full_key(s, name);
	struct lvm_filter *f = NULL;
	int k = key ? 0 : err_nomem(s->e);

	for (size_t i = 0; k == 0 && s->c && i < ELEMENTSOF(keys); i++)
		if (streq(key, keys[i]))
			k = new_filter(s, path_base(key), &f);
	return k < 0 ? k : take_values(s, key, f);
}

static int take_item(struct scan *s)
{
	_cleanup_free_ char *name = NULL;
	int k;

	if (*s->p == '}') {
		if (!s->path.n)
			return bad(s, "a brace closes no section");
		free(s->path.v[--s->path.n]);
		s->p++;
		return 0;
	}
	k = *s->p == '"' ? take_string(s, &name) : take_word(s, &name);
	if (k < 0)
		return k;
	skip_blank(s);
	if (*s->p != '{' && *s->p != '=')
		return bad(s, "neither a section nor an assignment");
	if (*s->p++ == '=')
		return take_assignment(s, name);
	if (s->path.n == DEPTH_MAX)
		return bad(s, "sections are too deep");
	return strv_add(&s->path, name) < 0 ? err_nomem(s->e) : 0;
}

static int scan_all(struct scan *s)
{
	int k = 0;

	s->counted = s->text;
	for (skip_blank(s); k == 0 && *s->p; skip_blank(s))
		k = take_item(s);
	if (k == 0 && s->path.n)
		k = bad(s, "a section is not closed");
	strv_done(&s->path);
	return k;
}

int lvmconf_parse(struct lvmconf *c, const char *file, const char *text, struct err *e)
{
	struct scan s = { .c = c, .file = file, .text = text, .p = text, .e = e };

	return scan_all(&s);
}

/* --- files ----------------------------------------------------------------------------
 */

/* What is not there says nothing; what is wrong is a problem. */
static int note(struct lvmconf *c, int k, const struct err *why, struct err *e)
{
	if (k == 0 || k == -ENOENT)
		return 0;
	if (k == -ENOMEM || strv_add(&c->problems, err_text(why)) < 0)
		return err_nomem(e);
	return 0;
}

static int read_conf(const struct root *r, struct lvmconf *c, const char *file,
		     struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	int k = root_read(r, file, CONF_MAX, &text, NULL, &why);

	if (k == 0)
		k = lvmconf_parse(c, file, text, &why);
	return note(c, k, &why, e);
}

static int read_backups(const struct root *r, struct lvmconf *c, struct err *e)
{
	static const char dir[] = "/etc/lvm/backup";
	_cleanup_strv_ struct strv names = { 0 };
	int k = 0;

	if (root_list(r, dir, &names, NULL) < 0)
		return 0;
	for (size_t i = 0; k == 0 && i < names.n && i < FILES_MAX; i++) {
		_cleanup_err_ struct err why = ERR_INIT;
		_cleanup_free_ char *path = strf("%s/%s", dir, names.v[i]);
		_cleanup_free_ char *text = NULL;
		struct scan s = { .devices = &c->devices, .file = path, .e = &why };

		if (!path)
			return err_nomem(e);
		k = root_read(r, path, CONF_MAX, &text, NULL, &why);
		s.text = s.p = text;
		if (k == 0)
			k = scan_all(&s);
		k = note(c, k, &why, e);
	}
	return k;
}

/* NAME=VALUE of a line of the devices file; the caller frees; NULL: none. */
static char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = line; (p = strstr(p, name)); p += len)
		if ((p == line || p[-1] == ' ' || p[-1] == '\t') && p[len] == '=')
			return strndup(p + len + 1, strcspn(p + len + 1, " \t\r\n"));
	return NULL;
}

/* By its name LVM finds a device again, wherever it is; by another identity it does not
 * when it has none [lvmdevices(8), devname and its search]. */
static int add_entry(struct lvmconf *c, size_t line, const char *text)
{
	_cleanup_free_ char *idtype = field(text, "IDTYPE");
	_cleanup_free_ char *name = field(text, "DEVNAME");
	struct lvm_entry *x;

	if (!idtype || !name || streq(idtype, "devname") || !startswith(name, "/dev/"))
		return 0;
	if (vec_grow(&c->entries, c->n_entries, sizeof(*c->entries)) < 0)
		return -ENOMEM;
	x = &c->entries[c->n_entries++];
	*x = (struct lvm_entry){ .line = line,
				 .idtype = TAKE_PTR(idtype),
				 .name = TAKE_PTR(name) };
	return 0;
}

static int read_devices(const struct root *r, struct lvmconf *c, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	int k = root_read(r, LVM_DEVICES_FILE, CONF_MAX, &text, NULL, &why);
	char *rest = text;
	char *line;

	if (k < 0)
		return note(c, k, &why, e);
	for (size_t i = 0; i < FILES_MAX && (line = strsep(&rest, "\n")); i++)
		if (line[0] != '#' && add_entry(c, i, line) < 0)
			return err_nomem(e);
	return 0;
}

int lvmconf_read(const struct root *r, struct lvmconf **ret, struct err *e)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	int k;

	if (!c)
		return err_nomem(e);
	c->use_devicesfile = -1;
	k = read_conf(r, c, LVM_CONF, e);
	if (k == 0)
		k = read_conf(r, c, "/etc/lvm/lvmlocal.conf", e);
	if (k == 0)
		k = read_backups(r, c, e);
	if (k == 0)
		k = read_devices(r, c, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(c);
	return 0;
}

void lvmconf_free(struct lvmconf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		filter_done(&c->filters[i]);
	free(c->filters);
	for (size_t i = 0; i < c->n_entries; i++) {
		free(c->entries[i].idtype);
		free(c->entries[i].name);
	}
	free(c->entries);
	strv_done(&c->devices);
	strv_done(&c->problems);
	free(c);
}
