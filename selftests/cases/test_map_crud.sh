#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_map_crud.sh - does the runner notice in map_crud a CPU that is left out, a last key or
# batch that is forgotten, BPF_ANY where BPF_NOEXIST was meant, a size in the place of another?
# Each mutant must differ at a step that shows its fault.  See mutants.sh.
#
#	test_map_crud.sh		in the source tree, built, as root; prints KTAP

# shellcheck disable=SC2034
family=map_crud
mutants()
{
	cat <<-'END'
	same|map_crud.skel|c|||records|is not changed is green
	percpu|map_crud.raw|samples/map_crud_report.c|/^static __u32 sum_of/,/^}/s/for (at = 0;/for (at = map->room > SLOT ? SLOT : 0;/|two_cpus|step n=[0-9]* map=percpu_hash op=lookup|leaves a CPU out of its sum
	overwrite|map_crud.raw|raw.c|s/return sys_map_update(map->fd, key, value, flags);/return sys_map_update(map->fd, key, value, flags == BPF_NOEXIST ? BPF_ANY : flags);/||has 'step n=[0-9]* map=[a-z_]* op=update .*flags=noexist|overwrites an entry
	lastkey|map_crud.raw|samples/map_crud_report.c|/^static int read_each/,/^}/s/n < map->max_entries \&\&/n + 1 < map->max_entries \&\&/||has 'step n=[0-9]* map=[a-z_]* op=[dr][er]a|forgets the last key of a full map
	id|map_crud.raw|raw.c|s/? 0 : info.id;/? 0 : info.id + 1;/||step n=[0-9]* map=array_of_maps op=lookup|reports a wrong id
	lastbatch|map_crud.skel|c|s/if (!err .. errno == ENOENT)/if (!err)/||has 'step n=[0-9]* map=[a-z_]* op=read|forgets the last batch
	sizes|map_crud.skel|c|s/map->key_size, map->value_size,/map->value_size, map->key_size,/||step n=[0-9]* map=made_trie op=create|exchanges the sizes of key and value
	inner|map_crud.skel|c|s/.inner_map_fd = inner);/.inner_map_fd = 0);/||has 'step n=[0-9]* map=made_outer op=create|creates a map of maps without an inner map
	entries|map_crud.raw|raw.c|s/map->max_entries, map->flags/2 * map->max_entries, map->flags/||op=create .*,entries:8,|creates maps of twice as many entries
	values|map_crud.raw|raw.c|s/map->key_size, map->value_size,/map->key_size, 2 * map->value_size,/||op=create .*,value:8,|creates maps with larger values
	room|map_crud.skel|bpf.c|s/MAP_CRUD_RING_SIZE/2 * MAP_CRUD_RING_SIZE/||op=create .*,entries:131072,|declares a larger ring
	byte|map_crud.raw|raw.c|s/return sys_map_lookup(map->fd, key, value);/{ int err = sys_map_lookup(map->fd, key, value); ((char *)value)[3] = 0; return err; }/||op=lookup key=4293844428 .*result=2882400018|drops a byte of a value
	fallback|map_crud.skel|c|s/return bpf_map__lookup_and_delete_elem(/return bpf_map__lookup_elem(/||has 'step n=[0-9]* map=[a-z_]* op=take|looks up where it should also delete
	END
}

# The runner shows only the first records that differ, so this looks at all of them.
# shellcheck disable=SC2154,SC2317 # tmp, OUT; called by mutants.sh
more()
{
	"$OUT/bin/map_crud.skel" -f records >"$tmp/right" &&
		"$tmp/built-lastkey/bin/map_crud-lastkey.raw" -f records >"$tmp/wrong"
	grep -vxFf "$tmp/right" "$tmp/wrong" >"$tmp/out"
	grep -q '^step .* op=drain ' "$tmp/out"
	result $? "that variant also forgets the last key when it drains a map" "$tmp/out"
}

. "$(dirname "$0")/mutants.sh"
