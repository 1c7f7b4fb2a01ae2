#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# new.sh STEM - writes a family of your own: exitmon under another name.
#
# `make new STEM=my_family` runs it.  What it writes builds and runs as it is;
# samples/adding.md says what to change then.  All is checked before anything is
# written, and no existing file is touched.
# Environment: CC; OUT, for what it says.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
old=exitmon
stem=${1-}
bin=${OUT:-.output}/bin

die() { echo "new.sh: $*" >&2; exit 1; }
# The name of file $1 in the new family.
renamed() { echo "${1%%/*}/$stem${1#*/"$old"}"; }

case $stem in
'') die "how is it to be called? make new STEM=my_family" ;;
[!a-zA-Z]* | *[!a-zA-Z0-9_]*)
	die "'$stem' cannot be a name in C: a letter, then letters, digits and _" ;;
auto | break | case | char | const | continue | default | do | double | else | enum | extern | \
float | for | goto | if | inline | int | long | register | restrict | return | short | signed | \
sizeof | static | struct | switch | typedef | union | unsigned | void | volatile | while | \
asm | typeof | bool | main | *_t)
	die "$stem is a word of C's: take another name" ;;
*_report)
	die "samples/${stem}.c would be the report of ${stem%_report}: take another name" ;;
esac
files=
for file in samples/"$old"[._]* legacy/"$old"_* modern/"$old".*; do
	case $file in *~ | *.orig | *.rej) continue ;; esac
	files="$files $file"
	[ ! -e "$(renamed "$file")" ] || die "there is a $(renamed "$file") already: nothing is written"
done
# The contract is found before any other header, also those of the C library.
if [ "$stem" = vmlinux ] || printf '#include <%s.h>\n' "$stem" |
	${CC:-cc} -std=gnu11 -E -o /dev/null -Isamples/lib -Ilegacy/lib -Ilegacy/compat \
		-Imodern/lib -Iselftests -Iselftests/runner -x c - 2>/dev/null; then
	die "samples/$stem.h would hide another $stem.h: take another name"
fi

upper=$(echo "$stem" | tr '[:lower:]' '[:upper:]')
set -C
echo "Written:"
for file in $files; do
	sed "s/$old/$stem/g; s/EXITMON/$upper/g" "$file" >"$(renamed "$file")"
	echo "  $(renamed "$file")"
done
cat <<END
It reports every task that ends.  To build it, to compare its stages (as root), and to
run one of them on a command (as root):
  make
  $bin/equiv $stem
  $bin/$stem.skel -- sh -c 'ls; ls'
Without root, make run STEMS=$stem compares them in a guest.  What to change next is
in samples/adding.md.
END
