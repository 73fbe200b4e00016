/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PE file [PE Format, Microsoft; UAPI.5 Unified Kernel Image], numbers little-endian:
 *
 *     0  "MZ"
 *    60  u32 offset of:
 *     0    "PE\0\0"
 *     4    u16 machine   u16 number of sections   12 bytes
 *    20    u16 size of the optional header        u16
 *    24    optional header: u16 magic 0x10b (32 bit) or 0x20b (64 bit), …, and from 96
 *          or 112 on the data directories of 8 bytes, of which the fifth, u32 offset,
 *          u32 size, is the table of signatures; their number stands before the first
 *          then the sections, 40 bytes each:
 *            0  name, 8 bytes, NULs behind it    8  u32 size in memory   12  u32
 *           16  u32 size in the file            20  u32 offset in the file
 *
 * A section's content is as long as in memory; in the file it is padded.
 */
#include <string.h>

#include "guest/uki.h"
#include "lib/bytes.h"

#define UKI_MAX	      64			 /* files in one folder */
#define BYTES_MAX     ((size_t)64 * 1024 * 1024) /* of memory that all take */
#define SECTIONS_MAX  1024 /* an image of several profiles has dozens */
#define SECTION_SIZE  40
#define PE_HEADER     24
#define OPTIONAL_MAX  4096
#define DIRECTORY_SIG 4
#define TEXT_MAX      (64u * 1024)

struct section {
	uint64_t offset;
	uint64_t size;
	bool there;
};

struct pe {
	int fd;
	const char *label;
	uint64_t size;
	uint64_t sections; /* offset of the table */
	unsigned int n;
	bool is_signed;
};

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)(p[0] | p[1] << 8);
}

/* All of these bytes, or it is cut short. */
static int get(const struct pe *p, void *buf, size_t len, uint64_t at, struct err *e)
{
	ssize_t n = pread_all(p->fd, buf, len, at);

	if (n < 0)
		return err_errno(e, (int)n, "reading %s", p->label);
	if ((size_t)n < len)
		return err_set(e, EINVAL, "%s: a PE file that is cut short", p->label);
	return 0;
}

static int read_optional(struct pe *p, uint64_t at, size_t len, struct err *e)
{
	uint8_t buf[OPTIONAL_MAX];
	size_t dirs;
	size_t sig;
	int r;

	if (len < 2)
		return 0;
	if (len > sizeof(buf))
		len = sizeof(buf);
	r = get(p, buf, len, at, e);
	if (r < 0)
		return r;
	dirs = le16(buf) == 0x20b ? 112 : 96;
	sig = dirs + (size_t)DIRECTORY_SIG * 8;
	if (len >= sig + 8 && le32(buf + dirs - 4) > DIRECTORY_SIG)
		p->is_signed = le32(buf + sig) && le32(buf + sig + 4);
	return 0;
}

static int read_headers(struct pe *p, struct err *e)
{
	uint8_t buf[64];
	uint64_t at;
	size_t optional;
	int r = get(p, buf, sizeof(buf), 0, e);

	if (r < 0)
		return r;
	at = le32(buf + 60);
	if (memcmp(buf, "MZ", 2) != 0)
		return err_set(e, EINVAL, "%s: is no PE file", p->label);
	r = get(p, buf, PE_HEADER, at, e);
	if (r < 0)
		return r;
	if (memcmp(buf, "PE\0\0", 4) != 0)
		return err_set(e, EINVAL, "%s: is no PE file", p->label);
	p->n = le16(buf + 6);
	optional = le16(buf + 20);
	if (p->n > SECTIONS_MAX)
		return err_set(e, EINVAL, "%s: more than %d sections", p->label,
			       SECTIONS_MAX);
	p->sections = at + PE_HEADER + optional;
	return read_optional(p, at + PE_HEADER, optional, e);
}

/* The first of that name: an image of several profiles has the common ones first. */
static int find_section(const struct pe *p, const char *name, struct section *ret,
			struct err *e)
{
	*ret = (struct section){ .there = false };
	for (unsigned int i = 0; i < p->n; i++) {
		uint8_t s[SECTION_SIZE];
		uint32_t memory;
		uint32_t file;
		int r = get(p, s, sizeof(s), p->sections + (uint64_t)i * SECTION_SIZE, e);

		if (r < 0)
			return r;
		if (strncmp((char *)s, name, 8) != 0)
			continue;
		memory = le32(s + 8);
		file = le32(s + 16);
		ret->there = true;
		ret->offset = le32(s + 20);
		ret->size = memory && memory < file ? memory : file;
		if (ret->offset > p->size || ret->size > p->size - ret->offset)
			return err_set(e, EINVAL,
				       "%s: its section %s lies outside the file",
				       p->label, name);
		return 0;
	}
	return 0;
}

/* Of a release, no more than the first line. */
static void first_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

/* Line ends and their like are blanks, and none at the end count, as the stub has it
 * before it starts the kernel [systemd-stub]: a second line is in force as the first. */
static void one_line(char *text)
{
	size_t n = 0;

	for (char *p = text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			*p = ' ';
		else
			n = (size_t)(p - text) + 1;
	}
	text[n] = '\0';
}

/* A section's text up to a NUL, made one line; NULL when there is none. */
static int read_text(const struct pe *p, const char *name, void (*make_line)(char *text),
		     char **ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	struct section s;
	int r = find_section(p, name, &s, e);

	if (r < 0 || !s.there)
		return r;
	if (s.size > TEXT_MAX)
		return err_set(e, EINVAL, "%s: its section %s is too large", p->label,
			       name);
	text = calloc(1, (size_t)s.size + 1);
	if (!text)
		return err_nomem(e);
	r = get(p, text, (size_t)s.size, s.offset, e);
	if (r < 0)
		return r;
	make_line(text);
	if (text[0])
		*ret = TAKE_PTR(text);
	return 0;
}

static int read_image(const struct pe *p, const struct initrd_limits *limits,
		      struct uki *u, struct err *e)
{
	struct initrd_limits part = limits ? *limits : (struct initrd_limits){ 0 };
	_cleanup_err_ struct err why = ERR_INIT;
	struct section s;
	int r = find_section(p, ".initrd", &s, e);

	if (r < 0 || !s.there || !s.size)
		return r;
	part.start = s.offset;
	part.end = s.offset + s.size;
	r = initrd_read_limits(p->fd, p->label, &part, &u->image, &why);
	if (r == -ENOMEM)
		return err_nomem(e);
	if (r < 0) {
		u->code = r;
		u->problem = strdup(err_text(&why));
		return u->problem ? 0 : err_nomem(e);
	}
	return 0;
}

/* An image that names no kernel is the one of its modules. */
static int release_of_image(struct uki *u, struct err *e)
{
	if (!u->image || !u->image->moddir)
		return 0;
	u->release = strdup(path_base(u->image->moddir));
	return u->release ? 0 : err_nomem(e);
}

int uki_read_fd(int fd, const char *label, const struct initrd_limits *limits,
		struct uki *ret, struct err *e)
{
	struct pe p = { .fd = fd, .label = label };
	struct section kernel;
	struct stat st;
	int r;

	*ret = (struct uki){ 0 };
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", label);
	p.size = (uint64_t)st.st_size;
	r = read_headers(&p, e);
	if (r >= 0)
		r = find_section(&p, ".linux", &kernel, e);
	if (r < 0 || !kernel.there)
		return r;
	ret->is_signed = p.is_signed;
	r = read_text(&p, ".uname", first_line, &ret->release, e);
	if (r == 0)
		r = read_text(&p, ".cmdline", one_line, &ret->args, e);
	if (r == 0)
		r = read_image(&p, limits, ret, e);
	if (r == 0 && !ret->release)
		r = release_of_image(ret, e);
	return r < 0 ? r : 1;
}

void uki_done(struct uki *u)
{
	free(u->path);
	free(u->release);
	free(u->args);
	free(u->problem);
	initrd_free(u->image);
	*u = (struct uki){ 0 };
}

void ukis_free(struct ukis *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->n; i++)
		uki_done(&u->v[i]);
	free(u->v);
	free(u);
}

const struct uki *ukis_find(const struct ukis *u, const char *release)
{
	for (size_t i = 0; u && i < u->n; i++)
		if (streq(u->v[i].release, release))
			return &u->v[i];
	return NULL;
}

static bool is_known(const struct ukis *u, const char *path)
{
	for (size_t i = 0; i < u->n; i++)
		if (streq(u->v[i].path, path))
			return true;
	return false;
}

/* A file that is damaged, or no file, is told as a fact. */
static int read_one(const struct root *r, const char *path, struct uki *u, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *label = root_name(r, path);
	_cleanup_close_ int fd = -1;
	int k;

	if (!label)
		return err_nomem(e);
	fd = root_open_file(r, path, NULL, &why);
	k = fd < 0 ? fd : uki_read_fd(fd, label, NULL, u, &why);
	root_note(r, path, k < 0 ? k : u->code, NULL);
	if (k >= 0)
		return k;
	if (k == -ENOMEM)
		return err_nomem(e);
	free(u->problem);
	u->problem = strdup(err_text(&why));
	return u->problem ? 1 : err_nomem(e);
}

/* The same folder may be reached by two ways: each file once. */
static int add_file(const struct root *r, const char *path, struct ukis *u, struct err *e)
{
	_cleanup_(uki_done) struct uki one = { 0 };
	_cleanup_free_ char *real = NULL;
	int k = root_realpath(r, path, false, &real, NULL);

	if (k == -ENOMEM)
		return err_nomem(e);
	if (k < 0 || is_known(u, real))
		return 0;
	k = read_one(r, real, &one, e);
	if (k <= 0)
		return k;
	if (vec_grow(&u->v, u->n, sizeof(*u->v)) < 0)
		return err_nomem(e);
	one.path = TAKE_PTR(real);
	u->v[u->n++] = one;
	one = (struct uki){ 0 };
	return 0;
}

static size_t bytes_of(const struct ukis *u)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		n += initrd_bytes(u->v[i].image);
	return n;
}

static int read_folder(const struct root *r, const char *dir, struct ukis *u,
		       struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	int k = root_list(r, dir, &names, NULL);

	if (k == -ENOMEM)
		return err_nomem(e);
	if (k < 0)
		return 0;
	for (size_t i = 0; k >= 0 && i < names.n; i++) {
		_cleanup_free_ char *path = strf("%s/%s", dir, names.v[i]);

		if (!path)
			return err_nomem(e);
		if (!endswith(names.v[i], ".efi"))
			continue;
		if (u->n >= UKI_MAX)
			return err_set(e, E2BIG, "%s: more than %d unified kernel images",
				       dir, UKI_MAX);
		k = add_file(r, path, u, e);
		if (k >= 0 && bytes_of(u) > BYTES_MAX)
			return err_set(e, E2BIG,
				       "%s: what is to be known of the unified kernel "
				       "images takes more than %zu MiB",
				       dir, BYTES_MAX >> 20);
	}
	return k < 0 ? k : 0;
}

int ukis_read(const struct root *r, struct ukis **ret, struct err *e)
{
	static const char *const dirs[] = { "/efi/EFI/Linux", "/boot/efi/EFI/Linux",
					    "/boot/EFI/Linux" };
	_cleanup_(ukis_freep) struct ukis *u = calloc(1, sizeof(*u));
	int k = u ? 0 : err_nomem(e);

	for (size_t i = 0; k >= 0 && i < ELEMENTSOF(dirs); i++)
		k = read_folder(r, dirs[i], u, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(u);
	return 0;
}
