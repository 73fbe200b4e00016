/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RPMs by librpm. It verifies the package's digests, of which header
 * and payload must each have one, before anything of it is used; and each module's own
 * digest while it is unpacked.
 */
#include <string.h>

#include <rpm/rpmcli.h>
#include <rpm/rpmfi.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>

#include "drivers/bundle_parts.h"
#include "drivers/signature.h"

struct reader {
	rpmts ts;
	FD_t fd;
	FD_t payload;
	Header header;
	rpmfiles files;
	rpmfi fi;
	/* What librpm says of the package */
	struct strv signatures; /* "Header V3 DSA/SHA1 Signature, key ID …: NOKEY" */
	char *complaint;	/* the first digest that is wrong, or none */
	rpmlogCallback log;	/* of whoever used librpm before */
	int log_mask;
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
	rpmlogSetCallback(r->log, NULL);
	rpmlogSetMask(r->log_mask);
	strv_done(&r->signatures);
	free(r->complaint);
}

/*
 * Nothing is printed. While the package is verified, librpm reports line by line:
 * "    Payload SHA256 digest: OK", then BAD with what it expected, or NOTFOUND.
 */
static int on_log(rpmlogRec rec, rpmlogCallbackData data)
{
	struct reader *r = data;
	const char *msg = rpmlogRecMessage(rec);
	size_t n;

	if (!startswith(msg, "    "))
		return 0;
	msg += strspn(msg, " ");
	n = strcspn(msg, "(\n");
	while (n && msg[n - 1] == ' ')
		n--;
	if (strstr(msg, " digest: ")) {
		if (!strstr(msg, " digest: OK") && !r->complaint)
			r->complaint = strndup(msg, n);
	} else {
		strv_addf(&r->signatures, "%.*s", (int)n, msg);
	}
	return 0;
}

static int open_package(struct bundle *b, struct reader *r, struct err *e)
{
	_cleanup_close_ int fd = bundle_copy_rpm(b, e);
	rpmKeyring keyring;

	if (fd < 0)
		return fd;
	rpmInitCrypto();
	r->ts = rpmtsCreate();
	/* An empty keyring of our own: the host's rpm database stays closed. */
	keyring = rpmKeyringNew();
	rpmtsSetKeyring(r->ts, keyring);
	rpmKeyringFree(keyring);
	rpmtsSetVfyLevel(r->ts, RPMSIG_DIGEST_TYPE);
	/* Packages of that age are signed in ways that today's policy refuses. */
	rpmtsSetVSFlags(r->ts, RPMVSF_MASK_NOSIGNATURES);
	r->fd = fdDup(fd);
	return r->fd ? 0 : err_nomem(e);
}

/* From the start of the package, which is read to its end. */
static int run_checks(struct bundle *b, struct reader *r, rpmVSFlags flags)
{
	struct rpmQVKArguments_s how = { 0 };

	rpmtsSetVfyFlags(r->ts, flags);
	if (Fseek(r->fd, 0, SEEK_SET) < 0)
		return -1;
	return rpmVerifySignatures(&how, r->ts, r->fd, b->path);
}

static const char *first_bad(const struct strv *signatures)
{
	for (size_t i = 0; i < signatures->n; i++)
		if (!endswith(signatures->v[i], ": OK"))
			return signatures->v[i];
	return "not all of it is signed";
}

/* All signatures must be good, and cover header and payload. */
static int check_signatures(struct bundle *b, struct reader *r, const struct policy *p,
			    struct err *e)
{
	_cleanup_keys_ struct keys keys = { 0 };
	const char *bad;
	int k;

	k = bundle_rpm_keys(b, p, r->signatures.n, &keys, e);
	if (k <= 0)
		return k;
	rpmlogSetCallback(on_log, r); /* it has its own */
	strv_done(&r->signatures);
	rpmtsSetKeyring(r->ts, keys.ring);
	rpmtsSetVfyLevel(r->ts, RPMSIG_DIGEST_TYPE | RPMSIG_SIGNATURE_TYPE);
	if (run_checks(b, r, RPMVSF_DEFAULT) == 0)
		return 0;
	bad = first_bad(&r->signatures);
	if (endswith(bad, ": NOKEY"))
		return err_set(e, EINVAL, "%s: %.*s: there is no such key in %s", b->path,
			       (int)(strlen(bad) - strlen(": NOKEY")), bad, keys.folder);
	return err_set(e, EINVAL, "%s: %s", b->path, bad);
}

/*
 * Digests must be right. Whose signature it is, if any, is reported: a key that is not
 * known here would fail the package, so signatures are looked at apart.
 */
static int verify(struct bundle *b, struct reader *r, const struct policy *p,
		  struct err *e)
{
	_cleanup_free_ char *signatures = NULL;
	int k;

	if (run_checks(b, r, RPMVSF_MASK_NOSIGNATURES) != 0)
		return err_set(e, EINVAL, "%s: is no RPM, or not whole%s%s", b->path,
			       r->complaint ? ": " : "", r->complaint ?: "");
	run_checks(b, r, RPMVSF_MASK_NODIGESTS);
	k = check_signatures(b, r, p, e);
	if (k < 0)
		return k;
	signatures = strv_join(&r->signatures, ", ");
	b->signature = strf("digests match; %s",
			    signatures && *signatures ? signatures : "not signed");
	if (!b->signature)
		return err_nomem(e);
	return Fseek(r->fd, 0, SEEK_SET) < 0 ? err_errno(e, errno, "%s", b->path) : 0;
}

static int read_header(struct bundle *b, struct reader *r, struct err *e)
{
	rpmRC rc = rpmReadPackageFile(r->ts, r->fd, b->path, &r->header);

	if (rc != RPMRC_OK || !r->header)
		return err_set(e, EINVAL, "%s: its header cannot be read", b->path);
	if (headerIsSource(r->header))
		return err_set(e, EINVAL, "%s: is a source RPM", b->path);
	b->nevra = headerGetAsString(r->header, RPMTAG_NEVRA);
	return b->nevra ? 0 : err_nomem(e);
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
	if (!r->files || rpmfilesFC(r->files) > BUNDLE_RPM_FILES)
		return err_set(e, EINVAL,
			       "%s: has no file list, or one of more than %d files",
			       b->path, BUNDLE_RPM_FILES);
	r->fi = rpmfiNewArchiveReader(r->payload, r->files, RPMFI_ITER_READ_ARCHIVE);
	if (!r->fi)
		return err_set(e, EINVAL, "%s: its payload cannot be read", b->path);
	return 0;
}

/* The current file into memory, its digest verified by librpm. */
static int unpack(struct bundle *b, struct reader *r, const char *path, struct err *e)
{
	_cleanup_close_ int fd = -1;
	rpmfi fi = r->fi;
	FD_t out;
	int rc;

	fd = bundle_memory(b, path, rpmfiFSize(fi), e);
	if (fd < 0)
		return fd;
	out = fdDup(fd);
	if (!out)
		return err_nomem(e);
	rc = rpmfiArchiveReadToFile(fi, out, 0);
	Fclose(out);
	if (rc)
		return err_set(e, EINVAL,
			       "%s: %s is cut short, or its digest does not match",
			       b->path, path);
	return bundle_take(b, path, TAKE_FD(fd), e);
}

static int read_file(struct bundle *b, struct reader *r, struct err *e)
{
	const char *path = rpmfiFN(r->fi);
	int k;

	k = bundle_judge_path(b, &path, S_ISDIR(rpmfiFMode(r->fi)), e);
	if (k <= 0)
		return k;
	if (S_ISREG(rpmfiFMode(r->fi)) && rpmfiArchiveHasContent(r->fi))
		return unpack(b, r, path, e);
	return bundle_take(b, path, -1, e);
}

int bundle_read_rpm(struct bundle *b, const struct policy *p, struct err *e)
{
	_cleanup_(reader_done) struct reader r = { 0 };
	int rc;
	int k;

	r.log = rpmlogSetCallback(on_log, &r);
	r.log_mask = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_INFO));
	k = open_package(b, &r, e);
	if (k >= 0)
		k = verify(b, &r, p, e);
	if (k >= 0)
		k = read_header(b, &r, e);
	if (k >= 0)
		k = open_payload(b, &r, e);
	if (k < 0)
		return k;
	while ((rc = rpmfiNext(r.fi)) >= 0) {
		k = read_file(b, &r, e);
		if (k < 0)
			return k;
	}
	if (rc != RPMERR_ITER_END)
		return err_set(e, EINVAL, "%s: its payload is cut short or damaged",
			       b->path);
	return 0;
}
