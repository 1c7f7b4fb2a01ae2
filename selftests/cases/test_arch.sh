#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_arch.sh - builds for another architecture, and runs two families there, in a guest.
#
#	test_arch.sh [ARCH]	prints KTAP; by default arm64, and x86 on an arm64 machine
#
# What that needs, `make deps ARCH=arm64` installs; without it, tests are skipped.
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
host=$("$top/selftests/arch.sh" '' arch) || host=$(uname -m)
arch=${1:-$([ "$host" = arm64 ] && echo x86 || echo arm64)}
read -r triplet macro kernel <<<"$("$top/selftests/arch.sh" "$arch" triplet macro kernel)"
out=${OUT:-$top/.output}-$arch
[[ $out == /* ]] || out=$PWD/$out
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
unset OUT MAKEFLAGS MAKELEVEL CFLAGS WERROR ARCH CROSS_COMPILE LLVM SYSROOT CC CLANG BPFTOOL
. "$here/../ktap.sh"

build() { make -C "$top" "$@" >"$tmp/log" 2>&1; }
# Does make fail with one line that has these words, and before it compiles anything?
refuses() {
	! build OUT="$tmp/refused" "${@:2}" && [[ $(grep -c -- "$1" "$tmp/log") == 1 ]] &&
		! grep -q '^  [A-Z]' "$tmp/log"
}

echo "KTAP version 1"
echo "1..22"
names_are_known() {
	for name in $("$top/selftests/arch.sh" '' arch uname debian); do
		make -C "$top" ARCH="$name" -pq help >"$tmp/log" 2>&1
		grep -qx "\(override \)\?ARCH :\?= $host" "$tmp/log" ||
			{ echo "ARCH=$name" >"$tmp/log"; return 1; }
	done
}
names_are_known
result $? "ARCH is what a kernel tree calls it, given by any of its names"
printf '#!/bin/sh\n[ "$1" != -m ] || exec echo ${MACHINE:-aarch64}\nexec /bin/uname "$@"\n' >"$tmp/uname"
chmod 755 "$tmp/uname"
PATH=$tmp:$PATH build -n run && grep -q 'target bpfel -D__TARGET_ARCH_arm64 ' "$tmp/log" &&
	grep -q 'vm.sh -A arm64 -k 6.1 ' "$tmp/log" && ! grep -q sysroot "$tmp/log"
result $? "where uname says aarch64, the suite is for arm64, and built like any other"
MACHINE=armv7l PATH=$tmp:$PATH refuses 'ARCH=armv7l: there is no such architecture here, only' all
result $? "where uname says something that is not in the table, that is refused"
refuses 'ARCH=pdp11: there is no such architecture here, only' ARCH=pdp11 all
result $? "an ARCH that is not in the table is refused"
refuses "ARCH=';touch .*': there is no such\|ARCH=';touch .*: there is no such" ARCH="';touch $tmp/run" all &&
	[[ ! -e $tmp/run ]]
result $? "so is one with characters that are special to the shell"
here_only() {
	for target in run-host check check-host check-legacy soak mutate-host check-kills; do
		refuses "$target: programs for ARCH=$arch do not run on this machine" \
			ARCH="$arch" "$target" || return
	done
}
here_only
result $? "a target that runs programs on this machine refuses those for another"
refuses "SANITIZE=address: the libraries for that are not in the sysroot" ARCH="$arch" SANITIZE=address all
result $? "so are sanitizers, whose libraries the sysroot does not have"
refuses 'missing: a C compiler (HOSTCC=/nowhere/cc)' ARCH="$arch" HOSTCC=/nowhere/cc all
result $? "without a compiler for this machine, the line names HOSTCC"
refuses "CC=cc does not compile for ARCH=$arch (it does not define $macro)" ARCH="$arch" CC=cc SYSROOT= all
result $? "a compiler that compiles for another ARCH is refused"
name="so is one for the same processor, but for programs of 32 bits"
if cc -std=gnu11 -m32 -E -dM -x c /dev/null >"$tmp/log" 2>&1; then
	refuses "CC=cc -m32 does not compile for ARCH=$host" CC='cc -m32' all
	result $? "$name"
else
	skipped "$name" "cc has no -m32"
fi
refuses 'missing: libbpf, libelf or zlib to link with.*no_such' LDFLAGS=-lno_such all
result $? "the libraries are tried with LDFLAGS"
refuses "missing: a C compiler for ARCH=$arch (/nowhere/gcc.*apt-get install gcc-$triplet" \
	ARCH="$arch" CROSS_COMPILE=/nowhere/ all
result $? "no cross compiler: one line says so, and names its package"
other=$([ "$host" = s390 ] && echo x86 || echo s390)
printf '#!/bin/sh\nexit 1\n' >"$tmp/qemu-$("$top/selftests/arch.sh" "$other" uname)-static"
chmod 755 "$tmp"/qemu-*
! PATH=$tmp:$PATH ARCH=$other BPFTOOL=$top/selftests/guest/target_bpftool.sh BPF_EVOLUTION_CACHE=$tmp/none \
	sh "$top/selftests/check-deps.sh" >"$tmp/log" 2>&1 &&
	grep -q "missing: bpftool.*selftests/guest/sysroot.sh $other fetches it" "$tmp/log" &&
	! grep -q 'without BPFTOOL' "$tmp/log"
result $? "no bpftool of the other byte order: make says what fetches it"

missing=$(make -s -C "$top" ARCH="$arch" OUT="$out" check-deps 2>&1) && missing=
missing=$(sed -n 's/^missing: //; 1p' <<<"$missing")
name="no sysroot: one line says so, and how to get one"
no_linker="clang without the linker of the target: one line says so, and names its package"
if command -v "$triplet-gcc" >"$tmp/log"; then
	refuses "missing: SYSROOT=/nowhere: .*make deps ARCH=$arch" ARCH="$arch" SYSROOT=/nowhere all
	result $? "$name"
	cat >"$tmp/no_linker" <<-END
		#!/bin/sh
		case "\$*" in
		*-lgcc*)
			echo "ld: unrecognised emulation mode" >&2
			echo "clang: error: linker command failed with exit code 1" >&2
			exit 1 ;;
		esac
		exec $triplet-gcc "\$@"
	END
	chmod 755 "$tmp/no_linker"
	refuses "missing: a linker.*: ld: unrecognised emulation mode.*apt-get install gcc-$triplet" \
		ARCH="$arch" CC="$tmp/no_linker" all
	result $? "$no_linker"
else
	skipped "$name" "$missing"
	skipped "$no_linker" "$missing"
fi
names=("all programs of a build for $arch are for it"
	"its table of system calls is that of $arch, and not that of this machine"
	"its vmlinux.h has the types of $arch"
	"a directory in which another architecture was built gets the BTF of this one"
	"the BTF of a kernel cannot be got: make says why, and nothing else"
	"LLVM=1 builds for $arch"
	"two families agree in a guest of $arch")
if [[ $missing ]]; then
	for name in "${names[@]}"; do skipped "$name" "$missing"; done
	exit $failed
fi
sysroot=$("$top/selftests/guest/sysroot.sh" -n "$arch")

# Prints the kinds of machine that the programs are for, each once.
machines() {
	for file; do
		[[ $file == *.o ]] || readelf -h "$file" 2>/dev/null | sed -n 's/^ *Machine: *//p'
	done | sort -u
}
build -j2 ARCH="$arch" OUT="$out" WERROR=1 && built=$(machines "$out"/bin/*) &&
	[[ $built && $built != *$'\n'* && $built != $(machines "$(command -v make)") ]]
result $? "${names[0]}"
table=$out/samples/lib/syscall_table.h
cp "$table" "$tmp/log"
grep -q '"openat"' "$table" && case $arch in
x86) grep -q '"arch_prctl"' "$table" ;;
*) ! grep -q '"arch_prctl"' "$table" ;;
esac
result $? "${names[1]}"
cp "$out/modern/vmlinux.h" "$tmp/log"
case $arch in
x86) grep -q 'orig_ax' "$tmp/log" ;;
*) ! grep -q 'orig_ax' "$tmp/log" ;;
esac
result $? "${names[2]}"
build -n ARCH="$other" OUT="$out" && grep -q "btf.sh $other" "$tmp/log"
result $? "${names[3]}"
! build ARCH="$arch" OUT="$tmp/btf" SYSROOT="$sysroot" BPF_EVOLUTION_CACHE=/dev/null/none \
	"$tmp/btf/vmlinux.btf" && grep -q 'btf.sh: ' "$tmp/log" && ! grep -q 'cp: ' "$tmp/log"
result $? "${names[4]}"
build LLVM=1 ARCH="$arch" OUT="$tmp/llvm" "$tmp"/llvm/bin/execmon.{skel,libbpf,workload} &&
	[[ $(machines "$tmp"/llvm/bin/*) == "$built" ]] &&
	readelf -p .comment "$tmp/llvm/bin/execmon.skel" | grep -q clang
result $? "${names[5]}"
# A guest is slow, so it makes only the first pass.
"$here/../guest/vm.sh" -A "$arch" -k "$kernel" -c 2 -d "$out/bin" -- \
	equiv -1 -f ktap execmon syscall_count >"$tmp/log" 2>"$tmp/err"
status=$?
if [[ $status == 4 && ! $(grep '^KTAP' "$tmp/log") ]]; then
	skipped "${names[6]}" "$(grep -m 1 'vm.sh: ' "$tmp/err")"
else
	[[ $status == 0 ]] && ! grep -q '# SKIP' "$tmp/log"
	result $? "${names[6]}" "$tmp/log" "$tmp/err"
fi
exit $failed
