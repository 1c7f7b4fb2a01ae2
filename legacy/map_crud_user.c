// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud_user.c - does every operation on every kind of map, by libbpf 0.x.
 *
 * libbpf had bpf_create_map() and five variants of it, one for each field that was added
 * to the system call, and a function for each command.  They take five numbers in a row,
 * so the compiler cannot notice if a size and a count are exchanged; texts that do so
 * are still copied.
 * Its counterparts are legacy/map_crud_raw.c and modern/map_crud.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "map_crud_report.h"

#include "user.h"

static int create(const struct map_crud_map *map, int inner)
{
	if (inner)
		return bpf_create_map_in_map(map->type, map->name, map->key_size, inner,
					     map->max_entries, map->flags);
	return bpf_create_map_name(map->type, map->name, map->key_size, map->value_size,
				   map->max_entries, map->flags);
}

static int update(const struct map_crud_map *map, const void *key, const void *value, __u64 flags)
{
	return bpf_map_update_elem(map->fd, key, value, flags);
}

static int lookup(const struct map_crud_map *map, const void *key, void *value)
{
	return bpf_map_lookup_elem(map->fd, key, value);
}

static int take(const struct map_crud_map *map, const void *key, void *value)
{
	return bpf_map_lookup_and_delete_elem(map->fd, key, value);
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	return bpf_map_delete_elem(map->fd, key);
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	return bpf_map_get_next_key(map->fd, key, next_key);
}

static int map_info(const struct map_crud_map *map, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	return bpf_obj_get_info_by_fd(map->fd, info, &len);
}

static int freeze(const struct map_crud_map *map)
{
	return bpf_map_freeze(map->fd);
}

static int pin(const struct map_crud_map *map, const char *path)
{
	return bpf_obj_pin(map->fd, path);
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

int main(int argc, char **argv)
{
	static const struct map_crud_stage user = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.info = map_info, .freeze = freeze, .pin = pin, .get = bpf_obj_get, .id = map_id,
	};

	observe.nobody = true;
	observe_init(argc, argv, "Does what can be done to maps, through libbpf 0.x.");
	user_init();
	return observe_exit(map_crud_run(&user, libbpf_num_possible_cpus()));
}
