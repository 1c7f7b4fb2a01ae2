// SPDX-License-Identifier: GPL-2.0
/*
 * object.c - take an ELF object apart, and check its offsets and sizes.
 *
 * libelf is only used to change the byte order of headers and symbols.  Its reader
 * leaves most of these checks to its caller, and its writer needs a file descriptor,
 * but the new object has to be in memory.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <libelf.h>

#include "object.h"

#ifndef EM_BPF
#define EM_BPF		247
#endif
#define SHT_LLVM_FIRST	0x6fff4c00	/* may hold symbol numbers, which change */
#define SHT_LLVM_LAST	0x6fff4cff

int m2b_refuse(struct object *o, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (o->why_size)
		vsnprintf(o->why, o->why_size, fmt, ap);
	va_end(ap);
	return err;
}

int m2b_no_memory(struct object *o)
{
	return m2b_refuse(o, -ENOMEM, "out of memory");
}

void m2b_note(struct object *o, const char *fmt, ...)
{
	size_t at = o->why_size ? strlen(o->why) : 0;
	va_list ap;

	if (at && at + 1 < o->why_size)
		o->why[at++] = '\n';
	va_start(ap, fmt);
	if (at < o->why_size)
		vsnprintf(o->why + at, o->why_size - at, fmt, ap);
	va_end(ap);
}

void m2b_swap(const struct object *o, int type, void *p, size_t size)
{
	Elf_Data d = { .d_buf = p, .d_size = size, .d_type = type, .d_version = EV_CURRENT };

	if (o->swap)
		elf64_xlatetom(&d, &d, o->eh.e_ident[EI_DATA]);
}

uint8_t *m2b_own(struct sec *s)
{
	if (!s->own) {
		s->own = malloc(s->size + 1);
		if (s->own && s->size)
			memcpy(s->own, s->data, s->size);
		if (s->own)
			s->data = s->own;
	}
	return s->own;
}

uint8_t *m2b_resize(struct sec *s, uint64_t size)
{
	uint8_t *p = calloc(1, size + 1);

	if (!p)
		return NULL;
	if (s->size)
		memcpy(p, s->data, s->size < size ? s->size : size);
	m2b_replace(s, p, size);
	return p;
}

void m2b_replace(struct sec *s, uint8_t *data, uint64_t size)
{
	free(s->own);
	s->own = data;
	s->data = data;
	s->size = size;
}

struct sec *m2b_add_section(struct object *o, uint32_t type, uint64_t flags, uint64_t align)
{
	struct sec *s = &o->secs[o->nsecs++];

	s->name = "";
	s->h.sh_type = type;
	s->h.sh_flags = flags;
	s->h.sh_addralign = align;
	return s;
}

struct rel m2b_rel(const struct object *o, const uint8_t *p, bool rela)
{
	uint64_t info = get64(o, p + 8);

	return (struct rel){
		.off = get64(o, p), .rela = rela,
		.type = ELF64_R_TYPE(info), .sym = ELF64_R_SYM(info),
		.addend = rela ? (int64_t)get64(o, p + 16) : 0,
	};
}

static int read_sections(struct object *o)
{
	uint64_t total = 0;
	const struct sec *names;

	if (o->in_size < sizeof(o->eh) || memcmp(o->in, ELFMAG, SELFMAG))
		return corrupt(o, "not an ELF file");
	memcpy(&o->eh, o->in, sizeof(o->eh));
	if (o->eh.e_ident[EI_CLASS] != ELFCLASS64)
		return corrupt(o, "not a BPF object: the ELF class is not ELFCLASS64");
	if (o->eh.e_ident[EI_DATA] != ELFDATA2LSB && o->eh.e_ident[EI_DATA] != ELFDATA2MSB)
		return corrupt(o, "invalid ELF header: unknown byte order");
	o->swap = (o->eh.e_ident[EI_DATA] == ELFDATA2MSB) !=
		  (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	m2b_swap(o, ELF_T_EHDR, &o->eh, sizeof(o->eh));
	if (o->eh.e_type != ET_REL || (o->eh.e_machine != EM_BPF && o->eh.e_machine != EM_NONE))
		return corrupt(o, "not a BPF object (ELF type %u, machine %u)",
			       o->eh.e_type, o->eh.e_machine);
	if (o->eh.e_machine == EM_NONE) {	/* LLVM before 3.9 */
		o->eh.e_machine = EM_BPF;
		o->changed = true;
	}
	if (o->eh.e_shentsize != sizeof(Elf64_Shdr) || !o->eh.e_shnum ||
	    o->eh.e_shnum >= SHN_LORESERVE || o->eh.e_shoff > o->in_size ||
	    (o->in_size - o->eh.e_shoff) / sizeof(Elf64_Shdr) < o->eh.e_shnum)
		return corrupt(o, "invalid ELF header: %u section headers at offset %llu, in a file of %zu bytes",
			       o->eh.e_shnum, (unsigned long long)o->eh.e_shoff, o->in_size);

	o->secs = calloc(o->eh.e_shnum + MAX_ADDED, sizeof(*o->secs));
	if (!o->secs)
		return m2b_no_memory(o);
	o->nsecs = o->eh.e_shnum;
	for (uint32_t i = 0; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i];

		memcpy(&s->h, o->in + o->eh.e_shoff + i * sizeof(s->h), sizeof(s->h));
		m2b_swap(o, ELF_T_SHDR, &s->h, sizeof(s->h));
		s->name = "";
		if (s->h.sh_addralign > UINT32_MAX || s->h.sh_addralign & (s->h.sh_addralign - 1))
			return corrupt(o, "invalid sh_addralign %llu in section %u",
				       (unsigned long long)s->h.sh_addralign, i);
		if (!i || s->h.sh_type == SHT_NULL || s->h.sh_type == SHT_NOBITS)
			continue;
		if (s->h.sh_offset > o->in_size || s->h.sh_size > o->in_size - s->h.sh_offset)
			return corrupt(o, "invalid sh_offset or sh_size in section %u: it ends after the end of the file",
				       i);
		s->data = o->in + s->h.sh_offset;
		s->size = s->h.sh_size;
		total += s->size;
		if (total > o->in_size)
			return corrupt(o, "invalid sh_offset or sh_size in section %u: it overlaps another section",
				       i);
		if (s->h.sh_type == SHT_STRTAB && (!s->size || s->data[s->size - 1]))
			return corrupt(o, "invalid string table in section %u: it does not end with a NUL byte",
				       i);
	}

	names = &o->secs[o->eh.e_shstrndx < o->nsecs ? o->eh.e_shstrndx : 0];
	if (names->h.sh_type != SHT_STRTAB)
		return corrupt(o, "invalid e_shstrndx: section %u is not a string table",
			       o->eh.e_shstrndx);
	for (uint32_t i = 1; i < o->nsecs; i++) {
		if (o->secs[i].h.sh_name >= names->size)
			return corrupt(o, "invalid sh_name in section %u", i);
		o->secs[i].name = (const char *)names->data + o->secs[i].h.sh_name;
	}
	return 0;
}

/* Finds the sections that matter, and drops those that the new object does not need. */
static int sort_sections(struct object *o)
{
	for (uint32_t i = 1; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i];

		switch (s->h.sh_type) {
		case SHT_SYMTAB:
			if (o->symtab)
				return corrupt(o, "more than one symbol table: sections %u and %u",
					       o->symtab, i);
			o->symtab = i;
			continue;
		case SHT_SYMTAB_SHNDX:
			return cannot(o, "section %u: objects with more than 65,279 sections (SHT_SYMTAB_SHNDX) are not supported",
				      i);
		case SHT_GROUP:
			s->drop = true;
			continue;
		}
		if (s->h.sh_type >= SHT_LLVM_FIRST && s->h.sh_type <= SHT_LLVM_LAST)
			s->drop = true;
		if (!strcmp(s->name, ".eh_frame"))	/* unused, and bpftool cannot link it */
			s->drop = true;
		if (names_maps(s->name)) {
			if (s->h.sh_type != SHT_PROGBITS)
				return cannot(o, "section \"%.64s\" has no data (its type is not SHT_PROGBITS)",
					      s->name);
			s->maps = true;
			o->legacy |= s->size != 0;
		}
		if (s->h.sh_type == SHT_RELA)
			o->changed = true;
		if (s->h.sh_type == SHT_NOBITS && !strcmp(s->name, ".bss"))
			o->bss = i;
		if (s->h.sh_type != SHT_PROGBITS)
			continue;
		if (!strcmp(s->name, ".maps")) {
			if (o->dot_maps)
				return corrupt(o, "more than one section \".maps\"");
			o->dot_maps = i;
		}
		if (!strcmp(s->name, ".BTF")) {
			if (o->btf_sec)
				return corrupt(o, "more than one section \".BTF\"");
			o->btf_sec = i;
		}
		if (!strcmp(s->name, ".BTF.ext"))
			o->ext_sec = i;
		if (executable(s) && !strcmp(s->name, ".text"))
			o->text = i;
	}
	if (!o->symtab)
		return corrupt(o, "no symbol table (possibly stripped)");
	o->strtab = o->secs[o->symtab].h.sh_link;
	if (o->strtab >= o->nsecs || o->secs[o->strtab].h.sh_type != SHT_STRTAB)
		return corrupt(o, "invalid sh_link in the symbol table: section %u is not a string table",
			       o->strtab);
	/* Without BTF, the type and variable of a map in .maps are unknown. */
	if (o->dot_maps && !o->btf_sec)
		return cannot(o, "section \".maps\" without BTF: compile with -g");
	if (!o->btf_sec && o->ext_sec) {
		o->secs[o->ext_sec].drop = true;
		o->ext_sec = 0;
	}
	return 0;
}

static int read_symbols(struct object *o)
{
	const struct sec *s = &o->secs[o->symtab];

	if (s->size % sizeof(Elf64_Sym) || !s->size)
		return corrupt(o, "invalid size of the symbol table: %llu bytes",
			       (unsigned long long)s->size);
	o->nsyms = s->size / sizeof(Elf64_Sym);
	o->syms = calloc(o->nsyms, sizeof(*o->syms));
	if (!o->syms)
		return m2b_no_memory(o);
	for (uint32_t i = 0; i < o->nsyms; i++) {
		Elf64_Sym *sym = &o->syms[i].s;

		memcpy(sym, s->data + i * sizeof(*sym), sizeof(*sym));
		m2b_swap(o, ELF_T_SYM, sym, sizeof(*sym));
		if (!i && (sym->st_name || sym->st_shndx || sym->st_info))
			return corrupt(o, "invalid symbol 0: it is not empty");
		if (sym->st_name >= o->secs[o->strtab].size)
			return corrupt(o, "invalid st_name in symbol %u", i);
		if (sym->st_shndx >= o->nsecs && sym->st_shndx != SHN_ABS &&
		    sym->st_shndx != SHN_COMMON)
			return corrupt(o, "invalid st_shndx %u in symbol %u: there are %u sections",
				       sym->st_shndx, i, o->nsecs);
		o->syms[i].sec = sym->st_shndx < o->nsecs ? sym->st_shndx : 0;
		o->syms[i].value = sym->st_value;
	}
	return 0;
}

/* ELF wants local symbols before global ones. */
void m2b_number_symbols(struct object *o)
{
	uint32_t n = 0;

	for (int global = 0; global < 2; global++) {
		if (global)
			o->secs[o->symtab].h.sh_info = n;
		for (uint32_t i = 0; i < o->nsyms; i++) {
			struct sym *sym = &o->syms[i];
			bool local = ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL || !i;

			if (o->secs[sym->sec].drop && !sym->map)
				sym->drop = true;
			if (!sym->drop && local != global)
				sym->index = n++;
		}
	}
}

int m2b_open(struct object *o)
{
	int err;

	if (o->why_size)
		*o->why = 0;
	err = read_sections(o);
	err = err ?: sort_sections(o);
	return err ?: read_symbols(o);
}

void m2b_close(struct object *o)
{
	for (uint32_t i = 0; i < o->nsecs; i++)
		free(o->secs[i].own);
	free(o->secs);
	free(o->syms);
}
