#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# map_crud_bpftool.sh - every operation on every kind of map, by the bpftool command line.
#
# A person would type, as root, a PART, a MAP, and then arguments of bpftool, such as
#	create hash type hash key 4 value 4 entries 4 name hash
#	update hash key 1 0 0 0 value 11 0 0 0 noexist
#	many hash delete "key 1 0 0 0" "key 2 0 0 0"
# map_crud.bpftool makes them from samples/map_crud_steps.h.  A map lives only as long as
# its pin.  Bytes are given one by one, as they are in memory: `key 1` is an error if the
# key has 4 bytes, and `key 1 0 0 0` is 1 on x86 and arm64, but 16777216 on s390x.  With -j
# bpftool prints errors on stdout, and its exit status is an errno only sometimes.
pins=/sys/fs/bpf/map_crud
part=$1 map=$pins/$2
shift 2
[ -e $pins ] || mkdir $pins

case $part in
create)
	bpftool -j map create $map "$@" ;;
update)
	bpftool -j map update pinned $map "$@" ;;
lookup)
	bpftool -j map lookup pinned $map "$@" ;;
delete)
	bpftool -j map delete pinned $map "$@" ;;
next)
	bpftool -j map getnext pinned $map "$@" ;;
pop)	# from a queue or a stack
	bpftool -j map pop pinned $map ;;
dump)
	bpftool -j map dump pinned $map ;;
many)	# in one process, which ends at the first error
	what=$1
	shift
	for entry; do echo map $what pinned $map $entry; done | bpftool -j batch file - ;;
freeze)
	bpftool -j map freeze pinned $map ;;
pin)
	bpftool -j map pin pinned $map "$1" ;;
show)	# its id, among others
	bpftool -j map show pinned ${map#$pins/} ;;
esac
