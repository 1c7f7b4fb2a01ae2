#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# new.sh STEM - writes a family of your own: a copy of exitmon under another name.
#
# `make new STEM=my_family` runs it.  The new files build and run as they are;
# samples/adding.md says what to change then.  The script checks everything before it
# writes a file, and touches no existing file.
# Environment: CC; OUT, which is only used in the commands that it prints.
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
'') die "STEM is missing: make new STEM=my_family" ;;
[!a-zA-Z]* | *[!a-zA-Z0-9_]*)
	die "'$stem' cannot be a name in C: use a letter, then letters, digits and _" ;;
auto | break | case | char | const | continue | default | do | double | else | enum | extern | \
float | for | goto | if | inline | int | long | register | restrict | return | short | signed | \
sizeof | static | struct | switch | typedef | union | unsigned | void | volatile | while | \
asm | typeof | bool | main | *_t)
	die "$stem is a keyword or a type of C: take another name" ;;
*_report)
	die "samples/${stem}.c would be the report of ${stem%_report}: take another name" ;;
esac
files=
for file in samples/"$old"[._]* legacy/"$old"_* modern/"$old".*; do
	case $file in *~ | *.orig | *.rej) continue ;; esac
	files="$files $file"
	[ ! -e "$(renamed "$file")" ] || die "there is a $(renamed "$file") already: nothing is written"
done
# The compiler finds the contract before any other header, also before the C library's.
if [ "$stem" = vmlinux ] || printf '#include <%s.h>\n' "$stem" |
	${CC:-cc} -std=gnu11 -E -o /dev/null -Isamples/lib -Ilegacy/lib \
		-Imodern/lib -Iselftests -Iselftests/runner -x c - 2>/dev/null; then
	die "samples/$stem.h would hide another $stem.h: take another name"
fi

! grep -qsw -- "$stem" samples/"$old"*.[ch] legacy/"$old"_* modern/"$old".* ||
	[ "$stem" = "$old" ] ||
	die "$stem is a name in samples/$old* already, of a map or a variable: take another name"

upper=$(echo "$stem" | tr '[:lower:]' '[:upper:]')
set -C
echo "Written:"
for file in $files; do
	sed "s/$old/$stem/g; s/EXITMON/$upper/g" "$file" >"$(renamed "$file")"
	echo "  $(renamed "$file")"
done
cat <<END
The new family reports every task that ends.  These commands build it, compare its stages
(as root), and run one of them on a command (as root):
  make
  $bin/equiv $stem
  $bin/$stem.skel -- sh -c 'ls; ls'
Without root, make run STEMS=$stem compares them in a guest.  What to change next is
in samples/adding.md.
END
