/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images: a good one, and every way in which its header may lie. */
#include <string.h>
#include <sys/mman.h>

#include "guest/uki.h"
#include "tests/unit/tap.h"

#define PE	 64
#define TABLE	 (PE + 24 + 112 + 128)
#define CONTENTS 1024

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

static void section(uint8_t *file, unsigned int i, const char *name, uint32_t offset,
		    const char *text)
{
	uint8_t *s = file + TABLE + (size_t)i * 40;

	memcpy(s, name, strlen(name));
	put32(s + 8, (uint32_t)strlen(text));
	put32(s + 16, 512);
	put32(s + 20, offset);
	memcpy(file + offset, text, strlen(text));
}

/* Four sections of 512 bytes behind the header. */
static void make(uint8_t file[3072])
{
	memset(file, 0, 3072);
	memcpy(file, "MZ", 2);
	put32(file + 60, PE);
	memcpy(file + PE, "PE\0\0", 4);
	put16(file + PE + 6, 3);
	put16(file + PE + 20, 112 + 128);
	put16(file + PE + 24, 0x20b);
	put32(file + PE + 24 + 108, 16);
	section(file, 0, ".linux", CONTENTS, "kernel");
	section(file, 1, ".uname", CONTENTS + 512, "6.1.0\n");
	section(file, 2, ".cmdline", CONTENTS + 1024, "root=/dev/sda1 quiet\n");
}

static int try(const uint8_t *file, size_t size, struct uki *u, struct err *e)
{
	_cleanup_close_ int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0 || write(fd, file, size) != (ssize_t)size)
		return -EIO;
	return uki_read_fd(fd, "image", NULL, u, e);
}

static void test_good(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	uint8_t file[3072];
	struct uki u;

	make(file);
	is_int(try(file, sizeof(file), &u, &e), 1, "an image is one");
	is(u.release, "6.1.0", "its release");
	is(u.args, "root=/dev/sda1 quiet", "its arguments");
	ok(!u.is_signed && !u.image && !u.problem, "neither signed nor with an initrd");
	uki_done(&u);
	put32(file + PE + 24 + 112 + 32, 2560);
	put32(file + PE + 24 + 112 + 36, 512);
	is_int(try(file, sizeof(file), &u, &e), 1, "with a signature");
	ok(u.is_signed, "it is signed");
	uki_done(&u);
	memcpy(file + TABLE, ".text\0\0", 7);
	is_int(try(file, sizeof(file), &u, &e), 0, "without a kernel it is none");
	uki_done(&u);
}

/* The stub makes blanks of line ends and tabs: what stands behind them is in force. */
static void test_lines(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	uint8_t file[3072];
	struct uki u;

	make(file);
	section(file, 1, ".uname", CONTENTS + 512, "6.1.0\nmore\n");
	section(file, 2, ".cmdline", CONTENTS + 1024,
		"root=/dev/sda1\r\n\tquiet\x7fxen_nopv\n \n");
	is_int(try(file, sizeof(file), &u, &e), 1, "arguments of several lines");
	is(u.args, "root=/dev/sda1   quiet xen_nopv", "are one line");
	is(u.release, "6.1.0", "of a release the first line counts");
	uki_done(&u);
	make(file);
	section(file, 2, ".cmdline", CONTENTS + 1024, "\n \t\n");
	memset(file + CONTENTS + 1024 + 4, '\n', 508);
	is_int(try(file, sizeof(file), &u, &e), 1, "arguments of blanks");
	ok(!u.args, "are none");
	uki_done(&u);
}

static void test_lies(void)
{
	static const struct {
		const char *name;
		size_t at;
		uint32_t value;
		const char *says;
	} rows[] = {
		{ "no MZ", 0, 0, "is no PE file" },
		{ "no PE", PE, 0, "is no PE file" },
		{ "header behind the end", 60, 1 << 20, "cut short" },
		{ "header at the end of numbers", 60, UINT32_MAX, "cut short" },
		{ "more sections than a file has", PE + 4, 0xffff0000, "sections" },
		{ "optional header over the end", PE + 20, 0xffff, "cut short" },
		{ "a section behind the end", TABLE + 40 + 20, 3070, "outside" },
		{ "a section at the end of numbers", TABLE + 40 + 20, UINT32_MAX,
		  "outside" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		uint8_t file[3072];
		struct uki u;

		make(file);
		put32(file + rows[i].at, rows[i].value);
		is_int(try(file, sizeof(file), &u, &e), -EINVAL, rows[i].name);
		ok(strstr(err_text(&e) ?: "", rows[i].says), "… says so");
		ok(strstr(err_text(&e) ?: "", "image"), "… and of what");
		uki_done(&u);
	}
}

static void test_cut(void)
{
	uint8_t file[3072];
	int wrong = 0;

	make(file);
	/* The last section's text ends at its padding. */
	for (size_t n = 0; n < CONTENTS + 1024; n++) {
		_cleanup_err_ struct err e = ERR_INIT;
		struct uki u;

		wrong += try(file, n, &u, &e) != -EINVAL;
		uki_done(&u);
	}
	is_int(wrong, 0, "cut at any byte it is an error");
}

/* A part of a file as an initrd: what lies behind it is not read. */
static void test_initrd(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	uint8_t file[3072];
	struct uki u;

	make(file);
	put16(file + PE + 6, 4);
	section(file, 3, ".initrd", CONTENTS + 1536, "070701 and no more");
	is_int(try(file, sizeof(file), &u, &e), 1, "an image with a broken initrd");
	ok(u.problem && !u.image, "the initrd is the problem");
	ok(strstr(u.problem ?: "", "image"), "which says where");
	uki_done(&u);
}

int main(void)
{
	test_good();
	test_lines();
	test_lies();
	test_cut();
	test_initrd();
	return tap_done();
}
