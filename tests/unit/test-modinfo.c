/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <sys/mman.h>

#include "guest/modinfo.h"
#include "tests/unit/module.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

#define VERMAGIC "2.6.18-53.el5 SMP mod_unload gcc-4.1"

static const char source[] =
	"#define INFO(n, s) static const char n[]"
	" __attribute__((section(\".modinfo\"), used, aligned(1))) = s;\n"
	"INFO(a, \"license=GPL\") INFO(b, \"depends=xen-balloon,xen-platform-pci\")\n"
	"INFO(c, \"vermagic=" VERMAGIC "\") INFO(d, \"alias=xen:vif\")\n"
	"struct version { unsigned long crc; char name[64 - sizeof(unsigned long)]; };\n"
	"static const struct version v[]"
	" __attribute__((section(\"__versions\"), used)) = {\n"
	"	{ 0xb7d40741, \"printk\" }, { 0x12345678, \"xenbus_read\" } };\n"
	"__asm__(\".globl __crc_vnif_open\\n__crc_vnif_open = 0xdeadbeef\\n\");\n"
	"extern int printk(const char *, ...); extern int xenbus_read(void);\n"
	"int vnif_open(void) { return 0; }\n"
	"int init_module(void) { return printk(\"x\") + xenbus_read(); }\n";

/* Read by name, whatever comes of it; *msg is the sentence, freed by the caller. */
static struct modinfo *read_path(const char *path, char **msg)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct err e = ERR_INIT;
	struct modinfo *m = NULL;
	int k = modinfo_read(fd, path, &m, &e);

	if ((k < 0) != (e.code != 0) || (k < 0) != !m)
		abort(); /* neither a module nor a sentence */
	*msg = k < 0 ? strdup(err_text(&e)) : NULL;
	err_done(&e);
	return m;
}

static struct modinfo *read_mem(const void *data, size_t len, char **msg)
{
	_cleanup_close_ int fd = memfd_create("test", MFD_CLOEXEC);
	_cleanup_free_ char *path = strf("/proc/self/fd/%d", fd);

	put_file(path, data, len);
	return read_path(path, msg);
}

static void refused(const char *path, const char *why, const char *what)
{
	_cleanup_free_ char *msg = NULL;
	struct modinfo *m = read_path(path, &msg);

	ok(!m && strstr(msg, why) && strstr(msg, path), "%s: %s", what,
	   msg ? msg : "was taken");
	modinfo_free(m);
}

static uint32_t crc_of(const struct symvers *s, const char *name)
{
	const struct symver *v = symvers_find(s, name);

	return v ? v->crc : 0;
}

/* What tells it is not what builds it: the same facts of what a compiler made. */
static void test_compiled(struct tree *t, const char *option, enum arch arch)
{
	_cleanup_free_ char *c = tree_name(t, "/vnif.c");
	_cleanup_free_ char *o = tree_name(t, "/vnif.ko");
	_cleanup_free_ char *msg = NULL;
	const char *cc = getenv("CC") ?: "gcc";
	struct modinfo *m;

	put_file(c, source, strlen(source));
	if (run(cc, option, "-ffreestanding", "-fno-pic", "-w", "-c", c, "-o", o)) {
		skip("a compiled module", "the compiler does not make such objects");
		return;
	}
	m = read_path(o, &msg);
	if (!ok(m != NULL, "%s: a compiled module is read", option)) {
		printf("# %s\n", msg);
		return;
	}
	is_int(m->arch, arch, "its architecture");
	is(m->vermagic, VERMAGIC, "its vermagic");
	is(m->depends, "xen-balloon,xen-platform-pci", "what it depends on");
	ok(m->aliases.n == 1 && streq(m->aliases.v[0], "xen:vif"), "its alias");
	ok(m->has_versions && !m->is_signed, "versions, no signature");
	is_int(crc_of(&m->imports, "printk"), 0xb7d40741, "an import's version");
	is_int(crc_of(&m->imports, "xenbus_read"), 0x12345678, "another one's");
	is_int((long long)m->exports.n, 1, "one export");
	is_int(crc_of(&m->exports, "vnif_open"), 0xdeadbeef, "the export's version");
	modinfo_free(m);
}

/* An import that the table of versions leaves out is an import with version 0. */
static void test_unlisted_import(struct tree *t)
{
	_cleanup_free_ char *o = tree_name(t, "/bare.ko");
	_cleanup_free_ char *msg = NULL;
	struct modinfo *m;

	make_module("--name", "bare", "--vermagic", VERMAGIC, "--no-versions", "--import",
		    "printk=0x1", "-o", o);
	m = read_path(o, &msg);
	ok(m && !m->has_versions, "a module without versions");
	ok(m && symvers_find(&m->imports, "printk") && !crc_of(&m->imports, "printk"),
	   "its import has none");
	modinfo_free(m);
}

/* 2.4: the release for a vermagic, versions in the names. */
static void test_24(struct tree *t)
{
	_cleanup_free_ char *o = tree_name(t, "/xen-platform-pci.o");
	_cleanup_free_ char *msg = NULL;
	struct modinfo *m;

	make_module("--name", "xen-platform-pci", "--arch", "i686", "--kernel-version",
		    "2.4.21-50.ELsmp", "--import", "printk=0x1b7d4074", "--import",
		    "do_Rsmp=0xsmp_0badcafe", "--export", "xenbus_read=0x01234567", "-o",
		    o);
	m = read_path(o, &msg);
	if (!ok(m != NULL, "a module of 2.4 is read")) {
		printf("# %s\n", msg);
		return;
	}
	is_int(m->arch, ARCH_I386, "its architecture");
	is(m->vermagic, "2.4.21-50.ELsmp", "its kernel");
	ok(vermagic_is_for(m->vermagic, "2.4.21-50.ELsmp") &&
		   !vermagic_is_for(m->vermagic, "2.4.21-50.EL"),
	   "is that one alone");
	ok(!m->depends && m->has_versions, "no dependencies are said, versions are");
	is_int((long long)m->imports.n, 2, "imports");
	is_int(crc_of(&m->imports, "printk"), 0x1b7d4074, "by a version in the name");
	is_int(crc_of(&m->imports, "do_Rsmp"), 0x0badcafe, "also of an SMP kernel");
	is_int((long long)m->exports.n, 1, "an export");
	is_int(crc_of(&m->exports, "xenbus_read"), 0x01234567, "likewise");
	modinfo_free(m);
}

static void test_not_modules(struct tree *t)
{
	_cleanup_free_ char *empty = tree_name(t, "/empty.ko");
	_cleanup_free_ char *text = tree_name(t, "/text.ko");
	_cleanup_free_ char *sparse = tree_name(t, "/sparse.ko");
	_cleanup_free_ char *self = realpath("/proc/self/exe", NULL);

	put_file(empty, "", 0);
	put_file(text, "#!/bin/sh\nexit 0\n", 17);
	put_file(sparse,
		 "\x7f"
		 "ELF",
		 4);
	if (truncate(sparse, (off_t)4 << 30) < 0)
		abort();
	refused(empty, "is empty", "an empty file");
	refused(text, "is no ELF module", "a script");
	refused(self, "but no module", "a program");
	refused(t->path, "is no regular file", "a folder");
	refused(sparse, "is larger than any module", "a sparse file of 4 GB");
}

/* No prefix of a module is a module, and each has its sentence. */
static void test_truncated(const unsigned char *data, size_t len)
{
	size_t taken = 0;

	for (size_t n = 0; n < len; n += n < 128 ? 1 : 61) {
		_cleanup_free_ char *msg = NULL;
		struct modinfo *m = read_mem(data, n, &msg);

		taken += m != NULL;
		modinfo_free(m);
	}
	is_int((long long)taken, 0, "truncated anywhere, it is refused");
}

/* Every byte of the two kinds of header, and of all else that libkmod looks at, wrong. */
static void test_lies(const unsigned char *data, size_t len)
{
	static const unsigned char wrong[] = { 0x00, 0x7f, 0xff };
	_cleanup_free_ unsigned char *copy = malloc(len);
	size_t tried = 0;

	for (size_t i = 0; i < len; i++) {
		for (size_t j = 0; j < ELEMENTSOF(wrong); j++) {
			_cleanup_free_ char *msg = NULL;

			if (data[i] == wrong[j])
				continue;
			memcpy(copy, data, len);
			copy[i] = wrong[j];
			modinfo_free(read_mem(copy, len, &msg));
			tried++;
		}
	}
	ok(tried > len, "%zu lies ended in facts or one sentence", tried);
}

static void test_lying_sections(struct tree *t, const unsigned char *data, size_t len)
{
	_cleanup_free_ char *path = tree_name(t, "/lie.ko");
	_cleanup_free_ unsigned char *copy = malloc(len);
	Elf64_Ehdr h;
	Elf64_Shdr s;

	memcpy(copy, data, len);
	memcpy(&h, copy, sizeof(h));
	memcpy(&s, copy + h.e_shoff + sizeof(s), sizeof(s));
	s.sh_size = (Elf64_Xword)-16;
	memcpy(copy + h.e_shoff + sizeof(s), &s, sizeof(s));
	put_file(path, copy, len);
	refused(path, "section 1 lies", "a section larger than the file");

	memcpy(copy, data, len);
	h.e_shoff = (Elf64_Off)-64;
	memcpy(copy, &h, sizeof(h));
	put_file(path, copy, len);
	refused(path, "is cut short", "section headers outside the file");

	memcpy(copy, data, len);
	copy[EI_DATA] = ELFDATA2MSB;
	put_file(path, copy, len);
	{
		_cleanup_free_ char *msg = NULL;
		struct modinfo *m = read_path(path, &msg);

		ok(m && m->arch == ARCH_OTHER, "big-endian: another architecture");
		modinfo_free(m);
	}
}

static void test_compressed(struct tree *t, const char *ko)
{
	static const char *const with[][2] = { { "gzip", ".gz" }, { "xz", ".xz" } };
	_cleanup_free_ char *bomb = tree_name(t, "/bomb.ko");
	_cleanup_free_ char *packed = strf("%s.gz", bomb);

	for (size_t i = 0; i < ELEMENTSOF(with); i++) {
		_cleanup_free_ char *path = strf("%s%s", ko, with[i][1]);
		_cleanup_free_ char *msg = NULL;
		struct modinfo *m;

		if (run(with[i][0], "-kf", ko)) {
			skip("a compressed module", "its packer is not installed");
			continue;
		}
		m = read_path(path, &msg);
		ok(m && m->arch == ARCH_X86_64 && streq(m->vermagic, VERMAGIC),
		   "compressed by %s", with[i][0]);
		modinfo_free(m);
		if (truncate(path, 200) < 0)
			abort();
		m = read_path(path, &msg);
		ok(!m && strstr(msg, path), "cut short by %s: %s", with[i][0], msg);
		modinfo_free(m);
	}
	put_file(bomb, "", 0);
	if (truncate(bomb, (off_t)256 << 20) < 0 || run("gzip", "-1f", bomb))
		abort();
	refused(packed, "is larger than any module", "256 MB of nothing in 1 MB");
}

static void test_signed(struct tree *t, const unsigned char *data, size_t len)
{
	static const char magic[] = "~Module signature appended~\n";
	_cleanup_free_ unsigned char *copy = malloc(len + sizeof(magic));
	_cleanup_free_ char *msg = NULL;
	struct modinfo *m;

	memcpy(copy, data, len);
	memcpy(copy + len, magic, sizeof(magic) - 1);
	m = read_mem(copy, len + sizeof(magic) - 1, &msg);
	ok(m && m->is_signed, "an appended signature is seen");
	modinfo_free(m);
}

/* Without /proc there is no name to give to libkmod: a sentence, not half the facts. */
static void test_no_proc(struct tree *t, const char *ko)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		skip("without /proc", "needs root for chroot");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		_cleanup_close_ int fd = open(ko, O_RDONLY | O_CLOEXEC);
		struct modinfo *m = NULL;
		struct err e = ERR_INIT;

		if (chroot(t->path) < 0)
			_exit(2);
		_exit(modinfo_read(fd, ko, &m, &e) < 0 && strstr(err_text(&e), "/proc") &&
				      strstr(err_text(&e), ko)
			      ? 0
			      : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "without /proc: a sentence that says so");
}

static void test_vermagic(void)
{
	is(vermagic_flags(VERMAGIC), "SMP mod_unload gcc-4.1", "flags of a vermagic");
	is(vermagic_flags("2.6.18"), "", "no flags");
	is(vermagic_flags(NULL), "", "no vermagic");
	ok(vermagic_is_for(VERMAGIC, "2.6.18-53.el5"), "it is for its release");
	ok(!vermagic_is_for(VERMAGIC, "2.6.18-53.el"), "not for the beginning of it");
	ok(!vermagic_is_for("2.6.18-53.el5PAE SMP", "2.6.18-53.el5"),
	   "nor for a variant");
	ok(!vermagic_is_for(NULL, "2.6.18"), "none is for nothing");
}

int main(void)
{
	_cleanup_free_ unsigned char *data = NULL;
	_cleanup_free_ char *ko = NULL;
	struct tree t;
	size_t len = 0;

	tree_init(&t);
	test_vermagic();
	test_compiled(&t, "-m64", ARCH_X86_64);
	test_compiled(&t, "-m32", ARCH_I386);
	test_unlisted_import(&t);
	test_24(&t);

	ko = tree_name(&t, "/xen-vbd.ko");
	make_module("--name", "xen-vbd", "--vermagic", VERMAGIC, "--import",
		    "printk=0xb7d40741", "--export", "vbd_x=0x1", "--alias", "xen:vbd",
		    "-o", ko);
	data = get_file(ko, &len);
	test_not_modules(&t);
	test_truncated(data, len);
	test_lying_sections(&t, data, len);
	test_lies(data, len);
	test_compressed(&t, ko);
	test_signed(&t, data, len);
	test_no_proc(&t, ko);
	tree_done(&t);
	return tap_done();
}
