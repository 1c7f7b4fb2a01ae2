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
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "map_crud_report.h"

#include "user.h"

/* A value of a per-CPU map. */
struct slot {
	__u32 value;
	__u32 pad;
};

static int fds[MAP_CRUD_MAX_MAPS];	/* the descriptor + 1, or 0 if there is none */
static struct slot *slots;		/* for each CPU */
static int cpus;

static int map_fd(const struct map_crud_map *map)
{
	return fds[map->index] - 1;
}

static int is_percpu(const struct map_crud_map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_HASH || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static __u32 sum_of_slots(void)
{
	__u32 sum = 0;

	for (int i = 0; i < cpus; i++)
		sum += slots[i].value;
	return sum;
}

static int create(const struct map_crud_map *map, int inner)
{
	int fd;

	if (map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		fd = bpf_create_map_in_map(map->type, map->name, map->key_size, inner,
					   map->max_entries, map->flags);
	else
		fd = bpf_create_map_name(map->type, map->name, map->key_size,
					 map->value_size, map->max_entries, map->flags);
	fds[map->index] = fd + 1;
	return fd < 0 ? -1 : 0;
}

static int update(const struct map_crud_map *map, const void *key, __u32 value, __u64 flags)
{
	if (!is_percpu(map))
		return bpf_map_update_elem(map_fd(map), key, &value, flags);
	for (int i = 0; i < cpus; i++)
		slots[i].value = value;
	return bpf_map_update_elem(map_fd(map), key, slots, flags);
}

static int lookup(const struct map_crud_map *map, const void *key, __u32 *value)
{
	int err;

	if (!is_percpu(map))
		return bpf_map_lookup_elem(map_fd(map), key, value);
	memset(slots, 0, cpus * sizeof(*slots));
	err = bpf_map_lookup_elem(map_fd(map), key, slots);
	*value = sum_of_slots();
	return err;
}

static int take(const struct map_crud_map *map, const void *key, __u32 *value)
{
	int err;

	if (!is_percpu(map))
		return bpf_map_lookup_and_delete_elem(map_fd(map), key, value);
	memset(slots, 0, cpus * sizeof(*slots));
	err = bpf_map_lookup_and_delete_elem(map_fd(map), key, slots);
	*value = sum_of_slots();
	return err;
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	return bpf_map_delete_elem(map_fd(map), key);
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	return bpf_map_get_next_key(map_fd(map), key, next_key);
}

static int fill(const struct map_crud_map *map, const struct map_crud_entry *entries, int n)
{
	for (int i = 0; i < n; i++)
		if (update(map, entries[i].key, entries[i].value, BPF_ANY))
			return -1;
	return 0;
}

static int read_all(const struct map_crud_map *map, struct map_crud_entry *entries, int max)
{
	const void *prev = NULL;
	int n;

	for (n = 0; n < max && !next(map, prev, entries[n].key); n++) {
		if (lookup(map, entries[n].key, &entries[n].value))
			return -1;
		prev = entries[n].key;
	}
	return n == max || errno == ENOENT ? n : -1;
}

/* Each entry is deleted after it is read, so the next one is always the first of the map. */
static int drain(const struct map_crud_map *map, struct map_crud_entry *entries, int max)
{
	int n;

	for (n = 0; n < max && !next(map, NULL, entries[n].key); n++)
		if (lookup(map, entries[n].key, &entries[n].value) ||
		    remove_key(map, entries[n].key))
			return -1;
	return n == max || errno == ENOENT ? n : -1;
}

static int freeze(const struct map_crud_map *map)
{
	return bpf_map_freeze(map_fd(map));
}

static int pin(const struct map_crud_map *map, const char *path)
{
	return bpf_obj_pin(map_fd(map), path);
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static __u32 get(const char *path)
{
	int fd = bpf_obj_get(path);
	__u32 id = fd < 0 ? 0 : map_id(fd);

	if (fd >= 0)
		close(fd);
	return id;
}

int main(int argc, char **argv)
{
	static const struct map_crud_stage user = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.fill = fill, .read = read_all, .drain = drain,
		.freeze = freeze, .pin = pin, .get = get,
		.fd = map_fd, .id = map_id,
	};
	int err = -1;

	observe.nobody = true;
	observe_init(argc, argv, "Does what can be done to maps, through libbpf 0.x.");
	user_init();

	cpus = libbpf_num_possible_cpus();
	slots = cpus > 0 ? calloc(cpus, sizeof(*slots)) : NULL;
	if (slots)
		err = map_crud_run(&user);
	else
		observe_warn("cannot tell how many CPUs are possible: %s", strerror(errno));

	for (int i = 0; i < MAP_CRUD_MAX_MAPS; i++)
		if (fds[i] > 0)
			close(fds[i] - 1);
	free(slots);
	return observe_exit(err);
}
