/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#if defined(__i386__) || defined(__x86_64__)
#include <cpuid.h>
#define HAVE_CPUID 1
#else
#define HAVE_CPUID 0
#endif

#include "guest/machine.h"
#include "lib/strv.h"

bool machine_cpuid(uint32_t leaf, uint32_t regs[4])
{
#if HAVE_CPUID
	/* Not __get_cpuid(): it refuses leaves above the basic maximum, where Xen's are.
	 */
	__cpuid(leaf, regs[0], regs[1], regs[2], regs[3]);
	return true;
#else
	return false;
#endif
}

bool machine_has_hypervisor_bit(void)
{
	uint32_t regs[4];

	return machine_cpuid(1, regs) && (regs[2] & (UINT32_C(1) << 31));
}

char *machine_release(void)
{
	struct utsname u;

	return uname(&u) < 0 ? NULL : strdup(u.release);
}

char *machine_arch(void)
{
	struct utsname u;

	return uname(&u) < 0 ? NULL : strdup(u.machine);
}

const char *machine_sysfs(void)
{
	return "/sys";
}

const char *machine_procfs(void)
{
	return "/proc";
}

bool machine_physmem(uint64_t addr, void *buf, size_t len)
{
	_cleanup_close_ int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t skew = (size_t)(addr & (page - 1));
	void *map;

	if (fd < 0)
		return false;
	/* By mmap: read() refuses what lies above the guest's RAM, where Xen puts the
	 * tables. */
	map = mmap(NULL, len + skew, PROT_READ, MAP_SHARED, fd, (off_t)(addr - skew));
	if (map == MAP_FAILED)
		return false;
	memcpy(buf, (const char *)map + skew, len);
	munmap(map, len + skew);
	return true;
}

int machine_open_block(const char *name, dev_t rdev)
{
	_cleanup_free_ char *path = strf("/dev/%s", name);
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!path)
		return -ENOMEM;
	/* Kernel names write '/' as '!': cciss!c0d0 is /dev/cciss/c0d0. */
	for (char *p = path; *p; p++)
		if (*p == '!')
			*p = '/';
	/* O_NONBLOCK: a CD-ROM drive without a disc opens too, and at once. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || (rdev && st.st_rdev != rdev))
		return -ENODEV;
	return TAKE_FD(fd);
}

int machine_nic(const char *name, char **ret_mac, char **ret_driver)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq r = { 0 };
	const uint8_t *m = (const uint8_t *)r.ifr_hwaddr.sa_data;

	*ret_mac = *ret_driver = NULL;
	if (fd < 0 || strlen(name) >= sizeof(r.ifr_name))
		return 0;
	memcpy(r.ifr_name, name, strlen(name) + 1);
	if (ioctl(fd, SIOCGIFHWADDR, &r) == 0) {
		*ret_mac = strf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
				m[4], m[5]);
		if (!*ret_mac)
			return -ENOMEM;
	}
	r.ifr_data = (char *)&info;
	if (ioctl(fd, SIOCETHTOOL, &r) < 0)
		return 0;
	*ret_driver = strndup(info.driver, sizeof(info.driver));
	return *ret_driver ? 0 : -ENOMEM;
}
