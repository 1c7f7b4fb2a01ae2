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

#include <stdbool.h>
#include <linux/types.h>

#include "map_crud.h"

struct bpf_map_info;

struct map_crud_map {
	const char *name;
	__u32 type, key_size, value_size, max_entries, flags;
	__u32 room;			/* bytes of a value in user space: see below */
	const char *inner;		/* a map's name, or "-" */
	const char *type_name;		/* without BPF_MAP_TYPE_, as LRU_HASH */
	int fd;				/* what create() has returned */
};

/*
 * The functions of a stage.  Each returns 0 (or what its comment says), or a negative
 * number, with the reason in errno.  A key of NULL means that the map has no keys, or
 * asks for the first key.  A value has map->room bytes, as bpf(2) wants them: the
 * value_size of the map, or in a per-CPU map 8 bytes for each possible CPU.  The report
 * writes the same value for each CPU, and adds them up when they are read.
 */
struct map_crud_stage {
	/* Returns a descriptor, which the report closes.  @inner is that of the inner map, or 0. */
	int (*create)(const struct map_crud_map *map, int inner);
	int (*update)(const struct map_crud_map *map, const void *key, const void *value,
		      __u64 flags);
	int (*lookup)(const struct map_crud_map *map, const void *key, void *value);
	int (*take)(const struct map_crud_map *map, const void *key, void *value);
	int (*remove)(const struct map_crud_map *map, const void *key);
	int (*next)(const struct map_crud_map *map, const void *key, void *next);

	/*
	 * These take many entries: all keys, one after another, and all values.  Without them,
	 * or if they fail with KERNEL_ENOTSUPP, the entries are written and read one by one.
	 */
	/* Updates @n entries, with BPF_ANY. */
	int (*fill)(const struct map_crud_map *map, const void *keys, const void *values, int n);
	/* Reads, and with @delete also deletes, at most @max entries; returns how many. */
	int (*read)(const struct map_crud_map *map, void *keys, void *values, int max,
		    bool delete);

	/* What the kernel says of the map that create() has just made. */
	int (*info)(const struct map_crud_map *map, struct bpf_map_info *info);

	int (*freeze)(const struct map_crud_map *map);
	int (*pin)(const struct map_crud_map *map, const char *path);
	int (*get)(const char *path);		/* returns a descriptor, as create() */
	/* The map's id, 0: error.  A stage without it has ids, and no descriptors. */
	__u32 (*id)(int fd);
};

/* The number of the current step, or of the last one. */
unsigned int map_crud_step(void);

/*
 * Does the steps and prints their results: the next round at each "sync" of the runner,
 * or all steps if there is no runner.  @cpus is the number of possible CPUs.
 */
int map_crud_run(const struct map_crud_stage *stage, int cpus);

#endif
