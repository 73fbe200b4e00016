/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "checks/checks.h"
#include "cli/streams.h"
#include "cli/usage.h"
#include "drivers/policy.h"

static bool set_root(struct options *o, char *arg, char **why)
{
	if (!arg[0])
		*why = strf("--root wants a folder");
	o->root = arg;
	return !*why;
}

static bool set_host(struct options *o, char *arg, char **why)
{
	struct host h = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;

	if (host_parse(arg, &h, &e) < 0)
		*why = strf("%s", err_text(&e));
	free(h.evidence);
	o->host = arg;
	return !*why;
}

static bool set_kernel(struct options *o, char *arg, char **why)
{
	if (!arg[0] || strchr(arg, '/'))
		*why = strf(
			"--kernel wants a kernel release, 'default' or 'all', not '%s'",
			arg);
	o->kernel = arg;
	return !*why;
}

static bool add_bundle(struct options *o, char *arg, char **why)
{
	if (!arg[0])
		*why = strf("--bundle wants a folder or a package");
	else if (strv_add(&o->bundles, arg) < 0)
		*why = strf("out of memory");
	return !*why;
}

static bool set_policy(struct options *o, char *arg, char **why)
{
	if (!arg[0])
		*why = strf("--policy wants a file");
	o->policy = arg;
	return !*why;
}

static bool set_report(struct options *o, char *arg, char **why)
{
	if (!arg[0] || endswith(arg, "/"))
		*why = strf("--report wants a file, or '-' for standard output");
	o->report = arg;
	return !*why;
}

static bool add_force(struct options *o, char *arg, char **why)
{
	if (strv_add(&o->force, arg) < 0)
		*why = strf("out of memory");
	return !*why;
}

/* What a kernel calls a disk of its PV driver. */
static bool is_pv_disk_name(const char *s)
{
	return naming_is_plain(s) && startswith(s, "xvd") && s[3] && strlen(s) <= 5;
}

static bool add_rename(struct options *o, char *arg, char **why)
{
	char *eq = strchr(arg, '=');
	struct rename *r;

	if (eq)
		*eq = '\0';
	if (!eq || !naming_is_plain(arg) || !is_pv_disk_name(eq + 1) ||
	    streq(arg, eq + 1)) {
		if (eq)
			*eq = '=';
		*why = strf(
			"--rename wants OLD=NEW such as hdb=xvde, where NEW is an xvd "
			"name, not '%s'",
			arg);
		return false;
	}
	for (size_t i = 0; i < o->n_renames; i++)
		if (streq(o->renames[i].from, arg) || streq(o->renames[i].to, eq + 1)) {
			*why = strf("--rename names a disk twice: '%s=%s'", arg, eq + 1);
			return false;
		}
	if (vec_grow(&o->renames, o->n_renames, sizeof(*o->renames)) < 0) {
		*why = strf("out of memory");
		return false;
	}
	r = &o->renames[o->n_renames++];
	r->from = arg;
	r->to = eq + 1;
	return true;
}

static bool set_boot_disk(struct options *o, char *arg, char **why)
{
	o->boot_disk_pv = streq(arg, "pv");
	if (!o->boot_disk_pv && !streq(arg, "emulated"))
		*why = strf("--boot-disk wants 'pv' or 'emulated', not '%s'", arg);
	return !*why;
}

static bool set_guest(struct options *o, char *arg, char **why)
{
	size_t n;
	const struct generation *table = generation_table(&n);

	for (size_t i = 0; i < n; i++)
		if (streq(table[i].id, arg))
			o->guest = &table[i];
	if (!o->guest)
		*why = strf("--guest wants rhel5, debian or the like, not '%s'", arg);
	return !*why;
}

static bool add_keep(struct options *o, char *arg, char **why)
{
	if (strv_add(&o->keep, arg) < 0)
		*why = strf("out of memory");
	return !*why;
}

static bool set_suffix(struct options *o, char *arg, char **why)
{
	if (!arg[0] || strchr(arg, '/'))
		*why = strf("--suffix wants the end of a file's name, not '%s'", arg);
	o->suffix = arg;
	return !*why;
}

/* A day is more than any boot takes. */
static bool set_wait(struct options *o, char *arg, char **why)
{
	size_t n = strspn(arg, "0123456789");

	if (!n || n > 5 || arg[n])
		*why = strf("--wait wants seconds, not '%s'", arg);
	else
		o->wait = (unsigned int)strtoul(arg, NULL, 10);
	return !*why;
}

#define FLAG(field)                                                       \
	static bool set_##field(struct options *o, char *arg, char **why) \
	{                                                                 \
		o->field = true;                                          \
		return true;                                              \
	}
FLAG(json)
FLAG(verify_at_boot)
FLAG(at_boot)
FLAG(strict)
FLAG(quiet)
FLAG(verbose)
FLAG(dry_run)
FLAG(uninstall)
FLAG(recover)
FLAG(write)

static const struct option_row rows[] = {
	{ "root", 'r', "DIR", PROGRAM_GUEST, "work on the guest tree in DIR (default: /)",
	  set_root },
	{ "host", 0, "SPEC", PROGRAM_ALL,
	  "host's release and architecture: 5.1, 5.1/x86_64", set_host },
	{ "kernel", 'k', "RELEASE", PROGRAM_GUEST,
	  "one kernel, 'default', or 'all' but -xen ones (default)", set_kernel },
	{ "bundle", 'b', "PATH", PROGRAM_GUEST,
	  "drivers: a folder or a kmod-xenpv RPM; repeatable", add_bundle },
	{ "policy", 0, "FILE", PROGRAM_GUEST,
	  "what is asked of bundles (" POLICY_FILE ")", set_policy },
	{ "boot-disk", 0, "KIND", PROGRAM_CHECK | PROGRAM_INSTALL,
	  "'pv': the boot disk switches too; 'emulated' (default)", set_boot_disk },
	{ "dry-run", 'n', NULL, PROGRAM_INSTALL,
	  "print the plan with diffs, change nothing", set_dry_run },
	{ "rename", 0, "OLD=NEW", PROGRAM_INSTALL | PROGRAM_HOST,
	  "the host will call disk OLD NEW: hdb=xvdb; repeatable", add_rename },
	{ "force", 0, "ID", PROGRAM_INSTALL, "go on although check ID fails; repeatable",
	  add_force },
	{ "uninstall", 0, NULL, PROGRAM_INSTALL, "put back what the install changed",
	  set_uninstall },
	{ "recover", 0, NULL, PROGRAM_INSTALL, "finish or undo an interrupted run",
	  set_recover },
	{ "verify-at-boot", 0, NULL, PROGRAM_INSTALL,
	  "run xenpv-verify once, at the guest's next boot", set_verify_at_boot },
	{ "at-boot", 0, NULL, PROGRAM_VERIFY,
	  "what --verify-at-boot runs: leave the result in a file", set_at_boot },
	{ "wait", 'w', "SECONDS", PROGRAM_VERIFY,
	  "wait so long for devices that are not there yet", set_wait },
	{ "report", 0, "FILE", PROGRAM_VERIFY,
	  "write the report as a page for a browser; '-': print it", set_report },
	{ "guest", 0, "ID", PROGRAM_HOST,
	  "what the guest runs: rhel5 (the default), debian...", set_guest },
	{ "keep", 0, "DISK", PROGRAM_HOST,
	  "leave this disk as it is, as the boot disk; repeatable", add_keep },
	{ "write", 0, NULL, PROGRAM_HOST, "make the changes; the original is kept beside",
	  set_write },
	{ "suffix", 0, "TEXT", PROGRAM_HOST,
	  "what the original's name gets (default: .orig)", set_suffix },
	{ "json", 'j', NULL, PROGRAM_ALL, "one JSON document on standard output",
	  set_json },
	{ "strict", 0, NULL, PROGRAM_GUEST, "warnings and unknowns count as failures",
	  set_strict },
	{ "quiet", 'q', NULL, PROGRAM_ALL, "say only what is wrong", set_quiet },
	{ "verbose", 'v', NULL, PROGRAM_GUEST, "say also what is needed, and the source",
	  set_verbose },
	{ "help", 'h', NULL, PROGRAM_ALL, "print this help", NULL },
	{ "version", 'V', NULL, PROGRAM_ALL, "print the version", NULL },
	{ "list-options", 0, NULL, PROGRAM_ALL, NULL, NULL },
};

static bool refuse(enum program p, const char *why, int *ret_exit)
{
	if (why)
		fprintf(stderr, "%s: %s\n", program_name(p), why);
	fprintf(stderr, "Try '%s --help' for more information.\n", program_name(p));
	*ret_exit = EXIT_USAGE;
	return false;
}

/* What getopt_long() wants, for the options of this program; val is the row's number +
 * 256. */
static void build_getopt(enum program p, struct option *longs, char *shorts)
{
	size_t n = 0;
	char *s = shorts;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		if (!(rows[i].programs & p))
			continue;
		longs[n++] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].arg ? required_argument : no_argument,
			.val = (int)i + 256,
		};
		if (!rows[i].letter)
			continue;
		*s++ = rows[i].letter;
		if (rows[i].arg)
			*s++ = ':';
	}
	*s = '\0';
}

static const struct option_row *row_of(int c)
{
	if (c >= 256)
		return &rows[c - 256];
	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].letter == c)
			return &rows[i];
	return NULL;
}

static bool check_combination(const struct options *o, enum program p, int *ret_exit)
{
	_cleanup_free_ char *why = NULL;

	if (o->uninstall && o->recover)
		why = strf("--uninstall and --recover exclude each other");
	else if (o->recover && o->dry_run)
		why = strf("--recover has no dry run");
	else if ((o->uninstall || o->recover) &&
		 (o->n_renames || o->force.n || o->bundles.n || o->policy ||
		  o->verify_at_boot || o->boot_disk_pv || !streq(o->kernel, "all")))
		why = strf("--kernel, --bundle, --policy, --boot-disk, --rename, "
			   "--verify-at-boot and --force are for an install only");
	else if ((o->wait || o->at_boot) && !streq(o->root, "/"))
		why = strf(
			"--wait and --at-boot are for a running guest, not for --root");
	else if ((o->write || o->guest || o->keep.n) && !o->config)
		why = strf("a configuration is wanted: the file's name");
	else if (o->suffix && !o->write)
		why = strf("--suffix is for --write only");
	else if (o->json && streq(o->report, "-"))
		why = strf("--json and --report=- exclude each other");
	else if (o->quiet && o->verbose)
		why = strf("--quiet and --verbose exclude each other");
	for (size_t i = 0; !why && i < o->force.n; i++)
		if (!check_find(o->force.v[i]))
			why = strf("--force: there is no check called '%s'",
				   o->force.v[i]);
	return why ? refuse(p, why, ret_exit) : true;
}

bool options_parse(struct options *o, enum program p, int argc, char **argv,
		   int *ret_exit)
{
	struct option longs[ELEMENTSOF(rows) + 1] = { 0 };
	char shorts[2 * ELEMENTSOF(rows) + 1];
	int c;

	streams_open();
	*o = (struct options){ .program = p, .root = "/", .kernel = "all" };
	build_getopt(p, longs, shorts);
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *r = row_of(c);
		_cleanup_free_ char *why = NULL;

		if (!r) /* getopt has said why */
			return refuse(p, NULL, ret_exit);
		if (r->set && !r->set(o, optarg, &why))
			return refuse(p, why, ret_exit);
		if (r->set)
			continue;
		if (streq(r->name, "help"))
			usage_print(p, rows, ELEMENTSOF(rows));
		else if (streq(r->name, "list-options"))
			usage_list(p, rows, ELEMENTSOF(rows));
		else
			printf("%s %s\n", program_name(p), PACKAGE_VERSION);
		*ret_exit = EXIT_PASS;
		return false;
	}
	if (optind < argc && usage_operand(p))
		o->config = argv[optind++];
	if (optind < argc) {
		_cleanup_free_ char *why = strf("unexpected argument '%s'", argv[optind]);

		return refuse(p, why, ret_exit);
	}
	return check_combination(o, p, ret_exit);
}

void options_done(struct options *o)
{
	strv_done(&o->bundles);
	strv_done(&o->force);
	strv_done(&o->keep);
	free(o->renames);
}
