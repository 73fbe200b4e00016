/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What later boot entries are made from: GRUB_CMDLINE_LINUX and its kin in
 * /etc/default/grub and the files that it is told by [grub-mkconfig; Debian's and
 * Ubuntu's grub.d], and /etc/kernel/cmdline [kernel-install(8)].
 */
#include <string.h>

#include "guest/bootcfg_parts.h"

#define TEMPLATE_MAX  (256u * 1024)
#define TEMPLATES_MAX 256

static bool is_grub_line(const char *text)
{
	text += strspn(text, " \t");
	if (startswith(text, "export") && strchr(" \t", text[6])) {
		text += 6;
		text += strspn(text, " \t");
	}
	return startswith(text, "GRUB_CMDLINE_LINUX=") ||
	       startswith(text, "GRUB_CMDLINE_LINUX_DEFAULT=");
}

static bool is_any_line(const char *text)
{
	text += strspn(text, " \t");
	return *text && *text != '#';
}

static int add_line(struct bootcfg *b, const char *file, size_t line, const char *text)
{
	struct boot_template *t;

	if (b->n_templates == TEMPLATES_MAX)
		return 0;
	if (vec_grow(&b->templates, b->n_templates, sizeof(*b->templates)) < 0)
		return -ENOMEM;
	t = &b->templates[b->n_templates++];
	*t = (struct boot_template){ .file = strdup(file),
				     .line = line,
				     .text = strdup(text) };
	return t->file && t->text ? 0 : -ENOMEM;
}

/* A file that cannot be read tells nothing. */
static int read_file(const struct root *r, struct bootcfg *b, const char *file,
		     bool (*wanted)(const char *text))
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k = root_read(r, file, TEMPLATE_MAX, &text, &len, NULL);

	if (k == 0)
		k = lines_parse(&l, text, len, file, NULL);
	if (k < 0)
		return k == -ENOMEM ? k : 0;
	for (size_t i = 0; k == 0 && i < l.n; i++)
		if (wanted(l.v[i].text))
			k = add_line(b, file, i, l.v[i].text);
	return k;
}

int bootcfg_read_templates(const struct root *r, struct bootcfg *b, struct err *e)
{
	static const char dir[] = "/etc/default/grub.d";
	_cleanup_strv_ struct strv names = { 0 };
	int k = read_file(r, b, "/etc/default/grub", is_grub_line);

	if (k == 0 && root_list(r, dir, &names, NULL) == -ENOMEM)
		k = -ENOMEM;
	for (size_t i = 0; k == 0 && i < names.n; i++) {
		_cleanup_free_ char *file = strf("%s/%s", dir, names.v[i]);

		if (!file)
			k = -ENOMEM;
		else if (endswith(file, ".cfg"))
			k = read_file(r, b, file, is_grub_line);
	}
	if (k == 0)
		k = read_file(r, b, "/etc/kernel/cmdline", is_any_line);
	return k < 0 ? err_nomem(e) : 0;
}
