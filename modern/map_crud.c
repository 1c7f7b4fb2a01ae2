// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud.c - does every operation on every kind of map, by a skeleton.
 *
 * The maps are created when the skeleton is loaded.  bpf_map__*_elem() is told the sizes
 * of key and value, and refuses wrong ones before the kernel writes beyond a buffer.  A
 * batch writes or reads many entries in one bpf(2), if the kernel has batches for that
 * type of map.  The end of a batch is the error ENOENT, which may come together with
 * entries.
 * Its counterparts are legacy/map_crud_raw.c and map_crud_user.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "map_crud_report.h"

#include "modern.h"
#include "map_crud.skel.h"

static struct map_crud_bpf *skel;

/* NULL if the map is not in the skeleton. */
static struct bpf_map *of(const struct map_crud_map *map)
{
	return bpf_object__find_map_by_name(skel->obj, map->name);
}

static int create(const struct map_crud_map *map, int inner)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		    .map_flags = map->flags,
		    .inner_map_fd = inner);

	/* The skeleton has made the map, and closes its own descriptor. */
	if (of(map))
		return dup(bpf_map__fd(of(map)));
	return bpf_map_create(map->type, map->name, map->key_size, map->value_size,
			      map->max_entries, &opts);
}

/*
 * Each of these functions passes the sizes, which libbpf checks.  For a map that is not in
 * the skeleton there is only a descriptor and no struct bpf_map, so nothing checks them.
 */
static int update(const struct map_crud_map *map, const void *key, const void *value, __u64 flags)
{
	if (!of(map))
		return bpf_map_update_elem(map->fd, key, value, flags);
	return bpf_map__update_elem(of(map), key, map->key_size, value, map->room, flags);
}

static int lookup(const struct map_crud_map *map, const void *key, void *value)
{
	if (!of(map))
		return bpf_map_lookup_elem(map->fd, key, value);
	return bpf_map__lookup_elem(of(map), key, map->key_size, value, map->room, 0);
}

static int take(const struct map_crud_map *map, const void *key, void *value)
{
	if (!of(map))
		return bpf_map_lookup_and_delete_elem(map->fd, key, value);
	return bpf_map__lookup_and_delete_elem(of(map), key, map->key_size, value, map->room, 0);
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	if (!of(map))
		return bpf_map_delete_elem(map->fd, key);
	return bpf_map__delete_elem(of(map), key, map->key_size, 0);
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	if (!of(map))
		return bpf_map_get_next_key(map->fd, key, next_key);
	return bpf_map__get_next_key(of(map), key, next_key, map->key_size);
}

/* A batch; the report does it one by one if the kernel has none for the type. */
static int fill(const struct map_crud_map *map, const void *keys, const void *values, int n)
{
	__u32 count = n;

	return bpf_map_update_batch(map->fd, keys, values, &count, NULL);
}

static int read_all(const struct map_crud_map *map, void *keys, void *values, int max,
		    bool delete)
{
	int (*batch)(int, void *, void *, void *, void *, __u32 *,
		     const struct bpf_map_batch_opts *) =
		delete ? bpf_map_lookup_and_delete_batch : bpf_map_lookup_batch;
	char where[sizeof(struct map_crud_prefix)], *from = NULL;
	__u32 count;
	int n = 0, err;

	do {
		count = max - n;
		err = batch(map->fd, from, where, keys + n * map->key_size,
			    values + n * map->room, &count, NULL);
		if (!err || errno == ENOENT)
			n += count;
		from = where;
	} while (!err && n < max);
	return !err || errno == ENOENT ? n : err;
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

/* Not bpf_map__pin(): it remembers the path, and returns 0 when it is called again. */
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
	static const struct map_crud_stage stage = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.fill = fill, .read = read_all,
		.info = map_info, .freeze = freeze, .pin = pin, .get = bpf_obj_get, .id = map_id,
	};
	int err = -1;

	observe.nobody = true;
	observe_init(argc, argv, "Does what can be done to maps, through a skeleton.");
	libbpf_set_print(modern_log);

	skel = map_crud_bpf__open_and_load();
	if (skel)
		err = map_crud_run(&stage, libbpf_num_possible_cpus());
	else
		observe_warn("cannot make the maps of the skeleton: %s (-v shows why)",
			     strerror(errno));
	map_crud_bpf__destroy(skel);
	return observe_exit(err);
}
