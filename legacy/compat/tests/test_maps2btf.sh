#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_maps2btf.sh - does maps2btf do right by what clang writes?
#
# The head of each source in fixtures/ says what is expected.  The source is compiled
# with -g, without -g, with -g and then stripped, and for the other byte order.  Each
# object is converted, and libbpf, bpftool and llvm-readelf read the result.
#
# What is known to be hard about such objects, by the numbers of the survey that
# maps2btf was built from, and the sources and made objects that have it:
#	1 in memory: "survey 1"		2 global symbols: static.c
#	3 no types, no sizes, 4 machine 0: "survey 3, 4"; 4 local programs: local.c
#	5 static maps: static.c, "survey 5" (also SHT_RELA)
#	6 several sections: sections.c, "survey 6"
#	7 dead space: "survey 7"; two symbols: alias.c; one string table: all made ones
#	8 arrays, pointers: array.c, pointer.c, "survey 8"
#	9 the other byte order: each of them, twice
#	10 ids stay: each with -g (.BTF.ext must still fit, or it does not load)
#	11 static, and .maps beside it: static.c, both.c
#	12 annotations: lock.c, two.c	13 no BTF: each without -g
#	14 flags, nodes, inner maps, pins: members.c, iproute2.c, calico.c, "survey 14"
#	15 program types: "survey 15", and test_compat.sh
#	what did not open: subprogram.c, constant.c, undefined.c, text.c, common.c, extern.c
#	what crashed: "no harm" and "refused" in made objects, broken objects, make fuzz
# Environment: see lib.sh, and CFLAGS_BPF.
. "$(dirname "$0")/lib.sh"
fixtures=$compat/fixtures
clang=${CLANG:-clang}
tools "${clang%% *}" "$bpftool" llvm-strip llvm-readelf "$bin"/{maps2btf,test_maps2btf}

compile() {	# TARGET SOURCE OBJECT [-g]
	bpf "$2" "$3" -target "$1" -Wall ${CFLAGS_BPF-} ${4-}
}

# says WORD FILE: the lines "WORD: ..." in the head of a source, sorted.
says() {
	sed -n "s/^ \* $1: *//p" "$2" | sort
}

same_maps() {	# SOURCE OBJECT
	says expect "$1" >"$tmp/want"
	"$bin/test_maps2btf" --describe "$2" 2>&1 | sort -u | diff "$tmp/want" -
}

refused() {	# OBJECT WHY
	rm -f "$tmp/out.o"
	! "$bin/maps2btf" "$1" "$tmp/out.o" 2>"$tmp/err" || return 1
	cat "$tmp/err"
	grep -qF -- "$2" "$tmp/err" && [ ! -e "$tmp/out.o" ] && [ "$(wc -l <"$tmp/err")" = 1 ]
}

readelf_quiet() {
	llvm-readelf -a "$1" 2>&1 >"$tmp/readelf" | tee "$tmp/err"
	grep -q 'Section Headers' "$tmp/readelf" && [ ! -s "$tmp/err" ] &&
		! grep -q '<corrupt\|<invalid\|<unknown' "$tmp/readelf"
}

skeleton() {
	"$bpftool" gen skeleton "$1" name test >"$tmp/skel.h" &&
		says expect "$2" | sed -n 's/^map \([^ ]*\).*/\1/p' >"$tmp/maps" &&
		while read -r map; do
			grep -q "struct bpf_map \*$map;" "$tmp/skel.h" || return 1
		done <"$tmp/maps"
}

linked() {	# OBJECT: what is global has to be in BTF, and relocations to be called right
	rm -f "$tmp/linked.o"
	"$bpftool" gen object "$tmp/linked.o" "$1" && "$bpftool" gen skeleton "$tmp/linked.o" name test >"$tmp/skel.h"
}

# What gets lost is said, and nothing else; the first 60 characters do.
converted() {	# SOURCE OBJECT NEW
	"$bin/maps2btf" "$2" "$3" 2>"$tmp/err" || { cat "$tmp/err"; return 1; }
	says note "$1" | cut -c 1-60 >"$tmp/want"
	sort "$tmp/err" | cut -c 1-60 | diff "$tmp/want" -
}

loads() {	# SOURCE OBJECT: and maps of maps hold what they are to hold from the start
	"$bin/test_maps2btf" --load "$2" >"$tmp/loaded" || return
	says slot "$1" >"$tmp/want"
	sed -n 's/^slot //p' "$tmp/loaded" | sort | diff "$tmp/want" -
}

variant() {	# SOURCE NAME OBJECT
	local src=$1 name=$2 in=$3 out=${3%.o}.new.o why

	[[ $name = *without* ]] && grep -q '^ \* only: with -g' "$src" && return
	why=$(says refuse "$src")
	[ -z "$why" ] && [[ $name = *without* ]] && why=$(says without-btf "$src")
	if [ -n "$why" ]; then
		ok "$name: refused" refused "$in" "$why"
		return
	fi
	ok "$name: converted" converted "$src" "$in" "$out"
	ok "$name: llvm-readelf has nothing to say" readelf_quiet "$out"
	"$bin/maps2btf" "$out" "$tmp/again.o"
	ok "$name: converted again, it does not change" cmp "$out" "$tmp/again.o"
	if grep -q '^ \* unchanged:' "$src"; then
		ok "$name: nothing to do" cmp "$in" "$out"
	elif [[ $name != *big* ]]; then
		ok "$name: as it is, libbpf refuses it" \
			sh -c '! "$1" --raw "$2"' - "$bin/test_maps2btf" "$in"
	fi
	[[ $name = *big* ]] && return
	ok "$name: libbpf sees its maps and programs" same_maps "$src" "$in"
	ok "$name: bpftool makes a skeleton" skeleton "$out" "$src"
	! grep -q '^ \* expect: map' "$src" || ok "$name: bpftool links it" linked "$out"
	if [ "$(id -u)" != 0 ]; then
		skipped "$name: loads" "not root"
	elif grep -q '^ \* loads: only' "$src" ||
	     { [[ $name = *without* ]] && grep -q '^ \* loads: with -g' "$src"; }; then
		ok "$name: does not load, as its source says" \
			sh -c '! "$1" --load "$2"' - "$bin/test_maps2btf" "$in"
	else
		ok "$name: loads" loads "$src" "$in"
	fi
}

echo "KTAP version 1"
for src in "$fixtures"/*.c; do
	stem=$tmp/$(basename "$src" .c)
	name=$(basename "$src" .c)
	compile bpfel "$src" "$stem-plain.o" || exit 1
	compile bpfel "$src" "$stem-g.o" -g || exit 1
	compile bpfeb "$src" "$stem-big.o" -g || exit 1
	compile bpfeb "$src" "$stem-bigplain.o" || exit 1
	llvm-strip -g -o "$stem-strip.o" "$stem-g.o"
	variant "$src" "$name without -g" "$stem-plain.o"
	variant "$src" "$name with -g" "$stem-g.o"
	variant "$src" "$name with -g, stripped" "$stem-strip.o"
	variant "$src" "$name, big-endian" "$stem-big.o"
	variant "$src" "$name without -g, big-endian" "$stem-bigplain.o"
done

# The checks themselves can fail.
sed 's/ 1024 / 1023 /' "$fixtures/two.c" >"$tmp/wrong.c"
ok "a wrong number is noticed" sh -c '! "$@"' - bash -c "$(declare -f says same_maps)
	tmp='$tmp' bin='$bin' same_maps '$tmp/wrong.c' '$tmp/two-g.o'"

# Old clang told how to unwind; `bpftool gen object` does not take its relocations.
compile bpfel "$fixtures/two.c" "$tmp/unwind.o" -fasynchronous-unwind-tables || exit 1
ok "an object with .eh_frame" sh -c 'llvm-readelf -S "$1" | grep "rel.eh_frame"' - "$tmp/unwind.o"
variant "$fixtures/two.c" "two with .eh_frame" "$tmp/unwind.o"

# --list: maps with every field, programs with what 0.x took them for.
says_list() {	# OPTION OBJECT LINE...: each is a line of what --list prints
	local option=$1 object=$2 line
	shift 2
	"$bin/maps2btf" "$option" "$object" >"$tmp/list" || return
	cat "$tmp/list"
	for line; do
		grep -qF -- "$line" "$tmp/list" || { echo "there is no: $line"; return 1; }
	done
}
compile bpfel "$compat/tests/then/loose_kern.c" "$tmp/loose.o" || exit 1
ok "survey 15: --list knows sections that 0.x knew" says_list --list "$tmp/loose.o" \
	'program one  section xdp1  type xdp ' 'program two  section classifier/in  type sched_cls ' \
	'program three  section 2/7  type none'
ok "--list: a definition of old" says_list --list "$tmp/two-plain.o" \
	'map counts  section maps  layout libbpf  type hash key_size 16 value_size 8 max_entries 1024 map_flags 1'
ok "--list: what it was turned into" says_list --list "$tmp/two-plain.new.o" \
	'map counts  section .maps  layout BTF  type hash key_size 16 value_size 8 max_entries 1024 map_flags 1'
ok "--list: by the members' names" says_list --list "$tmp/members-g.o" 'inner_map_idx 0' 'pinning 0'
ok "--list: a layout that nobody names" says_list --list "$tmp/members-plain.o" \
	'layout ?' 'byte_24 1' 'can have layout samples, tc, cilium'
ok "--list: a subprogram is none" says_list --list "$tmp/subprogram-g.o" 'subprogram other  section .text'
ok "--json" says_list --json "$tmp/loose.o" '"maps": [' '"name": "m", "section": "maps"' \
	'"max_entries": 11' '"type": "sched_cls"' '"type": null'
if command -v python3 >/dev/null; then
	ok "--json is JSON" sh -c 'for o in "$2"/*-g.o; do "$1" --json "$o" >"$2/json" &&
		python3 -m json.tool "$2/json" >/dev/null || exit 1; done' - "$bin/maps2btf" "$tmp"
else
	skipped "--json is JSON" "no python3"
fi
ok "--list of no object" sh -c '! "$1" --list "$2" 2>"$3/err" && grep -q "not an ELF" "$3/err"' \
	- "$bin/maps2btf" "$fixtures/two.c" "$tmp"

# Names of their own are libbpf's by their places, unless known ones stand elsewhere.
cat >"$tmp/moved.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	struct moved { __u32 kind, value_size, key_size, max_entries, map_flags; };
	struct moved SEC("maps") m = { 1, 8, 4, 11, 0 };
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
		return !!bpf_map_lookup_elem(&m, &key);
	}
END
compile bpfel "$tmp/moved.c" "$tmp/moved.o" -g || exit 1
ok "own names, and known ones elsewhere" refused "$tmp/moved.o" "have unknown names"

# A number of 64 bits is one, too, if its member's name is known and libbpf can have it.
cat >"$tmp/wide.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	struct wide { __u32 type, key_size, value_size, max_entries; __u64 map_flags, inner_map_idx; };
	struct wide SEC("maps") m = { 1, 4, 8, 11, FLAGS, 0 };
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
		return !!bpf_map_lookup_elem(&m, &key);
	}
END
for order in bpfel bpfeb; do
	CFLAGS_BPF=-DFLAGS=1 compile $order "$tmp/wide.c" "$tmp/wide.o" -g &&
		CFLAGS_BPF=-DFLAGS=0x100000001 compile $order "$tmp/wide.c" "$tmp/wider.o" -g || exit 1
	ok "a member of 64 bits, $order" says_list --list "$tmp/wide.o" 'max_entries 11 map_flags 1'
	ok "... that is more than 32 bits" refused "$tmp/wider.o" "unknown field map_flags is set"
done

# Names of 0.8 that begin like one of 0.3.
cat >"$tmp/xdp.c" <<-'END'
	__attribute__((section("xdp/devmap"), used)) int one(void *ctx) { return 2; }
	__attribute__((section("xdp/devmap2"), used)) int two(void *ctx) { return 2; }
END
compile bpfel "$tmp/xdp.c" "$tmp/xdp.o" || exit 1
ok "SEC(\"xdp/devmap\") is for a map of devices, and no other of xdp" says_list --json "$tmp/xdp.o" \
	"\"section\": \"xdp/devmap\", \"offset\": 0, \"instructions\": 2, \"subprogram\": false, \"type\": \"xdp\", \"expected_attach_type\": 33" \
	"\"section\": \"xdp/devmap2\", \"offset\": 0, \"instructions\": 2, \"subprogram\": false, \"type\": \"xdp\", \"expected_attach_type\": 37"

# One variable is one map.
cat >"$tmp/pair.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	struct pair { struct bpf_map_def one, two; } m SEC("maps") = { { 1, 4, 8, 11, 0 }, { 2, 4, 8, 5, 0 } };
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
		return !!bpf_map_lookup_elem(&m.two, &key);
	}
END
compile bpfel "$tmp/pair.c" "$tmp/pair.o" -g || exit 1
ok "two definitions in one variable" refused "$tmp/pair.o" "more than one definition"

# Bit fields are no numbers of a map, and no harm if nothing is set.
cat >"$tmp/bits.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	struct bits { struct bpf_map_def def; __u32 few:8, more:24; } m SEC("maps") = { { 1, 4, 8, 11, 0 }, 0, MORE };
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
		return !!bpf_map_lookup_elem(&m, &key);
	}
END
CFLAGS_BPF=-DMORE=0 compile bpfel "$tmp/bits.c" "$tmp/bits.o" -g &&
	CFLAGS_BPF=-DMORE=1 compile bpfel "$tmp/bits.c" "$tmp/bits-set.o" -g || exit 1
ok "bit fields" "$bin/maps2btf" "$tmp/bits.o" "$tmp/bits.new.o"
ok "... that are set" refused "$tmp/bits-set.o" "unknown field more is set"

# What does not open is said, or refused, whatever the reason.
cat >"$tmp/unopened.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	#ifndef NO_LEGACY
	struct bpf_map_def SEC("maps") m = { 1, 4, 8, 11, 0 };
	#endif
	#ifdef EXTERN
	extern struct bpf_map_def SECTION other;
	#else
	struct {
		__uint(type, 1); __uint(key_size, 4); __uint(value_size, 8); __uint(max_entries, 3);
		__uint(of_another_loader, 1);
	} other SEC(".maps");
	#endif
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
	#ifndef NO_LEGACY
		if (bpf_map_lookup_elem(&m, &key))
			return 1;
	#endif
		return !!bpf_map_lookup_elem(&other, &key);
	}
	char _license[] SEC("license") = "GPL";
END
said() {	# OBJECT WORDS
	"$bin/maps2btf" "$1" "$tmp/said.o" 2>"$tmp/err" || return 1
	cat "$tmp/err"
	[ -e "$tmp/said.o" ] && grep -q "does not open it: .*$2" "$tmp/err" && [ "$(wc -l <"$tmp/err")" = 1 ]
}
unopened() {	# OBJECT FLAGS...
	CFLAGS_BPF="${*:2}" compile bpfel "$tmp/unopened.c" "$1" -g
}
unopened "$tmp/field.o" && unopened "$tmp/field-alone.o" -DNO_LEGACY &&
	unopened "$tmp/extern-map.o" -DEXTERN '-DSECTION=SEC("maps")' &&
	unopened "$tmp/extern-dot.o" -DEXTERN '-DSECTION=SEC(".maps")' &&
	unopened "$tmp/extern-none.o" -DEXTERN -DSECTION= || exit 1
ok "a field of .maps that libbpf does not know is said" said "$tmp/field.o" of_another_loader
ok "... in an object without SEC(\"maps\"), too" said "$tmp/field-alone.o" of_another_loader
ok "a map that is defined nowhere is refused" refused "$tmp/extern-map.o" "declared as extern but not defined"
ok "... in .maps, too" refused "$tmp/extern-dot.o" "no symbol for map other"
ok "... and in no section it is said" said "$tmp/extern-none.o" other

# An object without SEC("maps") is copied as it is, constants and all.
CFLAGS_BPF=-DDOT_MAPS compile bpfel "$fixtures/strings.c" "$tmp/constants.o" -g || exit 1
ok "constants in an object without SEC(\"maps\")" "$bin/maps2btf" "$tmp/constants.o" "$tmp/constants.new.o"
ok "... stay" cmp "$tmp/constants.o" "$tmp/constants.new.o"

# Nothing is half there, and nothing is touched without need.
ok "-h" sh -c '"$1" -h | grep -q "usage: maps2btf"' - "$bin/maps2btf"
ok "no file" refused "$tmp/no such file" "No such file"
ok "no object" refused "$fixtures/two.c" "not an ELF file"
ok "another machine's object" refused "$bin/maps2btf" "not a BPF object"
: >"$tmp/empty"
ok "an empty file" refused "$tmp/empty" "not an ELF file"
ok "a directory" refused "$compat" "s a directory"
echo old >"$tmp/keep.o"
"$bin/maps2btf" "$tmp/empty" "$tmp/keep.o" 2>/dev/null
ok "a refusal leaves the old file" grep -qx old "$tmp/keep.o"
# One layout for those that it can be of.
cat >"$tmp/mixed.c" <<-'END'
	#include "linux/bpf.h"
	#include "bpf/bpf_helpers.h"
	struct tc { __u32 type, size_key, size_value, max_elem, flags, id, pinning; };
	struct bpf_map_def SEC("maps") plain = { 1, 4, 8, 11, 0 };
	struct tc SEC("maps") longer = { 2, 4, 8, 5, 0, 7, 1 };
	SEC("socket") int prog(void *skb)
	{
		__u32 key = 1;
		return bpf_map_lookup_elem(&plain, &key) || bpf_map_lookup_elem(&longer, &key);
	}
END
compile bpfel "$tmp/mixed.c" "$tmp/mixed.o" || exit 1
ok "definitions of two sizes" refused "$tmp/mixed.o" "a definition of 28 bytes can have layout"
ok "... --layout is for those that it can be of" \
	"$bin/maps2btf" -l tc "$tmp/mixed.o" "$tmp/mixed.new.o"
ok "... and the others are what they are" says_list --list "$tmp/mixed.new.o" \
	'map plain  section .maps' 'map longer  section .maps'

# What is no file is written to, not replaced.
mkfifo "$tmp/fifo"
timeout 300 cat "$tmp/fifo" >"$tmp/piped.o" &
reader=$!
ok "into a pipe" "$bin/maps2btf" "$tmp/two-g.o" "$tmp/fifo"
[ -p "$tmp/fifo" ] || kill $reader
wait $reader
ok "... arrives, and the pipe is still there" sh -c '[ -p "$1/fifo" ] && cmp "$1/piped.o" "$1/two-g.new.o"' - "$tmp"
echo old >"$tmp/target.o"
ln -s target.o "$tmp/link.o"
"$bin/maps2btf" "$tmp/two-g.o" "$tmp/link.o"
ok "through a link" sh -c '[ -L "$1/link.o" ] && cmp "$1/target.o" "$1/two-g.new.o"' - "$tmp"
ok "from a device" refused /dev/null "not a regular file"

"$bin/maps2btf" "$tmp/two-g.o" "$tmp/two-g.o"
ok "in place" cmp "$tmp/two-g.o" "$tmp/two-g.new.o"
ok "nothing is left beside it" sh -c '! ls "$1"/*.o.?????? 2>/dev/null' - "$tmp"

subtest "made objects" "$bin/test_maps2btf"
for o in two-strip static-g both-g sections-big; do
	subtest "broken objects: $o" "$bin/test_maps2btf" --break "$tmp/$o.o"
done
echo "1..$tests"
exit $failed
