#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_modules.sh - do the modules of maps2btf depend only on earlier ones?
#
# maps2btf/object.h lists the modules in order.  A module may call and include only
# modules that come before it in that list.  Other people's programs are linked with
# libcompat.a, so this also checks that its global names cannot collide with theirs.
# Environment: see lib.sh.
. "$(dirname "$0")/lib.sh"

modules=$(sed -n '/^ \* The modules of maps2btf, in order/,/^ \*\//p' "$compat/maps2btf/object.h" |
	sed -n 's/^ \*\t\([a-z_0-9]*\)\t.*/\1/p')

every() {
	diff <(printf '%s\n' $modules | sort) \
		<(cd "$compat/maps2btf" && ls ./*.c | sed 's|^\./||; s|\.c$||' | grep -vx main | sort)
}

calls() {
	local module bad=0

	: >"$tmp/before"
	for module in $modules; do
		nm -g --defined-only "$out/compat/maps2btf/$module.o" | awk '{ print $3 }' >>"$tmp/before"
		nm -u "$out/compat/maps2btf/$module.o" | awk '{ print $2 }' |
			grep '^\(m2b_\|maps2btf\|btf_edit\|compat_\)' | grep -vxFf "$tmp/before" |
			sed "s/^/$module calls a later module: /" | tee "$tmp/after"
		[ ! -s "$tmp/after" ] || bad=1
	done
	return $bad
}

includes() {
	local file module bad=0

	for file in "$compat"/maps2btf/*.[ch]; do
		module=$(basename "${file%.*}")
		[ "$module" != main ] || continue
		sed -n 's/^#include "\(.*\)\.h"/\1/p' "$file" | while read -r used; do
			printf '%s\n' $modules | sed "/^$module\$/q" | grep -qx "$used" ||
				echo "$module includes the header of a later module: $used.h"
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
ok "object.h lists every module" every
ok "no module calls a later one" calls
ok "no module includes the header of a later one" includes
ok "global names of libcompat.a are libbpf's, or have a prefix" names
echo "1..$tests"
exit $failed
