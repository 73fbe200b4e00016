/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "guest/rpmdb.h"
#include "guest/rpmdb_read.h"
#include "guest/version.h"
#include "lib/at.h"
#include "lib/bytes.h"

/* A database larger than this is refused; that of a full installation has 100 MiB. */
#define DB_MAX ((uint64_t)1 << 30)
#define HEAD   64

struct format {
	const char *name;
	const char *file;
	const char *companion; /* holds what is not yet in the file; may be absent */
	const char *backend;   /* rpm's name */
	const char *title;
	size_t magic_at;
	const char *magic, *magic_swapped;
	size_t magic_len;
};

/* Where several are left over from an update of rpm, the newest format is in use. */
static const struct format formats[] = {
	{ "sqlite", "rpmdb.sqlite", "rpmdb.sqlite-wal", "sqlite", "an sqlite database", 0,
	  "SQLite format 3", "SQLite format 3", 16 },
	{ "ndb", "Packages.db", NULL, "ndb", "an NDB database", 0, "RpmP", "RpmP", 4 },
	{ "bdb", "Packages", NULL, "bdb_ro", "a Berkeley DB hash", 12, "\x61\x15\x06\x00",
	  "\x00\x06\x15\x61", 4 },
};

static const char *const folders[] = { "/var/lib/rpm", "/usr/lib/sysimage/rpm" };

struct scratch {
	char *dir;
	int fd;
};

/* Removes what rpm may have added, too: the folder is ours and flat. */
static void scratch_done(struct scratch *s)
{
	_cleanup_closedir_ DIR *d = NULL;
	struct dirent *de;

	if (!s->dir)
		return;
	d = opendir(s->dir);
	while (d && (de = readdir(d)))
		at_unlink(dirfd(d), de->d_name);
	rmdir(s->dir);
	closep(&s->fd);
	free(s->dir);
}

static int scratch_new(struct scratch *s, struct err *e)
{
	const char *tmp = secure_getenv("TMPDIR");

	s->dir = strf("%s/xenpv-rpmdb.XXXXXX", tmp && *tmp ? tmp : "/var/tmp");
	if (!s->dir)
		return err_nomem(e);
	if (!mkdtemp(s->dir)) {
		int r = err_errno(e, errno, "cannot make a scratch folder %s", s->dir);

		free(TAKE_PTR(s->dir));
		return r;
	}
	s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		return err_errno(e, errno, "cannot open the scratch folder %s", s->dir);
	return 0;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Returns 0, or 1 with *e set when the guest's file is at fault, or a negative errno. */
static int copy_to_scratch(const struct scratch *s, int in, const char *name,
			   const char *path, struct err *e)
{
	_cleanup_free_ char *buf = malloc(65536);
	_cleanup_close_ int out = -1;
	uint64_t total = 0;

	if (!buf)
		return err_nomem(e);
	out = at_open(s->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (out < 0)
		return err_errno(e, errno, "cannot create %s/%s", s->dir, name);
	for (;;) {
		ssize_t n = pread(in, buf, 65536, (off_t)total);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(e, errno, "cannot read %s", path);
			return 1;
		}
		if (n == 0)
			return 0;
		total += (uint64_t)n;
		if (total > DB_MAX) {
			err_set(e, EFBIG, "%s is larger than 1 GiB", path);
			return 1;
		}
		r = write_all(out, buf, (size_t)n);
		if (r < 0)
			return err_errno(e, r, "cannot write the copy of %s to %s", path,
					 s->dir);
	}
}

/* --- the database ----------------------------------------------------------- */

/*
 * The size that page 0 of a Berkeley DB file promises (little endian on our guests):
 *
 *	 0 log sequence number	12 magic	20 page size	28 free list
 *	 8 page number		16 version	24 ...		32 last page
 */
static uint64_t bdb_promised(const uint8_t *head)
{
	return ((uint64_t)le32(head + 32) + 1) * le32(head + 20);
}

static void drop_packages(struct rpmdb *db)
{
	for (size_t i = 0; i < db->n; i++) {
		struct pkg *p = &db->pkgs[i];

		free(p->name);
		free(p->version);
		free(p->release);
		free(p->arch);
		strv_done(&p->files);
	}
	free(db->pkgs);
	db->pkgs = NULL;
	db->n = 0;
}

/* Takes the sentence; nothing is left of what was read: half a list would lie. */
static int set_problem(struct rpmdb *db, enum rpmdb_state state, char *sentence)
{
	drop_packages(db);
	db->state = state;
	db->problem = sentence;
	return sentence ? 0 : -ENOMEM;
}

static int scan_copy(struct rpmdb *db, const struct scratch *s, const struct format *f,
		     const char *path, const uint8_t *head, uint64_t size, struct err *e)
{
	_cleanup_free_ char *why = NULL;
	int r = rpmdb_scan(db, s->dir, f->backend, &why, e);

	if (r == -ENOSYS)
		return set_problem(
			db, RPMDB_UNSUPPORTED,
			strf("%s is not read: there is no rpm on this system", path));
	if (r < 0)
		return r;
	/* Where rpm is built without NDB, it finds nothing in it and says nothing. */
	if (streq(f->name, "ndb") && (r || db->n == 0))
		return set_problem(
			db, RPMDB_UNSUPPORTED,
			strf("%s is %s, which the rpm of this machine does not read",
			     path, f->title));
	if (r && streq(f->name, "bdb") && size < bdb_promised(head))
		return set_problem(db, RPMDB_CORRUPT,
				   strf("%s is cut short: it has %" PRIu64
					" bytes, its first page promises %" PRIu64,
					path, size, bdb_promised(head)));
	if (r)
		return set_problem(db, RPMDB_CORRUPT,
				   strf("%s is damaged: %s", path, why));
	db->state = RPMDB_OK;
	return 0;
}

static bool magic_fits(const struct format *f, const uint8_t *head)
{
	return !memcmp(head + f->magic_at, f->magic, f->magic_len) ||
	       !memcmp(head + f->magic_at, f->magic_swapped, f->magic_len);
}

static int copy_companion(const struct root *r, const struct scratch *s,
			  const char *folder, const char *name, struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", folder, name);
	_cleanup_free_ char *shown = path ? root_name(r, path) : NULL;
	_cleanup_close_ int fd = -1;

	if (!shown)
		return err_nomem(e);
	fd = root_open_file(r, path, NULL, NULL);
	return fd < 0 ? 0 : copy_to_scratch(s, fd, name, shown, e);
}

static int read_database(const struct root *r, struct rpmdb *db, const struct format *f,
			 const char *folder, int fd, uint64_t size, struct err *e)
{
	_cleanup_free_ char *path = root_name(r, db->path);
	_cleanup_(scratch_done) struct scratch s = { .fd = -1 };
	uint8_t head[HEAD] = { 0 };
	int ret;

	if (!path)
		return err_nomem(e);
	/* A look before the copy: what is no database is not worth up to 1 GiB. */
	if (pread(fd, head, sizeof(head), 0) < 0)
		root_note(r, db->path, -errno, NULL);
	if (!magic_fits(f, head))
		return set_problem(db, RPMDB_CORRUPT,
				   strf("%s is not %s", path, f->title));
	if (size > DB_MAX)
		return set_problem(db, RPMDB_CORRUPT,
				   strf("%s is larger than 1 GiB", path));
	ret = scratch_new(&s, e);
	if (ret < 0)
		return ret;
	ret = copy_to_scratch(&s, fd, f->file, path, e);
	if (ret == 0 && f->companion)
		ret = copy_companion(r, &s, folder, f->companion, e);
	if (ret > 0) {
		root_note(r, db->path, -e->code, NULL);
		ret = set_problem(db, RPMDB_CORRUPT, strdup(err_text(e)));
		err_done(e);
		return ret;
	}
	return ret < 0 ? ret : scan_copy(db, &s, f, path, head, size, e);
}

/* 1 when there is a database of that format in that folder. */
static int try_format(const struct root *r, struct rpmdb *db, const char *folder,
		      const struct format *f, struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", folder, f->file);
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_close_ int fd = -1;
	struct stat st = { 0 };
	int ret;

	if (!path)
		return err_nomem(e);
	fd = root_open_file(r, path, &st, &why);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd == -ENOMEM)
		return err_nomem(e);
	db->format = f->name;
	db->path = TAKE_PTR(path);
	if (fd < 0)
		ret = set_problem(db, RPMDB_CORRUPT, strdup(err_text(&why)));
	else
		ret = read_database(r, db, f, folder, fd, (uint64_t)st.st_size, e);
	if (ret == -ENOMEM)
		return err_nomem(e);
	return ret < 0 ? ret : 1;
}

int rpmdb_read(const struct root *r, struct rpmdb **ret, struct err *e)
{
	_cleanup_(rpmdb_freep) struct rpmdb *db = calloc(1, sizeof(*db));
	int found = 0;

	if (!db)
		return err_nomem(e);
	for (size_t i = 0; i < ELEMENTSOF(folders) && !found; i++)
		for (size_t k = 0; k < ELEMENTSOF(formats) && !found; k++) {
			found = try_format(r, db, folders[i], &formats[k], e);
			if (found < 0)
				return found;
		}
	*ret = TAKE_PTR(db);
	return 0;
}

void rpmdb_free(struct rpmdb *db)
{
	if (!db)
		return;
	drop_packages(db);
	free(db->path);
	free(db->problem);
	free(db);
}

/* --- questions ---------------------------------------------------------------- */

const struct pkg *rpmdb_find(const struct rpmdb *db, const char *name, size_t *from)
{
	size_t start = 0;

	if (!db)
		return NULL;
	if (!from)
		from = &start;
	for (size_t i = *from; i < db->n; i++)
		if (streq(db->pkgs[i].name, name)) {
			*from = i + 1;
			return &db->pkgs[i];
		}
	*from = db->n;
	return NULL;
}

const struct pkg *rpmdb_owner(const struct rpmdb *db, const char *path)
{
	for (size_t i = 0; db && i < db->n; i++)
		if (strv_has(&db->pkgs[i].files, path))
			return &db->pkgs[i];
	return NULL;
}

int pkg_evr_cmp(const struct pkg *p, const char *evr)
{
	size_t digits = strspn(evr, "0123456789");
	int64_t epoch = 0, own = p->epoch < 0 ? 0 : p->epoch;
	_cleanup_free_ char *version = NULL;
	const char *dash;
	int cmp;

	if (evr[digits] == ':') {
		epoch = strtoll(evr, NULL, 10);
		evr += digits + 1;
	}
	if (own != epoch)
		return own < epoch ? -1 : 1;
	dash = strrchr(evr, '-');
	version = dash ? strndup(evr, (size_t)(dash - evr)) : strdup(evr);
	cmp = version_cmp(p->version, version ? version : evr);
	/* A version alone says nothing about the release. */
	return cmp || !dash ? cmp : version_cmp(p->release, dash + 1);
}

char *pkg_nevra(const struct pkg *p)
{
	return strf("%s-%s-%s%s%s", p->name, p->version, p->release, *p->arch ? "." : "",
		    p->arch);
}
