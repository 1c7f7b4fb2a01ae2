// SPDX-License-Identifier: GPL-2.0
/*
 * maps2btf.c - turn SEC("maps") into SEC(".maps").
 *
 * What changes is the way a map is said, not what it is: a definition of five
 * numbers in the section "maps" becomes a variable in ".maps", whose type has
 * a member for each number, as clang makes it of
 *
 *	struct { __uint(type, ...); __uint(max_entries, ...); ... } m SEC(".maps");
 *
 * The object is taken apart into sections, symbols and BTF, all of it checked
 * against the file's size, since it may come from anywhere.  The new one is
 * written from these parts.  libelf is not used: it follows the file's own
 * numbers, and it cannot write to memory.
 *
 * The trap: libbpf >= 1.0 finds maps and programs by their symbols.  They have
 * to be global and to have a type and a size, which old LLVM did not write.
 */
#include <assert.h>
#include <byteswap.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include "btf_edit.h"
#include "maps2btf.h"

#ifndef EM_BPF
#define EM_BPF		247
#endif
#define R_BPF_64_64	1	/* the 64-bit immediate of an instruction */
#define R_BPF_64_ABS64	2	/* the next three are of data, since LLVM 13 */
#define R_BPF_64_ABS32	3
#define R_BPF_64_NODYLD32 4	/* in .BTF and .BTF.ext */
#define R_BPF_64_32	10	/* a call */
#define LD_IMM64	0x18	/* BPF_LD | BPF_DW | BPF_IMM */
#define CALL		0x85	/* BPF_JMP | BPF_CALL */
#define SHT_LLVM_FIRST	0x6fff4c00	/* these may hold symbol numbers */
#define SHT_LLVM_LAST	0x6fff4cff
#define MAX_NAME	512	/* of a map, as the kernel's KSYM_NAME_LEN */
#define MAX_ALIGN	4096
#define MAX_MEMBERS	64	/* of a definition */
#define MAX_MAPS	4096	/* of an object: a program can use 64 */
#define MAX_MOVED	16	/* sections of subprograms */
#define MAX_VISITS	(1U << 16)	/* of members of definitions, in an object */
#define MAX_LOOKUPS	32	/* of a section by its name */
#define MAX_LAYOUTS	20
#define MAX_SLOTS	1024	/* of a map of maps; so many of an object are filled in */

#define IS_OUTER(type)	((type) == BPF_MAP_TYPE_ARRAY_OF_MAPS || \
			 (type) == BPF_MAP_TYPE_HASH_OF_MAPS)

/* What a definition says, by whatever name. */
enum field {
	TYPE, KEY_SIZE, VALUE_SIZE, MAX_ENTRIES, MAP_FLAGS,
	NUMA_NODE,	/* counts with BPF_F_NUMA_NODE only */
	PINNING,	/* iproute2's: 1 by object, 2 for all */
	INNER_IDX,	/* of a map of maps: the what-th map is its model */
	ID,		/* iproute2's: the name of a map, for the next two */
	INNER_ID,	/* of a map of maps: the id of its model */
	INNER_SLOT,	/* where a map is to be in the map of maps */
	OWNER,		/* Android's: who may use it, on what */
	UNKNOWN,
	FIELDS
};

/*
 * Who called what how.  A layout is a letter for each number of 32 bits; "n" is
 * a path of 256 bytes, or whatever else there is.
 */
static const struct {
	char letter;
	enum field field;
	const char *names[8];
} letters[] = {
	{ 'T', TYPE,		{ "type", "map_type", "type_" } },
	{ 'K', KEY_SIZE,	{ "key_size", "size_key" } },
	{ 'V', VALUE_SIZE,	{ "value_size", "size_value" } },
	{ 'M', MAX_ENTRIES,	{ "max_entries", "max_elem", "max_elems" } },
	{ 'F', MAP_FLAGS,	{ "map_flags", "flags" } },
	{ 'N', NUMA_NODE,	{ "numa_node" } },
	{ 'P', PINNING,		{ "pinning", "pin", "pinning_strategy" } },
	{ 'p', PINNING,		{ "pinning" } },	/* 1 is by name */
	{ 'I', INNER_IDX,	{ "inner_map_idx" } },
	{ 'i', ID,		{ "id", "map_id" } },
	{ 'j', INNER_ID,	{ "inner_id" } },
	{ 'S', INNER_SLOT,	{ "inner_idx" } },
	{ 'u', OWNER,		{ "uid", "gid", "mode", "zero", "bpfloader_min_ver",
				  "bpfloader_max_ver", "min_kver", "max_kver" } },
	{ '.', UNKNOWN,		{ "dummy", "pad", "padding", "unused" } },
};

static const struct layout {
	const char *name;
	unsigned int size;
	const char *letters;
} layouts[] = {
	{ "perf",	16, "TKVM" },
	{ "libbpf",	20, "TKVMF" },
	{ "inner",	24, "TKVMFI" },
	{ "calico",	24, "TKVMFi" },
	{ "samples",	28, "TKVMFIN" },	/* the kernel's samples/bpf */
	{ "tc",		28, "TKVMFiP" },	/* iproute2 before 4.13 */
	{ "cilium",	28, "TKVMFI." },
	{ "aya",	28, "TKVMFip" },	/* Rust's, of 2021 */
	{ "windows",	32, "TKVMIPij" },	/* ebpf-for-windows */
	{ "android",	32, "TKVMFuuu" },	/* 11, then 12 and 13 */
	{ "android",	40, "TKVMFuuun" },
	{ "android",	48, "TKVMFuuun" },
	{ "android",	116, "TKVMFuuun" },
	{ "android",	120, "TKVMFuuun" },
	{ "iproute2",	36, "TKVMFiPjS" },
	{ "gobpf",	280, "TKVMFPn" },
	{ "datadog",	284, "TKVMFIPn" },
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

struct sec {
	Elf64_Shdr h;
	const char *name;
	const uint8_t *data;	/* in the input, or own */
	uint8_t *own;
	uint64_t size;		/* of data; 0 for SHT_NOBITS */
	bool maps;		/* has legacy definitions */
	bool drop;
	bool unused;		/* data that no code refers to, and 0.x did not see */
	bool moved;		/* its code is in .text now, */
	uint64_t base;		/* from there on */
	uint32_t index;		/* in the new object */
};

struct sym {
	Elf64_Sym s;		/* as it will be */
	uint32_t sec;		/* as it was: section, 0 if it has none, */
	uint64_t value;		/* and place in it */
	bool drop;
	bool called;		/* a function, from another section */
	bool in_btf;		/* BTF says what it is */
	bool noted;
	uint32_t index;		/* in the new object */
	uint32_t map;		/* 1 + the map that it names, or 0 */
};

struct map {
	uint32_t sym;
	uint32_t sec;
	uint64_t off, size;	/* in its old section */
	uint64_t new_off, new_size;
	const char *name;
	bool legacy;		/* else it stood in .maps all along */
	uint32_t field[FIELDS];
	uint32_t has;		/* a bit for each that the definition has */
	const char *layout;
	bool has_inner_idx;	/* 0 is the first map, not none */
	bool by_place, out_of_place;	/* of libbpf's five, by their names and places */
	uint32_t slots;		/* of a map of maps: up to the last that is filled in */
	uint32_t var;		/* BTF: the variable, */
	uint32_t key, value;	/* and the types from ____btf_map_NAME */
};

struct conv {
	const uint8_t *in;
	size_t in_size;
	bool swap;		/* the object's byte order is not this machine's */
	const char *layout;

	Elf64_Ehdr eh;
	struct sec *secs;
	uint32_t nsecs;
	uint32_t symtab, strtab, dot_maps, btf_sec, ext_sec;	/* 0: none */
	uint32_t text, bss;
	bool legacy;		/* there is a section of definitions */
	bool only_text;		/* a program in .text, and nothing else */
	bool then;		/* for libbpf 0.x's programs: see maps2btf_then() */
	uint32_t moved[MAX_MOVED], nmoved;
	struct sym *syms;
	uint32_t nsyms;
	struct map *maps;	/* by section and offset */
	uint32_t nmaps, nlegacy;
	struct {
		const struct map *outer, *map;
	} slots[MAX_SLOTS];	/* what goes into maps of maps */
	uint32_t nslots;
	struct map **names;	/* the same by name */
	struct btf_edit btf;
	uint32_t byte;		/* id of its "unsigned char" */
	uint32_t *gone;		/* ids of DATASECs that are no more */
	uint32_t ngone;
	bool changed;		/* something besides maps */
	uint32_t visits;
	bool ruled, out[MAX_LAYOUTS];	/* layouts that the numbers rule out */

	char *why;
	size_t why_size;
};

/* ---- bytes of the object ---------------------------------------------------- */

static __attribute__((format(printf, 3, 4)))
int refuse(struct conv *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (c->why_size)
		vsnprintf(c->why, c->why_size, fmt, ap);
	va_end(ap);
	return err;
}

static int no_memory(struct conv *c)
{
	return refuse(c, -ENOMEM, "out of memory");
}

#define corrupt(c, ...)	refuse(c, -EINVAL, __VA_ARGS__)
#define cannot(c, ...)	refuse(c, -EOPNOTSUPP, __VA_ARGS__)

static uint16_t fix16(const struct conv *c, uint16_t v)
{
	return c->swap ? bswap_16(v) : v;
}

static uint32_t fix32(const struct conv *c, uint32_t v)
{
	return c->swap ? bswap_32(v) : v;
}

static uint64_t fix64(const struct conv *c, uint64_t v)
{
	return c->swap ? bswap_64(v) : v;
}

static uint32_t get32(const struct conv *c, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return fix32(c, v);
}

static uint64_t get64(const struct conv *c, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return fix64(c, v);
}

static void put32(const struct conv *c, uint8_t *p, uint32_t v)
{
	v = fix32(c, v);
	memcpy(p, &v, sizeof(v));
}

static void put64(const struct conv *c, uint8_t *p, uint64_t v)
{
	v = fix64(c, v);
	memcpy(p, &v, sizeof(v));
}

static void fix_ehdr(const struct conv *c, Elf64_Ehdr *e)
{
	e->e_type = fix16(c, e->e_type);
	e->e_machine = fix16(c, e->e_machine);
	e->e_version = fix32(c, e->e_version);
	e->e_entry = fix64(c, e->e_entry);
	e->e_phoff = fix64(c, e->e_phoff);
	e->e_shoff = fix64(c, e->e_shoff);
	e->e_flags = fix32(c, e->e_flags);
	e->e_ehsize = fix16(c, e->e_ehsize);
	e->e_phentsize = fix16(c, e->e_phentsize);
	e->e_phnum = fix16(c, e->e_phnum);
	e->e_shentsize = fix16(c, e->e_shentsize);
	e->e_shnum = fix16(c, e->e_shnum);
	e->e_shstrndx = fix16(c, e->e_shstrndx);
}

static void fix_shdr(const struct conv *c, Elf64_Shdr *h)
{
	h->sh_name = fix32(c, h->sh_name);
	h->sh_type = fix32(c, h->sh_type);
	h->sh_flags = fix64(c, h->sh_flags);
	h->sh_addr = fix64(c, h->sh_addr);
	h->sh_offset = fix64(c, h->sh_offset);
	h->sh_size = fix64(c, h->sh_size);
	h->sh_link = fix32(c, h->sh_link);
	h->sh_info = fix32(c, h->sh_info);
	h->sh_addralign = fix64(c, h->sh_addralign);
	h->sh_entsize = fix64(c, h->sh_entsize);
}

static void fix_sym(const struct conv *c, Elf64_Sym *s)
{
	s->st_name = fix32(c, s->st_name);
	s->st_shndx = fix16(c, s->st_shndx);
	s->st_value = fix64(c, s->st_value);
	s->st_size = fix64(c, s->st_size);
}

/* The data of a section, to be written to; NULL if out of memory. */
static uint8_t *own(struct sec *s)
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

/* Makes room for @size bytes in a section; what is new is zero. */
static uint8_t *resize(struct sec *s, uint64_t size)
{
	uint8_t *p = calloc(1, size + 1);

	if (!p)
		return NULL;
	if (s->size)
		memcpy(p, s->data, s->size < size ? s->size : size);
	free(s->own);
	s->own = p;
	s->data = p;
	s->size = size;
	return p;
}

static bool executable(const struct sec *s)
{
	return s->h.sh_type == SHT_PROGBITS && s->h.sh_flags & SHF_EXECINSTR;
}

static bool relocations(const struct sec *s)
{
	return s->h.sh_type == SHT_REL || s->h.sh_type == SHT_RELA;
}

/* A symbol's name; the string table is known to end with a NUL. */
static const char *sym_name(const struct conv *c, const struct sym *sym)
{
	const struct sec *strs = &c->secs[c->strtab];

	return sym->s.st_name < strs->size ? (const char *)strs->data + sym->s.st_name : "";
}

/* ---- reading ------------------------------------------------------------------ */

static int read_sections(struct conv *c)
{
	uint64_t total = 0;
	const struct sec *names;

	if (c->in_size < sizeof(c->eh) || memcmp(c->in, ELFMAG, SELFMAG))
		return corrupt(c, "not an ELF file");
	memcpy(&c->eh, c->in, sizeof(c->eh));
	if (c->eh.e_ident[EI_CLASS] != ELFCLASS64)
		return corrupt(c, "not a BPF object: the ELF class is not 64-bit");
	if (c->eh.e_ident[EI_DATA] != ELFDATA2LSB && c->eh.e_ident[EI_DATA] != ELFDATA2MSB)
		return corrupt(c, "corrupt ELF header: no byte order");
	c->swap = (c->eh.e_ident[EI_DATA] == ELFDATA2MSB) !=
		  (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	fix_ehdr(c, &c->eh);
	if (c->eh.e_type != ET_REL || (c->eh.e_machine != EM_BPF && c->eh.e_machine != EM_NONE))
		return corrupt(c, "not a BPF object (ELF type %u, machine %u)",
			       c->eh.e_type, c->eh.e_machine);
	if (c->eh.e_machine == EM_NONE) {	/* LLVM before 3.9 */
		c->eh.e_machine = EM_BPF;
		c->changed = true;
	}
	if (c->eh.e_shentsize != sizeof(Elf64_Shdr) || !c->eh.e_shnum ||
	    c->eh.e_shnum >= SHN_LORESERVE || c->eh.e_shoff > c->in_size ||
	    (c->in_size - c->eh.e_shoff) / sizeof(Elf64_Shdr) < c->eh.e_shnum)
		return corrupt(c, "corrupt ELF header: %u section headers at byte %llu of %zu",
			       c->eh.e_shnum, (unsigned long long)c->eh.e_shoff, c->in_size);

	c->nsecs = c->eh.e_shnum;
	/* .bss, .BTF and .rel.maps may be new. */
	c->secs = calloc(c->nsecs + 3, sizeof(*c->secs));
	if (!c->secs)
		return no_memory(c);
	for (uint32_t i = 0; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i];

		memcpy(&s->h, c->in + c->eh.e_shoff + i * sizeof(s->h), sizeof(s->h));
		fix_shdr(c, &s->h);
		s->name = "";
		if (s->h.sh_addralign > UINT32_MAX || s->h.sh_addralign & (s->h.sh_addralign - 1))
			return corrupt(c, "section %u: alignment %llu", i,
				       (unsigned long long)s->h.sh_addralign);
		if (!i || s->h.sh_type == SHT_NULL || s->h.sh_type == SHT_NOBITS)
			continue;
		if (s->h.sh_offset > c->in_size || s->h.sh_size > c->in_size - s->h.sh_offset)
			return corrupt(c, "section %u lies outside of the file", i);
		s->data = c->in + s->h.sh_offset;
		s->size = s->h.sh_size;
		total += s->size;
		if (total > c->in_size)
			return corrupt(c, "section %u overlaps another one", i);
		if (s->h.sh_type == SHT_STRTAB && (!s->size || s->data[s->size - 1]))
			return corrupt(c, "section %u: a string table without an end", i);
	}

	names = &c->secs[c->eh.e_shstrndx < c->nsecs ? c->eh.e_shstrndx : 0];
	if (names->h.sh_type != SHT_STRTAB)
		return corrupt(c, "section %u is no table of section names", c->eh.e_shstrndx);
	for (uint32_t i = 1; i < c->nsecs; i++) {
		if (c->secs[i].h.sh_name >= names->size)
			return corrupt(c, "section %u: its name lies outside of the names", i);
		c->secs[i].name = (const char *)names->data + c->secs[i].h.sh_name;
	}
	return 0;
}

/* Finds the sections that matter, and what is not to be in the new object. */
static int sort_sections(struct conv *c)
{
	for (uint32_t i = 1; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i];

		switch (s->h.sh_type) {
		case SHT_SYMTAB:
			if (c->symtab)
				return corrupt(c, "sections %u and %u are both symbol tables",
					       c->symtab, i);
			c->symtab = i;
			continue;
		case SHT_SYMTAB_SHNDX:
			return cannot(c, "section %u: more than 65,000 sections", i);
		case SHT_GROUP:
			s->drop = true;
			continue;
		}
		if (s->h.sh_type >= SHT_LLVM_FIRST && s->h.sh_type <= SHT_LLVM_LAST)
			s->drop = true;
		if (!strcmp(s->name, ".eh_frame"))	/* nobody unwinds, and none links it */
			s->drop = true;
		if (!strcmp(s->name, "maps") || !strncmp(s->name, "maps/", 5)) {
			if (s->h.sh_type != SHT_PROGBITS)
				return cannot(c, "section \"%.64s\" has no contents", s->name);
			s->maps = true;
			c->legacy |= s->size != 0;
		}
		if (s->h.sh_type == SHT_RELA)
			c->changed = true;
		if (s->h.sh_type == SHT_NOBITS && !strcmp(s->name, ".bss"))
			c->bss = i;
		if (s->h.sh_type != SHT_PROGBITS)
			continue;
		if (!strcmp(s->name, ".maps")) {
			if (c->dot_maps)
				return corrupt(c, "there are two sections \".maps\"");
			c->dot_maps = i;
		}
		if (!strcmp(s->name, ".BTF")) {
			if (c->btf_sec)
				return corrupt(c, "there are two sections \".BTF\"");
			c->btf_sec = i;
		}
		if (!strcmp(s->name, ".BTF.ext"))
			c->ext_sec = i;
		if (executable(s) && !strcmp(s->name, ".text"))
			c->text = i;
	}
	if (!c->symtab)
		return corrupt(c, "there is no symbol table");
	c->strtab = c->secs[c->symtab].h.sh_link;
	if (c->strtab >= c->nsecs || c->secs[c->strtab].h.sh_type != SHT_STRTAB)
		return corrupt(c, "the symbol table has no string table");
	/* The type and variable of a map in .maps cannot be made up. */
	if (c->dot_maps && !c->btf_sec)
		return cannot(c, "there is a section \".maps\" but no BTF: compile with -g");
	if (!c->btf_sec && c->ext_sec) {
		c->secs[c->ext_sec].drop = true;
		c->ext_sec = 0;
	}
	return 0;
}

static int read_symbols(struct conv *c)
{
	const struct sec *s = &c->secs[c->symtab];

	if (s->size % sizeof(Elf64_Sym) || !s->size)
		return corrupt(c, "the symbol table's size is %llu",
			       (unsigned long long)s->size);
	c->nsyms = s->size / sizeof(Elf64_Sym);
	c->syms = calloc(c->nsyms, sizeof(*c->syms));
	if (!c->syms)
		return no_memory(c);
	for (uint32_t i = 0; i < c->nsyms; i++) {
		Elf64_Sym *sym = &c->syms[i].s;

		memcpy(sym, s->data + i * sizeof(*sym), sizeof(*sym));
		fix_sym(c, sym);
		if (!i && (sym->st_name || sym->st_shndx || sym->st_info))
			return corrupt(c, "symbol 0 is not empty");
		if (sym->st_name >= c->secs[c->strtab].size)
			return corrupt(c, "symbol %u: its name lies outside of the names", i);
		if (sym->st_shndx >= c->nsecs && sym->st_shndx != SHN_ABS &&
		    sym->st_shndx != SHN_COMMON)
			return corrupt(c, "symbol %u is in section %u of %u", i,
				       sym->st_shndx, c->nsecs);
		c->syms[i].sec = sym->st_shndx < c->nsecs ? sym->st_shndx : 0;
		c->syms[i].value = sym->st_value;
	}
	return 0;
}

/* What C calls tentative (int x;) old clang leaves to a linker: it goes to .bss. */
static int place_common(struct conv *c)
{
	struct sec *bss;

	for (uint32_t i = 1; i < c->nsyms; i++) {
		struct sym *sym = &c->syms[i];
		uint64_t align = sym->s.st_value;

		if (sym->s.st_shndx != SHN_COMMON)
			continue;
		if (!c->bss) {
			c->bss = c->nsecs++;
			bss = &c->secs[c->bss];
			bss->name = "";
			bss->h = (Elf64_Shdr){ .sh_type = SHT_NOBITS, .sh_addralign = 8,
					       .sh_flags = SHF_ALLOC | SHF_WRITE };
		}
		bss = &c->secs[c->bss];
		if (align > MAX_ALIGN || align & (align - 1) || sym->s.st_size > UINT32_MAX ||
		    bss->h.sh_size > UINT32_MAX)
			return corrupt(c, "symbol %u: %llu bytes, aligned to %llu", i,
				       (unsigned long long)sym->s.st_size,
				       (unsigned long long)align);
		if (align > bss->h.sh_addralign)
			bss->h.sh_addralign = align;
		align = align ? align : 1;
		sym->value = (bss->h.sh_size + align - 1) & ~(align - 1);
		bss->h.sh_size = sym->value + sym->s.st_size;
		sym->sec = c->bss;
		sym->s.st_shndx = c->bss;
		sym->s.st_value = sym->value;
		c->changed = true;
	}
	return 0;
}

/* ---- programs ------------------------------------------------------------------- */

struct rel {
	uint64_t off;
	uint32_t type, sym;
	int64_t addend;
	bool rela;
};

static struct rel get_rel(const struct conv *c, const uint8_t *p, bool rela)
{
	uint64_t info = get64(c, p + 8);

	return (struct rel){
		.off = get64(c, p), .rela = rela,
		.type = ELF64_R_TYPE(info), .sym = ELF64_R_SYM(info),
		.addend = rela ? (int64_t)get64(c, p + 16) : 0,
	};
}

static bool is_insn(const struct sec *s, uint64_t off, uint8_t code)
{
	uint64_t size = code == LD_IMM64 ? 16 : 8;

	return off % 8 == 0 && s->size >= size && off <= s->size - size && s->data[off] == code;
}

/*
 * Marks the sections besides .text which other sections call.  libbpf looks for
 * subprograms in .text only.
 */
static int find_subprograms(struct conv *c)
{
	for (uint32_t i = 1; i < c->nsecs; i++) {
		const struct sec *s = &c->secs[i], *target;
		bool rela = s->h.sh_type == SHT_RELA;
		size_t each = rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);

		if (!relocations(s) || s->h.sh_info >= c->nsecs ||
		    !executable(&c->secs[s->h.sh_info]))
			continue;
		target = &c->secs[s->h.sh_info];
		for (size_t at = 0; at + each <= s->size; at += each) {
			struct rel r = get_rel(c, s->data + at, rela);
			uint32_t in = r.sym < c->nsyms ? c->syms[r.sym].sec : 0;

			if (!in || in == c->text || in == s->h.sh_info ||
			    !executable(&c->secs[in]) || !is_insn(target, r.off, CALL))
				continue;
			c->syms[r.sym].called = true;
			if (c->secs[in].moved)
				continue;
			if (c->nmoved == MAX_MOVED)
				return cannot(c, "subprograms in more than %u sections", MAX_MOVED);
			if (strnlen(c->secs[in].name, MAX_NAME) == MAX_NAME)
				return corrupt(c, "section %u: a name of more than %u bytes", in,
					       MAX_NAME - 1);
			c->secs[in].moved = true;
			c->moved[c->nmoved++] = in;
		}
	}
	return 0;
}

/* Puts the code of these at the end of .text. */
static int move_subprograms(struct conv *c)
{
	struct sec *text = &c->secs[c->text];
	int err = find_subprograms(c);

	if (err || !c->nmoved)
		return err;
	if (!c->text)
		return cannot(c, "subprograms in section \"%.64s\", but no section .text",
			      c->secs[c->moved[0]].name);
	for (uint32_t i = 0; i < c->nmoved; i++) {
		struct sec *s = &c->secs[c->moved[i]];
		uint64_t base = (text->size + 7) & ~7ULL;

		if (!resize(text, base + s->size))
			return no_memory(c);
		if (s->size)
			memcpy(text->own + base, s->data, s->size);
		if (text->h.sh_addralign < 8)
			text->h.sh_addralign = 8;
		s->base = base;
		s->drop = true;
	}
	for (uint32_t i = 1; i < c->nsyms; i++) {
		struct sym *sym = &c->syms[i];
		const struct sec *s = &c->secs[sym->sec];

		if (!s->moved)
			continue;
		if (ELF64_ST_TYPE(sym->s.st_info) == STT_FUNC &&
		    ELF64_ST_BIND(sym->s.st_info) != STB_LOCAL && !sym->called)
			return cannot(c, "section \"%.64s\" has subprograms that others call, and program %s: put them into .text",
				      s->name, sym_name(c, sym));
		if (ELF64_ST_TYPE(sym->s.st_info) == STT_SECTION)
			sym->s.st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE);
		sym->sec = c->text;
		sym->value += s->base;
		sym->s.st_shndx = c->text;
		sym->s.st_value = sym->value;
	}
	for (uint32_t i = 1; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i], *target;
		size_t each = s->h.sh_type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
		uint8_t *p;

		if (!relocations(s) || s->h.sh_info >= c->nsecs)
			continue;
		target = &c->secs[s->h.sh_info];
		if (!target->moved)
			continue;
		p = own(s);
		if (!p)
			return no_memory(c);
		for (size_t at = 0; at + each <= s->size; at += each)
			put64(c, p + at, get64(c, p + at) + target->base);
		s->h.sh_info = c->text;
	}
	return 0;
}

struct func {
	uint32_t sym;
	uint32_t sec;
	uint64_t off;
};

static int by_place(const void *a, const void *b)
{
	const struct func *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/* A label inside of a function, which old LLVM writes as a symbol. */
static bool is_label(const struct conv *c, const struct sym *sym)
{
	const char *name = sym_name(c, sym);

	return !*name || !strncmp(name, ".L", 2) ||
	       (ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL && !strncmp(name, "LBB", 3));
}

/* A label of inline assembly: it stands in one of these functions. */
static bool is_inside(const struct conv *c, const struct sym *sym, const struct func *f,
		      uint32_t n)
{
	const struct func at = { 0, sym->sec, sym->value };
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (by_place(&f[mid], &at) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && f[lo - 1].sec == sym->sec &&
	       sym->value - f[lo - 1].off < c->syms[f[lo - 1].sym].s.st_size;
}

/*
 * Gives functions what libbpf >= 1.0 asks for: a type, a size, and outside of
 * .text, where the subprograms are, a global name.
 */
static int fix_functions(struct conv *c)
{
	struct func *f = calloc(c->nsyms, sizeof(*f));
	uint32_t n = 0, typed;
	uint64_t end = 0;

	if (!f)
		return no_memory(c);
	for (uint32_t i = 1; i < c->nsyms; i++) {
		const struct sym *sym = &c->syms[i];

		if (executable(&c->secs[sym->sec]) && ELF64_ST_TYPE(sym->s.st_info) == STT_FUNC)
			f[n++] = (struct func){ i, sym->sec, sym->value };
	}
	qsort(f, n, sizeof(*f), by_place);
	typed = n;
	for (uint32_t i = 1; i < c->nsyms; i++) {
		const struct sym *sym = &c->syms[i];

		if (executable(&c->secs[sym->sec]) && ELF64_ST_TYPE(sym->s.st_info) == STT_NOTYPE &&
		    !is_label(c, sym) && !is_inside(c, sym, f, typed))
			f[n++] = (struct func){ i, sym->sec, sym->value };
	}
	qsort(f, n, sizeof(*f), by_place);
	for (uint32_t i = n; i-- > 0;) {
		Elf64_Sym *s = &c->syms[f[i].sym].s, old = *s;
		const struct sec *sec = &c->secs[f[i].sec];
		unsigned int bind = ELF64_ST_BIND(s->st_info);

		/* A function ends where the next one begins. */
		if (i + 1 == n || f[i + 1].sec != f[i].sec)
			end = sec->size;
		else if (f[i + 1].off != f[i].off)
			end = f[i + 1].off;
		if (!s->st_size && end <= sec->size && end > s->st_value)
			s->st_size = end - s->st_value;
		if (bind == STB_LOCAL && strcmp(sec->name, ".text"))
			bind = STB_GLOBAL;
		s->st_info = ELF64_ST_INFO(bind, STT_FUNC);
		if (memcmp(s, &old, sizeof(old)))
			c->changed = true;
	}
	/* For the newest libbpf what is in .text is a subprogram, even if alone. */
	c->only_text = c->legacy && n && f[0].sec == c->text && f[n - 1].sec == c->text &&
		       f[0].off == f[n - 1].off;
	for (uint32_t i = 0; c->only_text && i < n; i++)
		c->syms[f[i].sym].s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
	free(f);
	return 0;
}

/* ---- maps ------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
	const struct map *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	/* Two symbols at one offset are one map: the better one first. */
	if (!x->size != !y->size)
		return x->size ? -1 : 1;
	return x->sym < y->sym ? -1 : x->sym > y->sym;
}

static int by_name(const void *a, const void *b)
{
	const struct map *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static struct map *map_named(const struct conv *c, const char *name)
{
	struct map key = { .name = name }, *k = &key, **found;

	found = c->nmaps ? bsearch(&k, c->names, c->nmaps, sizeof(*c->names), by_name) : NULL;
	return found ? *found : NULL;
}

/* The last map of @sec that begins at or before @off. */
static struct map *map_at(const struct conv *c, uint32_t sec, uint64_t off)
{
	uint32_t lo = 0, hi = c->nmaps;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct map *m = &c->maps[mid];

		if (m->sec < sec || (m->sec == sec && m->off <= off))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && c->maps[lo - 1].sec == sec ? &c->maps[lo - 1] : NULL;
}

static int find_maps(struct conv *c)
{
	struct map *last = NULL;
	uint32_t n = 0;

	c->maps = calloc(c->nsyms, sizeof(*c->maps));
	c->names = calloc(c->nsyms, sizeof(*c->names));
	if (!c->maps || !c->names)
		return no_memory(c);
	for (uint32_t i = 1; i < c->nsyms; i++) {
		const struct sym *sym = &c->syms[i];
		unsigned int type = ELF64_ST_TYPE(sym->s.st_info);
		uint32_t sec = sym->sec;

		if (!sec || !(c->secs[sec].maps || sec == c->dot_maps) ||
		    (type != STT_OBJECT && type != STT_NOTYPE) || is_label(c, sym))
			continue;
		c->maps[n++] = (struct map){
			.sym = i, .sec = sec, .off = sym->value,
			.size = sym->s.st_size, .name = sym_name(c, sym),
			.legacy = c->secs[sec].maps,
		};
	}
	qsort(c->maps, n, sizeof(*c->maps), by_offset);

	for (uint32_t i = 0; i < n; i++) {
		struct map *m = &c->maps[i];
		const struct sec *s = &c->secs[m->sec];
		struct sym *sym = &c->syms[m->sym];

		if (strnlen(m->name, MAX_NAME) == MAX_NAME)
			return corrupt(c, "symbol %u: a name of more than %u bytes", m->sym,
				       MAX_NAME - 1);
		if (last && last->sec == m->sec && last->off == m->off) {
			sym->map = last - c->maps + 1;
			sym->drop = true;
			continue;
		}
		last = &c->maps[c->nmaps++];
		*last = *m;
		c->nlegacy += last->legacy;
		sym->map = c->nmaps;
		if (m->off > s->size || m->size > s->size - m->off)
			return corrupt(c, "map %s lies outside of section \"%.64s\"", m->name,
				       s->name);
	}
	if (c->nmaps > MAX_MAPS)
		return cannot(c, "%u maps are more than any program uses", c->nmaps);
	for (uint32_t i = 0; i < c->nmaps; i++) {
		struct map *m = &c->maps[i], *next = m + 1;
		uint64_t end = i + 1 < c->nmaps && next->sec == m->sec ? next->off :
			       c->secs[m->sec].size;

		/* Old LLVM writes no sizes. */
		if (!m->size)
			m->size = end - m->off;
		if (m->size > end - m->off)
			return corrupt(c, "maps %s and %s overlap", m->name, next->name);
		c->names[i] = m;
	}
	qsort(c->names, c->nmaps, sizeof(*c->names), by_name);
	for (uint32_t i = 1; i < c->nmaps; i++)
		if (!strcmp(c->names[i - 1]->name, c->names[i]->name))
			return cannot(c, "two maps are called %s", c->names[i]->name);
	for (uint32_t i = 1; i < c->nsecs; i++)
		if (c->secs[i].maps && c->secs[i].size && !map_at(c, i, UINT64_MAX))
			return cannot(c, "section \"%.64s\" has definitions but no symbols (stripped?): compile it again",
				      c->secs[i].name);
	return 0;
}

/* Something is lost, but not the map: added to what the caller gets to read. */
static __attribute__((format(printf, 2, 3)))
void note(struct conv *c, const char *fmt, ...)
{
	size_t at = c->why_size ? strlen(c->why) : 0;
	va_list ap;

	if (at && at + 1 < c->why_size)
		c->why[at++] = '\n';
	va_start(ap, fmt);
	if (at < c->why_size)
		vsnprintf(c->why + at, c->why_size - at, fmt, ap);
	va_end(ap);
}

static int set_field(struct conv *c, struct map *m, enum field f, const char *name, uint32_t v)
{
	if (f == UNKNOWN && v)
		return cannot(c, "map %s: nobody knows what %.64s = %u means (--layout can tell)",
			      m->name, name, v);
	m->field[f] = v;
	m->has |= 1U << f;
	m->has_inner_idx |= f == INNER_IDX;
	return 0;
}

/* What is said of a map but is no part of it: where to pin it, for whom, on what. */
static bool is_policy(const char *name)
{
	return !strcmp(name, "namespace") || !strcmp(name, "selinux_context") ||
	       !strcmp(name, "pin_subdir") || !strncmp(name, "ignore_on_", 10);
}

/* The members of the definition's own type say what is what; they may be nested. */
static int read_by_members(struct conv *c, struct map *m, uint32_t type, uint32_t base,
			   unsigned int depth)
{
	const uint32_t *t = btf_edit_type(&c->btf, type);
	const uint8_t *p = c->secs[m->sec].data + m->off;
	int err = 0;

	c->visits += BTF_WORD_VLEN(t[1]);
	if (BTF_WORD_VLEN(t[1]) > MAX_MEMBERS || c->visits > MAX_VISITS)
		return cannot(c, "map %s: its type is no map definition's", m->name);
	for (uint32_t i = 0; i < BTF_WORD_VLEN(t[1]) && !err; i++) {
		const char *name = btf_edit_str(&c->btf, t[3 + 3 * i]);
		uint64_t size = btf_edit_size(&c->btf, t[4 + 3 * i]);
		uint32_t bits = t[1] >> 31 ? t[5 + 3 * i] >> 24 : 0;	/* of a bit field */
		uint32_t bit = t[1] >> 31 ? t[5 + 3 * i] & 0xffffff : t[5 + 3 * i];
		uint32_t at = base + bit / 8;
		uint32_t inner = btf_edit_strip(&c->btf, t[4 + 3 * i]);
		enum field f = UNKNOWN;
		uint32_t v;

		if (bits)
			size = (bit % 8 + bits + 7) / 8;
		if (at > m->size || size > m->size - at)
			return corrupt(c, "BTF: member %.64s of map %s lies outside of it", name,
				       m->name);
		if (btf_edit_kind(&c->btf, inner) == BTF_KIND_STRUCT && depth < 4) {
			err = read_by_members(c, m, inner, at, depth + 1);
			continue;
		}
		if (size != 4) {	/* a path, or a pointer: what matters is if it is set */
			c->visits += size / 64;
			for (uint64_t j = 0; j < size; j++)
				if (p[at + j] && !is_policy(name))
					return cannot(c, "map %s: nobody knows what its %.64s means",
						      m->name, name);
			continue;
		}
		for (size_t l = 0; l < ARRAY_SIZE(letters); l++)
			for (size_t j = 0; j < ARRAY_SIZE(letters[l].names); j++)
				if (letters[l].names[j] && !strcmp(name, letters[l].names[j]))
					f = letters[l].field;
		v = get32(c, p + at);
		/* Whatever the first five are called, by their places they are libbpf's. */
		if (f == UNKNOWN && v && at < 20 && at % 4 == 0) {
			f = at / 4;
			m->by_place = true;
		} else if (f <= MAP_FLAGS && at != 4 * f) {
			m->out_of_place = true;
		}
		if (f != UNKNOWN && m->has & 1U << f)
			return cannot(c, "map %s: its type has a second %.64s (more than one definition?)",
				      m->name, name);
		err = set_field(c, m, f, name, v);
	}
	return err;
}

static int read_by_layout(struct conv *c, struct map *m, const struct layout *l)
{
	const uint8_t *p = c->secs[m->sec].data + m->off;
	int err = 0;

	m->layout = l->name;
	if (m->size < l->size)
		return cannot(c, "map %s: its definition of %llu bytes is no \"%s\" (%u bytes)",
			      m->name, (unsigned long long)m->size, l->name, l->size);
	for (const char *s = l->letters; *s && *s != 'n' && !err; s++, p += 4)
		for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
			if (letters[i].letter == *s)
				err = set_field(c, m, letters[i].field, letters[i].names[0],
						get32(c, p) << (*s == 'p'));
	return err;
}

/* Reads it as @l; true if that makes sense: no number is set that means nothing. */
static bool makes_sense(struct conv *c, struct map *m, const struct layout *l)
{
	size_t why_size = c->why_size;
	bool outer;
	int err;

	c->why_size = 0;	/* it is a try */
	err = read_by_layout(c, m, l);
	c->why_size = why_size;
	outer = IS_OUTER(m->field[TYPE]);
	if (err || (outer && !strpbrk(l->letters, "Ij")))
		return false;
	if (!outer && (m->field[INNER_IDX] || m->field[INNER_ID]))
		return false;
	if (m->field[INNER_IDX] >= c->nlegacy)
		return false;
	if (m->field[NUMA_NODE] && !(m->field[MAP_FLAGS] & BPF_F_NUMA_NODE))
		return false;
	if (m->field[OWNER] && !(m->field[OWNER] & 0400))
		return false;	/* the last of the three is a mode, of those who may read */
	return m->field[PINNING] <= 2;
}

/* Does it come to the same, whichever of two layouts it is read by? */
static bool same_map(const struct map *a, const struct map *b)
{
	uint32_t numa = a->field[MAP_FLAGS] & BPF_F_NUMA_NODE;

	return !memcmp(a->field, b->field, (MAP_FLAGS + 1) * sizeof(*a->field)) &&
	       (!numa || a->field[NUMA_NODE] == b->field[NUMA_NODE]) &&
	       (a->field[PINNING] == 2) == (b->field[PINNING] == 2) &&
	       (!IS_OUTER(a->field[TYPE]) ||
		(a->has_inner_idx == b->has_inner_idx &&
		 a->field[INNER_IDX] == b->field[INNER_IDX] &&
		 a->field[INNER_ID] == b->field[INNER_ID]));
}

static bool has_members(const struct conv *c, const struct map *m)
{
	const uint32_t *v = btf_edit_type(&c->btf, m->var);

	return v && btf_edit_kind(&c->btf, btf_edit_strip(&c->btf, v[2])) == BTF_KIND_STRUCT;
}

/* A source has one struct for its maps: what one of them cannot be, none is. */
static void rule_out(struct conv *c)
{
	static_assert(ARRAY_SIZE(layouts) <= MAX_LAYOUTS, "MAX_LAYOUTS is too small");

	for (uint32_t i = 0; i < c->nmaps && !c->ruled; i++) {
		const struct map *m = &c->maps[i];

		if (!m->legacy || has_members(c, m))
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(layouts); j++) {
			struct map as = *m;

			if (m->size == layouts[j].size && !makes_sense(c, &as, &layouts[j]))
				c->out[j] = true;
		}
	}
	c->ruled = true;
}

/*
 * Without a name or a type there is only the size, and what numbers make sense.
 * Zeros say nothing in any layout, but that the first map is a model.
 */
static int read_by_size(struct conv *c, struct map *m)
{
	const uint8_t *p = c->secs[m->sec].data + m->off;
	const struct layout *l = NULL, *fits = NULL;
	struct map first, other;
	unsigned int n = 0, used = 0;
	char names[128] = "";
	bool same = true;

	for (uint64_t i = 0; i < m->size; i++)
		if (p[i])
			used = i + 1;
	rule_out(c);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (m->size != layouts[i].size)
			continue;
		l = &layouts[i];
		if (strlen(names) + strlen(l->name) + 3 < sizeof(names)) {
			strcat(names, n ? ", " : "");
			strcat(names, l->name);
		}
		n++;
		if (c->out[i])
			continue;
		other = *m;
		makes_sense(c, &other, l);
		if (!fits)
			first = other;
		fits = fits ? fits : l;
		same &= same_map(&first, &other);
	}
	/* Even if all zero: the first map may be the model.  40 bytes may be two maps. */
	if (n == 1 && (fits || !strchr(l->letters, 'u')))
		return read_by_layout(c, m, l);
	/* As libbpf 0.x: a longer one of which only the five are set. */
	if (!(fits && IS_OUTER(get32(c, p))) &&
	    (used <= 16 || (used <= 20 && m->size != 32))) {
		for (uint64_t i = 0; i < 20; i += 4)
			set_field(c, m, i / 4, "", i < m->size ? get32(c, p + i) : 0);
		m->layout = m->size < 20 ? "perf" : "libbpf";
		if (n && IS_OUTER(m->field[TYPE]))
			note(c, "map %s: a map of maps without a model; if its layout has one (%s), say so by --layout",
			     m->name, names);
		return 0;
	}
	if (fits && same)
		return read_by_layout(c, m, fits);
	if (n > 1)
		return cannot(c, "map %s: %llu bytes are one of %s: say which by --layout, or compile with -g",
			      m->name, (unsigned long long)m->size, names);
	return cannot(c, "map %s: its definition of %llu bytes is of no known layout%s",
		      m->name, (unsigned long long)m->size,
		      m->size % 20 ? "" : " (an array of definitions?)");
}

/* A layout that the caller has named may be meant for some of the definitions. */
static bool fits_another(const struct conv *c, const struct layout *l)
{
	for (uint32_t i = 0; i < c->nmaps; i++)
		if (c->maps[i].legacy && c->maps[i].size >= l->size)
			return true;
	return false;
}

static int read_fields(struct conv *c, struct map *m)
{
	const uint32_t *v = btf_edit_type(&c->btf, m->var);
	uint32_t type = v ? btf_edit_strip(&c->btf, v[2]) : 0;
	const struct layout *named = NULL;
	int err;

	if (m->size < 16 || m->size % 4)
		return corrupt(c, "map %s: a definition of %llu bytes is too short", m->name,
			       (unsigned long long)m->size);
	for (size_t i = 0; c->layout && i < ARRAY_SIZE(layouts); i++)
		if (!strcmp(c->layout, layouts[i].name) && (!named || m->size == layouts[i].size))
			named = &layouts[i];
	if (c->layout && !named)
		return cannot(c, "there is no layout \"%.64s\"", c->layout);
	if (btf_edit_kind(&c->btf, type) == BTF_KIND_ARRAY)
		return cannot(c, "map %s is an array of definitions", m->name);
	if (named && m->size < named->size && fits_another(c, named))
		named = NULL;
	if (named)
		err = read_by_layout(c, m, named);
	else if (btf_edit_kind(&c->btf, type) == BTF_KIND_STRUCT)
		err = read_by_members(c, m, type, 0, 0);
	else
		err = read_by_size(c, m);
	if (!named && btf_edit_kind(&c->btf, type) == BTF_KIND_STRUCT)
		m->layout = "BTF";
	if (err)
		return err;
	if (m->by_place && m->out_of_place)
		return cannot(c, "map %s: some members of its definition have names of their own, and others are not where libbpf has them (--layout can tell)",
			      m->name);
	if (!m->field[TYPE])
		return cannot(c, "map %s has type 0 (BPF_MAP_TYPE_UNSPEC)", m->name);
	return 0;
}

static int read_definition(struct conv *c, struct map *m)
{
	int err = read_fields(c, m);

	if (err)
		return err;
	if (m->field[PINNING] == 2)
		note(c, "map %s: pinned by name below pin_root_path, as its loader had it (iproute2: /sys/fs/bpf/tc/globals)",
		     m->name);
	else if (m->field[PINNING])
		note(c, "map %s: pinning %u (%s) has no equivalent: not pinned", m->name,
		     m->field[PINNING], m->field[PINNING] == 1 ? "by object" : "as its loader meant it");
	if (m->field[OWNER])
		note(c, "map %s: its owner and mode are not set", m->name);
	m->field[PINNING] = m->field[PINNING] == 2;	/* LIBBPF_PIN_BY_NAME */
	if (!(m->field[MAP_FLAGS] & BPF_F_NUMA_NODE))
		m->field[NUMA_NODE] = 0;
	return 0;
}

/* iproute2 puts a map with an id into the maps of maps that are of this id. */
static bool goes_into(const struct map *m, const struct map *outer)
{
	return m->legacy && m->has & 1U << INNER_SLOT && m->field[INNER_SLOT] != UINT32_MAX &&
	       m->field[ID] && !m->field[INNER_ID] && !IS_OUTER(m->field[TYPE]) &&
	       outer->legacy && IS_OUTER(outer->field[TYPE]) &&
	       outer->field[INNER_ID] == m->field[ID];
}

/* The slots that goes_into() means, as far as values in .maps can say them. */
static void find_slots(struct conv *c)
{
	for (uint32_t i = 0; i < c->nmaps; i++) {
		const struct map *m = &c->maps[i];
		uint32_t slot = m->field[INNER_SLOT];

		for (uint32_t j = 0; j < c->nmaps && m->field[ID]; j++) {
			struct map *outer = &c->maps[j];

			if (!goes_into(m, outer))
				continue;
			if (c->nslots == MAX_SLOTS || slot >= MAX_SLOTS ||
			    slot >= outer->field[MAX_ENTRIES] || outer->field[KEY_SIZE] != 4) {
				note(c, "map %s: the loader is to put it into slot %u of %s itself",
				     m->name, slot, outer->name);
				continue;
			}
			if (outer->slots <= slot)
				outer->slots = slot + 1;
			c->slots[c->nslots].outer = outer;
			c->slots[c->nslots++].map = m;
		}
	}
}

/*
 * iproute2 puts the program of a section ID/SLOT into the PROG_ARRAY with this id.
 * libbpf could do that from relocations, too, but not in tc, which then loads no
 * program besides the one that it attaches, and fails.
 */
static void note_tail_calls(struct conv *c)
{
	for (uint32_t i = 1; i < c->nsecs; i++) {
		const char *name = c->secs[i].name;
		int id, slot, end = 0;

		if (!executable(&c->secs[i]) || strnlen(name, MAX_NAME) == MAX_NAME ||
		    sscanf(name, "%i/%i%n", &id, &slot, &end) != 2 || name[end])
			continue;
		for (uint32_t j = 0; id && j < c->nmaps; j++) {
			const struct map *m = &c->maps[j];

			if (m->legacy && m->field[TYPE] == BPF_MAP_TYPE_PROG_ARRAY &&
			    m->field[ID] == (uint32_t)id)
				note(c, "section %s: the loader is to put its program into slot %d of %s itself",
				     name, slot, m->name);
		}
	}
}

/* ---- BTF ----------------------------------------------------------------------------- */

static uint32_t kind_word(unsigned int kind, unsigned int vlen)
{
	return BTF_WORD_INFO(kind, vlen);
}

static bool has_section(const struct conv *c, const char *name)
{
	for (uint32_t i = 1; i < c->nsecs; i++)
		if (c->secs[i].h.sh_size && !c->secs[i].unused && !strcmp(c->secs[i].name, name))
			return true;
	return false;
}

/* What the loader provides has no section, or too long a name to compare it often. */
static bool is_extern(const char *name)
{
	return !strcmp(name, ".kconfig") || !strcmp(name, ".ksyms") ||
	       strnlen(name, MAX_NAME) == MAX_NAME;
}

/*
 * The DATASECs that tell where maps are: learn from them, then unmake them.
 * The first LLVM with BTF has maps in one of ".data", which there is not.
 */
static int read_datasecs(struct conv *c, uint32_t byte)
{
	struct btf_edit *b = &c->btf;
	uint32_t ids = b->ids, lookups = MAX_LOOKUPS;

	c->gone = calloc(ids, sizeof(*c->gone));
	if (!c->gone)
		return no_memory(c);
	for (uint32_t id = 1; id < ids; id++) {
		uint32_t *t = btf_edit_type(b, id), vlen = BTF_WORD_VLEN(t[1]);
		const char *name = btf_edit_str(b, t[0]);

		if (btf_edit_kind(b, id) != BTF_KIND_DATASEC)
			continue;
		if (strcmp(name, "maps") && strncmp(name, "maps/", 5) && strcmp(name, ".maps") &&
		    (t[2] || is_extern(name) || !lookups || !lookups-- || has_section(c, name)))
			continue;
		for (uint32_t i = 0; i < vlen; i++) {
			uint32_t var = t[3 + 3 * i], *v = btf_edit_type(b, var);
			struct map *m;

			if (btf_edit_kind(b, var) != BTF_KIND_VAR)
				return corrupt(c, "BTF: type %u in section \"%.64s\" is no variable",
					       var, name);
			m = map_named(c, btf_edit_str(b, v[0]));
			if (m)
				m->var = var;
			else if (!strcmp(name, ".maps"))
				return cannot(c, "BTF: there is no symbol for map %.64s",
					      btf_edit_str(b, v[0]));
			else if (v[3] == 2 && !strncmp(name, "maps", 4))
				return cannot(c, "map %.64s is declared (extern) and defined nowhere: put it into this object",
					      btf_edit_str(b, v[0]));
		}
		/*
		 * Ids must not move: it becomes a union, whose members take as
		 * much room as variables did, and which nobody refers to.
		 */
		t[0] = 0;
		t[1] = kind_word(BTF_KIND_UNION, vlen);
		t[2] = 1;
		for (uint32_t i = 0; i < vlen; i++) {
			t[3 + 3 * i] = 0;
			t[4 + 3 * i] = byte;
			t[5 + 3 * i] = 0;
		}
		c->gone[c->ngone++] = id;
	}
	return 0;
}

/* BPF_ANNOTATE_KV_PAIR(): struct ____btf_map_NAME { key; value; }. */
static void read_annotations(struct conv *c)
{
	static const char prefix[] = "____btf_map_";
	const struct btf_edit *b = &c->btf;

	for (uint32_t id = 1; id < b->ids; id++) {
		const uint32_t *t = btf_edit_type(b, id);
		const char *name = btf_edit_str(b, t[0]);
		struct map *m;

		if (btf_edit_kind(b, id) != BTF_KIND_STRUCT || BTF_WORD_VLEN(t[1]) != 2 ||
		    strncmp(name, prefix, strlen(prefix)))
			continue;
		m = map_named(c, name + strlen(prefix));
		/* As libbpf 0.x: an annotation that does not fit is none. */
		if (m && m->legacy && btf_edit_size(b, t[4]) == m->field[KEY_SIZE] &&
		    btf_edit_size(b, t[7]) == m->field[VALUE_SIZE]) {
			m->key = t[4];
			m->value = t[7];
		}
	}
}

/* Offsets of the members' names. */
struct names {
	uint32_t field[FIELDS];		/* 0: not to be said */
	uint32_t key, value, values;
};

/* A member as __uint(name, number) or __type(name, type) makes it. */
static void add_member(struct conv *c, uint32_t *words, uint32_t *n, uint32_t name,
		       uint32_t type)
{
	words += 3 + 3 * *n;
	words[0] = name;
	words[1] = btf_edit_add_words(&c->btf, 0, kind_word(BTF_KIND_PTR, 0), type);
	words[2] = 64 * (*n)++;
}

/* @byte is the type of the elements, so that no array is too large to load. */
static uint32_t number(struct conv *c, uint32_t byte, uint32_t n)
{
	return btf_edit_add_words(&c->btf, 0, kind_word(BTF_KIND_ARRAY, 0), 0, byte, byte, n);
}

/* The model of a map of maps, NULL if the definition names none. */
static const struct map *model_of(const struct conv *c, const struct map *m)
{
	const struct map *inner = NULL;
	uint32_t n = 0;

	if (!IS_OUTER(m->field[TYPE]))
		return NULL;
	for (uint32_t i = 0; i < c->nmaps && !inner; i++) {
		const struct map *o = &c->maps[i];

		if (!o->legacy)
			continue;
		if (m->field[INNER_ID] ? o->field[ID] == m->field[INNER_ID] :
					 m->has_inner_idx && n == m->field[INNER_IDX])
			inner = o;
		n++;
	}
	return inner && !IS_OUTER(inner->field[TYPE]) ? inner : NULL;
}

/* A type for @m, as its own or as the model of another. */
static uint32_t add_map_type(struct conv *c, const struct map *m, const struct names *nm,
			     uint32_t byte, bool model, uint64_t *size)
{
	const struct map *inner = model ? NULL : model_of(c, m);
	uint32_t words[3 + 3 * (FIELDS + 3)] = {}, n = 0, type;

	for (int f = 0; f < FIELDS; f++) {
		if (!nm->field[f] || !m->field[f] || (f == KEY_SIZE && m->key) ||
		    (f == VALUE_SIZE && (m->value || inner)) || (f == PINNING && model))
			continue;
		add_member(c, words, &n, nm->field[f], number(c, byte, m->field[f]));
	}
	if (m->key)
		add_member(c, words, &n, nm->key, m->key);
	if (m->value && !inner)
		add_member(c, words, &n, nm->value, m->value);
	words[2] = *size = 8 * n;
	if (inner) {	/* of no size, as clang has it: an array that may grow */
		type = add_map_type(c, inner, nm, byte, true, size);
		*size = 8 * n;
		add_member(c, words, &n, nm->values, type);
		words[3 * n + 1] = btf_edit_add_words(&c->btf, 0, kind_word(BTF_KIND_ARRAY, 0), 0,
						      words[3 * n + 1], byte, 0);
	}
	words[1] = kind_word(BTF_KIND_STRUCT, n);
	return btf_edit_add(&c->btf, words, 3 + 3 * n);
}

static void add_map(struct conv *c, struct map *m, const struct names *nm, uint32_t byte)
{
	uint32_t *v, type = add_map_type(c, m, nm, byte, false, &m->new_size);

	m->new_size += 8ULL * m->slots;
	if (!m->var)
		m->var = btf_edit_add_words(&c->btf, btf_edit_add_str(&c->btf, m->name),
					    kind_word(BTF_KIND_VAR, 0), 0, 0);
	v = btf_edit_type(&c->btf, m->var);
	if (!v)
		return;
	v[2] = type;
	v[3] = 1;	/* BTF_VAR_GLOBAL_ALLOCATED */
}

/*
 * Offsets rise: what is in .maps comes first, then the others in their order, then
 * those that are filled in, since libbpf creates one after the other and fills at once.
 */
#define RANKS	3
static unsigned int rank(const struct map *m)
{
	return !m->legacy ? 0 : m->slots ? 2 : 1;
}

static int add_datasec(struct conv *c, uint64_t size)
{
	uint32_t *words, n = 3;

	words = calloc(3 + 3 * c->nmaps, sizeof(*words));
	if (!words)
		return no_memory(c);
	words[0] = btf_edit_add_str(&c->btf, ".maps");
	words[1] = kind_word(BTF_KIND_DATASEC, c->nmaps);
	words[2] = size;
	for (unsigned int r = 0; r < RANKS; r++) {
		for (uint32_t i = 0; i < c->nmaps; i++) {
			const struct map *m = &c->maps[i];

			if (rank(m) != r)
				continue;
			words[n++] = m->var;
			words[n++] = m->new_off;
			words[n++] = m->new_size;
		}
	}
	btf_edit_add(&c->btf, words, n);
	free(words);
	return 0;
}

static int by_sym_name(const void *a, const void *b, void *ctx)
{
	const struct conv *c = ctx;

	return strcmp(sym_name(c, &c->syms[*(const uint32_t *)a]),
		      sym_name(c, &c->syms[*(const uint32_t *)b]));
}

/* Marks the symbol that is called so, if BTF has it as extern and it is, or neither. */
static void declare(struct conv *c, const uint32_t *globals, uint32_t n, const char *name,
		    uint32_t linkage)
{
	uint32_t lo = 0, hi = n;
	struct sym *sym;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (strcmp(sym_name(c, &c->syms[globals[mid]]), name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n || strcmp(sym_name(c, &c->syms[globals[lo]]), name))
		return;
	sym = &c->syms[globals[lo]];
	sym->in_btf |= linkage == (sym->s.st_shndx == SHN_UNDEF ? 2 : 1);
}

/*
 * Those undefined symbols that BTF declares are for libbpf to find, or for
 * `bpftool gen object` to link; others go.
 */
static int sort_globals(struct conv *c)
{
	const struct btf_edit *b = &c->btf;
	uint32_t *globals, n = 0;

	globals = calloc(c->nsyms, sizeof(*globals));
	if (!globals)
		return no_memory(c);
	for (uint32_t i = 1; i < c->nsyms; i++) {
		if (ELF64_ST_BIND(c->syms[i].s.st_info) == STB_LOCAL || c->syms[i].map)
			continue;
		if (strnlen(sym_name(c, &c->syms[i]), MAX_NAME) == MAX_NAME) {
			free(globals);
			return corrupt(c, "symbol %u: a name of more than %u bytes", i,
				       MAX_NAME - 1);
		}
		globals[n++] = i;
	}
	qsort_r(globals, n, sizeof(*globals), by_sym_name, c);
	for (uint32_t id = 1; id < b->ids && n; id++) {
		const uint32_t *t = btf_edit_type(b, id);
		unsigned int kind = btf_edit_kind(b, id);

		if (kind == BTF_KIND_VAR || kind == BTF_KIND_FUNC)
			declare(c, globals, n, btf_edit_str(b, t[0]),
				kind == BTF_KIND_VAR ? t[3] : BTF_WORD_VLEN(t[1]));
	}
	for (uint32_t i = 0; i < n; i++)
		if (c->syms[globals[i]].s.st_shndx == SHN_UNDEF && !c->syms[globals[i]].in_btf)
			c->syms[globals[i]].drop = true;
	free(globals);
	return 0;
}

/* As the kernel has names in BTF. */
static bool is_identifier(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && n < 128 && !name[n] && (*name < '0' || *name > '9');
}

/*
 * `bpftool gen object` wants a word about whatever is global.  Without -g, or by
 * old LLVM, there is none; functions of which it says nothing take and return nothing.
 */
static void add_globals(struct conv *c, uint32_t byte)
{
	struct btf_edit *b = &c->btf;
	uint32_t proto = 0;

	for (uint32_t i = 1; i < c->nsyms; i++) {
		const struct sym *sym = &c->syms[i];
		const char *name = sym_name(c, sym);

		if (ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL || sym->in_btf || sym->map ||
		    sym->drop || !sym->sec || c->secs[sym->sec].drop || !is_identifier(name))
			continue;
		if (ELF64_ST_TYPE(sym->s.st_info) != STT_FUNC) {
			btf_edit_add_words(b, btf_edit_add_str(b, name), kind_word(BTF_KIND_VAR, 0),
					   number(c, byte, sym->s.st_size), 1);
			continue;
		}
		if (!proto)
			proto = btf_edit_add_words(b, 0, kind_word(BTF_KIND_FUNC_PROTO, 0), 0);
		btf_edit_add_words(b, btf_edit_add_str(b, name), kind_word(BTF_KIND_FUNC, 1),
				   proto);
	}
}

static int open_btf(struct conv *c)
{
	const struct sec *sec = &c->secs[c->btf_sec];
	const char *why;
	int err;

	err = btf_edit_open(&c->btf, sec->data, c->btf_sec ? sec->size : 0, c->swap, &why);
	if (err)
		return refuse(c, err, "BTF: %s", why);
	/* The type of a byte is what is appended first. */
	c->byte = c->btf.ids;
	return read_datasecs(c, c->byte);
}

static int make_btf(struct conv *c)
{
	struct sec *sec = &c->secs[c->btf_sec];
	struct btf_edit *b = &c->btf;
	uint64_t end = c->dot_maps ? c->secs[c->dot_maps].size : 0;
	uint32_t byte = c->byte;
	struct names nm;
	uint8_t *bytes;
	size_t size;
	int err;

	read_annotations(c);
	btf_edit_add_words(b, btf_edit_add_str(b, "unsigned char"), kind_word(BTF_KIND_INT, 0),
			   1, 8);
	nm = (struct names){
		.field[TYPE] = btf_edit_add_str(b, "type"),
		.field[KEY_SIZE] = btf_edit_add_str(b, "key_size"),
		.field[VALUE_SIZE] = btf_edit_add_str(b, "value_size"),
		.field[MAX_ENTRIES] = btf_edit_add_str(b, "max_entries"),
		.field[MAP_FLAGS] = btf_edit_add_str(b, "map_flags"),
		.field[NUMA_NODE] = btf_edit_add_str(b, "numa_node"),
		.field[PINNING] = btf_edit_add_str(b, "pinning"),
		.key = btf_edit_add_str(b, "key"),
		.value = btf_edit_add_str(b, "value"),
		.values = btf_edit_add_str(b, "values"),
	};
	for (unsigned int r = 0; r < RANKS; r++) {
		for (uint32_t i = 0; i < c->nmaps; i++) {
			struct map *m = &c->maps[i];

			if (rank(m) != r)
				continue;
			if (m->legacy) {
				add_map(c, m, &nm, byte);
				end = (end + 7) & ~7ULL;
				m->new_off = end;
				end += m->new_size;
				continue;
			}
			if (!m->var)
				return cannot(c, "BTF: map %s of \".maps\" is not in it", m->name);
			m->new_off = m->off;
			m->new_size = m->size;
		}
	}
	err = add_datasec(c, end);
	if (err)
		return err;
	add_globals(c, byte);

	bytes = btf_edit_bytes(b, &size);
	if (!bytes)
		return no_memory(c);
	if (!c->btf_sec) {
		c->btf_sec = c->nsecs++;
		sec = &c->secs[c->btf_sec];
		sec->name = "";
		sec->h = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_addralign = 4 };
	}
	free(sec->own);
	sec->own = bytes;
	sec->data = bytes;
	sec->size = size;
	return 0;
}

/* ---- .BTF.ext: which type and line an instruction is of --------------------------------- */

#define EXT_PARTS	3	/* functions, lines, CO-RE */

struct ext_group {		/* the records of a section */
	uint32_t name, n;
	const uint8_t *records;
	uint32_t place;		/* 1 .text, 2... moved there, 0 elsewhere */
};

/* Reads a group at *@at, which ends before @end; false if it does not. */
static bool next_group(const struct conv *c, const uint8_t *p, uint64_t *at, uint64_t end,
		       uint32_t rec, struct ext_group *g)
{
	if (end - *at < 8)
		return false;
	g->name = get32(c, p + *at);
	g->n = get32(c, p + *at + 4);
	g->records = p + *at + 8;
	*at += 8;
	if (!g->n || (end - *at) / rec < g->n)
		return false;
	*at += (uint64_t)g->n * rec;
	return true;
}

/* libbpf >= 1.0 fails on what 0.x passed over: an empty part, a broken one. */
static bool check_part(const struct conv *c, const uint8_t *p, uint64_t at, uint64_t end,
		       unsigned int part)
{
	static const uint32_t least[EXT_PARTS] = { 8, 16, 16 };
	struct ext_group g;
	uint32_t rec = get32(c, p + at);

	if (rec < least[part] || rec % 4)
		return false;
	for (at += 4; at < end;)
		if (!next_group(c, p, &at, end, rec, &g))
			return false;
	return true;
}

/* Where the records of a section are to be: its place. */
static uint32_t place_of(const struct conv *c, uint32_t name_off)
{
	const char *name = btf_edit_str(&c->btf, name_off);

	if (!c->nmoved && !c->only_text)
		return 0;
	if (!strcmp(name, ".text"))
		return 1;
	for (uint32_t i = 0; i < c->nmoved; i++)
		if (!strcmp(name, c->secs[c->moved[i]].name))
			return i + 2;
	return 0;
}

static uint8_t *copy_group(const struct conv *c, const struct ext_group *g, uint32_t rec,
			   uint64_t base, uint8_t *to)
{
	memcpy(to, g->records, (size_t)g->n * rec);
	for (uint32_t i = 0; base && i < g->n; i++, to += rec)
		put32(c, to, get32(c, to) + base);
	return base ? to : to + (size_t)g->n * rec;
}

/* Copies a part to *@to; what was moved to .text stands there now, in its order. */
static int copy_part(struct conv *c, const uint8_t *p, uint64_t from, uint64_t end, uint8_t **to)
{
	struct ext_group *g = calloc((end - from) / 8 + 1, sizeof(*g));
	uint32_t rec = get32(c, p + from), n = 0, total = 0;
	uint8_t *count = NULL;

	if (!g)
		return no_memory(c);
	for (uint64_t at = from + 4; at < end; n++) {
		next_group(c, p, &at, end, rec, &g[n]);
		g[n].place = place_of(c, g[n].name);
	}
	memcpy(*to, p + from, 4);
	*to += 4;
	for (uint32_t place = 1; place <= c->nmoved + 1; place++) {
		for (uint32_t i = 0; i < n; i++) {
			if (g[i].place != place)
				continue;
			if (!count) {
				put32(c, *to, place == 1 && !c->only_text ? g[i].name :
				      btf_edit_add_str(&c->btf, c->only_text ? "text" : ".text"));
				count = *to + 4;
				*to += 8;
			}
			*to = copy_group(c, &g[i], rec, place == 1 ? 0 :
					 c->secs[c->moved[place - 2]].base, *to);
			total += g[i].n;
			put32(c, count, total);
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		if (g[i].place)
			continue;
		put32(c, *to, g[i].name);
		put32(c, *to + 4, g[i].n);
		*to = copy_group(c, &g[i], rec, 0, *to + 8);
	}
	free(g);
	return 0;
}

static int fix_ext(struct conv *c)
{
	struct sec *s = &c->secs[c->ext_sec];
	uint64_t from[EXT_PARTS] = {}, end[EXT_PARTS] = {};
	bool bad = false, left = false;
	uint8_t *new, *to;
	uint32_t header;
	int err = 0;

	if (!c->ext_sec)
		return 0;
	header = s->size >= 24 ? get32(c, s->data + 4) : 0;
	if (header < 24 || header > s->size)
		goto drop;
	for (unsigned int i = 0; i < EXT_PARTS && 16 + 8 * i <= header; i++) {
		uint64_t off = get32(c, s->data + 8 + 8 * i) + (uint64_t)header;
		uint64_t len = get32(c, s->data + 12 + 8 * i);

		if (!len)
			continue;
		if (off % 4 || off > s->size || len > s->size - off)
			goto drop;
		if (len <= 4) {
			bad = true;
			continue;
		}
		if (!check_part(c, s->data, off, off + len, i))
			goto drop;
		from[i] = off;
		end[i] = off + len;
		left = true;
	}
	if (!left)
		goto drop;
	if (!bad && !c->nmoved && !c->only_text)
		return 0;
	new = calloc(1, s->size * EXT_PARTS + 64);
	if (!new)
		return no_memory(c);
	memcpy(new, s->data, header);
	to = new + header;
	for (unsigned int i = 0; i < EXT_PARTS && 16 + 8 * i <= header; i++) {
		uint8_t *part = to;

		if (end[i] && !err)
			err = copy_part(c, s->data, from[i], end[i], &to);
		put32(c, new + 8 + 8 * i, part - new - header);
		put32(c, new + 12 + 8 * i, to - part);
	}
	free(s->own);
	s->own = new;
	s->data = new;
	s->size = to - new;
	/* Its relocations are of places that are others now, and nobody reads them. */
	for (uint32_t i = 1; i < c->nsecs; i++)
		if (relocations(&c->secs[i]) && c->secs[i].h.sh_info == c->ext_sec)
			c->secs[i].drop = true;
	return err;
drop:
	s->drop = true;
	return 0;
}

/* ---- relocations ------------------------------------------------------------------------ */

/* How many bytes at its offset a relocation of data changes. */
static unsigned int width_of(const struct rel *r)
{
	return r->type == R_BPF_64_64 || r->type == R_BPF_64_ABS64 ? 8 : 4;
}

/* An instruction refers to a map: by the map's own symbol, and no addend. */
static int point_code(struct conv *c, struct sec *sec, struct rel *r)
{
	const struct sym *sym = &c->syms[r->sym];
	bool section = ELF64_ST_TYPE(sym->s.st_info) == STT_SECTION;
	const char *in = c->secs[sym->sec].name;
	const struct map *m;
	uint64_t off;
	uint8_t *p;

	/* Before BPF had a number of its own, its relocations had none either. */
	if ((r->type != R_BPF_64_64 && r->type) || !is_insn(sec, r->off, LD_IMM64))
		return corrupt(c, "section \"%.64s\", byte %llu: refers to a map, but loads no address",
			       sec->name, (unsigned long long)r->off);
	p = own(sec);
	if (!p)
		return no_memory(c);
	p += r->off;
	off = sym->value + (r->rela ? r->addend : (int32_t)get32(c, p + 4));
	m = map_at(c, sym->sec, off);
	if (!m || m->off != off)
		return cannot(c, "section \"%.64s\", byte %llu: refers to byte %llu of \"%.64s\", where no map begins (an array of definitions?)",
			      sec->name, (unsigned long long)r->off, (unsigned long long)off, in);
	if (!section && off != sym->value)
		return cannot(c, "section \"%.64s\", byte %llu: refers to map %s by way of map %s",
			      sec->name, (unsigned long long)r->off, m->name, sym_name(c, sym));
	put32(c, p + 4, 0);
	put32(c, p + 12, 0);
	r->type = R_BPF_64_64;
	r->sym = m->sym;
	r->addend = 0;
	return 0;
}

/* Data refers to a map: this is DWARF, which says where a variable is. */
static int point_data(struct conv *c, struct sec *sec, struct rel *r)
{
	const struct sym *sym = &c->syms[r->sym];
	unsigned int width = width_of(r);
	uint64_t off, addend = r->addend;
	const struct map *m;
	uint8_t *p;

	if (sec->size < width || r->off > sec->size - width)
		return corrupt(c, "section \"%.64s\": a relocation lies outside of it", sec->name);
	p = own(sec);
	if (!p)
		return no_memory(c);
	p += r->off;
	if (!r->rela)
		addend = width == 8 ? get64(c, p) : get32(c, p);
	off = sym->value + addend;
	m = map_at(c, sym->sec, off);
	r->sym = m ? m->sym : 0;
	off -= m ? m->off : 0;
	if (r->rela)
		r->addend = off;
	else if (width == 8)
		put64(c, p, off);
	else
		put32(c, p, off);
	return 0;
}

/* libbpf reads SHT_REL only: an addend goes to where it is added. */
static int to_rel(struct conv *c, struct sec *sec, struct rel *r)
{
	unsigned int width = width_of(r);
	uint8_t *p;

	if (!r->addend)
		return 0;
	p = own(sec);
	if (!p)
		return no_memory(c);
	if (executable(sec) && is_insn(sec, r->off, LD_IMM64)) {
		put32(c, p + r->off + 4, get32(c, p + r->off + 4) + r->addend);
	} else if (executable(sec) && is_insn(sec, r->off, CALL)) {
		put32(c, p + r->off + 4, get32(c, p + r->off + 4) + r->addend / 8);
	} else if (sec->size < width || r->off > sec->size - width || executable(sec)) {
		return corrupt(c, "section \"%.64s\": a relocation lies outside of it", sec->name);
	} else if (width == 8) {
		put64(c, p + r->off, get64(c, p + r->off) + r->addend);
	} else {
		put32(c, p + r->off, get32(c, p + r->off) + r->addend);
	}
	r->addend = 0;
	return 0;
}

/* Code refers to what is defined nowhere, and BTF does not say what it is. */
static int unresolved(struct conv *c, const struct sec *sec, const struct rel *r)
{
	struct sym *sym = &c->syms[r->sym];

	if (!is_insn(sec, r->off, LD_IMM64))
		return cannot(c, "section \"%.64s\", byte %llu: calls %.64s(), which is defined nowhere",
			      sec->name, (unsigned long long)r->off, sym_name(c, sym));
	/* libbpf 0.x refused it as well. */
	if (c->then)
		return cannot(c, "%.64s is declared (extern) and defined nowhere",
			      sym_name(c, sym));
	if (!sym->noted)
		note(c, "%.64s is defined nowhere: it stays the number that the code has (%u), as its own loader was to set it",
		     sym_name(c, sym), get32(c, sec->data + r->off + 4));
	sym->noted = true;
	return 0;
}

/*
 * The place in .BTF that a relocation is of, as it is now: the header may have been
 * longer.  False if it is not of a type, or of what was a DATASEC: libbpf fills in the
 * offsets of a DATASEC itself, and what was one has none.
 */
static bool move_in_btf(const struct conv *c, uint64_t *off)
{
	const struct btf_edit *b = &c->btf;
	uint64_t word = (*off - b->types_at) / 4;
	uint32_t lo = 0, hi = c->ngone;

	if (*off < b->types_at || word >= b->start[c->byte])
		return false;
	*off += BTF_HEADER_SIZE - b->types_at;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (b->start[c->gone[mid]] <= word)
			lo = mid + 1;
		else
			hi = mid;
	}
	return !lo || word >= b->start[c->gone[lo - 1] + 1];
}

/* Tools know the old types in code only by now. */
static uint32_t type_of(const struct conv *c, uint32_t target, uint32_t type)
{
	if (executable(&c->secs[target]))
		return type;
	if (target == c->btf_sec || target == c->ext_sec)
		return R_BPF_64_NODYLD32;
	return type == R_BPF_64_64 ? R_BPF_64_ABS64 : type == R_BPF_64_32 ? R_BPF_64_ABS32 : type;
}

static int fix_relocations(struct conv *c, uint32_t index)
{
	struct sec *s = &c->secs[index], *target;
	bool rela = s->h.sh_type == SHT_RELA;
	size_t each = rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel), n = 0;
	uint8_t *p;
	int err;

	if (s->h.sh_info >= c->nsecs || s->h.sh_link != c->symtab || s->size % each)
		return corrupt(c, "section \"%.64s\": relocations of what, by which symbols?",
			       s->name);
	target = &c->secs[s->h.sh_info];
	if (target->drop || target->maps || relocations(target)) {
		s->drop = true;
		return 0;
	}
	p = own(s);
	if (!p)
		return no_memory(c);
	for (size_t i = 0; i < s->size; i += each) {
		struct rel r = get_rel(c, p + i, rela);

		if (r.sym >= c->nsyms)
			return corrupt(c, "section \"%.64s\": there is no symbol %u",
				       s->name, r.sym);
		if (c->nlegacy && s->h.sh_info == c->btf_sec && !move_in_btf(c, &r.off))
			continue;
		if (c->secs[c->syms[r.sym].sec].maps) {
			err = executable(target) ? point_code(c, target, &r) :
						   point_data(c, target, &r);
			if (err)
				return err;
		}
		if (r.sym && c->syms[r.sym].drop && !c->syms[r.sym].map && executable(target) &&
		    !c->syms[r.sym].sec) {
			err = unresolved(c, target, &r);
			if (err)
				return err;
			continue;
		}
		if (!r.type && !executable(target) && s->h.sh_info != c->btf_sec &&
		    s->h.sh_info != c->ext_sec)
			continue;	/* R_BPF_NONE */
		err = to_rel(c, target, &r);
		if (err)
			return err;
		if (c->syms[r.sym].drop)
			r.sym = 0;
		put64(c, p + n, r.off);
		put64(c, p + n + 8, ELF64_R_INFO((uint64_t)c->syms[r.sym].index,
						 type_of(c, s->h.sh_info, r.type)));
		n += sizeof(Elf64_Rel);
	}
	s->size = n;
	s->h.sh_type = SHT_REL;
	s->h.sh_entsize = sizeof(Elf64_Rel);
	return 0;
}

/* What is in a map of maps from the start: clang says that by relocations of its values. */
static int add_slots(struct conv *c)
{
	struct sec *s = NULL;
	uint8_t *p;

	if (!c->nslots)
		return 0;
	for (uint32_t i = 1; i < c->nsecs && !s; i++)
		if (!c->secs[i].drop && relocations(&c->secs[i]) &&
		    c->secs[i].h.sh_info == c->dot_maps)
			s = &c->secs[i];
	if (!s) {
		s = &c->secs[c->nsecs++];
		s->name = "";
		s->h = (Elf64_Shdr){
			.sh_type = SHT_REL, .sh_link = c->symtab, .sh_info = c->dot_maps,
			.sh_entsize = sizeof(Elf64_Rel), .sh_addralign = 8,
		};
	}
	p = resize(s, s->size + c->nslots * sizeof(Elf64_Rel));
	if (!p)
		return no_memory(c);
	p += s->size - c->nslots * sizeof(Elf64_Rel);
	for (uint32_t i = 0; i < c->nslots; i++, p += sizeof(Elf64_Rel)) {
		const struct map *outer = c->slots[i].outer, *m = c->slots[i].map;
		uint64_t at = outer->new_off + outer->new_size - 8ULL * outer->slots;

		put64(c, p, at + 8ULL * m->field[INNER_SLOT]);
		put64(c, p + 8, ELF64_R_INFO((uint64_t)c->syms[m->sym].index, R_BPF_64_ABS64));
	}
	return 0;
}

/* ---- writing ---------------------------------------------------------------------------- */

/* The legacy sections become one section .maps. */
static int merge_sections(struct conv *c)
{
	uint64_t end = 0;

	for (uint32_t i = 1; i < c->nsecs; i++) {
		if (!c->secs[i].maps)
			continue;
		if (c->dot_maps)
			c->secs[i].drop = true;
		else
			c->dot_maps = i;
	}
	for (uint32_t i = 0; i < c->nmaps; i++) {
		struct map *m = &c->maps[i];
		Elf64_Sym *s = &c->syms[m->sym].s;

		if (m->new_off + m->new_size > end)
			end = m->new_off + m->new_size;
		if (!m->legacy)
			continue;
		s->st_shndx = c->dot_maps;
		s->st_value = m->new_off;
		s->st_size = m->new_size;
		s->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
		s->st_other = STV_DEFAULT;
	}
	if (c->secs[c->dot_maps].maps)	/* it held definitions: zeros now */
		c->secs[c->dot_maps].size = 0;
	if (!resize(&c->secs[c->dot_maps], end))
		return no_memory(c);
	c->secs[c->dot_maps].h.sh_flags = SHF_ALLOC | SHF_WRITE;
	c->secs[c->dot_maps].h.sh_entsize = 0;
	if (c->secs[c->dot_maps].h.sh_addralign < 8)
		c->secs[c->dot_maps].h.sh_addralign = 8;
	return 0;
}

/* Local symbols come first. */
static void number_symbols(struct conv *c)
{
	uint32_t n = 0;

	for (int global = 0; global < 2; global++) {
		if (global)
			c->secs[c->symtab].h.sh_info = n;
		for (uint32_t i = 0; i < c->nsyms; i++) {
			struct sym *sym = &c->syms[i];
			bool local = ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL || !i;

			if (c->secs[sym->sec].drop && !sym->map)
				sym->drop = true;
			if (!sym->drop && local != global)
				sym->index = n++;
		}
	}
}

static int write_symbols(struct conv *c)
{
	struct sec *s = &c->secs[c->symtab];
	uint8_t *p = own(s);
	uint32_t n = 0;

	if (!p)
		return no_memory(c);
	for (uint32_t i = 0; i < c->nsyms; i++) {
		struct sym *sym = &c->syms[i];

		if (sym->drop)
			continue;
		if (sym->s.st_shndx && sym->s.st_shndx < c->nsecs)
			sym->s.st_shndx = c->secs[sym->s.st_shndx].index;
		fix_sym(c, &sym->s);
		memcpy(p + sym->index * sizeof(sym->s), &sym->s, sizeof(sym->s));
		n++;
	}
	s->size = n * sizeof(Elf64_Sym);
	s->h.sh_entsize = sizeof(Elf64_Sym);
	return 0;
}

/* The new names, at the end of the table: what is there may be shared. */
static int name_sections(struct conv *c)
{
	struct sec *names = &c->secs[c->eh.e_shstrndx];
	static const char new[] = ".maps\0.BTF\0.bss\0text";
	uint64_t at = names->size;
	uint8_t *p;

	p = resize(names, at + sizeof(new));
	if (!p)
		return no_memory(c);
	memcpy(p + at, new, sizeof(new));
	if (c->secs[c->dot_maps].maps)
		c->secs[c->dot_maps].h.sh_name = at;
	if (c->btf_sec && !*c->secs[c->btf_sec].name)
		c->secs[c->btf_sec].h.sh_name = at + strlen(".maps") + 1;
	if (c->bss && !*c->secs[c->bss].name)
		c->secs[c->bss].h.sh_name = at + strlen(".maps") + 1 + strlen(".BTF") + 1;
	if (c->only_text)
		c->secs[c->text].h.sh_name = at + sizeof(new) - sizeof("text");
	return 0;
}

/* ".rel" and what they are of: `bpftool gen object` insists. */
static int name_relocations(struct conv *c)
{
	struct sec *names = &c->secs[c->eh.e_shstrndx];
	uint64_t at = names->size;
	uint32_t n = 0;
	uint8_t *p;

	for (int adding = 0; adding < 2; adding++) {
		for (uint32_t i = 1; i < c->nsecs; i++) {
			struct sec *s = &c->secs[i];
			const char *of;

			if (s->drop || !relocations(s) || s->h.sh_info >= c->nsecs)
				continue;
			of = c->only_text && s->h.sh_info == c->text ? "text" :
			     s->h.sh_info == c->dot_maps ? ".maps" : c->secs[s->h.sh_info].name;
			if (strnlen(of, MAX_NAME) == MAX_NAME ||
			    (!strncmp(s->name, ".rel", 4) && !strcmp(s->name + 4, of)))
				continue;
			n++;
			if (!adding)
				continue;
			s->h.sh_name = at;
			at += sprintf((char *)names->own + at, ".rel%s", of) + 1;
		}
		if (adding || !n)
			break;
		p = resize(names, at + (uint64_t)n * (MAX_NAME + strlen(".rel")));
		if (!p)
			return no_memory(c);
	}
	names->size = at;
	return 0;
}

/* Where it lies in the file: sh_addralign is of addresses, and may be large. */
static uint64_t place(uint64_t at, const struct sec *s)
{
	uint64_t align = s->h.sh_addralign > 8 ? 8 : s->h.sh_addralign ? s->h.sh_addralign : 1;

	return (at + align - 1) & ~(align - 1);
}

static int write_object(struct conv *c, void **out, size_t *out_size)
{
	uint64_t at = sizeof(c->eh);
	uint32_t n = 0;
	uint8_t *p;

	c->secs[0].h = (Elf64_Shdr){};
	for (uint32_t i = 0; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i];

		if (s->drop)
			continue;
		n++;
		if (!s->data) {
			if (i)
				s->h.sh_offset = at;
			continue;
		}
		at = place(at, s);
		s->h.sh_offset = at;
		s->h.sh_size = s->size;
		at += s->size;
	}
	at = (at + 7) & ~7ULL;
	*out_size = at + n * sizeof(Elf64_Shdr);
	p = calloc(1, *out_size);
	if (!p)
		return no_memory(c);
	*out = p;

	c->eh.e_shoff = at;
	c->eh.e_shnum = n;
	c->eh.e_shstrndx = c->secs[c->eh.e_shstrndx].index;
	c->eh.e_phoff = 0;
	c->eh.e_phnum = 0;
	c->eh.e_ehsize = sizeof(c->eh);
	fix_ehdr(c, &c->eh);
	memcpy(p, &c->eh, sizeof(c->eh));
	for (uint32_t i = 0; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i];

		if (s->drop)
			continue;
		if (s->size)
			memcpy(p + s->h.sh_offset, s->data, s->size);
		if (s->h.sh_link < c->nsecs)
			s->h.sh_link = c->secs[s->h.sh_link].index;
		if (relocations(s) || s->h.sh_flags & SHF_INFO_LINK)
			s->h.sh_info = s->h.sh_info < c->nsecs ? c->secs[s->h.sh_info].index : 0;
		s->h.sh_flags &= ~(uint64_t)SHF_GROUP;
		fix_shdr(c, &s->h);
		memcpy(p + at, &s->h, sizeof(s->h));
		at += sizeof(s->h);
	}
	return 0;
}

static int read_object(struct conv *c)
{
	int err;

	err = read_sections(c);
	err = err ?: sort_sections(c);
	err = err ?: read_symbols(c);
	if (c->legacy) {
		err = err ?: place_common(c);
		err = err ?: move_subprograms(c);
	}
	err = err ?: fix_functions(c);
	return err ?: find_maps(c);
}

/*
 * To libbpf 0.x data was .data, .rodata and .bss.  Since 0.6 what is called .rodata.X and
 * so on is a map as well, such as constant strings (.rodata.str1.1): one that programs of
 * then do not expect, with a name that cannot be pinned.  What no code refers to goes.
 * Code that does refer to it 0.x refused.  Of an object without legacy maps, whose BTF is
 * left as it is, it is the constants that the compiler merges: BTF says nothing of them.
 */
static void find_unused(struct conv *c)
{
	static const char *const names[] = { ".data.", ".rodata.", ".bss." };

	for (uint32_t i = 1; i < c->nsecs; i++) {
		struct sec *s = &c->secs[i];

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			s->unused |= !strncmp(s->name, names[j], strlen(names[j]));
		s->unused &= (s->h.sh_type == SHT_PROGBITS || s->h.sh_type == SHT_NOBITS) &&
			     !executable(s) && (c->nlegacy || s->h.sh_flags & SHF_MERGE);
	}
	for (uint32_t i = 1; i < c->nsecs; i++) {
		const struct sec *s = &c->secs[i];
		bool rela = s->h.sh_type == SHT_RELA;
		size_t each = rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);

		if (!relocations(s) || s->h.sh_info >= c->nsecs ||
		    !executable(&c->secs[s->h.sh_info]))
			continue;
		for (size_t at = 0; at + each <= s->size; at += each) {
			struct rel r = get_rel(c, s->data + at, rela);

			if (r.sym < c->nsyms)
				c->secs[c->syms[r.sym].sec].unused = false;
		}
	}
	for (uint32_t i = 1; i < c->nsecs; i++) {
		c->secs[i].drop |= c->secs[i].unused;
		c->changed |= c->secs[i].unused;
	}
}

/* A definition that points at something is another loader's, as far as is known goebpf's. */
static int refuse_pointers(struct conv *c)
{
	for (uint32_t i = 1; i < c->nsecs; i++) {
		const struct sec *s = &c->secs[i];

		if (relocations(s) && s->size && s->h.sh_info < c->nsecs &&
		    c->secs[s->h.sh_info].maps)
			return cannot(c, "section \"%.64s\" holds pointers, as the definitions of goebpf do (inner_map_def, persistent_path): libbpf has none of them, so this needs its own loader",
				      c->secs[s->h.sh_info].name);
	}
	return 0;
}

static int convert(struct conv *c, void **out, size_t *out_size)
{
	uint32_t index = 0;
	int err;

	err = read_object(c);
	err = err ?: refuse_pointers(c);
	if (err)
		return err;
	if (c->nlegacy || c->then)
		find_unused(c);
	for (uint32_t i = 1; i < c->nsecs; i++)
		c->changed |= c->secs[i].maps;
	if (!c->changed) {
		*out = malloc(c->in_size);
		if (!*out)
			return no_memory(c);
		memcpy(*out, c->in, c->in_size);
		*out_size = c->in_size;
		return 0;
	}
	if (c->nlegacy) {
		err = open_btf(c);
		for (uint32_t i = 0; i < c->nmaps && !err; i++)
			if (c->maps[i].legacy)
				err = read_definition(c, &c->maps[i]);
		if (!err) {
			find_slots(c);
			note_tail_calls(c);
		}
		err = err ?: fix_ext(c);
		err = err ?: sort_globals(c);
		err = err ?: make_btf(c);
		err = err ?: merge_sections(c);
		err = err ?: name_sections(c);
	}
	for (uint32_t i = 1; i < c->nsecs && !c->nlegacy; i++)
		c->secs[i].drop |= c->secs[i].maps;	/* empty; libbpf refuses the name */
	if (err)
		return err;
	number_symbols(c);
	for (uint32_t i = 1; i < c->nsecs && !err; i++)
		if (!c->secs[i].drop && relocations(&c->secs[i]))
			err = fix_relocations(c, i);
	err = err ?: add_slots(c);
	for (uint32_t i = 0; i < c->nsecs; i++)
		if (!c->secs[i].drop)
			c->secs[i].index = index++;
	err = err ?: name_relocations(c);
	err = err ?: write_symbols(c);
	return err ?: write_object(c, out, out_size);
}

static void finish(struct conv *c)
{
	for (uint32_t i = 0; i < c->nsecs; i++)
		free(c->secs[i].own);
	free(c->secs);
	free(c->syms);
	free(c->maps);
	free(c->names);
	free(c->gone);
	btf_edit_close(&c->btf);
}

static int run(struct conv *c, void **out, size_t *out_size)
{
	int err;

	*out = NULL;
	*out_size = 0;
	if (c->why_size)
		*c->why = 0;
	err = convert(c, out, out_size);
	finish(c);
	return err;
}

int maps2btf(const void *in, size_t in_size, const char *layout,
	     void **out, size_t *out_size, char *why, size_t why_size)
{
	struct conv c = {
		.in = in, .in_size = in_size, .layout = layout,
		.why = why, .why_size = why_size,
	};

	return run(&c, out, out_size);
}

int maps2btf_then(const void *in, size_t in_size, const char *layout, void **out,
		  size_t *out_size, bool *renamed, char *why, size_t why_size)
{
	struct conv c = {
		.in = in, .in_size = in_size, .layout = layout, .then = true,
		.why = why, .why_size = why_size,
	};
	int err = run(&c, out, out_size);

	*renamed = !err && c.only_text;
	return err;
}

/* ---- listing ---------------------------------------------------------------------------- */

/* The fields of a definition that is a type: numbers, and sizes of types. */
static void list_btf_map(const struct conv *c, const struct map *m, struct maps2btf_map *out)
{
	const struct btf_edit *b = &c->btf;
	const uint32_t *v = btf_edit_type(b, m->var);
	const uint32_t *t = v ? btf_edit_type(b, btf_edit_strip(b, v[2])) : NULL;

	if (!t || BTF_WORD_KIND(t[1]) != BTF_KIND_STRUCT) {
		out->problem = "BTF does not say what it is";
		return;
	}
	out->layout = "BTF";
	for (uint32_t i = 0;
	     i < BTF_WORD_VLEN(t[1]) && out->nfields < ARRAY_SIZE(out->fields); i++) {
		struct maps2btf_field *f = &out->fields[out->nfields];
		uint32_t to = t[4 + 3 * i];
		const uint32_t *p = btf_edit_type(b, to);

		f->name = btf_edit_str(b, t[3 + 3 * i]);
		if (btf_edit_kind(b, to) != BTF_KIND_PTR)
			continue;
		if (btf_edit_kind(b, p[2]) == BTF_KIND_ARRAY)
			f->value = btf_edit_type(b, p[2])[5];
		else
			f->value = btf_edit_size(b, p[2]);
		if (!strcmp(f->name, "key"))
			f->name = "key_size";
		else if (!strcmp(f->name, "value"))
			f->name = "value_size";
		out->nfields++;
	}
}

/* Where nobody knows the rest, the first four are still what all have in common. */
static void list_words(const struct conv *c, const struct map *m, struct maps2btf_map *out,
		       char names[][12])
{
	const uint8_t *p = c->secs[m->sec].data + m->off;

	for (uint32_t i = 0; i < m->size / 4 && i < ARRAY_SIZE(out->fields); i++) {
		snprintf(names[i], 12, "byte_%u", 4 * i);
		out->fields[out->nfields++] = (struct maps2btf_field){
			i < 4 ? letters[i].names[0] : names[i], get32(c, p + 4 * i)
		};
	}
}

static void list_map(struct conv *c, struct map *m, struct maps2btf_map *out, char names[][12])
{
	*out = (struct maps2btf_map){ .name = m->name, .section = c->secs[m->sec].name };
	if (!m->legacy) {
		list_btf_map(c, m, out);
		return;
	}
	if (read_fields(c, m))
		out->problem = c->why;
	if (!m->layout) {
		list_words(c, m, out, names);
		return;
	}
	out->layout = m->layout;
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (m->has & 1U << letters[i].field && letters[i].letter != 'p')
			out->fields[out->nfields++] = (struct maps2btf_field){
				letters[i].names[0], m->field[letters[i].field]
			};
}

/* BTF has the maps of ".maps" and the members' names; the ELF file has all else. */
int maps2btf_list(const void *in, size_t in_size, const char *layout,
		  void (*map)(void *ctx, const struct maps2btf_map *m),
		  void (*prog)(void *ctx, const struct maps2btf_prog *p), void *ctx,
		  char *why, size_t why_size)
{
	char reason[512] = "", names[ARRAY_SIZE(((struct maps2btf_map *)0)->fields)][12];
	struct conv c = {
		.in = in, .in_size = in_size, .layout = layout,
		.why = reason, .why_size = sizeof(reason),
	};
	int err = read_object(&c);

	if (!err && c.nmaps)
		err = open_btf(&c);
	for (uint32_t i = 0; i < c.nmaps && !err; i++) {
		struct maps2btf_map m;

		*reason = 0;
		list_map(&c, &c.maps[i], &m, names);
		map(ctx, &m);
		*reason = 0;
	}
	for (uint32_t i = 1; i < c.nsyms && !err; i++) {
		const struct sym *sym = &c.syms[i];
		const struct sec *s = &c.secs[sym->sec];

		if (!executable(s) || ELF64_ST_TYPE(sym->s.st_info) != STT_FUNC)
			continue;
		prog(ctx, &(struct maps2btf_prog){
			.name = sym_name(&c, sym), .section = s->name,
			.offset = sym->value, .size = sym->s.st_size,
			.subprogram = sym->sec == c.text && !c.only_text,
		});
	}
	if (why_size)
		snprintf(why, why_size, "%s", reason);
	finish(&c);
	return err;
}

const char *maps2btf_layouts(int i)
{
	for (size_t j = 0; i >= 0 && j < ARRAY_SIZE(layouts); j++)
		if (!(j && !strcmp(layouts[j - 1].name, layouts[j].name)) && !i--)
			return layouts[j].name;
	return NULL;
}
