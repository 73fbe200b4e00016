/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done to a name in an open folder: openat() and its family, and the same on
 * kernels before 2.6.16, which have none of them. There the folder's place in
 * /proc/self/fd stands for it, so that a folder that is open stays the one that is
 * meant, whatever became of its path; /proc must be mounted (at_usable()).
 *
 * A name is one component, or "." or "..". Results and errno are those of the calls
 * that the functions are named after; none but at_open() ever follows a link.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* Whether the functions below work on this system at all: by the kernel, or by /proc. */
bool at_usable(int dirfd);

/* The flags ought to hold O_NOFOLLOW. O_CLOEXEC is implied; Linux has it since 2.6.23:
 * who runs a program closes what that is not to have. */
int at_open(int dirfd, const char *name, int flags, mode_t mode);

int at_stat(int dirfd, const char *name, struct stat *st);
int at_access(int dirfd, const char *name, int mode);
int at_mkdir(int dirfd, const char *name, mode_t mode);
int at_mknod(int dirfd, const char *name, mode_t mode, dev_t rdev);
int at_symlink(const char *target, int dirfd, const char *name);
int at_link(int fromdir, const char *from, int todir, const char *to);
int at_unlink(int dirfd, const char *name);
int at_rmdir(int dirfd, const char *name);
int at_chown(int dirfd, const char *name, uid_t uid, gid_t gid);

/* Follows a link: of what the caller has made itself. */
int at_chmod(int dirfd, const char *name, mode_t mode);

int at_rename(int fromdir, const char *from, int todir, const char *to);

/* The text of a link; the caller frees. EINVAL: it is none. */
int at_readlink(int dirfd, const char *name, char **ret);

/*
 * "/proc/self/fd/DIRFD/NAME", for what no call takes a folder: extended attributes. The
 * caller frees; NULL when out of memory.
 */
char *at_path(int dirfd, const char *name);

/*
 * futimens(), UTIME_OMIT included. Kernels before 2.6.22 take microseconds: the rest is
 * cut off. same_time() knows.
 */
int at_set_times(int fd, const struct timespec times[2]);

/* The same for a name. ENOSYS before 2.6.22, which can set no link's times. */
int at_set_times_of(int dirfd, const char *name, const struct timespec times[2]);

/*
 * Whether a time that was set or read earlier is this one. A file system of old keeps
 * seconds, and its kernel the rest of it until the inode leaves memory; a kernel of
 * old takes microseconds.
 */
bool same_time(struct timespec a, struct timespec b);

/* fcntl(F_DUPFD_CLOEXEC), which Linux has since 2.6.24. */
int dup_cloexec(int fd);
