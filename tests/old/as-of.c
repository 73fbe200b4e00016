/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * as-of [--new-libc] RELEASE COMMAND [ARGUMENT...]: run a command, of x86-64 or i386, as
 * a kernel of that release would serve it. System calls that it does not have end with
 * ENOSYS, flags and commands that it refuses with EINVAL, flags of open() that it does
 * not know have no effect, and uname() names it. The exit status is the command's.
 *
 * --new-libc is for a command whose C library is today's glibc, which no longer knows the
 * calls of old: openat() and fstatat() of no folder pass for open() and stat(), and so
 * do the other calls below that a C library for old kernels makes of older ones.
 *
 * By seccomp, which finds the calls, and ptrace, which serves them. A program that the
 * command runs stands for one of the guest's own, of its age, and is served as it is.
 * Not looked into: socketcall(), ioctl(), what the files of /proc and /sys hold. Nobody
 * can be traced twice: below strace the command runs as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

enum arch {
	X86_64,
	I386,
	N_ARCHS,
};

static const uint32_t audit_archs[N_ARCHS] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 };

/*
 * Numbers were given in order: the last one that a release has tells all. From
 * include/asm-x86_64/unistd.h and include/asm-i386/unistd.h of Linux 2.6.9 and 2.6.18,
 * with the versions that syscalls(2) gives. 2.6.9 ends at mq_getsetattr() (its waitid()
 * came with a release candidate and is not counted), 2.6.18 at move_pages(). What they
 * have below these and Linux today has not, no command of today calls.
 */
static const struct kernel {
	const char *release;
	uint32_t last[N_ARCHS];
} kernels[] = {
	{ "2.6.9", { [X86_64] = 245, [I386] = 282 } },
	{ "2.6.18", { [X86_64] = 279, [I386] = 317 } },
};

/* O_CLOEXEC is of 2.6.23, the other half of O_SYNC of 2.6.33, O_PATH of 2.6.39, O_TMPFILE
 * of 3.11. */
#define UNKNOWN_TO_OPEN (O_CLOEXEC | 04000000 | O_PATH | __O_TMPFILE)

enum what {
	BITS,  /* other bits than these in that argument: EINVAL */
	UP_TO, /* a larger value: EINVAL */
	OPEN,  /* these bits in that argument have no effect */
	PATH,  /* NULL: EFAULT */
	UNAME,
};

/* What an old kernel does differently in a call that it has. */
static const struct rule {
	const char *name;
	int nr[N_ARCHS]; /* -1: no such call */
	enum what what;
	unsigned int arg;
	uint32_t value;
	bool cwd; /* --new-libc: AT_FDCWD, its first argument, makes an older call of it
		   */
} rules[] = {
	{ "open", { 2, 5 }, OPEN, 1, UNKNOWN_TO_OPEN, false },
	{ "openat", { 257, 295 }, OPEN, 2, UNKNOWN_TO_OPEN, true },
	/* fstatat64() for i386; AT_EMPTY_PATH is of 2.6.39 */
	{ "newfstatat", { 262, 300 }, BITS, 3, AT_SYMLINK_NOFOLLOW, true },
	{ "mknodat", { 259, 297 }, BITS, 0, UINT32_MAX, true },
	{ "utimensat", { 280, 320 }, BITS, 0, UINT32_MAX, true },
	/* NULL is the folder itself since 2.6.22 */
	{ "futimesat", { 261, 299 }, PATH, 1, 0, false },
	{ "fchownat", { 260, 298 }, BITS, 4, AT_SYMLINK_NOFOLLOW, false },
	{ "unlinkat", { 263, 301 }, BITS, 2, AT_REMOVEDIR, false },
	{ "linkat", { 265, 303 }, BITS, 4, 0, false },
	/* F_NOTIFY; F_DUPFD_CLOEXEC is of 2.6.24, F_ADD_SEALS of 3.17 */
	{ "fcntl", { 72, 55 }, UP_TO, 1, 1026, false },
	{ "fcntl64", { -1, 221 }, UP_TO, 1, 1026, false },
	/* PR_GET_NAME; PR_SET_SECCOMP is of 2.6.23, PR_SET_NO_NEW_PRIVS of 3.5 */
	{ "prctl", { 157, 172 }, UP_TO, 0, 16, false },
	{ "uname", { 63, 122 }, UNAME, 0, 0, false },
};

/* --new-libc: fcntl(), pipe() and dup2(), and setrlimit() in other libraries for old
 * kernels */
static const int of_new_libc[][N_ARCHS] = {
	{ 292, 330 }, /* dup3 */
	{ 293, 331 }, /* pipe2 */
	{ 302, 340 }, /* prlimit64 */
};

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* --- the filter --------------------------------------------------------------------- */

struct filter {
	struct sock_filter v[512];
	unsigned short n;
};

#define NR	 offsetof(struct seccomp_data, nr)
#define ARG(i)	 (offsetof(struct seccomp_data, args) + 8 * (i)) /* its lower half */
#define ALLOW	 SECCOMP_RET_ALLOW
#define ERROR(e) (SECCOMP_RET_TRACE | (e)) /* for serve() */

static void emit(struct filter *f, uint16_t code, size_t k, unsigned int jt,
		 unsigned int jf)
{
	if (f->n >= ELEMENTSOF(f->v))
		abort();
	f->v[f->n++] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf,
					     (uint32_t)k };
}

static void load(struct filter *f, size_t at)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, at, 0, 0);
}

/* If the test holds of what was loaded, return that. */
static void answer_if(struct filter *f, uint16_t test, size_t k, uint32_t answer)
{
	emit(f, BPF_JMP | test | BPF_K, k, 0, 1);
	emit(f, BPF_RET | BPF_K, answer, 0, 0);
}

/* So many instructions, after which none follows. */
#define OBEY 4
static void obey(struct filter *f, const struct rule *r, uint32_t value)
{
	load(f, ARG(r->arg));
	switch (r->what) {
	case BITS:
		answer_if(f, BPF_JSET, ~value, ERROR(EINVAL));
		break;
	case UP_TO:
		answer_if(f, BPF_JGT, value, ERROR(EINVAL));
		break;
	case OPEN:
		answer_if(f, BPF_JSET, value, SECCOMP_RET_TRACE);
		break;
	case PATH:
		answer_if(f, BPF_JEQ, 0, ERROR(EFAULT));
		break;
	case UNAME:
		answer_if(f, BPF_JGE, 0, SECCOMP_RET_TRACE);
		break;
	}
	emit(f, BPF_RET | BPF_K, ALLOW, 0, 0);
}
/* Before the last number counts: what today's glibc calls in place of what it has. */
static void allow_new_libc(struct filter *f, enum arch a)
{
	for (size_t i = 0; i < ELEMENTSOF(of_new_libc); i++)
		answer_if(f, BPF_JEQ, (size_t)of_new_libc[i][a], ALLOW);
	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		const struct rule *r = &rules[i];

		if (!r->cwd)
			continue;
		/* fstat() */
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, (size_t)r->nr[a], 0, 4);
		load(f, r->what == BITS ? ARG(r->arg) : NR);
		answer_if(f, BPF_JEQ, AT_EMPTY_PATH, ALLOW);
		load(f, NR);
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, (size_t)r->nr[a], 0, 2 + OBEY);
		load(f, ARG(0));
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)AT_FDCWD, 0, OBEY);
		obey(f, r, r->value);
		load(f, NR);
	}
}

static void add_arch(struct filter *f, enum arch a, const struct kernel *k, bool new_libc)
{
	load(f, NR);
	if (new_libc)
		allow_new_libc(f, a);
	answer_if(f, BPF_JGT, k->last[a], ERROR(ENOSYS));
	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		if (rules[i].nr[a] < 0)
			continue;
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, (size_t)rules[i].nr[a], 0, OBEY);
		obey(f, &rules[i], rules[i].value);
	}
	emit(f, BPF_RET | BPF_K, ALLOW, 0, 0);
}

static void make_filter(struct filter *f, const struct kernel *k, bool new_libc)
{
	for (int a = 0; a < N_ARCHS; a++) {
		struct filter one = { .n = 0 };

		add_arch(&one, (enum arch)a, k, new_libc);
		load(f, offsetof(struct seccomp_data, arch));
		/* A conditional jump may be too short to pass by all of it. */
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, audit_archs[a], 1, 0);
		emit(f, BPF_JMP | BPF_JA, one.n, 0, 0);
		memcpy(f->v + f->n, one.v, one.n * sizeof(one.v[0]));
		f->n = (unsigned short)(f->n + one.n);
	}
	emit(f, BPF_RET | BPF_K, ERROR(ENOSYS), 0, 0);
}

/* --- the supervisor ----------------------------------------------------------------- */

/* The register that holds an argument. */
static unsigned long long *arg_of(struct user_regs_struct *r, enum arch a,
				  unsigned int arg)
{
	unsigned long long *args[N_ARCHS][3] = {
		{ &r->rdi, &r->rsi, &r->rdx },
		{ &r->rbx, &r->rcx, &r->rdx },
	};

	return args[a][arg];
}

/* In the place of the call. */
static void answer(struct user_regs_struct *r, long long result)
{
	r->orig_rax = (unsigned long long)-1;
	r->rax = (unsigned long long)result;
}

/* uname() as that kernel would answer it. */
static void answer_uname(pid_t pid, struct user_regs_struct *r, enum arch a,
			 const struct kernel *k)
{
	struct utsname u;
	struct iovec from = { &u, sizeof(u) };
	struct iovec to = { (void *)(uintptr_t)*arg_of(r, a, 0), sizeof(u) };

	uname(&u);
	snprintf(u.release, sizeof(u.release), "%s", k->release);
	answer(r, process_vm_writev(pid, &from, 1, &to, 1, 0) < 0 ? -EFAULT : 0);
}

/* The program that a process is. */
static struct stat program_of(pid_t pid)
{
	struct stat st = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	stat(path, &st);
	return st;
}

/* A call for which the filter asked. */
static void serve(pid_t pid, const struct kernel *k, const struct stat *command)
{
	const struct stat program = program_of(pid);
	struct __ptrace_syscall_info info;
	struct user_regs_struct regs;
	enum arch a;

	if (program.st_ino != command->st_ino || program.st_dev != command->st_dev ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return; /* another program, or it was killed */
	a = info.arch == AUDIT_ARCH_I386 ? I386 : X86_64;
	if (info.seccomp.ret_data)
		answer(&regs, -(long long)info.seccomp.ret_data);
	for (size_t i = 0; !info.seccomp.ret_data && i < ELEMENTSOF(rules); i++) {
		if (rules[i].nr[a] != (int)info.seccomp.nr)
			continue;
		if (rules[i].what == UNAME)
			answer_uname(pid, &regs, a, k);
		else
			*arg_of(&regs, a, rules[i].arg) &= ~(uint64_t)rules[i].value;
	}
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static pid_t start(const struct kernel *k, bool new_libc, char **argv)
{
	static struct filter f;
	struct sock_fprog prog = { .filter = f.v };
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL |
			     PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	pid_t pid;

	make_filter(&f, k, new_libc);
	prog.len = f.n;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			die("ptrace");
		raise(SIGSTOP);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
			die("seccomp");
		execvp(argv[0], argv);
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, NULL, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0)
		die("PTRACE_SETOPTIONS");
	ptrace(PTRACE_CONT, pid, NULL, 0);
	return pid;
}

static bool is_traced(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	int tracer = 0;

	while (f && fscanf(f, "TracerPid: %d", &tracer) == 0 &&
	       fscanf(f, "%*[^\n]\n") == 0)
		;
	return tracer != 0;
}

/* All that the command has started; its own wait status. */
static int supervise(pid_t first, const struct kernel *k)
{
	struct stat command = { 0 };
	int result = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		int sig = 0;

		if (pid < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = status;
			continue;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
			serve(pid, k, &command);
		else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) &&
			 !command.st_ino)
			command = program_of(pid);
		else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, (long)sig);
	}
	return result;
}

/* End as the command has ended. */
static int end_as(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core of ours */
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	bool new_libc = argc > 1 && strcmp(argv[1], "--new-libc") == 0;
	char **rest = argv + 1 + new_libc;

	if (argc - new_libc > 2 && is_traced()) {
		execvp(rest[1], rest + 1);
		die(rest[1]);
	}
	for (size_t i = 0; argc - new_libc > 2 && i < ELEMENTSOF(kernels); i++)
		if (strcmp(rest[0], kernels[i].release) == 0)
			return end_as(supervise(start(&kernels[i], new_libc, rest + 1),
						&kernels[i]));
	fprintf(stderr, "as-of [--new-libc] 2.6.9|2.6.18 COMMAND [ARGUMENT...]\n");
	return 125;
}
