/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "guest/distro.h"

/* How each vendor's redhat-release line begins, the longer ones first; family NULL: the
 * vendor has a release line, and is no rebuild of RHEL. */
static const struct vendor {
	const char *prefix;
	const char *vendor;
	const char *family;
	const char *packages[4]; /* release packages, by prefix */
} vendors[] = {
	{ "Red Hat Enterprise Linux", "redhat", "rhel", { "redhat-release" } },
	{ "Red Hat Linux Advanced Server", "redhat", "rhel", { "redhat-release" } },
	{ "CentOS", "centos", "rhel", { "centos-release" } },
	{ "Scientific Linux", "scientific", "rhel", { "sl-release" } },
	{ "Oracle Linux",
	  "oracle",
	  "rhel",
	  { "oraclelinux-release", "enterprise-release" } },
	{ "Enterprise Linux Enterprise Linux",
	  "oracle",
	  "rhel",
	  { "enterprise-release" } },
	{ "Enterprise Linux", "oracle", "rhel", { "enterprise-release" } },
	{ "AlmaLinux", "almalinux", "rhel", { "almalinux-release" } },
	{ "Rocky Linux", "rocky", "rhel", { "rocky-release" } },
	{ "Fedora", "fedora", "fedora", { "fedora-release" } },
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

static int set(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static const struct vendor *vendor_of(const char *line)
{
	for (size_t i = 0; i < ELEMENTSOF(vendors); i++)
		if (startswith(line, vendors[i].prefix))
			return &vendors[i];
	return NULL;
}

/* "5.11 (Final)": 5, 11. Update levels of one or two digits: more is a date or a build.
 */
static bool parse_numbers(const char *p, int *major, int *minor)
{
	char *end;
	long n;

	p += strspn(p, " \t");
	if (!isdigit((unsigned char)*p))
		return false;
	n = strtol(p, &end, 10);
	if (n < 0 || n > 999)
		return false;
	*major = (int)n;
	if (*end == '.' && isdigit((unsigned char)end[1])) {
		n = strtol(end + 1, NULL, 10);
		*minor = n <= 99 ? (int)n : -1;
	}
	return true;
}

/* "Nahant Update 6", and CentOS 3's and Taroon's like. RHEL 3 and 4 with no update named
 * are the first release. */
static int parse_update(const char *line)
{
	const char *p = strstr(line, "Update ");

	if (!p || !isdigit((unsigned char)p[7]))
		return -1;
	p += strlen("Update ");
	return (int)strtol(p, NULL, 10) % 1000;
}

bool distro_parse_redhat(const char *line, struct distro *d)
{
	const struct vendor *v = vendor_of(line);
	const char *release = strstr(line, "release ");
	int major = -1;
	int minor = -1;

	if (!v || !release ||
	    !parse_numbers(release + strlen("release "), &major, &minor))
		return false;
	if (minor < 0)
		minor = parse_update(line);
	/* "release 4 (Nahant)" is the first release of 4; CentOS's plain "release 4" is
	 * not. */
	if (minor < 0 && streq(v->vendor, "redhat") && major >= 3 && major <= 5)
		minor = 0;
	if (set(&d->name, line) < 0 || set(&d->vendor, v->vendor) < 0 ||
	    set(&d->family, v->family) < 0)
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
	int k = root_read(r, path, ROOT_TEXT_MAX, &text, NULL, e);

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
			return set(&d->source, files[i]) < 0 ? err_nomem(e) : 1;
		if (!d->name &&
		    (set(&d->name, line) < 0 || set(&d->source, files[i]) < 0))
			return err_nomem(e);
	}
	return 0;
}

/* KEY=value or KEY="value" of os-release; the caller frees. */
static char *os_release_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
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

static const char *family_of(const char *id, const char *like)
{
	static const char *const rhel[] = { "rhel",	 "centos", "ol",
					    "almalinux", "rocky",  "scientific" };

	for (size_t i = 0; i < ELEMENTSOF(rhel); i++)
		if (streq(id, rhel[i]))
			return "rhel";
	if (like && (strstr(like, "rhel") || strstr(like, "centos")) &&
	    !streq(id, "fedora"))
		return "rhel";
	return id;
}

static int read_os_release(const struct root *r, struct distro *d, struct err *e)
{
	static const char *const files[] = { "/etc/os-release", "/usr/lib/os-release" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *id = NULL;
		_cleanup_free_ char *like = NULL;
		_cleanup_free_ char *name = NULL;
		_cleanup_free_ char *version = NULL;
		int k = root_read(r, files[i], ROOT_TEXT_MAX, &text, NULL, e);

		if (k == -ENOENT) {
			err_done(e);
			continue;
		}
		if (k < 0)
			return k;
		id = os_release_value(text, "ID");
		like = os_release_value(text, "ID_LIKE");
		name = os_release_value(text, "PRETTY_NAME");
		version = os_release_value(text, "VERSION_ID");
		if (!id || !id[0])
			continue;
		if (set(&d->name, name && name[0] ? name : id) < 0 ||
		    set(&d->vendor, id) < 0 || set(&d->family, family_of(id, like)) < 0 ||
		    set(&d->source, files[i]) < 0)
			return err_nomem(e);
		if (version)
			parse_numbers(version, &d->major, &d->minor);
		return 1;
	}
	return 0;
}

/* Versions of release packages: "5Server" 5.1.0.2, "4AS" 7 (update 6 and an unnumbered
 * rest), "5" 11.el5.centos, "6" 5.el6: the update level where it is told, -1 where not.
 */
static void package_numbers(const struct vendor *v, const struct pkg *p, int *major,
			    int *minor)
{
	char *end;
	long n = strtol(p->version, &end, 10);

	*major = end == p->version ? -1 : (int)n;
	*minor = -1;
	if (*end == '.' && isdigit((unsigned char)end[1]))
		*minor = (int)strtol(end + 1, NULL, 10);
	else if (streq(v->vendor, "redhat") && *major == 5)
		parse_numbers(p->release, &(int){ 0 }, minor);
	else if (streq(v->vendor, "centos") && *major >= 5 && *major <= 7)
		*minor = (int)strtol(p->release, NULL, 10);
}

static const struct pkg *release_package(const struct rpmdb *db,
					 const struct vendor **ret)
{
	for (size_t i = 0; i < ELEMENTSOF(vendors); i++)
		for (size_t j = 0; j < ELEMENTSOF(vendors[i].packages); j++) {
			const char *want = vendors[i].packages[j];

			for (size_t n = 0; want && n < db->n; n++) {
				const char *name = db->pkgs[n].name;
				size_t len = strlen(want);

				/* "redhat-release-5Server" counts, "redhat-release-notes"
				 * does not. */
				if (startswith(name, want) &&
				    (!name[len] ||
				     (name[len] == '-' && !strstr(name, "notes")))) {
					*ret = &vendors[i];
					return &db->pkgs[n];
				}
			}
		}
	return NULL;
}

/* The package fills in what no file told, or confirms it, or differs. */
static int cross_check(struct distro *d, const struct rpmdb *db, struct err *e)
{
	const struct vendor *v = NULL;
	const struct pkg *p = db ? release_package(db, &v) : NULL;
	int major;
	int minor;

	if (!p)
		return 0;
	package_numbers(v, p, &major, &minor);
	d->package = strf("%s-%s-%s", p->name, p->version, p->release);
	if (!d->package)
		return err_nomem(e);
	if (d->major < 0 || streq(d->family, "unknown")) {
		if (set(&d->family, v->family) < 0 || set(&d->vendor, v->vendor) < 0 ||
		    set(&d->source, "the rpm database") < 0 ||
		    (streq(d->name, "unknown") && set(&d->name, d->package) < 0))
			return err_nomem(e);
		d->major = major;
		d->minor = minor;
		return 0;
	}
	if (d->minor < 0 && major == d->major)
		d->minor = minor;
	if ((major >= 0 && major != d->major) || (minor >= 0 && minor != d->minor)) {
		d->disagreement = strf("%s says %d.%d, but the package is %s", d->source,
				       d->major, d->minor, d->package);
		if (!d->disagreement)
			return err_nomem(e);
	}
	return 0;
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
	if ((!d->name && set(&d->name, "unknown") < 0) ||
	    (!d->family && set(&d->family, "unknown") < 0))
		return err_nomem(e);
	k = cross_check(d, db, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(d);
	return 0;
}
