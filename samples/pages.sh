#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# pages.sh DIR - the pairs of each family side by side, as HTML pages to look at.
#
# It writes one self-contained page per family, and an index in the order of the course.
# A page has the old and the new BPF program side by side, and the user sides of libbpf
# 0.x and of bpf(2) beside that of the skeleton, for all flavours.  A flavour without a
# counterpart stands beside that of its family.  Lines of only one side are coloured;
# lines that both sides have are in one row.
set -eu
dir=${1:?the directory for the pages is missing}
cd "$(dirname "$0")/.."
mkdir -p "$dir"

head_of()
{
	cat <<-END
	<!doctype html>
	<html lang="en"><head><meta charset="utf-8"><title>$1</title><style>
	:root { color-scheme: light dark; --old: #ffebe9; --new: #e6ffec; --rule: #d0d7de; --bar: #f6f8fa }
	@media (prefers-color-scheme: dark) {
		:root { --old: #4a1e1e; --new: #15391f; --rule: #444; --bar: #22262c }
	}
	body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 110em; padding: 0 1em }
	table { border-collapse: collapse; width: 100%; table-layout: fixed; font: 13px/1.4 monospace }
	th { font: inherit; font-weight: bold; text-align: left; background: var(--bar);
	     position: sticky; top: 0; padding: .4em .6em; border: 1px solid var(--rule) }
	td { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0 .6em; vertical-align: top;
	     tab-size: 8; border-left: 1px solid var(--rule); border-right: 1px solid var(--rule) }
	td.old { background: var(--old) } td.new { background: var(--new) }
	tr { height: 1.4em }
	tr:last-child td { border-bottom: 1px solid var(--rule) }
	nav a { margin-right: 1em }
	</style></head><body>
	END
}

# pair OLD NEW TITLE: a table of both files, below a heading.
pair()
{
	echo "<h2>$3</h2><table><thead><tr><th>$1</th><th>$2</th></tr></thead><tbody>"
	diff --minimal --old-line-format='-%L' --new-line-format='+%L' --unchanged-line-format=' %L' \
		"$1" "$2" | awk '
		function flush_rows(    i) {
			for (i = 1; i <= olds || i <= news; i++)
				printf "<tr><td%s>%s</td><td%s>%s</td></tr>\n",
					i <= olds ? " class=old" : "", i <= olds ? old[i] : "",
					i <= news ? " class=new" : "", i <= news ? new[i] : ""
			olds = news = 0
		}
		{
			side = substr($0, 1, 1)
			text = substr($0, 2)
			gsub(/&/, "\\&amp;", text)
			gsub(/</, "\\&lt;", text)
			if (side == "-")
				old[++olds] = text
			else if (side == "+")
				new[++news] = text
			else {
				flush_rows()
				printf "<tr><td>%s</td><td>%s</td></tr>\n", text, text
			}
		}
		END { flush_rows() }'
	echo "</tbody></table>"
}

# beside NAME SIDE NEW TITLE: pairs NEW with the legacy file of that flavour, or with that
# of the family if the flavour has none (for the raw stage, there is no pair then).
beside()
{
	old=legacy/$1_$2.c
	[ -e "$old" ] || [ "$2" = raw ] || old=legacy/${1%%-*}_$2.c
	[ ! -e "$old" ] || pair "$old" "$3" "$4"
}

# The families of the course come first, in its order.
stems=$({
	grep -o '([a-z_]*\.md)' samples/README.md | tr -d '()' | sed 's/\.md$//'
	for f in modern/*.c; do f=${f#modern/}; echo "${f%%[-.]*}"; done
} | awk '!seen[$0]++' | while read -r stem; do [ ! -e "modern/$stem.c" ] || echo "$stem"; done)
for stem in $stems; do
	{
		head_of "$stem, then and now"
		echo "<nav><a href=index.html>all</a>"
		for s in $stems; do echo "<a href=$s.html>$s</a>"; done
		echo "</nav><h1>$stem, then and now</h1>"
		sed -n '3,/^$/p' "samples/$stem.md" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/[*`]//g; 1i <p>' || :
		echo "<p>The lesson is samples/$stem.md."
		for new in modern/"$stem".bpf.c modern/"$stem"-*.bpf.c; do
			[ -e "$new" ] || continue
			name=$(basename "$new" .bpf.c)
			beside "$name" kern "$new" "The BPF side of $name"
			new=modern/$name.c
			beside "$name" user "$new" "User space of $name: libbpf 0.x, and a skeleton"
			beside "$name" raw "$new" "User space of $name: bpf(2) alone, and a skeleton"
		done
		echo "</body></html>"
	} >"$dir/$stem.html"
done
{
	head_of "bpf_evolution"
	echo "<h1>bpf_evolution: then and now</h1><ul>"
	for stem in $stems; do
		echo "<li><a href=$stem.html>$stem</a>: $(sed -n '1s/^# [^:]*: //p' "samples/$stem.md" 2>/dev/null)"
	done
	echo "</ul></body></html>"
} >"$dir/index.html"
echo "$dir/index.html"
