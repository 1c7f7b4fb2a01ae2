#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_map_crud.sh - does the runner notice when a variant of map_crud is wrong?
#
# The faults are those that people make: a CPU left out of a sum, a walk that
# ends before the last entry, a batch whose last part is thrown away, BPF_ANY
# where BPF_NOEXIST was meant, a size in the place of another.  Each is a line of
# the sources changed, built, and run beside the real variants in a guest: it must
# fail at the steps that show the fault, and no other variant may fail.
# Environment: OUT, KERNEL, CC.
here=$(cd "$(dirname "$0")" && pwd)
OUT=$(mkdir -p "${OUT:-$here/../../.output}" && cd "${OUT:-$here/../../.output}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$here/../ktap.sh"
trap 'exit 1' INT TERM HUP
cd "$here/../.." || exit 1

# FAULT SOURCE STEP: the step that must show it; then what is replaced, and by what.
faults='
percpu samples/map_crud_report.c map=percpu_hash.op=lookup
	for (at = 0; at < map->room; at += SLOT)
	for (at = map->room > SLOT ? SLOT : 0; at < map->room; at += SLOT)
overwrite legacy/map_crud_raw.c op=update.*flags=noexist
	return sys_map_update(map->fd, key, value, flags);
	return sys_map_update(map->fd, key, value, flags == BPF_NOEXIST ? BPF_ANY : flags);
lastkey samples/map_crud_report.c op=drain
	n < map->max_entries && !stage->next(map, prev, key); n++)
	n + 1 < map->max_entries && !stage->next(map, prev, key); n++)
id legacy/map_crud_raw.c map=array_of_maps.op=lookup
	return sys_map_info(fd, &info) ? 0 : info.id;
	return sys_map_info(fd, &info) ? 0 : info.id + 1;
lastbatch modern/map_crud.c op=read
	if (!err || errno == ENOENT)
	if (!err)
sizes modern/map_crud.c map=made_trie.op=create
	map->key_size, map->value_size,
	map->value_size, map->key_size,
inner modern/map_crud.c map=made_outer.op=create
	.inner_map_fd = inner);
	.inner_map_fd = 0);
fallback modern/map_crud.c op=take
	return bpf_map__lookup_and_delete_elem(of(map), key, map->key_size, value, map->room, 0);
	return bpf_map__lookup_elem(of(map), key, map->key_size, value, map->room, 0);
'

make -s OUT="$OUT" "$OUT"/bin/{equiv,{find,map_crud}_bpftool.sh} \
	"$OUT"/bin/map_crud.{workload,raw,libbpf,bpftool,skel} >&2 || exit 1
mkdir "$tmp/bin"
cp "$OUT"/bin/{equiv,map_crud.{workload,raw,skel}} "$tmp/bin"
libbpf=$(pkg-config --cflags --libs libbpf 2>/dev/null || echo -lbpf)

# Builds the fault as a flavour: map_crud-FAULT.STAGE, from the changed source.  A fault
# of the report is in the raw stage.
build() {
	local fault=$1 source=$2 from=$3 to=$4 stage=raw include=(-Ilegacy/lib)
	local libs=("$OUT/liblegacy.a") other=samples/map_crud_report.c

	[[ $source == modern/* ]] && stage=skel include=(-Imodern/lib "-I$OUT/modern") libs=()
	[[ $source == "$other" ]] && other=legacy/map_crud_raw.c
	awk -v from="$from" -v to="$to" '
		{ at = index($0, from) }
		at && !done {
			$0 = substr($0, 1, at - 1) to substr($0, at + length(from))
			done = 1
		}
		{ print }
		END { exit !done }' "$source" >"$tmp/$fault.c" || {
		echo "# $source has no line with: $from"
		return 1
	}
	# shellcheck disable=SC2086 # words
	${CC:-cc} -O2 -g -std=gnu11 -D_GNU_SOURCE -Isamples -Isamples/lib "${include[@]}" \
		-o "$tmp/bin/map_crud-$fault.$stage" "$tmp/$fault.c" "$other" \
		"${libs[@]}" "$OUT/libsamples.a" $libbpf -lelf -lz >&2
}

names=() steps=()
while read -r fault source step; do
	[[ $fault ]] || continue
	IFS= read -r from
	IFS= read -r to
	from=${from#$'\t'} to=${to#$'\t'}
	build "$fault" "$source" "$from" "$to" || exit 1
	names+=("map_crud-$fault.$([[ $source == modern/* ]] && echo skel || echo raw)")
	steps+=("$step")
done <<<"$faults"

# Each mutant is also run alone, since the runner shows only the first differences.
# shellcheck disable=SC2016 # expanded in the guest
"$here/../guest/vm.sh" -k "${KERNEL:-6.1}" -c 2 -d "$tmp/bin" -- sh -c '
	equiv -f ktap
	status=$?
	map_crud.skel -f records >/tmp/right || exit 2
	for variant in map_crud-*; do
		./$variant -f records | grep -vxFf /tmp/right | sed "s/^/# $variant /"
	done
	exit $status' >"$tmp/out" 2>"$tmp/err"
status=$?
sed 's/^ *\(# \)*/# /' "$tmp/out"
tail -n 20 "$tmp/err" | sed 's/^/# /'
[ $status != 4 ] || {
	echo "1..0 # SKIP $(tail -n 1 "$tmp/err")"
	exit 4
}

echo "KTAP version 1"
echo "1..$((2 * ${#names[@]} + 3))"
[ $status = 1 ]
result $? "the run is red" "$tmp/err"
for variant in map_crud.raw map_crud.skel; do
	grep -q "^    ok [0-9]* $variant\$" "$tmp/out"
	result $? "$variant passes" "$tmp/err"
done
for i in "${!names[@]}"; do
	grep -q "not ok [0-9]* ${names[i]}\$" "$tmp/out"
	result $? "${names[i]} is red" "$tmp/err"
	grep -q "^# ${names[i]} step .*${steps[i]}" "$tmp/out"
	result $? "${names[i]} differs at ${steps[i]}" "$tmp/err"
done
exit $failed
