/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/modtree.h"
#include "lib/stream.h"

/* Unpacked: 2026's kernels have 4 MB of symvers. */
#define SYMVERS_MAX (16u * 1024 * 1024)

void symvers_done(struct symvers *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	free(s->v);
	*s = (struct symvers){ 0 };
}

int symvers_add(struct symvers *s, const char *name, uint32_t crc)
{
	char *copy = strdup(name);

	if (!copy || vec_grow(&s->v, s->n, sizeof(*s->v)) < 0) {
		free(copy);
		return -ENOMEM;
	}
	s->v[s->n].name = copy;
	s->v[s->n].crc = crc;
	s->n++;
	return 0;
}

static int cmp(const void *a, const void *b)
{
	return strcmp(((const struct symver *)a)->name, ((const struct symver *)b)->name);
}

void symvers_sort(struct symvers *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), cmp);
}

static int cmp_name(const void *name, const void *symver)
{
	return strcmp(name, ((const struct symver *)symver)->name);
}

const struct symver *symvers_find(const struct symvers *s, const char *name)
{
	return s->n ? bsearch(name, s->v, s->n, sizeof(*s->v), cmp_name) : NULL;
}

/* "0xb7d40741\tprintk\tvmlinux\tEXPORT_SYMBOL": CRC, name, and what does not matter. */
static int parse_line(const char *line, size_t len, struct symvers *out)
{
	_cleanup_free_ char *name = NULL;
	char *end;
	unsigned long crc;
	size_t n;

	if (len < 3 || line[0] != '0' || (line[1] | 0x20) != 'x' ||
	    !isxdigit((unsigned char)line[2]))
		return -EINVAL;
	errno = 0;
	crc = strtoul(line, &end, 16); /* stops at the line's end, if not before */
	if (errno || crc > UINT32_MAX || (*end != '\t' && *end != ' '))
		return -EINVAL;
	end += strspn(end, " \t");
	n = strcspn(end, " \t\r\n");
	if (!n)
		return -EINVAL;
	name = strndup(end, n);
	return name ? symvers_add(out, name, (uint32_t)crc) : -ENOMEM;
}

int symvers_parse(const char *text, const char *label, struct symvers *ret, struct err *e)
{
	_cleanup_(symvers_done) struct symvers out = { 0 };
	size_t line = 0;

	for (const char *p = text; *p;) {
		const char *end = strchrnul(p, '\n');
		int k = end == p ? 0 : parse_line(p, (size_t)(end - p), &out);

		line++;
		if (k == -EINVAL)
			return err_set(e, EINVAL, "%s: line %zu is no symbol version",
				       label, line);
		if (k < 0)
			return err_nomem(e);
		p = *end ? end + 1 : end;
	}
	symvers_sort(&out);
	*ret = out;
	out = (struct symvers){ 0 };
	return 0;
}

/* The unpacked text of a plain or compressed file. */
static int read_unpacked(int fd, const char *label, char **ret, struct err *e)
{
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	_cleanup_free_ char *buf = NULL;
	size_t size = 0;
	size_t len = 0;
	ssize_t n;
	int k = unpack_open_file(&u, fd, label, NULL, e);

	if (k <= 0)
		return k ? k : err_set(e, EINVAL, "%s: is empty", label);
	do {
		if (size - len < 2) {
			char *grown = realloc(buf, size ? 2 * size : 65536);

			if (!grown)
				return err_nomem(e);
			buf = grown;
			size = size ? 2 * size : 65536;
		}
		n = unpack_read(u, buf + len, size - len - 1, e);
		if (n < 0)
			return (int)n;
		len += (size_t)n;
		if (len > SYMVERS_MAX)
			return err_set(e, EFBIG, "%s: unpacks to more than %u bytes",
				       label, SYMVERS_MAX);
	} while (n > 0);
	buf[len] = '\0';
	if (strlen(buf) != len)
		return err_set(e, EINVAL, "%s: is no text", label);
	*ret = TAKE_PTR(buf);
	return 0;
}

/* Packed with gzip at first, with xz by Fedora and RHEL of today; of a kernel that was
 * built by hand. */
static const char *const places[] = {
	"/boot/symvers-%s.gz",
	"/boot/symvers-%s.xz",
	"/boot/symvers-%s.zst",
	"/lib/modules/%s/symvers.gz",
	"/lib/modules/%s/symvers.xz",
	"/lib/modules/%s/symvers.zst",
	"/lib/modules/%s/build/Module.symvers",
};

int kernel_symvers(const struct root *r, const char *release, struct symvers *ret,
		   char **ret_path, struct err *e)
{
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		_cleanup_close_ int fd = -1;
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *label = NULL;
		/* One of the constants above: its only conversion is %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		_cleanup_free_ char *path = strf(places[i], release);
#pragma GCC diagnostic pop
		int k;

		if (!path)
			return err_nomem(e);
		fd = root_open_file(r, path, NULL, e);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		label = root_name(r, path);
		k = read_unpacked(fd, label ?: path, &text, e);
		if (text)
			k = symvers_parse(text, label ?: path, ret, e);
		if (k < 0)
			return k;
		if (ret_path)
			*ret_path = TAKE_PTR(path);
		return 1;
	}
	err_done(e);
	return 0;
}
