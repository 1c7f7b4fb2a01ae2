#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# need.sh - is everything there that the build needs?  One line for each thing
# that is not, with the Debian package that has it, then exit 1.
# From the Makefile: CLANG, BPFTOOL, LLVM_STRIP, CC, CFLAGS, LIBS, LIBBPF_DIR, VMLINUX.
missing=0
need()
{
	echo "missing: $1 (Debian: apt-get install $2, or make deps)" >&2
	missing=1
}
# "ccache gcc" is two words.
: "${CC:=cc}" "${CLANG:=clang}"
command -v "${CC%% *}" >/dev/null || need "a C compiler ($CC)" "gcc libc6-dev"
if ! command -v "${CLANG%% *}" >/dev/null; then
	need "clang ($CLANG)" clang
elif ! echo | $CLANG -target bpf -x c -c -o /dev/null - 2>/dev/null; then
	need "a clang with a BPF target ($CLANG has none)" clang
fi
command -v "${LLVM_STRIP:=llvm-strip}" >/dev/null || need llvm-strip llvm
"${BPFTOOL:=bpftool}" version >/dev/null 2>&1 || need "bpftool ($BPFTOOL)" bpftool
has()
{
	echo "#include <$1>" | $CC $CFLAGS -E -x c - >/dev/null 2>&1 || need "$2" "$3"
}
if command -v "${CC%% *}" >/dev/null; then
	has bpf/libbpf.h "libbpf's headers (or set LIBBPF_DIR)" libbpf-dev
	# What else a header of 0.x lacks would be errors of the compiler.
	[ $missing = 1 ] || printf '#include <bpf/libbpf.h>\n#if !(LIBBPF_MAJOR_VERSION >= 1)\n#error\n#endif' |
		$CC $CFLAGS -E -x c - >/dev/null 2>&1 ||
		need "libbpf 1.0 or newer (${LIBBPF_DIR:-what is installed} is older; LIBBPF_DIR= names another)" \
			libbpf-dev
	has libelf.h "libelf's headers" libelf-dev
	has zlib.h "zlib's headers" zlib1g-dev
	has linux/bpf.h "the kernel's headers for user space" linux-libc-dev
	[ $missing = 1 ] || why=$(echo 'int bpf_object__close(); int main(void) { bpf_object__close(0); }' |
		$CC -x c - -x none -o /dev/null $LIBS 2>&1) ||
		need "libbpf${LIBBPF_DIR:+ in $LIBBPF_DIR}, libelf or zlib to link with: $(
			echo "$why" | grep -m 1 -o 'undefined.*\|cannot find.*')" \
			"libbpf-dev libelf-dev zlib1g-dev"
fi
[ -z "${VMLINUX-}" ] || [ -r "$VMLINUX" ] || {
	echo "missing: $VMLINUX: set VMLINUX_BTF to a kernel's BTF, or VMLINUX_H to a vmlinux.h" >&2
	missing=1
}
exit $missing
