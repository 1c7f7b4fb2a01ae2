/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object.h - an ELF object, taken apart into sections and symbols.
 *
 * The modules of maps2btf, in order.  A module uses only those above it; test_modules.sh
 * checks that.
 *
 *	btf_edit	edits BTF in place, and appends to it
 *	sections	finds the type of a program by the name of its section
 *	object		sections, symbols, byte order, notes and reasons for the caller
 *	programs	gives functions what libbpf >= 1.0 requires
 *	maps		finds the maps, and finds a map by its name or its offset
 *	definitions	reads the fields of a map's definition, in one of many layouts
 *	types		adds a type and a variable for each map to the BTF
 *	btf_ext		moves the records of .BTF.ext with the code
 *	relocations	changes references to maps, and to code and data that has moved
 *	output		writes the new object
 *	maps2btf	calls the modules above: converts an object, or lists its contents
 *
 * An object may hold anything.  Its offsets and sizes are checked against the size of the
 * file once, when the object is read.
 */
#ifndef MAPS2BTF_OBJECT_H
#define MAPS2BTF_OBJECT_H

#include <byteswap.h>
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

#define R_BPF_64_64	1	/* the 64-bit immediate of an instruction */
#define R_BPF_64_ABS64	2	/* this and the next two are for data, since LLVM 13 */
#define R_BPF_64_ABS32	3
#define R_BPF_64_NODYLD32 4	/* in .BTF and .BTF.ext */
#define R_BPF_64_32	10	/* a call */
#define LD_IMM64	0x18	/* BPF_LD | BPF_DW | BPF_IMM */
#define CALL		0x85	/* BPF_JMP | BPF_CALL */
#define MAX_NAME	512	/* bytes, as the kernel's KSYM_NAME_LEN */
#define MAX_MOVED	16	/* sections of subprograms besides .text */

struct sec {
	Elf64_Shdr h;
	const char *name;
	const uint8_t *data;	/* in the input, or the copy in own */
	uint8_t *own;
	uint64_t size;		/* of data; 0 for SHT_NOBITS */
	bool maps;		/* has legacy definitions */
	bool drop;
	bool unused;		/* data that no code refers to, which 0.x ignored */
	bool moved;		/* its code has been moved to .text, */
	uint64_t base;		/* where it begins at this offset */
	uint32_t index;		/* in the new object */
};

struct sym {
	Elf64_Sym s;		/* as it will be */
	uint32_t sec;		/* its section in the old object, 0 if it has none, */
	uint64_t value;		/* and the offset in this section */
	bool drop;
	bool called;		/* a function that another section calls */
	bool in_btf;		/* BTF declares it */
	bool noted;		/* the caller has been told about it */
	uint32_t index;		/* in the new object */
	uint32_t map;		/* 1 + the index of the map that it names, or 0 */
};

struct object {
	const uint8_t *in;
	size_t in_size;
	bool swap;		/* the object's byte order is not this machine's */
	Elf64_Ehdr eh;
	struct sec *secs;
	uint32_t nsecs;
	uint32_t symtab, strtab, dot_maps, btf_sec, ext_sec;	/* 0: none */
	uint32_t text, bss;
	bool legacy;		/* it has definitions in SEC("maps") */
	bool only_text;		/* its only program is in .text */
	uint32_t moved[MAX_MOVED], nmoved;
	struct sym *syms;
	uint32_t nsyms;
	bool changed;		/* it must be written anew */

	char *why;		/* notes or the reason, for the caller */
	size_t why_size;
};

struct rel {
	uint64_t off;
	uint32_t type, sym;
	int64_t addend;
	bool rela;
};

/* Takes @o->in apart.  Even after a failure, m2b_close() frees what was allocated. */
int m2b_open(struct object *o);
void m2b_close(struct object *o);

/* Gives symbols their index in the new object; drops those of dropped sections. */
void m2b_number_symbols(struct object *o);

/* Stores the reason why the object is refused, and returns @err. */
int m2b_refuse(struct object *o, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int m2b_no_memory(struct object *o);
#define corrupt(o, ...)	m2b_refuse(o, -EINVAL, __VA_ARGS__)
#define cannot(o, ...)	m2b_refuse(o, -EOPNOTSUPP, __VA_ARGS__)
/* Adds a line for the caller: a property is lost, but the object is converted. */
void m2b_note(struct object *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Changes the byte order of a header, a symbol and so on; @type is libelf's ELF_T_*. */
void m2b_swap(const struct object *o, int type, void *p, size_t size);
/* Makes the data of a section writable, and returns it; NULL if out of memory. */
uint8_t *m2b_own(struct sec *s);
/* Changes the size of a section; new bytes are 0.  Returns the data, to be written to. */
uint8_t *m2b_resize(struct sec *s, uint64_t size);
/* Gives a section other data, which the section then owns. */
void m2b_replace(struct sec *s, uint8_t *data, uint64_t size);
/* Adds a section.  At most three are added: .bss, .BTF and .rel.maps. */
#define MAX_ADDED	3
struct sec *m2b_add_section(struct object *o, uint32_t type, uint64_t flags, uint64_t align);
/* Reads an entry of a section of relocations. */
struct rel m2b_rel(const struct object *o, const uint8_t *p, bool rela);

/* ---- of programs.c ------------------------------------------------------------------ */

/* Puts tentative definitions (int x;) into .bss; old clang leaves that to a linker. */
int m2b_place_common(struct object *o);
/* Moves subprograms that are outside of .text to the end of .text. */
int m2b_move_subprograms(struct object *o);
/* Gives functions a type, a size and a global name. */
int m2b_fix_functions(struct object *o);
/* Is it a label inside of a function?  Old LLVM writes symbols for labels. */
bool m2b_is_label(const struct object *o, const struct sym *sym);
/* Drops data that is no map for libbpf 0.x, if unused: @all of it, or only constants. */
void m2b_drop_unused(struct object *o, bool all);

/* ---- helpers ----------------------------------------------------------------------- */

static inline uint32_t get32(const struct object *o, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return o->swap ? bswap_32(v) : v;
}

static inline uint64_t get64(const struct object *o, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return o->swap ? bswap_64(v) : v;
}

static inline void put32(const struct object *o, uint8_t *p, uint32_t v)
{
	v = o->swap ? bswap_32(v) : v;
	memcpy(p, &v, sizeof(v));
}

static inline void put64(const struct object *o, uint8_t *p, uint64_t v)
{
	v = o->swap ? bswap_64(v) : v;
	memcpy(p, &v, sizeof(v));
}

static inline bool executable(const struct sec *s)
{
	return s->h.sh_type == SHT_PROGBITS && s->h.sh_flags & SHF_EXECINSTR;
}

static inline bool relocations(const struct sec *s)
{
	return s->h.sh_type == SHT_REL || s->h.sh_type == SHT_RELA;
}

/* The size of an entry of a section of relocations. */
static inline size_t rel_size(const struct sec *s)
{
	return s->h.sh_type == SHT_RELA ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
}

/* Is it the name of a section of legacy definitions? */
static inline bool names_maps(const char *section)
{
	return !strcmp(section, "maps") || !strncmp(section, "maps/", 5);
}

/* Is there an instruction with this opcode (LD_IMM64 or CALL) at @off? */
static inline bool is_insn(const struct sec *s, uint64_t off, uint8_t code)
{
	uint64_t size = code == LD_IMM64 ? 16 : 8;

	return off % 8 == 0 && s->size >= size && off <= s->size - size && s->data[off] == code;
}

/* A symbol's name; the string table is known to end with a NUL. */
static inline const char *sym_name(const struct object *o, const struct sym *sym)
{
	const struct sec *strs = &o->secs[o->strtab];

	return sym->s.st_name < strs->size ? (const char *)strs->data + sym->s.st_name : "";
}

#endif
