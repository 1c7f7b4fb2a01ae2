// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud_report.c - lets a stage do the steps and prints the result of each; see
 * map_crud_report.h.
 *
 * The expected results are not in the executable: MAP and STEP leave them out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "map_crud_event.h"
#include "map_crud_report.h"
#include "observe.h"
#include "pins.h"
#include "report.h"

#define MAP(map, kind, key, value, entries, map_flags, of) {			\
	.name = #map, .type = BPF_MAP_TYPE_##kind, .type_name = #kind,		\
	.key_size = (key), .value_size = (value), .room = (value),		\
	.max_entries = (entries), .flags = (map_flags), .inner = #of, .fd = -1 },
#define STEP(...)
static struct map_crud_map maps[] = {
#include "map_crud_steps.h"
};
#undef MAP
#undef STEP

struct step {
	const char *map, *op, *key, *value, *flags;
};

#define MAP(...)
#define STEP(map, op, key, value, flags, result) { #map, #op, key, value, flags },
static const struct step steps[] = {
#include "map_crud_steps.h"
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static const struct map_crud_stage *stage;
static char result[256];	/* the result of the step */
static unsigned int begun;	/* how many steps have begun */

/* The keys and values of a step.  No map that is read has more entries. */
static char keys[MAP_CRUD_LRU_ENTRIES * sizeof(struct map_crud_prefix)], *values;

static struct map_crud_map *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (!strcmp(maps[i].name, name))
			return &maps[i];
	observe_die("the steps name an unknown map %s", name);
}

/* ---- from text to keys and values, and back ------------------------------------ */

/* Writes the key to @bytes and returns @bytes, or NULL for "-". */
static const void *parse_key(const struct map_crud_map *map, const char *text, void *bytes)
{
	struct map_crud_prefix prefix;
	char address[16];
	__u32 key;

	if (!strcmp(text, "-"))
		return NULL;
	if (map->type == BPF_MAP_TYPE_LPM_TRIE) {
		if (sscanf(text, "%15[0-9.]/%u", address, &prefix.len) != 2 ||
		    inet_pton(AF_INET, address, prefix.address) != 1)
			observe_die("'%s' is not a prefix", text);
		memcpy(bytes, &prefix, sizeof(prefix));
	} else {
		key = strtoul(text, NULL, 10);
		memcpy(bytes, &key, sizeof(key));
	}
	return bytes;
}

static const char *key_text(const struct map_crud_map *map, const void *bytes)
{
	static char text[INET_ADDRSTRLEN + 12];
	struct map_crud_prefix prefix;
	char address[INET_ADDRSTRLEN];
	__u32 key;

	if (map->type == BPF_MAP_TYPE_LPM_TRIE) {
		memcpy(&prefix, bytes, sizeof(prefix));
		inet_ntop(AF_INET, prefix.address, address, sizeof(address));
		snprintf(text, sizeof(text), "%s/%u", address, prefix.len);
	} else {
		memcpy(&key, bytes, sizeof(key));
		snprintf(text, sizeof(text), "%u", key);
	}
	return text;
}

/* A map of maps without an inner map cannot be created. */
static bool holds_maps(const struct map_crud_map *map)
{
	return strcmp(map->inner, "-");
}

static __u32 parse_value(const struct map_crud_map *map, const char *text)
{
	if (!strcmp(text, "none"))
		return -1;
	if (!strcmp(text, "event"))
		return map_crud_event();
	return holds_maps(map) ? (__u32)find(text)->fd : strtoul(text, NULL, 10);
}

static __u32 id_of(int fd)
{
	return stage->id ? stage->id(fd) : (__u32)fd;
}

static void close_map(int fd)
{
	if (stage->id && fd >= 0)
		close(fd);
}

/* The name of the map with this id. */
static const char *name_of(__u32 id)
{
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (maps[i].fd >= 0 && id_of(maps[i].fd) == id)
			return maps[i].name;
	return "another";
}

static const char *value_text(const struct map_crud_map *map, __u32 value)
{
	static char text[12];

	if (holds_maps(map))
		return name_of(value);
	snprintf(text, sizeof(text), "%u", value);
	return text;
}

static __u64 parse_flags(const char *text)
{
	if (!strcmp(text, "noexist"))
		return BPF_NOEXIST;
	if (!strcmp(text, "exist"))
		return BPF_EXIST;
	return strcmp(text, "both") ? BPF_ANY : BPF_NOEXIST | BPF_EXIST;
}

static void show_errno(int err)
{
	const char *name = err == KERNEL_ENOTSUPP ? "ENOTSUPP" : strerrorname_np(err);

	if (name)
		snprintf(result, sizeof(result), "%s", name);
	else
		snprintf(result, sizeof(result), "errno_%d", err);
}

/* ---- values, as bpf(2) reads and writes them --------------------------------------- */

#define SLOT	8	/* each CPU's value is rounded up to so many bytes */

static void set_value(const struct map_crud_map *map, char *to, __u32 value)
{
	for (__u32 at = 0; at < map->room; at += SLOT)
		memcpy(to + at, &value, sizeof(value));
}

static __u32 sum_of(const struct map_crud_map *map, const char *from)
{
	__u32 sum = 0, value, at;

	for (at = 0; at < map->room; at += SLOT) {
		memcpy(&value, from + at, sizeof(value));
		sum += value;
	}
	return sum;
}

/* ---- the larger steps ------------------------------------------------------------ */

/* A map is only right if the kernel describes it as the steps do. */
static int create(struct map_crud_map *map)
{
	struct bpf_map_info info = {};

	map->fd = stage->create(map, holds_maps(map) ? find(map->inner)->fd : 0);
	if (map->fd < 0 || stage->info(map, &info))
		return -1;
	if (info.type != map->type || info.key_size != map->key_size ||
	    info.value_size != map->value_size || info.max_entries != map->max_entries ||
	    info.map_flags != map->flags)
		snprintf(result, sizeof(result), "type:%u,key:%u,value:%u,entries:%u,flags:%#x",
			 info.type, info.key_size, info.value_size, info.max_entries,
			 info.map_flags);
	return 0;
}

static int fill_each(const struct map_crud_map *map, int n)
{
	for (int i = 0; i < n; i++)
		if (stage->update(map, keys + i * map->key_size, values + i * map->room, BPF_ANY))
			return -1;
	return 0;
}

/* Writes the keys A-B; the value is @value in a map of maps, else ten times the key. */
static int fill(const struct map_crud_map *map, const char *range, const char *value)
{
	unsigned int first, last, n = 0;
	char key[24];
	int err = -1;

	if (sscanf(range, "%u-%u", &first, &last) != 2 || last - first >= 16)
		observe_die("'%s' is not a range of at most 16 keys", range);
	for (; first <= last; first++, n++) {
		snprintf(key, sizeof(key), "%u%s", first,
			 map->type == BPF_MAP_TYPE_LPM_TRIE ? ".0.0.0/8" : "");
		parse_key(map, key, keys + n * map->key_size);
		set_value(map, values + n * map->room,
			  holds_maps(map) ? parse_value(map, value) : 10 * first);
	}
	errno = KERNEL_ENOTSUPP;
	if (stage->fill)
		err = stage->fill(map, keys, values, n);
	return err && errno == KERNEL_ENOTSUPP ? fill_each(map, n) : err;
}

struct entry {
	unsigned char key[sizeof(struct map_crud_prefix)];	/* the first key_size bytes */
	__u32 value;
};

/* Compares keys; prefixes by their length first. */
static int smaller_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	__u32 left, right;

	memcpy(&left, x->key, sizeof(left));
	memcpy(&right, y->key, sizeof(right));
	if (left != right)
		return left < right ? -1 : 1;
	return memcmp(x->key + sizeof(left), y->key + sizeof(right), sizeof(left));
}

static int read_each(const struct map_crud_map *map, bool delete)
{
	const char *prev = NULL;
	char *key = keys;
	__u32 n;

	for (n = 0; n < map->max_entries && !stage->next(map, prev, key); n++) {
		if (stage->lookup(map, key, values + n * map->room) ||
		    (delete && stage->remove(map, key)))
			return -1;
		/* After the entry is deleted, the next one is the first of the map. */
		prev = delete ? NULL : key;
		key += map->key_size;
	}
	return n == map->max_entries || errno == ENOENT ? (int)n : -1;
}

/* Returns how many entries there are. */
static int read_all(const struct map_crud_map *map, bool delete)
{
	int n = -1;

	memset(values, 0, map->max_entries * map->room);
	errno = KERNEL_ENOTSUPP;
	if (stage->read)
		n = stage->read(map, keys, values, map->max_entries, delete);
	return n < 0 && errno == KERNEL_ENOTSUPP ? read_each(map, delete) : n;
}

static int show_all(const struct map_crud_map *map)
{
	struct entry entries[MAP_CRUD_LRU_ENTRIES] = {};
	int n = read_all(map, false);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		memcpy(entries[i].key, keys + i * map->key_size, map->key_size);
		entries[i].value = sum_of(map, values + i * map->room);
	}
	if (n < 0)
		return n;
	qsort(entries, n, sizeof(entries[0]), smaller_key);
	snprintf(result, sizeof(result), "nothing");
	for (int i = 0; i < n && at < sizeof(result); i++)
		at += snprintf(result + at, sizeof(result) - at, "%s%s:%s", i ? "," : "",
			       key_text(map, entries[i].key),
			       value_text(map, entries[i].value));
	return 0;
}

static int drain(const struct map_crud_map *map)
{
	int n = read_all(map, true);

	snprintf(result, sizeof(result), "%d", n);
	return n < 0 ? n : 0;
}

/* Visits all keys, and deletes the @nth before it asks for the next one. */
static int walk(const struct map_crud_map *map, int nth)
{
	const void *prev = NULL;
	int visits = 0;
	char key[8];

	while (!stage->next(map, prev, key)) {
		if (++visits == nth && stage->remove(map, key))
			return -1;
		if (visits > 1000)
			break;	/* the walk has no end */
		prev = key;
	}
	if (errno != ENOENT)
		return -1;
	snprintf(result, sizeof(result), "%d", visits);
	return 0;
}

static int size(const struct map_crud_map *map)
{
	const void *prev = NULL;
	__u32 n = 0, key;

	for (; n <= map->max_entries && !stage->next(map, prev, &key); n++)
		prev = &key;
	if (n > map->max_entries)
		snprintf(result, sizeof(result), "beyond");
	else
		snprintf(result, sizeof(result), "within");
	return n <= map->max_entries && errno != ENOENT ? -1 : 0;
}

static int get(const char *path)
{
	int fd = stage->get(path);
	__u32 id = fd < 0 ? 0 : id_of(fd);

	if (id)
		snprintf(result, sizeof(result), "%s", name_of(id));
	close_map(fd);
	return id ? 0 : -1;
}

/* ---- the steps -------------------------------------------------------------------- */

static int do_step(const struct step *step)
{
	struct map_crud_map *map = find(step->map);
	char path[64], bytes[8], next[8];
	const char *op = step->op;
	const void *key = NULL;
	int err;

	snprintf(result, sizeof(result), "ok");
	snprintf(path, sizeof(path), PINS "/%s", step->key);

	if (!strcmp(op, "create"))
		return create(map);
	if (!strcmp(op, "freeze"))
		return stage->freeze(map);
	if (!strcmp(op, "pin"))
		return stage->pin(map, path);
	if (!strcmp(op, "get"))
		return get(path);
	if (!strcmp(op, "unpin"))
		return unlink(path);
	if (!strcmp(op, "read"))
		return show_all(map);
	if (!strcmp(op, "drain"))
		return drain(map);
	if (!strcmp(op, "size"))
		return size(map);
	if (!strcmp(op, "walk"))
		return walk(map, atoi(step->key));
	if (!strcmp(op, "fill"))
		return fill(map, step->key, step->value);

	key = parse_key(map, step->key, bytes);
	memset(values, 0, map->room);
	if (!strcmp(op, "update")) {
		set_value(map, values, parse_value(map, step->value));
		return stage->update(map, key, values, parse_flags(step->flags));
	}
	if (!strcmp(op, "delete"))
		return stage->remove(map, key);
	if (!strcmp(op, "next")) {
		err = stage->next(map, key, next);
		if (!err)
			snprintf(result, sizeof(result), "%s", key_text(map, next));
		return err;
	}
	if (!strcmp(op, "lookup"))
		err = stage->lookup(map, key, values);
	else if (!strcmp(op, "take"))
		err = stage->take(map, key, values);
	else
		observe_die("unknown step '%s %s'", op, step->key);
	if (!err)
		snprintf(result, sizeof(result), "%s", value_text(map, sum_of(map, values)));
	return err;
}

static void show_step(unsigned int n, const struct step *step)
{
	const struct map_crud_map *map = find(step->map);

	/* For a person, a heading for each map. */
	if (!strcmp(step->op, "create"))
		report_note("\n%s: %s of %u, key %u, value %u, flags 0x%x", map->name,
			    map->type_name, map->max_entries, map->key_size, map->value_size,
			    map->flags);
	report("step",
	       DEC("n", n),
	       TEXT("map", step->map, 16),
	       TEXT("op", step->op, 6),
	       TEXT("key", step->key, 14),
	       TEXT("value", step->value, 10),
	       TEXT("flags", step->flags, 7),
	       TEXT("result", result, sizeof(result)));
}

unsigned int map_crud_step(void)
{
	return begun;
}

/* Does the steps of the next round, if there are any; returns how many are done. */
static __u64 step_on(void)
{
	for (int i = 0; i < MAP_CRUD_PER_ROUND && begun < ARRAY_SIZE(steps); i++) {
		const struct step *step = &steps[begun++];

		if (do_step(step) < 0)
			show_errno(errno);
		show_step(begun, step);
	}
	return begun;
}

static bool is_percpu(const struct map_crud_map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_HASH || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

int map_crud_run(const struct map_crud_stage *how, int cpus)
{
	enum observe_event event;
	__u64 done = 0;

	stage = how;
	values = cpus > 0 ? calloc(MAP_CRUD_LRU_ENTRIES, cpus * SLOT) : NULL;
	if (!values) {
		observe_warn("cannot tell how many CPUs are possible: %s", strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (is_percpu(&maps[i]))
			maps[i].room = cpus * SLOT;
	pins_private();
	if (!observe.live) {
		observe_start();
		while ((event = observe_wait(-1)) != OBSERVE_END) {
			if (event != OBSERVE_SYNC)
				continue;
			done = step_on();
			observe_synced(done, 0);
		}
	}
	/* Without a runner, all steps are done at once. */
	if (!done)
		while (step_on() < ARRAY_SIZE(steps))
			;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		close_map(maps[i].fd);
	free(values);
	return 0;
}
