// SPDX-License-Identifier: GPL-2.0
/*
 * relocations.c - change references to maps, and to code and data that has moved.
 *
 * libbpf >= 1.0 requires that an instruction refers to a map by the map's own symbol, and
 * reads SHT_REL only.  Data also refers to maps, in DWARF, and so do types in BTF.
 */
#include "relocations.h"

/* How many bytes at its offset a relocation of data changes. */
static unsigned int width_of(const struct rel *r)
{
	return r->type == R_BPF_64_64 || r->type == R_BPF_64_ABS64 ? 8 : 4;
}

/* Makes an instruction refer to a map by the map's own symbol, without an addend. */
static int point_code(struct object *o, const struct maps *maps, struct sec *sec, struct rel *r)
{
	const struct sym *sym = &o->syms[r->sym];
	bool section = ELF64_ST_TYPE(sym->s.st_info) == STT_SECTION;
	const char *in = o->secs[sym->sec].name;
	const struct map *m;
	uint64_t off;
	uint8_t *p;

	/* LLVM before 3.9 wrote neither EM_BPF nor a type of relocation. */
	if ((r->type != R_BPF_64_64 && r->type) || !is_insn(sec, r->off, LD_IMM64))
		return corrupt(o, "section \"%.64s\", offset %llu: invalid relocation: the instruction refers to a map but does not load a 64-bit immediate",
			       sec->name, (unsigned long long)r->off);
	p = m2b_own(sec);
	if (!p)
		return m2b_no_memory(o);
	p += r->off;
	off = sym->value + (r->rela ? r->addend : (int32_t)get32(o, p + 4));
	m = m2b_map_at(maps, sym->sec, off);
	if (!m || m->off != off)
		return cannot(o, "section \"%.64s\", offset %llu: the instruction refers to offset %llu of section \"%.64s\", where no map begins (possibly an array of definitions, which is not supported)",
			      sec->name, (unsigned long long)r->off, (unsigned long long)off, in);
	if (!section && off != sym->value)
		return cannot(o, "section \"%.64s\", offset %llu: the instruction refers to map %s with the symbol of map %s and an offset",
			      sec->name, (unsigned long long)r->off, m->name, sym_name(o, sym));
	put32(o, p + 4, 0);
	put32(o, p + 12, 0);
	r->type = R_BPF_64_64;
	r->sym = m->sym;
	r->addend = 0;
	return 0;
}

/* Makes data refer to a map by its symbol: DWARF has the addresses of variables. */
static int point_data(struct object *o, const struct maps *maps, struct sec *sec, struct rel *r)
{
	const struct sym *sym = &o->syms[r->sym];
	unsigned int width = width_of(r);
	uint64_t off, addend = r->addend;
	const struct map *m;
	uint8_t *p;

	if (sec->size < width || r->off > sec->size - width)
		return corrupt(o, "invalid r_offset in a relocation of section \"%.64s\"",
			       sec->name);
	p = m2b_own(sec);
	if (!p)
		return m2b_no_memory(o);
	p += r->off;
	if (!r->rela)
		addend = width == 8 ? get64(o, p) : get32(o, p);
	off = sym->value + addend;
	m = m2b_map_at(maps, sym->sec, off);
	r->sym = m ? m->sym : 0;
	off -= m ? m->off : 0;
	if (r->rela)
		r->addend = off;
	else if (width == 8)
		put64(o, p, off);
	else
		put32(o, p, off);
	return 0;
}

/* libbpf reads SHT_REL only: adds the addend to the bytes that are relocated. */
static int to_rel(struct object *o, struct sec *sec, struct rel *r)
{
	unsigned int width = width_of(r);
	uint8_t *p;

	if (!r->addend)
		return 0;
	p = m2b_own(sec);
	if (!p)
		return m2b_no_memory(o);
	if (executable(sec) && is_insn(sec, r->off, LD_IMM64)) {
		put32(o, p + r->off + 4, get32(o, p + r->off + 4) + r->addend);
	} else if (executable(sec) && is_insn(sec, r->off, CALL)) {
		put32(o, p + r->off + 4, get32(o, p + r->off + 4) + r->addend / 8);
	} else if (sec->size < width || r->off > sec->size - width || executable(sec)) {
		return corrupt(o, "invalid r_offset in a relocation of section \"%.64s\"",
			       sec->name);
	} else if (width == 8) {
		put64(o, p + r->off, get64(o, p + r->off) + r->addend);
	} else {
		put32(o, p + r->off, get32(o, p + r->off) + r->addend);
	}
	r->addend = 0;
	return 0;
}

/* Code refers to an undefined symbol that BTF does not declare. */
static int unresolved(struct object *o, const struct sec *sec, const struct rel *r, bool then)
{
	struct sym *sym = &o->syms[r->sym];

	if (!is_insn(sec, r->off, LD_IMM64))
		return cannot(o, "section \"%.64s\", offset %llu: call of undefined function %.64s()",
			      sec->name, (unsigned long long)r->off, sym_name(o, sym));
	/* libbpf 0.x refused such an object, too. */
	if (then)
		return cannot(o, "%.64s is declared as extern but not defined",
			      sym_name(o, sym));
	if (!sym->noted)
		m2b_note(o, "undefined symbol %.64s: the code keeps its immediate value %u, which its own loader would have replaced",
			 sym_name(o, sym), get32(o, sec->data + r->off + 4));
	sym->noted = true;
	return 0;
}

/*
 * Changes the offset of a relocation of .BTF to the one in the new .BTF, as the header of
 * the old .BTF may be longer.  Returns false if the relocation must be dropped: it is not
 * inside of a type, or is inside of a DATASEC that was removed.
 */
static bool move_in_btf(const struct types *types, uint64_t *off)
{
	const struct btf_edit *b = &types->btf;
	uint64_t word = (*off - b->types_at) / 4;
	uint32_t lo = 0, hi = types->ngone;

	if (*off < b->types_at || word >= b->start[types->byte])
		return false;
	*off += BTF_HEADER_SIZE - b->types_at;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (b->start[types->gone[mid]] <= word)
			lo = mid + 1;
		else
			hi = mid;
	}
	return !lo || word >= b->start[types->gone[lo - 1] + 1];
}

/* Newer tools accept the old types of relocations in code only. */
static uint32_t type_of(const struct object *o, uint32_t target, uint32_t type)
{
	if (executable(&o->secs[target]))
		return type;
	if (target == o->btf_sec || target == o->ext_sec)
		return R_BPF_64_NODYLD32;
	return type == R_BPF_64_64 ? R_BPF_64_ABS64 : type == R_BPF_64_32 ? R_BPF_64_ABS32 : type;
}

static int fix_section(struct object *o, const struct maps *maps, const struct types *types,
		       bool then, uint32_t index)
{
	struct sec *s = &o->secs[index], *target;
	bool rela = s->h.sh_type == SHT_RELA;
	size_t each = rel_size(s), n = 0;
	uint8_t *p;
	int err;

	if (s->h.sh_info >= o->nsecs || s->h.sh_link != o->symtab || s->size % each)
		return corrupt(o, "invalid sh_info, sh_link or sh_size in section \"%.64s\"",
			       s->name);
	target = &o->secs[s->h.sh_info];
	if (target->drop || target->maps || relocations(target)) {
		s->drop = true;
		return 0;
	}
	p = m2b_own(s);
	if (!p)
		return m2b_no_memory(o);
	for (size_t i = 0; i < s->size; i += each) {
		struct rel r = m2b_rel(o, p + i, rela);

		if (r.sym >= o->nsyms)
			return corrupt(o, "invalid symbol number %u in a relocation of section \"%.64s\"",
				       r.sym, s->name);
		if (maps->nlegacy && s->h.sh_info == o->btf_sec && !move_in_btf(types, &r.off))
			continue;
		if (o->secs[o->syms[r.sym].sec].maps) {
			err = executable(target) ? point_code(o, maps, target, &r) :
						   point_data(o, maps, target, &r);
			if (err)
				return err;
		}
		if (r.sym && o->syms[r.sym].drop && !o->syms[r.sym].map && executable(target) &&
		    !o->syms[r.sym].sec) {
			err = unresolved(o, target, &r, then);
			if (err)
				return err;
			continue;
		}
		if (!r.type && !executable(target) && s->h.sh_info != o->btf_sec &&
		    s->h.sh_info != o->ext_sec)
			continue;	/* R_BPF_NONE */
		err = to_rel(o, target, &r);
		if (err)
			return err;
		if (o->syms[r.sym].drop)
			r.sym = 0;
		put64(o, p + n, r.off);
		put64(o, p + n + 8, ELF64_R_INFO((uint64_t)o->syms[r.sym].index,
						 type_of(o, s->h.sh_info, r.type)));
		n += sizeof(Elf64_Rel);
	}
	s->size = n;
	s->h.sh_type = SHT_REL;
	s->h.sh_entsize = sizeof(Elf64_Rel);
	return 0;
}

int m2b_fix_relocations(struct object *o, const struct maps *maps, const struct types *types,
			bool then)
{
	int err = 0;

	for (uint32_t i = 1; i < o->nsecs && !err; i++)
		if (!o->secs[i].drop && relocations(&o->secs[i]))
			err = fix_section(o, maps, types, then, i);
	return err;
}

/* As from clang, the initial values of a map of maps are relocations of its variable. */
int m2b_add_slots(struct object *o, const struct maps *maps)
{
	struct sec *s = NULL;
	uint8_t *p;

	if (!maps->nslots)
		return 0;
	for (uint32_t i = 1; i < o->nsecs && !s; i++)
		if (!o->secs[i].drop && relocations(&o->secs[i]) &&
		    o->secs[i].h.sh_info == o->dot_maps)
			s = &o->secs[i];
	if (!s) {
		s = m2b_add_section(o, SHT_REL, 0, 8);
		s->h.sh_link = o->symtab;
		s->h.sh_info = o->dot_maps;
		s->h.sh_entsize = sizeof(Elf64_Rel);
	}
	p = m2b_resize(s, s->size + maps->nslots * sizeof(Elf64_Rel));
	if (!p)
		return m2b_no_memory(o);
	p += s->size - maps->nslots * sizeof(Elf64_Rel);
	for (uint32_t i = 0; i < maps->nslots; i++, p += sizeof(Elf64_Rel)) {
		const struct map *outer = maps->slots[i].outer, *m = maps->slots[i].map;
		uint64_t at = outer->new_off + outer->new_size - 8ULL * outer->slots;

		put64(o, p, at + 8ULL * m->field[INNER_SLOT]);
		put64(o, p + 8, ELF64_R_INFO((uint64_t)o->syms[m->sym].index, R_BPF_64_ABS64));
	}
	return 0;
}
