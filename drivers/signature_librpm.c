/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <rpm/rpmcrypto.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>

#include "drivers/openpgp.h"
#include "drivers/signature.h"
#include "lib/root.h"

#define KEY_FILE_MAX (1024 * 1024)

const bool signatures_are_checked = true;

/* librpm prints nothing. */
static int on_log(rpmlogRec rec, rpmlogCallbackData data)
{
	return 0;
}

/* --- keys -------------------------------------------------------------------------- */

static void add_subkeys(rpmKeyring keys, rpmPubkey key)
{
	int n = 0;
	rpmPubkey *v = rpmGetSubkeys(key, &n);

	for (int i = 0; v && i < n; i++) {
		rpmKeyringAddKey(keys, v[i]);
		rpmPubkeyFree(v[i]);
	}
	free(v);
}

/* One key with what belongs to it. */
static bool add_key(rpmKeyring keys, const uint8_t *p, size_t len)
{
	rpmPubkey key = rpmPubkeyNew(p, len);

	if (!key)
		return false;
	rpmKeyringAddKey(keys, key); /* twice the same is well */
	add_subkeys(keys, key);
	rpmPubkeyFree(key);
	return true;
}

/* What is wrong with the packets of a file of keys; NULL: all were added. */
static const char *add_keys(rpmKeyring keys, const uint8_t *p, size_t len)
{
	static const char no_key[] = "is no OpenPGP public key that can be used";
	size_t start = 0;
	struct openpgp_packet pkt;

	for (size_t at = 0; at < len; at += pkt.whole) {
		int kind;

		if (!openpgp_packet(p + at, len - at, &pkt) ||
		    (!at && pkt.tag != OPENPGP_PUBLIC_KEY))
			return no_key;
		kind = openpgp_signature_kind(&pkt);
		if (kind == OPENPGP_KEY_REVOKED || kind == OPENPGP_SUBKEY_REVOKED)
			return "holds a key that was revoked";
		if (!at || pkt.tag != OPENPGP_PUBLIC_KEY)
			continue;
		if (!add_key(keys, p + start, at - start))
			return no_key;
		start = at;
	}
	return len && add_key(keys, p + start, len - start) ? NULL : no_key;
}

static int read_key_file(const struct root *slash, const char *path, rpmKeyring keys,
			 struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ uint8_t *packets = NULL;
	const char *wrong = "is no OpenPGP public key";
	size_t len;
	int k = root_read(slash, path, KEY_FILE_MAX, &text, &len, e);

	if (k < 0)
		return k;
	k = openpgp_unwrap(text, len, "PUBLIC KEY BLOCK", &packets, &len);
	if (k == -ENOMEM)
		return err_nomem(e);
	if (k == 0)
		wrong = add_keys(keys, packets, len);
	return wrong ? err_set(e, EINVAL, "%s: %s", path, wrong) : 0;
}

void keys_done(struct keys *k)
{
	rpmKeyringFree(k->ring);
	*k = (struct keys){ 0 };
}

static int read_keys(const char *folder, struct keys *ret, struct err *e)
{
	_cleanup_root_ struct root *slash = NULL;
	_cleanup_strv_ struct strv files = { 0 };
	_cleanup_keys_ struct keys keys = { .folder = folder };
	size_t n = 0;
	int k = root_new(&slash, "/", e);

	if (k == 0)
		k = root_list(slash, folder, &files, e);
	if (k < 0)
		return k;
	rpmInitCrypto();
	keys.ring = rpmKeyringNew();
	for (size_t i = 0; i < files.n; i++) {
		_cleanup_free_ char *path = strf("%s/%s", folder, files.v[i]);

		if (!path)
			return err_nomem(e);
		if (!endswith(path, ".asc") && !endswith(path, ".gpg"))
			continue;
		k = read_key_file(slash, path, keys.ring, e);
		if (k < 0)
			return k;
		n++;
	}
	if (!n)
		return err_set(e, ENOENT, "%s: holds no keys (*.asc, *.gpg)", folder);
	*ret = keys;
	keys = (struct keys){ 0 };
	return 0;
}

int keys_read(const char *folder, struct keys *ret, struct err *e)
{
	rpmlogCallback log = rpmlogSetCallback(on_log, NULL);
	int k = read_keys(folder, ret, e);

	rpmlogSetCallback(log, NULL);
	return k;
}

/* --- signatures -------------------------------------------------------------------- */

/* Nothing but one signature of a file's bytes: others, such as those of names in keys,
 * may be had from people who never saw what would count as signed by them. */
static bool is_one_signature(const uint8_t *p, size_t len)
{
	struct openpgp_packet pkt;

	return openpgp_packet(p, len, &pkt) && pkt.whole == len &&
	       openpgp_signature_kind(&pkt) == OPENPGP_OF_BYTES;
}

static bool is_strong(unsigned int hash)
{
	return hash == PGPHASHALGO_SHA256 || hash == PGPHASHALGO_SHA384 ||
	       hash == PGPHASHALGO_SHA512;
}

static int judge(pgpDigParams sig, const struct signed_file *f, const struct keys *keys,
		 char **ret, struct err *e)
{
	unsigned int hash = pgpDigParamsAlgo(sig, PGPVAL_HASHALGO);
	_cleanup_free_ char *words = pgpIdentItem(sig);
	DIGEST_CTX ctx;
	rpmRC rc;

	if (!words)
		return err_nomem(e);
	if (!is_strong(hash))
		return err_set(e, EINVAL, "%s: its digest is weaker than SHA-256", words);
	ctx = rpmDigestInit((int)hash, RPMDIGEST_NONE);
	if (!ctx)
		return err_nomem(e);
	rpmDigestUpdate(ctx, f->data, f->len);
	rc = rpmKeyringVerifySig(keys->ring, sig, ctx);
	rpmDigestFinal(ctx, NULL, NULL, 0);
	if (rc == RPMRC_NOKEY)
		return err_set(e, EINVAL, "%s: there is no such key in %s", words,
			       keys->folder);
	if (rc != RPMRC_OK)
		return err_set(e, EINVAL, "%s: does not fit %s", words, f->name);
	*ret = TAKE_PTR(words);
	return 0;
}

static int check(const char *sig, size_t len, const struct signed_file *f,
		 const struct keys *keys, char **ret, struct err *e)
{
	_cleanup_free_ uint8_t *packets = NULL;
	pgpDigParams params = NULL;
	int k = openpgp_unwrap(sig, len, "SIGNATURE", &packets, &len);

	if (k == -ENOMEM)
		return err_nomem(e);
	if (k < 0 || !is_one_signature(packets, len) ||
	    pgpPrtParams(packets, len, PGPTAG_SIGNATURE, &params) < 0)
		return err_set(e, EINVAL, "is not one detached OpenPGP signature");
	k = judge(params, f, keys, ret, e);
	pgpDigParamsFree(params);
	return k;
}

int signature_check(const char *sig, size_t len, const struct signed_file *f,
		    const struct keys *keys, char **ret, struct err *e)
{
	rpmlogCallback log = rpmlogSetCallback(on_log, NULL);
	int k = check(sig, len, f, keys, ret, e);

	rpmlogSetCallback(log, NULL);
	return k;
}
