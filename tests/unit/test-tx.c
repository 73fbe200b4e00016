/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/unit/snapshot.h"
#include "tests/unit/tap.h"
#include "tests/unit/tx-sample.h"

#define _cleanup_plan_ _cleanup_(plan_freep)

static struct plan *new_plan(void)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	return p;
}

struct fixture {
	char *dir;
	struct root *r;
	char *start; /* snapshot */
	bool split;
};

static void setup(struct fixture *f)
{
	f->dir = sample_folder();
	sample_tree(f->dir, f->split);
	if (root_new(&f->r, f->dir, NULL) < 0)
		abort();
	f->start = snapshot(f->dir, SNAPSHOT_WHOLE);
}

static void teardown(struct fixture *f)
{
	sample_remove(f->dir);
	root_free(f->r);
	free(f->start);
	free(f->dir);
}

static bool same(const char *dir, const char *want, const char *what)
{
	_cleanup_free_ char *now = snapshot(dir, SNAPSHOT_WHOLE);

	return is(now, want, what);
}

static void status(struct fixture *f, enum tx_status want, const char *what)
{
	enum tx_status s = 99;

	tx_status(f->r, &s, NULL);
	is_int(s, want, what);
}

static void test_life(bool split)
{
	_cleanup_(teardown) struct fixture f = { .split = split };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *once = NULL;
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *again = sample_plan_again();
	_cleanup_plan_ struct plan *steps = new_plan();
	struct stat st;

	setup(&f);
	status(&f, TXS_NONE, "nothing is installed at first");
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_NOTHING,
	       "nothing to uninstall");
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "a plan is applied");
	printf("# %s\n", err_text(&e));
	status(&f, TXS_INSTALLED, "now it is installed");
	is_int(p->v[0].state, OPSTATE_DONE, "its ops are done");
	text = sample_read(f.dir, "/etc/modprobe.conf");
	is(text, "alias eth0 xen-vnif\n", "a file has its new text");
	if (fstatat(f.r->fd, "etc/modprobe.conf", &st, 0) == 0) {
		is_int(st.st_mode & 07777, 0640, "and its old mode");
		is_int(st.st_uid, geteuid() == 0 ? 3 : geteuid(), "and its old owner");
	}
	once = snapshot(f.dir, SNAPSHOT_WHOLE);
	ok(strstr(once, "xen-vbd.ko a file 0644 5:6") || geteuid() != 0,
	   "a new file has its neighbour's owner");
	ok(strstr(once, "S99xenpv-verify a symbolic link") &&
		   strstr(once, "../init.d/xenpv-verify"),
	   "a link is made");
	ok(!strstr(once, "/etc/xvda") ||
		   strstr(once, "/etc/xvda a block device 0644 0:0  202:0"),
	   "a device has its numbers");
	ok(!strstr(once, "/.") && strstr(once, ".xenpv-orig a file 0600"),
	   "nothing hidden is left beside, the kept original is");
	is_int(tx_apply(f.r, again, NULL, NULL, &e), TX_OK, "a second plan is applied");
	is_int(tx_uninstall(f.r, true, steps, &left, &e), TX_OK, "a dry uninstall");
	ok(steps->n > 10 && left.n == 0, "says what it would do");
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_OK, "uninstall");
	printf("# %s\n", err_text(&e));
	same(f.dir, f.start, "and everything is as at the start");
	status(&f, TXS_NONE, "nothing is installed any more");
}

/* One way in which an apply may be refused: the tree stays as it is. */
static void refused(const char *what, void (*spoil)(struct fixture *f, struct plan *p),
		    const char *sentence)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_plan_ struct plan *p = sample_plan();

	setup(&f);
	spoil(&f, p);
	free(f.start);
	f.start = snapshot(f.dir, SNAPSHOT_WHOLE);
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_UNCHANGED, what);
	if (!ok(strstr(err_text(&e), sentence) != NULL, "%s: the sentence says so", what))
		printf("# %s\n", err_text(&e));
	same(f.dir, f.start, "the tree is as before");
}

static void spoil_digest(struct fixture *f, struct plan *p)
{
	memset(p->v[4].old_digest, '0', 64);
}

static void spoil_fifo(struct fixture *f, struct plan *p)
{
	unlinkat(f->r->fd, "etc/modprobe.conf", 0);
	mkfifoat(f->r->fd, "etc/modprobe.conf", 0600);
}

static void spoil_link(struct fixture *f, struct plan *p)
{
	unlinkat(f->r->fd, "etc/modprobe.conf", 0);
	if (symlinkat("fstab", f->r->fd, "etc/modprobe.conf") < 0)
		abort();
}

static void spoil_folder(struct fixture *f, struct plan *p)
{
	unlinkat(f->r->fd, "etc/modprobe.conf", 0);
	mkdirat(f->r->fd, "etc/modprobe.conf", 0755);
}

static void spoil_gone(struct fixture *f, struct plan *p)
{
	unlinkat(f->r->fd, "etc/old.conf", 0);
}

static void spoil_there(struct fixture *f, struct plan *p)
{
	sample_write(f->dir, "/etc/rc.d/rc3.d/K95kudzu", "somebody's");
}

static void spoil_beside(struct fixture *f, struct plan *p)
{
	sample_write(f->dir, "/etc/.modprobe.conf.xenpv-new", "somebody's");
}

static void spoil_keep(struct fixture *f, struct plan *p)
{
	sample_write(f->dir, "/boot/initrd-2.6.18-53.el5.img.xenpv-orig", "somebody's");
}

static int fail_check(void *arg, int fd, struct err *e)
{
	return err_set(e, EBADMSG, "reads back wrong");
}

static void spoil_check(struct fixture *f, struct plan *p)
{
	p->v[9].check = fail_check;
}

static int change_meanwhile(void *arg, int fd, struct err *e)
{
	struct fixture *f = arg;

	sample_write(f->dir, "/etc/modprobe.conf", "alias eth0 8139too\n");
	/* The snapshot has it as it is now, with a time of the past. */
	free(f->start);
	return 0;
}

static void spoil_twice(struct fixture *f, struct plan *p)
{
	free(p->v[4].path);
	p->v[4].path = strdup(p->v[3].path);
}

static void spoil_space(struct fixture *f, struct plan *p)
{
	p->v[9].bytes = 1ULL << 60;
}

static void spoil_parent(struct fixture *f, struct plan *p)
{
	free(p->v[2].path);
	p->v[2].path = strdup("/nowhere/xen-vbd.ko");
}

static void test_refusals(void)
{
	refused("a file that changed since it was planned from", spoil_digest,
		"was changed");
	refused("a FIFO at the target", spoil_fifo, "is a FIFO");
	refused("a link at the target", spoil_link, "is a symbolic link");
	refused("a folder at the target", spoil_folder, "is a folder");
	refused("a file that is gone", spoil_gone, "is gone");
	refused("a name that is taken", spoil_there, "exists");
	refused("a name beside that is taken", spoil_beside, "exists");
	refused("a kept name that is taken", spoil_keep, "exists");
	refused("a check that fails", spoil_check, "reads back wrong");
	refused("a path planned twice", spoil_twice, "planned twice");
	refused("no room", spoil_space, "KiB are free");
	refused("no folder", spoil_parent, "nowhere");
}

/* A file changes between the plan and the commit, by somebody else. */
static void test_meanwhile(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	_cleanup_plan_ struct plan *p = sample_plan();

	setup(&f);
	p->v[9].check = change_meanwhile;
	p->v[9].arg = &f;
	p->v[9].produce = NULL;
	p->v[9].data = strdup("x");
	p->v[9].len = 1;
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_UNCHANGED,
	       "a file that changes while we work");
	printf("# %s\n", err_text(&e));
	text = sample_read(f.dir, "/etc/modprobe.conf");
	is(text, "alias eth0 8139too\n", "their text stays");
	status(&f, TXS_NONE, "and nothing of ours");
	f.start = NULL;
}

static void test_changed_since(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_free_ char *theirs = NULL;
	_cleanup_free_ char *orig = NULL;
	_cleanup_free_ char *names = NULL;
	_cleanup_free_ char *notes = NULL;
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *steps = new_plan();
	size_t skipped = 0;

	setup(&f);
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "applied");
	sample_write(f.dir, "/etc/modprobe.conf", "edited\n");
	sample_write(f.dir, SAMPLE_K "/extra/xenpv/xen-vbd.ko", "rebuilt");
	sample_write(f.dir, "/etc/old.conf", "anew\n");
	unlinkat(f.r->fd, "etc/rc.d/rc3.d/K95kudzu", 0);
	unlinkat(f.r->fd, &SAMPLE_K "/modules.dep"[1], 0);
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_OK, "uninstalled");
	printf("# %s\n", err_text(&e));
	strv_sort(&left);
	names = strv_join(&left, " ");
	is(names,
	   "/etc/modprobe.conf /etc/old.conf /etc/rc.d/rc3.d/K95kudzu " SAMPLE_K
	   "/extra/xenpv/xen-vbd.ko " SAMPLE_K "/modules.dep",
	   "what was changed is named");
	theirs = sample_read(f.dir, "/etc/modprobe.conf");
	orig = sample_read(f.dir, "/etc/modprobe.conf.xenpv.orig");
	is(theirs, "edited\n", "their text stays");
	is(orig, "alias eth0 8139cp\n", "the original is beside");
	status(&f, TXS_NONE, "the state folder is gone");
	notes = strv_join(&steps->notes, "; ");
	ok(strstr(notes,
		  "/etc/modprobe.conf was changed since the install and is left as it "
		  "is: compare it with its original, now /etc/modprobe.conf.xenpv.orig"),
	   "where its original is, is said");
	ok(strstr(notes, "/etc/rc.d/rc3.d/K95kudzu was removed since the install and is "
			 "left as it is"),
	   "of a renamed file that is gone, that it is");
	ok(strstr(notes,
		  SAMPLE_K "/modules.dep was removed since the install and is "
			   "left as it is: compare it with its original, now " SAMPLE_K
			   "/modules.dep.xenpv.orig"),
	   "and of an edited one, with its original");
	ok(!strstr(notes, "xen-vbd.ko.xenpv.orig"),
	   "and not of a file that was not there before");
	for (size_t i = 0; i < steps->n; i++)
		skipped += streq(steps->v[i].path, SAMPLE_K "/extra/xenpv") &&
			   steps->v[i].state == OPSTATE_SKIPPED;
	is_int((long long)skipped, 1,
	       "the folder of what was left stays, and that is said");
}

/* Somebody writes to what an install left, and another install writes to that. */
static void test_changed_between(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_free_ char *theirs = NULL;
	_cleanup_free_ char *orig = NULL;
	_cleanup_free_ char *notes = NULL;
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *again = sample_plan_again();
	_cleanup_plan_ struct plan *steps = new_plan();

	setup(&f);
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "applied");
	sample_write(f.dir, "/etc/modprobe.conf", "options mine\n");
	is_int(tx_apply(f.r, again, NULL, NULL, &e), TX_OK, "and again, over an edit");
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_OK, "uninstalled");
	printf("# %s\n", err_text(&e));
	theirs = sample_read(f.dir, "/etc/modprobe.conf");
	orig = sample_read(f.dir, "/etc/modprobe.conf.xenpv.orig");
	is(theirs, "options mine\n", "their text is given back");
	is(orig, "alias eth0 8139cp\n", "the original is beside");
	ok(left.n == 1 && streq(left.v[0], "/etc/modprobe.conf"), "that is named");
	notes = strv_join(&steps->notes, "; ");
	ok(strstr(notes, "/etc/modprobe.conf was changed between two installs and is "
			 "given back as it was before the last: compare it with its "
			 "original, now "
			 "/etc/modprobe.conf.xenpv.orig"),
	   "and why");
	status(&f, TXS_NONE, "the state folder is gone");
}

/* The same, but they put back what was there. */
static void test_put_back_between(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *again = sample_plan_again();

	setup(&f);
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "applied");
	sample_write(f.dir, "/etc/modprobe.conf", "alias eth0 8139cp\n");
	is_int(tx_apply(f.r, again, NULL, NULL, &e), TX_OK, "again, over the original");
	is_int(tx_uninstall(f.r, false, NULL, &left, &e), TX_OK, "uninstalled");
	is_int((int)left.n, 0, "nothing is left");
	same(f.dir, f.start, "and everything is as at the start");
}

/* A kernel is removed with its modules, and its image's original to gain room. */
static void test_kernel_removed(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *steps = new_plan();
	_cleanup_free_ char *modules = NULL;
	_cleanup_free_ char *now = NULL;

	setup(&f);
	if (!plan_op(p, OP_REMOVE, "test", SAMPLE_K "/x.ko"))
		abort();
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "applied");
	unlinkat(f.r->fd, "boot/initrd-2.6.18-53.el5.img.xenpv-orig", 0);
	is_int(tx_uninstall(f.r, true, steps, &left, &e), TX_UNCHANGED,
	       "a dry uninstall tells of an original that is gone");
	ok(strstr(err_text(&e), "is no longer there: put it back, or replace "
				"/boot/initrd-2.6.18-53.el5.img yourself") != NULL,
	   "and what to do");
	is_int(tx_uninstall(f.r, false, NULL, &left, &e), TX_UNCHANGED, "so does one");
	status(&f, TXS_INSTALLED, "which changes nothing");

	sample_write(f.dir, "/boot/initrd-2.6.18-53.el5.img", "made anew\n");
	modules = strf("%s" SAMPLE_K, f.dir);
	sample_remove(modules);
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_OK,
	       "uninstalled without the kernel's folder and that original");
	printf("# %s\n", err_text(&e));
	is_int((int)left.n, 1, "the image alone is left");
	now = sample_read(f.dir, "/etc/modprobe.conf");
	is(now, "alias eth0 8139cp\n", "the rest is restored");
	status(&f, TXS_NONE, "the state folder is gone");
}

static void test_lock(void)
{
	_cleanup_(teardown) struct fixture f = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_close_ int fd = -1;
	_cleanup_plan_ struct plan *p = sample_plan();
	_cleanup_plan_ struct plan *again = sample_plan_again();
	_cleanup_plan_ struct plan *steps = new_plan();

	setup(&f);
	is_int(tx_apply(f.r, p, NULL, NULL, &e), TX_OK, "applied");
	fd = root_open(f.r, STATE_DIR, O_RDONLY | O_DIRECTORY, 0, NULL);
	flock(fd, LOCK_EX);
	is_int(tx_apply(f.r, again, NULL, NULL, &e), TX_UNCHANGED,
	       "another run holds the state folder");
	ok(strstr(err_text(&e), "another run") != NULL, "and that is said");
	is_int(tx_uninstall(f.r, false, steps, &left, &e), TX_UNCHANGED, "nor uninstall");
	is_int(tx_recover(f.r, NULL, &e), TX_UNCHANGED, "nor recover");
}

int main(void)
{
	test_life(false);
	if (sample_may_mount())
		test_life(true);
	else
		skip("/var and /boot apart", "mounting is not allowed");
	test_refusals();
	test_meanwhile();
	test_changed_since();
	test_changed_between();
	test_put_back_between();
	test_kernel_removed();
	test_lock();
	return tap_done();
}
