// SPDX-License-Identifier: GPL-2.0
/*
 * map.c - create maps, walk over the maps of an object, and get their properties.
 *
 * Six functions that created a map became bpf_map_create(), which has options.  0.x
 * returned the properties of a map as a struct; 1.0 has a function for each of them.
 */
#include <errno.h>

#include "compat.h"

int bpf_create_map_xattr(const struct bpf_create_map_attr *attr)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		.map_flags = attr->map_flags,
		.numa_node = attr->numa_node,
		.btf_fd = attr->btf_fd,
		.btf_key_type_id = attr->btf_key_type_id,
		.btf_value_type_id = attr->btf_value_type_id,
		.map_ifindex = attr->map_ifindex);

	/* The two members are in a union: the type says which one is valid. */
	if (attr->map_type == BPF_MAP_TYPE_STRUCT_OPS)
		opts.btf_vmlinux_value_type_id = attr->btf_vmlinux_value_type_id;
	else
		opts.inner_map_fd = attr->inner_map_fd;
	return compat_errno(bpf_map_create(attr->map_type, attr->name, attr->key_size,
					   attr->value_size, attr->max_entries, &opts));
}

int bpf_create_map_node(enum bpf_map_type type, const char *name, int key_size,
			int value_size, int max_entries, __u32 flags, int node)
{
	struct bpf_create_map_attr attr = {
		.name = name, .map_type = type, .key_size = key_size,
		.value_size = value_size, .max_entries = max_entries, .map_flags = flags,
	};

	if (node >= 0) {
		attr.numa_node = node;
		attr.map_flags |= BPF_F_NUMA_NODE;
	}
	return bpf_create_map_xattr(&attr);
}

int bpf_create_map(enum bpf_map_type type, int key_size, int value_size, int max_entries,
		   __u32 flags)
{
	return bpf_create_map_node(type, NULL, key_size, value_size, max_entries, flags, -1);
}

int bpf_create_map_name(enum bpf_map_type type, const char *name, int key_size,
			int value_size, int max_entries, __u32 flags)
{
	return bpf_create_map_node(type, name, key_size, value_size, max_entries, flags, -1);
}

int bpf_create_map_in_map_node(enum bpf_map_type type, const char *name, int key_size,
			       int inner_map_fd, int max_entries, __u32 flags, int node)
{
	struct bpf_create_map_attr attr = {
		.name = name, .map_type = type, .key_size = key_size, .value_size = 4,
		.inner_map_fd = inner_map_fd, .max_entries = max_entries, .map_flags = flags,
	};

	if (node >= 0) {
		attr.numa_node = node;
		attr.map_flags |= BPF_F_NUMA_NODE;
	}
	return bpf_create_map_xattr(&attr);
}

int bpf_create_map_in_map(enum bpf_map_type type, const char *name, int key_size,
			  int inner_map_fd, int max_entries, __u32 flags)
{
	return bpf_create_map_in_map_node(type, name, key_size, inner_map_fd, max_entries, flags,
					  -1);
}

struct bpf_map *bpf_map__next(const struct bpf_map *map, const struct bpf_object *obj)
{
	return bpf_object__next_map(obj, map);
}

struct bpf_map *bpf_map__prev(const struct bpf_map *map, const struct bpf_object *obj)
{
	return bpf_object__prev_map(obj, map);
}

int bpf_map__resize(struct bpf_map *map, __u32 max_entries)
{
	if (!map || !max_entries)
		return -EINVAL;
	return bpf_map__set_max_entries(map, max_entries);
}

bool bpf_map__is_offload_neutral(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

/*
 * In 0.x the struct was a part of the map.  Here it is filled in when this is called, and
 * does not change later.
 */
const struct bpf_map_def *bpf_map__def(const struct bpf_map *map)
{
	struct compat_note *note;

	if (!map)
		return compat_pointer((errno = EINVAL, NULL));
	note = compat_note_new(map);
	if (!note)
		return compat_pointer((errno = ENOMEM, NULL));
	note->def = (struct bpf_map_def){
		.type = bpf_map__type(map),
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.max_entries = bpf_map__max_entries(map),
		.map_flags = bpf_map__map_flags(map),
	};
	return &note->def;
}

/* @offset is that of a definition in SEC("maps"), which is gone; 0.8 failed, too. */
struct bpf_map *bpf_object__find_map_by_offset(struct bpf_object *obj, size_t offset)
{
	(void)obj;
	(void)offset;
	return compat_pointer((errno = ENOTSUP, NULL));
}
