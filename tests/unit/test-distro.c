/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/distro.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static void test_lines(void)
{
	static const struct {
		const char *line, *vendor;
		int major, minor;
	} rows[] = {
		{ "Red Hat Linux Advanced Server release 2.1AS (Pensacola)", "redhat", 2,
		  1 },
		{ "Red Hat Linux Advanced Workstation release 2.1AW (Derry)", "redhat", 2,
		  1 },
		{ "Red Hat Enterprise Linux ES release 2.1 (Panama)", "redhat", 2, 1 },
		{ "Red Hat Enterprise Linux AS release 3 (Taroon)", "redhat", 3, 0 },
		{ "Red Hat Enterprise Linux WS release 3 (Taroon Update 9)", "redhat", 3,
		  9 },
		{ "Red Hat Desktop release 3 (Taroon Update 8)", "redhat", 3, 8 },
		{ "Red Hat Enterprise Linux ES release 4 (Nahant)", "redhat", 4, 0 },
		{ "Red Hat Enterprise Linux AS release 4 (Nahant Update 6)", "redhat", 4,
		  6 },
		{ "Red Hat Desktop release 4 (Nahant Update 6)", "redhat", 4, 6 },
		{ "Red Hat Enterprise Linux Server release 5 (Tikanga)", "redhat", 5, 0 },
		{ "Red Hat Enterprise Linux Client release 5.1 (Tikanga)", "redhat", 5,
		  1 },
		{ "Red Hat Enterprise Linux Server release 5.10 (Tikanga)", "redhat", 5,
		  10 },
		{ "Red Hat Enterprise Linux Server release 5.3 Beta (Tikanga)", "redhat",
		  5, 3 },
		{ "Red Hat Enterprise Linux Server release 6.1 (Santiago)", "redhat", 6,
		  1 },
		{ "Red Hat Enterprise Linux release 9.4 (Plow)", "redhat", 9, 4 },
		{ "CentOS release 3.9 (Final)", "centos", 3, 9 },
		{ "CentOS release 4.6 (Final)", "centos", 4, 6 },
		{ "CentOS release 5.11 (Final)", "centos", 5, 11 },
		/* of 5.0 and 5.1 alike */
		{ "CentOS release 5 (Final)", "centos", 5, -1 },
		{ "CentOS Linux release 7.9.2009 (Core)", "centos", 7, 9 },
		{ "Scientific Linux SL Release 3.0.9 (SL)", "scientific", 3, 9 },
		{ "Scientific Linux SL release 4.6 (Beryllium)", "scientific", 4, 6 },
		{ "Scientific Linux CERN SLC release 4.7 (Beryllium)", "scientific", 4,
		  7 },
		{ "Scientific Linux SL release 5.3 (Boron)", "scientific", 5, 3 },
		{ "SL release 5.3 (Boron)", "scientific", 5, 3 },
		{ "Scientific Linux release 6.5 (Carbon)", "scientific", 6, 5 },
		{ "Enterprise Linux Enterprise Linux AS release 4 (October Update 6)",
		  "oracle", 4, 6 },
		{ "Enterprise Linux Enterprise Linux Server release 5.1 (Carthage)",
		  "oracle", 5, 1 },
		{ "Oracle Linux Server release 5.8", "oracle", 5, 8 },
		{ "Red Hat Enterprise Linux AS release 4 (Nahant Update 4294967302)",
		  "redhat", 4, -1 },
		{ "CentOS release 5.20071203", "centos", 5, -1 },
	};
	static const char *const others[] = {
		"",
		"release 5.1",
		"Debian GNU/Linux 12",
		"White Box Enterprise Linux release 3.0 (Liberation)",
		"CentOS",
		"CentOS release",
		"CentOS release Final",
		"CentOS release -5",
		"CentOS release 99999999999999999999",
		"Not CentOS release 5.1 (Final)",
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(distro_freep) struct distro *d = calloc(1, sizeof(*d));
		bool good = distro_parse_redhat(rows[i].line, d);

		if (!ok(good && d->major == rows[i].major && d->minor == rows[i].minor &&
				streq(d->vendor, rows[i].vendor) &&
				streq(d->family, "rhel") && streq(d->name, rows[i].line),
			"%s", rows[i].line))
			printf("# got %s %d.%d\n", d->vendor ?: "none", d->major,
			       d->minor);
	}
	for (size_t i = 0; i < ELEMENTSOF(others); i++) {
		_cleanup_(distro_freep) struct distro *d = calloc(1, sizeof(*d));

		ok(!distro_parse_redhat(others[i], d) && !d->name && !d->family,
		   "no release line of ours: '%s'", others[i]);
	}
}

/* Lines that are known, of what is not RHEL. */
static void test_other_families(void)
{
	static const struct {
		const char *line, *family;
		int major;
	} rows[] = {
		{ "Red Hat Linux release 9 (Shrike)", "rhl", 9 },
		{ "Red Hat Linux release 7.3 (Valhalla)", "rhl", 7 },
		{ "Fedora Core release 6 (Zod)", "fedora", 6 },
		{ "Fedora release 8 (Werewolf)", "fedora", 8 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(distro_freep) struct distro *d = calloc(1, sizeof(*d));

		ok(distro_parse_redhat(rows[i].line, d) && d->major == rows[i].major &&
			   streq(d->family, rows[i].family),
		   "%s is %s", rows[i].line, rows[i].family);
	}
}

static struct distro *read_distro(struct tree *t, const struct rpmdb *db)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct distro *d = NULL;

	if (distro_read(t->root, db, &d, &e) < 0)
		printf("# %s\n", err_text(&e));
	return d;
}

static struct pkg package(const char *name, const char *version, const char *release)
{
	return (struct pkg){ .name = (char *)name,
			     .version = (char *)version,
			     .release = (char *)release };
}

struct expect {
	const char *line;		      /* of redhat-release; NULL: no such file */
	const char *name, *version, *release; /* of the release package */
	const char *vendor;
	int major, minor;
	bool disagrees;
};

static void check_package(const struct expect *x)
{
	struct pkg pkgs[] = {
		package("centos-release-scl", "2", "3"),
		package("redhat-release-notes", "4AS", "1"),
		package(x->name, x->version, x->release),
	};
	struct rpmdb db = { .state = RPMDB_OK, .pkgs = pkgs, .n = ELEMENTSOF(pkgs) };
	_cleanup_free_ char *nvr = strf("%s-%s-%s", x->name, x->version, x->release);
	_cleanup_(distro_freep) struct distro *d = NULL;
	struct tree t;

	tree_init(&t);
	if (x->line)
		tree_put(&t, "/etc/redhat-release", x->line);
	d = read_distro(&t, &db);
	if (!ok(d && streq(d->package, nvr) && streq(d->vendor, x->vendor) &&
			d->major == x->major && d->minor == x->minor &&
			!!d->disagreement == x->disagrees,
		"%s with %s", x->line ?: "no file", nvr) &&
	    d)
		printf("# %s %s %d.%d %s\n", d->package ?: "-", d->vendor ?: "-",
		       d->major, d->minor, d->disagreement ?: "agree");
	tree_done(&t);
}

#define RHEL5(n) "Red Hat Enterprise Linux Server release 5" n " (Tikanga)"
#define RHEL4(n) "Red Hat Enterprise Linux AS release 4 (Nahant" n ")"

static void test_packages(void)
{
	static const struct expect rows[] = {
		{ RHEL5(".1"), "redhat-release", "5Server", "5.1.0.2", "redhat", 5, 1,
		  false },
		{ RHEL5(""), "redhat-release", "5Server", "5.0.0.9", "redhat", 5, 0,
		  false },
		{ RHEL5(".1"), "redhat-release", "5Server", "5.3.0.3", "redhat", 5, 1,
		  true },
		{ RHEL4(" Update 6"), "redhat-release", "4AS", "7", "redhat", 4, 6,
		  false },
		{ RHEL4(" Update 7"), "redhat-release", "4ES", "8.0.el4_7.4", "redhat", 4,
		  7, false },
		{ RHEL4(" Update 1"), "redhat-release", "4AS", "2.4", "redhat", 4, 1,
		  false },
		{ RHEL4(" Update 3"), "redhat-release", "4AS", "4.1", "redhat", 4, 3,
		  false },
		{ RHEL4(" Update 6"), "redhat-release", "4AS", "9", "redhat", 4, 6,
		  true },
		{ RHEL5(".1"), "redhat-release", "4AS", "7", "redhat", 5, 1, true },
		{ "Red Hat Enterprise Linux ES release 3 (Taroon Update 9)",
		  "redhat-release", "3ES", "13.9.10", "redhat", 3, 9, false },
		{ "Red Hat Linux release 9 (Shrike)", "redhat-release", "9", "3",
		  "redhat", 9, -1, false },
		{ "CentOS release 5 (Final)", "centos-release", "5", "1.0.el5.centos.1",
		  "centos", 5, 1, false },
		{ "CentOS release 5.11 (Final)", "centos-release", "5", "11.el5.centos",
		  "centos", 5, 11, false },
		{ "CentOS release 4.4 (Final)", "centos-release", "4", "4.3", "centos", 4,
		  4, false },
		{ "Scientific Linux SL Release 3.0.9 (SL)", "sl-release", "3.0.9", "1",
		  "scientific", 3, 9, false },
		{ "Scientific Linux SL release 5.3 (Boron)", "sl-release", "5.3", "3",
		  "scientific", 5, 3, false },
		/* Oracle 5 writes Red Hat's line */
		{ RHEL5(".11"), "enterprise-release", "5", "11.0.3", "oracle", 5, 11,
		  false },
		{ RHEL5(".5"), "enterprise-release", "5", "0.0.22", "oracle", 5, 5,
		  false },
		{ "Oracle Linux Server release 5.8", "oraclelinux-release", "5", "8.0.2",
		  "oracle", 5, 8, false },
		{ "Fedora release 8 (Werewolf)", "redhat-release", "8.1", "1", "fedora",
		  8, 1, true },
		{ NULL, "redhat-release", "5Client", "5.2.0.4", "redhat", 5, 2, false },
		{ "Our Company Linux", "centos-release", "5", "8.el5", "centos", 5, 8,
		  false },
		{ NULL, "redhat-release", "Everything", "", "redhat", -1, -1, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		check_package(&rows[i]);
}

/* The package of the vendor that the file names, wherever it stands. */
static void test_two_packages(void)
{
	struct pkg pkgs[] = {
		package("oraclelinux-release", "5", "8.0.2"),
		package("redhat-release", "5Server", "5.7.0.3"),
	};
	struct rpmdb db = { .state = RPMDB_OK, .pkgs = pkgs, .n = ELEMENTSOF(pkgs) };
	_cleanup_(distro_freep) struct distro *d = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "/etc/redhat-release", RHEL5(".7") "\n");
	d = read_distro(&t, &db);
	ok(d && streq(d->vendor, "redhat") && !d->disagreement,
	   "a stray package of another vendor is no disagreement");
	is(d ? d->package : NULL, "redhat-release-5Server-5.7.0.3",
	   "the package is that of the file's vendor");
	tree_done(&t);
}

static void test_os_release(void)
{
	static const struct {
		const char *text, *family, *vendor, *name;
		int major, minor;
	} rows[] = {
		{ "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"
		  "VERSION_ID=\"12\"\n",
		  "debian", "debian", "Debian GNU/Linux 12 (bookworm)", 12, -1 },
		{ "ID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n", "rhel",
		  "redhat", "rhel", 9, 4 },
		{ "ID='ol'\nVERSION_ID='8.10'\n", "rhel", "oracle", "ol", 8, 10 },
		{ "ID=amzn\nID_LIKE=\"centos rhel fedora\"\nVERSION_ID=\"2\"\n", "amzn",
		  "amzn", "amzn", 2, -1 },
		{ "ID=amzn\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"2018.03\"\n", "amzn",
		  "amzn", "amzn", -1, -1 },
		{ "VARIANT_ID=x\nID=fedora\nVERSION_ID=40", "fedora", "fedora", "fedora",
		  40, -1 },
		{ "ID=\"sled\"\nVERSION_ID=\"15.5\"\n", "sles", "sled", "sled", 15, 5 },
		{ "ID=debian\nVERSION_CODENAME=trixie\n", "debian", "debian", "debian",
		  13, -1 },
		{ "ID=debian\nVERSION_CODENAME=trixie\nVERSION_ID=12\n", "debian",
		  "debian", "debian", 12, -1 },
		{ "ID=debian\nVERSION_CODENAME=zurg\n", "debian", "debian", "debian", -1,
		  -1 },
		{ "ID=other\nVERSION_CODENAME=trixie\n", "other", "other", "other", -1,
		  -1 },
		{ "NAME=nothing\nID=\n", "unknown", NULL, "unknown", -1, -1 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(distro_freep) struct distro *d = NULL;
		struct tree t;

		tree_init(&t);
		tree_put(&t, "/usr/lib/os-release", rows[i].text);
		tree_mkdir(&t, "/etc");
		tree_link(&t, "/etc/os-release", "../usr/lib/os-release");
		d = read_distro(&t, NULL);
		if (!ok(d && streq(d->family, rows[i].family) &&
				streq(d->vendor, rows[i].vendor) &&
				d->major == rows[i].major && d->minor == rows[i].minor,
			"os-release of %s", rows[i].name) &&
		    d)
			printf("# %s %s %d.%d\n", d->family, d->vendor ?: "-", d->major,
			       d->minor);
		is(d ? d->name : NULL, rows[i].name, "its name");
		tree_done(&t);
	}
}

static void test_files(void)
{
	_cleanup_(distro_freep) struct distro *d = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "/etc/redhat-release", "  CentOS release 5.11 (Final) \t\r\nmore\n");
	tree_put(&t, "/etc/os-release", "ID=debian\nVERSION_ID=12\n");
	d = read_distro(&t, NULL);
	is(d ? d->name : NULL, "CentOS release 5.11 (Final)", "the line is trimmed");
	is(d ? d->source : NULL, "/etc/redhat-release", "redhat-release comes first");
	ok(d && !d->package && !d->disagreement, "without a database nothing differs");
	tree_done(&t);
}

static void bad_file(const char *what, void (*make)(struct tree *t, const char *path),
		     int code)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct distro *d = NULL;
	struct tree t;
	int k;

	tree_init(&t);
	make(&t, "/etc/redhat-release");
	k = distro_read(t.root, NULL, &d, &e);
	if (!ok(k == code && !d && strstr(err_text(&e), "/etc/redhat-release"),
		"%s: one error that names the file", what))
		printf("# %d %s\n", k, err_text(&e));
	tree_done(&t);
}

static void make_fifo(struct tree *t, const char *path)
{
	_cleanup_free_ char *name = tree_name(t, path);

	if (mkfifo(name, 0644) < 0)
		abort();
}

static void make_sparse(struct tree *t, const char *path)
{
	_cleanup_free_ char *name = NULL;

	tree_put(t, path, "CentOS release 5.11 (Final)\n");
	name = root_name(t->root, path);
	if (truncate(name, (off_t)1 << 40) < 0)
		abort();
}

static void make_loop(struct tree *t, const char *path)
{
	tree_link(t, path, "redhat-release");
}

int main(void)
{
	test_lines();
	test_other_families();
	test_packages();
	test_two_packages();
	test_os_release();
	test_files();
	bad_file("a FIFO", make_fifo, -EINVAL);
	bad_file("a folder", tree_mkdir, -EINVAL);
	bad_file("1 TiB", make_sparse, -EFBIG);
	bad_file("a link to itself", make_loop, -ELOOP);
	return tap_done();
}
