#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh - writes README.md on stdout, from symbols.tsv.
#
# The text about a function is only in symbols.tsv, where tests can read it, too.
# test_compat_table.sh fails if README.md is not what this script writes.
cd "$(dirname "$0")" || exit 1

cat <<'END'
# libbpf 0.x on libbpf 1.x

<!-- readme.sh makes this file from symbols.tsv: change those two, then run readme.sh -->

libbpf 1.0 removed SEC("maps") and 102 functions. This directory brings them back, for two
uses: to run a program of 2018 unmodified, or to look up how such a program is ported. It has

- `include/` and `shims/`: the headers and functions of libbpf 0.x. Each function is written
  with the functions that replaced it, and comments say where the meaning differs. The
  functions are in the library `libcompat.a`;
- `maps2btf/`: a program that turns the SEC("maps") of an object into SEC(".maps");
- `fixtures/`, `fuzz/`, `tests/`: the tests of these two, and their input.

It is a project of its own: it builds without the directories around it.

    make                        build libcompat.a and bin/maps2btf, into .output
    make check                  run all tests; those that load programs need root
    make fuzz TIME=60           search input that crashes maps2btf, with libFuzzer
    make check-legacy           test with the programs of the 5.10 kernel, see below
    make help                   list all targets and variables

To build it, you need a C compiler, clang, libbpf 1.0 or newer (`LIBBPF_DIR=` names one that
is not installed), libelf and zlib. The tests also need bpftool and LLVM's tools.

## An old program, unmodified

Pass two more flags to the compiler, `-I` for the headers and `-l` for the library, both
before the flags of libbpf:

```sh example
cc -Iinclude tests/then/old_user.c -L.output -lcompat -lbpf -lelf -lz -o old_user
```

These headers include the headers of the installed libbpf and add to them. libbpf 1.1
removed `struct bpf_map_def` from `bpf_helpers.h`; BPF programs get it by the same `-I`. If
tc, bpftool or a program without libcompat.a is to load an object, convert it once:

    .output/bin/maps2btf old.o new.o
    .output/bin/maps2btf --list old.o

`maps2btf old.o new.o` prints on stderr what is lost, and the error of libbpf if it does not
open the result. If something cannot be converted, it prints why and writes no `new.o`.
`--list` prints the maps with all fields, and the programs with the types that libbpf 0.x
gave to their sections.

A program may bring its own, older `<linux/bpf.h>`. It may include `"bpf.h"` with
`-Iinclude/bpf`. It may be C of 1989 (`-std=c89`), unless it includes `btf.h`, which was not
C of 1989 in libbpf 0.x either. In C++ the program's own `<linux/bpf.h>` must define every
enum that the headers of the installed libbpf use.

Besides the functions below, such a program has:

- objects with SEC("maps"): they are converted in memory when they are opened, and
  libbpf's print function gets a warning for each property that is lost. iproute2 put maps
  into a map of maps by id: this happens when the object is loaded. Programs in sections
  ID/SLOT are not inserted; the loader must do it. libbpf 0.x refused a definition that
  sets fields which libbpf did not know. Here such an object opens, and maps with
  iproute2's pinning 2 are pinned, in `/sys/fs/bpf` or where `pin_root_path` says. With
  `relaxed_maps`, which `bpf_object__open_buffer()` sets, only the five fields of libbpf's
  own definition are used, and the rest is ignored, as in libbpf 0.x;
- the same maps as in libbpf 0.x: constant strings are in a section of their own
  (`.rodata.str1.1`), which libbpf makes a map of since 0.6. This section is left out, and in
  an object with SEC("maps") so are `.data.X` and `.rodata.X`, unless code refers to them.
  libbpf 0.x refused such code;
- program types by the beginning of the section's name: "xdp1", "socket/filter" and
  "classifier_ingress" have a type, also for `libbpf_prog_type_by_name()`;
- errors as in libbpf 0.x: pointers hold the error, and calls of bpf(2) return -1 and set
  errno. With `libbpf_set_strict_mode()` a program can select the ways of libbpf 1.0 one by
  one, as in 0.6 to 0.8;
- the old form of names that were reused: `bpf_prog_load(file, type, &obj, &fd)`,
  `perf_buffer__new()`, `perf_buffer__new_raw()` and `btf__dedup()` with three arguments,
  `btf_dump__new()` with the callback last. The new forms work, too: the arguments show
  which form is meant;
- the options that were removed: `attach_prog_fd` sets the target of every program that
  has one; `relaxed_core_relocs` has no effect, as since libbpf 0.1;
- the old names of pinned programs: the section's name, not the function's;
- the title ".text" of a program in `.text`, though maps2btf puts it into a section "text";
- variables (`.data`, `.rodata`, `.bss`) that can be mapped into memory, with BTF and without.

A program need not raise RLIMIT_MEMLOCK: libbpf 1.x does it if the kernel needs it.

## Limits

Code that is compiled without these headers gets libbpf 1.x, so shared libraries and
binaries that were built for libbpf 0.x must be compiled again. In C, names that were
reused are macros, so a struct member with one of these names cannot be called.
`bpf_map__next()` returns maps in the order of their definitions, as libbpf did before 0.0.6;
libbpf 0.3 used the order of the symbol table. `libbpf_get_error(NULL)` returns -errno, as
since libbpf 0.6; before, it returned 0. An object that was compiled without BTF gets BTF,
which describes its maps. A map of type 0 is refused at open; 0.x refused it at load.

## How maps2btf works

maps2btf takes an object apart into sections, symbols and BTF. As an object may hold anything,
all offsets and sizes are checked against the file's size. The new object is written from
these parts, in memory. Each step is a file in `maps2btf/`, which uses only earlier ones:

| file | what it does |
|---|---|
| `sections.c` | finds the type of a program by the name of its section |
| `object.c` | reads sections and symbols; libelf changes their byte order |
| `programs.c` | gives functions a type, a size and a global name; moves subprograms to `.text` |
| `maps.c` | finds the maps: symbols in sections of definitions, and in `.maps` |
| `definitions.c` | reads the fields of a definition, in the layout that the caller names, or by the member names in BTF, or by the size and by which values are plausible; a definition that could be read in two ways is refused |
| `types.c` | adds a type and a variable for each map to the BTF (`btf_edit.c`) |
| `btf_ext.c` | moves the records of `.BTF.ext` with the code |
| `relocations.c` | makes code refer to a map by the map's own symbol |
| `output.c` | writes the new object |
| `maps2btf.c` | calls these one after the other; `main.c` is the program |

maps2btf has its own reader and writer, as those of libelf and libbpf are not enough.
libelf's reader survives broken objects, but its caller must check them (sections that
overlap, string tables without an end, links to nothing), and its writer needs a file
descriptor. libbpf's `btf__new()` and `btf__add_*()` append to BTF, but cannot change an
existing type in place; its id must not change, as `.BTF.ext` refers to it. And libbpf 1.1
keeps a header of 32 bytes as it was, which kernels before 7.1 refuse if the new fields are set.

## Tests

The tests compare with a real libbpf 0.3, where there is one (`LIBBPF0_DIR=` names it):
`tests/then/old_api.c` calls every function below except those of `xsk.h`, and passes both with
libbpf 0.3 and with this library (`test_compat.sh`). Programs in the style of the XDP
tutorials of 2020 print the same with both (`test_xdp.sh`); one of them uses `xsk.h`. In
the suite around this directory each family's `libbpf` variant is built a second time against
libbpf 0.3, and both must report the same records.

| test | what it tests |
|---|---|
| `test_maps2btf.sh` | converts each source in `fixtures/`, whose head says what is expected: with and without BTF, in both byte orders; and objects made byte by byte, and changed at random |
| `test_maps2btf_header.sh` | BTF with a longer header, as in Linux 7.1 |
| `test_modules.sh` | no module of maps2btf calls or includes a later one |
| `test_compat.sh` | programs for libbpf 0.x, in C of 1989, GNU C and C++ |
| `test_compat_table.sh` | the table below, and the example above |
| `test_tc.sh`, `test_xdp.sh` | tc and XDP in network namespaces, as root |
| `check-legacy.sh` | not in `make check`: objects and programs of the 5.10 kernel |

`tests/lib.sh` lists the variables that the tests read. `check-legacy.sh`, and `test_xdp.sh` if
libxdp is not installed, need two programs: `VM=` names one that runs a command in a virtual
machine, `FETCH=` one that unpacks packages of other distributions. The suite around this
directory has both, and the tests find them there.

## What to look for

END

# Functions whose texts are the same share a row.
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
	print "The columns \"deprecated\" and \"since\" are versions of libbpf. All of these were removed"
	print "in 1.0. \"Now\" is the function to use instead; \"here\" is libcompat.a.\n"
	print "| removed | deprecated | now | since | what differs |"
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

Where the text says "with N arguments", the function had this form until its name was reused.
symbols.tsv lists it as `NAME_deprecated`, as the headers of 0.6 to 0.8 called it.
END
