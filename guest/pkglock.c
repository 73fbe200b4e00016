/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "guest/machine.h"
#include "guest/pkglock.h"

#define PROC_MAX 4096

/* All are locks of fcntl(), which the kernel names the holder of. */
static const char *const locks[] = {
	"/var/lock/rpm/transaction", /* RHEL 3 to 5 */
	"/var/lib/rpm/.rpm.lock",      "/usr/lib/sysimage/rpm/.rpm.lock",
	"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock",
};

/* A file of a process in /proc; the caller frees. NULL: it is not to be had. */
static char *read_proc(pid_t pid, const char *file)
{
	_cleanup_root_ struct root *proc = NULL;
	_cleanup_free_ char *path = strf("%d/%s", pid, file);
	char *text = NULL;
	size_t len;

	if (path && root_new(&proc, machine_procfs(), NULL) == 0)
		root_read(proc, path, PROC_MAX, &text, &len, NULL);
	return text;
}

/* The parent of a process; 0: none is known. */
static pid_t parent_of(pid_t pid)
{
	_cleanup_free_ char *text = read_proc(pid, "stat");
	/* The name, which may hold anything, is in parentheses. */
	const char *end = text ? strrchr(text, ')') : NULL;
	int parent;

	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool has_started_us(pid_t pid)
{
	for (pid_t p = getppid(); p > 0; p = parent_of(p))
		if (p == pid)
			return true;
	return false;
}

static int held(const struct root *r, const char *path, pid_t pid, struct err *e)
{
	_cleanup_free_ char *name = root_name(r, path);
	/* 0: of another PID namespace; -1: not a process's but an open file's. */
	_cleanup_free_ char *comm = pid > 0 ? read_proc(pid, "comm") : NULL;

	if (!name)
		return err_nomem(e);
	if (!comm)
		return err_set(e, EBUSY,
			       "%s: a package manager is at work in this guest; run "
			       "again when it has finished",
			       name);
	comm[strcspn(comm, "\n")] = '\0';
	return err_set(e, EBUSY,
		       "%s: a package manager (%s, process %d) is at work in this guest; "
		       "run again when it has finished",
		       name, comm, pid);
}

int pkglock_check(const struct root *r, struct err *e)
{
	for (size_t i = 0; i < ELEMENTSOF(locks); i++) {
		_cleanup_close_ int fd = root_open_file(r, locks[i], NULL, NULL);
		/* Who only reads has no lock that this one would wait for. */
		struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

		if (fd < 0 || fcntl(fd, F_GETLK, &l) < 0 || l.l_type == F_UNLCK)
			continue;
		if (!has_started_us(l.l_pid))
			return held(r, locks[i], l.l_pid, e);
	}
	return 0;
}
