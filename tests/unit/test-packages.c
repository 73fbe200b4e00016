/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judgement on facts made by hand: what the guest is, and which packages it has. */
#include <stdlib.h>

#include "checks/checks.h"
#include "tests/unit/tap.h"

#define CONST_STR(s) ((char *)(uintptr_t)(s))

/* Guest, kernel and choice of one case; all strings are constants and never freed. */
struct fixture {
	struct pkg pkgs[4];
	struct rpmdb db;
	struct distro distro;
	struct kernel kernel;
	struct kernels kernels;
	struct bootcfg boot;
	struct guest g;
	struct choice choice;
	struct findings out;
};

static void setup(struct fixture *f, int major, int minor, enum choice_kind kind)
{
	*f = (struct fixture){
		.db = { .state = RPMDB_OK },
		.distro = { .name = CONST_STR("Guest"), .major = major, .minor = minor },
		.kernel = { .release = CONST_STR("R"),
			    .arch = ARCH_X86_64,
			    .variant = VARIANT_UP,
			    .is_default = true },
	};
	f->db.pkgs = f->pkgs;
	f->kernels.v = &f->kernel;
	f->kernels.n = 1;
	f->choice.kernel = &f->kernel;
	f->choice.kind = kind;
	f->g = (struct guest){
		.distro = &f->distro,
		.gen = generation_find("rhel", major),
		.db = &f->db,
		.boot = &f->boot,
		.kernels = &f->kernels,
	};
}

/* Put a package into the database; an epoch of -1 is none. */
static void install(struct fixture *f, const char *name, int64_t epoch,
		    const char *version, const char *release)
{
	f->pkgs[f->db.n++] = (struct pkg){
		.name = CONST_STR(name),
		.version = CONST_STR(version),
		.release = CONST_STR(release),
		.arch = CONST_STR("x86_64"),
		.epoch = epoch,
	};
}

static void run(struct fixture *f, const char *id)
{
	struct choices cs = { &f->choice, 1 };
	bool selected = true;
	struct facts facts = { .g = &f->g, .choices = &cs, .selected = &selected };
	const struct check *c = check_find(id);

	findings_done(&f->out);
	if (c->run(c, &facts, &f->out) < 0)
		abort();
}

/* Run a check: a finding of that status says so. */
static void judged(struct fixture *f, const char *id, enum status want, const char *says,
		   const char *what)
{
	bool said = false;

	run(f, id);
	ok(f->out.n > 0, "%s: judged", what);
	for (size_t i = 0; i < f->out.n; i++) {
		if (f->out.v[i].status != want)
			continue;
		said = said || strstr(f->out.v[i].seen, says);
	}
	if (!ok(said, "%s: %s, \"%s\"", what, status_name(want), says))
		for (size_t i = 0; i < f->out.n; i++)
			printf("#   %s: %s\n", status_name(f->out.v[i].status),
			       f->out.v[i].seen);
	findings_done(&f->out);
}

static size_t failures(struct fixture *f)
{
	size_t n = 0;

	run(f, "packages");
	for (size_t i = 0; i < f->out.n; i++)
		n += f->out.v[i].status == STATUS_FAIL;
	findings_done(&f->out);
	return n;
}

/* module-init-tools as rpm compares versions, not as strings or numbers compare. */
static void test_evr(void)
{
	static const struct {
		int64_t epoch;
		const char *version, *release;
		bool good;
	} rows[] = {
		{ -1, "3.1", "0.pre5.3.4.el4_6.1", true },
		{ -1, "3.1", "0.pre5.3.4", false },
		{ -1, "3.1", "0.pre5.3.4.el4", false },
		{ -1, "3.1", "0.pre5.3.4.el4_6.2", true },
		{ -1, "3.1", "0.pre5.3.4.el4_6.10", true },
		{ -1, "3.1", "0.pre5.3.10", true },
		{ -1, "3.1", "0.pre5.3", false },
		{ -1, "3.1", "1", true },
		{ -1, "3.0", "9", false },
		{ -1, "3.10", "0", true },
		{ 0, "3.1", "0.pre5.3.4.el4_6.1", true },
		{ 1, "3.0", "1", true },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *what = strf("module-init-tools %s-%s",
						 rows[i].version, rows[i].release);
		struct fixture f;

		setup(&f, 4, 6, CHOICE_BUNDLE);
		install(&f, "modversions", -1, "1", "1");
		install(&f, "module-init-tools", rows[i].epoch, rows[i].version,
			rows[i].release);
		is_int((long long)failures(&f), rows[i].good ? 0 : 1, what);
		judged(&f, "packages", rows[i].good ? STATUS_PASS : STATUS_FAIL,
		       rows[i].good ? "module-init-tools-" : "is too old", what);
	}
}

static void test_rhel4(void)
{
	struct fixture f;

	setup(&f, 4, 6, CHOICE_NONE);
	is_int((long long)failures(&f), 3, "RHEL 4.6 with nothing: three are missing");
	install(&f, "kmod-xenpv-smp", -1, "0.1", "9");
	install(&f, "modversions", -1, "1", "1");
	install(&f, "modules-init-tools", -1, "3.1", "0.pre5.3.4.el4_6.1");
	is_int((long long)failures(&f), 0, "a variant's kmod, the documented spelling");
	f.pkgs[0].name = CONST_STR("kmod-xenpvx");
	is_int((long long)failures(&f), 1, "another package whose name begins so");
	f.choice.kind = CHOICE_COMPATIBLE;
	is_int((long long)failures(&f), 0, "a bundle stands in for it");

	setup(&f, 4, 6, CHOICE_BUNDLE);
	is_int((long long)failures(&f), 2, "a bundle stands in for kmod-xenpv alone");
	judged(&f, "packages", STATUS_FAIL, "modversions is not installed",
	       "modversions");
	setup(&f, 4, 7, CHOICE_BUNDLE);
	is_int((long long)failures(&f), 1, "4.7 has tools that are new enough");
	setup(&f, 4, -1, CHOICE_BUNDLE);
	is_int((long long)failures(&f), 2, "an unknown update has not");
	setup(&f, 4, 8, CHOICE_IN_KERNEL);
	is_int((long long)failures(&f), 0, "drivers in the kernel satisfy all");

	setup(&f, 4, 6, CHOICE_BUNDLE);
	install(&f, "modversions", -1, "1", "1");
	install(&f, "module-init-tools", -1, "3.1", "0.pre5.3");
	install(&f, "module-init-tools", -1, "3.1", "0.pre5.3.4.el4_6.1");
	is_int((long long)failures(&f), 0, "the newest of two counts");
}

static void test_others(void)
{
	struct fixture f;

	setup(&f, 5, 1, CHOICE_NONE);
	judged(&f, "packages", STATUS_FAIL, "kmod-xenpv is not installed", "RHEL 5");
	install(&f, "kmod-xenpv-PAE", -1, "0.1", "9.el5");
	judged(&f, "packages", STATUS_PASS, "kmod-xenpv-PAE-0.1-9.el5", "RHEL 5, PAE");
	setup(&f, 5, 1, CHOICE_BUNDLE);
	judged(&f, "packages", STATUS_PASS, "at hand", "RHEL 5 with a bundle");
	setup(&f, 5, 3, CHOICE_IN_KERNEL);
	judged(&f, "packages", STATUS_PASS, "the kernels have the drivers", "RHEL 5.3");
	setup(&f, 3, 9, CHOICE_NONE);
	judged(&f, "packages", STATUS_FAIL, "kmod-xenpv is not installed", "RHEL 3");
	setup(&f, 8, 6, CHOICE_NONE);
	judged(&f, "packages", STATUS_SKIP, "R has no drivers",
	       "RHEL 8 without kernel-modules");
	setup(&f, 8, 6, CHOICE_BUNDLE);
	judged(&f, "packages", STATUS_PASS, "at hand", "RHEL 8 with a bundle");

	setup(&f, 5, 1, CHOICE_NONE);
	f.db.state = RPMDB_NONE;
	judged(&f, "packages", STATUS_UNKNOWN, "no rpm database", "no database");
	f.db.state = RPMDB_CORRUPT;
	f.db.problem = CONST_STR("/var/lib/rpm/Packages: damaged");
	judged(&f, "packages", STATUS_UNKNOWN, "Packages: damaged", "a corrupt database");

	setup(&f, 5, 1, CHOICE_NONE);
	f.g.gen = NULL;
	run(&f, "packages");
	is_int((long long)f.out.n, 0, "an unknown guest is not asked");
	findings_done(&f.out);
}

static void test_release(void)
{
	static const struct {
		int major, minor;
		const char *kernel;
		enum status want;
		const char *says;
	} rows[] = {
		{ 3, 8, "R", STATUS_FAIL, "(3.8)" },
		{ 3, 9, "R", STATUS_PASS, "(3.9)" },
		{ 4, 5, "R", STATUS_FAIL, "(4.5)" },
		{ 4, 6, "R", STATUS_PASS, "(4.6)" },
		{ 5, 0, "R", STATUS_FAIL, "(5.0)" },
		{ 5, 1, "R", STATUS_PASS, "(5.1)" },
		{ 5, 11, "R", STATUS_PASS, "(5.11)" },
		{ 5, -1, "2.6.18-53.1.4.el5", STATUS_WARN, "(5.1)" },
		{ 5, -1, "2.6.18-8.el5", STATUS_FAIL, "(5.0)" },
		{ 4, -1, "2.6.9-67.0.22.ELsmp", STATUS_WARN, "(4.6)" },
		{ 5, -1, "R", STATUS_UNKNOWN, "Guest" },
		{ 2, 1, "R", STATUS_FAIL, "Guest" },
	};
	struct fixture f;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *what = strf("%d.%d with kernel %s", rows[i].major,
						 rows[i].minor, rows[i].kernel);

		setup(&f, rows[i].major, rows[i].minor, CHOICE_NONE);
		f.kernel.release = CONST_STR(rows[i].kernel);
		judged(&f, "guest-release", rows[i].want, rows[i].says, what);
	}
	setup(&f, 5, 1, CHOICE_NONE);
	f.distro.disagreement = CONST_STR("file and package differ");
	judged(&f, "guest-release", STATUS_WARN, "(5.1)", "a disagreement warns");
	f.kernel.arch = ARCH_OTHER;
	judged(&f, "guest-arch", STATUS_FAIL, "other", "another architecture");
	f.kernel.arch = ARCH_UNKNOWN;
	judged(&f, "guest-arch", STATUS_UNKNOWN, "unknown", "an unknown one");
	f.kernels.n = 0;
	judged(&f, "guest-arch", STATUS_UNKNOWN, "no kernel", "no kernel at all");
}

int main(void)
{
	test_evr();
	test_rhel4();
	test_others();
	test_release();
	return tap_done();
}
