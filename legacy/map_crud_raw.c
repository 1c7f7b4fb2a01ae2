// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud_raw.c - does every operation on every kind of map, by bpf(2) alone.
 *
 * For years bpf(2) had only five commands for maps: create, lookup, update, delete and
 * get_next_key.  At a lookup the kernel writes as many bytes as the map's definition
 * says, whatever the size of the buffer: for a per-CPU map that is a value for each
 * possible CPU, each rounded up to 8 bytes.
 * Each function here is a command of bpf(2), whose arguments sys_bpf.c puts into a union.
 * Its counterparts are legacy/map_crud_user.c and modern/map_crud.c.
 */
#include "observe.h"
#include "map_crud_report.h"

#include "sys_bpf.h"

static int create(const struct map_crud_map *map, int inner)
{
	if (inner)
		return sys_map_create_outer(map->name, map->type, map->key_size, inner,
					    map->max_entries, map->flags);
	return sys_map_create(map->name, map->type, map->key_size, map->value_size,
			      map->max_entries, map->flags);
}

static int update(const struct map_crud_map *map, const void *key, const void *value, __u64 flags)
{
	return sys_map_update(map->fd, key, value, flags);
}

static int lookup(const struct map_crud_map *map, const void *key, void *value)
{
	return sys_map_lookup(map->fd, key, value);
}

static int take(const struct map_crud_map *map, const void *key, void *value)
{
	return sys_map_lookup_and_delete(map->fd, key, value);
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	return sys_map_delete(map->fd, key);
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	return sys_map_next_key(map->fd, key, next_key);
}

static int map_info(const struct map_crud_map *map, struct bpf_map_info *info)
{
	return sys_map_info(map->fd, info);
}

static int freeze(const struct map_crud_map *map)
{
	return sys_map_freeze(map->fd);
}

static int pin(const struct map_crud_map *map, const char *path)
{
	return sys_obj_pin(map->fd, path);
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info;

	return sys_map_info(fd, &info) ? 0 : info.id;
}

int main(int argc, char **argv)
{
	static const struct map_crud_stage raw = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.info = map_info, .freeze = freeze, .pin = pin, .get = sys_obj_get, .id = map_id,
	};

	observe.nobody = true;
	observe_init(argc, argv, "Does what can be done to maps, by bpf(2) alone.");
	return observe_exit(map_crud_run(&raw, possible_cpus()));
}
