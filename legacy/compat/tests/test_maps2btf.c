// SPDX-License-Identifier: GPL-2.0
/*
 * test_maps2btf.c - does libbpf >= 1.0 open what maps2btf() writes, with the same maps?
 *
 *	test_maps2btf			KTAP: objects made here, in both byte orders, of
 *					which libbpf opens only this machine's
 *	test_maps2btf --describe FILE	converts FILE, and prints the maps, programs
 *					and references that libbpf sees
 *	test_maps2btf --raw FILE	the same without converting FILE
 *	test_maps2btf --load FILE	converts and loads FILE, and also prints which
 *					maps are in maps of maps (root)
 *	test_maps2btf --header WHAT FILE
 *					prints FILE with a longer header of its BTF:
 *					of WHAT bytes; with the layout of kinds
 *					("layout"); or with unknown fields
 *					("unknown"); in this byte order only
 *	test_maps2btf --break FILE	KTAP: every truncation of FILE, and thousands
 *					of changes, are converted, or refused with a
 *					reason
 *
 * test_maps2btf.sh runs these on objects that clang makes of the sources in fixtures/.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/btf.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "maps2btf.h"

/* ---- making objects --------------------------------------------------------- */

#define MAX_WORDS	80
#define EM_BPF_		247
#define LINE		256
#define PLAN		199	/* tests without arguments */
#define HEADER		24	/* of BTF, whatever the kernel headers here say */
#define PLAN_BREAK	3	/* tests of --break */

struct made_map {
	const char *section;
	const char *name;
	unsigned int words;		/* of 32 bits */
	uint32_t def[MAX_WORDS];
};

struct made {
	bool foreign;			/* in the byte order that is not this machine's */
	bool notype;			/* old LLVM: symbols without types and sizes */
	bool by_section;		/* static maps, as clang refers to them */
	bool nobits;			/* the maps' section has no contents */
	bool rela;			/* relocations have an addend of their own */
	bool no_type;			/* relocations have type 0 */
	unsigned int gap;		/* words between two definitions */
	unsigned int addend;		/* in instructions, beside a map's own symbol */
	const char *layout;		/* the one that the caller names */
	unsigned int type;		/* of the relocations; 0: the right one */
	unsigned int nmaps;
	struct made_map maps[4];
};

struct bytes {
	unsigned char *p;
	size_t size;
};

static void append(struct bytes *b, const void *p, size_t size)
{
	b->p = realloc(b->p, b->size + size + 1);
	if (!b->p)
		abort();
	if (size)
		memcpy(b->p + b->size, p, size);
	b->size += size;
}

/* Is an object big-endian if it is, or is not, in this machine's byte order? */
static bool is_big(bool foreign)
{
	return foreign != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/* Stores the lower @size bytes of @value, in the object's byte order. */
static void put(unsigned char *p, bool foreign, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		p[i] = value >> 8 * (is_big(foreign) ? size - 1 - i : i);
}

static uint64_t get(const unsigned char *p, bool foreign, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)p[i] << 8 * (is_big(foreign) ? size - 1 - i : i);
	return value;
}

/* Appends the lower @size bytes of @value. */
static void number(struct bytes *b, bool foreign, uint64_t value, unsigned int size)
{
	unsigned char bytes[8];

	put(bytes, foreign, value, size);
	append(b, bytes, size);
}

static bool is_foreign(struct bytes object)
{
	return (object.p[EI_DATA] == ELFDATA2MSB) != is_big(false);
}

static unsigned int string(struct bytes *b, const char *s)
{
	unsigned int at = b->size;

	append(b, s, strlen(s) + 1);
	return at;
}

struct made_section {
	unsigned int name, type, flags, link, info;
	struct bytes data;
};

static void symbol(struct bytes *b, const struct made *m, unsigned int name, unsigned int info,
		   unsigned int section, unsigned int value, unsigned int size)
{
	number(b, m->foreign, name, 4);
	number(b, m->foreign, info, 1);
	number(b, m->foreign, 0, 1);
	number(b, m->foreign, section, 2);
	number(b, m->foreign, value, 8);
	number(b, m->foreign, size, 8);
}

/* Makes an object with a program "prog" in section "socket" that refers to each map. */
static struct bytes make(const struct made *m)
{
	enum { STRS = 1, TEXT, REL, SYMS, LICENSE, MAPS };
	struct made_section s[16] = {};
	unsigned int n = MAPS, where[4], off[4], sym[4], nsyms = 1;
	struct bytes o = {}, strs = {};
	size_t shoff = 0;

	string(&strs, "");
	for (unsigned int i = 0; i < m->nmaps; i++) {
		const struct made_map *map = &m->maps[i];
		unsigned int at;

		for (at = MAPS; at < n; at++)
			if (!strcmp((char *)strs.p + s[at].name, map->section))
				break;
		if (at == n) {
			s[n].name = string(&strs, map->section);
			s[n].type = m->nobits ? SHT_NOBITS : SHT_PROGBITS;
			s[n++].flags = SHF_ALLOC | SHF_WRITE;
		}
		where[i] = at;
		if (i)
			for (unsigned int j = 0; j < m->gap; j++)
				number(&s[at].data, m->foreign, 0, 4);
		off[i] = s[at].data.size;
		for (unsigned int j = 0; j < map->words; j++)
			number(&s[at].data, m->foreign, map->def[j], 4);
	}
	s[LICENSE] = (struct made_section){ .name = string(&strs, "license"),
					    .type = SHT_PROGBITS, .flags = SHF_ALLOC };
	append(&s[LICENSE].data, "GPL", 4);

	s[SYMS] = (struct made_section){ .name = string(&strs, ".symtab"),
					 .type = SHT_SYMTAB, .link = STRS };
	symbol(&s[SYMS].data, m, 0, 0, 0, 0, 0);
	if (m->by_section)
		for (unsigned int at = MAPS; at < n; at++, nsyms++)
			symbol(&s[SYMS].data, m, 0, ELF64_ST_INFO(STB_LOCAL, STT_SECTION), at,
			       0, 0);
	for (unsigned int i = 0; i < m->nmaps; i++) {
		sym[i] = m->by_section ? where[i] - MAPS + 1 : nsyms;
		symbol(&s[SYMS].data, m, string(&strs, m->maps[i].name),
		       ELF64_ST_INFO(m->by_section ? STB_LOCAL : STB_GLOBAL,
				     m->notype ? STT_NOTYPE : STT_OBJECT),
		       where[i], off[i], m->notype ? 0 : 4 * m->maps[i].words);
		nsyms++;
	}
	s[SYMS].info = m->by_section ? nsyms : 1;
	symbol(&s[SYMS].data, m, string(&strs, "prog"),
	       ELF64_ST_INFO(STB_GLOBAL, m->notype ? STT_NOTYPE : STT_FUNC), TEXT, 0,
	       m->notype ? 0 : 16 * m->nmaps + 16);

	s[TEXT] = (struct made_section){ .name = string(&strs, "socket"), .type = SHT_PROGBITS,
					 .flags = SHF_ALLOC | SHF_EXECINSTR };
	s[REL] = (struct made_section){ .name = string(&strs, ".relsocket"),
					.type = m->rela ? SHT_RELA : SHT_REL,
					.link = SYMS, .info = TEXT };
	for (unsigned int i = 0; i < m->nmaps; i++) {
		number(&s[REL].data, m->foreign, s[TEXT].data.size, 8);
		number(&s[REL].data, m->foreign, (unsigned long long)sym[i] << 32 |
		       (m->no_type ? 0 : m->type ? m->type : 1), 8);
		if (m->rela)
			number(&s[REL].data, m->foreign, m->by_section ? off[i] : 0, 8);
		number(&s[TEXT].data, m->foreign, 0x18, 1);		/* r1 = map */
		number(&s[TEXT].data, m->foreign, is_big(m->foreign) ? 0x10 : 0x01, 1);
		number(&s[TEXT].data, m->foreign, 0, 2);
		number(&s[TEXT].data, m->foreign,
		       !m->by_section ? m->addend : m->rela ? 0 : off[i], 4);
		number(&s[TEXT].data, m->foreign, 0, 8);
	}
	append(&s[TEXT].data, "\xb7\0\0\0\0\0\0\0\x95\0\0\0\0\0\0", 16);	/* return 0 */

	s[STRS] = (struct made_section){ .name = string(&strs, ".strtab"), .type = SHT_STRTAB };
	s[STRS].data = strs;

	append(&o, "\177ELF\2\0\1\0\0\0\0\0\0\0\0", 16);
	o.p[EI_DATA] = is_big(m->foreign) ? ELFDATA2MSB : ELFDATA2LSB;
	number(&o, m->foreign, ET_REL, 2);
	number(&o, m->foreign, m->notype ? EM_NONE : EM_BPF_, 2);
	number(&o, m->foreign, 1, 4);
	number(&o, m->foreign, 0, 8);
	number(&o, m->foreign, 0, 8);
	for (unsigned int i = 1, at = 64; i <= n; at += s[i++].data.size)
		if (i == n)
			number(&o, m->foreign, shoff = (at + 7) & ~7, 8);
	number(&o, m->foreign, 0, 4);
	number(&o, m->foreign, 64, 2);
	number(&o, m->foreign, 0, 4);
	number(&o, m->foreign, 64, 2);
	number(&o, m->foreign, n, 2);
	number(&o, m->foreign, STRS, 2);
	for (unsigned int i = 1; i < n; i++)
		append(&o, s[i].data.p, s[i].data.size);
	append(&o, "\0\0\0\0\0\0\0", shoff - o.size);
	for (unsigned int i = 0, at = 64; i < n; at += s[i++].data.size) {
		number(&o, m->foreign, s[i].name, 4);
		number(&o, m->foreign, s[i].type, 4);
		number(&o, m->foreign, s[i].flags, 8);
		number(&o, m->foreign, 0, 8);
		number(&o, m->foreign, i ? at : 0, 8);
		number(&o, m->foreign, s[i].data.size, 8);
		number(&o, m->foreign, s[i].link, 4);
		number(&o, m->foreign, s[i].info, 4);
		number(&o, m->foreign, i ? 1 : 0, 8);
		number(&o, m->foreign, 0, 8);
	}
	for (unsigned int i = 1; i < n; i++)
		free(s[i].data.p);
	return o;
}

/* ---- what libbpf and libelf see --------------------------------------------- */

static void line(struct bytes *out, const char *fmt, ...)
{
	char text[LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append(out, text, n < LINE ? n : LINE - 1);
	out->p[out->size] = 0;
}

/* Prints the maps that instructions refer to: "ref SECTION MAP". */
static void describe_refs(struct bytes *out, struct bytes o)
{
	Elf *elf = elf_memory((char *)o.p, o.size);
	Elf_Data *syms = NULL;
	Elf_Scn *scn = NULL;
	GElf_Shdr h, t;
	size_t names, strtab = 0;

	if (!elf || elf_getshdrstrndx(elf, &names))
		goto end;
	while ((scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &h) && h.sh_type == SHT_SYMTAB) {
			syms = elf_getdata(scn, NULL);
			strtab = h.sh_link;
		}
	}
	while (syms && (scn = elf_nextscn(elf, scn))) {
		Elf_Data *d, *code;
		GElf_Rel rel;
		GElf_Sym sym;
		uint32_t imm;

		if (!gelf_getshdr(scn, &h) || h.sh_type != SHT_REL ||
		    !gelf_getshdr(elf_getscn(elf, h.sh_info), &t) || !(t.sh_flags & SHF_EXECINSTR))
			continue;
		d = elf_getdata(scn, NULL);
		code = elf_getdata(elf_getscn(elf, h.sh_info), NULL);
		for (int i = 0; d && code && gelf_getrel(d, i, &rel); i++) {
			if (!gelf_getsym(syms, GELF_R_SYM(rel.r_info), &sym) ||
			    rel.r_offset + 16 > code->d_size ||
			    ((unsigned char *)code->d_buf)[rel.r_offset] != 0x18)
				continue;	/* a call */
			imm = get((unsigned char *)code->d_buf + rel.r_offset + 4,
				  is_foreign(o), 4);
			line(out, imm ? "ref %s %s+0x%x\n" : "ref %s %s\n",
			     elf_strptr(elf, names, t.sh_name),
			     elf_strptr(elf, strtab, sym.st_name), imm);
		}
	}
end:
	elf_end(elf);
}

/* Prints the maps in maps of maps after loading: "slot OUTER N MAP". */
static void describe_slots(struct bytes *out, const struct bpf_object *obj)
{
	struct bpf_map_info info;
	struct bpf_map *map;
	__u32 id, len;
	int fd;

	bpf_object__for_each_map(map, obj) {
		enum bpf_map_type type = bpf_map__type(map);

		if (type != BPF_MAP_TYPE_ARRAY_OF_MAPS && type != BPF_MAP_TYPE_HASH_OF_MAPS)
			continue;
		for (__u32 n = 0; n < bpf_map__max_entries(map); n++) {
			if (bpf_map_lookup_elem(bpf_map__fd(map), &n, &id))
				continue;
			len = sizeof(info);
			memset(&info, 0, len);
			fd = bpf_map_get_fd_by_id(id);
			if (bpf_obj_get_info_by_fd(fd, &info, &len))
				continue;
			line(out, "slot %s %u %s\n", bpf_map__name(map), n, info.name);
			close(fd);
		}
	}
}

/* Lines with maps, programs and references of an object; NULL if it does not open. */
static char *describe(struct bytes o, bool load)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "test");
	struct bpf_object *obj = bpf_object__open_mem(o.p, o.size, &opts);
	struct bpf_program *prog;
	struct bytes out = {};
	struct bpf_map *map;

	if (!obj)
		return NULL;
	line(&out, "%s", "");
	bpf_object__for_each_map(map, obj) {
		struct bpf_map *inner = bpf_map__inner_map(map);

		/* Skip maps of .data, .rodata and .bss, but not those of .rodata.X. */
		if (bpf_map__is_internal(map) && *bpf_map__name(map) != '.')
			continue;
		line(&out, "map %s %u %u %u %u %u", bpf_map__name(map),
		     bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map),
		     bpf_map__max_entries(map), bpf_map__map_flags(map));
		if (bpf_map__numa_node(map))
			line(&out, " numa %u", bpf_map__numa_node(map));
		if (bpf_map__pin_path(map))
			line(&out, " pin %s", bpf_map__pin_path(map));
		if (inner)
			line(&out, " of %u %u %u %u", bpf_map__type(inner),
			     bpf_map__key_size(inner), bpf_map__value_size(inner),
			     bpf_map__max_entries(inner));
		line(&out, "\n");
	}
	bpf_object__for_each_program(prog, obj)
		line(&out, "prog %s %s\n", bpf_program__name(prog),
		     bpf_program__section_name(prog));
	describe_refs(&out, o);
	if (load && bpf_object__load(obj)) {
		free(out.p);
		out.p = NULL;
	} else if (load) {
		describe_slots(&out, obj);
	}
	bpf_object__close(obj);
	return (char *)out.p;
}

/* ---- KTAP ------------------------------------------------------------------------ */

static int tests, failures;

static void result(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void result(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%s %d ", ok ? "ok" : "not ok", ++tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	failures += !ok;
}

static void diagnose(const char *what, const char *text)
{
	printf("# %s:\n", what);
	for (const char *p = text ? text : "(nothing)"; *p;) {
		size_t n = strcspn(p, "\n");

		printf("#   %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static int finish(int planned)
{
	if (tests != planned)
		printf("# %d tests were planned, %d were run\n", planned, tests);
	return failures || tests != planned;
}

/* ---- tests: made objects ------------------------------------------------------------ */

static int convert_as(const char *layout, struct bytes in, struct bytes *out, char *why,
		      size_t size)
{
	void *p;
	int err;

	err = maps2btf(in.p, in.size, layout, &p, &out->size, why, size);
	out->p = p;
	return err;
}

static int convert(struct bytes in, struct bytes *out, char *why, size_t size)
{
	return convert_as(NULL, in, out, why, size);
}

/* Does the object stay the same when it is converted again? */
static bool settled(struct bytes o)
{
	struct bytes again;
	char why[512];
	bool same;

	if (convert(o, &again, why, sizeof(why)))
		return false;
	same = again.size == o.size && !memcmp(again.p, o.p, o.size);
	free(again.p);
	return same;
}

/* The BTF of an object, in this machine's byte order. */
static struct bytes btf_of(struct bytes o)
{
	Elf *elf = elf_memory((char *)o.p, o.size);
	struct bytes out = {};
	Elf_Scn *scn = NULL;
	struct btf *btf;
	const void *raw;
	Elf_Data *d;
	GElf_Shdr h;
	size_t names;
	__u32 size;

	if (!elf || elf_getshdrstrndx(elf, &names))
		goto end;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name = gelf_getshdr(scn, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;

		d = elf_rawdata(scn, NULL);
		if (!d || !name || strcmp(name, ".BTF"))
			continue;
		btf = btf__new(d->d_buf, d->d_size);
		if (!btf)
			break;
		btf__set_endianness(btf, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ?
				    BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
		raw = btf__raw_data(btf, &size);
		if (raw)
			append(&out, raw, size);
		btf__free(btf);
	}
end:
	elf_end(elf);
	return out;
}

static void expect(const char *name, struct made *m, const char *want)
{
	struct bytes in = make(m), out = {}, other = {}, here, there, refs = {};
	char why[512], *got = NULL, *before;

	/* If libbpf opened the unconverted object, the test would show nothing. */
	before = describe(in, false);
	result(!before, "%s: libbpf refuses it unless converted", name);
	free(before);
	if (!convert_as(m->layout, in, &out, why, sizeof(why)))
		got = describe(out, false);
	result(got && !strcmp(got, want), "%s: libbpf sees the same maps", name);
	if (!got || strcmp(got, want)) {
		diagnose("expected", want);
		diagnose("found", got ? got : why);
	}
	result(out.p && settled(out), "%s: does not change when converted again", name);
	free(got);
	free(in.p);

	/* libbpf up to 1.4 does not open an object of the other byte order, but reads its BTF. */
	m->foreign = true;
	in = make(m);
	if (convert_as(m->layout, in, &other, why, sizeof(why)))
		diagnose("the other byte order", why);
	here = out.p ? btf_of(out) : (struct bytes){};
	there = other.p ? btf_of(other) : (struct bytes){};
	line(&refs, "%s", "");
	if (other.p)
		describe_refs(&refs, other);
	result(here.size && here.size == there.size && !memcmp(here.p, there.p, here.size) &&
	       refs.size && !strcmp((char *)refs.p, strstr(want, "ref ") ?: "") && settled(other),
	       "%s: in the other byte order, BTF and references are the same", name);
	m->foreign = false;
	free(in.p);
	free(out.p);
	free(other.p);
	free(here.p);
	free(there.p);
	free(refs.p);
}

static void expect_refusal(const char *name, const struct made *m, const char *want)
{
	struct bytes in = make(m), out;
	char why[512];
	int err = convert_as(m->layout, in, &out, why, sizeof(why));

	result(err && !out.p && strstr(why, want), "%s: refused", name);
	if (!err || !strstr(why, want)) {
		diagnose("expected", want);
		diagnose("found", err ? why : "(converted)");
	}
	free(in.p);
	free(out.p);
}

/* Invalid headers, which would crash or mislead a converter without checks. */
static void test_lies(bool foreign)
{
	/* Sections: 1 names, 2 socket, 3 .relsocket, 4 .symtab, 5 license, 6 maps. */
	static const struct {
		const char *name;
		unsigned int section;
		size_t field;
		unsigned int width;
		uint64_t value;
		const char *want;	/* NULL: it must be converted */
	} lies[] = {
#define IN(section, f)	section, offsetof(Elf64_Shdr, f), sizeof(((Elf64_Shdr *)0)->f)
		{ "a size beyond the file", IN(6, sh_size), 1ULL << 40, "end of the file" },
		{ "a place beyond the file", IN(6, sh_offset), UINT64_MAX, "end of the file" },
		{ "sections that overlap", IN(2, sh_size), 600, "overlaps" },
		{ "an alignment of 2 GiB", IN(5, sh_addralign), 1UL << 31, NULL },
		{ "an alignment of 8 GiB", IN(5, sh_addralign), 1ULL << 33, "sh_addralign" },
		{ "an alignment of 3", IN(5, sh_addralign), 3, "invalid sh_addralign" },
		{ "an alignment of 0", IN(5, sh_addralign), 0, NULL },
		{ "relocations of size 0", IN(3, sh_entsize), 0, NULL },
		{ "symbols of size 0", IN(4, sh_entsize), 0, NULL },
		{ "half a symbol", IN(4, sh_size), 36, "size of the symbol table" },
		{ "no symbols", IN(4, sh_size), 0, "size of the symbol table" },
		{ "symbols at the offset of other data", IN(4, sh_offset), 64, "symbol 0" },
		{ "names without an end", IN(1, sh_size), 2, "does not end with a NUL" },
		{ "a name beyond the names", IN(6, sh_name), 1 << 20, "invalid sh_name" },
		{ "symbols named by code", IN(4, sh_link), 2, "section 2 is not a string table" },
		{ "symbols named by nothing", IN(4, sh_link), UINT32_MAX, "invalid sh_link" },
		{ "relocations of nothing", IN(3, sh_info), UINT32_MAX, "invalid sh_info" },
		{ "relocations with no symbol table", IN(3, sh_link), 1, "sh_link" },
		{ "two symbol tables", IN(5, sh_type), SHT_SYMTAB, "more than one symbol table" },
		{ "no symbol table", IN(4, sh_type), SHT_PROGBITS, "no symbol table" },
		{ "extended section numbers", IN(5, sh_type), SHT_SYMTAB_SHNDX, "65,279" },
		{ "a symbol table without a name", IN(4, sh_name), 0, NULL },
#undef IN
	};
	struct made m = {
		.foreign = foreign,
		.nmaps = 2,
		.maps = {
			{ "maps", "a", 5, { 1, 4, 8, 100, 1 } },
			{ "maps", "b", 5, { 2, 4, 16, 7, 0 } },
		},
	};
	size_t shoff;

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct bytes o = make(&m), out;
		char why[512];
		int err;
		bool ok;

		shoff = get(o.p + offsetof(Elf64_Ehdr, e_shoff), foreign, 8);
		put(o.p + shoff + lies[i].section * sizeof(Elf64_Shdr) + lies[i].field, foreign,
		    lies[i].value, lies[i].width);
		err = convert(o, &out, why, sizeof(why));
		ok = lies[i].want ? err && !out.p && strstr(why, lies[i].want) :
				    !err && settled(out);
		result(ok, "%s%s: %s", lies[i].name, foreign ? ", in the other byte order" : "",
		       lies[i].want ? "refused" : "no harm");
		if (!ok)
			diagnose("found", err ? why : "(converted)");
		free(out.p);
		free(o.p);
	}
}

/* Longer definitions: inner maps, pins, NUMA nodes. */
static void test_layouts(void)
{
	struct made samples = {
		.nmaps = 2, .layout = "samples",
		.maps = {
			{ "maps", "a", 7, { 1, 4, 8, 100, 4, 0, 1 } },
			{ "maps", "b", 7, { 12, 4, 4, 7, 0, 0, 0 } },
		},
	};
	struct made iproute2 = {
		.nmaps = 2,
		.maps = {
			{ "maps", "a", 9, { 1, 4, 8, 100, 0, 5, 2, 0, UINT32_MAX } },
			{ "maps", "b", 9, { 12, 4, 4, 7, 0, 6, 0, 5, 0 } },
		},
	};
	struct made inner = {
		.nmaps = 2,
		.maps = {
			{ "maps", "a", 6, { 1, 4, 8, 100, 0, 0 } },
			{ "maps", "b", 6, { 12, 4, 4, 7, 0, 0 } },
		},
	};
	struct made gobpf = {
		.nmaps = 1,
		.maps = { { "maps/a", "a", 70, { 1, 4, 8, 100, 1, 2, 0x2f2f2f2f } } },
	};
	struct made windows = {
		.nmaps = 2, .layout = "windows",
		.maps = {
			{ "maps", "a", 8, { 1, 4, 8, 100, 0, 0, 3, 0 } },
			{ "maps", "b", 8, { 13, 4, 4, 7, 0, 0, 0, 3 } },
		},
	};
	struct made m;

	expect("case 14: layout inner, whose model is the first map", &inner, "map a 1 4 8 100 0\n"
	       "map b 12 4 4 7 0 of 1 4 8 100\nprog prog socket\nref socket a\nref socket b\n");
	expect("case 14: layout samples", &samples, "map a 1 4 8 100 4 numa 1\n"
	       "map b 12 4 4 7 0 of 1 4 8 100\nprog prog socket\nref socket a\nref socket b\n");
	m = samples;
	m.layout = "tc";
	expect("layout tc, which reads the same otherwise", &m, "map a 1 4 8 100 4\n"
	       "map b 12 4 4 7 0\nprog prog socket\nref socket a\nref socket b\n");
	m.layout = "aya";
	m.maps[0].def[4] = 0;
	expect("layout aya, whose pin by name is 1", &m, "map a 1 4 8 100 0 pin /sys/fs/bpf/a\n"
	       "map b 12 4 4 7 0\nprog prog socket\nref socket a\nref socket b\n");
	m = samples;
	m.layout = "iproute2";
	expect_refusal("a layout that is too long", &m, "fewer than layout \"iproute2\"");
	m.layout = "no";
	expect_refusal("an unknown layout", &m, "unknown layout");
	m = samples;
	m.layout = "cilium";
	expect_refusal("a number without meaning", &m, "unknown field");
	expect("layout iproute2, by its size", &iproute2,
	       "map a 1 4 8 100 0 pin /sys/fs/bpf/a\nmap b 12 4 4 7 0 of 1 4 8 100\n"
	       "prog prog socket\nref socket a\nref socket b\n");
	expect("layout gobpf, by its size", &gobpf,
	       "map a 1 4 8 100 1 pin /sys/fs/bpf/a\nprog prog socket\nref socket a\n");
	expect("layout windows", &windows, "map a 1 4 8 100 0\nmap b 13 4 4 7 0 of 1 4 8 100\n"
	       "prog prog socket\nref socket a\nref socket b\n");
}

/* Several layouts have the same size: the values tell which one it is. */
static void test_sense(void)
{
	static const char *const refs[] = {
		"prog prog socket\nref socket a\n",
		"prog prog socket\nref socket a\nref socket b\n",
	};
	static const struct {
		const char *name;
		unsigned int words;
		uint32_t a[10], b[10];
		const char *want;	/* NULL: it must be refused */
	} cases[] = {
		{ "28 bytes: a NUMA node with its flag", 7,
		  { 1, 4, 8, 100, 4, 0, 3 }, { 12, 4, 4, 7, 0, 0, 0 },
		  "map a 1 4 8 100 4 numa 3\nmap b 12 4 4 7 0 of 1 4 8 100\n" },
		{ "28 bytes: a map of maps, whose model layout tc cannot name", 7,
		  { 1, 4, 8, 100, 0, 0, 0 }, { 13, 4, 4, 7, 0, 0, 0 },
		  "map a 1 4 8 100 0\nmap b 13 4 4 7 0 of 1 4 8 100\n" },
		{ "28 bytes: a NUMA node without its flag is a pin", 7,
		  { 2, 4, 4, 1, 0, 0, 2 }, {},
		  "map a 2 4 4 1 0 pin /sys/fs/bpf/a\n" },
		{ "28 bytes: a pin here, an id there", 7,
		  { 3, 4, 4, 9, 0, 1, 0 }, { 1, 4, 8, 5, 1, 0, 2 },
		  "map a 3 4 4 9 0\nmap b 1 4 8 5 1 pin /sys/fs/bpf/b\n" },
		{ "28 bytes: the same map in every layout", 7,
		  { 1, 4, 8, 100, 4, 0, 0 }, {}, "map a 1 4 8 100 4\n" },
		{ "28 bytes: pinned by object (tc), or by name (Rust)", 7,
		  { 1, 4, 8, 100, 0, 0, 1 }, {}, NULL },
		{ "28 bytes: pinned by object, as another map has a pin of tc", 7,
		  { 1, 4, 8, 100, 0, 0, 1 }, { 2, 4, 8, 1, 0, 0, 2 },
		  "map a 1 4 8 100 0\nmap b 2 4 8 1 0 pin /sys/fs/bpf/b\n" },
		{ "40 bytes: flags, an owner's mode, versions", 10,
		  { 1, 4, 8, 100, 1, 0, 3003, 0640, 1, 0x10000 }, {}, "map a 1 4 8 100 1\n" },
		{ "120 bytes: the same, and more", 30,
		  { 5, 4, 8, 100, 0, 0, 3003, 0440, 1, 0x10000 }, {}, "map a 5 4 8 100 0\n" },
		{ "28 bytes: a NUMA node, or a pin", 7, { 1, 4, 8, 100, 4, 0, 2 }, {}, NULL },
		{ "28 bytes: a pin here, a map of maps there", 7,
		  { 1, 4, 8, 100, 0, 0, 2 }, { 12, 4, 4, 7, 0, 0, 0 }, NULL },
		{ "28 bytes: an invalid pin", 7, { 1, 4, 8, 100, 0, 0, 3 }, {}, NULL },
		{ "28 bytes: a model that does not exist", 7,
		  { 1, 4, 8, 100, 0, 0, 0 }, { 12, 4, 4, 7, 0, 2, 0 }, NULL },
		{ "32 bytes: flags, and an owner's mode", 8,
		  { 1, 4, 8, 100, 1, 1000, 3003, 0660 }, {}, "map a 1 4 8 100 1\n" },
		{ "32 bytes: a model by its id", 8,
		  { 1, 4, 8, 100, 0, 0, 3, 0 }, { 13, 4, 4, 7, 0, 0, 0, 3 },
		  "map a 1 4 8 100 0\nmap b 13 4 4 7 0 of 1 4 8 100\n" },
		{ "32 bytes: a pin, or an owner", 8, { 1, 4, 8, 100, 0, 2, 0, 0 }, {}, NULL },
		{ "32 bytes: neither a mode nor a model's id", 8,
		  { 1, 4, 8, 100, 0, 0, 0, 5 }, {}, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct made m = {
			.nmaps = 1 + !!cases[i].b[0],
			.maps = {
				{ "maps", "a", cases[i].words, {} },
				{ "maps", "b", cases[i].words, {} },
			},
		};
		char want[LINE];

		memcpy(m.maps[0].def, cases[i].a, sizeof(cases[i].a));
		memcpy(m.maps[1].def, cases[i].b, sizeof(cases[i].b));
		if (!cases[i].want) {
			expect_refusal(cases[i].name, &m, "name it with --layout");
			continue;
		}
		snprintf(want, sizeof(want), "%s%s", cases[i].want, refs[m.nmaps - 1]);
		expect(cases[i].name, &m, want);
	}
}

static void test_made(void)
{
	struct made two = {
		.nmaps = 2,
		.maps = {
			{ "maps", "a", 5, { 1, 4, 8, 100, 1 } },
			{ "maps", "b", 5, { 2, 4, 16, 7, 0 } },
		},
	};
	static const char want[] = "map a 1 4 8 100 1\nmap b 2 4 16 7 0\nprog prog socket\n"
				   "ref socket a\nref socket b\n";
	struct made m = two;

	expect("case 1: global definitions, in memory", &m, want);
	m = two;
	m.notype = true;
	expect("case 3, 4: old LLVM's symbols, machine 0", &m, want);
	m = two;
	m.by_section = true;
	expect("case 2, 5: static definitions", &m, want);
	m.notype = true;
	expect("old LLVM's static definitions", &m, want);
	m = two;
	m.rela = true;
	expect("case 5: SHT_RELA, which libbpf does not read", &m, want);
	m.by_section = true;
	expect("case 5: SHT_RELA by section, with an addend", &m, want);
	m = two;
	m.rela = true;
	m.notype = true;
	m.no_type = true;
	expect("relocations without a type, ELF machine 0", &m, want);
	m = two;
	m.gap = 3;
	expect("case 7: gaps between definitions", &m, want);
	m = two;
	m.maps[0].section = "maps/a";
	m.maps[1].section = "maps/b";
	expect("case 6: a section for each map", &m, want);
	m.by_section = true;
	expect("a section for each static map", &m, want);
	m = two;
	m.maps[0].words = 9;
	m.maps[1].words = 9;
	expect("longer definitions, whose other bytes are 0", &m, want);
	m = two;
	m.maps[0].words = 4;
	m.maps[0].def[4] = 0;
	expect("a definition without flags", &m, "map a 1 4 8 100 0\nmap b 2 4 16 7 0\n"
	       "prog prog socket\nref socket a\nref socket b\n");
	m = two;
	m.maps[1].def[3] = UINT32_MAX;
	m.maps[1].def[4] = UINT32_MAX;
	expect("the largest numbers", &m, "map a 1 4 8 100 1\n"
	       "map b 2 4 16 4294967295 4294967295\nprog prog socket\nref socket a\nref socket b\n");

	m = two;
	m.maps[1].def[0] = 0;
	expect_refusal("type 0", &m, "map b has type 0");
	m = two;
	m.maps[0].words = 3;
	expect_refusal("a definition of 12 bytes", &m, "invalid size of a definition: 12 bytes");
	m = two;
	m.maps[0].words = 10;
	memcpy(m.maps[0].def + 5, two.maps[1].def, 20);
	expect_refusal("case 8: two definitions, one symbol", &m, "no known layout");
	m = two;
	m.maps[0].words = 11;
	m.maps[0].def[10] = 1;
	expect_refusal("a longer definition with more fields", &m, "no known layout");
	m = two;
	m.addend = 4;
	expect_refusal("case 8: a reference into a definition", &m, "where no map begins");
	m = two;
	m.addend = 20;
	expect_refusal("case 8: a reference by another map's symbol", &m, "with the symbol of map a");
	m = two;
	m.type = 10;
	expect_refusal("a call of a map", &m, "does not load a 64-bit immediate");
	m = two;
	m.nobits = true;
	expect_refusal("definitions without contents", &m, "has no data");
	m = two;
	m.maps[1].name = "a";
	m.maps[1].section = "maps/b";
	expect_refusal("two maps of one name", &m, "two maps have the name a");
}

/* ---- broken objects ------------------------------------------------------------------- */

static unsigned long random_state = 1;

static unsigned int random_number(void)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return random_state >> 33;
}

/* Is the object converted, or refused with a reason?  If not, prints a line. */
static bool survives(struct bytes o, int *refused)
{
	struct bytes exact = {}, out;
	char why[512];
	bool ok;
	int err;

	/* Copy the object, so that a sanitizer detects a read beyond its end. */
	exact.p = malloc(o.size ? o.size : 1);
	if (!exact.p)
		abort();
	memcpy(exact.p, o.p, o.size);
	exact.size = o.size;
	err = convert(exact, &out, why, sizeof(why));
	*refused += !!err;
	ok = err ? *why && !out.p : out.p && settled(out);
	if (!ok)
		diagnose("neither converted nor refused", *why ? why : "(no reason)");
	free(out.p);
	free(exact.p);
	return ok;
}

static void test_broken(const char *name, struct bytes o, unsigned int rounds)
{
	static const uint64_t odd[] = { 0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000,
					0xffffffff, 0x7fffffffffffffff, UINT64_MAX };
	struct bytes copy = {};
	bool ok = true;
	int refused = 0;

	for (size_t i = 0; i < o.size && ok; i++)
		ok = survives((struct bytes){ o.p, i }, &refused);
	result(ok, "%s: cut off at each of %zu bytes (%d refused)", name, o.size, refused);

	append(&copy, o.p, o.size);
	ok = true;
	refused = 0;
	for (size_t i = 0; i < o.size && ok; i++) {
		copy.p[i] ^= 1 << i % 8;
		ok = survives(copy, &refused);
		copy.p[i] = ~o.p[i];
		ok = ok && survives(copy, &refused);
		copy.p[i] = o.p[i];
	}
	result(ok, "%s: each byte changed twice (%d refused)", name, refused);

	ok = true;
	refused = 0;
	for (unsigned int i = 0; i < rounds && ok; i++) {
		/* Overwrite a few fields of 1 to 8 bytes with unusual numbers. */
		for (unsigned int n = random_number() % 4 + 1; n--;) {
			unsigned int width = 1U << random_number() % 4;
			size_t at = random_number() % o.size & ~(size_t)(width - 1);
			uint64_t v = odd[random_number() % (sizeof(odd) / sizeof(*odd))];

			if (random_number() % 4 == 0)
				v = random_number() % (2 * o.size);
			if (at + width <= o.size)
				put(copy.p + at, is_foreign(o), v, width);
		}
		ok = survives(copy, &refused);
		memcpy(copy.p, o.p, o.size);
	}
	result(ok, "%s: %u times some fields overwritten (%d refused)", name, rounds, refused);
	free(copy.p);
}

static void test_made_broken(void)
{
	struct made m = {
		.nmaps = 3,
		.maps = {
			{ "maps", "a", 5, { 1, 4, 8, 100, 1 } },
			{ "maps", "b", 5, { 2, 4, 16, 7, 0 } },
			{ "maps/c", "c", 7, { 2, 4, 16, 7, 0 } },
		},
	};
	struct bytes o = make(&m);

	test_broken("made object", o, 5000);
	free(o.p);
	m.foreign = true;
	m.notype = true;
	m.by_section = true;
	o = make(&m);
	test_broken("made object, the other byte order", o, 5000);
	free(o.p);
}

/* Headers and tables that fill a file of 1 MiB. */

#define MIB		(1 << 20)
#define PASSES		20
#define MAX_PASSES	1000
#define MAX_KIB		(64 << 10)

enum { NAMES = 1, CODE, RELS, SYMBOLS, LICENSE_, MAPS_ };

static Elf64_Shdr *header_of(struct bytes o, unsigned int section)
{
	size_t shoff;

	memcpy(&shoff, o.p + offsetof(Elf64_Ehdr, e_shoff), 8);
	return (Elf64_Shdr *)(o.p + shoff) + section;	/* malloc'ed, aligned to 8 */
}

/*
 * Appends a copy of @size bytes at @at; the copy comes first, as appending moves the
 * buffer.
 */
static void repeat(struct bytes *b, size_t at, size_t size)
{
	struct bytes copy = {};

	append(&copy, b->p + at, size);
	append(b, copy.p, size);
	free(copy.p);
}

/* Moves a section's table to the end of the file, and appends entries up to 1 MiB. */
static size_t extend(struct bytes *o, unsigned int section, const void *entry, size_t size)
{
	Elf64_Shdr *h = header_of(*o, section);
	size_t at = o->size, n = 0;

	repeat(o, h->sh_offset, h->sh_size);
	for (; o->size + size <= MIB; n++)
		append(o, entry, size);
	h = header_of(*o, section);
	h->sh_offset = at;
	h->sh_size = o->size - at;
	return n;
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/*
 * Converts in a process of its own, and measures time and memory.  The time is compared
 * with that of passes that read each byte of the object, between the conversions, so
 * that the speed and the load of the machine do not matter.  An algorithm that visits
 * all symbols for each symbol would take as long as several thousand passes.
 */
static void test_bounds(const char *name, struct bytes o)
{
	struct result {
		double ms, pass;
		long kib;
		bool said;
		char why[256];
	} r = { .ms = 1e9, .pass = 1e9 };
	int fd[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(fd))
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		struct rusage before, after;

		getrusage(RUSAGE_SELF, &before);
		for (int i = 0; i < 5; i++) {
			const volatile unsigned char *byte = o.p;
			double from, ms, pass;
			struct bytes out;

			from = cpu_ms();
			convert(o, &out, r.why, sizeof(r.why));
			ms = cpu_ms() - from;
			from = cpu_ms();
			for (int n = 0; n < PASSES; n++)
				for (size_t at = 0; at < o.size; at++)
					(void)byte[at];
			pass = (cpu_ms() - from) / PASSES;
			r.ms = ms < r.ms ? ms : r.ms;
			r.pass = pass < r.pass ? pass : r.pass;
			r.said = out.p || *r.why;
			free(out.p);
		}
		getrusage(RUSAGE_SELF, &after);
		r.kib = after.ru_maxrss - before.ru_maxrss;
		_exit(write(fd[1], &r, sizeof(r)) != sizeof(r));
	}
	close(fd[1]);
	if (read(fd[0], &r, sizeof(r)) != sizeof(r))
		snprintf(r.why, sizeof(r.why), "it crashed");
	close(fd[0]);
	waitpid(pid, NULL, 0);
	printf("# %zu bytes: %.1f ms, as long as %.0f passes, %ld KiB: %s\n", o.size, r.ms,
	       r.ms / r.pass, r.kib, *r.why ? r.why : "converted");
#ifdef __SANITIZE_ADDRESS__
	result(r.said, "%s: converted, or refused with a reason", name);
#else
	result(r.said && r.ms < MAX_PASSES * r.pass && r.kib < MAX_KIB,
	       "%s: within %u passes and %u MiB", name, MAX_PASSES, MAX_KIB >> 10);
#endif
	free(o.p);
}

/* Gives a section other contents. */
static void replace(struct bytes *o, unsigned int section, struct bytes data)
{
	Elf64_Shdr *h;
	size_t at;

	append(o, "\0\0\0\0\0\0\0", (8 - o->size % 8) % 8);
	at = o->size;
	append(o, data.p, data.size);
	append(o, "\0\0\0\0\0\0\0", (8 - o->size % 8) % 8);
	h = header_of(*o, section);
	h->sh_offset = at;
	h->sh_size = data.size;
	free(data.p);
}

struct types {
	struct bytes words;
	uint32_t n;		/* the last id */
};

static uint32_t add_type(struct types *t, const uint32_t *words, size_t n)
{
	append(&t->words, words, 4 * n);
	return ++t->n;
}

#define TYPE_(t, ...) add_type(t, (const uint32_t[]){ __VA_ARGS__ }, \
			       sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)
#define INFO_(kind, n) ((uint32_t)BTF_KIND_##kind << 24 | (n))

/* A structure with @n members of @type. */
static uint32_t add_struct(struct types *t, uint32_t name, uint32_t size, uint32_t n,
			   uint32_t type)
{
	uint32_t words[3 + 3 * 64] = { name, INFO_(STRUCT, n), size };

	for (uint32_t i = 0; i < n; i++) {
		words[3 + 3 * i] = 1;
		words[4 + 3 * i] = type;
	}
	return add_type(t, words, 3 + 3 * n);
}

/* A definition of four numbers, followed by a member of @type. */
static uint32_t add_def(struct types *t, uint32_t size, uint32_t type)
{
	uint32_t n = TYPE_(t, 1, INFO_(INT, 0), 4, 32);

	return TYPE_(t, 1, INFO_(STRUCT, 5), size, 24, n, 0, 29, n, 32, 38, n, 64, 49, n, 96,
		     1, type ? type : n, 160);
}

/* A chain of arrays and typedefs of a number, as long as maps2btf follows it. */
static uint32_t add_chain(struct types *t)
{
	uint32_t number = TYPE_(t, 1, INFO_(INT, 0), 4, 32), id = number;

	for (int array = 0; array < 31; array++) {
		for (int name = 0; name < 30; name++)
			id = TYPE_(t, 1, INFO_(TYPEDEF, 0), id);
		id = TYPE_(t, 0, INFO_(ARRAY, 0), 0, id, number, 1);
	}
	return id;
}

/* An object with map m of @size bytes, whose definition has type @def. */
static struct bytes make_typed(struct types *t, uint32_t def, uint32_t size)
{
	static const char strs[] =	/* at 1, 3, 5, 10, 24, 29, 38, 49 */
		"\0n\0m\0maps\0____btf_map_m\0type\0key_size\0value_size\0max_entries";
	const struct made m = { .notype = true, .nmaps = 2, .maps = {
		{ "maps", "m", 5, { 1, 4, 4, 1, 0 } }, { ".BTF", "types", 1, { 0 } } } };
	struct btf_header h = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = HEADER };
	const uint32_t first[] = { 1, 4, 4, 1, 0 };
	struct bytes btf = {}, maps = {}, o = make(&m);
	uint32_t var = TYPE_(t, 3, INFO_(VAR, 0), def, 1);

	TYPE_(t, 5, INFO_(DATASEC, 1), size, var, 0, size);
	h.type_len = t->words.size;
	h.str_off = h.type_len;
	h.str_len = sizeof(strs);
	append(&btf, &h, HEADER);
	append(&btf, t->words.p, t->words.size);
	append(&btf, strs, sizeof(strs));
	free(t->words.p);
	append(&maps, first, sizeof(first));
	maps.p = realloc(maps.p, size);
	if (!maps.p)
		abort();
	memset(maps.p + sizeof(first), 0, size - sizeof(first));
	maps.size = size;
	replace(&o, MAPS_, maps);
	replace(&o, MAPS_ + 1, btf);
	return o;
}

static void test_types(void)
{
	struct types t = {};
	uint32_t id, chain;

	chain = add_chain(&t);
	for (int i = 0; i < 20000; i++)
		add_struct(&t, 10, 8, 2, chain);
	id = add_def(&t, 24, 0);
	test_bounds("very many annotations, whose types take long", make_typed(&t, id, 24));

	t = (struct types){};
	id = add_struct(&t, 1, 800000, 64, add_chain(&t));
	for (int depth = 0; depth < 2; depth++)
		id = add_struct(&t, 1, 800000, 64, id);
	id = add_def(&t, 900000, id);
	test_bounds("very many members, whose types take long", make_typed(&t, id, 900000));

	t = (struct types){};
	id = TYPE_(&t, 1, INFO_(INT, 0), 1, 8);
	id = add_struct(&t, 1, 800000, 64,
			TYPE_(&t, 0, INFO_(ARRAY, 0), 0, id, id, 800000));
	for (int depth = 0; depth < 2; depth++)
		id = add_struct(&t, 1, 800000, 64, id);
	id = add_def(&t, 900000, id);
	test_bounds("very many members that overlap", make_typed(&t, id, 900000));
}

static void test_large(void)
{
	const struct made m = { .nmaps = 1, .maps = { { "maps", "m", 5, { 1, 4, 8, 1, 0 } } } };
	Elf64_Sym s = { .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE) };
	Elf64_Rel rel = { .r_info = ELF64_R_INFO(1UL, 1) };
	Elf64_Shdr h = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
			 .sh_addralign = 1 };
	Elf64_Shdr *names;
	unsigned short n;
	struct bytes o;
	char *text;
	size_t at;

	o = make(&m);
	s.st_shndx = MAPS_;
	extend(&o, SYMBOLS, &s, sizeof(s));
	test_bounds("very many names of one map", o);
	o = make(&m);
	s.st_shndx = CODE;
	extend(&o, SYMBOLS, &s, sizeof(s));
	test_bounds("very many programs at one place", o);
	o = make(&m);
	s.st_shndx = SHN_COMMON;
	s.st_size = 8;
	extend(&o, SYMBOLS, &s, sizeof(s));
	test_bounds("very many tentative definitions", o);

	/* A name of 400,000 bytes, which all symbols have. */
	o = make(&m);
	text = malloc(400001);
	memset(text, 'a', 400000);
	text[400000] = 0;
	names = header_of(o, NAMES);
	at = o.size;
	repeat(&o, names->sh_offset, names->sh_size);
	s.st_name = o.size - at;
	append(&o, text, 400001);
	append(&o, "\0\0\0\0\0\0\0", 8 - o.size % 8);
	free(text);
	names = header_of(o, NAMES);
	names->sh_offset = at;
	names->sh_size = s.st_name + 400001;
	s.st_shndx = SHN_UNDEF;
	extend(&o, SYMBOLS, &s, sizeof(s));
	test_bounds("very many symbols of one very long name", o);

	o = make(&m);
	extend(&o, RELS, &rel, sizeof(rel));
	test_bounds("very many relocations", o);

	o = make(&m);
	append(&o, "\0\0\0\0\0\0\0", (8 - o.size % 8) % 8);
	at = o.size;
	repeat(&o, (unsigned char *)header_of(o, 0) - o.p, 7 * sizeof(h));
	for (n = 7; o.size + sizeof(h) <= MIB; n++)
		append(&o, &h, sizeof(h));
	memcpy(o.p + offsetof(Elf64_Ehdr, e_shoff), &at, 8);
	memcpy(o.p + offsetof(Elf64_Ehdr, e_shnum), &n, 2);
	test_bounds("very many sections", o);

	o = make(&m);
	append(&o, "\0\0\0\0\0\0\0", (8 - o.size % 8) % 8);
	at = o.size;
	h.sh_addralign = 4096;
	h.sh_size = 1;
	repeat(&o, (unsigned char *)header_of(o, 0) - o.p, 7 * sizeof(h));
	for (n = 7; o.size + sizeof(h) <= MIB; n++)
		append(&o, &h, sizeof(h));
	memcpy(o.p + offsetof(Elf64_Ehdr, e_shoff), &at, 8);
	memcpy(o.p + offsetof(Elf64_Ehdr, e_shnum), &n, 2);
	test_bounds("very many sections that are far apart", o);
}

/* ---- files ------------------------------------------------------------------------------- */

static struct bytes read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bytes o = {};
	char buf[65536];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		append(&o, buf, n);
	if (fd < 0) {
		fprintf(stderr, "test_maps2btf: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
	return o;
}

static int show(const char *mode, const char *path)
{
	struct bytes in = read_file(path), out = {};
	bool raw = !strcmp(mode, "--raw");
	char why[512], *text = NULL;

	if (!raw && convert(in, &out, why, sizeof(why)))
		fprintf(stderr, "%s: %s\n", path, why);
	else if (!raw && !settled(out))
		fprintf(stderr, "%s: it changes when it is converted again\n", path);
	else
		text = describe(raw ? in : out, !strcmp(mode, "--load"));
	if (text)
		fputs(text, stdout);
	free(text);
	free(in.p);
	free(out.p);
	return text ? 0 : 1;
}

/* The index of the section with this name, or of the relocations of section @of. */
static unsigned int find_section(struct bytes o, const char *name, unsigned int of)
{
	const Elf64_Ehdr *e = (const void *)o.p;
	const char *names = (const char *)o.p + header_of(o, e->e_shstrndx)->sh_offset;

	for (unsigned int i = 1; i < e->e_shnum; i++) {
		const Elf64_Shdr *h = header_of(o, i);

		if (name ? !strcmp(names + h->sh_name, name) :
			   h->sh_type == SHT_REL && h->sh_info == of)
			return i;
	}
	return 0;
}

/* The layout of kinds may be before the types, so that these do not follow the header. */
static int show_header(const char *what, const char *path)
{
	struct { uint16_t magic; uint8_t version, flags; uint32_t len, part[6]; } h = {};
	bool layout = !strcmp(what, "layout"), unknown = !strcmp(what, "unknown");
	const uint32_t len = layout ? 32 : unknown ? 40 : atoi(what);
	struct bytes o = read_file(path), btf = {};
	unsigned int sec = find_section(o, ".BTF", 0), rel = find_section(o, NULL, sec);
	uint32_t more = layout ? 20 * 4 : 0;
	const unsigned char *old;
	unsigned char zero[80] = {};

	if (!sec || !rel || len < HEADER || len > sizeof(zero))
		return 1;
	old = o.p + header_of(o, sec)->sh_offset;
	memcpy(&h, old, HEADER);
	h.len = len;
	h.part[0] += more;	/* types, strings, layout: where, and how long */
	h.part[2] += more;
	h.part[5] = more;
	append(&btf, &h, len < sizeof(h) ? len : sizeof(h));
	append(&btf, unknown ? (const void *)"new" : zero, len - btf.size);
	for (unsigned int kind = 0; layout && kind < 20; kind++)
		append(&btf, "\4\10\0", 4);
	append(&btf, old + HEADER, header_of(o, sec)->sh_size - HEADER);
	for (size_t at = 0; at < header_of(o, rel)->sh_size; at += sizeof(Elf64_Rel))
		((Elf64_Rel *)(o.p + header_of(o, rel)->sh_offset + at))->r_offset +=
			len - HEADER + more;
	replace(&o, sec, btf);
	return fwrite(o.p, 1, o.size, stdout) != o.size;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

int main(int argc, char **argv)
{
	struct bytes o;

	elf_version(EV_CURRENT);
	if (!getenv("V"))
		libbpf_set_print(quiet);
	if (argc == 3 && strcmp(argv[1], "--break"))
		return show(argv[1], argv[2]);
	if (argc == 4 && !strcmp(argv[1], "--header"))
		return show_header(argv[2], argv[3]);
	printf("KTAP version 1\n1..%d\n", argc == 3 ? PLAN_BREAK : PLAN);
	if (argc == 3) {
		o = read_file(argv[2]);
		test_broken(strrchr(argv[2], '/') ? strrchr(argv[2], '/') + 1 : argv[2], o, 20000);
		free(o.p);
		return finish(PLAN_BREAK);
	}
	test_made();
	test_layouts();
	test_sense();
	test_lies(false);
	test_lies(true);
	test_made_broken();
	test_large();
	test_types();
	return finish(PLAN);
}
