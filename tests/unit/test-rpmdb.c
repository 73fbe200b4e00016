/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <spawn.h>
#include <sys/wait.h>

#include "guest/rpmdb.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

#define DB "/var/lib/rpm/Packages"

extern char **environ;

/* A folder of our own for the private copies: it must be empty whenever we look. */
static const char *scratch;
static char *outside; /* TMPDIR as it was given; NULL: it was not */

/* A tree beside the scratch folder, not in it */
static void tree_apart(struct tree *t)
{
	if (outside)
		setenv("TMPDIR", outside, 1);
	else
		unsetenv("TMPDIR");
	tree_init(t);
	setenv("TMPDIR", scratch, 1);
}

static bool scratch_is_empty(void)
{
	return rmdir(scratch) == 0 && mkdir(scratch, 0700) == 0;
}

static char *slurp(const char *path, size_t *len)
{
	_cleanup_fclose_ FILE *f = fopen(path, "r");
	char *buf;

	if (!f || fseek(f, 0, SEEK_END))
		return NULL;
	*len = (size_t)ftell(f);
	rewind(f);
	buf = malloc(*len + 1);
	if (!buf || fread(buf, 1, *len, f) != *len)
		abort();
	return buf;
}

static void put_bytes(struct tree *t, const char *path, const char *buf, size_t len)
{
	_cleanup_free_ char *name = tree_name(t, path);
	_cleanup_fclose_ FILE *f = fopen(name, "w");

	if (!f || fwrite(buf, 1, len, f) != len)
		abort();
}

static struct rpmdb *read_ok(const struct root *r, const char *what)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct rpmdb *db = NULL;

	ok(rpmdb_read(r, &db, &e) == 0, "%s: read", what);
	if (e.msg)
		printf("# %s\n", e.msg);
	ok(scratch_is_empty(), "%s: nothing left in the scratch folder", what);
	return db;
}

/* A database that nobody can read is a fact with a sentence that names the file. */
static void check_bad(struct tree *t, const char *what, enum rpmdb_state state,
		      const char *words)
{
	_cleanup_(rpmdb_freep) struct rpmdb *db = read_ok(t->root, what);

	is_int(db->state, state, what);
	ok(db->n == 0 && db->problem && strstr(db->problem, t->path) &&
		   strstr(db->problem, words),
	   "%s: %s", what, db->problem ? db->problem : "no sentence");
}

static void test_absent(void)
{
	struct tree t;

	tree_apart(&t);
	{
		_cleanup_(rpmdb_freep) struct rpmdb *db = read_ok(t.root, "absent");

		is_int(db->state, RPMDB_NONE, "absent: a fact");
		ok(!db->format && !db->path && !db->problem,
		   "absent: no format, path, problem");
		ok(!rpmdb_find(db, "kernel", NULL) && !rpmdb_owner(db, "/boot/x"),
		   "absent: no package");
	}
	tree_mkdir(&t, "/var");
	tree_mkdir(&t, "/var/lib");
	tree_link(&t, "/var/lib/rpm", "nowhere");
	{
		_cleanup_(rpmdb_freep) struct rpmdb *db = read_ok(t.root,
								  "dangling link");

		is_int(db->state, RPMDB_NONE, "dangling link: none");
	}
	tree_done(&t);
}

static void test_bad_files(void)
{
	_cleanup_free_ char *fifo = NULL, *sparse = NULL;
	struct tree t;

	tree_apart(&t);
	tree_put(&t, DB, "This is a text.\n");
	check_bad(&t, "a text", RPMDB_CORRUPT, "is not a Berkeley DB hash");
	tree_put(&t, DB, "");
	check_bad(&t, "empty", RPMDB_CORRUPT, "is not a Berkeley DB hash");
	fifo = tree_name(&t, DB);
	if (unlink(fifo) || mkfifo(fifo, 0600))
		abort();
	check_bad(&t, "a FIFO", RPMDB_CORRUPT, "is a FIFO");
	if (unlink(fifo))
		abort();
	put_bytes(&t, "/var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0 ", 17);
	sparse = tree_name(&t, "/var/lib/rpm/rpmdb.sqlite");
	check_bad(&t, "sqlite, cut short", RPMDB_CORRUPT, "rpm says");
	if (truncate(sparse, (off_t)5 << 30))
		abort();
	check_bad(&t, "sqlite, 5 GiB", RPMDB_CORRUPT, "larger than 1 GiB");
	tree_done(&t);
}

/* Cut and damage a good database in many ways: an answer, or a sentence; never a part. */
static void test_damage(const char *good, size_t len, size_t packages)
{
	_cleanup_free_ char *buf = malloc(len);
	unsigned int lies = 0;
	struct tree t;

	if (!buf)
		abort();
	tree_apart(&t);
	for (size_t n = 1; n < 8; n++) {
		put_bytes(&t, DB, good, len * n / 8);
		check_bad(&t, "cut short", RPMDB_CORRUPT, "is cut short: it has");
	}
	srand(1);
	for (int i = 0; i < 40; i++) {
		_cleanup_(rpmdb_freep) struct rpmdb *db = NULL;

		memcpy(buf, good, len);
		for (int k = 0; k < 100; k++)
			buf[512 + (size_t)rand() % (len - 512)] = (char)rand();
		put_bytes(&t, DB, buf, len);
		if (rpmdb_read(t.root, &db, NULL) < 0)
			abort();
		if (db->state == RPMDB_OK ? db->n != packages : !db->problem || db->n)
			lies++;
	}
	is_int(lies, 0, "random bytes: all packages or none");
	memcpy(buf, good, len);
	memset(buf + 4096, 0xff, len - 4096);
	put_bytes(&t, DB, buf, len);
	check_bad(&t, "pages of ones", RPMDB_CORRUPT, "is damaged: ");
	ok(scratch_is_empty(), "damage: nothing left in the scratch folder");
	tree_done(&t);
}

static void check_guest(const struct rpmdb *db)
{
	const char *path = "/lib/modules/2.6.18-53.el5PAE/kernel/drivers/net/8139cp.ko";
	_cleanup_free_ char *nevra = NULL;
	const struct pkg *p, *owner;
	size_t from = 0;

	is_int(db->state, RPMDB_OK, "guest: read");
	is(db->format, "bdb", "guest: Berkeley DB");
	is(db->path, DB, "guest: path");
	ok(db->n > 30, "guest: %zu packages", db->n);
	p = rpmdb_find(db, "kernel-PAE", &from);
	if (!ok(p != NULL, "guest: kernel-PAE"))
		return;
	nevra = pkg_nevra(p);
	is(nevra, "kernel-PAE-2.6.18-53.el5.i686", "guest: its name");
	ok(p->epoch == -1, "guest: no epoch");
	ok(!rpmdb_find(db, "kernel-PAE", &from), "guest: installed once");
	ok(!rpmdb_find(db, "kernel", NULL), "guest: no name inside another name");
	owner = rpmdb_owner(db, path);
	ok(owner == p, "guest: owner of a module");
	ok(rpmdb_owner(db, "/boot/vmlinuz-2.6.18-53.el5PAE") == p,
	   "guest: owner of a kernel");
	ok(!rpmdb_owner(db, "/boot/vmlinuz"), "guest: owner of nothing");
	p = rpmdb_find(db, "kudzu", NULL);
	ok(p && p->files.n == 0, "guest: files elsewhere are left out");
}

/* A guest of tests/trees, whose database rpm and db5.3_load have made. */
static void test_guest(void)
{
	const char *src = getenv("srcdir"), *build = getenv("builddir");
	_cleanup_free_ char *mktree = strf("%s/tests/trees/mktree", src ? src : ".");
	_cleanup_free_ char *cache = build ? strf("%s/tests/trees-cache", build) : NULL;
	_cleanup_strv_ struct strv before = { 0 }, after = { 0 };
	_cleanup_free_ char *name = NULL, *bytes = NULL;
	size_t len = 0, packages;
	struct tree t;
	pid_t pid;
	int status = -1;

	tree_apart(&t);
	if (cache)
		setenv("TREES_CACHE", cache, 0);
	if (posix_spawn(&pid, mktree, NULL, NULL,
			(char *[]){ mktree, (char *)"rhel5.1-i686-PAE", t.path, NULL },
			environ) == 0)
		waitpid(pid, &status, 0);
	if (!ok(status == 0, "guest: tree built")) {
		tree_done(&t);
		return;
	}
	root_list(t.root, "/var/lib/rpm", &before, NULL);
	{
		_cleanup_(rpmdb_freep) struct rpmdb *db = read_ok(t.root, "guest");

		check_guest(db);
		packages = db->n;
	}
	root_list(t.root, "/var/lib/rpm", &after, NULL);
	ok(before.n == after.n, "guest: no file added to its database");
	name = tree_name(&t, DB);
	bytes = slurp(name, &len);
	test_damage(bytes, len, packages);
	tree_done(&t);
}

/* Databases that nobody here made. */
static void test_shared(const char *folder, const char *file, enum rpmdb_state state,
			const char *format, const char *package)
{
	const char *src = getenv("srcdir");
	_cleanup_free_ char *path = strf("%s/../shared/data/%s/%s", src ? src : ".",
					 folder, file);
	_cleanup_free_ char *to = strf("/usr/lib/sysimage/rpm/%s", file);
	_cleanup_free_ char *buf = NULL;
	size_t len = 0;
	struct tree t;

	buf = slurp(path, &len);
	if (!buf) {
		skip(folder, "no shared data here");
		return;
	}
	tree_apart(&t);
	put_bytes(&t, to, buf, len);
	{
		_cleanup_(rpmdb_freep) struct rpmdb *db = read_ok(t.root, folder);

		/* where this rpm has NDB, the better */
		ok(db->state == state || db->state == RPMDB_OK, "%s: %s", folder,
		   db->problem ? db->problem : "read");
		is(db->format, format, folder);
		if (package)
			ok(rpmdb_find(db, package, NULL) != NULL, "%s: has %s", folder,
			   package);
	}
	tree_done(&t);
}

static void test_no_scratch(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct rpmdb *db = NULL;
	struct tree t;

	tree_apart(&t);
	put_bytes(&t, "/var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0 ", 17);
	setenv("TMPDIR", "/nonexistent", 1);
	ok(rpmdb_read(t.root, &db, &e) == -ENOENT && strstr(err_text(&e), "/nonexistent"),
	   "no scratch space: %s", err_text(&e));
	setenv("TMPDIR", scratch, 1);
	tree_done(&t);
}

static void test_evr(void)
{
	static const struct {
		int64_t epoch;
		const char *version, *release, *evr;
		int want;
	} v[] = {
		{ -1, "3.1", "0.pre5.3.4.el4_6.1", "3.1-0.pre5.3.4.el4_6.1", 0 },
		{ -1, "3.1", "0.pre5.3.4", "3.1-0.pre5.3.4.el4_6.1", -1 },
		{ -1, "3.1", "0.pre5.3.10", "3.1-0.pre5.3.4.el4_6.1", 1 },
		{ -1, "3.3", "0.pre3.1.37.el5", "3.1-0.pre5.3.4.el4_6.1", 1 },
		{ -1, "3.1", "1", "3.1", 0 },
		{ 1, "1.0", "1", "3.1-1", 1 },
		{ -1, "3.1", "1", "1:1.0-1", -1 },
		{ 0, "3.1", "1", "0:3.1-1", 0 },
		{ -1, "10", "1", "9-1", 1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(v); i++) {
		struct pkg p = { .name = (char *)"x",
				 .version = (char *)v[i].version,
				 .release = (char *)v[i].release,
				 .arch = (char *)"",
				 .epoch = v[i].epoch };
		int got = pkg_evr_cmp(&p, v[i].evr);

		ok((got > 0) - (got < 0) == v[i].want, "%s-%s against %s", p.version,
		   p.release, v[i].evr);
		if (i == 0) {
			_cleanup_free_ char *nevra = pkg_nevra(&p);

			is(nevra, "x-3.1-0.pre5.3.4.el4_6.1",
			   "a package without architecture");
		}
	}
}

int main(void)
{
	const char *given = getenv("TMPDIR");
	struct tree own;

	outside = given ? strdup(given) : NULL;
	tree_init(&own);
	scratch = own.path;
	test_evr();
	test_absent();
	test_bad_files();
	test_no_scratch();
	test_guest();
	test_shared("rpmdb-bdb9", "Packages", RPMDB_OK, "bdb", "libuuid");
	test_shared("rpmdb-sqlite", "rpmdb.sqlite", RPMDB_OK, "sqlite", "filesystem");
	test_shared("rpmdb-ndb", "Packages.db", RPMDB_UNSUPPORTED, "ndb", NULL);
	tree_done(&own);
	free(outside);
	return tap_done();
}
