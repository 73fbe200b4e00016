/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kmod-xenpv RPM as a bundle. librpm verifies the digests of the header, and each
 * module's own digest, which the header holds, while it is unpacked: together they cover
 * all that is used of the payload.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include <rpm/rpmfi.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>

#include "drivers/bundle_parts.h"

/* Enough for any kmod package, and a bound for a header that lies. */
#define FILES_MAX 4096

struct reader {
	rpmts ts;
	FD_t fd;
	FD_t payload;
	Header header;
	rpmfiles files;
	rpmfi fi;
};

static void reader_done(struct reader *r)
{
	rpmfiFree(r->fi);
	rpmfilesFree(r->files);
	headerFree(r->header);
	/* The payload's descriptor is the package's, opened once more in a layer above.
	 */
	if (r->payload)
		Fclose(r->payload);
	else if (r->fd)
		Fclose(r->fd);
	rpmtsFree(r->ts);
}

/* Errors become sentences of ours; nothing is printed. */
static int silence(rpmlogRec rec, rpmlogCallbackData data)
{
	return 0;
}

static const char *signature_tag(Header h)
{
	static const rpmTagVal tags[] = { RPMTAG_RSAHEADER, RPMTAG_DSAHEADER,
					  RPMTAG_SIGPGP, RPMTAG_SIGGPG };

	for (size_t i = 0; i < ELEMENTSOF(tags); i++)
		if (headerIsEntry(h, tags[i]))
			return "signed";
	return NULL;
}

static int read_header(struct bundle *b, struct reader *r, struct err *e)
{
	rpmKeyring keyring = rpmKeyringNew();
	rpmRC rc;

	rpmInitCrypto();
	rpmlogSetCallback(silence, NULL);
	r->ts = rpmtsCreate();
	/* An empty keyring of our own: the host's rpm database stays closed. */
	rpmtsSetKeyring(r->ts, keyring);
	rpmKeyringFree(keyring);
	r->fd = Fopen(b->path, "r.ufdio");
	if (!r->fd || Ferror(r->fd))
		return err_set(e, EIO, "%s: %s", b->path,
			       r->fd ? Fstrerror(r->fd) : "out of memory");
	rc = rpmReadPackageFile(r->ts, r->fd, b->path, &r->header);
	if (rc == RPMRC_NOTFOUND)
		return err_set(e, EINVAL, "%s: is neither a folder nor an RPM", b->path);
	if (rc == RPMRC_FAIL || !r->header)
		return err_set(e, EINVAL,
			       "%s: is no RPM, is cut short, or its digest does not "
			       "match",
			       b->path);
	b->nevra = headerGetAsString(r->header, RPMTAG_NEVRA);
	b->signature = strf("digests match; %s",
			    !signature_tag(r->header) ? "not signed"
			    : rc == RPMRC_OK	      ? "signature good"
					     : "signed by a key that is not known here");
	if (!b->nevra || !b->signature)
		return err_nomem(e);
	if (headerIsSource(r->header))
		return err_set(e, EINVAL, "%s: is a source RPM", b->path);
	return 0;
}

static int open_payload(struct bundle *b, struct reader *r, struct err *e)
{
	const char *compressor = headerGetString(r->header, RPMTAG_PAYLOADCOMPRESSOR);
	_cleanup_free_ char *mode = strf("r.%s", compressor ?: "gzip");

	if (!mode)
		return err_nomem(e);
	r->payload = Fdopen(r->fd, mode);
	if (!r->payload || Ferror(r->payload))
		return err_set(e, ENOTSUP,
			       "%s: its payload is packed with %s, which librpm "
			       "cannot unpack here",
			       b->path, compressor ?: "gzip");
	r->files = rpmfilesNew(NULL, r->header, 0, RPMFI_KEEPHEADER);
	if (!r->files || rpmfilesFC(r->files) > FILES_MAX)
		return err_set(e, EINVAL,
			       "%s: has no file list, or one of more than %d files",
			       b->path, FILES_MAX);
	r->fi = rpmfiNewArchiveReader(r->payload, r->files, RPMFI_ITER_READ_ARCHIVE);
	if (!r->fi)
		return err_set(e, EINVAL, "%s: its payload cannot be read", b->path);
	return 0;
}

static bool leaves_tree(const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !strncmp(p, "..", 2))
			return true;
		p += n + (p[n] == '/');
	}
	return false;
}

/* The current file into memory, its digest verified by librpm. */
static int unpack(struct bundle *b, rpmfi fi, const char *path, struct err *e)
{
	_cleanup_close_ int fd = -1;
	FD_t out;
	int rc;

	if (rpmfiFSize(fi) > MODULE_MAX)
		return err_set(e, EFBIG, "%s: %s is larger than any module may be",
			       b->path, path);
	fd = memfd_create("module", MFD_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s: memory for %s", b->path, path);
	out = fdDup(fd);
	if (!out)
		return err_nomem(e);
	rc = rpmfiArchiveReadToFile(fi, out, 0);
	Fclose(out);
	if (rc)
		return err_set(e, EINVAL,
			       "%s: %s is cut short, or its digest does not match",
			       b->path, path);
	return bundle_add(b, path, TAKE_FD(fd), e);
}

int bundle_read_rpm(struct bundle *b, struct err *e)
{
	_cleanup_(reader_done) struct reader r = { 0 };
	int k = read_header(b, &r, e);
	int rc;

	if (k >= 0)
		k = open_payload(b, &r, e);
	if (k < 0)
		return k;
	while ((rc = rpmfiNext(r.fi)) >= 0) {
		const char *path = rpmfiFN(r.fi);

		while (*path == '/' || (path[0] == '.' && path[1] == '/'))
			path++;
		if (leaves_tree(path))
			return err_set(e, EINVAL,
				       "%s: holds the path %s, which leaves its tree",
				       b->path, path);
		if (!S_ISREG(rpmfiFMode(r.fi)) || !startswith(path, "lib/modules/"))
			continue;
		k = unpack(b, r.fi, path, e);
		if (k < 0)
			return k;
	}
	if (rc != RPMERR_ITER_END)
		return err_set(e, EINVAL, "%s: its payload is cut short or damaged",
			       b->path);
	return 0;
}
