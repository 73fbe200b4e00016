/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rpm of this system, in the child, for builds without librpm: asked for what
 * librpm would tell, in lines that begin with the letters of the answer. All rpms since
 * that of RHEL 3 understand these options.
 */
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guest/rpmdb_read.h"
#include "lib/stream.h"

/* In lines, for rpmdb_lines() */
static const char query[] =
	"N%{NAME}\\nV%{VERSION}\\nR%{RELEASE}\\nA%{ARCH}\\nE%{EPOCH}\\n"
	"[F%{FILENAMES}\\n]";

#define ERROR "error: "

/* Nobody's user and group */
#define NOBODY 65534

const bool rpmdb_is_program = true;

static const char *program(void)
{
	static const char *const paths[] = { "/bin/rpm", "/usr/bin/rpm" };

	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Whether nobody gets at a folder, through all those above it. */
static bool nobody_reaches(const char *dir)
{
	bool can;

	if (seteuid(NOBODY) < 0)
		return false;
	can = chdir(dir) == 0;
	return seteuid(0) == 0 && can;
}

/*
 * A database made to take rpm over gets no more than the copy. Who is not root, or has no
 * other user to be, or has a TMPDIR for himself alone, stays who he is.
 */
static void become_nobody(const char *dir)
{
	_cleanup_closedir_ DIR *d = opendir(".");
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (!streq(de->d_name, "..") && chown(de->d_name, NOBODY, NOBODY) < 0)
			return;
	if (!nobody_reaches(dir) || setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 ||
	    setuid(NOBODY) < 0)
		return;
	/* Lost with the user */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static _Noreturn void run(const char *rpm, const char *backend, int out, int complaints)
{
	_cleanup_free_ char *dir = getcwd(NULL, 0);
	_cleanup_free_ char *define = strf("_db_backend %s", backend);
	/* No macros of the user's */
	char *const env[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C",
			      (char *)"HOME=/nonexistent", NULL };
	const char *argv[] = { rpm,
			       "-qa",
			       "--dbpath",
			       dir,
			       "--define",
			       define,
			       "--nosignature",
			       "--nodigest",
			       "--queryformat",
			       query,
			       NULL };

	if (!dir || !define || dup2(out, 1) < 0 || dup2(complaints, 2) < 0)
		_exit(1);
	/* Kernels before 2.6.23 know no O_CLOEXEC. */
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	become_nobody(dir);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execve(rpm, (char **)argv, env);
	_exit(1);
}

/* The first error is the cause; the missing indexes of old databases are only warnings.
 */
static void dump_complaint(FILE *out, FILE *complaints)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	rewind(complaints);
	while (getline(&line, &size, complaints) > 0)
		if (startswith(line, ERROR)) {
			line[strcspn(line, "\n")] = '\0';
			fprintf(out, "!%s%c", line + strlen(ERROR), 0);
			return;
		}
}

int rpmdb_dump(const char *dir, const char *backend, FILE *out)
{
	_cleanup_fclose_ FILE *complaints = NULL;
	_cleanup_fclose_ FILE *in = NULL;
	const char *rpm = program();
	int scratch = rpm ? scratch_file() : -1;
	int fds[2], status, k;
	pid_t pid;

	if (!rpm)
		return -ENOSYS;
	complaints = scratch < 0 ? NULL : fdopen(scratch, "r");
	if (!complaints || chdir(dir) < 0 || pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		run(rpm, backend, fds[1], fileno(complaints));
	}
	close(fds[1]);
	in = fdopen(fds[0], "r");
	k = pid < 0 || !in ? -1 : rpmdb_lines(out, in);
	if (pid > 0 && k < 0)
		kill(pid, SIGKILL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	dump_complaint(out, complaints);
	return k == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
