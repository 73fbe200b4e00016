/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot configuration that bootconfig(8) has put behind an image [Linux,
 * Documentation/admin-guide/bootconfig.rst; since 5.8]:
 *
 *     the image
 *     the configuration, NULs behind it: the file's size is a multiple of 4
 *     u32 size of these two, little-endian
 *     u32 sum of all their bytes
 *     "#BOOTCONFIG\n"
 *     0 to 3 bytes that a boot loader may have added
 *
 * Kernels take it off before they unpack the image, where the size fits and the sum is
 * right, whatever they do with it then.
 */
#include <string.h>

#include "guest/initrd_walk.h"
#include "lib/bytes.h"

#define MAGIC	  "#BOOTCONFIG\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define FOOTER	  (8 + MAGIC_LEN)
#define ADDED	  3

static int sum_of(int fd, uint64_t at, uint64_t len, uint32_t *ret)
{
	uint8_t buf[16 * 1024];

	*ret = 0;
	while (len) {
		ssize_t n = pread_all(fd, buf, len < sizeof(buf) ? len : sizeof(buf), at);

		if (n <= 0)
			return n ? (int)n : -EIO;
		for (ssize_t i = 0; i < n; i++)
			*ret += buf[i];
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

int initrd_bootconfig(int fd, uint64_t start, uint64_t end, uint64_t *ret)
{
	uint8_t buf[FOOTER + ADDED];
	uint64_t room = end > start ? end - start : 0;
	size_t len = room < sizeof(buf) ? (size_t)room : sizeof(buf);
	ssize_t n = pread_all(fd, buf, len, end - len);

	if (n < 0)
		return (int)n;
	if ((size_t)n < len)
		return 0;
	for (size_t added = 0; added <= ADDED && added + FOOTER <= len; added++) {
		const uint8_t *p = buf + len - added - FOOTER;
		uint64_t at = end - added - FOOTER;
		uint32_t sum;
		int r;

		if (memcmp(p + 8, MAGIC, MAGIC_LEN) != 0)
			continue;
		if (le32(p) > at - start)
			return 0;
		r = sum_of(fd, at - le32(p), le32(p), &sum);
		if (r < 0 || sum != le32(p + 4))
			return r;
		*ret = at - le32(p);
		return 1;
	}
	return 0;
}
