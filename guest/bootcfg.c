/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all boot loaders have in common. */
#include <string.h>

#include "guest/bootcfg_parts.h"

#define WHITESPACE " \t\r"

static void entry_done(struct boot_entry *x)
{
	free(x->title);
	free(x->file);
	free(x->kernel);
	free(x->release);
	free(x->args);
	free(x->initrd);
	free(x->grub_initrd);
	free(x->grub_device);
	free(x->more_lines);
}

long boot_entry_line(const struct boot_entry *b, size_t i)
{
	if (i == 0 || b->kernel_line < 0)
		return b->kernel_line;
	return i <= b->n_more ? (long)b->more_lines[i - 1] : -1;
}

void bootcfg_free(struct bootcfg *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		entry_done(&b->entries[i]);
	free(b->entries);
	lines_done(&b->lines);
	strv_done(&b->problems);
	free(b->boot_comment);
	free(b->path);
	for (size_t i = 0; i < b->n_templates; i++) {
		free(b->templates[i].file);
		free(b->templates[i].text);
	}
	free(b->templates);
	free(b);
}

struct boot_entry *boot_entry_add(struct bootcfg *b, const char *file)
{
	struct boot_entry *x;

	if (vec_grow(&b->entries, b->n, sizeof(*b->entries)) < 0)
		return NULL;
	x = &b->entries[b->n++];
	x->kernel_line = -1;
	x->file = strdup(file);
	x->title = strdup("");
	x->args = strdup("");
	return x->file && x->title && x->args ? x : NULL;
}

char *boot_guest_path(const char *prefix, const char *path)
{
	const char *p = path;

	if (p[0] == '(' && strchr(p, ')'))
		p = strchr(p, ')') + 1;
	if (p[0] != '/' || startswith(p, "/boot/"))
		return strf("%s%s", p[0] == '/' ? "" : "/", p);
	return strf("%s%s", prefix, p);
}

char *boot_release_of(const char *path)
{
	static const char *const prefixes[] = { "vmlinuz-", "vmlinux-", "kernel-",
						"bzImage-" };
	const char *base = path_base(path);

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (startswith(base, prefixes[i]) && base[strlen(prefixes[i])])
			return strdup(base + strlen(prefixes[i]));
	return NULL;
}

int boot_entries_error(const char *path, struct err *e)
{
	return err_set(e, E2BIG, "%s: more than %d boot entries", path, BOOT_ENTRIES_MAX);
}

int boot_entry_kernel(struct boot_entry *b, const char *prefix, const char *text)
{
	_cleanup_free_ char *path = NULL;
	const char *args;
	size_t n;

	/* GRUB legacy's own: "kernel --no-mem-option /vmlinuz-R" */
	while (startswith(text, "--")) {
		text += strcspn(text, WHITESPACE);
		text += strspn(text, WHITESPACE);
	}
	n = strcspn(text, WHITESPACE);
	if (!n)
		return 0;
	path = strndup(text, n);
	args = text + n + strspn(text + n, WHITESPACE);
	free(b->kernel);
	free(b->release);
	free(b->args);
	b->kernel = path ? boot_guest_path(prefix, path) : NULL;
	b->release = path ? boot_release_of(path) : NULL;
	b->args = strndup(args, strcspn(args, "\r"));
	return b->kernel && b->args ? 0 : -ENOMEM;
}

int boot_entry_initrd(struct boot_entry *b, const char *prefix, const char *text)
{
	size_t n = strcspn(text, WHITESPACE);

	if (b->initrd || !n)
		return 0;
	b->grub_initrd = strndup(text, n);
	b->initrd = b->grub_initrd ? boot_guest_path(prefix, b->grub_initrd) : NULL;
	return b->initrd ? 0 : -ENOMEM;
}

/* GRUB 2's script beside GRUB legacy's: legacy boots as long as its second stage is
 * there, since a change to GRUB 2 leaves the old file behind, and the old image's builder
 * may have left it for the host's pv-grub. */
static int choose_grub(const struct root *r, bool *ret_grub2, struct bootcfg *b,
		       struct err *e)
{
	_cleanup_free_ char *legacy = NULL;
	_cleanup_free_ char *script = NULL;
	int k = grub2_config(r, &script, e);

	*ret_grub2 = false;
	if (k > 0)
		k = grub_legacy_config(r, &legacy, e);
	if (k <= 0)
		return k;
	*ret_grub2 = !root_is_file(r, "/boot/grub/stage2");
	k = strv_addf(&b->problems,
		      "both %s and %s are there: taken to boot by %s, because "
		      "/boot/grub/stage2 is %s",
		      legacy, script, *ret_grub2 ? "GRUB 2" : "GRUB legacy",
		      *ret_grub2 ? "missing" : "there");
	return k < 0 ? err_nomem(e) : 0;
}

int bootcfg_read(const struct root *r, struct bootcfg **ret, struct err *e)
{
	static int (*const readers[])(const struct root *, struct bootcfg *,
				      struct err *) = {
		bootcfg_read_legacy,
		bootcfg_read_grub2,
		bootcfg_read_links,
	};
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	bool grub2;
	int k;

	if (!b)
		return err_nomem(e);
	k = choose_grub(r, &grub2, b, e);
	if (k < 0)
		return k;
	for (size_t i = grub2; i < ELEMENTSOF(readers); i++) {
		k = readers[i](r, b, e);
		if (k < 0)
			return k;
		if (k > 0)
			break;
	}
	k = bootcfg_find_unread(r, b, e);
	if (k >= 0)
		k = bootcfg_read_templates(r, b, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(b);
	return 0;
}

const struct boot_entry *bootcfg_default(const struct bootcfg *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->entries[i].is_default)
			return &b->entries[i];
	return NULL;
}

const struct boot_entry *bootcfg_for(const struct bootcfg *b, const char *release)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->entries[i].release && streq(b->entries[i].release, release))
			return &b->entries[i];
	return NULL;
}

const struct boot_entry *bootcfg_entry_of(const struct bootcfg *b, const char *release)
{
	const struct boot_entry *x = bootcfg_default(b);

	return x && streq(x->release, release) ? x : bootcfg_for(b, release);
}

char *bootargs_get(const char *args, const char *name)
{
	size_t n = strlen(name);
	const char *found = NULL;
	size_t len = 0;

	for (const char *p = args; *p;) {
		p += strspn(p, " \t");
		if (!strncmp(p, name, n) && p[n] == '=') {
			found = p + n + 1;
			len = strcspn(found, " \t");
		}
		p += strcspn(p, " \t");
	}
	return found ? strndup(found, len) : NULL;
}
