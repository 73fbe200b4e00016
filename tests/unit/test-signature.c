/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies, OpenPGP files and signatures as they reach the parsers: whole, cut, damaged.
 */
#include "drivers/openpgp.h"
#include "drivers/policy.h"
#include "drivers/signature.h"
#include "tests/unit/module.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* --- policies ---------------------------------------------------------------------- */

static void test_policy(void)
{
	static const struct {
		const char *text;
		enum policy_signature signature;
		const char *keys;
	} rows[] = {
		{ "", SIGNATURE_UNASKED, POLICY_KEYS },
		{ "# bundle-signature required\n\n \t\n", SIGNATURE_UNASKED,
		  POLICY_KEYS },
		{ "bundle-signature required", SIGNATURE_REQUIRED, POLICY_KEYS },
		{ "\tbundle-signature\t optional \r\n", SIGNATURE_OPTIONAL, POLICY_KEYS },
		{ "keys /srv/my keys \nbundle-signature required\n", SIGNATURE_REQUIRED,
		  "/srv/my keys" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(policy_done) struct policy p = { 0 };
		int k = policy_parse(rows[i].text, strlen(rows[i].text), "/p", &p, NULL);

		ok(k == 0 && p.signature == rows[i].signature &&
			   streq(p.keys, rows[i].keys) && streq(p.file, "/p"),
		   "policy %zu", i);
	}
}

static void test_bad_policy(void)
{
	static const char text[] = "bundle-signature required\nkey /a\n";
	_cleanup_(policy_done) struct policy p = { .signature = SIGNATURE_OPTIONAL };
	_cleanup_err_ struct err e = ERR_INIT;

	is_int(policy_parse(text, strlen(text), "/p", &p, &e), -EINVAL, "a mistake");
	is(err_text(&e), "/p: line 2: there is no 'key'", "and where");
	ok(p.signature == SIGNATURE_OPTIONAL && !p.file, "nothing of it is taken");
}

/* --- packets and armour ------------------------------------------------------------ */

/* Headers of each format, with their length and the packet's. */
static void test_packets(void)
{
	static const struct {
		uint8_t head[6];
		size_t n;
		size_t len;
	} good[] = {
		{ { 0x88, 7 }, 2, 7 },
		{ { 0x89, 0x01, 0x33 }, 3, 0x133 },
		{ { 0x8a, 0, 0, 1, 0 }, 5, 256 },
		{ { 0xc2, 191 }, 2, 191 },
		{ { 0xc2, 192, 0 }, 3, 192 },
		{ { 0xc2, 193, 2 }, 3, 450 },
		{ { 0xc2, 255, 0, 0, 2, 1 }, 6, 513 },
	};
	static const uint8_t bad[][6] = {
		{ 0x8b, 7 },	/* no length */
		{ 0xc2, 0xe4 }, /* in parts */
		{ 0x48, 1 },	/* no packet */
		{ 0x8a, 0xff, 0xff, 0xff, 0xff },
		{ 0xc2, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	uint8_t data[600] = { 0 };
	struct openpgp_packet p;

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		size_t whole = good[i].n + good[i].len;

		memcpy(data, good[i].head, 6);
		ok(openpgp_packet(data, sizeof(data), &p) && p.tag == OPENPGP_SIGNATURE &&
			   p.body == data + good[i].n && p.len == good[i].len &&
			   p.whole == whole && openpgp_packet(data, whole, &p) &&
			   !openpgp_packet(data, whole - 1, &p),
		   "header %zu", i);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		memcpy(data, bad[i], 6);
		ok(!openpgp_packet(data, sizeof(data), &p), "bad header %zu", i);
	}
}

static void test_armour(void)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: is refused */
	} rows[] = {
#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END   "-----END PGP SIGNATURE-----\n"
		{ BEGIN "\naGVs\nbG8=\n=abcd\n" END, "hello" },
		{ "From: me\n\n" BEGIN "Version: 1\n \naGVsbG8=\n" END "more", "hello" },
		{ "-----BEGIN PGP SIGNATURE-----\r\n\r\naGVs\r\nbG8=\r\n" END, "hello" },
		{ BEGIN "\n" END, "" },
		{ "\x88hello", "\x88hello" },
		{ "", NULL },
		{ "aGVsbG8=\n", NULL },
		{ BEGIN, NULL },
		{ BEGIN "aGVsbG8=\n" END, NULL },
		{ BEGIN "\naGVsbG8=\n", NULL },
		{ BEGIN "\naGVsbG8\n" END, NULL },
		{ BEGIN "\naGV!bG8=\n" END, NULL },
		{ "-----BEGIN PGP MESSAGE-----\n\naGVsbG8=\n" END, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ uint8_t *out = NULL;
		const char *want = rows[i].bytes;
		size_t n = 0;
		int k = openpgp_unwrap(rows[i].text, strlen(rows[i].text), "SIGNATURE",
				       &out, &n);

		ok(want ? k == 0 && n == strlen(want) && !memcmp(out, want, n)
			: k == -EINVAL && !out,
		   "armour %zu", i);
	}
}

/* --- signatures -------------------------------------------------------------------- */

static int check(const unsigned char *sig, size_t len, const struct signed_file *f,
		 const struct keys *keys)
{
	_cleanup_free_ char *words = NULL;
	_cleanup_free_ char *text = malloc(len + 1);
	_cleanup_err_ struct err e = ERR_INIT;
	int k;

	if (!text)
		abort();
	memcpy(text, sig, len);
	text[len] = '\0';
	k = signature_check(text, len, f, keys, &words, &e);
	if ((k == 0) != (words != NULL) || (k < 0) != (e.code != 0))
		abort();
	return k;
}

static void try_signature(const char *path, const struct signed_file *f,
			  const struct keys *keys)
{
	struct signed_file other = { "f", "another", 7 };
	size_t len;
	_cleanup_free_ unsigned char *sig = get_file(path, &len);
	size_t cut = 0;
	size_t bits = 0;

	is_int(check(sig, len, f, keys), 0, "a signature");
	is_int(check(sig, len, &other, keys), -EINVAL, "is none of another file");
	for (size_t n = 0; n < len; n++)
		cut += check(sig, n, f, keys) == 0;
	is_int((long long)cut, 0, "nor one when it is cut short anywhere");
	/* The signature's own number is at its end, what it is made of at its start. */
	for (size_t n = 0; n < 60 * 8; n++) {
		size_t at = n < 30 * 8 ? n / 8 : len - 60 + n / 8;

		if (at == 1)
			continue; /* the length may be spelled in more ways than one */
		sig[at] ^= 1 << n % 8;
		bits += check(sig, len, f, keys) == 0;
		sig[at] ^= 1 << n % 8;
	}
	is_int((long long)bits, 0, "nor with any bit changed");
}

static int run_gpg(struct tree *t)
{
	static const char script[] =
		"printf hello >f && mkdir -m 700 home keys && export GNUPGHOME=$PWD/home"
		" && g() { gpg --batch --quiet --passphrase '' \"$@\" 2>/dev/null; }"
		" && g --quick-gen-key k ed25519 sign never && g -o keys/k.gpg --export k"
		" && g -o f.sig --detach-sign f; s=$?; gpgconf --kill all; exit $s";

	return run_in(t->path, (const char *const[]){ "sh", "-c", script, NULL });
}

static void test_signature(void)
{
	static const struct signed_file f = { "f", "hello", 5 };
	_cleanup_keys_ struct keys keys = { 0 };
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *sig = NULL;
	struct tree t;

	tree_init(&t);
	folder = tree_name(&t, "/keys");
	sig = tree_name(&t, "/f.sig");
	if (!signatures_are_checked) {
		is_int(keys_read(folder, &keys, NULL), -ENOTSUP, "no keys are read");
		is_int(signature_check("", 0, &f, &keys, &sig, NULL), -ENOTSUP,
		       "and nothing is signed well");
	} else if (run("gpg", "--version") || run_gpg(&t)) {
		skip("signatures", "gpg is not installed, or makes no key here");
	} else {
		is_int(keys_read(folder, &keys, NULL), 0, "a folder of keys");
		try_signature(sig, &f, &keys);
	}
	tree_done(&t);
}

int main(void)
{
	test_policy();
	test_bad_policy();
	test_packets();
	test_armour();
	test_signature();
	return tap_done();
}
