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

libbpf 1.0 took away SEC("maps") and 103 functions. Here they are again, each in
terms of what replaced it: to run an old program as it is, or to look up how
one is changed. The comments in the sources say where the meaning differs.

## An old program, unmodified

Two flags, `-I` for the headers and `-l` for the library, before those of libbpf:

```sh example
cc -Iinclude tests/then/old_user.c -L.output -lcompat -lbpf -lelf -lz -o old_user
```

The headers include the real ones of the libbpf that is installed (1.0 or newer)
and add to them; the library is what `make` builds here. BPF programs that use
`struct bpf_map_def`, which libbpf 1.1 took out of `bpf_helpers.h`, get it by the
same `-I`.

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

What it cannot do: code that is compiled without these headers gets libbpf 1.x, so
shared libraries and binaries of then must be built anew; the names that were
reused are macros in C, so a member that is called like one of them cannot be called;
`bpf_map__next()` gives maps in the order of their definitions, as before 0.0.6, where 0.3
took that of the symbol table; `libbpf_get_error(NULL)` is -errno, as since 0.6, and was 0;
and an object without BTF has the one that was made for its maps.

Whether it is the same as then is tested: `tests/then/old_api.c` calls every
function below, and passes on a real libbpf 0.3 and on this (`test_compat.sh`); and
each family's `libbpf` variant is built a second time against libbpf 0.3
(`make libbpf0`), and both must report the same records.

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
