/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "tests/unit/trace.h"

#define ROOM	 TRACE_ROOM
#define SHORTENS TRACE_SHORTENS
#define SLEEPS	 TRACE_SLEEPS
#define SYNCS	 TRACE_SYNCS
#define FD	 TRACE_FD
#define AT	 TRACE_AT
#define PATH	 TRACE_PATH

/* Registers: the call's number, its result, its third argument */
#if defined(__x86_64__)
#define REG_CALL   orig_rax
#define REG_RESULT rax
#define REG_THIRD  rdx
#elif defined(__i386__)
#define REG_CALL   orig_eax
#define REG_RESULT eax
#define REG_THIRD  edx
#endif

/*
 * Every system call that changes a file system, of those that this architecture has and
 * the C library uses. openat2() is used for looking only.
 */
static const struct call {
	int nr;
	const char *name;
	unsigned int flags;
} calls[] = {
#define CALL(n, f)             \
	{                      \
		SYS_##n, #n, f \
	}
#ifdef SYS_open
	CALL(mkdir, PATH | ROOM),
	CALL(rename, PATH),
	CALL(rmdir, PATH),
	CALL(unlink, PATH),
	CALL(link, PATH | ROOM),
	CALL(symlink, PATH | ROOM),
	CALL(chmod, PATH),
	CALL(chown, PATH),
	CALL(lchown, PATH),
	CALL(creat, PATH | ROOM),
	CALL(mknod, PATH | ROOM),
	CALL(utimes, PATH),
	CALL(futimesat, AT),
	CALL(renameat, AT),
#endif
#ifdef SYS_ftruncate64
	CALL(truncate64, PATH),
	CALL(ftruncate64, FD | SLEEPS),
	CALL(chown32, PATH),
	CALL(lchown32, PATH),
	CALL(fchown32, FD),
	CALL(sendfile64, FD | ROOM),
	CALL(utimensat_time64, AT),
#endif
	CALL(openat, AT | ROOM | SLEEPS),
	CALL(mkdirat, AT | ROOM),
	CALL(mknodat, AT | ROOM),
	CALL(renameat2, AT),
	CALL(unlinkat, AT),
	CALL(linkat, AT | ROOM),
	CALL(symlinkat, AT | ROOM),
	CALL(write, FD | ROOM | SHORTENS | SLEEPS),
	CALL(pwrite64, FD | ROOM | SHORTENS | SLEEPS),
	CALL(writev, FD | ROOM),
	CALL(pwritev, FD | ROOM),
	CALL(pwritev2, FD | ROOM),
	CALL(copy_file_range, FD | ROOM),
	CALL(sendfile, FD | ROOM),
	CALL(splice, FD | ROOM),
	CALL(truncate, PATH),
	CALL(ftruncate, FD | SLEEPS),
	CALL(fallocate, FD | ROOM | SLEEPS),
	CALL(fchmod, FD),
	CALL(fchmodat, AT),
	CALL(fchown, FD),
	CALL(fchownat, AT),
	CALL(utimensat, AT),
	CALL(setxattr, PATH | ROOM),
	CALL(lsetxattr, PATH | ROOM),
	CALL(fsetxattr, FD | ROOM),
	CALL(removexattr, PATH),
	CALL(lremovexattr, PATH),
	CALL(fremovexattr, FD),
	CALL(fsync, FD | SYNCS | SLEEPS),
	CALL(fdatasync, FD | SYNCS | SLEEPS),
	CALL(syncfs, FD | SYNCS | SLEEPS),
};

/* Those that look at files, of the same; openat() where it does not create. */
static const struct call reads[] = {
#ifdef SYS_open
	CALL(open, PATH | SLEEPS),
	CALL(stat, PATH),
	CALL(lstat, PATH),
	CALL(access, PATH),
	CALL(readlink, PATH),
#endif
#ifdef SYS_fstatat64
	CALL(stat64, PATH),
	CALL(lstat64, PATH),
	CALL(fstat64, FD),
	CALL(fstatat64, AT),
	CALL(statfs64, PATH),
	CALL(fstatfs64, FD),
#else
	CALL(newfstatat, AT),
#endif
	CALL(openat, AT | SLEEPS),
	CALL(openat2, AT | SLEEPS),
	CALL(read, FD | SHORTENS | SLEEPS),
	CALL(pread64, FD | SHORTENS | SLEEPS),
	CALL(readv, FD | SLEEPS),
	CALL(preadv, FD | SLEEPS),
	CALL(getdents64, FD | SHORTENS),
	CALL(fstat, FD),
	CALL(statx, AT),
	CALL(statfs, PATH),
	CALL(fstatfs, FD),
	CALL(faccessat, AT),
	CALL(faccessat2, AT),
	CALL(readlinkat, AT),
	CALL(getxattr, PATH),
	CALL(lgetxattr, PATH),
	CALL(fgetxattr, FD),
	CALL(listxattr, PATH),
	CALL(llistxattr, PATH),
	CALL(flistxattr, FD),
#undef CALL
};

/* The table that a run is after. */
static const struct call *table_of(const struct trace *t, size_t *n)
{
	*n = t->reads ? ELEMENTSOF(reads) : ELEMENTSOF(calls);
	return t->reads ? reads : calls;
}

const struct trace_fault trace_faults[] = {
	{ "EIO", TRACE_ERROR, EIO, TRACE_ANY },
	{ "EIO from there on", TRACE_ERROR_ON, EIO, TRACE_ANY },
	{ "ENOSPC from there on", TRACE_ERROR_ON, ENOSPC, TRACE_ROOM },
	{ "EDQUOT", TRACE_ERROR, EDQUOT, TRACE_ROOM },
	{ "EROFS from there on", TRACE_ERROR_ON, EROFS, 0 },
	{ "EINTR", TRACE_ERROR, EINTR, TRACE_SLEEPS },
	{ "a short write", TRACE_SHORT, 0, TRACE_SHORTENS },
};
const size_t n_trace_faults = ELEMENTSOF(trace_faults);

const struct trace_fault trace_read_faults[] = {
	{ "EIO", TRACE_ERROR, EIO, TRACE_ANY },
	{ "EIO from there on", TRACE_ERROR_ON, EIO, TRACE_ANY },
	{ "EINTR", TRACE_ERROR, EINTR, TRACE_SLEEPS },
	{ "a short read", TRACE_SHORT, 0, TRACE_SHORTENS },
};
const size_t n_trace_read_faults = ELEMENTSOF(trace_read_faults);

bool trace_can_inject(void)
{
#ifdef REG_CALL
	return true;
#else
	return false;
#endif
}

static void die(const char *what)
{
	perror(what);
	abort();
}

/* Stop at the calls of the table, and at openat() only when it may create, or when not.
 */
static void install_filter(const struct trace *t)
{
	struct sock_filter f[2 * (ELEMENTSOF(calls) + ELEMENTSOF(reads)) + 8];
	const unsigned int creates = t->reads ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRACE;
	const unsigned int opens = t->reads ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW;
	size_t n_table;
	const struct call *table = table_of(t, &n_table);
	unsigned short n = 0;
	struct sock_fprog prog = { .filter = f };

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n_table; i++) {
		unsigned int nr = (unsigned int)table[i].nr;

		if (nr == SYS_openat)
			continue;
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0,
						      1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0,
					      4);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, args[2]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
					      O_CREAT | O_TRUNC, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, creates);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, opens);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		die("seccomp");
}

static pid_t start(const struct trace *t, int (*f)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			die("ptrace");
		install_filter(t);
		raise(SIGSTOP);
		_exit(f(arg));
	}
	return pid;
}

static void await(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
}

static void go_on(pid_t pid, int request, int sig)
{
	/* ESRCH: it is dying already; the next wait says how. */
	if (ptrace(request, pid, NULL, (long)sig) < 0 && errno != ESRCH)
		die("ptrace");
}

/* The call that the child is about to make. */
static struct trace_call call_of(const struct trace *t, pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };
	struct trace_call c = { .pid = pid };
	size_t n;
	const struct call *table = table_of(t, &n);

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		die("PTRACE_GET_SYSCALL_INFO");
	for (size_t i = 0; i < n; i++)
		if (table[i].nr == (int)info.seccomp.nr) {
			c.nr = table[i].nr;
			c.name = table[i].name;
			c.flags = table[i].flags;
			for (size_t k = 0; k < ELEMENTSOF(c.args); k++)
				c.args[k] = (unsigned long)info.seccomp.args[k];
			return c;
		}
	abort();
}

static void inject(pid_t pid, int error, bool halve)
{
#ifdef REG_CALL
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		die("PTRACE_GETREGS");
	if (halve) {
		regs.REG_THIRD = (regs.REG_THIRD + 1) / 2;
	} else {
		regs.REG_CALL = -1;
		regs.REG_RESULT = -error;
	}
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0)
		die("PTRACE_SETREGS");
#endif
}

/* All that the run has started, too: whatever stops from now on is killed. */
static void kill_it(struct trace *t, pid_t pid)
{
	int status;
	pid_t who;

	kill(pid, SIGKILL);
	while ((who = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (who == pid && (WIFEXITED(status) || WIFSIGNALED(status)))
			t->killed = WIFSIGNALED(status);
		else if (who > 0 && WIFSTOPPED(status))
			kill(who, SIGKILL);
	}
}

/* Let it make the call, and stop behind it; false when it died of it. */
static bool finish_call(pid_t pid)
{
	int status;

	go_on(pid, PTRACE_SYSCALL, 0);
	await(pid, &status);
	return WIFSTOPPED(status);
}

/* The call goes its way, and who records is told how it went. */
static void let_go(struct trace *t, struct trace_call *c)
{
	struct __ptrace_syscall_info info = { 0 };

	if (t->made && finish_call(c->pid)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, c->pid, sizeof(info), &info) < 0)
			die("PTRACE_GET_SYSCALL_INFO");
		c->ret = (long)info.exit.rval;
		t->made(t->hook_arg, c);
	}
	go_on(c->pid, PTRACE_CONT, 0);
}

static bool counts(const struct trace *t, const struct trace_call *c)
{
	if (t->only == 0 ? c->flags & SYNCS : !(c->flags & t->only))
		return false;
	return !t->counts || t->counts(t->hook_arg, c);
}

/* At a call of the table; true when the child is dead. */
static bool at_call(struct trace *t, pid_t pid)
{
	struct trace_call c = call_of(t, pid);

	if (!counts(t, &c)) {
		go_on(pid, PTRACE_CONT, 0);
		return false;
	}
	if (t->also_at >= 0 && t->calls == t->also_at)
		inject(pid, t->also_error, false);
	if (t->calls++ < t->at || t->what == TRACE_RUN ||
	    (t->reached && t->what != TRACE_ERROR_ON)) {
		let_go(t, &c);
		return false;
	}
	if (!t->reached)
		t->name = c.name;
	t->reached = true;
	switch (t->what) {
	case TRACE_KILL_BEFORE:
		kill_it(t, pid);
		return true;
	case TRACE_KILL_AFTER:
		if (finish_call(pid))
			kill_it(t, pid);
		return true;
	case TRACE_ERROR:
	case TRACE_ERROR_ON:
		inject(pid, t->error, false);
		break;
	case TRACE_SHORT:
		inject(pid, 0, true);
		break;
	case TRACE_RUN:
		break;
	}
	go_on(pid, PTRACE_CONT, 0);
	return false;
}

/* A stop that is no call: of a new child, of an execve(), or by a signal. */
static void pass_on(pid_t pid, int status, pid_t first)
{
	bool event = status >> 16 != 0;
	bool born = pid != first && WSTOPSIG(status) == SIGSTOP;

	go_on(pid, PTRACE_CONT, event || born ? 0 : WSTOPSIG(status));
}

void trace_run(struct trace *t, int (*f)(void *arg), void *arg)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL |
			     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE;
	pid_t first = start(t, f, arg);
	int status;

	t->calls = 0;
	t->killed = t->reached = false;
	t->status = -1;
	t->name = NULL;
	await(first, &status);
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, first, NULL, options) < 0)
		die("PTRACE_SETOPTIONS");
	go_on(first, PTRACE_CONT, 0);
	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			die("waitpid");
		if (pid < 0)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				break;
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			if (at_call(t, pid))
				return;
		} else {
			pass_on(pid, status, first);
		}
	}
	if (WIFEXITED(status))
		t->status = WEXITSTATUS(status);
}
