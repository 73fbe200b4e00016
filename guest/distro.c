/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/distro.h"

/* A release file is one line; os-release a few dozen. */
#define RELEASE_MAX (64u * 1024)

/* How each vendor's redhat-release line begins, the longer ones first. Red Hat Linux (6.2
 * to 9) is a family of its own: its 9 is not RHEL's. */
static const struct vendor {
	const char *prefix;
	const char *vendor;
	const char *family;
} vendors[] = {
	{ "Red Hat Enterprise Linux", "redhat", "rhel" },
	{ "Red Hat Linux Advanced", "redhat", "rhel" }, /* Server, Workstation: 2.1 */
	{ "Red Hat Desktop", "redhat", "rhel" },	/* 3 and 4 */
	{ "Red Hat Linux", "redhat", "rhl" },
	{ "CentOS", "centos", "rhel" },
	{ "Scientific Linux", "scientific", "rhel" },
	{ "SL release", "scientific", "rhel" },
	{ "Oracle Linux", "oracle", "rhel" },
	{ "Enterprise Linux", "oracle",
	  "rhel" }, /* "Enterprise Linux Enterprise Linux" */
	{ "AlmaLinux", "almalinux", "rhel" },
	{ "Rocky Linux", "rocky", "rhel" },
	{ "Fedora", "fedora", "fedora" },
};

/* Whole names: centos-release-scl, redhat-release-notes and their like say nothing of the
 * release. Red Hat's come last, since some rebuilds ship one beside their own. */
static const struct release_package {
	const char *name;
	const char *vendor;
} release_packages[] = {
	{ "centos-release", "centos" },
	{ "centos-linux-release", "centos" },
	{ "centos-stream-release", "centos" },
	{ "sl-release", "scientific" },
	{ "slc-release", "scientific" },
	{ "oraclelinux-release", "oracle" },
	{ "enterprise-release", "oracle" },
	{ "almalinux-release", "almalinux" },
	{ "rocky-release", "rocky" },
	{ "fedora-release", "fedora" },
	{ "redhat-release", "redhat" },
	{ "redhat-release-as", "redhat" },
	{ "redhat-release-es", "redhat" },
	{ "redhat-release-ws", "redhat" },
	{ "redhat-release-server", "redhat" },
	{ "redhat-release-client", "redhat" },
	{ "redhat-release-workstation", "redhat" },
	{ "redhat-release-computenode", "redhat" },
};

/* IDs of os-release that number their releases as RHEL, or SLES, does. ID_LIKE does not
 * tell: Amazon Linux 2 is like RHEL, and no RHEL 2. */
static const struct vendor ids[] = {
	{ "rhel", "redhat", "rhel" },
	{ "centos", "centos", "rhel" },
	{ "scientific", "scientific", "rhel" },
	{ "ol", "oracle", "rhel" },
	{ "almalinux", "almalinux", "rhel" },
	{ "rocky", "rocky", "rhel" },
	{ "eurolinux", "eurolinux", "rhel" },
	{ "cloudlinux", "cloudlinux", "rhel" },
	{ "sled", "sled", "sles" },
	{ "sles_sap", "sles_sap", "sles" },
	{ "sle_hpc", "sle_hpc", "sles" },
};

/* Debian's testing and unstable have no VERSION_ID: both are called as the next release
 * will be. */
static const struct {
	const char *id, *codename;
	int major;
} codenames[] = {
	{ "debian", "buster", 10 },   { "debian", "bullseye", 11 },
	{ "debian", "bookworm", 12 }, { "debian", "trixie", 13 },
	{ "debian", "forky", 14 },    { "debian", "duke", 15 },
};

void distro_free(struct distro *d)
{
	if (!d)
		return;
	free(d->name);
	free(d->family);
	free(d->vendor);
	free(d->source);
	free(d->package);
	free(d->disagreement);
	free(d);
}

static const struct vendor *vendor_of(const char *line)
{
	for (size_t i = 0; i < ELEMENTSOF(vendors); i++)
		if (startswith(line, vendors[i].prefix))
			return &vendors[i];
	return NULL;
}

/* A number of at most three digits, or -1; *p moves behind it. */
static int number(const char **p)
{
	char *end;
	long n;

	if (!isdigit((unsigned char)**p))
		return -1;
	n = strtol(*p, &end, 10);
	*p = end;
	return n > 999 ? -1 : (int)n;
}

/* "5.11 (Final)": 5, 11; "4AS": 4, -1; "3.0.9", as Scientific Linux 3 has it: 3, 9. */
static bool parse_numbers(const char *p, int *major, int *minor)
{
	p += strspn(p, " \t");
	*minor = -1;
	*major = number(&p);
	if (*major < 0)
		return false;
	if (*p++ != '.')
		return true;
	*minor = number(&p);
	if (*major == 3 && *minor == 0 && *p++ == '.' && isdigit((unsigned char)*p))
		*minor = number(&p);
	return true;
}

/* "Nahant Update 6": RHEL 3 and 4, and rebuilds of theirs. */
static int parse_update(const char *line)
{
	const char *p = strstr(line, "Update ");

	if (!p)
		return -1;
	p += strlen("Update ");
	return number(&p);
}

bool distro_parse_redhat(const char *line, struct distro *d)
{
	const struct vendor *v = vendor_of(line);
	const char *release = strcasestr(line, "release "); /* SL 3: "Release" */
	int major = -1;
	int minor = -1;

	if (!v || !release ||
	    !parse_numbers(release + strlen("release "), &major, &minor))
		return false;
	if (minor < 0)
		minor = parse_update(line);
	/* "release 4 (Nahant)" is the first release of 4; CentOS's plain "release 4" is
	 * not. */
	if (minor < 0 && !strstr(line, "Update") && streq(v->vendor, "redhat") &&
	    streq(v->family, "rhel") && major >= 3 && major <= 5)
		minor = 0;
	if (str_set(&d->name, line) < 0 || str_set(&d->vendor, v->vendor) < 0 ||
	    str_set(&d->family, v->family) < 0)
		return false;
	d->major = major;
	d->minor = minor;
	return true;
}

/* First line of a file, trimmed: 1, 0 no such file (or an empty one). */
static int first_line(const struct root *r, const char *path, char **ret, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int k = root_read(r, path, RELEASE_MAX, &text, NULL, e);

	if (k == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (k < 0)
		return k;
	len = strcspn(text, "\r\n");
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (!len)
		return 0;
	*ret = strndup(text + strspn(text, " \t"), len - strspn(text, " \t"));
	return *ret ? 1 : err_nomem(e);
}

static int read_release_file(const struct root *r, struct distro *d, struct err *e)
{
	static const char *const files[] = { "/etc/redhat-release",
					     "/etc/enterprise-release",
					     "/etc/centos-release",
					     "/etc/oracle-release" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *line = NULL;
		int k = first_line(r, files[i], &line, e);

		if (k < 0)
			return k;
		if (!k)
			continue;
		if (distro_parse_redhat(line, d))
			return str_set(&d->source, files[i]) < 0 ? err_nomem(e) : 1;
		if (!d->name &&
		    (str_set(&d->name, line) < 0 || str_set(&d->source, files[i]) < 0))
			return err_nomem(e);
	}
	return 0;
}

/* KEY=value or KEY="value" of os-release; the caller frees. */
static char *os_release_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; *p; p = line_next(p)) {
		const char *v = p + n + 1;
		char quote;

		if (strncmp(p, key, n) || p[n] != '=')
			continue;
		quote = *v == '"' || *v == '\'' ? *v : '\0';
		if (quote)
			return strndup(v + 1,
				       strcspn(v + 1, quote == '"' ? "\"\n" : "'\n"));
		return strndup(v, strcspn(v, "\r\n"));
	}
	return NULL;
}

static int major_of_codename(const char *id, const char *codename)
{
	for (size_t i = 0; codename && i < ELEMENTSOF(codenames); i++)
		if (streq(codenames[i].id, id) && streq(codenames[i].codename, codename))
			return codenames[i].major;
	return -1;
}

static int read_os_release(const struct root *r, struct distro *d, struct err *e)
{
	static const char *const files[] = { "/etc/os-release", "/usr/lib/os-release" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *id = NULL;
		const struct vendor *v = NULL;
		_cleanup_free_ char *name = NULL;
		_cleanup_free_ char *version = NULL;
		_cleanup_free_ char *codename = NULL;
		int k = root_read(r, files[i], RELEASE_MAX, &text, NULL, e);

		if (k == -ENOENT) {
			err_done(e);
			continue;
		}
		if (k < 0)
			return k;
		id = os_release_value(text, "ID");
		name = os_release_value(text, "PRETTY_NAME");
		version = os_release_value(text, "VERSION_ID");
		if (!id || !id[0])
			continue;
		for (size_t j = 0; j < ELEMENTSOF(ids); j++)
			if (streq(ids[j].prefix, id))
				v = &ids[j];
		if (str_set(&d->name, name && name[0] ? name : id) < 0 ||
		    str_set(&d->vendor, v ? v->vendor : id) < 0 ||
		    str_set(&d->family, v ? v->family : id) < 0 ||
		    str_set(&d->source, files[i]) < 0)
			return err_nomem(e);
		codename = os_release_value(text, "VERSION_CODENAME");
		if (version)
			parse_numbers(version, &d->major, &d->minor);
		else
			d->major = major_of_codename(id, codename);
		return 1;
	}
	return 0;
}

/* The update level that a release package tells; -1 where it does not. */
static int package_minor(const char *vendor, int major, const char *release)
{
	int first = number(&release);
	int second = *release++ == '.' ? number(&release) : -1;

	if (streq(vendor, "redhat") && major >= 5) /* 5Server-5.1.0.2 */
		return first == major ? second : -1;
	/* 4AS-3 is Update 2, 4AS-4.1 Update 3, 4AS-9 Update 8; 4AS-2 and 4AS-2.4 differ
	 * in the update: left alone, as all of RHEL 3 is. */
	if (streq(vendor, "redhat") && major == 4)
		return first >= 3 ? first - 1 : -1;
	if (streq(vendor, "centos") && major >= 4 && major <= 7) /* 5-11.el5.centos */
		return first;
	/* 5-11.0.3 is 5.11; 5-0.0.22 was never brought up to date. */
	if (streq(vendor, "oracle") && (major == 5 || major == 6))
		return first > 0 ? first : -1;
	return -1;
}

static void package_numbers(const char *vendor, const struct pkg *p, int *major,
			    int *minor)
{
	parse_numbers(p->version, major, minor);
	if (*minor < 0)
		*minor = package_minor(vendor, *major, p->release);
}

/* The release package of the vendor that the file names, else of any. */
static const struct pkg *release_package(const struct rpmdb *db, const char *vendor,
					 const char **ret_vendor)
{
	const struct pkg *found = NULL;

	for (size_t i = 0; i < ELEMENTSOF(release_packages); i++) {
		const struct release_package *want = &release_packages[i];
		const struct pkg *p = rpmdb_find(db, want->name, NULL);

		if (!p || (found && !streq(want->vendor, vendor)))
			continue;
		found = p;
		*ret_vendor = want->vendor;
		if (streq(want->vendor, vendor))
			break;
	}
	return found;
}

static const char *family_of(const char *vendor)
{
	for (size_t i = 0; i < ELEMENTSOF(vendors); i++)
		if (streq(vendors[i].vendor, vendor))
			return vendors[i].family;
	return "unknown";
}

/* The package says it alone: the files told nothing, or nothing that is known. */
static int take_package(struct distro *d, const char *vendor, int major, int minor,
			struct err *e)
{
	if (str_set(&d->family, family_of(vendor)) < 0 ||
	    str_set(&d->vendor, vendor) < 0 ||
	    str_set(&d->source, "the rpm database") < 0 ||
	    (streq(d->name, "unknown") && str_set(&d->name, d->package) < 0))
		return err_nomem(e);
	d->major = major;
	d->minor = minor;
	return 0;
}

/* The package fills in what no file told, or confirms it, or differs. */
static int cross_check(struct distro *d, const struct rpmdb *db, struct err *e)
{
	const char *vendor = NULL;
	const struct pkg *p = db ? release_package(db, d->vendor, &vendor) : NULL;
	bool same_vendor;
	int major;
	int minor;

	if (!p)
		return 0;
	package_numbers(vendor, p, &major, &minor);
	d->package = strf("%s-%s-%s", p->name, p->version, p->release);
	if (!d->package)
		return err_nomem(e);
	if (d->major < 0 || streq(d->family, "unknown"))
		return take_package(d, vendor, major, minor, e);
	if (d->minor < 0 && major == d->major)
		d->minor = minor;
	same_vendor = streq(vendor, d->vendor);
	if ((major < 0 || major == d->major) && (minor < 0 || minor == d->minor) &&
	    (same_vendor || streq(family_of(vendor), d->family))) {
		/* Oracle's 5 writes Red Hat's line into redhat-release. */
		return same_vendor || str_set(&d->vendor, vendor) == 0 ? 0 : err_nomem(e);
	}
	d->disagreement = strf("%s says \"%s\", but the release package is %s", d->source,
			       d->name, d->package);
	return d->disagreement ? 0 : err_nomem(e);
}

int distro_read(const struct root *r, const struct rpmdb *db, struct distro **ret,
		struct err *e)
{
	_cleanup_(distro_freep) struct distro *d = calloc(1, sizeof(*d));
	int k;

	if (!d)
		return err_nomem(e);
	d->major = -1;
	d->minor = -1;
	k = read_release_file(r, d, e);
	if (k == 0)
		k = read_os_release(r, d, e);
	if (k < 0)
		return k;
	if ((!d->name && str_set(&d->name, "unknown") < 0) ||
	    (!d->family && str_set(&d->family, "unknown") < 0))
		return err_nomem(e);
	k = cross_check(d, db, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(d);
	return 0;
}
