#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-legacy.sh - maps2btf and compat against what nobody here wrote.
#
# The 5.10 kernel's own samples and selftests still have SEC("maps") and call
# libbpf 0.x.  Their BPF sides are compiled, converted, opened and loaded by the
# installed libbpf and by the newest one that is packaged, and as they are by a
# real libbpf 0.3; then the instructions that the kernel made of them are
# compared.  Their user sides are built, unmodified, against compat.  Nothing is
# installed: packages are unpacked into a cache.  A table comes first, and KTAP
# on what is promised.  Not root: nothing is loaded.
# Environment: OUT, BPFTOOL, CLANG, CC; CORPUS, a directory with objects (*.o) of
# one's own, which go through the same; V=1 shows why something failed.
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${OUT:-$here/../.output}" && pwd) || exit 1
clang=${CLANG:-clang}
cc=${CC:-cc}
bpftool=${BPFTOOL:-bpftool}
compat=$here/../legacy/compat
work=$out/check-legacy
arch=$(uname -m)
multi=/usr/include/$("$cc" -print-multiarch)
[ -x "$out/bin/maps2btf" ] || { echo "check-legacy: there is no $out/bin/maps2btf: make first" >&2; exit 4; }
mkdir -p "$work" || exit 1
rm -rf "$work"/*.objs "$work/results"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0
failed=0

result() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
note() { sed 's/^/# /'; }

# ---- what is needed ---------------------------------------------------------

fetch() { "$here/vm/fetch.sh" "$@" 2>"$tmp/fetch"; }
source_dir=$(fetch bullseye linux-source-5.10) && old=$(fetch bullseye libbpf-dev)/usr || {
	tail -n 1 "$tmp/fetch" >&2
	echo "1..0 # SKIP the kernel's source of 5.10 or libbpf 0.3 is not to be had: $(tail -n 1 "$tmp/fetch")"
	exit 4
}
new=
for suite in sid trixie-backports trixie; do
	new=$(fetch "$suite" libbpf-dev)/usr && break
	new=
done
lib() { ls "$1"/lib/*/libbpf.a 2>/dev/null | head -n 1; }
version() { sed -n 's/^Version: //p' "$1"/lib/*/pkgconfig/libbpf.pc; }

kernel=$work/linux-5.10
if [ ! -e "$kernel/.done" ]; then
	echo "# unpacking the kernel's samples and selftests"
	rm -rf "$kernel" && mkdir "$kernel" &&
		tar -xf "$source_dir"/usr/src/linux-source-5.10.tar.xz -C "$kernel" --strip-components=1 \
		--wildcards '*/samples/bpf/*' '*/tools/testing/selftests/bpf/*' '*/tools/include/*' \
		'*/tools/lib/*' '*/tools/perf/perf-sys.h' && touch "$kernel/.done" || exit 1
fi


# libbpf's headers in a directory of their own: those beside them are not wanted.
loader() {	# NAME DIR LIBRARY...: builds try.c with the libbpf below DIR
	local name=$1 dir=$2 flags=${LIBBPF_CFLAGS-}
	shift 2
	if [ -n "$dir" ]; then
		rm -rf "$work/$name.inc"
		mkdir "$work/$name.inc"
		ln -s "$dir/include/bpf" "$work/$name.inc/bpf"
		flags=-I$work/$name.inc
	fi
	"$cc" -O2 -D_GNU_SOURCE -iquote "$compat" $flags -o "$work/try-$name" \
		"$here/legacy/try.c" "$compat/sections.c" "$compat/maps2btf.c" \
		"$compat/btf_edit.c" "$@" -lelf -lz
}
loader old "$old" "$(lib "$old")" && loader now "" ${LIBBPF_LIBS:--lbpf} || exit 1
now_version=$(pkg-config --modversion libbpf 2>/dev/null || echo installed)
if [ -n "$new" ] && loader new "$new" "$here/legacy/isoc23.c" "$(lib "$new")" 2>"$tmp/new"; then
	new_version=$(version "$new")
else
	echo "# the newest libbpf is not to be had: $(cat "$tmp/fetch" "$tmp/new" 2>/dev/null | tail -n 1)"
	new_version=none
fi
root=false
[ "$(id -u)" = 0 ] && root=true || echo "# not root: loading fails everywhere, and is not compared"

# ---- objects ----------------------------------------------------------------

# Kernel headers are those of this machine, which is what libbpf's are made for.
mkdir -p "$work/shim/net"
ln -sfn /usr/include "$work/shim/uapi"
cat >"$work/shim/net/ipv6.h" <<-END
	#include <stdbool.h>
	#include <linux/ipv6.h>
END
cat >"$work/shim/kernel.h" <<-END
	#include <stddef.h>
	#include <stdint.h>
	#include <linux/types.h>
	#include <bpf/bpf_endian.h>
	typedef __u8 u8; typedef __u16 u16; typedef __u32 u32; typedef __u64 u64;
	#define htons bpf_htons
	#define htonl bpf_htonl
END

bpf() {	# SOURCE OBJECT FLAGS...
	local source=$1 object=$2
	shift 2
	"$clang" -O2 -target bpf -w -D__TARGET_ARCH_${arch/x86_64/x86} -I"$old/include" \
		-I"$kernel/tools/testing/selftests/bpf" -I"$work/shim" -idirafter "$multi" \
		-c "$source" -o "$object" "$@"
}

# sources KIND SHIM FILE...: compiles those with SEC("maps"), with -g and without.
sources() {
	local kind=$1 shim=$2 f g name
	shift 2
	mkdir -p "$work/$kind.objs"
	for f; do
		grep -q 'SEC("maps' "$f" || continue
		! grep -q '^ \* refuse:' "$f" || continue
		for g in '' -g; do
			[ -z "$g" ] && grep -q '^ \* without-btf:' "$f" && continue
			name=$(basename "$f" .c)$g
			bpf "$f" "$work/$kind.objs/$name.o" $g $shim 2>"$tmp/err" && {
				# Whose definitions these are, where nothing else tells.
				! grep -q 'struct bpf_elf_map' "$f" || [ $kind = layouts ] ||
					echo tc >"$work/$kind.objs/$name.layout"
				! grep -q '^ \* wrong in 0.3:' "$f" || : >"$work/$kind.objs/$name.wrong"
				continue
			}
			echo "# $f: does not compile: $(grep -m 1 error: "$tmp/err")"
			uncompiled=$((uncompiled + 1))
		done
	done
}
uncompiled=0
sources samples "-include $work/shim/kernel.h" "$kernel"/samples/bpf/*_kern.c
sources selftests '' "$kernel"/tools/testing/selftests/bpf/progs/*.c
sources layouts '' "$here"/objects/*.c
if [ -n "${CORPUS:-}" ]; then
	mkdir -p "$work/corpus.objs"
	find "$CORPUS" -name '*.o' -size +0 | while read -r f; do
		# libbpf opens no objects of the other byte order.
		[ "$(od -An -tu1 -j5 -N1 "$f")" -eq 1 ] || continue
		cp "$f" "$work/corpus.objs/"
		# Beside X.o, X.layout may name the layout, as --layout does.
		[ ! -e "${f%.o}.layout" ] || cp "${f%.o}.layout" "$work/corpus.objs/"
	done
fi

# ---- each of them ------------------------------------------------------------

# What try wrote, as "open load maps/programs"; programs go to a file, sorted.
lines() {
	awk '$2 == "open" { o = $3 == 0 ? "yes" : "no"; p = $4 "/" $5 }
	     $2 == "load" { l = $3 == 0 ? "yes" : "no" }
	     $2 == "prog" { print $3, $4, $5 | "sort >'"$tmp/sorted"'" }
	     END { print o ? o : "no", l ? l : "no", p ? p : "0/0" }'
}
one() {	# TRY FILE VARIABLE: sets VARIABLE_{open,load,what,sum}
	: >"$tmp/sorted"
	"$work/try-$1" ${V:+-v} "$2" >"$tmp/try" 2>"$tmp/log"
	[ -z "${V:-}" ] || sed "s|^|# $1: |" "$tmp/log" >&2
	set -- "$3" $(lines <"$tmp/try")
	printf -v "$1_open" %s "$2"
	printf -v "$1_load" %s "$3"
	printf -v "$1_what" %s "$4"
	printf -v "$1_sum" %s "$(cksum <"$tmp/sorted")"
}

yes() { [ "$1" = yes ]; }

mkdir -p "$work/new.objs"
for dir in samples selftests layouts corpus; do
	[ -d "$work/$dir.objs" ] || continue
	for f in "$work/$dir.objs"/*.o; do
		[ -e "$f" ] || continue
		name=$(basename "$f" .o)
		new_o=$work/new.objs/$dir-$name.o
		layout=$(cat "${f%.o}.layout" 2>/dev/null)
		refused=-
		same_now=- same_new=- skel=-
		now_open=no now_load=no new_open=no new_load=no
		one old "$f" old 2>/dev/null
		if ! "$out/bin/maps2btf" ${layout:+-l "$layout"} "$f" "$new_o" 2>"$tmp/err"; then
			refused=$(sed 's/^maps2btf: [^:]*: //; 1q' "$tmp/err")
		else
			one now "$new_o" now
			[ $new_version = none ] || one new "$new_o" new
			if yes "$old_load" && [ ! -e "${f%.o}.wrong" ]; then
				yes "$now_load" && same_now=no
				yes "$now_load" && [ "$old_sum" = "$now_sum" ] && same_now=yes
				yes "$new_load" && same_new=no
				yes "$new_load" && [ "$old_sum" = "$new_sum" ] && same_new=yes
			fi
			yes "$now_open" && {
				skel=no
				"$bpftool" gen skeleton "$new_o" name x >"$tmp/skel.h" 2>"$tmp/err" &&
					skel=yes
			}
		fi
		# Nothing could open these: what they say is not there, or is nothing.
		sound=yes
		case $refused in
		*'no BTF'*|*'has type 0'*|*'defined nowhere'*|*pointers*|*'array of def'*|*alignment*) sound=no ;;
		esac
		printf '%s\t' $dir "$name" $sound $old_open $old_load $now_open $now_load \
			$new_open $new_load $same_now $same_new $skel "$old_what" \
			"${now_what:-}" "${new_what:-}" >>"$work/results"
		echo "$refused" >>"$work/results"
	done
done

# ---- the table ----------------------------------------------------------------

awk -F'\t' -v now="$now_version" -v new="$new_version" '
function count(k) {
	total[k]++
	sound[k] += $3 == "yes"
	for (i = 4; i <= 12; i++)
		c[k, i] += $i == "yes"
	c[k, "skels"] += $12 != "-"
	c[k, "now"] += $10 != "-"
	c[k, "new"] += $11 != "-"
}
function row(k) {
	printf "# %-10s %6d %7d %7d %6d %7d %6d %7d %6d %9s %9s %9s\n", k, total[k], sound[k],
		c[k, 4], c[k, 5], c[k, 6], c[k, 7], c[k, 8], c[k, 9], c[k, 10] "/" c[k, "now"],
		c[k, 11] "/" c[k, "new"], c[k, 12] "/" c[k, "skels"]
}
{ if (!($1 in total)) order[++n] = $1; count($1); count("all") }
END {
	printf "# %-10s %6s %7s %14s %14s %14s %19s\n", "", "", "well-", "0.3, as it is", now, new, "same instructions"
	printf "# %-10s %6s %7s %7s %6s %7s %6s %7s %6s %9s %9s %9s\n", "objects of", "total", "formed",
		"opened", "loaded", "opened", "loaded", "opened", "loaded", now, new, "skeleton"
	for (i = 1; i <= n; i++)
		row(order[i])
	row("all")
}' "$work/results"
echo "# each object: $work/results"
awk -F'\t' '$16 != "-" { print "# refused: " $1 " " $2 ": " $16 }' "$work/results" |
	sort | uniq | head -n 40
all() { awk -F'\t' "$1 { n++ } END { print n + 0 }" "$work/results"; }
which() { awk -F'\t' "$1 { print \"#   \" \$1 \" \" \$2 }" "$work/results"; }

[ $uncompiled = 0 ]
result $? "all of the kernel's sources compile ($uncompiled do not)"
sound=$(all '$3 == "yes"')
for v in "6 $now_version" "8 $new_version"; do
	set -- $v
	[ "$2" != none ] || { skip "well-formed objects open" "no newer libbpf"; continue; }
	opened=$(all "\$3 == \"yes\" && \$$1 == \"yes\"")
	[ $((opened * 100)) -ge $((sound * 97)) ] && [ "$sound" -gt 0 ]
	result $? "$opened of $sound well-formed objects open on libbpf $2 (97% are promised)"
	which "\$3 == \"yes\" && \$$1 == \"no\" && \$16 == \"-\""
done
for v in "7 10 $now_version" "9 11 $new_version"; do
	set -- $v
	name="what 0.3 loads, libbpf $3 loads, with the same instructions"
	$root || { skip "$name" "not root"; continue; }
	[ "$3" != none ] || { skip "$name" "no newer libbpf"; continue; }
	bad=$(all "\$3 == \"yes\" && \$5 == \"yes\" && \$$1 != \"yes\" || \$$2 == \"no\"")
	loads=$(all '$5 == "yes"')
	[ "$bad" = 0 ] && [ "$loads" -gt 0 ]
	result $? "$name ($((loads - bad)) of $loads)"
	which "\$3 == \"yes\" && \$5 == \"yes\" && \$$1 != \"yes\" || \$$2 == \"no\""
done
bad=$(all '$12 == "no"')
[ "$bad" = 0 ]
result $? "bpftool makes a skeleton of all $(all '$12 != "-"') that open"
which '$12 == "no"'

# ---- programs of 2020, unmodified ---------------------------------------------

[ -e "$out/libcompat.a" ] || { echo "check-legacy: there is no $out/libcompat.a" >&2; exit 1; }
users=0 compiled=0 linked=0
: >"$work/users"
inc="-I$compat ${LIBBPF_CFLAGS-} -I$kernel/tools/testing/selftests/bpf -I$kernel/samples/bpf
	-I$kernel/tools/perf"
for f in "$kernel"/samples/bpf/*_user.c; do
	name=$(basename "$f" .c)
	users=$((users + 1))
	extra=
	grep -q '"trace_helpers.h"' "$f" && extra=$kernel/tools/testing/selftests/bpf/trace_helpers.c
	grep -q '"cgroup_helpers.h"' "$f" && extra="$extra $kernel/tools/testing/selftests/bpf/cgroup_helpers.c"
	grep -q '"bpf_load.h"' "$f" && extra="$extra $kernel/samples/bpf/bpf_load.c"
	objects=
	for g in "$f" $extra; do
		o=$tmp/$(basename "$g" .c).tmp
		"$cc" -O2 -w -D_GNU_SOURCE $inc -idirafter "$kernel/tools/include" -idirafter "$kernel/tools/lib" \
			-x c -c "$g" -o "$o" 2>"$tmp/err" || {
			echo "$name	does not compile	$(grep -m 1 error: "$tmp/err" | sed "s|$kernel/||")" >>"$work/users"
			objects=
			break
		}
		objects="$objects $o"
	done
	[ -n "$objects" ] || continue
	compiled=$((compiled + 1))
	if "$cc" -o "$tmp/user" $objects "$out/libcompat.a" ${LIBBPF_LIBS:--lbpf} -lelf -lz -lrt -lpthread 2>"$tmp/err"; then
		linked=$((linked + 1))
		echo "$name	builds" >>"$work/users"
	else
		echo "$name	does not link	$(grep -o "undefined reference to .*" "$tmp/err" | sort -u | tr '\n' ' ')" >>"$work/users"
	fi
done
echo "# samples/bpf/*_user.c, unmodified, against compat: $users, $compiled compile, $linked link"
grep -v '	builds$' "$work/users" | tr '\t' ' ' | note
[ $linked -gt 0 ]
result $? "$linked of $users programs of the kernel's samples build against compat"

# ---- time ---------------------------------------------------------------------

{
	echo '#include <linux/bpf.h>'
	echo '#include <bpf/bpf_helpers.h>'
	for i in $(seq 100); do
		cat <<-END
		struct value_$i { __u64 a, b; char name[$i]; };
		struct bpf_map_def SEC("maps") map_$i = { BPF_MAP_TYPE_HASH, 4, sizeof(struct value_$i), $i, 0 };
		SEC("tracepoint/syscalls/sys_enter_$i") int prog_$i(void *ctx)
		{
			__u32 key = $i;
			struct value_$i *v = bpf_map_lookup_elem(&map_$i, &key);

			if (v)
				__sync_fetch_and_add(&v->a, $i);
			return bpf_map_delete_elem(&map_$i, &key);
		}
		END
	done
	echo 'char _license[] SEC("license") = "GPL";'
} >"$work/large.c"
bpf "$work/large.c" "$work/large.bpf" -g && llvm-strip -g "$work/large.bpf" &&
	"$work/try-now" -m "$work/large.bpf" >"$tmp/time"
result $? "an object of $(head -n 1 "$tmp/time"): converting and opening it, in turn"
sed 1d "$tmp/time" | note

echo "1..$n"
exit $failed
