// SPDX-License-Identifier: GPL-2.0
/*
 * map_crud_bpftool.c - does every operation on every kind of map, by the bpftool command line.
 *
 * The commands are in map_crud_bpftool.sh, and each step is a process of its own.  This
 * file writes the arguments, and reads the results: with -j an error is a sentence, and
 * the errno is found from the words at its end.  bpftool has no command for some steps:
 * it cannot take an entry out by its key (`pop` is for queues and stacks), cannot delete
 * without a key, and takes only one flag for an update.  bpf(2) does these steps.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "map_crud_report.h"
#include "observe.h"
#include "pins.h"
#include "report.h"

#include "bpftool_host.h"
#include "sys_bpf.h"

static unsigned int mute[64], n_mute;	/* steps for which bpftool has no command */

/* ---- the words of a command ----------------------------------------------------------- */

static struct {
	const char *word[40];
	char text[2048];
	size_t len;
	int n;
} words;

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	size_t room = sizeof(words.text) - words.len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(words.text + words.len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room || words.n > 38)
		observe_die("a command of bpftool is too long");
	words.word[words.n++] = words.text + words.len;
	words.word[words.n] = NULL;
	words.len += len + 1;
}

static void command(const struct map_crud_map *map)
{
	words.n = 0;
	words.len = 0;
	say("%s", map->name);
}

static void say_bytes(const char *what, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	if (!bytes || !size)
		return;
	say("%s", what);
	for (size_t i = 0; i < size; i++)
		say("%u", byte[i]);
}

static const char *pin_of(const struct map_crud_map *map)
{
	static char path[64];

	snprintf(path, sizeof(path), PINS "/map_crud/%s", map->name);
	return path;
}

/* bpftool writes the value of a per-CPU map for each CPU. */
static void say_value(const struct map_crud_map *map, const void *value)
{
	if (strcmp(map->inner, "-")) {
		say("value");
		say("id");
		say("%u", *(const __u32 *)value);
	} else {
		say_bytes("value", value, map->value_size);
	}
}

/* ---- results ---------------------------------------------------------------------------- */

static int errno_of(const char *sentence, size_t len)
{
	static const struct {
		const char *end;
		int err;
	} others[] = { { "empty map", ENOENT }, { "already exists", EEXIST } };
	char said[256];

	snprintf(said, sizeof(said), "%.*s", (int)len, sentence);
	len = strlen(said);
	for (int err = 1; err <= KERNEL_ENOTSUPP; err++) {
		const char *end = strerror(err);

		if (len >= strlen(end) && !strcmp(said + len - strlen(end), end))
			return err;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strstr(said, others[i].end))
			return others[i].err;
	observe_die("bpftool says '%s', which is no errno", said);
}

/* True if bpftool's output has @what, followed by a sentence; sets errno from that sentence. */
static bool complains(const char *said, const char *what)
{
	said = strstr(said, what);
	if (!said)
		return false;
	said += strlen(what);
	errno = errno_of(said, strcspn(said, "\""));
	return true;
}

/* Runs a part of the script.  Returns what it has printed, or NULL and errno. */
static const char *run(const char *part)
{
	const char *said;
	int status;

	said = bpftool_part(part, words.word, &status);
	if (complains(said, "\"error\":\""))
		return NULL;
	if (status && !strncmp(said, "null", 4)) {
		errno = ENOENT;		/* `lookup` prints null if there is no such key */
		return NULL;
	}
	if (status)
		bpftool_failed(part, status);
	return said;
}

static int do_it(const char *part)
{
	return run(part) ? 0 : -1;
}

static struct {
	const struct map_crud_map *map;
	void *keys, *values;
	int n, max;
} found;

static void take_entry(const void *key, const void *values, unsigned int cnt)
{
	const __u32 key_size = found.map->key_size, room = found.map->room;
	int n = found.n++;

	if (n >= found.max)
		return;
	memcpy(found.keys + n * key_size, key, key_size);
	/* A value of a per-CPU map has 4 bytes in bpftool's output, and 8 bytes in the room. */
	for (unsigned int i = 0; i < cnt && 8 * i < room; i++)
		memcpy(found.values + n * room + 8 * i, values + 4 * i, 4);
}

/* Reads the entries that bpftool has printed, and returns how many there are. */
static int read_text(const struct map_crud_map *map, const char *said, void *keys, void *values,
		     int max)
{
	const char *why;

	found.map = map;
	found.keys = keys;
	found.values = values;
	found.n = 0;
	found.max = max;
	if (!map_text_read(said, map->key_size, map->value_size, take_entry, &why))
		observe_die("cannot read bpftool's output for the map %s: %s", map->name, why);
	if (found.n > max)
		observe_die("the map %s has %d entries, more than %d", map->name, found.n, max);
	return found.n;
}

static int read_value(const struct map_crud_map *map, const char *said, void *value)
{
	struct map_crud_prefix key;

	if (!said)
		return -1;
	if (read_text(map, said, &key, value, 1) != 1)
		observe_die("bpftool has not printed the entry");
	return 0;
}

/* ---- steps for which bpftool has no command --------------------------------------------- */

/* Opens the map for bpf(2), and notes that this step was not done by bpftool. */
static int by_hand(const struct map_crud_map *map)
{
	int fd = sys_obj_get(pin_of(map));

	if (fd < 0)
		observe_die("cannot open %s: %s", pin_of(map), strerror(errno));
	if (n_mute < sizeof(mute) / sizeof(mute[0]))
		mute[n_mute++] = map_crud_step();
	return fd;
}

static int closed(int fd, int err)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return err;
}

/* ---- the stage --------------------------------------------------------------------------- */

static const char *shown;	/* what `show` has printed, until the next command */

static __u32 number_of(const char *name)
{
	char word[32];
	const char *at;

	snprintf(word, sizeof(word), "\"%s\":", name);
	at = strstr(shown, word);
	return at ? strtoul(at + strlen(word), NULL, 0) : ~0U;
}

/* The id of the map that is pinned there.  This stage has no descriptors, and uses ids. */
static int get(const char *path)
{
	words.n = 0;
	words.len = 0;
	say("%s", path);
	shown = run("show");
	return shown ? (int)number_of("id") : -1;
}

/* create() has asked for the id, so it has been shown. */
static int info_shown(const struct map_crud_map *map, struct bpf_map_info *info)
{
	const char *type = strstr(shown, "\"type\":\"");
	size_t len = strlen(map->type_name);

	if (type && !strncasecmp(type + 8, map->type_name, len) && type[8 + len] == '"')
		info->type = map->type;
	info->key_size = number_of("bytes_key");
	info->value_size = number_of("bytes_value");
	info->max_entries = number_of("max_entries");
	info->map_flags = number_of("flags");
	return 0;
}

static int create(const struct map_crud_map *map, int inner)
{
	char type[32];
	size_t i;

	for (i = 0; map->type_name[i] && i < sizeof(type) - 1; i++)
		type[i] = tolower(map->type_name[i]);
	type[i] = '\0';
	command(map);
	say("type");
	say("%s", type);
	say("key");
	say("%u", map->key_size);
	say("value");
	say("%u", map->value_size);
	say("entries");
	say("%u", map->max_entries);
	say("name");
	say("%.15s", map->name);
	if (map->flags) {
		say("flags");
		say("%u", map->flags);
	}
	if (inner > 0) {
		say("inner_map");
		say("id");
		say("%d", inner);
	}
	return run("create") ? get(pin_of(map)) : -1;
}

static int update(const struct map_crud_map *map, const void *key, const void *value, __u64 flags)
{
	int fd;

	if (flags == (BPF_NOEXIST | BPF_EXIST)) {
		fd = by_hand(map);
		return closed(fd, sys_map_update(fd, key, value, flags));
	}
	/* bpftool can use a descriptor of this process, if it inherits it; -1 is none. */
	if (map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		fcntl(*(const int *)value, F_SETFD, 0);
	command(map);
	say_bytes("key", key, map->key_size);
	say_value(map, value);
	say("%s", flags == BPF_NOEXIST ? "noexist" : flags == BPF_EXIST ? "exist" : "any");
	return do_it("update");
}

static int lookup(const struct map_crud_map *map, const void *key, void *value)
{
	command(map);
	say_bytes("key", key, map->key_size);
	return read_value(map, run("lookup"), value);
}

static int take(const struct map_crud_map *map, const void *key, void *value)
{
	int fd;

	if (key) {
		fd = by_hand(map);
		return closed(fd, sys_map_lookup_and_delete(fd, key, value));
	}
	command(map);
	return read_value(map, run("pop"), value);
}

static int remove_key(const struct map_crud_map *map, const void *key)
{
	int fd;

	if (!key) {
		fd = by_hand(map);
		return closed(fd, sys_map_delete(fd, key));
	}
	command(map);
	say_bytes("key", key, map->key_size);
	return do_it("delete");
}

static int next(const struct map_crud_map *map, const void *key, void *next_key)
{
	const char *said;

	command(map);
	say_bytes("key", key, map->key_size);
	said = run("next");
	if (said && !bytes_text_read(said, "next_key", next_key, map->key_size))
		observe_die("bpftool has not printed the next key of the map %s", map->name);
	return said ? 0 : -1;
}

/*
 * Runs one process for all entries.  At the end of its input bpftool may report an old errno as
 * an error of reading, so this counts the commands that were done.
 */
static int many(int n)
{
	static const char output[] = "\"output\":null";
	const char *said;
	int status, done = 0;

	said = bpftool_part("many", words.word, &status);
	if (complains(said, "\"output\":{\"error\":\""))
		return -1;
	for (; (said = strstr(said, output)); said += strlen(output))
		done++;
	if (done != n)
		bpftool_failed("many", status);
	return 0;
}

/* Adds "key 1 0 0 0 value 10 0 0 0" as one argument. */
static void say_entry(const struct map_crud_map *map, const void *key, const void *value)
{
	int first = words.n;

	say_bytes("key", key, map->key_size);
	if (value)
		say_value(map, value);
	for (int i = first + 1; i < words.n; i++)
		words.text[words.word[i] - words.text - 1] = ' ';
	words.n = first + 1;
	words.word[words.n] = NULL;
}

static int fill(const struct map_crud_map *map, const void *keys, const void *values, int n)
{
	command(map);
	say("update");
	for (int i = 0; i < n; i++)
		say_entry(map, keys + i * map->key_size, values + i * map->room);
	return many(n);
}

static int read_all(const struct map_crud_map *map, void *keys, void *values, int max,
		    bool delete)
{
	const char *said;
	int n;

	command(map);
	said = run("dump");
	n = said ? read_text(map, said, keys, values, max) : -1;
	if (!delete || n < 1)
		return n;
	command(map);
	say("delete");
	for (int i = 0; i < n; i++)
		say_entry(map, keys + i * map->key_size, NULL);
	return many(n) ? -1 : n;
}

static int freeze(const struct map_crud_map *map)
{
	command(map);
	return do_it("freeze");
}

static int pin(const struct map_crud_map *map, const char *path)
{
	command(map);
	say("%s", path);
	return do_it("pin");
}

int main(int argc, char **argv)
{
	static const struct map_crud_stage bpftool = {
		.create = create, .update = update, .lookup = lookup, .take = take,
		.remove = remove_key, .next = next,
		.fill = fill, .read = read_all,
		.info = info_shown, .freeze = freeze, .pin = pin, .get = get,
	};
	int err;

	observe.nobody = true;
	bpftool_init(argc, argv, "Does what can be done to maps, by the bpftool command line.");
	err = map_crud_run(&bpftool, possible_cpus());
	if (report_format == REPORT_TABLE) {
		printf("\nbpftool has no command for %u of the %u steps; bpf(2) did these:", n_mute,
		       map_crud_step());
		for (unsigned int i = 0; i < n_mute; i++)
			printf(" %u", mute[i]);
		putchar('\n');
	}
	return observe_exit(err);
}
