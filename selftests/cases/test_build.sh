#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_build.sh - checks what `make` builds again and what not, what it says if a
# tool is missing, and which directories it does not touch.
#
#	test_build.sh		prints KTAP; takes VMLINUX_H (that of OUT), so needs no BTF
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
VMLINUX_H=${VMLINUX_H:-${OUT:-$top/.output}/modern/vmlinux.h}
VMLINUX_H=$(readlink -f "$VMLINUX_H")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
unset OUT MAKEFLAGS MAKELEVEL CFLAGS WERROR
. "$here/../ktap.sh"

build() { make VMLINUX_H="$VMLINUX_H" "$@" >"$tmp/log" 2>&1; }
# Has the last build compiled exactly these files?
compiled() { diff -u <(printf '%s\n' "$@" | sort) <(sed -n 's/^  \(CC\|CLANG-BPF\) *//p' "$tmp/log" | sort) >"$tmp/diff" || { cat "$tmp/diff" >>"$tmp/log"; false; }; }
# Does a build fail before anything is compiled, with one line that has these words?
refuses() {
	! build "${@:2}" && [[ $(grep -c "$1" "$tmp/log") == 1 ]] &&
		! grep -q '^  [A-Z]' "$tmp/log"
}

[[ -r $VMLINUX_H ]] || { echo "test_build: there is no modern/vmlinux.h: make first" >&2; exit 4; }
mkdir "$tmp/tree"
cp -a "$top"/{Makefile,samples,legacy,modern,selftests} "$tmp/tree"
cd "$tmp/tree" || exit 1
few=(.output/bin/execmon{.raw,.skel,_kern.o,.workload})

echo "KTAP version 1"
echo "1..42"
build -j2 "${few[@]}"
result $? "some programs are built"
build -q "${few[@]}"
result $? "a second make does nothing"
touch legacy/lib/perf_ring.h
build "${few[@]}" && compiled legacy/lib/perf_ring.o legacy/execmon_raw.o
result $? "a changed header builds the files that include it again, and nothing else"
touch modern/lib/observed.bpf.h
build "${few[@]}" && compiled modern/execmon.o execmon.bpf.o
result $? "a changed header of BPF programs builds their skeleton again, too"
build -q "${few[@]}"
result $? "after that, make does nothing"
build CFLAGS=-O1 .output/bin/execmon.raw && grep -q 'CC *legacy/execmon_raw.o' "$tmp/log" && build -q CFLAGS=-O1 .output/bin/execmon.raw
result $? "other settings build it again, once"

# A copy of the tree without git, so far.
says() { "$1" --version >"$tmp/said" 2>>"$tmp/log" && diff - "$tmp/said" <<<"${1##*/} of bpf_evolution $2" >>"$tmp/log"; }
build "${few[@]}" && says .output/bin/execmon.raw "$(sed -n 's/^VERSION := \([0-9.]*\)$/\1/p' Makefile)"
result $? "--version says which release it is"
build VERSION=7.8 "${few[@]}" && compiled samples/lib/version.o plain/samples/lib/version.o &&
	says .output/bin/execmon.raw 7.8 && says .output/bin/execmon.workload 7.8
result $? "another version compiles one file, and is what all programs say"
(export GIT_CONFIG_GLOBAL=/dev/null GIT_CEILING_DIRECTORIES="$tmp" GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@localhost \
	GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@localhost
	git init -q && echo 1 >note && git add note && git commit -q -m one && git tag -a -m one v7.9) >"$tmp/log" 2>&1 &&
	build .output/bin/execmon.raw && says .output/bin/execmon.raw v7.9
result $? "in a checkout it is what git calls it"
echo 2 >note
build .output/bin/execmon.raw && grep -q -e '-dirty$' <(.output/bin/execmon.raw --version)
result $? "also that it is not what was committed"
rm -rf .git note

build help && ! sed -n 's/^## \([^:]*\):.*/\1/p' Makefile | grep -vxFf <(sed -n 's/^  \([^ ]*\) .*/\1/p' "$tmp/log") >>"$tmp/log"
result $? "make help names every target"
build -n run run-host STEMS=map_crud && [[ $(grep -c 'equiv -f table map_crud$' "$tmp/log") == 2 ]]
result $? "run and run-host run the families of STEMS="

refuses 'missing: a clang .*(/nowhere/clang): .*not found (Debian: .*clang' CLANG=/nowhere/clang
result $? "no clang: one line, before anything is compiled"
refuses 'missing: bpftool (/nowhere/bpftool): there is no .*(Debian: .*bpftool' BPFTOOL=/nowhere/bpftool
result $? "no bpftool"
refuses 'missing: a C compiler (cc -fno-such): .*fno-such' CC='cc -fno-such'
result $? "a compiler that fails: with what it says"
refuses 'missing: libbpf.* to link with: .*lno_such' LDLIBS= ELF_LIBS='-lelf -lz -lno_such'
result $? "a library that fails: with what the linker says"
! build OUT="$tmp/fuzz" CLANG='clang -fno-such' fuzz && grep -q 'error: .*-fno-such' "$tmp/log"
result $? "no libFuzzer: with what clang says"
refuses 'missing: libbpf.a in LIBBPF_DIR=/nowhere: it is not there' LIBBPF_DIR=/nowhere
result $? "no libbpf"
mkdir -p "$tmp/mixed"/{include,lib}
echo 'void bpf_object__close(void *obj) { (void)obj; }' | ${CC:-cc} -std=gnu11 -x c -c -o "$tmp/mixed/close.o" - &&
	ar rc "$tmp/mixed/lib/libbpf.a" "$tmp/mixed/close.o" &&
	refuses 'missing: libbpf in .*undefined.*libbpf_major_version' LIBBPF_DIR="$tmp/mixed"
result $? "a libbpf that is older than its headers"
printf '%s\n' '#!/bin/sh' 'case $2 in help) echo skeleton; exit ;; esac' \
	'echo "libbpf: loading object" >&2; echo "Error: of bpftool" >&2; exit 255' >"$tmp/saying"
chmod 755 "$tmp/saying"
refuses 'missing: a bpftool that makes skeletons (.*): Error: of bpftool' BPFTOOL="$tmp/saying"
result $? "a bpftool that fails: with what it says last"
mkdir -p "$tmp/old/usr/include/bpf"
headers=$(echo '#include <bpf/libbpf.h>' | ${CC:-cc} -std=gnu11 -E -M -x c - | grep -o '[^ ]*/bpf/libbpf.h')
cp "${headers%/*}"/* "$tmp/old/usr/include/bpf"
sed -i 's/MAJOR_VERSION .*/MAJOR_VERSION 0/' "$tmp/old/usr/include/bpf/libbpf_version.h"
refuses 'missing: libbpf 1.0 or newer' LIBBPF_DIR="$tmp/old"
result $? "a libbpf 0.x"
refuses 'missing: /nowhere/btf: set VMLINUX_BTF' VMLINUX_H='' VMLINUX_BTF=/nowhere/btf
result $? "no BTF to make vmlinux.h from"

# Compilers of the future, which take another C as the default: they fail without -std=.
for tool in cc clang; do
	printf '#!/bin/bash\ncase " $* " in *" -std=gnu11 "* | *" -print-multiarch "* | *" -dump"* | *" --version "*) ;;\n' >"$tmp/$tool"
	printf '*".c "* | *" -x c "*) echo "error: compiled in which C? $*" >&2; exit 1 ;;\nesac\nexec %s "$@"\n' $tool >>"$tmp/$tool"
	chmod 755 "$tmp/$tool"
done
dialect=(CC="$tmp/cc" CLANG="$tmp/clang")
# Each command that compiles (with its continued lines) must have a -std= option.
awk -v words='(^|[{$(" \t|])(CC|cc|gcc|CLANG|clang)([:}][^ ]*|[")])? ' '
	FNR == 1 { line = "" }
	/^[ \t]*#/ { next }
	{ line = line $0 }
	sub(/\\$/, " ", line) { next }
	line ~ words && line ~ / -(c|o|E|fsyntax-only)( |$)/ && line !~ /-std=|\$STD|\$\(STD|\$\(COMMON|\$\(BPF_CFLAGS|sh -c|-x ir|\$\(filter/ {
		print FILENAME ": " line
		bad = 1
	}
	{ line = "" }
	END { exit bad }' Makefile legacy/compat/Makefile legacy/compat/*.mk selftests/*.sh selftests/*/*.sh samples/*.sh samples/lib/*.sh legacy/*.sh legacy/compat/*/*.sh legacy/compat/tests/*/*.sh >"$tmp/log"
result $? "every command that compiles has a -std= option"
# Since gcc 15 an initializer of a union does not clear the bytes that it does not name,
# and bpf(2) refuses an attribute with such bytes.
! grep -rnE '\<union [a-z_]+ [a-z_]+ *= *\{' --include='*.[ch]' samples legacy modern selftests >"$tmp/log"
result $? "no union has an initializer"
# A copy of a struct may not have the zeros between and behind members that libbpf wants.
! grep -rnE '\<struct (bpf|btf|perf|ring)_[a-z_]+_opts [a-z_]+(\(| = [a-z_]+[;(])' --include='*.[ch]' samples legacy modern selftests >"$tmp/log"
result $? "no struct of options is returned or copied"

special_is_refused() {
	for special in a:b a%b 'a#b' 'a;b' a=b 'a&b' "a'b" 'a(b' 'a`b' 'a\b'; do
		refuses "OUT='.*': name a path without spaces" OUT="$tmp/$special" check-deps || return
	done
}
special_is_refused && [[ ! -e $tmp/a ]]
result $? "an OUT with characters that are special to make or the shell is refused"
refuses "LIBBPF_DIR='.*': name a path" LIBBPF_DIR="$tmp/w c" check-deps &&
	refuses "VMLINUX_H='.*': name a path" VMLINUX_H="$tmp/w c" check-deps
result $? "so are other paths with such characters"
refuses "CC= names nothing" CC= check-deps && refuses "CLANG= names nothing" CLANG= check-deps
result $? "an empty CC= or CLANG= is refused"
mkdir "$tmp/foreign"
touch "$tmp/foreign/file"
echo "x := \$(shell touch $tmp/was-run)" >"$tmp/foreign/x.d"
build OUT="$tmp/foreign" -n all
rm "$tmp/foreign/x.d" && [[ ! -e $tmp/was-run ]]
result $? "make does not include a file of a directory that it has not built"
build V=1 .output/bin/execmon.workload -W samples/execmon.c && grep -q '^[^ ]*cc .*samples/execmon\.c' "$tmp/log"
result $? "V=1 shows the commands"
rm .output/bin/execmon.workload
build -s .output/bin/execmon.workload && [[ -e .output/bin/execmon.workload && ! -s $tmp/log ]]
result $? "make -s says nothing"
# breach FILE HEADER TARGET: if FILE includes HEADER, is TARGET not built for this reason?
breach() {
	cp -p "$1" "$tmp/whole"
	sed -i "1i #include \"$2\"" "$1"
	! build "$3" && grep -q "fatal error: '*$2\|$1: an include with \.\." "$tmp/log"
	local status=$?
	cp -p "$tmp/whole" "$1"
	return $status
}
breach selftests/runner/noise.c insns.h .output/bin/noise &&
	breach selftests/runner/equiv/proc.c raw.h .output/bin/equiv &&
	breach selftests/cases/kills.c compat.h .output/bin/kills &&
	breach samples/lib/tests/test_report.c perf_ring.h .output/bin/test_report &&
	breach samples/lib/report.c equiv/equiv.h .output/bin/equiv
result $? "selftests and samples cannot include from legacy, nor samples from selftests"
breach legacy/execmon_raw.c modern.h .output/bin/execmon.raw &&
	breach legacy/execmon_user.c modern.h .output/bin/execmon.libbpf &&
	breach legacy/execmon_kern.c observed.bpf.h .output/bin/execmon_kern.o &&
	breach modern/execmon.c raw.h .output/bin/execmon.skel &&
	breach modern/execmon.bpf.c observed.h .output/bin/execmon.skel &&
	breach modern/execmon.c ../legacy/lib/raw.h .output/bin/execmon.skel
result $? "legacy and modern cannot include from each other, not by .. either"
cp -p selftests/runner/equiv/show.c "$tmp/whole"
printf 'int sys_obj_get(const char *path);\nint breach(void);\nint breach(void)\n{\n\treturn sys_obj_get("");\n}\n' >>selftests/runner/equiv/show.c
! build .output/bin/equiv && grep -q "undefined reference to .sys_obj_get'" "$tmp/log" &&
	cp "$tmp/whole" selftests/runner/equiv/show.c && build .output/bin/equiv &&
	! readelf -d .output/bin/equiv | grep NEEDED | grep -v 'libc\.so\|ld-linux' >"$tmp/log"
result $? "equiv is linked with samples/lib and the C library, and nothing else"
mkdir "$tmp/my tools"
ln -s "$(BPFTOOL='' sh samples/lib/find_bpftool.sh)" "$tmp/my tools/bpftool"
build OUT="$tmp/named" BPFTOOL="$tmp/my tools/bpftool" LLVM_STRIP='env llvm-strip' "$tmp/named/modern/execmon.skel.h" &&
	build -n OUT="$tmp/named" BPFTOOL="$tmp/my tools/bpftool" -W all run && grep -q "BPFTOOL='$tmp/my tools/bpftool'" "$tmp/log"
result $? "a bpftool may have a space in its path, and LLVM_STRIP arguments"
build -j2 "${dialect[@]}" all install DESTDIR="$tmp/root" PREFIX=/opt &&
	[[ $(ls "$tmp/root/opt/libexec/bpf_evolution") == "$(ls .output/bin)" ]] &&
	"$tmp/root/opt/libexec/bpf_evolution/equiv" -l >"$tmp/log" && grep -q '^execmon' "$tmp/log"
result $? "install puts everything below PREFIX; everything is compiled as GNU C11"
bad=0
for program in "$tmp"/root/opt/libexec/bpf_evolution/{equiv,*.{raw,libbpf,libbpf0,skel,workload}}; do
	case $(head -c 2 "$program") in "#!") continue ;; esac	# without a libbpf 0.x
	"$program" --version >"$tmp/said" 2>&1 || bad=1
	"$program" -h >"$tmp/help" 2>&1 && ! grep -q '(null)' "$tmp/help" || { bad=1; echo "$program -h"; cat "$tmp/help"; }
	case $program in *.libbpf | *.skel) more=', libbpf v1\.[0-9.]*' ;; *) more= ;; esac
	grep -qx "${program##*/} of bpf_evolution [0-9.]*$more" "$tmp/said" || { bad=1; cat "$tmp/said"; }
done >"$tmp/log"
result $bad "each program has -h, and --version with that of libbpf where there is one"
touch "$tmp/root/opt/libexec/bpf_evolution/mine"
build uninstall DESTDIR="$tmp/root" PREFIX=/opt &&
	[[ $(ls -A "$tmp/root/opt/libexec/bpf_evolution") == mine ]] && rm "$tmp/root/opt/libexec/bpf_evolution/mine" &&
	build uninstall DESTDIR="$tmp/root" PREFIX=/opt && [[ ! -e $tmp/root/opt/libexec/bpf_evolution && -d $tmp/root/opt/libexec ]] &&
	build uninstall DESTDIR="$tmp/root" PREFIX=/opt
result $? "uninstall removes what install has put there, the directory when it is empty, and is no error twice"
! build OUT="$tmp/foreign" && grep -q 'name another directory' "$tmp/log" && [[ $(ls -A "$tmp/foreign") == file ]]
result $? "make does not build in a directory with other files"
! build OUT="$tmp/foreign" clean && grep -q 'not made by make: not removed' "$tmp/log" && [[ -e $tmp/foreign/file ]]
result $? "make clean does not remove such a directory"
build clean && [[ ! -e .output ]]
result $? "clean removes what was built"
build clean && build OUT="$tmp/none" clean
result $? "cleaning twice is no error"
exit $failed
