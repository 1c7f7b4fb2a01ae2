// SPDX-License-Identifier: GPL-2.0
/*
 * test_elf_load.c - does legacy/lib/elf_load.c load the project's objects, and
 * refuse broken ones with a line that says what is wrong?
 *
 *	test_elf_load [DIR]	where the objects are; default: the directory of this program
 *
 * The broken objects are made from a good one: truncated to every length, with each byte
 * changed, and with each of the errors that the loader knows.
 */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/bpf.h>
#include <sys/resource.h>

#include "ktap.h"
#include "elf_load.h"

#define OBJECT	"execmon_kern.o"
#define CODE	"tracepoint/sched/sched_process_exec"

static char *good;		/* the object */
static size_t size;
static char *bad;		/* a copy of it, to be broken */

static char *read_file(const char *dir, const char *name, size_t *len)
{
	char path[4096], *p = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	fseek(f, 0, SEEK_END);
	*len = ftell(f);
	rewind(f);
	p = malloc(*len);
	if (!p || fread(p, 1, *len, f) != *len)
		abort();
	fclose(f);
	return p;
}

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* ---- finding things in the copy ------------------------------------------------ */

static Elf64_Shdr *section(const char *name)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)bad;
	Elf64_Shdr *s = (Elf64_Shdr *)(bad + e->e_shoff);
	const char *names = bad + s[e->e_shstrndx].sh_offset;

	for (int i = 0; i < e->e_shnum; i++)
		if (!strcmp(names + s[i].sh_name, name))
			return &s[i];
	abort();
}

static char *contents(const char *name)
{
	return bad + section(name)->sh_offset;
}

static char *section_name(const char *name)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)bad;
	Elf64_Shdr *s = (Elf64_Shdr *)(bad + e->e_shoff);

	return bad + s[e->e_shstrndx].sh_offset + section(name)->sh_name;
}

static Elf64_Sym *symbol(const char *name)
{
	Elf64_Sym *sym = (Elf64_Sym *)contents(".symtab");

	for (;; sym++)
		if (!strcmp(contents(".strtab") + sym->st_name, name))
			return sym;
}

static Elf64_Rel *relocation(int i)
{
	return (Elf64_Rel *)contents(".rel" CODE) + i;
}

static struct bpf_insn *insn(int i)
{
	return (struct bpf_insn *)contents(CODE) + i;
}

/* The instruction to which the first relocation belongs. */
static struct bpf_insn *hole(void)
{
	return insn(relocation(0)->r_offset / sizeof(struct bpf_insn));
}

/* ---- each of these functions damages one thing ------------------------------------- */

static void not_elf(void) { bad[1] = 'F'; }
static void class32(void) { bad[EI_CLASS] = ELFCLASS32; }
static void other_order(void) { bad[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB; }
static void not_bpf(void) { ((Elf64_Ehdr *)bad)->e_machine = EM_X86_64; }
static void executable(void) { ((Elf64_Ehdr *)bad)->e_type = ET_EXEC; }
static void no_names(void) { ((Elf64_Ehdr *)bad)->e_shstrndx = 4711; }
static void name_outside(void) { section("maps")->sh_name = 1 << 30; }
static void beyond_file(void) { section("maps")->sh_size = 1 << 30; }
static void huge(void) { section(CODE)->sh_size = ~0ULL; }
static void no_symbols(void) { section(".symtab")->sh_type = SHT_PROGBITS; }
static void two_tables(void) { section("maps")->sh_type = SHT_SYMTAB; }
static void two_maps(void) { section("license")->sh_name = section("maps")->sh_name; }
static void no_license(void) { strcpy(section_name("license"), "licence"); }
static void endless_license(void) { memcpy(contents("license"), "GPLv", 4); }
static void no_code(void) { section(CODE)->sh_flags &= ~SHF_EXECINSTR; }
static void unknown_type(void) { *section_name(CODE) = 'T'; }
static void in_text(void) { strcpy(section_name(CODE), ".text"); }
static void half_insn(void) { section(CODE)->sh_size -= 4; }
static void ready_fd(void) { hole()->src_reg = BPF_PSEUDO_MAP_FD; }
static void no_function(void) { symbol("execmon")->st_shndx = SHN_UNDEF; }
static void later_function(void) { symbol("execmon")->st_value = 8; }
static void larger_def(void) { symbol("counts")->st_size = 28; }
static void def_outside(void) { symbol("config")->st_value = 104; }
static void def_far_outside(void) { symbol("config")->st_value = ~0ULL - 8; }
static void defs_overlap(void) { symbol("config")->st_value -= 4; }
static void same_name(void) { symbol("config")->st_name = symbol("counts")->st_name; }
static void nameless_map(void) { symbol("config")->st_name = 0; }
static void odd_place(void) { relocation(0)->r_offset += 4; }
static void far_place(void) { relocation(0)->r_offset = 1ULL << 40; }
static void wrong_insn(void) { relocation(0)->r_offset = 0; }
static void half_pair(void) { hole()[1].code = BPF_ALU; }
static void no_such_symbol(void) { relocation(0)->r_info = 4711ULL << 32 | 1; }
static void call_reloc(void) { relocation(0)->r_info += 9; }
static void not_a_map(void) { symbol("stats")->st_shndx = SHN_ABS; }
static void undefined(void) { symbol("stats")->st_shndx = SHN_UNDEF; }
static void no_map_there(void) { hole()->imm = 3; }
static void rela(void) { section(".rel" CODE)->sh_type = SHT_RELA; }
static void odd_relocations(void) { section(".rel" CODE)->sh_size -= 3; }
static void control_chars(void) { memcpy(section_name(CODE), "\n\033[31m\r\377", 8); }

static const struct {
	void (*damage)(void);
	const char *name;
	const char *words;		/* the warning has to have these words */
} damages[] = {
	{ not_elf, "no ELF file", "not an ELF file" },
	{ class32, "32 bits", "" },
	{ other_order, "the other byte order", "" },
	{ not_bpf, "another machine", "not a BPF object" },
	{ executable, "an executable", "not a BPF object" },
	{ no_names, "no section names", "name is outside" },
	{ name_outside, "a section's name outside the file", "name is outside" },
	{ beyond_file, "a section beyond the file", "beyond the file" },
	{ huge, "a section of 2^64 bytes", "beyond the file" },
	{ no_symbols, "no symbol table", "no symbol table" },
	{ two_tables, "two symbol tables", "two symbol tables" },
	{ two_maps, "two sections of maps", "two sections \"maps\"" },
	{ no_license, "no license", "no section \"license\"" },
	{ endless_license, "a license without its end", "does not end" },
	{ no_code, "no program", "no program" },
	{ unknown_type, "an unknown program type",
	  "\"Tracepoint/sched/sched_process_exec\": no program type" },
	{ in_text, "functions that are not inlined", "inlined" },
	{ half_insn, "half an instruction", "not a whole number" },
	{ ready_fd, "a descriptor in the code", "has a map descriptor" },
	{ no_function, "a program without a name", "no symbol names" },
	{ later_function, "a function in the middle", "more than one function" },
	{ larger_def, "a definition of 28 bytes", "28 bytes" },
	{ def_outside, "a definition across the end", "\"config\": its definition is outside" },
	{ def_far_outside, "a definition far away", "\"config\": its definition is outside" },
	{ defs_overlap, "definitions that overlap", "overlaps" },
	{ same_name, "two maps of one name", "defined twice" },
	{ nameless_map, "a map without a name", "without a name" },
	{ odd_place, "a relocation in an instruction's middle", "where no instruction begins" },
	{ far_place, "a relocation far away", "where no instruction begins" },
	{ wrong_insn, "a relocation of another instruction", "does not load a map" },
	{ half_pair, "a load of 64 bits without its second half", "does not load a map" },
	{ no_such_symbol, "a relocation by no symbol", "does not exist" },
	{ call_reloc, "a relocation of another type", "is not a map" },
	{ not_a_map, "a relocation to something else", "\"stats\", which is not a map" },
	{ undefined, "a relocation to nothing", "\"stats\", which is not a map" },
	{ no_map_there, "a relocation between two maps", "where no map begins" },
	{ rela, "relocations of another kind", "cannot read its relocations" },
	{ odd_relocations, "half a relocation", "" },
	{ control_chars, "control characters in a name", "\"??[31m??" },
};

/* Opens the copy.  Returns 1 if it opens, 0 if it is refused with one warning, else -1. */
static int try_bad(size_t len, const char *words, const char **said)
{
	char *exact = malloc(len ? len : 1);	/* so that ASan knows the end */
	struct kern_object *obj;
	const char *text;

	memcpy(exact, bad, len);
	obj = kern_open_mem("broken.o", exact, len);
	free(exact);
	text = ktap_said();
	if (said)
		*said = text;
	if (obj) {
		kern_close(obj);
		return *text ? -1 : 1;
	}
	return ktap_line(text, words) && strstr(text, ": broken.o: ") ? 0 : -1;
}

static void test_good(const char *dir)
{
	static const char * const objects[] = { OBJECT, "trace_output_kern.o" };
	struct kern_object *obj;
	char path[4096];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, objects[i]);
		obj = kern_open(path);
		ktap_ok(obj && !*ktap_said(), "%s opens", objects[i]);
		kern_close(obj);
	}
	ktap_ok(!kern_open("/nonexistent.o") && ktap_line(ktap_said(), "No such file"), "a file that does not exist");
	ktap_ok(!kern_open("/dev/zero") && ktap_line(ktap_said(), "not a regular file"), "a device that never ends");
	ktap_ok(!kern_open("/dev/null") && *ktap_said(), "an empty device");
}

static void test_damages(void)
{
	const char *said;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		bool ok;

		memcpy(bad, good, size);
		damages[i].damage();
		ok = !try_bad(size, damages[i].words, &said);
		ktap_ok(ok, "%s", damages[i].name);
		if (!ok)
			printf("# said: %s\n", said);
	}
}

static void test_all(void)
{
	long opened = 0, wrong = 0;

	memcpy(bad, good, size);
	for (size_t len = 0; len < size; len++)
		wrong += try_bad(len, "", NULL) != 0;
	ktap_ok(!wrong, "an object truncated to each of %zu lengths", size);

	wrong = 0;
	for (size_t i = 0; i < size; i++) {
		static const unsigned char flips[] = { 0x01, 0x10, 0x80, 0xff };
		int ret;

		for (int j = 0; j < 4; j++) {
			bad[i] ^= flips[j];
			ret = try_bad(size, "", NULL);
			bad[i] ^= flips[j];
			opened += ret == 1;
			wrong += ret < 0;
		}
	}
	ktap_ok(!wrong, "an object with one byte changed, for each byte");
	printf("# %ld of %zu open\n", opened, 4 * size);

	opened = 0;
	wrong = 0;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
		int n = 1 + random() % 8, ret;

		memcpy(bad, good, size);
		while (n--)
			bad[random() % size] = values[random() % sizeof(values)];
		ret = try_bad(size, "", NULL);
		opened += ret == 1;
		wrong += ret < 0;
	}
	ktap_ok(!wrong, "20000 objects with up to 8 bytes changed");
	printf("# %ld of 20000 open\n", opened);
}

/* Loads objects, and checks that no descriptor stays open when the kernel refuses one. */
static void test_load(void)
{
	struct kern_object *obj = kern_open_mem(OBJECT, good, size);
	int before = open_fds(), err;
	bool ok;

	if (geteuid()) {
		for (int i = 0; i < 3; i++)
			printf("ok %d # SKIP loading needs root\n", ++ktap_results);
		kern_close(obj);
		return;
	}
	err = kern_load(obj);
	ok = !err && kern_map_fd(obj, "counts") >= 0 && kern_prog_fd(obj, "execmon") >= 0 &&
	     kern_prog_fd(obj, CODE) == kern_prog_fd(obj, "execmon") && !*ktap_said() &&
	     kern_map_fd(obj, "none") < 0 && ktap_line(ktap_said(), "no map \"none\"");
	kern_close(obj);
	ktap_ok(ok && open_fds() == before, "an object is loaded, and no descriptor stays open");

	memcpy(bad, good, size);
	memset(contents("maps") + symbol("config")->st_value, 0x7f, 4);
	obj = kern_open_mem("broken.o", bad, size);
	ok = obj && kern_load(obj) && ktap_line(ktap_said(), "map \"config\" (type 2139062143");
	kern_close(obj);
	ktap_ok(ok && open_fds() == before, "a map type that does not exist");

	memcpy(bad, good, size);
	insn(0)->code = 0xff;
	obj = kern_open_mem("broken.o", bad, size);
	ok = obj && kern_load(obj) && strstr(ktap_said(), "program \"execmon\": the kernel refuses it");
	kern_close(obj);
	ktap_ok(ok && open_fds() == before, "a program that the verifier refuses");
}

int main(int argc, char **argv)
{
	static char self[4096];
	const char *dir = argv[1];

	if (argc < 2) {
		if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
			abort();
		dir = dirname(self);
	}
	good = read_file(dir, OBJECT, &size);
	bad = malloc(size);
	if (!bad)
		abort();
	ktap_begin(5 + sizeof(damages) / sizeof(damages[0]) + 3 + 3);
	test_good(dir);
	test_damages();
	test_all();
	test_load();
	free(good);
	free(bad);
	return ktap_end();
}
