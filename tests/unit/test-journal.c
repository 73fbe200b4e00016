/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/journal.h"
#include "tests/unit/tap.h"
#include "tests/unit/tx-sample.h"

/* A journal with its end torn off, and one that is damaged. */
static void test_journal(void)
{
	_cleanup_free_ char *dir = sample_folder();
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	_cleanup_(plan_freep) struct plan *p = sample_plan();
	struct journal j = { 0 };
	unsigned int whole = 0;
	size_t len = 0;

	sample_tree(dir, false);
	ok(root_new(&r, dir, &e) == 0 && tx_apply(r, p, NULL, NULL, &e) == TX_OK &&
		   root_read(r, STATE_DIR "/journal", ROOT_TEXT_MAX, &text, &len, &e) ==
			   0,
	   "the journal is read");
	sample_remove(dir);
	for (size_t n = 0; n < len; n++) {
		int k = journal_parse(&j, text, n, "journal", &e);
		struct jgen *g = journal_last(&j);

		whole += k == 0 && (!g || !g->done);
		journal_done(&j);
	}
	is_int(whole, (long long)len, "cut off anywhere it is read, and not finished");
	text[len / 4] ^= 1;
	is_int(journal_parse(&j, text, len, "journal", &e), -EBADMSG,
	       "damage is an error");
	printf("# %s\n", err_text(&e));
	journal_done(&j);
	text[len / 4] ^= 1;
	text[len - 3] ^= 1;
	is_int(journal_parse(&j, text, len, "journal", &e), 0, "a torn end is none");
	ok(j.torn, "and is seen");
	journal_done(&j);
}

#define BEGIN                                                                            \
	"{\"record\":\"begin\",\"format\":1,\"generation\":1,\"made\":\"" STATE_DIR "\"" \
	"}"
#define DIR "{\"record\":\"dir\",\"path\":\"/var/lib\",\"mtime\":[1,0]}"
#define OP  "{\"record\":\"op\",\"kind\":\"write\",\"action\":\"a\",\"path\":\"/etc/a\","
#define BLOCK                                                                         \
	"\"old\":{\"type\":\"block\",\"major\":3,\"minor\":0,\"mode\":420,\"uid\":0," \
	"\"gid\":0,\"atime\":[1,0],\"mtime\":[1,0]}}"

/* Lines whose sums are right, and that no install writes. */
static const struct {
	const char *what, *records[3];
	int want;
} lies[] = {
	{ "what an install writes",
	  { BEGIN, DIR, OP "\"old\":{\"type\":\"none\"}}" },
	  0 },
	{ "a first install that names no folder", { BEGIN }, -EBADMSG },
	{ "an original of the guest's without a name",
	  { BEGIN, DIR, OP "\"kept\":true,\"old\":{\"type\":\"none\"}}" },
	  -EBADMSG },
	{ "an original of nothing",
	  { BEGIN, DIR, OP "\"backup\":\"/b\",\"old\":{\"type\":\"none\"}}" },
	  -EBADMSG },
	{ "an original of a device",
	  { BEGIN, DIR, OP "\"backup\":\"/b\"," BLOCK },
	  -EBADMSG },
	{ "a device", { BEGIN, DIR, OP BLOCK }, 0 },
};

static void test_lying_journal(void)
{
	for (size_t i = 0; i < ELEMENTSOF(lies); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_free_ char *text = strdup("");
		const char *const *r = lies[i].records;
		struct journal j = { 0 };

		for (size_t n = 0; n < 3 && r[n]; n++) {
			bool last = n == 2 || !r[n + 1];
			_cleanup_free_ char *rest = strf("%zu 0 %c %s", n,
							 last ? '.' : '+', r[n]);
			char *longer;
			char hex[DIGEST_HEX];

			digest_buf(rest, strlen(rest), hex);
			longer = strf("%s%.16s %s\n", text, hex, rest);
			free(text);
			text = longer;
		}
		is_int(journal_parse(&j, text, strlen(text), "journal", &e), lies[i].want,
		       lies[i].what);
		journal_done(&j);
	}
}

int main(void)
{
	test_journal();
	test_lying_journal();
	return tap_done();
}
