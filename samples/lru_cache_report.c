// SPDX-License-Identifier: GPL-2.0
/*
 * lru_cache_report.c - how the cache is shown, and what must be true of it.
 *
 * Nobody can predict which keys an LRU map keeps.  Three things can be checked: it never
 * holds more entries than its limit; the calls in its entries are not more than were
 * counted; and the count of a descriptor in constant use is complete.  In a map that
 * refuses new keys, the calls must be exactly those that were counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe.h"
#include "report.h"
#include "lru_cache_report.h"

bool lru_cache_refuses;
static unsigned int held, room;
static struct entry {
	struct lru_cache_key key;
	struct lru_cache_count sum;
} *entries;
static __u64 remembered;	/* calls */

/* The file that is open as the descriptor; "-" if it is closed or the process has ended. */
static const char *file_name(const struct lru_cache_key *key)
{
	static char path[64], file[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", key->pid, key->fd);
	len = readlink(path, file, sizeof(file) - 1);
	file[len > 0 ? len : 0] = '\0';
	return len > 0 || report_format == REPORT_JSON ? file : "-";
}

void lru_cache_entry(const struct lru_cache_key *key, const struct lru_cache_count *counts,
		     unsigned int cpus)
{
	struct entry *entry;

	if (held == room) {
		room += LRU_CACHE_LIMIT;
		entries = realloc(entries, room * sizeof(*entries));
		if (!entries)
			observe_die("no memory for %u entries", room);
	}
	entry = &entries[held++];
	*entry = (struct entry){ .key = *key };
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		entry->sum.calls += counts[cpu].calls;
		entry->sum.asked += counts[cpu].asked;
	}
	remembered += entry->sum.calls;
}

/*
 * In records, only those that are hot; returns the sums of those that are warm.  When all tasks
 * are observed, each one is taken for hot: who knows how much others write?
 */
static struct lru_cache_count show_entries(__u64 calls, unsigned int *nr_warm)
{
	struct lru_cache_count warm = {};

	for (const struct entry *e = entries; e < entries + held; e++) {
		if (report_format != REPORT_RECORDS) {
			const char *file = file_name(&e->key);

			report_row("descriptor",
				   DEC("calls", e->sum.calls),
				   BYTES("asked", e->sum.asked),
				   DEC("pid", e->key.pid),
				   DEC("fd", e->key.fd),
				   TEXT("file", file, 256));
		} else if (!observe.by_cgroup ||
			   lru_cache_has_share(e->sum.calls, calls, LRU_CACHE_HOT)) {
			report_row("hot",
				   DEC("calls", e->sum.calls),
				   BYTES("asked", e->sum.asked),
				   DEC("pid", e->key.pid),
				   DEC("fd", e->key.fd));
		} else if (lru_cache_has_share(e->sum.calls, calls, LRU_CACHE_WARM)) {
			++*nr_warm;
			warm.calls += e->sum.calls;
			warm.asked += e->sum.asked;
		}
	}
	report_rows(observe.top);
	return warm;
}

void lru_cache_synced(const struct lru_cache_stats *stats)
{
	observe_synced(stats->counted + stats->refused,
		       lru_cache_lost(stats) + (observe.by_cgroup ? 0 : stats->refused));
}

static int check(const struct lru_cache_stats *stats, unsigned int limit)
{
	if (held > limit) {
		observe_warn("the map holds %u entries, where %u are possible", held, limit);
		return -1;
	}
	if (lru_cache_refuses ? remembered != stats->counted : remembered > stats->counted) {
		observe_warn("the map has %llu calls, but %llu were counted",
			     (unsigned long long)remembered, (unsigned long long)stats->counted);
		return -1;
	}
	if (stats->refused && held < LRU_CACHE_LIMIT) {
		observe_warn("the map refused %llu calls, but holds only %u entries",
			     (unsigned long long)stats->refused, held);
		return -1;
	}
	return 0;
}

int lru_cache_show(const struct lru_cache_stats *stats, bool exact)
{
	unsigned int limit = LRU_CACHE_LIMIT +
			     (lru_cache_refuses ? sysconf(_SC_NPROCESSORS_CONF) - 1 : 0);
	__u64 calls = stats->counted + stats->refused;
	int err = exact ? check(stats, limit) : 0;
	unsigned int nr_warm = 0;
	struct lru_cache_count warm = show_entries(calls, &nr_warm);

	report_refresh_end(DEC("writes", calls),
			   DEC("limit", LRU_CACHE_LIMIT),
			   DEC("held", held),
			   DEC("remembered", remembered),
			   DEC("refused", stats->refused));
	report_note("%u of at most %u descriptors, with %llu of %llu writes; %llu were refused",
		    held, LRU_CACHE_LIMIT, (unsigned long long)remembered,
		    (unsigned long long)calls, (unsigned long long)stats->refused);
	if (report_format == REPORT_RECORDS)
		report("cache",
		       DEC("writes", calls),
		       DEC("limit", LRU_CACHE_LIMIT),
		       DEC("within_limit", held <= limit),
		       DEC("overflowed", remembered < calls),
		       lru_cache_refuses ? NONE("warm") : DEC("warm", nr_warm),
		       lru_cache_refuses ? NONE("warm_calls") : DEC("warm_calls", warm.calls),
		       lru_cache_refuses ? NONE("warm_asked") : BYTES("warm_asked", warm.asked));
	held = 0;
	remembered = 0;
	return err;
}
