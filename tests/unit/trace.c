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

#define ROOM   TRACE_ROOM
#define WRITES TRACE_WRITES
#define SLEEPS TRACE_SLEEPS
#define SYNCS  TRACE_SYNCS

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
	CALL(mkdir, ROOM),
	CALL(rename, 0),
	CALL(rmdir, 0),
	CALL(unlink, 0),
	CALL(link, ROOM),
	CALL(symlink, ROOM),
	CALL(chmod, 0),
	CALL(chown, 0),
	CALL(lchown, 0),
	CALL(creat, ROOM),
	CALL(mknod, ROOM),
	CALL(utimes, 0),
	CALL(futimesat, 0),
	CALL(renameat, 0),
#endif
	CALL(openat, ROOM | SLEEPS),
	CALL(mkdirat, ROOM),
	CALL(mknodat, ROOM),
	CALL(renameat2, 0),
	CALL(unlinkat, 0),
	CALL(linkat, ROOM),
	CALL(symlinkat, ROOM),
	CALL(write, ROOM | WRITES | SLEEPS),
	CALL(pwrite64, ROOM | WRITES | SLEEPS),
	CALL(writev, ROOM),
	CALL(pwritev, ROOM),
	CALL(pwritev2, ROOM),
	CALL(copy_file_range, ROOM),
	CALL(sendfile, ROOM),
	CALL(splice, ROOM),
	CALL(truncate, 0),
	CALL(ftruncate, SLEEPS),
	CALL(fallocate, ROOM | SLEEPS),
	CALL(fchmod, 0),
	CALL(fchmodat, 0),
	CALL(fchown, 0),
	CALL(fchownat, 0),
	CALL(utimensat, 0),
	CALL(setxattr, ROOM),
	CALL(lsetxattr, ROOM),
	CALL(fsetxattr, ROOM),
	CALL(removexattr, 0),
	CALL(lremovexattr, 0),
	CALL(fremovexattr, 0),
	CALL(fsync, SYNCS | SLEEPS),
	CALL(fdatasync, SYNCS | SLEEPS),
#undef CALL
};

#define N_CALLS ELEMENTSOF(calls)

bool trace_can_inject(void)
{
#ifdef __x86_64__
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

/* Stop at the calls of the table, and at openat() only when it may create. */
static void install_filter(void)
{
	struct sock_filter f[3 * N_CALLS + 8];
	unsigned short n = 0;
	struct sock_fprog prog = { .filter = f };

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < N_CALLS; i++) {
		unsigned int nr = (unsigned int)calls[i].nr;

		if (nr == SYS_openat)
			continue;
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0,
						      1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0,
					      3);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, args[2]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
					      O_CREAT | O_TRUNC, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		die("seccomp");
}

static pid_t start(int (*f)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			die("ptrace");
		install_filter();
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
static const struct call *call_of(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		die("PTRACE_GET_SYSCALL_INFO");
	for (size_t i = 0; i < N_CALLS; i++)
		if (calls[i].nr == (int)info.seccomp.nr)
			return &calls[i];
	abort();
}

static void inject(pid_t pid, int error, bool halve)
{
#ifdef __x86_64__
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		die("PTRACE_GETREGS");
	if (halve) {
		regs.rdx = (regs.rdx + 1) / 2;
	} else {
		regs.orig_rax = (unsigned long long)-1;
		regs.rax = (unsigned long long)-error;
	}
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0)
		die("PTRACE_SETREGS");
#endif
}

static void kill_it(struct trace *t, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	await(pid, &status);
	/* A stop may have been on its way. */
	while (!WIFEXITED(status) && !WIFSIGNALED(status))
		await(pid, &status);
	t->killed = WIFSIGNALED(status);
}

/* At a call of the table; true when the child is dead. */
static bool at_call(struct trace *t, pid_t pid)
{
	const struct call *c = call_of(pid);
	int status;

	if (t->only == 0 ? c->flags & SYNCS
			 : t->only != TRACE_ANY && !(c->flags & t->only)) {
		go_on(pid, PTRACE_CONT, 0);
		return false;
	}
	if (t->also_at >= 0 && t->calls == t->also_at)
		inject(pid, t->also_error, false);
	if (t->calls++ < t->at || t->what == TRACE_RUN ||
	    (t->reached && t->what != TRACE_ERROR_ON)) {
		go_on(pid, PTRACE_CONT, 0);
		return false;
	}
	if (!t->reached)
		t->name = c->name;
	t->reached = true;
	switch (t->what) {
	case TRACE_KILL_BEFORE:
		kill_it(t, pid);
		return true;
	case TRACE_KILL_AFTER:
		go_on(pid, PTRACE_SYSCALL, 0);
		await(pid, &status);
		if (WIFSTOPPED(status))
			kill_it(t, pid);
		return true;
	case TRACE_ERROR:
		inject(pid, t->error, false);
		break;
	case TRACE_ERROR_ON:
		if (c->flags & ROOM)
			inject(pid, t->error, false);
		break;
	case TRACE_SHORT:
		if (c->flags & WRITES)
			inject(pid, 0, true);
		break;
	case TRACE_RUN:
		break;
	}
	go_on(pid, PTRACE_CONT, 0);
	return false;
}

void trace_run(struct trace *t, int (*f)(void *arg), void *arg)
{
	pid_t pid = start(f, arg);
	int status;

	t->calls = 0;
	t->killed = t->reached = false;
	t->status = -1;
	t->name = NULL;
	await(pid, &status);
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) < 0)
		die("PTRACE_SETOPTIONS");
	go_on(pid, PTRACE_CONT, 0);
	for (;;) {
		await(pid, &status);
		if (WIFEXITED(status) || WIFSIGNALED(status))
			break;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			if (at_call(t, pid))
				return;
			continue;
		}
		go_on(pid, PTRACE_CONT, WSTOPSIG(status));
	}
	if (WIFEXITED(status))
		t->status = WEXITSTATUS(status);
}
