#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_maps2btf.sh - does maps2btf convert the objects that clang writes?
#
# The head of each source in fixtures/ says what is expected.  The source is compiled
# with -g, without -g, with -g and then stripped, and for the other byte order.  Each
# object is converted, and libbpf, bpftool and llvm-readelf read the result.
#
# libbpf up to 1.4 does not open an object whose byte order is not its machine's.  So for
# the other byte order, libbpf and bpftool of a machine that has it run under qemu-user, if
# there are a cross compiler and a sysroot.  maps2btf is built for that machine, too,
# and has to write the same bytes there as here, whatever the byte order of the object.
#
# These cases are known to be difficult.  Names of tests and heads of sources refer to
# them by number; objects that no clang writes are made by test_maps2btf.c.
#	1 an object in memory: test "case 1"
#	2 maps need global symbols: static.c, test "case 2, 5"
#	3 symbols without types and sizes: test "case 3, 4"
#	4 ELF machine 0: test "case 3, 4"; local symbols of programs: local.c
#	5 static maps: static.c, tests "case 5" (also SHT_RELA)
#	6 several sections of definitions: sections.c, test "case 6"
#	7 gaps between definitions: test "case 7"; two symbols of a map: alias.c; one
#	  string table for sections and symbols: all made objects
#	8 arrays of definitions, pointers: array.c, pointer.c, tests "case 8"
#	9 the other byte order: each source is compiled for it, with and without -g
#	10 BTF ids must not change: each source with -g (.BTF.ext would not fit otherwise)
#	11 SEC("maps") beside .maps: both.c
#	12 annotations with BTF types: lock.c, two.c
#	13 no BTF: each source without -g
#	14 flags, NUMA nodes, inner maps, pins: members.c, iproute2.c, calico.c, tests
#	   "case 14"
#	15 program types by section: test "case 15", and test_compat.sh
# Objects that libbpf >= 1.0 did not open after a conversion: subprogram.c, constant.c,
# undefined.c, text.c, common.c, extern.c.  Objects that crashed a converter: "no harm"
# and "refused" in made objects, broken objects, make fuzz.
# Environment: see lib.sh, and CFLAGS_BPF.
. "$(dirname "$0")/lib.sh"
fixtures=$compat/fixtures
clang=${CLANG:-clang}
tools "${clang%% *}" "$bpftool" llvm-strip llvm-readelf "$bin"/{maps2btf,test_maps2btf}

# The other byte order: clang's name for it ("bpf" is this machine's), and a machine with it.
case $(printf '\1\0' | od -An -tu2) in
*256)	foreign=bpfel foreign_arch=aarch64 ;;
*)	foreign=bpfeb foreign_arch=s390x ;;
esac

# Builds maps2btf and its test for the other machine, and sets $root and $emulator; or $lacks.
other_machine() {
	local cross=$foreign_arch-linux-gnu-gcc program sources

	command -v $cross >/dev/null || { lacks="there is no $cross"; return; }
	emulator=$(command -v qemu-$foreign_arch-static || command -v qemu-$foreign_arch) ||
		{ lacks="there is no qemu-$foreign_arch (package qemu-user-static or qemu-user)"; return; }
	root=$(sysroot $foreign_arch 2>"$tmp/err") || { lacks=$(tail -n 1 "$tmp/err"); return; }
	mkdir "$tmp/there"
	for program in maps2btf test_maps2btf; do
		sources=$(ls "$compat"/maps2btf/*.c)
		[ $program = maps2btf ] ||
			sources="${sources/"$compat/maps2btf/main.c"} $compat/tests/$program.c"
		$cross --sysroot="$root" -std=gnu11 -O2 -D_GNU_SOURCE -DVERSION='"there"' \
			-I"$compat/maps2btf" -o "$tmp/there/$program" $sources -lbpf -lelf -lz 2>"$tmp/err" ||
			{ lacks="$program does not build: $(grep -m 1 error "$tmp/err")"; return; }
	done
}

# With these, a test reads objects by programs of this machine, or of the other one.
programs=$bin emulate=() its_bpftool=$bpftool
there() {
	local programs=$tmp/there emulate=("$emulator" -L "$root") its_bpftool=$root/usr/sbin/bpftool

	"$@"
}
libbpf_sees() { "${emulate[@]}" "$programs/test_maps2btf" "$@"; }
bpftool_does() { "${emulate[@]}" "$its_bpftool" "$@"; }

compile() {	# TARGET SOURCE OBJECT [-g]
	bpf "$2" "$3" -target "$1" -Wall ${CFLAGS_BPF-} ${4-}
}

# says WORD FILE: prints the lines "WORD: ..." in the head of a source, sorted.
says() {
	sed -n "s/^ \* $1: *//p" "$2" | sort
}

same_maps() {	# SOURCE OBJECT
	says expect "$1" >"$tmp/want"
	libbpf_sees --describe "$2" 2>&1 | sort -u | diff "$tmp/want" -
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
	bpftool_does gen skeleton "$1" name test >"$tmp/skel.h" &&
		says expect "$2" | sed -n 's/^map \([^ ]*\).*/\1/p' >"$tmp/maps" &&
		while read -r map; do
			grep -q "struct bpf_map \*$map;" "$tmp/skel.h" || return 1
		done <"$tmp/maps"
}

linked() {	# OBJECT: needs BTF of all global symbols, and the right names of relocations
	rm -f "$tmp/linked.o"
	bpftool_does gen object "$tmp/linked.o" "$1" &&
		bpftool_does gen skeleton "$tmp/linked.o" name test >"$tmp/skel.h"
}

# maps2btf must print the notes in the head of the source and nothing else; the first 60
# characters are compared.
converted() {	# SOURCE OBJECT NEW
	"$bin/maps2btf" "$2" "$3" 2>"$tmp/err" || { cat "$tmp/err"; return 1; }
	says note "$1" | cut -c 1-60 >"$tmp/want"
	sort "$tmp/err" | cut -c 1-60 | diff "$tmp/want" -
}

not_opened() {	# OBJECT
	! libbpf_sees --raw "$1"
}

not_loaded() {	# OBJECT
	! libbpf_sees --load "$1"
}

# maps2btf of the other machine writes the same object, and says the same; only where libbpf
# opens the object it may also say what libbpf lacks.
same_there() {	# OBJECT
	rm -f "$tmp"/{here,there}.o
	"$bin/maps2btf" "$1" "$tmp/here.o" 2>"$tmp/here.said"
	"$emulator" -L "$root" "$tmp/there/maps2btf" "$1" "$tmp/there.o" 2>"$tmp/there.said"
	diff <(grep -v 'does not open it' "$tmp/here.said") \
		<(grep -v 'does not open it' "$tmp/there.said") || return
	[ ! -e "$tmp/here.o" ] && [ ! -e "$tmp/there.o" ] || cmp "$tmp/here.o" "$tmp/there.o"
}

loads() {	# SOURCE OBJECT: loads it, and checks which maps are in maps of maps then
	"$bin/test_maps2btf" --load "$2" >"$tmp/loaded" || return
	says slot "$1" >"$tmp/want"
	sed -n 's/^slot //p' "$tmp/loaded" | sort | diff "$tmp/want" -
}

variant() {	# SOURCE NAME OBJECT
	local src=$1 name=$2 in=$3 out=${3%.o}.new.o why

	[[ $name = *without* ]] && grep -q '^ \* only: with -g' "$src" && return
	[ -n "$lacks" ] || ok "$name: the same from maps2btf on $foreign_arch" same_there "$in"
	why=$(says refuse "$src")
	[ -z "$why" ] && [[ $name = *without* ]] && why=$(says without-btf "$src")
	if [ -n "$why" ]; then
		ok "$name: refused" refused "$in" "$why"
		return
	fi
	ok "$name: converted" converted "$src" "$in" "$out"
	ok "$name: llvm-readelf does not complain" readelf_quiet "$out"
	"$bin/maps2btf" "$out" "$tmp/again.o"
	ok "$name: does not change when converted again" cmp "$out" "$tmp/again.o"
	! grep -q '^ \* unchanged:' "$src" || ok "$name: not changed" cmp "$in" "$out"
	if [[ $name != *$foreign* ]]; then
		seen "$src" "$name" "$in" "$out"
	elif [ -z "$lacks" ]; then
		there seen "$src" "$name" "$in" "$out"
	fi
}

# What libbpf and bpftool see in an object, and in what maps2btf has made of it.
seen() {	# SOURCE NAME OBJECT NEW
	local src=$1 name=$2 in=$3 out=$4

	grep -q '^ \* unchanged:' "$src" ||
		ok "$name: libbpf refuses it unless converted" not_opened "$in"
	ok "$name: libbpf sees its maps and programs" same_maps "$src" "$in"
	ok "$name: bpftool makes a skeleton" skeleton "$out" "$src"
	! grep -q '^ \* expect: map' "$src" || ok "$name: bpftool links it" linked "$out"
	[[ $name != *$foreign* ]] || return
	if [ "$(id -u)" != 0 ]; then
		skipped "$name: loads" "not root"
	elif grep -q '^ \* loads: only' "$src" ||
	     { [[ $name = *without* ]] && grep -q '^ \* loads: with -g' "$src"; }; then
		ok "$name: does not load, as its source says" not_loaded "$in"
	else
		ok "$name: loads" loads "$src" "$in"
	fi
}

echo "KTAP version 1"
lacks=
other_machine
[ -z "$lacks" ] || skipped "programs of a machine with the other byte order, $foreign_arch" "$lacks"
for src in "$fixtures"/*.c; do
	stem=$tmp/$(basename "$src" .c)
	name=$(basename "$src" .c)
	compile bpf "$src" "$stem-plain.o" || exit 1
	compile bpf "$src" "$stem-g.o" -g || exit 1
	compile $foreign "$src" "$stem-other.o" -g || exit 1
	compile $foreign "$src" "$stem-otherplain.o" || exit 1
	llvm-strip -g -o "$stem-strip.o" "$stem-g.o"
	variant "$src" "$name without -g" "$stem-plain.o"
	variant "$src" "$name with -g" "$stem-g.o"
	variant "$src" "$name with -g, stripped" "$stem-strip.o"
	variant "$src" "$name, $foreign" "$stem-other.o"
	variant "$src" "$name without -g, $foreign" "$stem-otherplain.o"
done

# Do the checks notice an error?
sed 's/ 1024 / 1023 /' "$fixtures/two.c" >"$tmp/wrong.c"
ok "a wrong number is noticed" sh -c '! "$@"' - bash -c "$(declare -f says same_maps)
	tmp='$tmp' bin='$bin' same_maps '$tmp/wrong.c' '$tmp/two-g.o'"

# Old clang wrote .eh_frame; `bpftool gen object` does not accept its relocations.
compile bpf "$fixtures/two.c" "$tmp/unwind.o" -fasynchronous-unwind-tables || exit 1
ok "an object with .eh_frame" sh -c 'llvm-readelf -S "$1" | grep "rel.eh_frame"' - "$tmp/unwind.o"
variant "$fixtures/two.c" "two with .eh_frame" "$tmp/unwind.o"

# --list prints maps with every field, and programs with the types that 0.x derived.
says_list() {	# OPTION OBJECT LINE...: each LINE is in the output of OPTION (--list, --json)
	local option=$1 object=$2 line
	shift 2
	"$bin/maps2btf" "$option" "$object" >"$tmp/list" || return
	cat "$tmp/list"
	for line; do
		grep -qF -- "$line" "$tmp/list" || { echo "missing in the output: $line"; return 1; }
	done
}
compile bpf "$compat/tests/then/loose_kern.c" "$tmp/loose.o" || exit 1
ok "case 15: --list knows the sections that 0.x knew" says_list --list "$tmp/loose.o" \
	'program one  section xdp1  type xdp ' 'program two  section classifier/in  type sched_cls ' \
	'program three  section 2/7  type none'
ok "--list: a legacy definition" says_list --list "$tmp/two-plain.o" \
	'map counts  section maps  layout libbpf  type hash key_size 16 value_size 8 max_entries 1024 map_flags 1'
ok "--list: the definition after conversion" says_list --list "$tmp/two-plain.new.o" \
	'map counts  section .maps  layout BTF  type hash key_size 16 value_size 8 max_entries 1024 map_flags 1'
ok "--list: by the members' names" says_list --list "$tmp/members-g.o" 'inner_map_idx 0' 'pinning 0'
ok "--list: an unknown layout" says_list --list "$tmp/members-plain.o" \
	'layout ?' 'byte_24 1' 'can have layout samples, tc, cilium'
ok "--list: a subprogram is no program" says_list --list "$tmp/subprogram-g.o" 'subprogram other  section .text'
ok "--json" says_list --json "$tmp/loose.o" '"maps": [' '"name": "m", "section": "maps"' \
	'"max_entries": 11' '"type": "sched_cls"' '"type": null'
if command -v python3 >/dev/null; then
	ok "--json is JSON" sh -c 'for o in "$2"/*-g.o; do "$1" --json "$o" >"$2/json" &&
		python3 -m json.tool "$2/json" >/dev/null || exit 1; done' - "$bin/maps2btf" "$tmp"
else
	skipped "--json is JSON" "no python3"
fi
ok "--list of a file that is no object fails" sh -c '! "$1" --list "$2" 2>"$3/err" && grep -q "not an ELF" "$3/err"' \
	- "$bin/maps2btf" "$fixtures/two.c" "$tmp"

# Members with unknown names are libbpf's fields by their offsets, unless members with
# known names have other offsets.
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
compile bpf "$tmp/moved.c" "$tmp/moved.o" -g || exit 1
ok "unknown names, and known ones at other offsets" refused "$tmp/moved.o" "have unknown names"

# A member of 64 bits is accepted if its name is known, and its value fits into 32 bits.
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
for order in bpf $foreign; do
	CFLAGS_BPF=-DFLAGS=1 compile $order "$tmp/wide.c" "$tmp/wide.o" -g &&
		CFLAGS_BPF=-DFLAGS=0x100000001 compile $order "$tmp/wide.c" "$tmp/wider.o" -g || exit 1
	ok "a member of 64 bits, $order" says_list --list "$tmp/wide.o" 'max_entries 11 map_flags 1'
	ok "... whose value has more than 32 bits" refused "$tmp/wider.o" "unknown field map_flags is set"
done

# Section names of libbpf 0.8 that begin with a name of 0.3.
cat >"$tmp/xdp.c" <<-'END'
	__attribute__((section("xdp/devmap"), used)) int one(void *ctx) { return 2; }
	__attribute__((section("xdp/devmap2"), used)) int two(void *ctx) { return 2; }
END
compile bpf "$tmp/xdp.c" "$tmp/xdp.o" || exit 1
ok "SEC(\"xdp/devmap\") has an attach type of its own, \"xdp/devmap2\" that of XDP" says_list --json "$tmp/xdp.o" \
	"\"section\": \"xdp/devmap\", \"offset\": 0, \"instructions\": 2, \"subprogram\": false, \"type\": \"xdp\", \"expected_attach_type\": 33" \
	"\"section\": \"xdp/devmap2\", \"offset\": 0, \"instructions\": 2, \"subprogram\": false, \"type\": \"xdp\", \"expected_attach_type\": 37"

# A variable is one map.
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
compile bpf "$tmp/pair.c" "$tmp/pair.o" -g || exit 1
ok "two definitions in one variable" refused "$tmp/pair.o" "more than one definition"

# Bit fields are unknown fields: they are accepted if they are 0.
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
CFLAGS_BPF=-DMORE=0 compile bpf "$tmp/bits.c" "$tmp/bits.o" -g &&
	CFLAGS_BPF=-DMORE=1 compile bpf "$tmp/bits.c" "$tmp/bits-set.o" -g || exit 1
ok "bit fields" "$bin/maps2btf" "$tmp/bits.o" "$tmp/bits.new.o"
ok "... that are not 0" refused "$tmp/bits-set.o" "unknown field more is set"

# If libbpf does not open the result, maps2btf prints why; or it refuses the object.
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
	CFLAGS_BPF="${*:2}" compile bpf "$tmp/unopened.c" "$1" -g
}
unopened "$tmp/field.o" && unopened "$tmp/field-alone.o" -DNO_LEGACY &&
	unopened "$tmp/extern-map.o" -DEXTERN '-DSECTION=SEC("maps")' &&
	unopened "$tmp/extern-dot.o" -DEXTERN '-DSECTION=SEC(".maps")' &&
	unopened "$tmp/extern-none.o" -DEXTERN -DSECTION= || exit 1
ok "a field of .maps that libbpf does not know is reported" said "$tmp/field.o" of_another_loader
ok "... in an object without SEC(\"maps\"), too" said "$tmp/field-alone.o" of_another_loader
ok "an undefined map is refused" refused "$tmp/extern-map.o" "declared as extern but not defined"
ok "... in .maps, too" refused "$tmp/extern-dot.o" "no symbol for map other"
ok "... and without a section it is reported" said "$tmp/extern-none.o" other

# An object without SEC("maps") is copied unchanged, with its constants.
CFLAGS_BPF=-DDOT_MAPS compile bpf "$fixtures/strings.c" "$tmp/constants.o" -g || exit 1
ok "constants in an object without SEC(\"maps\")" "$bin/maps2btf" "$tmp/constants.o" "$tmp/constants.new.o"
ok "... stay" cmp "$tmp/constants.o" "$tmp/constants.new.o"

# If maps2btf refuses an object, it does not change the output file.
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
# --layout applies to definitions that are long enough for it.
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
compile bpf "$tmp/mixed.c" "$tmp/mixed.o" || exit 1
ok "definitions of two sizes" refused "$tmp/mixed.o" "a definition of 28 bytes can have layout"
ok "... --layout applies to those that are long enough" \
	"$bin/maps2btf" -l tc "$tmp/mixed.o" "$tmp/mixed.new.o"
ok "... and not to the others" says_list --list "$tmp/mixed.new.o" \
	'map plain  section .maps' 'map longer  section .maps'

# Pipes and devices are written to, not replaced; the target of a link is replaced.
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
[ -n "$lacks" ] || there subtest "made objects, on $foreign_arch" libbpf_sees
for o in two-strip static-g both-g sections-other; do
	subtest "broken objects: $o" "$bin/test_maps2btf" --break "$tmp/$o.o"
done
echo "1..$tests"
exit $failed
