#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh - writes README.md on stdout, from symbols.tsv.
#
# The table is kept where a test can read it; people read the page.  What is
# said of a function stands in one of them only, and test_compat_table.sh
# notices a page that is older than the table.
cd "$(dirname "$0")" || exit 1

cat <<'END'
# libbpf 0.x on libbpf 1.x

<!-- made by readme.sh from symbols.tsv: change those -->

libbpf 1.0 removed SEC("maps") and 103 functions. This directory brings them back, for two
uses: to run a program of 2018 as it is, or to look up how it is changed. It has

- `include/` and `shims/`: the headers and functions of libbpf 0.x, each in terms of what
  replaced it; together they are `libcompat.a`. The comments say where the meaning differs;
- `maps2btf/`: a program that turns the SEC("maps") of an object into SEC(".maps");
- `fixtures/`, `fuzz/`, `tests/`: what the two are tested with.

It is a project of its own, which needs nothing of the directories around it:

    make                        libcompat.a and bin/maps2btf, into .output
    make check                  all tests; as root those that load programs, too
    make fuzz TIME=60           libFuzzer looks for bytes that maps2btf does not survive
    make check-legacy           against the 5.10 kernel's own programs, see below
    make help                   the rest, and the variables

Needed are a C compiler, clang, libbpf 1.0 or newer (`LIBBPF_DIR=` names one that is not
installed), libelf, zlib, and for the tests bpftool and LLVM's tools.

## An old program, unmodified

Two flags, `-I` for the headers and `-l` for the library, before those of libbpf:

```sh example
cc -Iinclude tests/then/old_user.c -L.output -lcompat -lbpf -lelf -lz -o old_user
```

The headers include the real ones of the libbpf that is installed and add to them. BPF
programs that use `struct bpf_map_def`, which libbpf 1.1 took out of `bpf_helpers.h`, get
it by the same `-I`. An object that tc, bpftool or a program without libcompat.a is to load
is converted once:

    .output/bin/maps2btf old.o new.o
    .output/bin/maps2btf --list old.o

The first says on stderr what cannot be kept, and whether libbpf opens the result; it writes
no `new.o` if something cannot be converted, and says why. The second shows the maps with
all fields, and the programs with the types that libbpf 0.x gave to their sections.

A program may bring an older `<linux/bpf.h>` of its own, include `"bpf.h"` with
`-Iinclude/bpf`, and be C of 1989 (`-std=c89`, but for `btf.h`, as then). In C++
the header of its own has to name all enums that those of the installed libbpf name.

What a program then has, besides the functions below:

- objects with SEC("maps"): they are converted in memory when they are opened.
  `maps2btf IN.o OUT.o` does it to a file, and says what cannot be kept. Of what iproute2
  did by ids, maps are in their map of maps when it is loaded; programs of sections
  ID/SLOT are left to the loader. A definition that says more than libbpf knew, 0.x
  refused: here it opens, and iproute2's pins are pins, in `/sys/fs/bpf` if
  `pin_root_path` does not say where. With `relaxed_maps`, which is how
  `bpf_object__open_buffer()` opens, the five numbers of libbpf's own are taken and the
  rest is ignored, as it was;
- the maps of then: constant strings have a section of their own (`.rodata.str1.1`), which is
  one more map since 0.6. It is left out, as are `.data.X` and `.rodata.X`, unless code
  refers to them, which 0.x refused;
- sections by how they begin: "xdp1", "socket/filter", "classifier_ingress", also when
  `libbpf_prog_type_by_name()` is asked;
- errors as they were: pointers that hold them, and -1 with errno from bpf(2).
  `libbpf_set_strict_mode()` asks for the new ways one by one, as in 0.6 to 0.8;
- names that were reused, with what they took then: `bpf_prog_load(file, type,
  &obj, &fd)`, `perf_buffer__new()` and `perf_buffer__new_raw()` of three arguments,
  `btf__dedup()` of three, `btf_dump__new()` with the callback last. Both forms work,
  told apart by their arguments;
- the options that are gone: `attach_prog_fd` sets the target of every program that
  has one, `relaxed_core_relocs` has no effect (it had none);
- pinned programs called like their section, not like their function;
- a program that stands in `.text` by its title, ".text", though libbpf has it as "text";
- variables (`.data`, `.rodata`, `.bss`) that can be mapped, with BTF and without.

RLIMIT_MEMLOCK needs nothing: libbpf 1.x raises it where the kernel still counts.

## Limits

Code that is compiled without these headers gets libbpf 1.x, so
shared libraries and binaries of then must be built anew. The names that were
reused are macros in C, so a member that is called like one of them cannot be called.
`bpf_map__next()` gives maps in the order of their definitions, as before 0.0.6, where 0.3
took that of the symbol table. `libbpf_get_error(NULL)` is -errno, as since 0.6, and was 0.
An object without BTF has the one that was made for its maps. A map of type 0 is
refused when the object is opened, and was when it was loaded.

## How maps2btf works

An object is taken apart into sections, symbols and BTF, all of it checked against the
file's size, as an object may hold anything. The new one is written from these parts, in
memory. Each step is a file in `maps2btf/`, and uses only those before it:

| file | what it does |
|---|---|
| `object.c` | reads sections and symbols; libelf changes their byte order |
| `programs.c` | functions get a type, a size and a global name; subprograms move to `.text` |
| `maps.c` | finds the maps: symbols in sections of definitions, and in `.maps` |
| `definitions.c` | reads what a definition says, by the names of its members in BTF, by a layout that the caller names, or by its size and by what numbers make sense; what could be read in two ways is refused |
| `types.c` | adds a type and a variable for each map to the BTF (`btf_edit.c`) |
| `btf_ext.c` | moves the records of `.BTF.ext` with the code |
| `relocations.c` | makes code refer to a map by the map's own symbol |
| `output.c` | writes the new object |
| `maps2btf.c` | calls these one after the other; `main.c` is the program |

libelf and libbpf were tried for more. libelf's reader survives changed objects, but leaves
the checks to its caller (sections that overlap, string tables without an end, links to
nothing), and its writer takes a file descriptor. libbpf's `btf__new()` and `btf__add_*()`
append to BTF, but cannot change a type that is there, which has to keep its id as
`.BTF.ext` refers to it; and libbpf 1.1 keeps a header of 32 bytes as it was, which kernels
before 7.1 refuse if the new fields are set.

## Tests

Whether a program gets the same as then is tested on a libbpf 0.3, where there is one
(`LIBBPF0_DIR=`): `tests/then/old_api.c` calls every function below, and passes on that and on
this (`test_compat.sh`); programs in the manner of the XDP tutorials of 2020 print the same
(`test_xdp.sh`). In the suite around this directory each family's `libbpf` variant is built a
second time against libbpf 0.3, and both must report the same records.

| test | what it tries |
|---|---|
| `test_maps2btf.sh` | each source in `fixtures/` says in its head what is to come of it; with and without BTF, in both byte orders; and objects made byte by byte, changed at random |
| `test_maps2btf_header.sh` | BTF with a longer header, as of Linux 7.1 |
| `test_modules.sh` | no module of maps2btf calls or includes a later one |
| `test_compat.sh` | programs of then, in C of 1989 to C++ |
| `test_compat_table.sh` | the table below, and the example above |
| `test_tc.sh`, `test_xdp.sh` | tc and XDP in network namespaces, as root |
| `check-legacy.sh` | not in `make check`: objects and programs of the 5.10 kernel |

`tests/lib.sh` says which variables they take. `check-legacy.sh`, and `test_xdp.sh` without an
installed libxdp, use two programs of the suite if they are there, or others that `VM=`
and `FETCH=` name: one runs a command in a guest, one unpacks packages of other distributions.

## What to look for

END

# The functions of a row that differ in the name only are one row.
awk -F '\t' '
function code(s) { return s == "-" ? "-" : "`" s "`" }
function flush() {
	if (names == "")
		return
	if (how == "none")
		now = since = "-"
	printf "| %s | %s | %s | %s | %s |\n", names, deprecated, now, since, note
	names = ""
}
BEGIN {
	print "Deprecated and since: versions of libbpf. All of it was removed in 1.0.\n"
	print "| gone | deprecated | now | since | what differs |"
	print "|---|---|---|---|---|"
}
/^#/ { next }
{
	key = $3 FS $5 FS $7 FS $9
	name = $1
	sub(/_deprecated$/, "", name)
	if (key == last)
		names = names "<br>" code(name)
	else {
		flush()
		names = code(name)
	}
	last = key
	deprecated = $3; now = code($5); since = $6; how = $7; note = $9 == "-" ? "" : $9
}
END { flush() }' symbols.tsv

cat <<'END'

Where a function is `NAME` of so many arguments, the table in symbols.tsv has it as
`NAME_deprecated`, as the headers of 0.6 to 0.8 called it.
END
