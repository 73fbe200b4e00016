/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe RELEASE: whether as-of serves this process as a kernel of that release would, in
 * system calls of x86-64 and, by way of int 0x80, in those of i386. Prints TAP. Raw
 * calls all: no C library has a say.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "lib/cleanup.h"
#include "tests/unit/tap.h"

enum arch {
	X86_64,
	I386,
};

/* The result, or a negative errno. */
static long call(enum arch a, long nr, long one, long two, long three, long four)
{
	register long r10 __asm__("r10") = four;
	long ret;

	if (a == X86_64)
		__asm__ volatile("syscall"
				 : "=a"(ret)
				 : "a"(nr), "D"(one), "S"(two), "d"(three), "r"(r10)
				 : "rcx", "r11", "memory");
	else
		__asm__ volatile("int $0x80"
				 : "=a"(ret)
				 : "a"(nr), "b"(one), "c"(two), "d"(three), "S"(four)
				 : "r8", "r9", "r11", "memory");
	return ret;
}

/* Calls that fail where there are none, and elsewhere for another reason, or succeed. */
static const struct {
	const char *name;
	int nr[2];
	const char *since; /* NULL: later than any release here */
} calls[] = {
	{ "mq_getsetattr", { 245, 282 }, "2.6.9" },
	{ "waitid", { 247, 284 }, "2.6.18" },
	{ "openat", { 257, 295 }, "2.6.18" },
	{ "move_pages", { 279, 317 }, "2.6.18" },
	{ "utimensat", { 280, 320 }, NULL },
	{ "getrandom", { 318, 355 }, NULL },
	{ "openat2", { 437, 437 }, NULL },
};

/* Calls that all have, with what none of them knows. */
static const struct {
	const char *what;
	int nr[2];
	long args[4];
	int error;
} refused[] = {
	{ "fcntl(F_DUPFD_CLOEXEC)", { 72, 55 }, { 0, F_DUPFD_CLOEXEC }, EINVAL },
	{ "fcntl(F_GETFD)", { 72, 55 }, { 0, F_GETFD }, 0 },
	{ "prctl(PR_SET_NO_NEW_PRIVS)", { 157, 172 }, { 38, 1 }, EINVAL },
	{ "prctl(PR_GET_DUMPABLE)", { 157, 172 }, { 3 }, 0 },
};

static void test_flags(enum arch a, const char *release, char *low)
{
	static const int open_nr[] = { 2, 5 };
	static const int read_nr[] = { 0, 3 };
	static const int fcntl_nr[] = { 72, 55 };
	static const int stat_nr[] = { 262, 300 };
	long fd = 0;
	long k;

	strcpy(low, "/");
	fd = call(a, open_nr[a], (long)low, O_PATH | O_CLOEXEC, 0, 0);
	is_int(call(a, read_nr[a], fd, (long)low, 1, 0), -EISDIR,
	       "O_PATH opens what there is");
	is_int(call(a, fcntl_nr[a], fd, F_GETFD, 0, 0), 0, "O_CLOEXEC has no effect");
	k = call(a, stat_nr[a], fd, (long)low, (long)low + 64, AT_NO_AUTOMOUNT);
	is_int(k, strcmp(release, "2.6.9") == 0 ? -ENOSYS : -EINVAL,
	       "a flag of later is refused");
}

static void test_arch(enum arch a, const char *release, char *low)
{
	static const int uname_nr[] = { 63, 122 };
	struct utsname *u = (struct utsname *)low;

	call(a, uname_nr[a], (long)u, 0, 0, 0);
	is(u->release, release, "uname()");
	for (size_t i = 0; i < ELEMENTSOF(calls); i++) {
		long k = call(a, calls[i].nr[a], -1, 0, 0, 0);
		bool has = calls[i].since && (strcmp(calls[i].since, "2.6.9") == 0 ||
					      strcmp(calls[i].since, release) == 0);

		ok(has == (k != -ENOSYS), "%s", calls[i].name);
	}
	for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
		const long *args = refused[i].args;
		long k = call(a, refused[i].nr[a], args[0], args[1], args[2], args[3]);

		is_int(k < 0 ? k : 0, -refused[i].error, refused[i].what);
	}
	test_flags(a, release, low);
}

/* A kernel without them kills who tries. */
static bool has_i386(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(call(I386, 20, 0, 0, 0, 0) == getpid() ? 0 : 1); /* getpid() */
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	/* i386 has no pointers above */
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (argc < 2 || low == MAP_FAILED)
		return 1;
	printf("# x86-64\n");
	test_arch(X86_64, argv[1], low);
	printf("# i386\n");
	if (has_i386())
		test_arch(I386, argv[1], low);
	else
		skip("calls of i386", "this kernel has none");
	return tap_done();
}
