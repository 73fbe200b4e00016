/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB legacy: grub.conf, menu.lst */
#include <stdlib.h>
#include <string.h>

#include "guest/bootcfg_parts.h"

struct parse {
	struct bootcfg *b;
	const char *prefix;
	struct boot_entry *entry; /* NULL before the first title */
	size_t first;		  /* entries before this file's */
	long wanted;		  /* default=N */
	bool saved;		  /* default=saved */
};

/* The text after a keyword, when the line begins with it: "kernel /x", "default=0"; a
 * "title" alone is an entry, too. */
static const char *argument(const char *line, const char *keyword)
{
	size_t n = strlen(keyword);
	const char *p = line + strspn(line, " \t");

	if (strncmp(p, keyword, n) || !strchr(" \t=\r", p[n]))
		return NULL;
	p += n;
	return p + strspn(p, " \t=");
}

static int set(char **field, const char *value)
{
	free(*field);
	*field = strndup(value, strcspn(value, "\r"));
	return *field ? 0 : -ENOMEM;
}

static int parse_default(struct parse *p, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	p->saved = startswith(value, "saved");
	if (end != value)
		p->wanted = n;
	return 0;
}

static int parse_title(struct parse *p, const char *value)
{
	p->entry = boot_entry_add(p->b, p->b->path);
	return p->entry ? set(&p->entry->title, value) : -ENOMEM;
}

/* A hypervisor's entry: its "module" lines are the kernel and the initrd. */
static int parse_module(struct parse *p, const char *value, size_t line)
{
	if (p->entry->multiboot)
		return boot_entry_initrd(p->entry, p->prefix, value);
	p->entry->multiboot = true;
	p->entry->kernel_line = (long)line;
	return boot_entry_kernel(p->entry, p->prefix, value);
}

/* A line of an entry. */
static int parse_command(struct parse *p, const char *text, size_t line)
{
	const char *v;

	if ((v = argument(text, "root")) || (v = argument(text, "rootnoverify")))
		return set(&p->entry->grub_device, v);
	if ((v = argument(text, "kernel"))) {
		p->entry->kernel_line = (long)line;
		return boot_entry_kernel(p->entry, p->prefix, v);
	}
	if ((v = argument(text, "initrd")))
		return boot_entry_initrd(p->entry, p->prefix, v);
	if ((v = argument(text, "module")))
		return parse_module(p, v, line);
	return 0;
}

static int parse_line(struct parse *p, const char *text, size_t line)
{
	const char *v;

	if (startswith(text, "#boot=") && !p->b->boot_comment)
		return set(&p->b->boot_comment, text + strlen("#boot="));
	if (text[strspn(text, " \t")] == '#')
		return 0;
	if ((v = argument(text, "title")))
		return parse_title(p, v);
	if (p->entry)
		return parse_command(p, text, line);
	return (v = argument(text, "default")) ? parse_default(p, v) : 0;
}

static int mark_default(struct parse *p)
{
	size_t n = p->b->n - p->first;
	long i = p->wanted;

	if (!n)
		return 0;
	if (i < 0 || (size_t)i >= n) {
		/* GRUB itself falls back to the first entry. */
		if (strv_addf(&p->b->problems,
			      "%s: the default is %s%ld, counted from 0, but there are "
			      "%zu entries",
			      p->b->path, p->saved ? "saved as " : "", i, n) < 0)
			return -ENOMEM;
		i = 0;
	}
	p->b->entries[p->first + (size_t)i].is_default = true;
	return 0;
}

static int parse_text(struct bootcfg *b, const char *path, const char *text, size_t len,
		      const char *prefix, long saved, struct err *e)
{
	struct parse p = { .b = b, .prefix = prefix, .first = b->n };
	int k = lines_parse(&b->lines, text, len, path, e);

	if (k < 0)
		return k;
	free(b->path);
	b->path = strdup(path);
	b->loader = BOOT_GRUB_LEGACY;
	if (!b->path)
		return err_nomem(e);
	for (size_t i = 0; i < b->lines.n; i++) {
		if (parse_line(&p, b->lines.v[i].text, i) < 0)
			return err_nomem(e);
		if (b->n > BOOT_ENTRIES_MAX)
			return boot_entries_error(path, e);
	}
	if (p.saved)
		p.wanted = saved;
	return mark_default(&p) < 0 ? err_nomem(e) : 0;
}

int bootcfg_parse_legacy(struct bootcfg *b, const char *path, const char *text,
			 size_t len, const char *boot_prefix, struct err *e)
{
	return parse_text(b, path, text, len, boot_prefix, 0, e);
}

/* The entry of "default saved": the number that begins /boot/grub/default. */
static long saved_entry(const struct root *r)
{
	_cleanup_free_ char *text = NULL;

	if (root_read(r, "/boot/grub/default", 4096, &text, NULL, NULL) < 0)
		return 0;
	return strtol(text, NULL, 10);
}

int grub_legacy_config(const struct root *r, char **ret, struct err *e)
{
	static const char *const places[] = { "/boot/grub/grub.conf",
					      "/boot/grub/menu.lst", "/etc/grub.conf" };

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		int k = root_realpath(r, places[i], false, ret, e);

		if (k != -ENOENT)
			return k < 0 ? k : 1;
		err_done(e);
	}
	return 0;
}

/* menu.lst is a link to the grub.conf that Red Hat's GRUB reads; as a file of its own it
 * is what a GRUB from elsewhere reads. */
static int compare_menu(const struct root *r, struct bootcfg *b)
{
	static const char menu[] = "/boot/grub/menu.lst";
	_cleanup_free_ char *real = NULL;

	if (root_realpath(r, menu, false, &real, NULL) < 0 || streq(real, b->path))
		return 0;
	return strv_addf(&b->problems, "%s is there beside %s, which is read here", real,
			 b->path);
}

int bootcfg_read_legacy(const struct root *r, struct bootcfg *b, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k = grub_legacy_config(r, &path, e);

	if (k <= 0)
		return k;
	k = root_read(r, path, ROOT_TEXT_MAX, &text, &len, e);
	if (k >= 0)
		k = parse_text(b, path, text, len, "/boot", saved_entry(r), e);
	if (k < 0)
		return k;
	return compare_menu(r, b) < 0 ? err_nomem(e) : 1;
}
