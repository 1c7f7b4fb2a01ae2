// SPDX-License-Identifier: GPL-2.0
/*
 * output.c - write the new object: names, symbols, sections.
 */
#include <stdio.h>
#include <stdlib.h>
#include <libelf.h>

#include "output.h"

static int write_symbols(struct object *o)
{
	struct sec *s = &o->secs[o->symtab];
	uint8_t *p = m2b_own(s);
	uint32_t n = 0;

	if (!p)
		return m2b_no_memory(o);
	for (uint32_t i = 0; i < o->nsyms; i++) {
		struct sym *sym = &o->syms[i];

		if (sym->drop)
			continue;
		if (sym->s.st_shndx && sym->s.st_shndx < o->nsecs)
			sym->s.st_shndx = o->secs[sym->s.st_shndx].index;
		m2b_swap(o, ELF_T_SYM, &sym->s, sizeof(sym->s));
		memcpy(p + sym->index * sizeof(sym->s), &sym->s, sizeof(sym->s));
		n++;
	}
	s->size = n * sizeof(Elf64_Sym);
	s->h.sh_entsize = sizeof(Elf64_Sym);
	return 0;
}

/* New names are appended to the table, as old ones may be shared. */
int m2b_name_sections(struct object *o)
{
	struct sec *names = &o->secs[o->eh.e_shstrndx];
	static const char new[] = ".maps\0.BTF\0.bss\0text";
	uint64_t at = names->size;
	uint8_t *p;

	p = m2b_resize(names, at + sizeof(new));
	if (!p)
		return m2b_no_memory(o);
	memcpy(p + at, new, sizeof(new));
	if (o->secs[o->dot_maps].maps)
		o->secs[o->dot_maps].h.sh_name = at;
	if (o->btf_sec && !*o->secs[o->btf_sec].name)
		o->secs[o->btf_sec].h.sh_name = at + strlen(".maps") + 1;
	if (o->bss && !*o->secs[o->bss].name)
		o->secs[o->bss].h.sh_name = at + strlen(".maps") + 1 + strlen(".BTF") + 1;
	if (o->only_text)
		o->secs[o->text].h.sh_name = at + sizeof(new) - sizeof("text");
	return 0;
}

/* `bpftool gen object` requires the name ".rel" and the name of the relocated section. */
static int name_relocations(struct object *o)
{
	struct sec *names = &o->secs[o->eh.e_shstrndx];
	uint64_t at = names->size;
	uint32_t n = 0;
	uint8_t *p;

	for (int adding = 0; adding < 2; adding++) {
		for (uint32_t i = 1; i < o->nsecs; i++) {
			struct sec *s = &o->secs[i];
			const char *of;

			if (s->drop || !relocations(s) || s->h.sh_info >= o->nsecs)
				continue;
			of = o->only_text && s->h.sh_info == o->text ? "text" :
			     s->h.sh_info == o->dot_maps ? ".maps" : o->secs[s->h.sh_info].name;
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
		p = m2b_resize(names, at + (uint64_t)n * (MAX_NAME + strlen(".rel")));
		if (!p)
			return m2b_no_memory(o);
	}
	names->size = at;
	return 0;
}

/* The section's offset in the file.  sh_addralign is for addresses, and may be large. */
static uint64_t place(uint64_t at, const struct sec *s)
{
	uint64_t align = s->h.sh_addralign > 8 ? 8 : s->h.sh_addralign ? s->h.sh_addralign : 1;

	return (at + align - 1) & ~(align - 1);
}

static int write_object(struct object *o, void **out, size_t *out_size)
{
	uint64_t at = sizeof(o->eh);
	uint32_t n = 0;
	uint8_t *p;

	memset(&o->secs[0].h, 0, sizeof(o->secs[0].h));
	for (uint32_t i = 0; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i];

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
		return m2b_no_memory(o);
	*out = p;

	o->eh.e_shoff = at;
	o->eh.e_shnum = n;
	o->eh.e_shstrndx = o->secs[o->eh.e_shstrndx].index;
	o->eh.e_phoff = 0;
	o->eh.e_phnum = 0;
	o->eh.e_ehsize = sizeof(o->eh);
	m2b_swap(o, ELF_T_EHDR, &o->eh, sizeof(o->eh));
	memcpy(p, &o->eh, sizeof(o->eh));
	for (uint32_t i = 0; i < o->nsecs; i++) {
		struct sec *s = &o->secs[i];

		if (s->drop)
			continue;
		if (s->size)
			memcpy(p + s->h.sh_offset, s->data, s->size);
		if (s->h.sh_link < o->nsecs)
			s->h.sh_link = o->secs[s->h.sh_link].index;
		if (relocations(s) || s->h.sh_flags & SHF_INFO_LINK)
			s->h.sh_info = s->h.sh_info < o->nsecs ? o->secs[s->h.sh_info].index : 0;
		s->h.sh_flags &= ~(uint64_t)SHF_GROUP;
		m2b_swap(o, ELF_T_SHDR, &s->h, sizeof(s->h));
		memcpy(p + at, &s->h, sizeof(s->h));
		at += sizeof(s->h);
	}
	return 0;
}

int m2b_write(struct object *o, void **out, size_t *out_size)
{
	uint32_t index = 0;
	int err;

	for (uint32_t i = 0; i < o->nsecs; i++)
		if (!o->secs[i].drop)
			o->secs[i].index = index++;
	err = name_relocations(o);
	err = err ?: write_symbols(o);
	return err ?: write_object(o, out, out_size);
}
