// SPDX-License-Identifier: GPL-2.0
/*
 * elf_load.c - loads X_kern.o, as samples/bpf/bpf_load.c did.
 *
 * kern_open() makes all checks, before anything is created in the kernel.  libelf reads
 * the file, but what it returns may be NULL, or a section may be shorter than its header
 * says: only the size of its data counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe.h"
#include "permission.h"

#include "elf_load.h"
#include "sys_bpf.h"

#ifndef EM_BPF
#define EM_BPF		247
#endif
#ifndef R_BPF_64_64
#define R_BPF_64_64	1
#endif

#define FILE_MAX	(16U << 20)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_DATA	ELFDATA2LSB
#else
#define HOST_DATA	ELFDATA2MSB
#endif

/* A map definition as it is in the section "maps". */
struct map_def {
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 map_flags;
};

struct map {
	char *name;
	size_t offset;		/* in the section */
	struct map_def def;
	int fd;
};

/* Instruction @insn refers to map @map, and gets its descriptor. */
struct relocation {
	size_t insn;
	size_t map;
};

struct prog {
	char *name;
	char *section;
	size_t index;		/* of the section */
	__u32 type;
	struct bpf_insn *insns;
	size_t insn_cnt;
	struct relocation *relocs;
	size_t reloc_cnt;
	int fd;
};

struct kern_object {
	char *path;
	char *license;
	struct map *maps;
	size_t map_cnt;
	struct prog *progs;
	size_t prog_cnt;
};

/* What is only needed while the file is being read. */
struct reader {
	struct kern_object *obj;
	Elf *elf;
	size_t shstrndx;
	size_t strndx;		/* of the symbols' names */
	size_t symbol_cnt;
	size_t maps_index;
	Elf_Data *symbols;
	Elf_Data *maps;
};

/* The type of a program, by the beginning of its section's name. */
static const struct {
	const char *prefix;
	__u32 type;
} types[] = {
	{ "kprobe/",		BPF_PROG_TYPE_KPROBE },
	{ "kretprobe/",		BPF_PROG_TYPE_KPROBE },
	{ "tracepoint/",	BPF_PROG_TYPE_TRACEPOINT },
	{ "raw_tracepoint/",	BPF_PROG_TYPE_RAW_TRACEPOINT },
	{ "perf_event",		BPF_PROG_TYPE_PERF_EVENT },
	{ "socket",		BPF_PROG_TYPE_SOCKET_FILTER },
	{ "xdp",		BPF_PROG_TYPE_XDP },
};

__attribute__((format(printf, 2, 3)))
static int wrong(const struct kern_object *obj, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* A name from the file may contain any character, but this has to be one line. */
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	observe_warn("%s: %s", obj->path, text);
	return -1;
}

/* Room for one more at the end of an array; NULL if there is no memory. */
static void *grow(void *array, size_t cnt, size_t size)
{
	void **p = array;
	void *bigger = reallocarray(*p, cnt + 1, size);

	if (!bigger)
		return NULL;
	*p = bigger;
	return memset((char *)bigger + cnt * size, 0, size);
}

static const char *symbol_name(const struct reader *r, const GElf_Sym *sym)
{
	const char *name = elf_strptr(r->elf, r->strndx, sym->st_name);

	return name ? name : "";
}

static int read_header(struct reader *r)
{
	size_t sections;
	GElf_Ehdr ehdr;

	if (!r->elf || elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &ehdr))
		return wrong(r->obj, "not an ELF file");
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_type != ET_REL ||
	    ehdr.e_machine != EM_BPF)
		return wrong(r->obj, "an ELF file, but not a BPF object (clang -target bpf -c)");
	if (ehdr.e_ident[EI_DATA] != HOST_DATA)
		return wrong(r->obj, "it has the other byte order: clang -target bpf uses that of this machine");
	if (elf_getshdrnum(r->elf, &sections) || !sections)
		return wrong(r->obj, "it has no sections: the file is truncated or damaged");
	if (elf_getshdrstrndx(r->elf, &r->shstrndx))
		return wrong(r->obj, "cannot find the names of the sections: %s", elf_errmsg(-1));
	return 0;
}

static int read_license(struct reader *r, const Elf_Data *data)
{
	if (r->obj->license)
		return wrong(r->obj, "two sections \"license\"");
	if (!data->d_size || !memchr(data->d_buf, '\0', data->d_size))
		return wrong(r->obj, "section \"license\": the text does not end with a zero byte");
	r->obj->license = strdup(data->d_buf);
	return r->obj->license ? 0 : wrong(r->obj, "out of memory");
}

static int read_code(struct reader *r, const char *section, size_t index,
		     const Elf_Data *data)
{
	size_t size = data->d_size;
	struct prog *prog;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strncmp(section, types[i].prefix, strlen(types[i].prefix)))
			break;
	if (!strcmp(section, ".text"))
		return wrong(r->obj, "code in .text: for this loader every function has to be inlined (__always_inline)");
	if (i == sizeof(types) / sizeof(types[0]))
		return wrong(r->obj, "section \"%s\": no program type is known for this name",
			     section);
	if (size % sizeof(struct bpf_insn))
		return wrong(r->obj, "section \"%s\": %zu bytes are not a whole number of instructions",
			     section, size);

	prog = grow(&r->obj->progs, r->obj->prog_cnt, sizeof(*prog));
	if (!prog)
		return wrong(r->obj, "out of memory");
	r->obj->prog_cnt++;
	prog->fd = -1;
	prog->type = types[i].type;
	prog->index = index;
	prog->insn_cnt = size / sizeof(struct bpf_insn);
	prog->section = strdup(section);
	prog->insns = malloc(size);
	if (!prog->section || !prog->insns)
		return wrong(r->obj, "out of memory");
	memcpy(prog->insns, data->d_buf, size);

	/* If the file could contain a descriptor, it would be one that this process has open. */
	for (i = 0; i < prog->insn_cnt; i++) {
		if (prog->insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (prog->insns[i].src_reg)
			return wrong(r->obj, "section \"%s\": instruction %zu has a map descriptor written into it, and no relocation",
				     section, i);
		i++;
	}
	return 0;
}

/* Reads those sections that can be read without the others. */
static int read_sections(struct reader *r)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(r->elf, scn))) {
		size_t index = elf_ndxscn(scn);
		const char *name;
		Elf_Data *data;
		GElf_Shdr shdr;
		int err = 0;

		if (!gelf_getshdr(scn, &shdr))
			return wrong(r->obj, "section %zu: cannot read its header: %s", index,
				     elf_errmsg(-1));
		name = elf_strptr(r->elf, r->shstrndx, shdr.sh_name);
		if (!name)
			return wrong(r->obj, "section %zu: its name is outside the file", index);
		if (shdr.sh_type != SHT_PROGBITS && shdr.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		if (!data || data->d_size != shdr.sh_size || (data->d_size && !data->d_buf))
			return wrong(r->obj, "section \"%s\": extends beyond the file", name);

		if (shdr.sh_type == SHT_SYMTAB) {
			if (r->symbols)
				return wrong(r->obj, "two symbol tables");
			r->symbols = data;
			r->symbol_cnt = data->d_size / sizeof(Elf64_Sym);
			r->strndx = shdr.sh_link;
		} else if (!strcmp(name, "maps")) {
			if (r->maps)
				return wrong(r->obj, "two sections \"maps\"");
			r->maps = data;
			r->maps_index = index;
		} else if (!strcmp(name, "license")) {
			err = read_license(r, data);
		} else if ((shdr.sh_flags & SHF_EXECINSTR) && data->d_size) {
			err = read_code(r, name, index, data);
		}
		if (err)
			return -1;
	}
	if (!r->symbols)
		return wrong(r->obj, "no symbol table");
	if (!r->obj->license)
		return wrong(r->obj, "no section \"license\": add char _license[] SEC(\"license\") = \"GPL\";");
	if (!r->obj->prog_cnt)
		return wrong(r->obj, "no program in the object");
	return 0;
}

static int read_map(struct reader *r, const GElf_Sym *sym)
{
	const char *name = symbol_name(r, sym);
	struct kern_object *obj = r->obj;
	struct map *map;

	if (!*name)
		return wrong(obj, "section \"maps\": a map without a name");
	/* Old versions of LLVM write no size. */
	if (sym->st_size && sym->st_size != sizeof(map->def))
		return wrong(obj, "map \"%s\": its definition has %llu bytes, but this loader needs %zu (five fields)",
			     name, (unsigned long long)sym->st_size, sizeof(map->def));
	if (sym->st_value > r->maps->d_size ||
	    r->maps->d_size - sym->st_value < sizeof(map->def))
		return wrong(obj, "map \"%s\": its definition is outside of section \"maps\"",
			     name);
	for (map = obj->maps; map < obj->maps + obj->map_cnt; map++) {
		if (!strcmp(map->name, name))
			return wrong(obj, "map \"%s\": defined twice", name);
		if (map->offset < sym->st_value + sizeof(map->def) &&
		    sym->st_value < map->offset + sizeof(map->def))
			return wrong(obj, "map \"%s\": overlaps map \"%s\"", name, map->name);
	}

	map = grow(&obj->maps, obj->map_cnt, sizeof(*map));
	if (!map)
		return wrong(obj, "out of memory");
	obj->map_cnt++;
	map->fd = -1;
	map->offset = sym->st_value;
	memcpy(&map->def, (char *)r->maps->d_buf + map->offset, sizeof(map->def));
	map->name = strdup(name);
	return map->name ? 0 : wrong(obj, "out of memory");
}

/* The symbol in a program's section is the name of the program: there has to be only one. */
static int name_prog(struct reader *r, struct prog *prog, const GElf_Sym *sym)
{
	const char *name = symbol_name(r, sym);

	if (sym->st_value || prog->name)
		return wrong(r->obj, "section \"%s\": more than one function in it; \"%s\" needs a section of its own",
			     prog->section, name);
	prog->name = strdup(name);
	return prog->name ? 0 : wrong(r->obj, "out of memory");
}

static int read_symbols(struct reader *r)
{
	struct kern_object *obj = r->obj;
	GElf_Sym sym;

	for (size_t i = 0; i < r->symbol_cnt; i++) {
		int type;

		if (!gelf_getsym(r->symbols, i, &sym))
			return wrong(obj, "symbol %zu: %s", i, elf_errmsg(-1));
		type = GELF_ST_TYPE(sym.st_info);
		if (type == STT_SECTION || sym.st_shndx == SHN_UNDEF)
			continue;
		if (r->maps && sym.st_shndx == r->maps_index) {
			if (read_map(r, &sym))
				return -1;
			continue;
		}
		/* Skip labels, which are local and have no type. */
		if (type != STT_FUNC && GELF_ST_BIND(sym.st_info) != STB_GLOBAL)
			continue;
		for (size_t p = 0; p < obj->prog_cnt; p++)
			if (sym.st_shndx == obj->progs[p].index &&
			    name_prog(r, &obj->progs[p], &sym))
				return -1;
	}
	for (size_t p = 0; p < obj->prog_cnt; p++)
		if (!obj->progs[p].name)
			return wrong(obj, "section \"%s\": no symbol names the function in it",
				     obj->progs[p].section);
	return 0;
}

static int read_relocation(struct reader *r, struct prog *prog, const GElf_Rel *rel)
{
	size_t insn = rel->r_offset / sizeof(struct bpf_insn), map;
	struct kern_object *obj = r->obj;
	struct relocation *reloc;
	__u64 offset;
	GElf_Sym sym;

	if (rel->r_offset % sizeof(struct bpf_insn) || insn >= prog->insn_cnt)
		return wrong(obj, "section \"%s\": a relocation at byte %llu, where no instruction begins",
			     prog->section, (unsigned long long)rel->r_offset);
	if (!gelf_getsym(r->symbols, GELF_R_SYM(rel->r_info), &sym))
		return wrong(obj, "section \"%s\": a relocation refers to a symbol that does not exist",
			     prog->section);
	if (GELF_R_TYPE(rel->r_info) != R_BPF_64_64 || !r->maps ||
	    sym.st_shndx != r->maps_index)
		return wrong(obj, "section \"%s\": instruction %zu refers to \"%s\", which is not a map in section \"maps\" (this loader knows no global variables and no functions that are not inlined)",
			     prog->section, insn, symbol_name(r, &sym));
	if (prog->insns[insn].code != (BPF_LD | BPF_IMM | BPF_DW) ||
	    insn + 1 >= prog->insn_cnt || prog->insns[insn + 1].code)
		return wrong(obj, "section \"%s\": instruction %zu does not load a map, but has a relocation to one",
			     prog->section, insn);

	/* For a static map the symbol is the section, and the offset is in the instruction. */
	offset = sym.st_value + (__u32)prog->insns[insn].imm;
	for (map = 0; map < obj->map_cnt; map++)
		if (obj->maps[map].offset == offset)
			break;
	if (map == obj->map_cnt)
		return wrong(obj, "section \"%s\": instruction %zu refers to byte %llu of section \"maps\", where no map begins",
			     prog->section, insn, (unsigned long long)offset);

	reloc = grow(&prog->relocs, prog->reloc_cnt, sizeof(*reloc));
	if (!reloc)
		return wrong(obj, "out of memory");
	prog->reloc_cnt++;
	reloc->insn = insn;
	reloc->map = map;
	return 0;
}

static int read_relocations(struct reader *r)
{
	struct kern_object *obj = r->obj;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	GElf_Rel rel;

	while ((scn = elf_nextscn(r->elf, scn))) {
		struct prog *prog = NULL;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr))
			return wrong(obj, "cannot read the header of a section: %s",
				     elf_errmsg(-1));
		if (shdr.sh_type != SHT_REL && shdr.sh_type != SHT_RELA)
			continue;
		for (size_t p = 0; p < obj->prog_cnt; p++)
			if (obj->progs[p].index == shdr.sh_info)
				prog = &obj->progs[p];
		if (!prog)
			continue;	/* relocations of .BTF and the like */
		data = elf_getdata(scn, NULL);
		if (shdr.sh_type == SHT_RELA || !data || data->d_size != shdr.sh_size ||
		    data->d_size % sizeof(Elf64_Rel) || (data->d_size && !data->d_buf))
			return wrong(obj, "section \"%s\": cannot read its relocations",
				     prog->section);
		for (size_t i = 0; i < data->d_size / sizeof(Elf64_Rel); i++) {
			if (!gelf_getrel(data, i, &rel))
				return wrong(obj, "section \"%s\": relocation %zu: %s",
					     prog->section, i, elf_errmsg(-1));
			if (read_relocation(r, prog, &rel))
				return -1;
		}
	}
	return 0;
}

struct kern_object *kern_open_mem(const char *path, const void *data, size_t size)
{
	struct kern_object *obj = calloc(1, sizeof(*obj));
	struct reader r = { .obj = obj };
	char *copy = malloc(size + 1);

	if (obj)
		obj->path = strdup(path);
	if (!obj || !copy || !obj->path) {
		observe_warn("%s: out of memory", path);
		goto failed;
	}
	memcpy(copy, data, size);
	elf_version(EV_CURRENT);
	r.elf = elf_memory(copy, size);
	if (read_header(&r) || read_sections(&r) || read_symbols(&r) || read_relocations(&r))
		goto failed;
	elf_end(r.elf);
	free(copy);
	return obj;

failed:
	elf_end(r.elf);
	free(copy);
	kern_close(obj);
	return NULL;
}

struct kern_object *kern_open(const char *path)
{
	struct kern_object *obj = NULL;
	char *data = NULL;
	size_t size = 0;
	struct stat st;
	ssize_t n = 1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		observe_warn("%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		observe_warn("%s: not a BPF object: not a regular file, or larger than %u MiB",
			     path, FILE_MAX >> 20);
		goto out;
	}
	data = malloc(st.st_size + 1);
	while (data && size < (size_t)st.st_size && n > 0) {
		n = read(fd, data + size, st.st_size - size);
		if (n > 0)
			size += n;
	}
	if (!data || n < 0)
		observe_warn("%s: cannot read it: %s", path, strerror(errno));
	else
		obj = kern_open_mem(path, data, size);
out:
	free(data);
	if (fd >= 0)
		close(fd);
	return obj;
}

static const char *reason(int err)
{
	if (err == EPERM)
		return permission_why();
	return err == EACCES ? "the verifier refuses it, see above" : strerror(err);
}

int kern_load(struct kern_object *obj)
{
	for (size_t i = 0; i < obj->map_cnt; i++) {
		struct map *map = &obj->maps[i];
		struct map_def *def = &map->def;

		/* One ring for each CPU: the source has 0, as it cannot know how many there are. */
		if (def->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !def->max_entries)
			def->max_entries = possible_cpus();
		map->fd = sys_map_create(map->name, def->type, def->key_size, def->value_size,
					 def->max_entries, def->map_flags);
		if (map->fd < 0)
			return wrong(obj, "map \"%s\" (type %u, key %u, value %u, entries %u, flags %#x): %s",
				     map->name, def->type, def->key_size, def->value_size,
				     def->max_entries, def->map_flags, reason(errno));
	}
	for (size_t i = 0; i < obj->prog_cnt; i++) {
		struct prog *prog = &obj->progs[i];

		for (size_t h = 0; h < prog->reloc_cnt; h++) {
			struct bpf_insn *insn = &prog->insns[prog->relocs[h].insn];

			insn[0].src_reg = BPF_PSEUDO_MAP_FD;
			insn[0].imm = obj->maps[prog->relocs[h].map].fd;
			insn[1].imm = 0;
		}
		prog->fd = sys_prog_load(prog->name, prog->type, prog->insns, prog->insn_cnt,
					 obj->license);
		if (prog->fd < 0)
			return wrong(obj, "program \"%s\": the kernel refuses it: %s",
				     prog->name, reason(errno));
	}
	return 0;
}

int kern_map_fd(const struct kern_object *obj, const char *name)
{
	for (size_t i = 0; i < obj->map_cnt; i++)
		if (!strcmp(obj->maps[i].name, name))
			return obj->maps[i].fd;
	return wrong(obj, "no map \"%s\" in the object", name);
}

int kern_prog_fd(const struct kern_object *obj, const char *name)
{
	for (size_t i = 0; i < obj->prog_cnt; i++)
		if (!strcmp(obj->progs[i].name, name) || !strcmp(obj->progs[i].section, name))
			return obj->progs[i].fd;
	return wrong(obj, "no program \"%s\" in the object", name);
}

void kern_close(struct kern_object *obj)
{
	if (!obj)
		return;
	for (size_t i = 0; i < obj->map_cnt; i++) {
		if (obj->maps[i].fd >= 0)
			close(obj->maps[i].fd);
		free(obj->maps[i].name);
	}
	for (size_t i = 0; i < obj->prog_cnt; i++) {
		if (obj->progs[i].fd >= 0)
			close(obj->progs[i].fd);
		free(obj->progs[i].name);
		free(obj->progs[i].section);
		free(obj->progs[i].insns);
		free(obj->progs[i].relocs);
	}
	free(obj->maps);
	free(obj->progs);
	free(obj->license);
	free(obj->path);
	free(obj);
}
