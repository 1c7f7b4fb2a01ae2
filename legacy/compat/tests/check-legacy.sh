#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-legacy.sh - tests maps2btf and compat with programs of the kernel tree.
#
# The samples and selftests of the 5.10 kernel still have SEC("maps") and call libbpf
# 0.x.  Their BPF programs are compiled and converted; the installed libbpf and the
# newest packaged one open and load the results, and a real libbpf 0.3 the unconverted
# objects.  Then the instructions that the kernel made of them are compared.  Their user
# programs are built, unmodified, with compat and with 0.3, and both are run.
# Everything that needs a kernel runs in guests.  Nothing is installed: packages are
# unpacked into a cache.  The output is a table first, then KTAP for what must pass.
# Environment: see lib.sh; KERNEL, the kernel that loads the objects, as a version for
# vm.sh (5.10), or "host" for this machine's, which needs root; CORPUS, a directory with
# more objects (*.o) to test; V=1 prints why something failed.
. "$(dirname "$0")/lib.sh"
here=$compat/tests
clang=${CLANG:-clang}
cc=${CC:-cc}
work=$out/check-legacy
arch=$(uname -m)
multi=/usr/include/$arch-linux-gnu
tools "$bin/maps2btf" "$bpftool"
mkdir -p "$work" || exit 1
rm -rf "$work"/*.objs "$work/results"

note() { sed 's/^/# /'; }

# ---- what is needed ---------------------------------------------------------

get() { fetch "$@" 2>"$tmp/fetch"; }
source_dir=$(get bullseye linux-source-5.10) && old=$(get bullseye libbpf-dev)/usr || {
	skip_all "cannot get the source of Linux 5.10 or libbpf 0.3: $(tail -n 1 "$tmp/fetch")"
}
new=
for suite in sid trixie-backports trixie; do
	new=$(get "$suite" libbpf-dev)/usr && break
	new=
done
lib() { ls "$1"/lib/*/libbpf.a 2>/dev/null | head -n 1; }
version() { sed -n 's/^Version: //p' "$1"/lib/*/pkgconfig/libbpf.pc; }

# The newest bpftool needs a newer C library: run it by the loader of that library.
new_bpftool=
for suite in sid trixie-backports trixie; do
	dirs=$(get "$suite" bpftool libc6) || continue
	set -- $dirs
	ld=$(find "$2" -name 'ld-linux*.so.*' | head -n 1)
	printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$ld" \
		"$(dirname "$(find "$2" -name libc.so.6 | head -n 1)"):/usr/lib/$arch-linux-gnu" \
		"$1/usr/sbin/bpftool" >"$work/bpftool-new"
	chmod 755 "$work/bpftool-new"
	"$work/bpftool-new" version >"$tmp/version" 2>&1 || continue
	new_bpftool=$work/bpftool-new
	break
done
bpftool_version=$("$bpftool" version | sed -n '1s/.* v//p')
new_bpftool_version=$(sed -n '1s/.* v//p' "$tmp/version")
[ -n "$new_bpftool" ] || echo "# cannot get the newest bpftool: $(cat "$tmp/fetch" "$tmp/version" 2>/dev/null | tail -n 1)"

kernel=$work/linux-5.10
if [ ! -e "$kernel/.done" ]; then
	echo "# unpacking the kernel's samples and selftests"
	rm -rf "$kernel" && mkdir "$kernel" &&
		tar -xf "$source_dir"/usr/src/linux-source-5.10.tar.xz -C "$kernel" --strip-components=1 \
		--wildcards '*/samples/bpf/*' '*/tools/testing/selftests/bpf/*' '*/tools/include/*' \
		'*/tools/lib/*' '*/tools/arch/x86/*' '*/tools/perf/perf-sys.h' && touch "$kernel/.done" || exit 1
fi


# Put a link to libbpf's headers into a directory of its own, without other headers.
loader() {	# NAME DIR LIBRARY...: builds try.c with the libbpf below DIR
	local name=$1 dir=$2 flags=${LIBBPF_CFLAGS-}
	shift 2
	if [ -n "$dir" ]; then
		rm -rf "$work/$name.inc"
		mkdir "$work/$name.inc"
		ln -s "$dir/include/bpf" "$work/$name.inc/bpf"
		flags=-I$work/$name.inc
	fi
	$cc -std=gnu11 -O2 -D_GNU_SOURCE -iquote "$compat/maps2btf" $flags -o "$work/try-$name" \
		"$here/kernel-samples/try.c" $(ls "$compat"/maps2btf/*.c | grep -v /main.c) \
		"$@" -lelf -lz
}
loader old "$old" "$(lib "$old")" && loader now "" ${LIBBPF_LIBS:--lbpf} || exit 1
now_version=$(pkg-config --modversion libbpf 2>/dev/null || echo installed)
if [ -n "$new" ] && loader new "$new" "$here/kernel-samples/isoc23.c" "$(lib "$new")" 2>"$tmp/new"; then
	new_version=$(version "$new")
else
	echo "# cannot get the newest libbpf: $(cat "$tmp/fetch" "$tmp/new" 2>/dev/null | tail -n 1)"
	new_version=none
fi
# ---- objects ----------------------------------------------------------------

# The kernel headers are those of this machine, as libbpf's headers need them.
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
	$clang -std=gnu11 -O2 -target bpf -w -D__TARGET_ARCH_${arch/x86_64/x86} -I"$old/include" \
		-I"$kernel/tools/testing/selftests/bpf" -I"$work/shim" -idirafter "$multi" \
		-c "$source" -o "$object" "$@"
}

# sources KIND SHIM FILE...: compiles the FILEs with SEC("maps"), with -g and without.
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
sources layouts '' "$here"/../fixtures/*.c
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

# ---- opening and loading each object ------------------------------------------------------------

kernel_version=${KERNEL:-5.10}
# run_guest OPTION... -- COMMAND: calls vm.sh; an oops ends the guest at once.
run_guest() { guest -a oops=panic "$@"; }

# This script loads each object with each libbpf, in a guest or on this machine.  It
# prints lines "LIBBPF FILE ..." of try.c, before each object "LIBBPF FILE died", which
# is the last line if try or the kernel crashes, and "end".
cat >"$work/load.sh" <<-'END'
	#!/bin/sh
	cd "$(dirname "$0")" || exit 1
	for o in objects/*.o; do
		for try in old now new; do
			file=$o
			[ $try = old ] || file=new.objs/${o#objects/}
			[ -x try-$try ] && [ -e "$file" ] || continue
			echo "$try $file died"
			./try-$try ${V:+-v} "$@" "$file" | sed "s/^/$try /"
		done
	done
	echo end
END

# Without a guest and without root, objects are only opened, and unloaded is set to the
# reason.  If a guest crashes, this machine does not take its place: the crash is a
# failure, and might crash this machine, too.
unloaded=
load() {
	local status

	chmod 755 "$work/load.sh"
	rm -rf "$work/guest"
	mkdir "$work/guest" && cp -l "$work"/load.sh "$work"/try-* "$work/guest/" &&
		cp -rl "$work/new.objs" "$work/objects" "$work/guest/" || exit 1
	if [ "$kernel_version" != host ]; then
		run_guest -k "$kernel_version" -d "$work/guest" -- env ${V:+V=$V} ./load.sh
		status=$?
		[ $status = 4 ] && [ ! -s "$work/loads" ] || return $status
		unloaded="no guest: $(tail -n 1 "$tmp/guest")"
	elif [ "$(id -u)" != 0 ]; then
		unloaded="not root"
	fi
	if [ -n "$unloaded" ]; then
		"$work/guest/load.sh" -o
	else	# in a bpffs of its own, which ends with the maps that are pinned there
		unshare --mount sh -c 'mount -t bpf bpf /sys/fs/bpf && exec "$0"' \
			"$work/guest/load.sh"
	fi
} >"$work/loads" 2>"$tmp/guest"

# Prints the output of try for FILE as "open load maps/programs"; sorts its programs to
# a file.
lines() {
	awk -v try="$1" -v file="$2" '$1 != try || $2 != file { next }
	     $3 == "open" { o = $4 == 0 ? "yes" : "no"; p = $5 "/" $6 }
	     $3 == "load" { l = $4 == 0 ? "yes" : "no" }
	     $3 == "prog" { print $4, $5, $6 | "sort >'"$tmp/sorted"'" }
	     END { print o ? o : "no", l ? l : "no", p ? p : "0/0" }' "$work/loads"
}
# Prints what libbpf 0.3 says about a file that it does not open.
said() { awk -v file="$1" '$1 $2 $3 == "old" file "open" && $4 { $1 = $2 = $3 = $4 = $5 = $6 = ""; print }' "$work/loads"; }

one() {	# TRY FILE: sets TRY_{open,load,what,sum}
	: >"$tmp/sorted"
	set -- "$1" $(lines "$1" "$2")
	printf -v "$1_open" %s "$2"
	printf -v "$1_load" %s "$3"
	printf -v "$1_what" %s "$4"
	printf -v "$1_sum" %s "$(cksum <"$tmp/sorted")"
}

yes() { [ "$1" = yes ]; }

# Can a bpftool make a skeleton of an object, link it, and make a skeleton of the result?
says() {	# BPFTOOL OBJECT
	"$1" gen skeleton "$2" name x >"$tmp/skel.h" 2>"$tmp/err" && grep -q 'struct x {' "$tmp/skel.h" &&
		"$1" gen object "$tmp/linked.o" "$2" 2>"$tmp/err" &&
		"$1" gen skeleton "$tmp/linked.o" name x >"$tmp/skel.h" 2>"$tmp/err" && echo yes && return
	[ -z "${V:-}" ] || sed "s|^|# $2: |" "$tmp/err" >&2
	echo no
}
rm -rf "$work/objects"
mkdir -p "$work/new.objs" "$work/objects"
for dir in samples selftests layouts corpus; do
	[ -d "$work/$dir.objs" ] || continue
	for f in "$work/$dir.objs"/*.o; do
		[ -e "$f" ] || continue
		name=$dir-$(basename "$f")
		new_o=$work/new.objs/$name
		layout=$(cat "${f%.o}.layout" 2>/dev/null)
		cp -l "$f" "$work/objects/$name"
		"$bin/maps2btf" ${layout:+-l "$layout"} "$f" "$new_o" 2>"$tmp/err" ||
			sed 's/^maps2btf: [^:]*: //; 1q' "$tmp/err" >"$new_o.refused"
	done
done
load
status=$?
[ -z "${V:-}" ] || note <"$tmp/guest" >&2

for f in "$work"/objects/*.o; do
	name=$(basename "$f" .o)
	dir=${name%%-*}
	new_o=$work/new.objs/$name.o
	refused=-
	same_now=- same_new=- skel=- skel_new=-
	now_open=no now_load=no new_open=no new_load=no now_what= new_what=
	one old "objects/$name.o"
	if [ -e "$new_o.refused" ]; then
		refused=$(cat "$new_o.refused")
	else
		one now "new.objs/$name.o"
		[ $new_version = none ] || one new "new.objs/$name.o"
		if yes "$old_load" && [ ! -e "$work/$dir.objs/${name#*-}.wrong" ]; then
			yes "$now_load" && same_now=no
			yes "$now_load" && [ "$old_sum" = "$now_sum" ] && same_now=yes
			yes "$new_load" && same_new=no
			yes "$new_load" && [ "$old_sum" = "$new_sum" ] && same_new=yes
		fi
		yes "$now_open" && skel=$(says "$bpftool" "$new_o")
		yes "$new_open" && [ -n "$new_bpftool" ] && skel_new=$(says "$new_bpftool" "$new_o")
	fi
	# Objects are well-formed, even if 0.3 does not open their layouts and programs,
	# except those with definitions in .maps and without BTF.
	sound=yes
	why=$(said "objects/$name.o")
	case $why in
	*'BTF is required'*) sound=no ;;
	esac
	printf '%s\t' "$dir" "${name#*-}" $sound $old_open $old_load $now_open $now_load \
		$new_open $new_load $same_now $same_new $skel $skel_new "$old_what" \
		"$now_what" "$new_what" >>"$work/results"
	printf '%s\t%s\n' "$refused" "$why" >>"$work/results"
done

# ---- the table ----------------------------------------------------------------

if [ "$kernel_version" = host ] || [ -n "$unloaded" ]; then
	where="this kernel, $(uname -r)"
else
	where="a guest of $kernel_version"
fi
echo "# opened, loaded: by $where"
awk -F'\t' -v now="$now_version" -v new="$new_version" -v old_tool="${bpftool_version%.0}" \
	-v new_tool="${new_bpftool_version%.0}" '
function count(k) {
	total[k]++
	sound[k] += $3 == "yes"
	for (i = 4; i <= 13; i++)
		c[k, i] += $i == "yes"
	c[k, "skels"] += $12 != "-"
	c[k, "new skels"] += $13 != "-"
	c[k, "now"] += $10 != "-"
	c[k, "new"] += $11 != "-"
}
function row(k) {
	printf "# %-10s %6d %7d %7d %6d %7d %6d %7d %6d %9s %9s %9s %9s\n", k, total[k], sound[k],
		c[k, 4], c[k, 5], c[k, 6], c[k, 7], c[k, 8], c[k, 9], c[k, 10] "/" c[k, "now"],
		c[k, 11] "/" c[k, "new"], c[k, 12] "/" c[k, "skels"], c[k, 13] "/" c[k, "new skels"]
}
{ if (!($1 in total)) order[++n] = $1; count($1); count("all") }
END {
	printf "# %-10s %6s %7s %14s %14s %14s %19s %19s\n", "", "", "well-", "0.3, as it is", now, new, "same instructions", "skeleton, bpftool"
	printf "# %-10s %6s %7s %7s %6s %7s %6s %7s %6s %9s %9s %9s %9s\n", "objects of", "total", "formed",
		"opened", "loaded", "opened", "loaded", "opened", "loaded", now, new, old_tool, new_tool
	for (i = 1; i <= n; i++)
		row(order[i])
	row("all")
}' "$work/results"
echo "# each object: $work/results"
awk -F'\t' '$17 != "-" { print "# refused: " $1 " " $2 ": " $17 }' "$work/results" |
	sort | uniq | head -n 40
awk -F'\t' '$3 == "no" { print "# not well-formed: " $1 " " $2 ": 0.3 says:" $18 }' "$work/results"
all() { awk -F'\t' "$1 { n++ } END { print n + 0 }" "$work/results"; }
which() { awk -F'\t' "$1 { print \"#   \" \$1 \" \" \$2 }" "$work/results"; }

[ $uncompiled = 0 ]
result $? "all of the kernel's sources compile ($uncompiled do not)"
# If the guest crashed, it did so at the last object that it names, or soon after.
{ grep ' unseen ' "$work/loads" || tail -n 1 "$work/loads"; tail -n 40 "$tmp/guest"; } >"$tmp/why"
tail -n 1 "$work/loads" | grep -qx end && ! grep -q ' unseen ' "$work/loads"
result $? "$where reports on each object, and on each instruction" "$tmp/why"
warned() { grep -A 2 '^vm.sh: the kernel log' "$tmp/guest" | note; }
warned
sound=$(all '$3 == "yes"')
for v in "6 $now_version" "8 $new_version"; do
	set -- $v
	[ "$2" != none ] || { skipped "well-formed objects open" "no newer libbpf"; continue; }
	opened=$(all "\$3 == \"yes\" && \$$1 == \"yes\"")
	[ $((opened * 100)) -ge $((sound * 97)) ] && [ "$sound" -gt 0 ]
	result $? "$opened of $sound well-formed objects open on libbpf $2 (97% must)"
	which "\$3 == \"yes\" && \$$1 == \"no\" && \$17 == \"-\""
done
for v in "7 10 $now_version" "9 11 $new_version"; do
	set -- $v
	name="libbpf $3 loads every object that 0.3 loads, with the same instructions"
	[ -z "$unloaded" ] || { skipped "$name" "$unloaded"; continue; }
	[ "$3" != none ] || { skipped "$name" "no newer libbpf"; continue; }
	bad=$(all "\$5 == \"yes\" && \$$1 != \"yes\" || \$$2 == \"no\"")
	loads=$(all '$5 == "yes"')
	[ "$bad" = 0 ] && [ "$loads" -gt 0 ]
	result $? "$name ($((loads - bad)) of $loads)"
	which "\$5 == \"yes\" && \$$1 != \"yes\" || \$$2 == \"no\""
done
for v in "12 $bpftool_version" "13 $new_bpftool_version"; do
	set -- $v
	name="makes a skeleton of every object that opens, and links it (gen object)"
	[ $# = 2 ] || { skipped "the newest bpftool $name" "there is none"; continue; }
	bad=$(all "\$$1 == \"no\"")
	[ "$bad" = 0 ]
	result $? "bpftool $2 $name: $(all "\$$1 == \"yes\"") of $(all "\$$1 != \"-\"")"
	which "\$$1 == \"no\""
done

# ---- programs of 2020, unmodified ---------------------------------------------

users=0 linked=0
: >"$work/users"
rm -rf "$work/run" && mkdir -p "$work"/run/{compat,native,kern}

# user NAME WHICH INCLUDES LIBRARIES: builds a program, or stores why it does not build
user() {
	local f=$kernel/samples/bpf/$1_user.c bpf=$kernel/tools/testing/selftests/bpf extra= why

	grep -q '"trace_helpers.h"' "$f" && extra=$bpf/trace_helpers.c
	grep -q '"cgroup_helpers.h"' "$f" && extra="$extra $bpf/cgroup_helpers.c"
	grep -q '"bpf_load.h"' "$f" && extra="$extra $kernel/samples/bpf/bpf_load.c"
	$cc -std=gnu11 -O2 -w -D_GNU_SOURCE $3 -I"$bpf" -I"$kernel/samples/bpf" -I"$kernel/tools/perf" \
		-idirafter "$kernel/tools/include" -idirafter "$kernel/tools/lib" \
		-o "$work/run/$2/$1" "$f" $extra $4 -lelf -lz -lrt -lpthread 2>"$tmp/err" && return
	why=$(grep -m 1 -o 'error: .*\|undefined reference to .*' "$tmp/err")
	printf '%s\t%s\tunbuilt\t%s\n' "$2" "$1" "$why" >>"$work/users"
	return 1
}

for f in "$kernel"/samples/bpf/*_user.c; do
	name=$(basename "$f" _user.c)
	users=$((users + 1))
	user "$name" compat "-I$compat/include ${LIBBPF_CFLAGS-}" "$out/libcompat.a ${LIBBPF_LIBS:--lbpf}" &&
		linked=$((linked + 1))
	user "$name" native "-I$old/include" "$(lib "$old")"
done
sed -n 's/^compat\t\(.*\)\tunbuilt\t/# \1_user.c does not build: /p' "$work/users"
# Only xdpsock may fail to build: xsk_*() are in libxdp now.
lost=$(sed -n 's/^compat\t\(.*\)\tunbuilt\t.*/\1/p' "$work/users" | grep -vx xdpsock | tr '\n' ' ')
[ -z "$lost" ] && [ $linked -gt 0 ]
result $? "$linked of $users programs of the kernel's samples, unmodified, build against compat ${lost:+(not $lost)}"

# Makes their objects as samples/bpf/Makefile does: with the kernel's headers, first to
# LLVM's bitcode for the machine, then for BPF.
headers=$(get -s bullseye 'linux-headers-5[.]10[.].*-cloud-amd64' | tail -n 1)
[ -z "$headers" ] || headers=$(get bullseye "$headers" "${headers%-cloud*}-common" | tr '\n' ' ')
kernel_objects() {	# prints errors on stdout
	local generated=$1 common=$2 inc= dir f name

	for dir in arch/x86/include{,/generated} include arch/x86/include{,/generated}/uapi \
		   include{,/generated}/uapi; do
		inc="$inc -I$common/$dir -I$generated/$dir"
	done
	for name in write read mmap; do
		printf '#include <asm/unistd.h>\n#define SYS__NR_%s __NR_%s\n' $name $name
	done >"$work/shim/syscall_nrs.h"
	for f in "$kernel"/samples/bpf/*_kern.c; do
		name=$(basename "$f" .c)
		$clang -std=gnu11 -nostdinc -isystem "$($clang -print-resource-dir)/include" $inc \
			-include linux/kconfig.h -include linux/compiler_types.h -I"$work/shim" \
			-I"$kernel/tools/testing/selftests/bpf" -I"$old/include" -I"$kernel/tools/lib" \
			-I"$kernel/samples/bpf" -D__KERNEL__ -D__BPF_TRACING__ -D__TARGET_ARCH_x86 -w \
			-fno-stack-protector -fno-asynchronous-unwind-tables -include asm_goto_workaround.h \
			-include linux/bpf.h -O2 -g -emit-llvm -Xclang -disable-llvm-passes -c "$f" \
			-o "$tmp/kern.bc" 2>"$tmp/err" &&
			$clang -target bpf -O2 -g -w -x ir -c "$tmp/kern.bc" \
				-o "$work/run/kern/$name.o" 2>"$tmp/err" ||
			echo "$name.c: $(grep -m 1 error: "$tmp/err")"
	done
	# iproute2 loads these two, so they are converted.
	for name in lwt_len_hist_kern tc_l2_redirect_kern; do
		"$bin/maps2btf" "$work/run/kern/$name.o" "$work/run/kern/$name.btf.o" 2>"$tmp/err" ||
			echo "maps2btf: status $?: $(cat "$tmp/err")"
	done
	cp "$kernel/samples/bpf/tc_l2_redirect.sh" "$work/run/kern/" 2>&1
}

# Runs the programs in a guest of 5.10, with the modules and programs that they may need.
run_users() {
	local image files= f

	image=$(guest -k list | sed -n 's/^5[.]10 *\(.*\)\/boot\/.*/\1/p')
	for f in veth tunnel4 tunnel6 ip_tunnel ipip ip6_tunnel sch_ingress cls_bpf; do
		f=$(find "$image/lib/modules" -name $f.ko) && files="$files${f:+ -f $f}"
	done
	for f in ip tc; do
		f=$(command -v $f) && files="$files -f $f"
	done
	run_guest -k 5.10 -d "$work/run" -f "$here/kernel-samples/users.sh" $files -- \
		env ${V:+V=$V} ./users.sh native compat >"$tmp/ran" 2>"$tmp/guest"
}

# compare STATUS: compares the results; STATUS is that of run_users
compare() {
	local lost

	[ -z "${V:-}" ] || note <"$tmp/guest" >&2
	if [ "$1" = 4 ] && [ ! -s "$tmp/ran" ]; then
		skipped "$name" "no guest: $(tail -n 1 "$tmp/guest")"
		return
	fi
	warned
	cat "$tmp/ran" >>"$work/users"
	awk -F'\t' '
		$1 == "native" { then[$2] = $3 }
		$1 == "compat" { if (!($2 in now)) names[++n] = $2; now[$2] = $3; why[$2] = $4 }
		END {
			printf "# %-32s %-8s %-8s\n", "samples/bpf/*_user.c, in a guest", "0.3", "compat"
			for (i = 1; i <= n; i++)
				printf "# %-32s %-8s %-8s %s\n", names[i], then[names[i]] ? then[names[i]] : "-", now[names[i]], why[names[i]]
		}' "$work/users"
	ran() { awk -F'\t' -v which="$1" '$1 == which && $3 == "ran" { print $2 }' "$work/users" | sort; }
	if ! tail -n 1 "$tmp/ran" | grep -qx end; then
		lost=$(tail -n 1 "$tmp/ran" | awk -F'\t' '{ print $1 "/" $2 }')
		result 1 "$name: the guest stopped at ${lost:-its start}" "$tmp/guest"
		return
	fi
	ran native >"$tmp/then" && ran compat >"$tmp/now"
	lost=$(comm -23 "$tmp/then" "$tmp/now" | tr '\n' ' ')
	[ -z "$lost" ] && [ -s "$tmp/now" ]
	result $? "$name: $(wc -l <"$tmp/now") of $(wc -l <"$tmp/then") ${lost:+(not $lost)}"
}

name="every program that runs with libbpf 0.3 runs with compat"
set -- $headers
if [ $# = 2 ]; then
	kernel_objects "$(echo "$1"/usr/src/*)" "$(echo "$2"/usr/src/*)" >"$tmp/why"
	[ ! -s "$tmp/why" ]
	result $? "all samples compile with the kernel's headers, and maps2btf converts those for iproute2" "$tmp/why"
	run_users
	compare $?
else
	skipped "$name" "cannot get the headers of 5.10: $(tail -n 1 "$tmp/fetch")"
fi

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
: >"$tmp/time"
bpf "$work/large.c" "$work/large.bpf" -g && llvm-strip -g "$work/large.bpf" &&
	size=$(stat -c %s "$work/large.bpf") &&
	"$work/try-now" -m "$work/large.bpf" >"$tmp/time" 2>&1 && [ "$size" -gt 102400 ]
result $? "an object of ${size:-0} bytes converts in less time than libbpf $now_version takes to open it"
note <"$tmp/time"
# The same for the largest objects of the kernel tree, without a result.
find "$work"/{samples,selftests}.objs -name '*.o' -printf '%s\t%p\n' | sort -rn | head -n 3 |
	while IFS=$'\t' read -r size f; do
		echo "# $(basename "$f"), $size bytes: $("$work/try-now" -m "$f" 2>&1 | paste -sd ' ')"
	done

echo "1..$tests"
exit $failed
