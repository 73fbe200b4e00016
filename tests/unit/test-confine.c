/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is given up is gone, what is kept is not; each try in a child of its own. */
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/confine.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

struct world {
	struct tree t;
	char *kept; /* files in these two folders, and another beside */
	char *written;
	char *other;
};

/* --- tries: 0, or the errno ------------------------------------------------------------
 */

static int done(long result)
{
	return result < 0 ? errno : 0;
}

static int read_kept(const struct world *w)
{
	return done(open(w->kept, O_RDONLY));
}

static int read_other(const struct world *w)
{
	return done(open(w->other, O_RDONLY));
}

static int write_kept(const struct world *w)
{
	return done(open(w->kept, O_WRONLY));
}

static int write_written(const struct world *w)
{
	return done(open(w->written, O_WRONLY | O_TRUNC));
}

/* As a file is published: made without a name, linked, renamed into another folder */
static int publish(const struct world *w)
{
	int dir = openat(w->t.root->fd, "written", O_RDONLY | O_DIRECTORY);
	int fd = openat(dir, "new", O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || mkdirat(dir, "sub", 0755) < 0)
		return errno;
	return done(renameat(dir, "new", dir, "sub/file"));
}

static int remove_kept(const struct world *w)
{
	return done(unlink(w->kept));
}

static int run(const struct world *w)
{
	return done(execl("/bin/true", "true", NULL));
}

static int talk(const struct world *w)
{
	return done(socket(AF_INET, SOCK_STREAM, 0));
}

static int leave(const struct world *w)
{
	return done(unshare(CLONE_NEWUSER));
}

static int clone_away(const struct world *w)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return done(pid);
}

static int clone_away3(const struct world *w)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return done(pid);
}

/* A child is as confined */
static int child_reads(const struct world *w)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(read_other(w));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
								    : 255;
}

static const struct {
	const char *what;
	int (*try)(const struct world *w);
	int want;
	bool files; /* by Landlock */
} tries[] = {
	{ "a file that is kept is read", read_kept, 0, true },
	{ "another is not", read_other, EACCES, true },
	{ "nor by a child", child_reads, EACCES, true },
	{ "what is kept for reading is not written", write_kept, EACCES, true },
	{ "nor removed", remove_kept, EACCES, true },
	{ "what is kept for writing is written", write_written, 0, true },
	{ "and a new file renamed into a new folder", publish, 0, true },
	{ "no program", run, EPERM, false },
	{ "no network", talk, EPERM, false },
	{ "no namespace", leave, EPERM, false },
	{ "nor by a child", clone_away, EPERM, false },
	{ "whose flags cannot be seen", clone_away3, ENOSYS, false },
};

static int confined(const struct world *w, size_t i)
{
	_cleanup_confine_ struct confine *c = confine_new(CONFINE_ALL);
	_cleanup_close_ int dir = openat(w->t.root->fd, "written", O_PATH);

	if (confine_keep_path(c, w->kept, CONFINE_READ) < 0 ||
	    confine_keep(c, dir, CONFINE_WRITE) < 0 ||
	    confine_keep_path(c, "/nowhere", CONFINE_READ) < 0 ||
	    confine_files(c, NULL) < 0 || confine_calls(NULL) < 0)
		return 255;
	return tries[i].try(w);
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) >= 2;
}

int main(void)
{
	struct world w = { 0 };

	tree_init(&w.t);
	tree_put(&w.t, "/kept/file", "text");
	tree_put(&w.t, "/written/file", "text");
	tree_put(&w.t, "/other/file", "text");
	w.kept = tree_name(&w.t, "/kept/file");
	w.written = tree_name(&w.t, "/written/file");
	w.other = tree_name(&w.t, "/other/file");
	for (size_t i = 0; i < ELEMENTSOF(tries); i++) {
		pid_t pid;
		int status = 0;

		if (tries[i].files && !has_landlock()) {
			skip(tries[i].what, "this kernel has no Landlock");
			continue;
		}
		pid = fork();
		if (pid == 0)
			_exit(confined(&w, i));
		waitpid(pid, &status, 0);
		is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, tries[i].want,
		       tries[i].what);
	}
	free(w.kept);
	free(w.written);
	free(w.other);
	tree_done(&w.t);
	return tap_done();
}
