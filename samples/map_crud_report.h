/* SPDX-License-Identifier: GPL-2.0 */
/*
 * map_crud_report.h - what the stages of map_crud have in common: it runs the steps one
 * by one and prints the result of each.
 *
 * The steps say what to do; each stage has a struct map_crud_stage with functions that
 * do it by its API.
 */
#ifndef SAMPLES_MAP_CRUD_REPORT_H
#define SAMPLES_MAP_CRUD_REPORT_H

#include <linux/types.h>

#include "map_crud.h"

struct map_crud_map {
	const char *name;
	__u32 index;			/* in the list of maps */
	__u32 type, key_size, value_size, max_entries, flags;
	const char *inner;		/* a map's name, or "-" */
	const char *type_name;		/* without BPF_MAP_TYPE_, as LRU_HASH */
};

#define MAP_CRUD_MAX_MAPS	64

struct map_crud_entry {
	unsigned char key[8];		/* the first key_size bytes */
	__u32 value;
};

/*
 * The functions of a stage.  Each returns 0 (or what its comment says), or a negative
 * number, with the reason in errno.  A key of NULL means that the map has no keys, or
 * asks for the first key.  In a per-CPU map, the same value is written for each CPU, and
 * the values of the CPUs are summed up when they are read.
 */
struct map_crud_stage {
	/* @inner is the descriptor of the inner map, or 0 */
	int (*create)(const struct map_crud_map *map, int inner);
	int (*update)(const struct map_crud_map *map, const void *key, __u32 value, __u64 flags);
	int (*lookup)(const struct map_crud_map *map, const void *key, __u32 *value);
	int (*take)(const struct map_crud_map *map, const void *key, __u32 *value);
	int (*remove)(const struct map_crud_map *map, const void *key);
	int (*next)(const struct map_crud_map *map, const void *key, void *next);

	/* Updates @n entries, with BPF_ANY. */
	int (*fill)(const struct map_crud_map *map, const struct map_crud_entry *entries, int n);
	/* Reads all entries, in any order, at most @max; returns how many. */
	int (*read)(const struct map_crud_map *map, struct map_crud_entry *entries, int max);
	/* Reads and deletes all entries; returns how many. */
	int (*drain)(const struct map_crud_map *map, struct map_crud_entry *entries, int max);

	int (*freeze)(const struct map_crud_map *map);
	int (*pin)(const struct map_crud_map *map, const char *path);
	__u32 (*get)(const char *path);		/* a map's id, 0: error */
	int (*fd)(const struct map_crud_map *map);		/* its descriptor */
	__u32 (*id)(int fd);					/* the map's id, 0: error */
};

/* The number of the current step, or of the last one. */
unsigned int map_crud_step(void);

/* The map with this name; ends the process if there is none. */
const struct map_crud_map *map_crud_find(const char *name);

/*
 * Does the steps and prints their results: the next round at each "sync" of the runner,
 * or all steps if there is no runner.
 */
int map_crud_run(const struct map_crud_stage *stage);

#endif
