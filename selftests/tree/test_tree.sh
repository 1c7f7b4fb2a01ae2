#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_tree.sh - does the suite build and run in a kernel tree?
#
#	test_tree.sh [-a|-p] [VERSION]	5.10, 6.1 (default), 6.12 or 7.3
#
# The tree is the distribution's linux-source, unpacked and prepared in the cache
# once: "in" is built in place, "out" with O=.  The suite is copied into
# it and removed again.  It must build with the tree's own libbpf and bpftool,
# `make clean` must leave the tree as it was and nothing of the suite's deleted,
# and its tests must run from an archive of kselftest's, in a VM with a kernel of
# that version.  And it must build for arm64 with O=, where it may use nothing of this
# machine's.  -a does the same with LLVM=1, by CONFIG_, for s390, and in a VM of arm64; -p
# only fetches and unpacks the tree.
# Not root.  Environment: BPF_EVOLUTION_CACHE.
set -u
export LC_ALL=C
unset MAKEFLAGS MAKELEVEL OUT BIN O M BPFTOOL LIBBPF_DIR LIBBPF0_DIR WERROR V
unset ARCH CROSS_COMPILE SYSROOT LLVM CC HOSTCC VMLINUX_BTF VMLINUX_H

all= only=
case ${1:-} in
-a) all=1; shift ;;
-p) only=1; shift ;;
esac
version=${1:-6.1}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../guest/cache.sh"
trees=$cache/trees/$version
newest=7.3
tests=0 failed=0
plan=$((all ? 25 : 13))
# Guests of arm64 begin with 6.1 (../arch.sh).
[ "$all$version" != 15.10 ] || plan=24
make="make -j2"

skip() { echo "1..0 # SKIP $*"; echo "test_tree.sh: $*" >&2; exit 4; }
die() { echo "test_tree.sh: $*" >&2; exit 1; }

# result STATUS NAME; what $tmp/log says explains a failure.
result() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $version: $2"
	else
		echo "not ok $tests - $version: $2"
		tail -n 25 "$tmp/log" | sed 's/^/# /'
		cp "$tmp/log" "$tmp/$tests"
		echo "# (all of it: $tmp/$tests)"
		failed=1
	fi
}
skipped() { tests=$((tests + 1)); echo "ok $tests - $version: $1 # SKIP $2"; }

# step NAME COMMAND...: a test that is a command.
step() {
	local name=$1
	shift
	"$@" >"$tmp/log" 2>&1
	result $? "$name"
}

# ---- the tree ----------------------------------------------------------------

source_of() {
	local suite

	case $1 in
	5.10) suite=bullseye ;;
	6.1) suite=bookworm ;;
	6.12) suite=trixie ;;
	*) suite=trixie-backports ;;
	esac
	"$here/../guest/fetch.sh" "$suite" "linux-source-$1"
}

# Leaves out the drivers: they are most of a tree, and nothing here needs them.
unpack() {
	local dir

	[ ! -d "$trees/src" ] || return 0
	dir=$(source_of "$version") || return
	rm -rf "$trees/src.new" && mkdir "$trees/src.new" &&
		tar -xf "$dir/usr/src/linux-source-$version.tar.xz" -C "$trees/src.new" \
			--strip-components=1 --exclude='linux-source-*/drivers/*.[chS]' \
			--exclude='linux-source-*/sound/*.[chS]' \
			--exclude='linux-source-*/Documentation/*.rst' \
			--exclude='linux-source-*/Documentation/*.yaml' &&
		mv "$trees/src.new" "$trees/src"
}

# Does this tree take this clang, or a newer one of this distribution's?
llvm_fits() {
	local package dir path=

	! llvm_is_there || return 0
	for package in clang-19 lld-19 llvm-19; do
		dir=$("$here/../guest/fetch.sh" -i "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" \
			$package 2>/dev/null) || return
		path+=$dir/usr/lib/llvm-19/bin:
		LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(echo "$dir"/usr/lib/*-linux-gnu)
	done
	PATH=$path$PATH
	export LD_LIBRARY_PATH
	llvm_is_there
}

llvm_is_there() {
	local clang want

	for clang in clang ld.lld llvm-ar llvm-nm llvm-objcopy llvm-strip; do
		command -v $clang >/dev/null || { why="there is no $clang"; return 1; }
	done
	clang=$(clang -dumpversion)
	want=$(cd "$trees/src" && SRCARCH=x86 sh scripts/min-tool-version.sh llvm 2>/dev/null) || return 0
	why="$version wants clang $want, this is $clang"
	[ "$(printf '%s\n' "$want" "$clang" | sort -V | head -n 1)" = "$want" ]
}

prepare() {	# DIR [make's arguments]
	[ ! -e "$1/.prepared" ] || return 0
	$make "${@:2}" defconfig headers_install prepare && touch "$1/.prepared"
}

# For another compiler kconfig would ask again about the compiler's options.
prepare_out() {	# DIR [make's arguments]
	local out=$trees/$1 by="${*:2}"

	case $by in *LLVM=1*) by+=" clang $(clang -dumpversion)" ;; esac
	[ "$(cat "$out/.by" 2>/dev/null)" = "$by" ] || rm -rf "$out"
	mkdir -p "$out" && echo "$by" >"$out/.by" && cd "$trees/src" &&
		prepare "../$1" "O=../$1" "${@:2}"
}

prepare_in() {
	[ -d "$trees/in" ] || cp -al "$trees/src" "$trees/in" || return
	cd "$trees/in" && prepare .
}

# Restores the tree, except for what was prepared.
take_out() {
	local dir file

	for dir in src in; do
		rm -rf "$trees/$dir"/{samples,tools/testing/selftests}/bpf_evolution
		for file in .config samples/Kconfig samples/Makefile tools/testing/selftests/Makefile; do
			[ ! -e "$trees/$dir/$file.was" ] || mv -f "$trees/$dir/$file.was" "$trees/$dir/$file"
		done
	done
}

# Copies the suite as a user would: without what was built.
drop() {
	mkdir "$1/samples/bpf_evolution" &&
		tar -C "$top" --exclude=./.output --exclude=./.git -cf - . |
		tar -C "$1/samples/bpf_evolution" -xf -
}

# ---- what a build must be ---------------------------------------------------

# What the suite's Makefile would build, and the tree's bpftool.
wanted() { make -s -C "$top" -f Makefile list | tr ' ' '\n'; echo bpftool; }
built() { diff <(wanted | sort) <(ls "$1" | sort); }

elf() { [ "$(head -c 4 "$1" | tr -d '\0')" = $'\177ELF' ]; }

# Are the variants in DIR/bin built with the tree's libbpf, which is linked statically, and with
# its BPFTOOL?  The bpftool of 5.10 cannot make the skeletons of today, and so may be another.
of_the_tree() {	# DIR BPFTOOL
	local dir=$1 bpftool=$2 file

	case $version in
	5.10) set -- execmon.libbpf0 ;;
	*) set -- execmon.skel execmon.libbpf ;;
	esac
	for file; do
		elf "$dir/bin/$file" && ! readelf -d "$dir/bin/$file" | grep 'NEEDED.*libbpf' ||
			{ echo "$file"; return 1; }
	done
	[ "$version" = 5.10 ] || grep -qF " $bpftool " "$dir/.settings" ||
		{ echo "built with another bpftool:"; cat "$dir/.settings"; return 1; }
}

its_bpftool() { "$1" version | tee /dev/fd/2 | grep -qE "v$version\.|libbpf v1\."; }

# Is every program in DIR/bin of the architecture of PROGRAM, and every BPF object of its byte
# order?  And are its headers not those of x86, which alone has the system call arch_prctl?
of_the_arch() {	# DIR PROGRAM
	local file want

	want=$(kind "$2")
	for file in "$1"/bin/*; do
		elf "$file" || continue
		case $(kind "$file") in
		"$want" | "${want%,*},Linux BPF") ;;
		*) echo "$file: $(kind "$file"), not $want"; return 1 ;;
		esac
	done
	grep -q __NR_read "$1/samples/lib/syscall_table.h" &&
		! grep arch_prctl "$1/samples/lib/syscall_table.h"
}
kind() { readelf -h "$1" | sed -n 's/^ *\(Data\|Machine\): *//p' | paste -sd ,; }

by_clang() { readelf -p .comment "$1" | grep clang; }

# Compares sizes and times, since checksums of the whole tree would take long.
listing() {
	(cd "$1" && find . ! -name '.*.was' ! -path './samples/bpf_evolution/*' \
		\( -type f -printf '%p %s %T@\n' -o -printf '%p %l\n' \) | sort
	 cd samples/bpf_evolution 2>/dev/null && find . -type f -exec cksum {} + | sort -k 3)
}

# Is there what a build for this architecture needs?  Sets $cross, $sysroot, $btf and $why.
cross_is_there() {	# ARCH
	cross=$("$here/../arch.sh" "$1" triplet)- || return
	why="this machine is $1"
	[ "$("$here/../arch.sh" "" arch)" != "$1" ] || return
	why="there is no ${cross}gcc: make deps ARCH=$1"
	command -v "${cross}gcc" >/dev/null || return
	{ sysroot=$("$here/../guest/sysroot.sh" "$1") &&
		btf=$("$here/../guest/btf.sh" "$1" "$("$here/../arch.sh" "$1" kernel)"); } 2>"$tmp/log"
	[ $? != 4 ] || { why=$(tail -n 1 "$tmp/log"); return 1; }
}

# Builds for another architecture: two results.  With LLVM=1 the tree has a vmlinux with BTF, or
# what the build takes for one, and else it has none.
foreign() {	# ARCH [LLVM=1]
	local by dir=$suite/.output bpftool out=out-$1${2+-llvm} vmlinux=$trees/out-$1-llvm/vmlinux
	local name="ARCH=$1 ${2-CROSS_COMPILE=}" of="... all of it is of $1, and of the tree"

	cross_is_there "$1" || { skipped "make $name" "$why"; skipped "$of" "$why"; return; }
	by="ARCH=$1 ${2-CROSS_COMPILE=$cross}"
	bpftool=$dir/tree-$1/bpftool/bootstrap/bpftool
	# Before Linux 6.13 a bpftool opens only objects of its own byte order.
	case $1:$version in s390:[56].*) bpftool=selftests/guest/target_bpftool.sh ;; esac
	{ prepare_out "$out" $by &&
		{ [ ! "${2-}" ] || "${cross}objcopy" --add-section .BTF="$btf" "$sysroot/usr/bin/bash" \
			"$vmlinux"; } &&
		$make O="../$out" $by M="$suite" WERROR=1 && built "$dir/bin"; } >"$tmp/log" 2>&1
	result $? "make O= $name M= builds everything"
	{ of_the_tree "$dir" "$bpftool" && of_the_arch "$dir" "$sysroot/usr/bin/bash" &&
		{ [ ! "${2-}" ] || { by_clang "$dir/bin/equiv" && grep -F " $vmlinux" "$dir/.settings"; }; }
	} >"$tmp/log" 2>&1
	result $? "$of${2+, and made by clang}"
}

unchanged() { listing "$1" | diff "$tmp/before" -; }

# Does the patch of add.sh --patch make the same of the original files as add.sh?
patched() {
	local at=$tmp/patched file
	local files="samples/Kconfig samples/Makefile tools/testing/selftests/Makefile"

	for file in $files; do
		mkdir -p "$at/${file%/*}" && cp "$file.was" "$at/$file"
	done
	(cd "$at" && GIT_CEILING_DIRECTORIES=$tmp git apply "$tmp/patch") || return
	for file in $files tools/testing/selftests/bpf_evolution; do
		diff -r "$file" "$at/$file" || return
	done
}

# Does this tree's kconfig accept all options of kselftest/config, with all that they depend
# on?  BTF needs pahole, of which kconfig asks only the version.
config_is_taken() {
	local config=samples/bpf_evolution/selftests/tree/kselftest/config option

	sort -c "$config" || return
	mkdir -p "$tmp/pahole" && printf '#!/bin/sh\necho v1.27\n' >"$tmp/pahole/pahole" &&
		chmod +x "$tmp/pahole/pahole" && cat .config "$config" >"$tmp/.config" &&
		PATH=$tmp/pahole:$PATH $make KCONFIG_CONFIG="$tmp/.config" olddefconfig || return
	while read -r option; do
		grep -x "$option" "$tmp/.config" || { echo "is not taken: $option"; return 1; }
	done <"$config"
}

# ---- kselftest --------------------------------------------------------------------

kselftest() { $make -C tools/testing/selftests TARGETS=bpf_evolution "$@"; }

# Runs in the guest one test of DIR by name, then the first pass of all.  The guest has one CPU:
# under emulation, a second one may run code that the kernel patches at that moment (static keys),
# and crash.
in_guest() {	# DIR [vm.sh's options]
	local first='' family

	for family in $families; do
		first+=" KSELFTEST_${family^^}_ARGS=-1"
	done
	# shellcheck disable=SC2016 # expanded in the guest
	"$here/../guest/vm.sh" -k "$version" -c 1 -d "$@" -- sh -c '
		ln -sf /proc/self/fd/1 /dev/stdout	# the runner of kselftest writes there
		./run_kselftest.sh -t bpf_evolution:execmon && echo ---- &&
			env $0 ./run_kselftest.sh' "$first" \
		>"$tmp/run" 2>"$tmp/run.err"
	status=$?
	cat "$tmp/run" "$tmp/run.err"
	sed '/^----$/,$d' "$tmp/run" >"$tmp/one"
	sed '1,/^----$/d' "$tmp/run" >"$tmp/all"
	return $status
}

# The same as a test: all of them must pass.
passes_in_guest() {	# NAME DIR [vm.sh's options]
	local guest=1

	in_guest "${@:2}" >"$tmp/log" 2>&1
	status=$?
	if [ $status = 4 ]; then
		skipped "$1" "$(tail -n 1 "$tmp/log")"
	else
		[ $status = 0 ] && green "$tmp/one" execmon >>"$tmp/log" &&
			green "$tmp/all" $families >>"$tmp/log"
		result $? "$1"
	fi
}

# Has every family a result, and is none "not ok"?  In the guest no family may be
# skipped, and on kernels above 5.10 no variant.
green() {
	local family skip='^ok .*# SKIP'

	cat "$1"
	! grep '^not ok ' "$1" || return 1
	[ "$version" = 5.10 ] || skip='# SKIP'
	[ ! "${guest-}" ] || ! grep "$skip" "$1" || return 1
	for family in "${@:2}"; do
		grep -qE "^ok [0-9]+ selftests: bpf_evolution: $family( |\$)" "$1" ||
			{ echo "no result: $family"; return 1; }
	done
}

# Parses KTAP with the newest tree's kunit.py, which is not part of this suite: it has
# to find all tests, whether they passed or not, and no errors in the format.
parses() {
	python3 "$cache/trees/$newest/src/tools/testing/kunit/kunit.py" parse "$1" |
		tee /dev/fd/2 | sed 's|^\[[0-9:]*\] ||' >"$tmp/kunit"
	grep -q "^Testing complete. Ran $(echo "$families" | wc -l) tests: " "$tmp/kunit" &&
		! grep -q '^\[ERROR\]\|^\[CRASHED\]' "$tmp/kunit"
}

# ---- the tests ----------------------------------------------------------------------

case $version in *[!0-9.]* | '') die "'$version' is no version" ;; esac
for tool in flex bison bc rsync perl python3 xz; do
	command -v $tool >/dev/null || skip "there is no $tool, which a kernel tree needs (make deps)"
done
mkdir -p "$trees" || die "$cache is not writable: set BPF_EVOLUTION_CACHE"
exec 9>"$trees/.lock"
flock 9
tmp=$trees/log
rm -rf "$tmp" && mkdir "$tmp" || exit 1
trap 'take_out; rm -rf "$tmp/install" "$tmp/flat"' EXIT

unpack >"$tmp/log" 2>&1 || {
	status=$?
	[ $status != 4 ] || skip "$(tail -n 1 "$tmp/log")"
	die "linux-source-$version: $(tail -n 1 "$tmp/log")"
}
take_out
[ ! $only ] || exit 0
echo "KTAP version 1"
echo "1..$plan"
families=$(cd "$top/samples" && ls ./*.c | sed 's|^./||; s|\.c$||; /_report$/d')

step "defconfig headers_install prepare" prepare_in
cd "$trees/in" || exit 1
drop . || exit 1
suite=$PWD/samples/bpf_evolution
listing . >"$tmp/before"
step "make M= builds everything, without a warning" sh -c "$make M=$suite WERROR=1"
{ built "$suite/.output/bin" && its_bpftool "$suite/.output/bin/bpftool" &&
	of_the_tree "$suite/.output" "$suite/.output/tree/bpftool/bpftool"; } >"$tmp/log" 2>&1
result $? "with the libbpf and bpftool of the tree"
{ make M="$suite" clean && unchanged .; } >"$tmp/log" 2>&1
result $? "make M= clean leaves the tree as it was"
step "kconfig takes the config of the tests" config_is_taken

for file in .config samples/Kconfig samples/Makefile tools/testing/selftests/Makefile; do
	cp -p $file $file.was
done
sh "$suite/selftests/tree/add.sh" --patch . >"$tmp/patch"
step "add.sh adds it to the tree" sh "$suite/selftests/tree/add.sh" .
step "the patch that add.sh writes does the same" patched
if [ $all ]; then
	{ scripts/config -e SAMPLES -e SAMPLE_BPF_EVOLUTION && $make olddefconfig &&
		$make samples/bpf_evolution/ && built "$suite/.output/bin"; } >"$tmp/log" 2>&1
	result $? "CONFIG_SAMPLE_BPF_EVOLUTION builds everything"
	make M="$suite" clean >/dev/null 2>&1
fi

step "kselftest builds, installs and archives it" kselftest gen_tar KSFT_INSTALL_PATH="$tmp/install"
mkdir "$tmp/flat"
tar -C "$tmp/flat" -xf "$tmp"/install/kselftest-packages/kselftest.tar.gz 2>/dev/null
if [ $all ]; then
	kselftest run_tests >"$tmp/run_tests" 2>&1
	green "$tmp/run_tests" $families >"$tmp/log" 2>&1
	result $? "kselftest runs it here"
fi
passes_in_guest "the archive's tests pass" "$tmp/flat"
if [ -s "$tmp/all" ] && [ -d "$cache/trees/$newest/src" ]; then
	step "kunit.py parses what they print" parses "$tmp/all"
else
	skipped "kunit.py parses what they print" "no tree of $newest in the cache, or nothing was run"
fi
kselftest clean >"$tmp/log" 2>&1
[ -z "$(ls -A tools/testing/selftests/bpf_evolution | grep -vx 'Makefile\|config\|settings' | tee -a "$tmp/log")" ]
result $? "kselftest's clean leaves nothing"

if [ $all ]; then
	if cross_is_there arm64; then
		step "kselftest installs it for arm64" kselftest ARCH=arm64 CROSS_COMPILE=$cross \
			install KSFT_INSTALL_PATH="$tmp/install"
		[ "$version" = 5.10 ] ||
			passes_in_guest "... and its tests pass on arm64" "$tmp/install" -A arm64
		kselftest clean >/dev/null 2>&1
	else
		skipped "kselftest installs it for arm64" "$why"
		[ "$version" = 5.10 ] || skipped "... and its tests pass on arm64" "$why"
	fi
fi

cd "$trees/src" && drop . || exit 1
suite=$PWD/samples/bpf_evolution
listing . >"$tmp/before"
foreign arm64
if [ $all ]; then
	llvm=1
	llvm_fits || llvm='' no_llvm=$why
	if [ $llvm ]; then
		foreign arm64 LLVM=1
	else
		skipped "make ARCH=arm64 LLVM=1" "$no_llvm"
		skipped "... all of it is of arm64, and of the tree" "$no_llvm"
	fi
	foreign s390
	step "O=, ${llvm:+LLVM=1, }prepared" prepare_out out ${llvm:+LLVM=1}
	# The kernel has two names for this architecture.
	native=
	[ "$(uname -m)" != x86_64 ] || native=ARCH=x86_64
	{ $make O=../out $native ${llvm:+LLVM=1} M="$suite" && built "$suite/.output/bin" &&
		of_the_tree "$suite/.output" "$suite/.output/tree/bpftool/bpftool"; } >"$tmp/log" 2>&1
	result $? "make O= $native ${llvm:+LLVM=1 }M= builds everything"
	if [ $llvm ]; then
		step "make LLVM=1 compiles with clang" by_clang "$suite/.output/bin/equiv"
	else
		skipped "make LLVM=1" "$no_llvm"
	fi
	{ make O=../out ${llvm:+LLVM=1} M="$suite" clean && unchanged .; } >"$tmp/log" 2>&1
	result $? "make O= M= clean leaves the tree as it was"
fi
exit $failed
