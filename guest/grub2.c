/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB 2's grub.cfg and grubenv, read only. grub.cfg is a script: of it the menu, with
 * its submenus, and a default that is literal or saved are understood, which is what
 * grub-mkconfig writes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/bootcfg_parts.h"

int grubenv_find(const struct root *r, const char *name, char **ret_path, char **ret)
{
	static const char *const places[] = { "/boot/grub2/grubenv", "/boot/grub/grubenv",
					      "/boot/efi/EFI/redhat/grubenv" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		_cleanup_free_ char *text = NULL;

		if (root_read(r, places[i], 65536, &text, NULL, NULL) < 0)
			continue;
		for (const char *p = text; *p; p = line_next(p)) {
			if (strncmp(p, name, n) || p[n] != '=')
				continue;
			if (ret_path && !(*ret_path = strdup(places[i])))
				return -ENOMEM;
			if (ret && !(*ret = strndup(p + n + 1, strcspn(p + n + 1, "\n"))))
				return -ENOMEM;
			return 1;
		}
	}
	return 0;
}

char *grubenv_get(const struct root *r, const char *name)
{
	char *value = NULL;

	return grubenv_find(r, name, NULL, &value) > 0 ? value : NULL;
}

/* A line of a menu: an entry, or a submenu with lines of its own. */
struct item {
	char *title;
	char *id; /* "" none */
	size_t parent;
	size_t pos;	 /* in its menu, from 0 */
	size_t children; /* of a submenu */
	long entry;	 /* index among the entries; -1: a submenu */
};

struct grub2 {
	struct bootcfg *b;
	struct item *items; /* the first is the menu itself */
	size_t n;
	size_t menu;	  /* item of the menu being read */
	bool in_entry;	  /* between the braces of a menuentry */
	bool in_function; /* of a function */
	char *wanted;	  /* literal default of the script; NULL */
	bool saved;	  /* the script takes its default from grubenv */
};

static void grub2_done(struct grub2 *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->items[i].title);
		free(g->items[i].id);
	}
	free(g->items);
	free(g->wanted);
}

/* The first word after p, without its quotes. */
static char *word(const char *p)
{
	p += strspn(p, " \t");
	if (*p == '\'' || *p == '"')
		return strndup(p + 1, strcspn(p + 1, *p == '\'' ? "'" : "\""));
	return strndup(p, strcspn(p, " \t\r{"));
}

/* What follows the command of a line, when it is one of these. */
static const char *command(const char *line, const char *const *names)
{
	const char *p = line + strspn(line, " \t");

	for (; *names; names++) {
		size_t len = strlen(*names);

		if (!strncmp(p, *names, len) && (p[len] == ' ' || p[len] == '\t'))
			return p + len + strspn(p + len, " \t");
	}
	return NULL;
}

/* The part after a menuentry's title: in it are the options, and not in the title. */
static const char *behind_title(const char *p)
{
	if (*p != '\'' && *p != '"')
		return p + strcspn(p, " \t");
	return p + 1 + strcspn(p + 1, *p == '\'' ? "'" : "\"");
}

static char *id_of(const char *text)
{
	static const char *const options[] = { "--id", "$menuentry_id_option" };
	const char *p = behind_title(text);

	for (size_t i = 0; i < ELEMENTSOF(options); i++) {
		const char *found = strstr(p, options[i]);

		if (found)
			return word(found + strlen(options[i]) +
				    (found[strlen(options[i])] == '='));
	}
	return strdup("");
}

static int add_item(struct grub2 *g, const char *text, long entry)
{
	struct item *x;

	if (vec_grow(&g->items, g->n, sizeof(*g->items)) < 0)
		return -ENOMEM;
	x = &g->items[g->n++];
	x->entry = entry;
	x->parent = g->menu;
	x->title = word(text);
	x->id = id_of(text);
	if (g->n > 1)
		x->pos = g->items[g->menu].children++;
	return x->title && x->id ? 0 : -ENOMEM;
}

static bool closes(const char *text)
{
	size_t n = strlen(text);

	while (n && strchr(" \t\r", text[n - 1]))
		n--;
	return n && text[n - 1] == '}' && (n < 2 || strchr(" \t;{", text[n - 2]));
}

/* The lines that build the menu: 1 taken, 0 none of them, -ENOMEM. */
static int parse_menu(struct grub2 *g, const char *text)
{
	static const char *const entry[] = { "menuentry", NULL };
	static const char *const submenu[] = { "submenu", NULL };
	static const char *const function[] = { "function", NULL };
	struct boot_entry *x;
	const char *v;

	if ((v = command(text, entry))) {
		x = boot_entry_add(g->b, g->b->path);
		if (!x || add_item(g, v, (long)g->b->n - 1) < 0)
			return -ENOMEM;
		free(x->title);
		x->title = word(v);
		g->in_entry = !closes(v);
		return x->title ? 1 : -ENOMEM;
	}
	if ((v = command(text, submenu))) {
		if (add_item(g, v, -1) < 0)
			return -ENOMEM;
		g->menu = g->n - 1;
		g->in_entry = false;
		return 1;
	}
	if (command(text, function)) {
		g->in_function = !closes(text);
		return 1;
	}
	if (text[strspn(text, " \t")] != '}')
		return 0;
	if (g->in_function)
		g->in_function = false;
	else if (g->in_entry)
		g->in_entry = false;
	else
		g->menu = g->items[g->menu].parent;
	return 1;
}

static int parse_set(struct grub2 *g, const char *v)
{
	if (!startswith(v, "default="))
		return 0;
	v += strlen("default=");
	if (strchr(v, '$')) {
		/* "${next_entry}", of one boot only, comes before this. */
		g->saved = g->saved || strstr(v, "saved_entry");
		return 0;
	}
	g->saved = false;
	free(g->wanted);
	g->wanted = word(v);
	return g->wanted ? 0 : -ENOMEM;
}

/* The kernel and initrd of a hypervisor's entry. */
static int parse_module(struct boot_entry *x, const char *v, size_t line)
{
	if (startswith(v, "--nounzip"))
		v += strcspn(v, " \t");
	v += strspn(v, " \t");
	if (x->kernel_line >= 0)
		return boot_entry_initrd(x, "/boot", v);
	x->kernel_line = (long)line;
	return boot_entry_kernel(x, "/boot", v);
}

static int parse_line(struct grub2 *g, const char *text, size_t line)
{
	static const char *const linux_[] = { "linux", "linux16", "linuxefi", NULL };
	static const char *const initrd[] = { "initrd", "initrd16", "initrdefi", NULL };
	static const char *const xen[] = { "multiboot", "multiboot2", "xen_hypervisor",
					   NULL };
	static const char *const module[] = { "module", "module2", "xen_module", NULL };
	static const char *const set[] = { "set", NULL };
	struct boot_entry *x;
	const char *v;
	int k = parse_menu(g, text);

	if (k)
		return k;
	if ((v = command(text, set)))
		return parse_set(g, v);
	if (!g->in_entry)
		return 0;
	x = &g->b->entries[g->b->n - 1];
	if ((v = command(text, linux_))) {
		x->kernel_line = (long)line;
		return boot_entry_kernel(x, "/boot", v);
	}
	if ((v = command(text, initrd)))
		return boot_entry_initrd(x, "/boot", v);
	if (command(text, xen))
		x->multiboot = true;
	else if (x->multiboot && (v = command(text, module)))
		return parse_module(x, v, line);
	return 0;
}

/* One part of a default, in one menu: a position, a title or an id. 0: not there. */
static size_t find_item(const struct grub2 *g, size_t menu, const char *what)
{
	bool number = *what && what[strspn(what, "0123456789")] == '\0';
	unsigned long pos = number ? strtoul(what, NULL, 10) : 0;

	for (size_t i = 1; i < g->n; i++) {
		const struct item *x = &g->items[i];

		if (x->parent != menu)
			continue;
		if (number ? x->pos == pos
			   : streq(x->title, what) || (*what && streq(x->id, what)))
			return i;
	}
	return 0;
}

/* "2", "title", "id", "submenu>entry". An entry's index, or -1. */
static long find_default(const struct grub2 *g, const char *wanted)
{
	size_t at = 0;

	while (*wanted) {
		size_t n = strcspn(wanted, ">");
		_cleanup_free_ char *part = strndup(wanted, n);

		at = part ? find_item(g, at, part) : 0;
		if (!at)
			return -1;
		wanted += n + (wanted[n] == '>');
	}
	/* A submenu's first entry, when it stops there. */
	while (at && g->items[at].entry < 0)
		at = find_item(g, at, "0");
	return at ? g->items[at].entry : -1;
}

static int mark_default(struct grub2 *g, const char *saved)
{
	const char *wanted = g->saved ? saved : g->wanted;
	long i;

	if (!g->b->n)
		return 0;
	i = wanted && *wanted ? find_default(g, wanted) : find_default(g, "0");
	if (i < 0 && wanted && *wanted &&
	    strv_addf(&g->b->problems, "%s: the default is \"%s\", and no entry is",
		      g->b->path, wanted) < 0)
		return -ENOMEM;
	if (i < 0)
		i = find_default(g, "0");
	g->b->entries[i < 0 ? 0 : i].is_default = true;
	return 0;
}

int bootcfg_parse_grub2(struct bootcfg *b, const char *path, const char *text, size_t len,
			const char *saved, struct err *e)
{
	_cleanup_(grub2_done) struct grub2 g = { .b = b };
	int k = lines_parse(&b->lines, text, len, path, e);

	if (k < 0)
		return k;
	free(b->path);
	b->path = strdup(path);
	b->loader = BOOT_GRUB2;
	if (!b->path || add_item(&g, "", -1) < 0)
		return err_nomem(e);
	for (size_t l = 0; l < b->lines.n; l++) {
		if (parse_line(&g, b->lines.v[l].text, l) < 0)
			return err_nomem(e);
		if (b->n > BOOT_ENTRIES_MAX || g.n > BOOT_ENTRIES_MAX)
			return boot_entries_error(path, e);
	}
	return mark_default(&g, saved) < 0 ? err_nomem(e) : 0;
}

int grub2_config(const struct root *r, char **ret, struct err *e)
{
	static const char *const places[] = { "/boot/grub2/grub.cfg",
					      "/boot/grub/grub.cfg", "/etc/grub2.cfg",
					      "/etc/grub2-efi.cfg" };

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		int k = root_realpath(r, places[i], false, ret, e);

		if (k != -ENOENT)
			return k < 0 ? k : 1;
		err_done(e);
	}
	return 0;
}

/* Whether the script takes its entries from BLS files. */
static bool uses_bls(const char *text)
{
	for (const char *p = text; *p; p = line_next(p)) {
		p += strspn(p, " \t");
		if (startswith(p, "blscfg"))
			return true;
	}
	return false;
}

int bootcfg_read_grub2(const struct root *r, struct bootcfg *b, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *saved = NULL;
	size_t len = 0;
	int k = grub2_config(r, &path, e);

	if (k == 0)
		return bootcfg_read_bls(r, b, e);
	if (k < 0)
		return k;
	k = root_read(r, path, ROOT_TEXT_MAX, &text, &len, e);
	if (k < 0)
		return k;
	if (uses_bls(text)) {
		k = bootcfg_read_bls(r, b, e);
		if (k)
			return k;
	}
	saved = grubenv_get(r, "saved_entry");
	k = bootcfg_parse_grub2(b, path, text, len, saved, e);
	return k < 0 ? k : 1;
}
