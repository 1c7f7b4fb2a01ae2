// SPDX-License-Identifier: GPL-2.0
/*
 * programs.c - change functions and data to what libbpf >= 1.0 requires.
 *
 * libbpf >= 1.0 finds programs by their symbols, which must be global and have a type
 * and a size; old LLVM wrote neither type nor size.  It looks for subprograms in .text
 * only.  And it makes maps of data sections that libbpf 0.x ignored.
 */
#include <stdlib.h>

#include "object.h"

#define MAX_ALIGN	4096

int m2b_place_common(struct object *o)
{
	struct sec *bss;

	for (uint32_t i = 1; i < o->nsyms; i++) {
		struct sym *sym = &o->syms[i];
		uint64_t align = sym->s.st_value;

		if (sym->s.st_shndx != SHN_COMMON)
			continue;
		if (!o->bss) {
			o->bss = o->nsecs;
			m2b_add_section(o, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 8);
		}
		bss = &o->secs[o->bss];
		if (align > MAX_ALIGN || align & (align - 1) || sym->s.st_size > UINT32_MAX ||
		    bss->h.sh_size > UINT32_MAX)
			return corrupt(o, "invalid common symbol %u: size %llu, alignment %llu", i,
				       (unsigned long long)sym->s.st_size,
				       (unsigned long long)align);
		if (align > bss->h.sh_addralign)
			bss->h.sh_addralign = align;
		align = align ? align : 1;
		sym->value = (bss->h.sh_size + align - 1) & ~(align - 1);
		bss->h.sh_size = sym->value + sym->s.st_size;
		sym->sec = o->bss;
		sym->s.st_shndx = o->bss;
		sym->s.st_value = sym->value;
		o->changed = true;
	}
	return 0;
}

/*
 * Marks the sections other than .text whose functions are called from other sections.
 * libbpf looks for subprograms in .text only.
 */
static int find_subprograms(struct object *o)
{
	for (uint32_t i = 1; i < o->nsecs; i++) {
		const struct sec *s = &o->secs[i], *target;
		bool rela = s->h.sh_type == SHT_RELA;
		size_t each = rel_size(s);

		if (!relocations(s) || s->h.sh_info >= o->nsecs ||
		    !executable(&o->secs[s->h.sh_info]))
			continue;
		target = &o->secs[s->h.sh_info];
		for (size_t at = 0; at + each <= s->size; at += each) {
			struct rel r = m2b_rel(o, s->data + at, rela);
			uint32_t in = r.sym < o->nsyms ? o->syms[r.sym].sec : 0;

			if (!in || in == o->text || in == s->h.sh_info ||
			    !executable(&o->secs[in]) || !is_insn(target, r.off, CALL))
				continue;
			o->syms[r.sym].called = true;
			if (o->secs[in].moved)
				continue;
			if (o->nmoved == MAX_MOVED)
				return cannot(o, "subprograms in more than %u sections other than .text are not supported",
					      MAX_MOVED);
			if (strnlen(o->secs[in].name, MAX_NAME) == MAX_NAME)
				return corrupt(o, "the name of section %u is longer than %u bytes",
					       in, MAX_NAME - 1);
			o->secs[in].moved = true;
			o->moved[o->nmoved++] = in;
		}
	}
	return 0;
}

int m2b_move_subprograms(struct object *o)
{
	struct sec *text = &o->secs[o->text];
	int err = find_subprograms(o);

	if (err || !o->nmoved)
		return err;
	if (!o->text)
		return cannot(o, "subprograms in section \"%.64s\" without a section .text are not supported",
			      o->secs[o->moved[0]].name);
	for (uint32_t i = 0; i < o->nmoved; i++) {
		struct sec *s = &o->secs[o->moved[i]];
		uint64_t base = (text->size + 7) & ~7ULL;

		if (!m2b_resize(text, base + s->size))
			return m2b_no_memory(o);
		if (s->size)
			memcpy(text->own + base, s->data, s->size);
		if (text->h.sh_addralign < 8)
			text->h.sh_addralign = 8;
		s->base = base;
		s->drop = true;
	}
	for (uint32_t i = 1; i < o->nsyms; i++) {
		struct sym *sym = &o->syms[i];
		const struct sec *s = &o->secs[sym->sec];

		if (!s->moved)
			continue;
		if (ELF64_ST_TYPE(sym->s.st_info) == STT_FUNC &&
		    ELF64_ST_BIND(sym->s.st_info) != STB_LOCAL && !sym->called)
			return cannot(o, "section \"%.64s\" has both program %s and subprograms that other sections call: move the subprograms to .text",
				      s->name, sym_name(o, sym));
		if (ELF64_ST_TYPE(sym->s.st_info) == STT_SECTION)
			sym->s.st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE);
		sym->sec = o->text;
		sym->value += s->base;
		sym->s.st_shndx = o->text;
		sym->s.st_value = sym->value;
	}
	for (uint32_t i = 1; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i], *target;
		size_t each = rel_size(s);
		uint8_t *p;

		if (!relocations(s) || s->h.sh_info >= o->nsecs)
			continue;
		target = &o->secs[s->h.sh_info];
		if (!target->moved)
			continue;
		p = m2b_own(s);
		if (!p)
			return m2b_no_memory(o);
		for (size_t at = 0; at + each <= s->size; at += each)
			put64(o, p + at, get64(o, p + at) + target->base);
		s->h.sh_info = o->text;
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

bool m2b_is_label(const struct object *o, const struct sym *sym)
{
	const char *name = sym_name(o, sym);

	return !*name || !strncmp(name, ".L", 2) ||
	       (ELF64_ST_BIND(sym->s.st_info) == STB_LOCAL && !strncmp(name, "LBB", 3));
}

/* A label of inline assembly is inside of a function: is this symbol inside of one? */
static bool is_inside(const struct object *o, const struct sym *sym, const struct func *f,
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
	       sym->value - f[lo - 1].off < o->syms[f[lo - 1].sym].s.st_size;
}

/*
 * Gives functions what libbpf >= 1.0 requires: a type and a size, and a global name
 * unless they are subprograms, in .text.
 */
int m2b_fix_functions(struct object *o)
{
	struct func *f = calloc(o->nsyms, sizeof(*f));
	uint32_t n = 0, typed;
	uint64_t end = 0;

	if (!f)
		return m2b_no_memory(o);
	for (uint32_t i = 1; i < o->nsyms; i++) {
		const struct sym *sym = &o->syms[i];

		if (executable(&o->secs[sym->sec]) && ELF64_ST_TYPE(sym->s.st_info) == STT_FUNC)
			f[n++] = (struct func){ i, sym->sec, sym->value };
	}
	qsort(f, n, sizeof(*f), by_place);
	typed = n;
	for (uint32_t i = 1; i < o->nsyms; i++) {
		const struct sym *sym = &o->syms[i];

		if (executable(&o->secs[sym->sec]) && ELF64_ST_TYPE(sym->s.st_info) == STT_NOTYPE &&
		    !m2b_is_label(o, sym) && !is_inside(o, sym, f, typed))
			f[n++] = (struct func){ i, sym->sec, sym->value };
	}
	qsort(f, n, sizeof(*f), by_place);
	for (uint32_t i = n; i-- > 0;) {
		Elf64_Sym *s = &o->syms[f[i].sym].s, old = *s;
		const struct sec *sec = &o->secs[f[i].sec];
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
			o->changed = true;
	}
	/* The newest libbpf takes even the only function in .text for a subprogram. */
	o->only_text = o->legacy && n && f[0].sec == o->text && f[n - 1].sec == o->text &&
		       f[0].off == f[n - 1].off;
	for (uint32_t i = 0; o->only_text && i < n; i++)
		o->syms[f[i].sym].s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
	free(f);
	return 0;
}

/*
 * libbpf 0.x made maps of .data, .rodata and .bss only.  Since 0.6 a section .rodata.X
 * and so on is a map, too, such as that of constant strings (.rodata.str1.1).  Programs
 * for libbpf 0.x do not expect this map, and cannot pin it because of its name.  So
 * sections that no code refers to are dropped; libbpf 0.x refused code that refers to
 * them.  The BTF of an object without legacy maps does not change, so only constants that
 * the compiler merges are dropped from such an object: BTF does not describe them.
 */
void m2b_drop_unused(struct object *o, bool all)
{
	static const char *const names[] = { ".data.", ".rodata.", ".bss." };

	for (uint32_t i = 1; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i];

		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			s->unused |= !strncmp(s->name, names[j], strlen(names[j]));
		s->unused &= (s->h.sh_type == SHT_PROGBITS || s->h.sh_type == SHT_NOBITS) &&
			     !executable(s) && (all || s->h.sh_flags & SHF_MERGE);
	}
	for (uint32_t i = 1; i < o->nsecs; i++) {
		const struct sec *s = &o->secs[i];
		bool rela = s->h.sh_type == SHT_RELA;
		size_t each = rel_size(s);

		if (!relocations(s) || s->h.sh_info >= o->nsecs ||
		    !executable(&o->secs[s->h.sh_info]))
			continue;
		for (size_t at = 0; at + each <= s->size; at += each) {
			struct rel r = m2b_rel(o, s->data + at, rela);

			if (r.sym < o->nsyms)
				o->secs[o->syms[r.sym].sec].unused = false;
		}
	}
	for (uint32_t i = 1; i < o->nsecs; i++) {
		o->secs[i].drop |= o->secs[i].unused;
		o->changed |= o->secs[i].unused;
	}
}
