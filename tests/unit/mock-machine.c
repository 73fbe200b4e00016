/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/strv.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tree.h"

struct mock mock;

bool machine_cpuid(uint32_t leaf, uint32_t regs[4])
{
	memset(regs, 0, 4 * sizeof(*regs));
	if (mock.no_cpuid)
		return false;
	for (size_t i = 0; i < mock.n_cpuid; i++)
		if (mock.cpuid[i].leaf == leaf)
			memcpy(regs, mock.cpuid[i].regs, 4 * sizeof(*regs));
	return true;
}

bool machine_has_hypervisor_bit(void)
{
	return mock.hypervisor_bit;
}

char *machine_release(void)
{
	return strdup(mock.release ?: "2.6.18-53.el5");
}

char *machine_arch(void)
{
	return strdup(mock.arch ?: "x86_64");
}

const char *machine_sysfs(void)
{
	return mock.sys ?: "/nonexistent";
}

const char *machine_procfs(void)
{
	return mock.proc ?: "/nonexistent";
}

bool machine_physmem(uint64_t addr, void *buf, size_t len)
{
	if (!mock.mem || addr < mock.mem_addr ||
	    addr + len > mock.mem_addr + mock.mem_len)
		return false;
	memcpy(buf, mock.mem + (addr - mock.mem_addr), len);
	return true;
}

int machine_open_block(const char *name, dev_t rdev)
{
	for (size_t i = 0; i < mock.n_blocks; i++)
		if (streq(mock.blocks[i].name, name)) {
			int fd = open(mock.blocks[i].image, O_RDONLY | O_CLOEXEC);

			return fd < 0 ? -errno : fd;
		}
	return -ENOENT;
}

int machine_nic(const char *name, char **ret_mac, char **ret_driver)
{
	*ret_mac = *ret_driver = NULL;
	for (size_t i = 0; i < ELEMENTSOF(mock.nics); i++)
		if (streq(mock.nics[i].name, name)) {
			*ret_mac = strdup(mock.nics[i].mac);
			*ret_driver = mock.nics[i].driver ? strdup(mock.nics[i].driver)
							  : NULL;
		}
	return 0;
}

void mock_leaf(uint32_t leaf, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	if (mock.n_cpuid == ELEMENTSOF(mock.cpuid))
		abort();
	mock.cpuid[mock.n_cpuid].leaf = leaf;
	memcpy(mock.cpuid[mock.n_cpuid++].regs, (uint32_t[4]){ a, b, c, d },
	       4 * sizeof(uint32_t));
}

void mock_signature(uint32_t leaf, uint32_t max, const char *signature)
{
	char padded[12] = { 0 };
	uint32_t r[3];

	memcpy(padded, signature, strnlen(signature, sizeof(padded)));
	memcpy(r, padded, sizeof(r));
	mock_leaf(leaf, max, r[0], r[1], r[2]);
}

static struct strv folders;

static void remove_folders(void)
{
	for (size_t i = 0; i < folders.n; i++)
		nftw(folders.v[i], tree_rm_one, 16, FTW_DEPTH | FTW_PHYS);
	strv_done(&folders);
}

char *mock_tmp(void)
{
	struct tree t;

	tree_init(&t);
	root_free(t.root);
	if (!folders.n)
		atexit(remove_folders);
	if (strv_add(&folders, t.path) < 0)
		abort();
	return t.path;
}

/* The program's exit status; -1 when it does not run, or crashes. */
static int run_to(const char *const argv[], const char *out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	int k;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC,
					 0644);
	k = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return k == 0 && waitpid(pid, &status, 0) >= 0 && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : -1;
}

bool mock_has_testbed(void)
{
	static const char *const argv[] = { "umockdev-run", "--", "true", NULL };
	static int runs = -1;

	if (runs < 0)
		runs = run_to(argv, "/dev/null") == 0;
	return runs;
}

bool mock_testbed(const char *self, const char *devices, const char *arg, const char *out)
{
	const char *argv[] = { "umockdev-run", "-d", devices, "--", self, arg, NULL };
	int status = run_to(argv, out);

	return status >= 0 && status != 127;
}

int mock_run(const char *const argv[])
{
	static char path[] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
	char *env[] = { path, NULL };
	pid_t pid;
	int status;

	for (size_t i = 0; i < 4; i++) {
		static const char *const at[] = { "/usr/sbin", "/sbin", "/usr/bin",
						  "/bin" };
		_cleanup_free_ char *file = strf("%s/%s", at[i], argv[0]);

		if (access(file, X_OK) < 0)
			continue;
		if (posix_spawn(&pid, file, NULL, NULL, (char *const *)argv, env) != 0 ||
		    waitpid(pid, &status, 0) < 0)
			return -1;
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	return -1;
}

/* top/path, with the folders above it made. */
static char *place(const char *top, const char *path)
{
	char *full = strf("%s/%s", top, path);

	if (!full)
		abort();
	for (char *p = full + strlen(top) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	return full;
}

void mock_bytes(const char *top, const char *path, const void *data, size_t len)
{
	_cleanup_free_ char *full = place(top, path);
	_cleanup_close_ int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				      0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
}

void mock_put(const char *top, const char *path, const char *text)
{
	mock_bytes(top, path, text, strlen(text));
}

void mock_link(const char *top, const char *path, const char *target)
{
	_cleanup_free_ char *full = place(top, path);

	if (symlink(target, full) < 0)
		abort();
}

void mock_dir(const char *top, const char *path)
{
	_cleanup_free_ char *full = place(top, path);

	mkdir(full, 0755);
}
