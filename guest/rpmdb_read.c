/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child that reads the database, and what it answers: a row of fields, each one
 * letter, text, NUL:
 *
 *	N name  V version  R release  A arch  E epoch    one package ...
 *	F path  F path  ...                              ... and its files
 *	! sentence                                       rpm complained
 *	.                                                the end: nothing is missing
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "guest/machine.h"
#include "guest/rpmdb_read.h"
#include "lib/strv.h"

/* A stream is shorter than this; the longest real one is a few MiB. */
#define STREAM_MAX (64u * 1024 * 1024)
/* Bytes that the child may have beside what its parent had. */
#define MEMORY_MAX (384u << 20)
/* Seconds until the child is killed by its alarm. */
#define SECONDS 60
/* The child's exit status when there is nothing that reads databases. */
#define NO_READER 2

/* --- the child -------------------------------------------------------------------- */

const char *rpmdb_wanted_path(const char *path)
{
	if (startswith(path, "/usr/lib/modules/"))
		return path + strlen("/usr");
	if (startswith(path, "/lib/modules/") || startswith(path, "/boot/"))
		return path;
	return NULL;
}

/* Beside what is mapped of libraries and locales; without /proc nothing is taken for it.
 */
static void bound_memory(void)
{
#ifndef SANITIZED /* AddressSanitizer reserves terabytes */
	_cleanup_root_ struct root *proc = NULL;
	_cleanup_free_ char *pages = NULL;
	struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	if (root_new(&proc, machine_procfs(), NULL) == 0 &&
	    root_read(proc, "/self/statm", ROOT_TEXT_MAX, &pages, NULL, NULL) >= 0)
		memory.rlim_cur += (rlim_t)strtoul(pages, NULL, 10) *
				   (rlim_t)sysconf(_SC_PAGESIZE);
	memory.rlim_max = memory.rlim_cur;
	setrlimit(RLIMIT_AS, &memory);
#endif
}

/* What a database made for the purpose may cost: a bounded child without a voice. */
static void keep_small(void)
{
	const struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	setrlimit(RLIMIT_CORE, &no_core);
	bound_memory();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	alarm(SECONDS);
}

static _Noreturn void child(const char *dir, const char *backend, int fd)
{
	FILE *out;
	int r;

	keep_small();
	out = fdopen(fd, "w");
	if (!out)
		_exit(1);
	r = rpmdb_dump(dir, backend, out);
	if (r == -ENOSYS)
		_exit(NO_READER);
	if (r == 0)
		fprintf(out, ".%c", 0);
	_exit(fflush(out) || r ? 1 : 0);
}

/* --- the parent: what the child says --------------------------------------------- */

static int add_field(struct rpmdb *db, char letter, const char *text)
{
	struct pkg *p = db->n ? &db->pkgs[db->n - 1] : NULL;
	char **field = NULL;

	if (letter == 'N') {
		if (vec_grow(&db->pkgs, db->n, sizeof(*db->pkgs)))
			return -ENOMEM;
		p = &db->pkgs[db->n++];
		p->epoch = -1;
	}
	if (!p)
		return -EBADMSG;
	switch (letter) {
	case 'N':
		field = &p->name;
		break;
	case 'V':
		field = &p->version;
		break;
	case 'R':
		field = &p->release;
		break;
	case 'A':
		field = &p->arch;
		break;
	case 'E':
		p->epoch = strtoll(text, NULL, 10);
		return 0;
	case 'F':
		return strv_add(&p->files, text);
	}
	if (!field || *field)
		return -EBADMSG;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

int rpmdb_parse(struct rpmdb *db, const char *buf, size_t len, char **complaint)
{
	const char *p = buf;

	while (p < buf + len) {
		const char *end = memchr(p, 0, (size_t)(buf + len - p));
		int r;

		if (!end)
			return -EBADMSG;
		if (*p == '!') {
			*complaint = strdup(p + 1);
			return *complaint ? 1 : -ENOMEM;
		}
		if (*p == '.') {
			for (size_t i = 0; i < db->n; i++) {
				const struct pkg *g = &db->pkgs[i];

				if (!g->version || !g->release || !g->arch)
					return -EBADMSG;
			}
			return 0;
		}
		r = add_field(db, *p, *p ? p + 1 : "");
		if (r < 0)
			return r;
		p = end + 1;
	}
	return -EBADMSG;
}

/* Read to the end, or to the bound: what is beyond is not looked at. */
static int read_stream(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *buf = NULL;
	size_t size = 0, len = 0;

	for (;;) {
		ssize_t n;

		if (len == size) {
			char *b;

			if (size >= STREAM_MAX)
				break;
			size = size ? size * 2 : 65536;
			b = realloc(buf, size);
			if (!b)
				return -ENOMEM;
			buf = b;
		}
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret = TAKE_PTR(buf);
	*ret_len = len;
	return 0;
}

/* Run the child. Returns its wait status, or a negative errno. */
static int run_child(const char *dir, const char *backend, char **ret, size_t *ret_len,
		     struct err *e)
{
	_cleanup_close_ int in = -1;
	int fds[2], status, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return err_errno(e, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		child(dir, backend, fds[1]);
	}
	close(fds[1]);
	in = fds[0];
	if (pid < 0)
		return err_errno(e, errno, "cannot fork");
	r = read_stream(in, ret, ret_len);
	/* Whoever sends too much is stopped by SIGPIPE, whoever hangs by its alarm. */
	closep(&in);
	in = -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(
				e, errno,
				"cannot wait for the reader of the rpm database");
	if (r < 0)
		return err_errno(e, r, "cannot read from the reader of the rpm database");
	return status;
}

/* What to say of a child that ended without a complete answer. */
static char *explain(int status, size_t len, const char *complaint)
{
	if (complaint)
		return strf("rpm says: %s", complaint);
	if (len >= STREAM_MAX)
		return strf("the names in it fill more than %u MiB", STREAM_MAX >> 20);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return strf("rpm came to no end within %d seconds", SECONDS);
	if (WIFSIGNALED(status))
		return strf("rpm crashed on it (%s)", strsignal(WTERMSIG(status)));
	return strdup("rpm gave no complete answer");
}

int rpmdb_scan(struct rpmdb *db, const char *dir, const char *backend, char **ret_why,
	       struct err *e)
{
	_cleanup_free_ char *buf = NULL, *complaint = NULL;
	size_t len = 0;
	int status = run_child(dir, backend, &buf, &len, e);
	int r;

	if (status < 0)
		return status;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_READER)
		return -ENOSYS;
	r = rpmdb_parse(db, buf, len, &complaint);
	if (r == -ENOMEM)
		return err_nomem(e);
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	*ret_why = explain(status, len, complaint);
	return *ret_why ? 1 : err_nomem(e);
}
