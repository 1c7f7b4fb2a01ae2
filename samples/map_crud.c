// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud.c - the workload: there is no work, only the expected result of each step.
 *
 * There are no events to observe: in a round the variants do some steps, and this
 * program does nothing.  EVENTS is the number of steps, rounded up to whole rounds.  The
 * expected results are those in map_crud_steps.h.  Two things depend on the machine and
 * are filled in here: the sum of a per-CPU value over the CPUs, and which of two results
 * is right where older kernels differ.  The latter is tried out with bpf(2) on maps made
 * for that; if the kernel gives a third result, the workload fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "map_crud.h"
#include "report.h"
#include "workload.h"

struct map {
	const char *name, *type_name;
	__u32 type, key_size, value_size, max_entries, flags;
};

#define MAP(map, kind, key, value, entries, map_flags, of)			\
	{ #map, #kind, BPF_MAP_TYPE_##kind, key, value, entries, map_flags },
#define STEP(...)
static const struct map maps[] = {
#include "map_crud_steps.h"
};
#undef MAP
#undef STEP

struct step {
	const char *map, *op, *key, *value, *flags, *result;
};

#define MAP(...)
#define STEP(map, op, key, value, flags, result) { #map, #op, key, value, flags, result },
static const struct step steps[] = {
#include "map_crud_steps.h"
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static char results[ARRAY_SIZE(steps)][64];

static const struct map *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (!strcmp(maps[i].name, name))
			return &maps[i];
	fprintf(stderr, "map_crud: the steps name an unknown map %s\n", name);
	exit(1);
}

/* ---- what the kernel supports -------------------------------------------------- */

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int make(const struct map *map)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = map->type;
	attr.key_size = map->key_size;
	attr.value_size = map->value_size;
	attr.max_entries = map->max_entries;
	attr.map_flags = map->flags;
	return sys_bpf(BPF_MAP_CREATE, &attr);
}

/* BPF_MAP_LOOKUP_AND_DELETE_ELEM of a key that is not there: 0 or an errno. */
static int try_take(int fd)
{
	union bpf_attr attr;
	char value[4096];
	__u32 key = 0;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)value;
	return sys_bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr) ? errno : 0;
}

/* BPF_MAP_UPDATE_ELEM with BPF_NOEXIST, twice. */
static int try_noexist(int fd)
{
	char key[8] = {}, value[4096] = {};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	attr.key = (unsigned long)key;
	attr.value = (unsigned long)value;
	attr.flags = BPF_NOEXIST;
	if (sys_bpf(BPF_MAP_UPDATE_ELEM, &attr))
		return errno;
	return sys_bpf(BPF_MAP_UPDATE_ELEM, &attr) ? errno : 0;
}

/* BPF_MAP_FREEZE, twice. */
static int try_freeze(int fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	if (sys_bpf(BPF_MAP_FREEZE, &attr))
		return errno;
	return sys_bpf(BPF_MAP_FREEZE, &attr) ? errno : 0;
}

/* What differs between kernels: an operation, and its errno on newer and older ones. */
static const struct ability {
	const char *op;
	int (*try)(int fd);
	int newer, older;
} abilities[] = {
	{ "take", try_take, ENOENT, KERNEL_ENOTSUPP },
	{ "update", try_noexist, EEXIST, 0 },
	{ "freeze", try_freeze, EPERM, EBUSY },
};

/* Returns 1 if this kernel gives the newer result, 0 for the older, or -1 and a line. */
static int can(const struct map *map, const char *op)
{
	const struct ability *a = abilities;
	int fd, err;

	while (strcmp(a->op, op))
		if (++a == abilities + ARRAY_SIZE(abilities)) {
			fprintf(stderr, "map_crud: no test for the two results of '%s'\n", op);
			return -1;
		}
	fd = make(map);
	if (fd < 0) {
		perror("map_crud: cannot make a map for the test");
		return -1;
	}
	err = a->try(fd);
	close(fd);
	if (err == a->newer || err == a->older)
		return err == a->newer;
	fprintf(stderr, "map_crud: on this kernel %s of a %s gives errno %d, expected %d or %d\n",
		op, map->type_name, err, a->newer, a->older);
	return -1;
}

/* ---- what is expected --------------------------------------------------------------------- */

/* The number of possible CPUs, from "0-3", or with holes "0,2-3"; 0 if unknown. */
static unsigned int possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int first, last, n = 0;

	if (!f)
		return 0;
	while (fscanf(f, "%u", &first) == 1) {
		last = first;
		if (fscanf(f, "-%u", &last) != 1)
			last = first;
		n += last - first + 1;
		if (fgetc(f) != ',')
			break;
	}
	fclose(f);
	return n;
}

static bool is_percpu(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_HASH || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool gives_values(const char *op)
{
	return !strcmp(op, "lookup") || !strcmp(op, "take") || !strcmp(op, "read");
}

/* Multiplies the values in @text by @cpus, but not the keys: "1:11,2:22", or "11". */
static void multiply(char *to, size_t size, const char *text, unsigned int cpus)
{
	bool value = !strchr(text, ':');
	size_t at = 0;
	char *end;

	for (; *text && at < size; text = end) {
		unsigned long number = strtoul(text, &end, 10);

		if (end == text) {
			value = *text == ':';
			at += snprintf(to + at, size - at, "%c", *end++);
		} else {
			at += snprintf(to + at, size - at, "%lu", value ? number * cpus : number);
		}
	}
}

static int setup(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int cpus = possible_cpus();
	char text[64], *other;
	int able;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);	/* before 5.11 */
	if (!cpus) {
		fprintf(stderr, "map_crud: cannot read /sys/devices/system/cpu/possible\n");
		return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct map *map = find(steps[i].map);
		const char *right = text;

		snprintf(text, sizeof(text), "%s", steps[i].result);
		other = strchr(text, '|');
		if (other) {
			able = can(map, steps[i].op);
			if (able < 0)
				return -1;
			*other = '\0';
			right = able ? text : other + 1;
		}
		if (is_percpu(map) && gives_values(steps[i].op) && right[0] >= '0' &&
		    right[0] <= '9')
			multiply(results[i], sizeof(results[i]), right, cpus);
		else
			snprintf(results[i], sizeof(results[i]), "%s", right);
	}
	return 0;
}

static unsigned int done;

static int round_(unsigned int first, unsigned int n)
{
	(void)n;	/* the variants always do a whole round */
	done = first + MAP_CRUD_PER_ROUND;
	if (done > ARRAY_SIZE(steps))
		done = ARRAY_SIZE(steps);
	return 0;
}

static void print_expected(void)
{
	for (size_t i = 0; i < done; i++)
		report("step",
		       DEC("n", i + 1),
		       TEXT("map", steps[i].map, 16),
		       TEXT("op", steps[i].op, 6),
		       TEXT("key", steps[i].key, 14),
		       TEXT("value", steps[i].value, 10),
		       TEXT("flags", steps[i].flags, 7),
		       TEXT("result", results[i], sizeof(results[i])));
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.about = "Prints the expected result of each step; there is no work to observe.",
		.events = ARRAY_SIZE(steps),
		.per_round = MAP_CRUD_PER_ROUND,
		.alone = "its variants observe nobody, so a command would change nothing",
		.setup = setup,
		.round = round_,
		.expected = print_expected,
	};

	return workload_main(argc, argv, &workload);
}
