/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/confine.h"
#include "lib/strv.h"

/* Rights of later Landlocks than the one that we are compiled with, by its documentation:
 * https://docs.kernel.org/userspace-api/landlock.html */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* What may be had of a single file */
#define OF_FILES                                                        \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_TRUNCATE)

/* The first version with each set of rights; all are given up that there are */
static const struct {
	long version;
	uint64_t rights;
} versions[] = {
	{ 1, READS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		     LANDLOCK_ACCESS_FS_MAKE_SYM },
	{ 2, LANDLOCK_ACCESS_FS_REFER },
	{ 3, LANDLOCK_ACCESS_FS_TRUNCATE },
	{ 5, LANDLOCK_ACCESS_FS_IOCTL_DEV },
};
#define RENAMES_SINCE 2 /* before, each one between two folders is refused */

/* No reader or writer of files calls these; by name, for the library may know some of
 * them and not others. */
static const char *const given_up[] = {
	/* programs, and other processes */
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"pidfd_getfd",
	"kcmp",
	"setns",
	"unshare",
	"userfaultfd",
	/* networks */
	"socket",
	"socketpair",
	"socketcall",
	"connect",
	"bind",
	"listen",
	"accept",
	"accept4",
	/* mounts and roots */
	"mount",
	"umount",
	"umount2",
	"mount_setattr",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"pivot_root",
	"chroot",
	"swapon",
	"swapoff",
	"quotactl",
	"quotactl_fd",
	/* the kernel */
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"bpf",
	"perf_event_open",
	"syslog",
	"iopl",
	"ioperm",
	"modify_ldt",
	"io_uring_setup",
	"lookup_dcookie",
	"open_by_handle_at",
	"acct",
	/* keys, names, clocks */
	"add_key",
	"request_key",
	"keyctl",
	"sethostname",
	"setdomainname",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"personality",
	"vhangup",
	"nfsservctl",
};

/* clone() is how fork() is made, and a namespace; clone3() hides its flags from a filter,
 * and the C library does without it where there is none. */
static const unsigned int namespaces[] = {
	CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,	CLONE_NEWNET,
};

struct confine {
	int ruleset; /* -1: the kernel has no Landlock */
	uint64_t rights;
};

static uint64_t rights_of(long version)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < ELEMENTSOF(versions); i++)
		if (versions[i].version <= version)
			rights |= versions[i].rights;
	return rights;
}

struct confine *confine_new(enum confine_what what)
{
	struct confine *c = calloc(1, sizeof(*c));
	struct landlock_ruleset_attr attr = { 0 };
	long version;

	if (!c)
		return NULL;
	c->ruleset = -1;
	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < RENAMES_SINCE)
		return c;
	c->rights = rights_of(version);
	if (what == CONFINE_WRITES)
		c->rights &= ~READS;
	attr.handled_access_fs = c->rights;
	c->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	return c;
}

void confine_free(struct confine *c)
{
	if (!c)
		return;
	closep(&c->ruleset);
	free(c);
}

int confine_keep(struct confine *c, int fd, enum confine_right right)
{
	static const uint64_t rights[] = {
		[CONFINE_READ] = READS,
		[CONFINE_FOLDERS] = READS | LANDLOCK_ACCESS_FS_MAKE_DIR |
				    LANDLOCK_ACCESS_FS_REMOVE_DIR,
		[CONFINE_WRITE] = ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE,
	};
	struct landlock_path_beneath_attr rule = {
		.allowed_access = c->rights & rights[right],
		.parent_fd = fd,
	};
	struct stat st;

	if (c->ruleset < 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	return syscall(SYS_landlock_add_rule, c->ruleset, LANDLOCK_RULE_PATH_BENEATH,
		       &rule, 0) < 0
		       ? -errno
		       : 0;
}

int confine_keep_path(struct confine *c, const char *path, enum confine_right right)
{
	_cleanup_close_ int fd = -1;

	/* Without Landlock there may be no O_PATH, and the open would be a real one. */
	if (c->ruleset < 0)
		return 0;
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? 0 : confine_keep(c, fd, right);
}

int confine_files(struct confine *c, struct err *e)
{
	if (c->ruleset < 0)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, c->ruleset, 0) < 0)
		return err_errno(e, errno,
				 "cannot give up the files that are not needed");
	return 0;
}

static int give_up_namespaces(scmp_filter_ctx filter)
{
	int clone3 = seccomp_syscall_resolve_name("clone3");
	int k = clone3 == __NR_SCMP_ERROR
			? 0
			: seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);

	for (size_t i = 0; i < ELEMENTSOF(namespaces) && k == 0; i++)
		k = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
	return k;
}

int confine_calls(struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int k = filter ? give_up_namespaces(filter) : -ENOMEM;

	for (size_t i = 0; i < ELEMENTSOF(given_up) && k == 0; i++) {
		int nr = seccomp_syscall_resolve_name(given_up[i]);

		if (nr != __NR_SCMP_ERROR)
			k = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), nr, 0);
	}
	if (k == 0)
		k = seccomp_load(filter);
	seccomp_release(filter);
	/* A kernel without seccomp's filters, or a container that allows none */
	if (k == -EINVAL || k == -ENOSYS || k == -EPERM || k == -ECANCELED)
		k = 0;
	return k < 0 ? err_errno(e, k,
				 "cannot give up the system calls that are not "
				 "needed")
		     : 0;
}
