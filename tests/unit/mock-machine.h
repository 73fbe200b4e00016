/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another guest/machine.c: a machine as the test wants it. */
#pragma once

#include "guest/machine.h"
#include "lib/root.h"

struct mock {
	const char *sys, *proc; /* folders */
	const char *release, *arch;
	bool no_cpuid;
	bool hypervisor_bit;
	struct {
		uint32_t leaf;
		uint32_t regs[4];
	} cpuid[8];
	size_t n_cpuid;
	/* physical memory: one piece */
	uint64_t mem_addr;
	const uint8_t *mem;
	size_t mem_len;
	/* block devices: kernel name and the image that stands for it */
	struct {
		const char *name, *image;
	} blocks[8];
	size_t n_blocks;
	/* what NICs say of themselves */
	struct {
		const char *name, *mac, *driver;
	} nics[4];
};

extern struct mock mock;

/* A leaf with a signature of 12 characters in ebx, ecx, edx. */
void mock_signature(uint32_t leaf, uint32_t max, const char *signature);
void mock_leaf(uint32_t leaf, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* A new folder in $TMPDIR, removed at exit; aborts when it cannot be made. */
char *mock_tmp(void);
/* Files, with the folders above them, and links; they abort when it cannot be. */
void mock_put(const char *top, const char *path, const char *text);
void mock_bytes(const char *top, const char *path, const void *data, size_t len);
void mock_link(const char *top, const char *path, const char *target);
void mock_dir(const char *top, const char *path);
/* The devices of umockdev's words, as the files and links of a sysfs. */
void mock_sysfs(const char *sys, const char *words);
/* Whether umockdev-run runs here at all; asked once. */
bool mock_has_testbed(void);
/* Run this program, with one argument, in umockdev's testbed of a file's devices; its
 * output goes to a file. False when it does not run, or crashes. */
bool mock_testbed(const char *self, const char *devices, const char *arg,
		  const char *out);
/* Run a program of the system; its exit status, -1 when there is none of that name. */
int mock_run(const char *const argv[]);
