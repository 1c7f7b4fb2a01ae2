/* SPDX-License-Identifier: GPL-2.0 */
/*
 * map_crud_report.h - what the stages of map_crud have in common: they are
 * walked through the steps, and what came of each is shown.
 *
 * The steps say what is to be done; how that is said to the kernel is what a
 * stage gives as a struct map_crud_stage.
 */
#ifndef SAMPLES_MAP_CRUD_REPORT_H
#define SAMPLES_MAP_CRUD_REPORT_H

#include <linux/types.h>

#include "map_crud.h"

struct map_crud_map {
	const char *name;
	__u32 index;			/* among all of them */
	__u32 type, key_size, value_size, max_entries, flags;
	const char *inner;		/* a map's name, or "-" */
	const char *type_name;		/* as enum bpf_map_type has it: LRU_HASH */
};

#define MAP_CRUD_MAX_MAPS	64

struct map_crud_entry {
	unsigned char key[8];		/* key_size of them */
	__u32 value;
};

/*
 * How it is done.  Each returns 0 (or what is said here), or something negative,
 * with the reason in errno.  A key of NULL: the map has none, or the first is
 * asked for.  Of a per-CPU map, a value is written for each CPU, and summed up
 * when it is read.
 */
struct map_crud_stage {
	/* @inner: the descriptor of a map, 0 for none */
	int (*create)(const struct map_crud_map *map, int inner);
	int (*update)(const struct map_crud_map *map, const void *key, __u32 value, __u64 flags);
	int (*lookup)(const struct map_crud_map *map, const void *key, __u32 *value);
	int (*take)(const struct map_crud_map *map, const void *key, __u32 *value);
	int (*remove)(const struct map_crud_map *map, const void *key);
	int (*next)(const struct map_crud_map *map, const void *key, void *next);

	/* Updates all of them, with BPF_ANY. */
	int (*fill)(const struct map_crud_map *map, const struct map_crud_entry *entries, int n);
	/* All entries, in any order, into room for @max: how many. */
	int (*read)(const struct map_crud_map *map, struct map_crud_entry *entries, int max);
	/* Reads and deletes all: how many. */
	int (*drain)(const struct map_crud_map *map, struct map_crud_entry *entries, int max);

	int (*freeze)(const struct map_crud_map *map);
	int (*pin)(const struct map_crud_map *map, const char *path);
	__u32 (*get)(const char *path);		/* a map's id, 0: error */
	int (*fd)(const struct map_crud_map *map);		/* its descriptor */
	__u32 (*id)(int fd);					/* the map's id, 0: error */
};

/* The number of the step that is being done, or was done last. */
unsigned int map_crud_step(void);

/* The map that is called so; it has to be one. */
const struct map_crud_map *map_crud_find(const char *name);

/*
 * Does the steps and shows them: at each "sync" of the runner's the next one,
 * or all of them if there is no runner.
 */
int map_crud_run(const struct map_crud_stage *stage);

#endif
