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
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "map_crud_report.h"

#include "modern.h"
#include "map_crud.skel.h"

/* A value of a per-CPU map. */
struct slot {
	__u32 value;
	__u32 pad;
};

static struct map_crud_bpf *skel;
static struct slot *slots;	/* for each CPU */
static int cpus;

static int fds[MAP_CRUD_MAX_MAPS];	/* of maps not in the skeleton: fd + 1, or 0 if none */

/* NULL if the map is not in the skeleton. */
static struct bpf_map *of(const struct map_crud_map *map)
{
	return bpf_object__find_map_by_name(skel->obj, map->name);
}

static int map_fd(const struct map_crud_map *map)
{
	return of(map) ? bpf_map__fd(of(map)) : fds[map->index] - 1;
}

static int is_percpu(const struct map_crud_map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_HASH || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static __u32 sum_of(const struct slot *slot)
{
	__u32 sum = 0;

	for (int i = 0; i < cpus; i++)
		sum += slot[i].value;
	return sum;
}

static int create(const struct map_crud_map *map, int inner)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		    .map_flags = map->flags,
		    .inner_map_fd = inner);
	int fd;

	if (of(map))
		return map_fd(map) < 0 ? -1 : 0;
	fd = bpf_map_create(map->type, map->name, map->key_size, map->value_size,
			    map->max_entries, &opts);
	fds[map->index] = fd < 0 ? 0 : fd + 1;
	return fd < 0 ? fd : 0;
}

static size_t value_size(const struct map_crud_map *map)
{
	return is_percpu(map) ? cpus * sizeof(*slots) : map->value_size;
}

/*
 * Each of these functions passes the sizes, which libbpf checks.  For a map that is not in
 * the skeleton there is only a descriptor and no struct bpf_map, so nothing checks them.
 */
static int update(const struct map_crud_map *map, const void *key, __u32 value, __u64 flags)
{
	const void *from = is_percpu(map) ? (void *)slots : &value;

	for (int i = 0; is_percpu(map) && i < cpus; i++)
		slots[i].value = value;
	if (!of(map))
		return bpf_map_update_elem(map_fd(map), key, from, flags);
	return bpf_map__update_elem(of(map), key, map->key_size, from, value_size(map), flags);
}

static int lookup(const struct map_crud_map *map, const void *key, __u32 *value)
{
	void *to = is_percpu(map) ? (void *)slots : value;
	int err;

	if (!of(map))
		err = bpf_map_lookup_elem(map_fd(map), key, to);
	else
		err = bpf_map__lookup_elem(of(map), key, map->key_size, to, value_size(map), 0);
	if (is_percpu(map))
		*value = sum_of(slots);
	return err;
}

static int take(const struct map_crud_map *map, const void *key, __u32 *value)
{
	void *to = is_percpu(map) ? (void *)slots : value;
	int err;

	if (!of(map))
		err = bpf_map_lookup_and_delete_elem(map_fd(map), key, to);
	else
		err = bpf_map__lookup_and_delete_elem(of(map), key, map->key_size, to,
						      value_size(map), 0);
	if (is_percpu(map))
		*value = sum_of(slots);
	return err;
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	if (!of(map))
		return bpf_map_delete_elem(map_fd(map), key);
	return bpf_map__delete_elem(of(map), key, map->key_size, 0);
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	if (!of(map))
		return bpf_map_get_next_key(map_fd(map), key, next_key);
	return bpf_map__get_next_key(of(map), key, next_key, map->key_size);
}

/* ---- many at once, or one by one where the kernel has no batch for the type ------ */

static int fill_each(const struct map_crud_map *map, const struct map_crud_entry *entries, int n)
{
	int err = 0;

	for (int i = 0; !err && i < n; i++)
		err = update(map, entries[i].key, entries[i].value, BPF_ANY);
	return err;
}

static int fill(const struct map_crud_map *map, const struct map_crud_entry *entries, int n)
{
	char *keys = calloc(n, map->key_size);
	__u32 *values = calloc(n, sizeof(*values)), count = n;
	int each = is_percpu(map) ? cpus : 1;
	struct slot *percpu = calloc(n * each, sizeof(*percpu));
	int err = -1;

	if (!keys || !values || !percpu)
		goto out;
	for (int i = 0; i < n; i++) {
		memcpy(keys + i * map->key_size, entries[i].key, map->key_size);
		values[i] = entries[i].value;
		for (int cpu = 0; cpu < each; cpu++)
			percpu[i * each + cpu].value = values[i];
	}
	err = bpf_map_update_batch(map_fd(map), keys, is_percpu(map) ? (void *)percpu : values,
				   &count, NULL);
	if (err && errno == KERNEL_ENOTSUPP)
		err = fill_each(map, entries, n);
out:
	free(percpu);
	free(values);
	free(keys);
	return err;
}

static int read_each(const struct map_crud_map *map, struct map_crud_entry *entries, int max,
		     bool delete)
{
	const void *prev = NULL;
	int n, err;

	for (n = 0; n < max && !next(map, prev, entries[n].key); n++) {
		err = lookup(map, entries[n].key, &entries[n].value);
		if (!err && delete)
			err = remove_key(map, entries[n].key);
		if (err)
			return err;
		/* After the entry is deleted, the next one is the first of the map. */
		prev = delete ? NULL : entries[n].key;
	}
	return n == max || errno == ENOENT ? n : -1;
}

static int read_batch(const struct map_crud_map *map, struct map_crud_entry *entries, int max,
		      bool delete)
{
	int (*batch)(int, void *, void *, void *, void *, __u32 *,
		     const struct bpf_map_batch_opts *) =
		delete ? bpf_map_lookup_and_delete_batch : bpf_map_lookup_batch;
	int each = is_percpu(map) ? cpus : 1, n = 0, err;
	char *keys = calloc(max, map->key_size), where[sizeof(entries->key)], *from = NULL;
	__u32 *values = calloc(max, sizeof(*values)), count;
	struct slot *percpu = calloc(max * each, sizeof(*percpu));

	if (!keys || !values || !percpu) {
		err = -1;
		goto out;
	}
	do {
		count = max - n;
		err = batch(map_fd(map), from, where, keys + n * map->key_size,
			    is_percpu(map) ? (void *)(percpu + n * each) : values + n, &count,
			    NULL);
		if (!err || errno == ENOENT)
			n += count;
		from = where;
	} while (!err && n < max);
	if (err && errno == ENOENT)
		err = 0;
	for (int i = 0; i < n; i++) {
		memcpy(entries[i].key, keys + i * map->key_size, map->key_size);
		entries[i].value = is_percpu(map) ? sum_of(percpu + i * each) : values[i];
	}
out:
	free(percpu);
	free(values);
	free(keys);
	if (err && errno == KERNEL_ENOTSUPP)
		return read_each(map, entries, max, delete);
	return err ? err : n;
}

static int read_all(const struct map_crud_map *map, struct map_crud_entry *entries, int max)
{
	return read_batch(map, entries, max, false);
}

static int drain(const struct map_crud_map *map, struct map_crud_entry *entries, int max)
{
	return read_batch(map, entries, max, true);
}

/* ------------------------------------------------------------------------------------ */

static int freeze(const struct map_crud_map *map)
{
	return bpf_map_freeze(map_fd(map));
}

/* Not bpf_map__pin(): it remembers the path, and returns 0 when it is called again. */
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
	static const struct map_crud_stage stage = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.fill = fill, .read = read_all, .drain = drain,
		.freeze = freeze, .pin = pin, .get = get,
		.fd = map_fd, .id = map_id,
	};
	int err = -1;

	observe.nobody = true;
	observe_init(argc, argv, "Does what can be done to maps, through a skeleton.");
	libbpf_set_print(modern_log);

	cpus = libbpf_num_possible_cpus();
	slots = cpus > 0 ? calloc(cpus, sizeof(*slots)) : NULL;
	if (!slots) {
		observe_warn("cannot tell how many CPUs are possible: %s", strerror(errno));
		goto cleanup;
	}
	skel = map_crud_bpf__open_and_load();
	if (!skel) {
		observe_warn("cannot make the maps of the skeleton: %s (-v shows why)",
			     strerror(errno));
		goto cleanup;
	}
	err = map_crud_run(&stage);
cleanup:
	for (int i = 0; i < MAP_CRUD_MAX_MAPS; i++)
		if (fds[i] > 0)
			close(fds[i] - 1);
	map_crud_bpf__destroy(skel);
	free(slots);
	return observe_exit(err);
}
