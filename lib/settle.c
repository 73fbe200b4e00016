/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/settle.h"

/* 0 or errno. Somebody else who has frozen it has done what is wanted. */
static int freeze_and_thaw(int fd)
{
	if (ioctl(fd, FIFREEZE, 0) < 0)
		return errno == EPERM || errno == EBUSY || errno == EOPNOTSUPP ||
				       errno == ENOTTY || errno == EINVAL
			       ? 0
			       : errno;
	while (ioctl(fd, FITHAW, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* In a session of its own, and deaf: who kills this process must not leave a frozen root.
 */
static int freeze(int fd)
{
	sigset_t all, before;
	int status = 0;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0) {
		setsid();
		_exit(freeze_and_thaw(fd));
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int settle(int fd)
{
	struct statfs fs;

	while (syncfs(fd) < 0) {
		if (errno == ENOSYS) {
			sync();
			break;
		}
		if (errno == EINVAL || errno == ENOTSUP)
			break;
		if (errno != EINTR)
			return -errno;
	}
	if (fstatfs(fd, &fs) == 0 && fs.f_type == XFS_SUPER_MAGIC)
		return freeze(fd);
	return 0;
}
