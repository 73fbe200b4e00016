/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state folder's own coming and going. Creating or removing it changes the
 * modification time of the folder that holds it, and an interruption between
 * that and the journal would leave nothing that remembers the time. So the
 * holding folder carries it meanwhile, in an extended attribute: setting and
 * removing one leaves the modification time alone. Where a file system has no extended
 * attributes, such an interruption costs the time of that one folder.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include "installer/tx.h"
#include "lib/at.h"
#include "lib/atomic.h"

#define MARK	     "trusted.xenpv"
#define RESERVE	     65536 /* room for what is still to be written when a disk is full */
#define LOCK_RETRIES 16

/* From the outside in. The first that is missing is what we create. */
static const char *const levels[] = { "/var", "/var/lib", STATE_DIR, JOURNAL_PATH };

int state_made(const struct root *r, char **ret, struct err *e)
{
	*ret = NULL;
	for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
		struct stat st;
		int k = root_stat(r, levels[i], true, &st, e);

		if (k == 0)
			continue;
		if (k != -ENOENT)
			return k;
		*ret = strdup(levels[i]);
		return *ret ? 0 : err_nomem(e);
	}
	return 0;
}

static int level_of(const char *made)
{
	for (size_t i = 0; i < ELEMENTSOF(levels); i++)
		if (streq(levels[i], made))
			return (int)i;
	return -1;
}

static int open_holder(const struct root *r, int level, struct err *e)
{
	return root_open(r, level ? levels[level - 1] : "/", O_RDONLY | O_DIRECTORY, 0,
			 e);
}

/* --- the mark ------------------------------------------------------------------ */

struct mark {
	int level; /* of what was made */
	bool keep; /* the time as it comes */
	struct timespec before;
};

/* flags: XATTR_CREATE for a mark of our own. -EEXIST; other failures mean: no mark. */
static int mark_set(int holder, const char *made, const struct timespec *before,
		    int flags)
{
	_cleanup_free_ char *text = before ? strf("%" PRId64 " %ld %s",
						  (int64_t)before->tv_sec,
						  before->tv_nsec, made)
					   : strf("- - %s", made);

	if (!text || fsetxattr(holder, MARK, text, strlen(text), flags) < 0)
		return text && errno == EEXIST ? -EEXIST : 0;
	atomic_sync(holder);
	return 0;
}

/* 0 also when there is none, on a file system that cannot be written as well. */
static int mark_clear(int holder, struct err *e)
{
	if (fgetxattr(holder, MARK, NULL, 0) < 0 && errno == ENODATA)
		return 0;
	if (fremovexattr(holder, MARK) == 0) {
		int k = atomic_sync(holder);

		return k < 0 ? err_errno(e, k, "cannot sync the folder of " STATE_DIR)
			     : 0;
	}
	if (errno == ENODATA || errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM)
		return 0;
	return err_errno(e, errno,
			 "cannot remove " MARK " from the folder of " STATE_DIR);
}

static bool mark_parse(char *text, int level, struct mark *m)
{
	char *sec = strtok_r(text, " ", &text);
	char *nsec = strtok_r(NULL, " ", &text);
	char *made = strtok_r(NULL, " ", &text);

	if (!made || level_of(made) != level)
		return false;
	m->level = level;
	m->keep = streq(sec, "-");
	m->before.tv_sec = strtoll(sec, NULL, 10);
	m->before.tv_nsec = strtol(nsec, NULL, 10);
	return true;
}

static bool mark_find(const struct root *r, struct mark *m)
{
	for (int i = 0; i < (int)ELEMENTSOF(levels); i++) {
		_cleanup_close_ int fd = open_holder(r, i, NULL);
		char text[128];
		ssize_t n = fd < 0 ? -1 : fgetxattr(fd, MARK, text, sizeof(text) - 1);

		if (n < 0)
			continue;
		text[n] = '\0';
		if (mark_parse(text, i, m))
			return true;
	}
	return false;
}

bool state_is_marked(const struct root *r)
{
	struct mark m;

	return mark_find(r, &m);
}

/* --- lock and journal ------------------------------------------------------------ */

/* Whether what is open is still the folder: whoever had its lock may have removed it
 * before letting go. 1, 0, or what could not be looked at. */
static int is_still_there(struct tx *tx, int fd, struct err *e)
{
	struct stat mine;
	struct stat now;
	int k;

	if (fstat(fd, &mine) < 0)
		return err_errno(e, errno, "%s", STATE_DIR);
	k = root_stat(tx->r, STATE_DIR, true, &now, e);
	if (k < 0)
		return k == -ENOENT ? 0 : k;
	return mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

/* The folder's lock; 0 when there is no such folder. */
static int lock_folder(struct tx *tx, struct err *e)
{
	for (int tries = 0; tries < LOCK_RETRIES; tries++) {
		_cleanup_close_ int fd = root_open(tx->r, STATE_DIR,
						   O_RDONLY | O_DIRECTORY, 0, e);
		int k;

		if (fd < 0)
			return fd == -ENOENT ? 0 : fd;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			_cleanup_free_ char *name = root_name(tx->r, STATE_DIR);

			if (errno != EWOULDBLOCK)
				return err_errno(e, errno, "%s: cannot lock it", name);
			return err_set(e, EBUSY,
				       "%s: another run of xenpv-install holds it",
				       name ?: STATE_DIR);
		}
		k = is_still_there(tx, fd, e);
		if (k < 0)
			return k;
		if (k) {
			tx->lock = TAKE_FD(fd);
			return 1;
		}
	}
	return err_set(e, EBUSY, STATE_DIR ": does not hold still");
}

int state_read(const struct root *r, struct journal *j, struct err *e)
{
	_cleanup_free_ char *name = root_name(r, JOURNAL_PATH);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k;

	if (!name)
		return err_nomem(e);
	k = root_read(r, JOURNAL_PATH, ROOT_TEXT_MAX, &text, &len, e);
	if (k < 0)
		return k == -ENOENT ? 0 : k;
	k = journal_parse(j, text, len, name, e);
	return k < 0 ? k : 1;
}

int state_open(struct tx *tx, struct err *e)
{
	int k = lock_folder(tx, e);

	if (k > 0)
		k = state_read(tx->r, &tx->j, e);
	if (k <= 0)
		return k;
	tx->journal = at_open(tx->lock, "journal", O_RDWR | O_NOFOLLOW, 0);
	if (tx->journal < 0)
		return err_errno(e, errno, "%s: cannot write to it", JOURNAL_PATH);
	return 1;
}

static int make_folder(struct tx *tx, const char *path, struct err *e)
{
	_cleanup_attrs_ struct attrs holder = { 0 };
	_cleanup_spot_ struct spot s = { 0 };
	_cleanup_close_ int fd = -1;
	mode_t mode = streq(path, STATE_DIR) ? 0700 : 0755;
	int k = tx_spot(tx, path, &s, e);

	if (k == 0)
		k = attrs_read(s.fd, s.name, &holder, e);
	if (k < 0)
		return k;
	fd = tx_mkdir(tx, &s, mode, &holder, e);
	return fd < 0 ? fd : 0;
}

static int create_journal(struct tx *tx, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k = tx_spot(tx, JOURNAL_PATH, &s, e);

	if (k < 0)
		return k;
	tx->journal = at_open(s.fd, s.base, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (tx->journal < 0)
		return err_errno(e, errno, "%s: cannot create it", s.name);
	tx_dirty(tx, &s);
	/* Where a file system cannot reserve, a full disk may show later: no harm done.
	 */
	if (fallocate(tx->journal, FALLOC_FL_KEEP_SIZE, 0, RESERVE) < 0 &&
	    errno == ENOSPC)
		return err_errno(e, errno, "%s: cannot write it", s.name);
	return 0;
}

/* What is right already is not set: nothing need be writable then. 0 or -errno. */
static int set_time(int fd, struct timespec mtime)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mtime };
	struct stat st;

	if (fstat(fd, &st) == 0 && same_time(st.st_mtim, mtime))
		return 0;
	return at_set_times(fd, times) < 0 ? -errno : 0;
}

/* Undo state_create(): what is there of it, and the time of the folder that holds it. */
static int unmake(struct tx *tx, const struct mark *m, struct err *e)
{
	_cleanup_close_ int holder = open_holder(tx->r, m->level, e);
	int k = holder < 0 ? holder : tx_unlink(tx, JOURNAL_PATH, e);

	for (int i = (int)ELEMENTSOF(levels) - 2; k >= 0 && i >= m->level; i--)
		/* A level that was made is one of levels[]. */
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		k = tx_rmdir(tx, levels[i], e);
	if (k < 0)
		return k;
	if (!m->keep) {
		k = set_time(holder, m->before);
		if (k < 0)
			return err_errno(e, k, "%s: cannot set its time back",
					 levels[m->level]);
	}
	k = atomic_sync(holder);
	if (k < 0)
		return err_errno(e, k, "%s: cannot sync its folder", levels[m->level]);
	return mark_clear(holder, e);
}

static int create_levels(struct tx *tx, int level, struct err *e)
{
	int k = 0;

	for (int i = level; k == 0 && i < (int)ELEMENTSOF(levels) - 1; i++)
		k = make_folder(tx, levels[i], e);
	if (k == 0 && tx->lock < 0) {
		k = lock_folder(tx, e);
		if (k == 0)
			k = err_set(e, ENOENT, STATE_DIR ": went away");
	}
	return k < 0 ? k : create_journal(tx, e);
}

int state_create(struct tx *tx, const char *made, struct timespec before, struct err *e)
{
	struct mark m = { .level = level_of(made), .before = before };
	_cleanup_close_ int holder = open_holder(tx->r, m.level, e);
	int k;

	if (holder < 0)
		return holder;
	if (mark_set(holder, made, &before, XATTR_CREATE) < 0)
		return err_set(e, EBUSY, "%s: another run of xenpv-install creates it",
			       made);
	k = create_levels(tx, m.level, e);
	if (k == -EEXIST || k == -EBUSY)
		mark_clear(holder, NULL);
	return k;
}

int state_settle(struct tx *tx, const char *made, struct err *e)
{
	_cleanup_close_ int holder = open_holder(tx->r, level_of(made), e);
	int k = holder < 0 ? holder : tx_sync(tx, e);

	if (k < 0)
		return k;
	k = atomic_sync(tx->lock);
	if (k == 0)
		k = atomic_sync(holder);
	if (k < 0)
		return err_errno(e, k, STATE_DIR ": cannot sync it");
	return mark_clear(holder, e);
}

/* Backups that only we look at; those kept for the guest's eyes are their op's matter. */
static int remove_backups(struct tx *tx, struct err *e)
{
	int k;

	for (size_t i = 0; i < tx->j.n_gens; i++) {
		const struct jgen *g = &tx->j.gens[i];

		for (size_t n = 0; n < g->n_ops; n++) {
			k = g->ops[n].backup && !g->ops[n].kept
				    ? tx_unlink(tx, g->ops[n].backup, e)
				    : 0;
			if (k < 0)
				return k;
		}
	}
	k = tx_rmdir(tx, BACKUP_DIR, e);
	return k < 0 ? k : 0;
}

int state_remove(struct tx *tx, const char *made, const struct timespec *before,
		 struct err *e)
{
	struct mark m = { .level = level_of(made), .keep = !before };
	_cleanup_close_ int holder = -1;
	int k;

	if (m.level < 0)
		return err_set(e, EBADMSG, JOURNAL_PATH ": does not say what it created");
	if (before)
		m.before = *before;
	k = remove_backups(tx, e);
	if (k == 0)
		k = tx_sync(tx, e);
	if (k < 0)
		return k;
	holder = open_holder(tx->r, m.level, e);
	if (holder < 0)
		return holder;
	mark_set(holder, made, before, 0);
	return unmake(tx, &m, e);
}

int state_sweep(struct tx *tx, struct err *e)
{
	struct mark m = { 0 };
	int k;

	if (!mark_find(tx->r, &m))
		return 0;
	k = unmake(tx, &m, e);
	return k < 0 ? k : 1;
}
