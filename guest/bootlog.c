/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>

#include "guest/bootlog.h"
#include "guest/bootlog_lines.h"
#include "lib/digest.h"

#define LOG_MAX	 (UINT64_C(64) << 20)
#define TAIL_LEN 256

/*
 * Logs that hold the kernel's lines, the best first. What logrotate made of them is
 * looked at too: the boot may be in the older part.
 */
static const char *const logs[] = {
	"/var/log/messages",
	"/var/log/dmesg",
	"/var/log/kern.log",
	"/var/log/syslog",
};

void bootlog_free(struct bootlog *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n_devs; i++) {
		free(b->devs[i].name);
		free(b->devs[i].driver);
		free(b->devs[i].mac);
		free(b->devs[i].line);
	}
	for (size_t i = 0; i < b->n_refusals; i++) {
		free(b->refusals[i].node);
		free(b->refusals[i].line);
		free(b->refusals[i].disk);
	}
	free(b->devs);
	free(b->refusals);
	strv_done(&b->failures);
	free(b->source);
	free(b->release);
	free(b->cmdline);
	free(b);
}

int bootlog_parse(const char *text, size_t len, struct bootlog **ret, struct err *e)
{
	_cleanup_(bootlog_scan_freep) struct bootlog_scan *s = bootlog_scan_new();
	_cleanup_(bootlog_freep) struct bootlog *b = NULL;
	size_t at;

	if (!s || bootlog_scan_feed(s, text, len) < 0 || bootlog_scan_end(s, &b, &at) < 0)
		return err_nomem(e);
	if (!b)
		b = calloc(1, sizeof(*b));
	if (!b)
		return err_nomem(e);
	*ret = TAKE_PTR(b);
	return 0;
}

/* --- marks --------------------------------------------------------------- */

/* Digest of the up to TAIL_LEN bytes before `end`; 0 or a negative errno. */
static int tail_digest(int fd, uint64_t end, char hex[DIGEST_HEX])
{
	char buf[TAIL_LEN];
	size_t want = end < TAIL_LEN ? (size_t)end : TAIL_LEN;
	size_t have = 0;

	while (have < want) {
		ssize_t n = pread(fd, buf + have, want - have,
				  (off_t)(end - want + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		have += (size_t)n;
	}
	digest_buf(buf, have, hex);
	return 0;
}

/* The open log begins with what was there when the mark was made. */
static bool mark_holds(const struct logmark *m, const struct root *r, const char *path,
		       int fd, uint64_t size)
{
	char hex[DIGEST_HEX];

	return m && size >= m->size &&
	       root_note(r, path, tail_digest(fd, m->size, hex), NULL) == 0 &&
	       streq(hex, m->tail_digest);
}

static const struct logmark *find_mark(const struct inventory *inv, const char *path)
{
	for (size_t i = 0; inv && i < inv->n_logs; i++)
		if (streq(inv->logs[i].path, path))
			return &inv->logs[i];
	return NULL;
}

/* --- candidates ---------------------------------------------------------- */

/*
 * A log and its youngest rotated part: "messages.1", or with a date,
 * "messages-20261125", of which the last is the youngest.
 */
static int candidates_of(const struct root *r, const char *log, struct strv *out)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *dated = strf("%s-", path_base(log));
	const char *last = NULL;

	if (!dated || strv_add(out, log) < 0 || strv_addf(out, "%s.1", log) < 0)
		return -ENOMEM;
	if (root_list(r, "/var/log", &names, NULL) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++)
		if (startswith(names.v[i], dated) &&
		    strspn(names.v[i] + strlen(dated), "0123456789") ==
			    strlen(names.v[i] + strlen(dated)))
			last = names.v[i];
	return last ? strv_addf(out, "/var/log/%s", last) : 0;
}

static int candidates(const struct root *r, struct strv *out)
{
	for (size_t i = 0; i < ELEMENTSOF(logs); i++)
		if (candidates_of(r, logs[i], out) < 0)
			return -ENOMEM;
	return 0;
}

/* The log that a rotated part came from: "/var/log/messages.1" -> "/var/log/messages". */
static const char *base_log(const char *path)
{
	for (size_t i = 0; i < ELEMENTSOF(logs); i++)
		if (startswith(path, logs[i]))
			return logs[i];
	return path;
}

/* --- reading ------------------------------------------------------------- */

/* The last boot in the open log; *ret is NULL when there is none. */
static int scan_fd(int fd, uint64_t size, struct bootlog **ret, uint64_t *ret_at)
{
	_cleanup_(bootlog_scan_freep) struct bootlog_scan *s = bootlog_scan_new();
	uint64_t start = size > LOG_MAX ? size - LOG_MAX : 0;
	_cleanup_free_ char *buf = malloc(65536);
	size_t at;

	if (!s || !buf)
		return -ENOMEM;
	/* Not beyond the size that was seen: a log may grow faster than it is read. */
	for (uint64_t pos = start; pos < size;) {
		size_t want = size - pos < 65536 ? (size_t)(size - pos) : 65536;
		ssize_t n = pread(fd, buf, want, (off_t)pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		if (bootlog_scan_feed(s, buf, (size_t)n) < 0)
			return -ENOMEM;
		pos += (uint64_t)n;
	}
	if (bootlog_scan_end(s, ret, &at) < 0)
		return -ENOMEM;
	*ret_at = start + at;
	return 0;
}

/*
 * Whether the boot that begins at `at` came after the inventory was recorded. A log
 * that still begins with what was marked tells by the position; so does a rotated
 * part of a marked log. One that is wholly new was written afterwards.
 */
static bool is_since(const struct root *r, const struct inventory *inv, const char *path,
		     int fd, uint64_t size, uint64_t at)
{
	const struct logmark *own = find_mark(inv, path);
	const struct logmark *base = find_mark(inv, base_log(path));

	if (!inv)
		return false;
	if (mark_holds(own, r, path, fd, size))
		return at >= own->size;
	if (mark_holds(base, r, path, fd, size))
		return at >= base->size;
	return true;
}

static int try_log(const struct root *r, const struct inventory *inv, const char *path,
		   struct bootlog **ret, struct err *e)
{
	_cleanup_(bootlog_freep) struct bootlog *b = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	uint64_t at = 0;
	int k;

	fd = root_open_file(r, path, &st, e);
	if (fd < 0)
		return fd;
	k = root_note(r, path, scan_fd(fd, (uint64_t)st.st_size, &b, &at), e);
	if (k < 0)
		return k;
	if (!b)
		return 0;
	b->source = strdup(path);
	if (!b->source)
		return err_nomem(e);
	b->since = is_since(r, inv, path, fd, (uint64_t)st.st_size, at);
	*ret = TAKE_PTR(b);
	return 0;
}

int bootlog_read(const struct root *r, const struct inventory *inv, struct bootlog **ret,
		 struct err *e)
{
	_cleanup_(bootlog_freep) struct bootlog *best = NULL;
	_cleanup_strv_ struct strv paths = { 0 };

	if (candidates(r, &paths) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < paths.n && !(best && (best->since || !inv)); i++) {
		_cleanup_(bootlog_freep) struct bootlog *b = NULL;
		_cleanup_err_ struct err ignored = ERR_INIT;
		/* A log that cannot be read is as good as none: there may be others. */
		int k = try_log(r, inv, paths.v[i], &b, &ignored);

		if (k == -ENOMEM)
			return err_nomem(e);
		if (!b || (best && !b->since))
			continue;
		bootlog_free(best);
		best = TAKE_PTR(b);
	}
	if (!best)
		best = calloc(1, sizeof(*best));
	if (!best)
		return err_nomem(e);
	*ret = TAKE_PTR(best);
	return 0;
}

int bootlog_mark(const struct root *r, struct inventory *inv, struct err *e)
{
	_cleanup_strv_ struct strv paths = { 0 };

	if (candidates(r, &paths) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < paths.n; i++) {
		_cleanup_close_ int fd = -1;
		struct logmark *m;
		struct stat st;
		char hex[DIGEST_HEX];

		fd = root_open_file(r, paths.v[i], &st, NULL);
		if (fd < 0 ||
		    root_note(r, paths.v[i], tail_digest(fd, (uint64_t)st.st_size, hex),
			      NULL) < 0)
			continue;
		if (vec_grow(&inv->logs, inv->n_logs, sizeof(*inv->logs)) < 0)
			return err_nomem(e);
		m = &inv->logs[inv->n_logs++];
		m->path = strdup(paths.v[i]);
		m->tail_digest = strdup(hex);
		m->size = (uint64_t)st.st_size;
		if (!m->path || !m->tail_digest)
			return err_nomem(e);
	}
	return 0;
}
