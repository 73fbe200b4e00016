/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/plan.h"
#include "lib/digest.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static int set(struct planning *p, const char *path, const char *text, const char *detail,
	       struct err *e)
{
	return plan_set_text(p, path, text, strlen(text), "edit", detail, 0644, e);
}

static void test_text(struct tree *t, struct planning *p)
{
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *pending = NULL;
	_cleanup_free_ char *gone = NULL;
	char hex[DIGEST_HEX];
	struct op *op;
	size_t len = 9;

	is_int(plan_text(p, "/no/such/file", &gone, NULL, &e), 0, "no text of no file");
	is_int(set(p, "/etc/conf", "one\n", "nothing", &e), 0,
	       "the text it has: no step");
	is_int((long long)p->plan->n, 0, "no step");
	is_int(set(p, "/etc/link", "two\n", "first", &e), 1, "an edit through a link");
	op = plan_find(p->plan, "/etc/conf");
	if (!ok(op && p->plan->n == 1, "goes to the link's file"))
		return;
	digest_buf("one\n", 4, hex);
	ok(op->kind == OP_WRITE && op->exists && op->bytes == 4, "replaces it");
	is(op->old_digest, hex, "knows what it read");
	is(op->old_text, "one\n", "for the diff too");
	is_int(set(p, "/etc/conf", "three\n", "second", &e), 1, "a further edit");
	is(plan_find(p->plan, "/etc/conf")->detail, "first; second", "is one step");
	is_int(set(p, "/etc/conf", "four\n", "irst", &e), 1, "another detail");
	is(plan_find(p->plan, "/etc/conf")->detail, "first; second; irst",
	   "is no part of a word");
	is_int(set(p, "/etc/conf", "five\n", "first", &e), 1,
	       "the same for another line");
	is_int(set(p, "/etc/conf", "six\n", "second; irst", &e), 1, "and two at once");
	is_int(set(p, "/etc/conf", "three\n", "second", &e), 1, "and the last");
	is(plan_find(p->plan, "/etc/conf")->detail, "first; second; irst",
	   "are said once each");
	is_int(plan_text(p, "/etc/link", &pending, &len, &e), 1, "the pending text");
	is(pending, "three\n", "is the last one");
	is_int((long long)len, 6, "with its length");
	is_int(set(p, "/etc/conf", "one\n", "back", &e), 0, "back to the start");
	is_int((long long)p->plan->n, 0, "is no step");
	is_int(set(p, "/etc/fifo", "x", "", &e), -EINVAL, "a FIFO is refused");
	ok(startswith(err_text(&e), t->path), "by name: %s", err_text(&e));
}

static void test_folders(struct tree *t, struct planning *p)
{
	_cleanup_err_ struct err e = ERR_INIT;
	static const char *const want[] = { "/usr/lib/a", "/usr/lib/a/b",
					    "/usr/lib/a/b/new", "/usr/lib/a/c",
					    "/nowhere" };

	is_int(set(p, "/lib/a/b/new", "x\n", "new", &e), 1, "a new file in new folders");
	is_int(plan_mkdirs(p, "/lib/a/c", &e), 0, "more folders");
	is_int(plan_mkdirs(p, "/lib/a/c/", &e), 0, "once more");
	is_int(plan_mkdirs(p, "/dangling", &e), 0, "behind a dangling link");
	is_int(plan_mkdirs(p, "/etc/conf/x", &e), -ENOTDIR, "a file is no folder");
	is_int(plan_mkdirs(p, "/none/../x", &e), -EINVAL, "no .. in what is not there");
	is_int(plan_mkdirs(p, "/", &e), 0, "the root is there");
	is_int((long long)p->plan->n, ELEMENTSOF(want), "five steps");
	for (size_t i = 0; i < p->plan->n && i < ELEMENTSOF(want); i++)
		is(p->plan->v[i].path, want[i], "outermost first, links resolved");
	ok(p->plan->v[0].kind == OP_MKDIR && p->plan->v[0].mode == 0755,
	   "folders are 0755");
	ok(!p->plan->v[2].exists && p->plan->v[2].mode == 0644, "the file is new");
	ok(!p->plan->v[2].old_text && !p->plan->v[2].old_digest[0],
	   "and replaces nothing");
}

static void run(void (*test)(struct tree *, struct planning *), bool walk)
{
	struct tree t;
	struct planning p = { 0 };

	tree_init(&t);
	tree_put(&t, "/etc/conf", "one\n");
	tree_link(&t, "/etc/link", "conf");
	tree_mkdir(&t, "/usr/lib");
	tree_link(&t, "/lib", "usr/lib");
	tree_link(&t, "/dangling", "../../nowhere");
	mkfifoat(t.root->fd, "etc/fifo", 0644);
	t.root->walk = walk;
	p.root = t.root;
	p.plan = calloc(1, sizeof(*p.plan));
	test(&t, &p);
	plan_free(p.plan);
	tree_done(&t);
}

int main(void)
{
	for (int walk = 0; walk < 2; walk++) {
		run(test_text, walk);
		run(test_folders, walk);
	}
	is(op_state_name(OPSTATE_ROLLED_BACK), "rolled-back", "state names");
	return tap_done();
}
