// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_elem - what can be done to an element of a map, and bpftool does not.
 *
 *	bpf_elem take|update|delete PIN [key BYTE...] [value BYTE...|event] [flags N]
 *
 * bpftool pops from queues and stacks, but takes nothing out of a hash; it
 * deletes nothing without a key, gives an update one flag at most, and has no
 * perf event to put into a map.  Says what comes of it as `bpftool -j` would, so
 * that one reader does for both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map_crud_event.h"
#include "observe.h"

#include "sys_bpf.h"

#define MAX	64	/* bytes of a key or value that is given */
#define USAGE	"usage: bpf_elem take|update|delete PIN [key BYTE...] [value BYTE...|event] " \
		"[flags N]"

static unsigned char bytes[2][MAX];
static int given[2];
static __u64 flags;

static unsigned long number(const char *text)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 0);
	if (end == text || *end)
		observe_die("'%s' is not a number", text);
	return value;
}

/* The descriptor of a perf event, as a value. */
static void give_event(void)
{
	int fd = map_crud_event();

	memcpy(bytes[1], &fd, sizeof(fd));
	given[1] = sizeof(fd);
}

static void parse(char **word)
{
	int which = -1;

	for (; *word; word++) {
		if (!strcmp(*word, "key"))
			which = 0;
		else if (!strcmp(*word, "value"))
			which = 1;
		else if (!strcmp(*word, "flags") && word[1])
			flags = number(*++word);
		else if (which == 1 && !strcmp(*word, "event"))
			give_event();
		else if (which >= 0 && given[which] < MAX)
			bytes[which][given[which]++] = number(*word);
		else
			observe_die("'%s' is out of place", *word);
	}
}

/* A per-CPU value is one for each CPU, rounded up to 8 bytes. */
static int take(int fd, const struct bpf_map_info *info, const void *key)
{
	bool percpu = info->type == BPF_MAP_TYPE_PERCPU_HASH ||
		      info->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
		      info->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	size_t size = (info->value_size + 7) / 8 * 8;
	int cpus = percpu ? possible_cpus() : 1, err = -1;
	unsigned char *values = cpus > 0 ? calloc(cpus, size) : NULL;

	if (values)
		err = sys_map_lookup_and_delete(fd, key, values);
	for (int cpu = 0; !err && cpu < cpus; cpu++) {
		printf("%s{\"value\":[", cpu ? "," : "");
		for (__u32 i = 0; i < info->value_size; i++)
			printf("%s\"0x%02x\"", i ? "," : "", values[cpu * size + i]);
		printf("]}%s", cpu + 1 < cpus ? "" : "\n");
	}
	free(values);
	return err;
}

int main(int argc, char **argv)
{
	struct bpf_map_info info;
	const void *key;
	int fd, err;

	if (argc == 2 && !strcmp(argv[1], "-h"))
		return puts(USAGE) == EOF || fflush(stdout) ? 1 : 0;
	if (argc < 3)
		observe_die(USAGE);
	parse(argv + 3);
	fd = sys_obj_get(argv[2]);
	if (fd < 0 || sys_map_info(fd, &info))
		observe_die("%s: no pinned map that I may open: %s", argv[2], strerror(errno));
	key = given[0] ? bytes[0] : NULL;
	if (given[0] && given[0] != (int)info.key_size)
		observe_die("the key of %s has %u bytes, not %d", argv[2], info.key_size, given[0]);
	if (!strcmp(argv[1], "take"))
		err = take(fd, &info, key);
	else if (!strcmp(argv[1], "delete"))
		err = sys_map_delete(fd, key);
	else if (strcmp(argv[1], "update"))
		observe_die("there is no '%s', but take, update and delete", argv[1]);
	else if (given[1] != (int)info.value_size || info.value_size > MAX)
		observe_die("the value of %s has %u bytes, not %d", argv[2], info.value_size,
			    given[1]);
	else
		err = sys_map_update(fd, key, bytes[1], flags);
	if (err)
		printf("{\"error\":\"%s failed: %s\"}\n", argv[1], strerror(errno));
	return err || fflush(stdout) ? 1 : 0;
}
