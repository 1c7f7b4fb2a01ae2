#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_rooms.sh - do the rooms of maps2btf stand one on the other, without a circle?
#
# maps2btf/object.h says in which order.  A room may call and include what stands before
# it in that list, and nothing after.  And as libcompat.a is linked to other people's programs,
# what it defines has a name that nobody else would take.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"

rooms=$(echo btf_edit sections; sed -n '/^ \* The first of the rooms/,/^ \*\//p' "$compat/maps2btf/object.h" |
	sed -n 's/^ \*\t\([a-z_0-9]*\)\t.*/\1/p' | sed 's/^types$/types btf_ext/')

every() {
	diff <(printf '%s\n' $rooms | sort) \
		<(cd "$compat/maps2btf" && ls ./*.c | sed 's|^\./||; s|\.c$||' | grep -vx main | sort)
}

calls() {
	local room bad=0

	: >"$tmp/before"
	for room in $rooms; do
		nm -g --defined-only "$out/compat/maps2btf/$room.o" | awk '{ print $3 }' >>"$tmp/before"
		nm -u "$out/compat/maps2btf/$room.o" | awk '{ print $2 }' |
			grep '^\(m2b_\|maps2btf\|btf_edit\|compat_\)' | grep -vxFf "$tmp/before" |
			sed "s/^/$room calls what stands after it: /" | tee "$tmp/after"
		[ ! -s "$tmp/after" ] || bad=1
	done
	return $bad
}

includes() {
	local file room bad=0

	for file in "$compat"/maps2btf/*.[ch]; do
		room=$(basename "${file%.*}")
		[ "$room" != main ] || continue
		sed -n 's/^#include "\(.*\)\.h"/\1/p' "$file" | while read -r used; do
			printf '%s\n' $rooms | sed "/^$room\$/q" | grep -qx "$used" ||
				echo "$room includes what stands after it: $used.h"
		done | tee "$tmp/after"
		[ ! -s "$tmp/after" ] || bad=1
	done
	return $bad
}

names() {
	nm -g --defined-only "$out/libcompat.a" 2>/dev/null | awk 'NF == 3 { print $3 }' |
		grep -v '^\(m2b_\|maps2btf\|btf_edit_\|compat_\)' |
		grep -vxFf <(cut -f1 "$compat/symbols.tsv") | tee "$tmp/other"
	[ ! -s "$tmp/other" ]
}

echo "KTAP version 1"
ok "object.h lists every room" every
ok "no room calls what stands after it" calls
ok "nor does one include it" includes
ok "what libcompat.a defines is libbpf's, or has a prefix" names
echo "1..$tests"
exit $failed
