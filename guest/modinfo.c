/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <libkmod.h>

#include "guest/elf_check.h"
#include "guest/modinfo.h"
#include "lib/stream.h"

DEFINE_CLEANUP(struct kmod_ctx *, kmod_unref)
DEFINE_CLEANUP(struct kmod_module *, kmod_module_unref)

void modinfo_free(struct modinfo *m)
{
	if (!m)
		return;
	free(m->name);
	free(m->vermagic);
	free(m->depends);
	strv_done(&m->aliases);
	symvers_done(&m->imports);
	symvers_done(&m->exports);
	free(m);
}

/*
 * A private copy, unpacked: the file may change or shrink while it is mapped, and
 * libkmod, which would unpack it too, knows no bound.
 */
static int private_copy(int fd, const char *label, size_t *ret_size, struct err *e)
{
	_cleanup_close_ int copy = scratch_file();
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	char buf[65536];
	struct stat st;
	size_t at = 0;
	ssize_t n;
	int k;

	if (copy < 0)
		return err_errno(e, copy, "%s: a copy in memory", label);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "%s: is no regular file", label);
	k = unpack_open_file(&u, fd, label, NULL, e);
	if (k <= 0)
		return k ? k : err_set(e, EINVAL, "%s: is empty", label);
	while ((n = unpack_read(u, buf, sizeof(buf), e)) > 0) {
		if (at + (size_t)n > MODULE_MAX)
			return err_set(e, EFBIG,
				       "%s: is larger than any module may be (%u bytes)",
				       label, MODULE_MAX);
		k = write_all(copy, buf, (size_t)n);
		if (k < 0)
			return err_errno(e, k, "%s: a copy in memory", label);
		at += (size_t)n;
	}
	if (n < 0)
		return (int)n;
	k = scratch_seal(copy);
	if (k < 0)
		return err_errno(e, k, "%s: a copy in memory", label);
	*ret_size = at;
	return TAKE_FD(copy);
}

/*
 * 2.4: "printk_R1b7d4074", "printk_Rsmp_1b7d4074" [Linux 2.4, include/linux/modsetver.h;
 * insmod of modutils]. The length of the name alone; 0: it has no CRC.
 */
static size_t split_version(const char *symbol, uint32_t *ret)
{
	size_t n = strlen(symbol);
	const char *r = NULL;

	for (const char *p = symbol; (p = strstr(p, "_R")); p += 2)
		r = p;
	if (!r || r == symbol || n < 10 || symbol + n - 8 < r + 2 ||
	    strspn(symbol + n - 8, "0123456789abcdef") != 8)
		return 0;
	/* Between _R and the digits: nothing, or a word and "_". */
	if (symbol + n - 8 != r + 2 && symbol[n - 9] != '_')
		return 0;
	*ret = (uint32_t)strtoul(symbol + n - 8, NULL, 16);
	return (size_t)(r - symbol);
}

static int add_split(struct symvers *out, const char *symbol, uint32_t crc)
{
	size_t n = split_version(symbol, &crc);
	_cleanup_free_ char *name = n ? strndup(symbol, n) : NULL;

	if (n && !name)
		return -ENOMEM;
	return symvers_add(out, name ?: symbol, crc);
}

static int add_export(void *arg, const char *symbol)
{
	struct modinfo *m = arg;

	return symbol[0] ? add_split(&m->exports, symbol, 0) : 0;
}

static int check_frame(int fd, size_t size, const char *label, struct modinfo *m,
		       bool *parse, struct err *e)
{
	struct elf_facts f = { 0 };
	uint8_t *p;
	int k;

	if (!size)
		return err_set(e, EINVAL, "%s: is empty", label);
	p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(e, errno, "%s", label);
	k = elf_check(p, size, label, &f, e);
	if (k == 0 && !f.foreign_endian &&
	    elf_strings(p, size, ".kstrtab", add_export, m) < 0)
		k = err_nomem(e);
	symvers_sort(&m->exports);
	munmap(p, size);
	m->arch = f.arch;
	m->has_versions = f.has_versions;
	m->is_signed = f.has_signature;
	*parse = !f.foreign_endian;
	return k;
}

static int set_once(char **field, const char *value)
{
	if (*field)
		return 0;
	*field = strdup(value);
	return *field ? 0 : -ENOMEM;
}

static int take_info(struct modinfo *m, const char *key, const char *value)
{
	if (streq(key, "vermagic") || streq(key, "kernel_version"))
		return set_once(&m->vermagic, value);
	if (streq(key, "depends"))
		return set_once(&m->depends, value);
	if (streq(key, "name"))
		return set_once(&m->name, value);
	if (streq(key, "alias"))
		return strv_add(&m->aliases, value);
	if (streq(key, "sig_id") || streq(key, "signature"))
		m->is_signed = true;
	return 0;
}

static int read_info(struct kmod_module *mod, const char *label, struct modinfo *m,
		     struct err *e)
{
	struct kmod_list *list = NULL;
	struct kmod_list *l;
	int k = kmod_module_get_info(mod, &list);

	if (k < 0)
		return err_set(e, EINVAL, "%s: has no readable .modinfo section", label);
	k = 0;
	kmod_list_foreach(l, list)
	{
		if (k >= 0)
			k = take_info(m, kmod_module_info_get_key(l),
				      kmod_module_info_get_value(l));
	}
	kmod_module_info_free_list(list);
	return k < 0 ? err_nomem(e) : 0;
}

/* Imports and exports have different accessors in libkmod, and the same shape. */
struct symbol_source {
	int (*get)(const struct kmod_module *, struct kmod_list **);
	const char *(*name)(const struct kmod_list *);
	uint64_t (*crc)(const struct kmod_list *);
	void (*free_list)(struct kmod_list *);
};

static int read_symbols(struct kmod_module *mod, const struct symbol_source *s,
			bool in_names, struct symvers *out, struct err *e)
{
	int (*add)(struct symvers *, const char *, uint32_t) = in_names ? add_split
									: symvers_add;
	struct kmod_list *list = NULL;
	struct kmod_list *l;
	int k = s->get(mod, &list);

	if (k < 0) /* no such section: a module may export or import nothing */
		return 0;
	k = 0;
	kmod_list_foreach(l, list)
	{
		if (k >= 0)
			k = add(out, s->name(l), (uint32_t)s->crc(l));
	}
	s->free_list(list);
	symvers_sort(out);
	return k < 0 ? err_nomem(e) : 0;
}

static int parse(int fd, const char *label, struct modinfo *m, struct err *e)
{
	static const struct symbol_source imports = {
		kmod_module_get_dependency_symbols,
		kmod_module_dependency_symbol_get_symbol,
		kmod_module_dependency_symbol_get_crc,
		kmod_module_dependency_symbols_free_list
	};
	static const struct symbol_source exports = { kmod_module_get_symbols,
						      kmod_module_symbol_get_symbol,
						      kmod_module_symbol_get_crc,
						      kmod_module_symbols_free_list };
	const char *no_config = NULL;
	_cleanup_(kmod_unrefp) struct kmod_ctx *ctx = kmod_new("/", &no_config);
	_cleanup_(kmod_module_unrefp) struct kmod_module *mod = NULL;
	_cleanup_free_ char *path = strf("/proc/self/fd/%d", fd);
	bool in_names;
	int k;

	if (!ctx || !path)
		return err_nomem(e);
	kmod_set_log_priority(ctx, 0);
	k = kmod_module_new_from_path(ctx, path, &mod);
	if (k < 0)
		return err_errno(e, k, "%s: cannot be read through %s", label, path);
	k = read_info(mod, label, m, e);
	/* 2.4 has neither the section nor the field. */
	in_names = !m->has_versions && !m->depends;
	if (k >= 0)
		k = read_symbols(mod, &imports, in_names, &m->imports, e);
	if (k >= 0 && !in_names)
		k = read_symbols(mod, &exports, false, &m->exports, e);
	for (size_t i = 0; in_names && i < m->imports.n; i++)
		m->has_versions = m->has_versions || m->imports.v[i].crc;
	return k;
}

int modinfo_read(int fd, const char *label, struct modinfo **ret, struct err *e)
{
	_cleanup_(modinfo_freep) struct modinfo *m = calloc(1, sizeof(*m));
	_cleanup_close_ int copy = -1;
	bool go_on = true;
	size_t size = 0;
	int k;

	if (!m)
		return err_nomem(e);
	copy = private_copy(fd, label, &size, e);
	if (copy < 0)
		return copy;
	k = check_frame(copy, size, label, m, &go_on, e);
	if (k >= 0 && go_on)
		k = parse(copy, label, m, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(m);
	return 0;
}

const char *vermagic_flags(const char *vermagic)
{
	const char *space = vermagic ? strchr(vermagic, ' ') : NULL;

	return space ? space + 1 : "";
}

bool vermagic_is_for(const char *vermagic, const char *release)
{
	size_t n = strlen(release);

	return vermagic && !strncmp(vermagic, release, n) &&
	       (vermagic[n] == ' ' || vermagic[n] == '\0');
}
