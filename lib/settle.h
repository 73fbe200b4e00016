/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For those who read a disk as it is. What fsync() has put into a journal is read back by
 * the kernel that mounts the file system next, not by a boot loader: it knows no
 * journals.
 */
#pragma once

/*
 * Sync the file system of a descriptor, and have all of it in its place. 0 or -errno.
 *
 * Seen, by reading a disk without its journal: on ext4 a name that was renamed and synced
 * is the old one until syncfs(); on XFS until the file system is frozen, which is done
 * for an instant, by a process that thaws it whatever becomes of this one. That takes
 * root (CAP_SYS_ADMIN): others get what syncfs() does. Before Linux 2.6.39 it is sync().
 */
int settle(int fd);
