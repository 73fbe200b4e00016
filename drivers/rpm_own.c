/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RPMs without librpm: digests, of which header and payload must each have one, are
 * compared before anything of the package is used; signatures are seen, and not checked.
 */
#include <string.h>
#include <sys/mman.h>

#include "drivers/bundle_parts.h"
#include "drivers/rpmfile.h"
#include "drivers/signature.h"
#include "guest/newc.h"
#include "lib/atomic.h"

struct package {
	int fd;
	const uint8_t *map;
	size_t len;
	struct rpm_file file;
};

static void package_done(struct package *p)
{
	if (p->map)
		munmap((void *)p->map, p->len);
	closep(&p->fd);
}

static int open_package(struct bundle *b, struct package *p, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	struct stat st;
	void *map;

	p->fd = bundle_copy_rpm(b, e);
	if (p->fd < 0)
		return p->fd;
	if (fstat(p->fd, &st) < 0)
		return err_errno(e, errno, "%s", b->path);
	map = st.st_size
		      ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, p->fd, 0)
		      : NULL;
	if (map == MAP_FAILED)
		return err_errno(e, errno, "%s", b->path);
	p->map = map;
	p->len = (size_t)st.st_size;
	if (!map || !rpm_file_parse(p->map, p->len, &p->file))
		return err_set(e, EINVAL, "%s: is no RPM, or not whole", b->path);
	if (rpm_file_digests(&p->file, &why) < 0)
		return err_set(e, EINVAL, "%s: is no RPM, or not whole: %s", b->path,
			       err_text(&why));
	return 0;
}

static bool is_signed(const struct rpm_header *h)
{
	static const enum rpm_tag tags[] = { RPM_SIG_DSA, RPM_SIG_RSA, RPM_SIG_OPENPGP,
					     RPM_SIG_PGP, RPM_SIG_GPG, RPM_SIG_PGP5 };

	for (size_t i = 0; i < ELEMENTSOF(tags); i++)
		if (rpm_header_has(h, tags[i]))
			return true;
	return false;
}

static int check_signature(struct bundle *b, const struct package *pkg,
			   const struct policy *p, struct err *e)
{
	_cleanup_keys_ struct keys keys = { 0 };
	bool is = is_signed(&pkg->file.signature);
	int k = bundle_rpm_keys(b, p, is, &keys, e);

	if (k < 0)
		return k;
	/* There is nothing that could check it with them. */
	if (k > 0)
		return err_set(e, ENOTSUP, "%s: its signature cannot be checked",
			       b->path);
	b->signature = strf("digests match; %s",
			    is ? "signed, which was not checked" : "not signed");
	return b->signature ? 0 : err_nomem(e);
}

static int read_header(struct bundle *b, const struct rpm_header *h, struct err *e)
{
	const char *name = rpm_header_text(h, RPM_NAME);
	const char *version = rpm_header_text(h, RPM_VERSION);
	const char *release = rpm_header_text(h, RPM_RELEASE);
	const char *arch = rpm_header_text(h, RPM_ARCH);
	int64_t epoch = rpm_header_number(h, RPM_EPOCH);
	_cleanup_free_ char *number = epoch < 0 ? strdup("")
						: strf("%u:", (unsigned int)epoch);

	if (!number)
		return err_nomem(e);
	if (!name || !version || !release || !arch)
		return err_set(e, EINVAL, "%s: its header cannot be read", b->path);
	if (!rpm_header_has(h, RPM_SOURCERPM))
		return err_set(e, EINVAL, "%s: is a source RPM", b->path);
	b->nevra = strf("%s-%s%s-%s.%s", name, number, version, release, arch);
	return b->nevra ? 0 : err_nomem(e);
}

/* The content of the current file into memory. */
static int unpack(struct bundle *b, struct newc *n, const char *path, size_t left,
		  struct err *e)
{
	_cleanup_close_ int fd = bundle_memory(b, path, left, e);
	const uint8_t *piece;
	ssize_t got;
	int k;

	if (fd < 0)
		return fd;
	while ((got = newc_data(n, &piece, e)) > 0) {
		size_t len = (size_t)got < left ? (size_t)got : left;

		k = atomic_write(fd, (const char *)piece, len);
		if (k < 0)
			return err_errno(e, k, "%s: memory for %s", b->path, path);
		left -= len; /* what follows is padding */
	}
	if (got < 0)
		return (int)got;
	return bundle_take(b, path, TAKE_FD(fd), e);
}

static int read_file(struct bundle *b, struct newc *n, const struct newc_entry *x,
		     struct err *e)
{
	mode_t mode = (mode_t)x->f[NEWC_MODE];
	const char *path = x->name;
	int k = bundle_judge_path(b, &path, S_ISDIR(mode), e);

	if (k <= 0)
		return k;
	/* Of the names of one file the last one has the content. */
	if (S_ISREG(mode) && (x->f[NEWC_FILESIZE] || x->f[NEWC_NLINK] < 2))
		return unpack(b, n, path, x->f[NEWC_FILESIZE], e);
	return bundle_take(b, path, -1, e);
}

static int read_payload(struct bundle *b, const struct package *pkg, struct err *e)
{
	const struct rpm_file *f = &pkg->file;
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	_cleanup_(newc_freep) struct newc *n = NULL;
	const struct newc_entry *x;
	int k = unpack_open(&u, pkg->fd, (uint64_t)(f->payload - pkg->map),
			    comp_detect(f->payload, f->payload_len), b->path, e);

	if (k >= 0)
		k = newc_open(&n, u, b->path, e);
	for (size_t i = 0; k >= 0; i++) {
		k = newc_next(n, &x, e);
		if (k < 0 || x->trailer)
			break;
		if (i >= BUNDLE_RPM_FILES)
			return err_set(e, EINVAL, "%s: has more than %d files", b->path,
				       BUNDLE_RPM_FILES);
		k = read_file(b, n, x, e);
	}
	return k < 0 ? k : 0;
}

int bundle_read_rpm(struct bundle *b, const struct policy *p, struct err *e)
{
	_cleanup_(package_done) struct package pkg = { .fd = -1 };
	int k = open_package(b, &pkg, e);

	if (k >= 0)
		k = check_signature(b, &pkg, p, e);
	if (k >= 0)
		k = read_header(b, &pkg.file.header, e);
	return k < 0 ? k : read_payload(b, &pkg, e);
}
