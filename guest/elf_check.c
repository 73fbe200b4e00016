/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *  0        64 (52)                        e_shoff
 *  +--------+------------------------------+-------------------+
 *  | header | sections, anywhere           | section headers   |
 *  +--------+------------------------------+-------------------+
 *
 * Section headers of both classes are read into one form. All numbers are the file's
 * claim until they were compared with its size.
 */
#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "guest/elf_check.h"
#include "lib/strv.h"

#define SIGNATURE_MAGIC "~Module signature appended~\n"

struct section {
	uint64_t name, type, offset, size;
};

struct object {
	const uint8_t *data;
	size_t size;
	bool is64;
	uint64_t shoff;
	unsigned int shnum, shentsize, shstrndx, type, machine;
};

static bool within(const struct object *o, uint64_t offset, uint64_t length)
{
	return offset <= o->size && length <= o->size - offset;
}

static bool read_header(struct object *o)
{
	Elf64_Ehdr h64;
	Elf32_Ehdr h32;

	o->is64 = o->data[EI_CLASS] == ELFCLASS64;
	if (o->is64) {
		if (!within(o, 0, sizeof(h64)))
			return false;
		memcpy(&h64, o->data, sizeof(h64));
		o->shoff = h64.e_shoff;
		o->shnum = h64.e_shnum;
		o->shentsize = h64.e_shentsize;
		o->shstrndx = h64.e_shstrndx;
		o->type = h64.e_type;
		o->machine = h64.e_machine;
		return true;
	}
	if (o->data[EI_CLASS] != ELFCLASS32 || !within(o, 0, sizeof(h32)))
		return false;
	memcpy(&h32, o->data, sizeof(h32));
	o->shoff = h32.e_shoff;
	o->shnum = h32.e_shnum;
	o->shentsize = h32.e_shentsize;
	o->shstrndx = h32.e_shstrndx;
	o->type = h32.e_type;
	o->machine = h32.e_machine;
	return true;
}

/* i < shnum, and the table lies within the file. */
static struct section section_at(const struct object *o, unsigned int i)
{
	const uint8_t *p = o->data + o->shoff + (uint64_t)i * o->shentsize;
	Elf64_Shdr s64;
	Elf32_Shdr s32;

	if (o->is64) {
		memcpy(&s64, p, sizeof(s64));
		return (struct section){ s64.sh_name, s64.sh_type, s64.sh_offset,
					 s64.sh_size };
	}
	memcpy(&s32, p, sizeof(s32));
	return (struct section){ s32.sh_name, s32.sh_type, s32.sh_offset, s32.sh_size };
}

static enum arch arch_of(const struct object *o)
{
	if (o->machine == EM_386 && !o->is64)
		return ARCH_I386;
	if (o->machine == EM_X86_64 && o->is64)
		return ARCH_X86_64;
	return ARCH_OTHER;
}

static bool is_named(const struct object *o, const struct section *names,
		     const struct section *s, const char *want)
{
	size_t n = strlen(want) + 1;

	return s->name < names->size && n <= names->size - s->name &&
	       memcmp(o->data + names->offset + s->name, want, n) == 0;
}

/* Names are read to their NUL: the last one must have it. */
static bool strings_end(const struct object *o, const struct section *s)
{
	return s->size && o->data[s->offset + s->size - 1] == '\0';
}

/* The section that a symbol is defined in exists, or is none. */
static bool symbols_are_somewhere(const struct object *o, const struct section *s)
{
	size_t want = o->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	size_t at = o->is64 ? offsetof(Elf64_Sym, st_shndx)
			    : offsetof(Elf32_Sym, st_shndx);

	if (s->size % want)
		return false;
	for (uint64_t i = 0; i < s->size; i += want) {
		uint16_t index;

		memcpy(&index, o->data + s->offset + i + at, sizeof(index));
		if (index >= o->shnum && index != SHN_ABS && index != SHN_COMMON)
			return false;
	}
	return true;
}

/* Records of 64 bytes: a CRC as wide as a long, and a name with its NUL. */
static bool versions_are_named(const struct object *o, const struct section *s)
{
	size_t crc = o->is64 ? 8 : 4;

	if (s->size % 64)
		return false;
	for (uint64_t i = 0; i < s->size; i += 64)
		if (!memchr(o->data + s->offset + i + crc, '\0', 64 - crc))
			return false;
	return true;
}

/*
 * What libkmod takes on trust of the sections that it reads: an assertion of its own, or
 * a read beyond the file, would end the process.
 */
static int check_content(const struct object *o, const struct section *names,
			 const char *label, struct err *e)
{
	static const struct {
		const char *name;
		bool (*good)(const struct object *, const struct section *);
	} kinds[] = { { ".strtab", strings_end },
		      { ".symtab", symbols_are_somewhere },
		      { "__versions", versions_are_named } };

	for (unsigned int i = 0; i < o->shnum; i++) {
		struct section s = section_at(o, i);

		for (size_t j = 0; j < ELEMENTSOF(kinds); j++)
			if (is_named(o, names, &s, kinds[j].name) &&
			    (!within(o, s.offset, s.size) || !kinds[j].good(o, &s)))
				return err_set(e, EINVAL, "%s: its section %s is damaged",
					       label, kinds[j].name);
	}
	return 0;
}

static int check_sections(const struct object *o, const char *label, struct elf_facts *f,
			  struct err *e)
{
	size_t want = o->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	struct section names;

	if (!o->shnum || o->shentsize != want || o->shstrndx >= o->shnum)
		return err_set(e, EINVAL, "%s: its ELF header makes no sense", label);
	if (!within(o, o->shoff, (uint64_t)o->shnum * o->shentsize))
		return err_set(e, EINVAL,
			       "%s: is cut short: its section headers end after the file",
			       label);
	names = section_at(o, o->shstrndx);
	for (unsigned int i = 0; i < o->shnum; i++) {
		struct section s = section_at(o, i);

		if (s.type != SHT_NOBITS && s.type != SHT_NULL &&
		    !within(o, s.offset, s.size))
			return err_set(
				e, EINVAL,
				"%s: is cut short, or section %u lies about its size",
				label, i);
	}
	if (names.type != SHT_STRTAB || !strings_end(o, &names))
		return err_set(e, EINVAL, "%s: its ELF header makes no sense", label);
	for (unsigned int i = 0; i < o->shnum; i++) {
		struct section s = section_at(o, i);

		f->has_versions = f->has_versions ||
				  is_named(o, &names, &s, "__versions");
		f->has_signature = f->has_signature ||
				   is_named(o, &names, &s, ".module_sig");
	}
	return check_content(o, &names, label, e);
}

int elf_check(const uint8_t *data, size_t size, const char *label, struct elf_facts *ret,
	      struct err *e)
{
	struct object o = { .data = data, .size = size };
	struct elf_facts f = { 0 };
	size_t magic = strlen(SIGNATURE_MAGIC);
	int k;

	if (size < EI_NIDENT || memcmp(data, ELFMAG, SELFMAG))
		return err_set(e, EINVAL, "%s: is no ELF module", label);
	if (data[EI_DATA] == ELFDATA2MSB) {
		f.arch = ARCH_OTHER;
		f.foreign_endian = true;
		*ret = f;
		return 0;
	}
	if (data[EI_DATA] != ELFDATA2LSB || !read_header(&o))
		return err_set(e, EINVAL, "%s: its ELF header makes no sense", label);
	if (o.type != ET_REL)
		return err_set(e, EINVAL, "%s: is an ELF file, but no module", label);
	k = check_sections(&o, label, &f, e);
	if (k < 0)
		return k;
	f.arch = arch_of(&o);
	if (size >= magic && !memcmp(data + size - magic, SIGNATURE_MAGIC, magic))
		f.has_signature = true;
	*ret = f;
	return 0;
}

int elf_strings(const uint8_t *data, size_t size, const char *section,
		int (*each)(void *arg, const char *s), void *arg)
{
	struct object o = { .data = data, .size = size };
	struct section names;

	if (!read_header(&o))
		return 0;
	names = section_at(&o, o.shstrndx);
	for (unsigned int i = 0; i < o.shnum; i++) {
		struct section s = section_at(&o, i);
		int k;

		if (!is_named(&o, &names, &s, section) || s.type == SHT_NOBITS ||
		    !within(&o, s.offset, s.size) || !strings_end(&o, &s))
			continue;
		for (uint64_t at = 0; at < s.size;
		     at += strlen((const char *)data + s.offset + at) + 1) {
			k = each(arg, (const char *)data + s.offset + at);
			if (k)
				return k;
		}
	}
	return 0;
}
