/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB 2's grub.cfg and grubenv, read only. grub.cfg is a script: of it the menu entries
 * and a literal default are understood, which is what grub-mkconfig writes. */
#include <stdlib.h>
#include <string.h>

#include "guest/bootcfg_parts.h"

char *grubenv_get(const struct root *r, const char *name)
{
	static const char *const places[] = { "/boot/grub2/grubenv", "/boot/grub/grubenv",
					      "/boot/efi/EFI/redhat/grubenv" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		_cleanup_free_ char *text = NULL;

		if (root_read(r, places[i], 65536, &text, NULL, NULL) < 0)
			continue;
		for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
			if (!strncmp(p, name, n) && p[n] == '=')
				return strndup(p + n + 1, strcspn(p + n + 1, "\n"));
	}
	return NULL;
}

/* The first word after p, without its quotes. */
static char *word(const char *p)
{
	p += strspn(p, " \t");
	if (*p == '\'' || *p == '"')
		return strndup(p + 1, strcspn(p + 1, *p == '\'' ? "'" : "\""));
	return strndup(p, strcspn(p, " \t{"));
}

static const char *command(const char *line, const char *const *names, size_t n)
{
	const char *p = line + strspn(line, " \t");

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (!strncmp(p, names[i], len) && (p[len] == ' ' || p[len] == '\t'))
			return p + len + strspn(p + len, " \t");
	}
	return NULL;
}

struct grub2 {
	struct bootcfg *b;
	struct strv ids; /* one per entry; "" none */
	char *wanted;	 /* literal default of the script; NULL */
};

static int entry_id(struct grub2 *g, const char *line)
{
	static const char *const options[] = { "--id", "$menuentry_id_option" };
	_cleanup_free_ char *id = NULL;

	for (size_t i = 0; i < ELEMENTSOF(options) && !id; i++) {
		const char *p = strstr(line, options[i]);

		id = p ? word(p + strlen(options[i])) : NULL;
	}
	return strv_add(&g->ids, id ?: "");
}

static int parse_line(struct grub2 *g, const char *text, size_t line)
{
	static const char *const entry[] = { "menuentry" };
	static const char *const linux_[] = { "linux", "linux16", "linuxefi" };
	static const char *const initrd[] = { "initrd", "initrd16", "initrdefi" };
	static const char *const set[] = { "set" };
	struct boot_entry *x = g->b->n ? &g->b->entries[g->b->n - 1] : NULL;
	const char *v;

	if ((v = command(text, entry, ELEMENTSOF(entry)))) {
		x = boot_entry_add(g->b, g->b->path);
		if (!x)
			return -ENOMEM;
		free(x->title);
		x->title = word(v);
		return x->title ? entry_id(g, v) : -ENOMEM;
	}
	if ((v = command(text, set, ELEMENTSOF(set))) && startswith(v, "default=") &&
	    !strchr(v, '$')) {
		free(g->wanted);
		g->wanted = word(v + strlen("default="));
		return g->wanted ? 0 : -ENOMEM;
	}
	if (!x)
		return 0;
	if ((v = command(text, linux_, ELEMENTSOF(linux_)))) {
		x->kernel_line = (long)line;
		return boot_entry_kernel(x, "/boot", v);
	}
	if ((v = command(text, initrd, ELEMENTSOF(initrd))))
		return boot_entry_initrd(x, "/boot", v);
	return 0;
}

/* By number, by title, by id; "submenu>entry" means its last part. */
static void mark_default(struct grub2 *g, const char *wanted)
{
	const char *last = wanted && strrchr(wanted, '>') ? strrchr(wanted, '>') + 1
							  : wanted;
	char *end = NULL;
	unsigned long n = last ? strtoul(last, &end, 10) : 0;
	bool number = !last || (*last && end && !*end);

	for (size_t i = 0; i < g->b->n; i++) {
		struct boot_entry *x = &g->b->entries[i];

		x->is_default = number ? i == n
				       : streq(x->title, last) ||
						 streq(g->ids.v[i], last);
		if (x->is_default)
			return;
	}
	if (g->b->n)
		g->b->entries[0].is_default = true;
}

int bootcfg_read_grub2(const struct root *r, struct bootcfg *b, struct err *e)
{
	static const char *const places[] = { "/boot/grub2/grub.cfg",
					      "/boot/grub/grub.cfg" };
	struct grub2 g = { .b = b };

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *saved = NULL;
		size_t len = 0;
		int k = root_read(r, places[i], ROOT_TEXT_MAX, &text, &len, e);

		if (k == -ENOENT) {
			err_done(e);
			continue;
		}
		if (k >= 0)
			k = root_realpath(r, places[i], false, &b->path, e);
		if (k >= 0)
			k = lines_parse(&b->lines, text, len, b->path, e);
		b->loader = BOOT_GRUB2;
		for (size_t l = 0; k >= 0 && l < b->lines.n; l++)
			if (parse_line(&g, b->lines.v[l].text, l) < 0)
				k = err_nomem(e);
		saved = grubenv_get(r, "saved_entry");
		if (k >= 0)
			mark_default(&g, saved && *saved ? saved : g.wanted);
		strv_done(&g.ids);
		free(g.wanted);
		return k < 0 ? k : 1;
	}
	return 0;
}
