/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as a compressed stream of the kind that it says it is; and any bytes, packed
 * by each codec that can, come back as they were.
 */
#include "lib/stream.h"
#include "tests/fuzz/fuzz.h"

#define UNPACKED_MAX (1u << 20)

static void unpack_any(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = fuzz_fd(data, size);
	enum comp c = comp_detect(data, size);
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	char buf[4096];
	ssize_t n = 1;

	if (!comp_can_read(c))
		return;
	check(unpack_open(&u, fd, 0, c, "input", &e) == 0);
	for (size_t total = 0; n > 0 && total < UNPACKED_MAX; total += (size_t)n)
		n = unpack_read(u, buf, sizeof(buf), &e);
	check(n >= 0 || e.msg);
	check(unpack_consumed(u) <= size);
}

static void there_and_back(enum comp c, const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = fuzz_fd(NULL, 0);
	_cleanup_free_ uint8_t *back = malloc(size + 1);
	_cleanup_(pack_freep) struct pack *p = NULL;
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	uint64_t packed = 0;
	size_t have = 0;
	ssize_t n = 1;

	check(back && pack_open(&p, fd, c, "x", NULL) == 0);
	check(pack_write(p, data, size, NULL) == 0 && pack_finish(p, &packed, NULL) == 0);
	check(unpack_open(&u, fd, 0, c, "x", NULL) == 0);
	for (; n > 0 && have <= size; have += (size_t)n)
		n = unpack_read(u, back + have, size + 1 - have, NULL);
	check(n == 0 && have == size && (!size || memcmp(back, data, size) == 0));
	check(unpack_consumed(u) == packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unpack_any(data, size);
	for (int c = 0; size && c < COMP_COUNT; c++)
		if (comp_can_write((enum comp)c) && comp_can_read((enum comp)c) &&
		    data[0] % COMP_COUNT == c)
			there_and_back((enum comp)c, data, size);
	return 0;
}
