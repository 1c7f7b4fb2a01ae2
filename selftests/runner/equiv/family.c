// SPDX-License-Identifier: GPL-2.0
/*
 * family.c - one run of one family: hold the workload, attach every variant,
 * let them all watch the same rounds, collect, compare.
 *
 * The room, a cgroup of the run's own, has one in it that is observed: the workload starts
 * there, and may make others below it, and beside it for work that nobody may see.
 *
 * The order matters.  The workload is started and held before the first variant
 * starts, so that no variant sees its start; it prints its log after the last
 * variant has ended, so that no variant sees that.  Between two rounds every
 * variant reads all there is, since no ring buffer is large enough for a whole
 * workload.  After the first round its records have to come without being asked for.
 *
 * The other passes are runs of their own: see struct family.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "equiv/equiv.h"

/* The cgroup that is observed: as an option, and its path. */
static char cgroup_option[PATH_MAX + 32] = "--cgroup=";
static char *const observed = cgroup_option + sizeof("--cgroup=") - 1;

static void decide(struct family *f, enum verdict v, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void decide(struct family *f, enum verdict v, const char *fmt, ...)
{
	va_list ap;

	f->verdict = v;
	free(f->why);
	va_start(ap, fmt);
	if (vasprintf(&f->why, fmt, ap) < 0)
		abort();
	va_end(ap);
}

/* The longest wait for a variant that does nothing, in seconds: no wakeup will come any more. */
#define LIVE		30
/* How long a process that is left may take to end, in seconds: it may not have run yet. */
#define ORPHANS		10
/* A time in which no record may come that has not woken its reader: longer than all limits. */
#define NO_TICK		"--tick=1000000"
/* A modern variant is woken when its ring is filled to more than one part of so many. */
#define PARTS		4

/* The variants that are still in the run. */
#define for_each_live(f, p) \
	for ((p) = (f)->proc + 1; (p) < (f)->proc + (f)->n; (p)++) \
		if ((p)->verdict == UNDECIDED)

/* Do the variants read only when a ring wakes them? */
static bool has_small_rings(const struct family *f)
{
	return f->pass == PASS_STORM || f->pass == PASS_QUIET;
}

static int live(struct family *f)
{
	struct proc *p;
	int n = 0;

	for_each_live(f, p)
		n++;
	return n;
}

/* Has it answered?  If not, its verdict says why, and it is out of the run. */
static bool answered(struct proc *p, const char *when)
{
	if (p->line[0])
		return true;
	if (p->ended)
		proc_died(p, when);
	else
		proc_late(p, when, opt.seconds);
	return false;
}

static void wrong(struct proc *p, const char *when, const char *expected)
{
	proc_fail(p, "said '%s' %s, where '%s' is expected", p->line, when, expected);
	proc_kill(p);
}

/* The workload could not do its part: nothing can be said of the variants. */
static int no_workload(struct family *f)
{
	struct proc *w = &f->proc[0];

	decide(f, w->verdict, "%s: %s", w->name, w->why);
	return -1;
}

/* Waits for the workload to end, which it must do with status 0. */
static int end_workload(struct family *f, const char *when)
{
	struct proc *w = &f->proc[0];

	proc_expect_end(w);
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	if (!w->ended)
		proc_late(w, when, opt.seconds);
	else if (w->status)
		proc_died(w, when);
	return w->verdict != UNDECIDED ? no_workload(f) : 0;
}

/* Asks the workload whether its family can observe a command. */
static int ask_for_command(struct family *f)
{
	struct proc *w = &f->proc[0];
	char *argv[] = { w->path, "--command", NULL };

	proc_start(w, argv, NULL);
	if (end_workload(f, "when asked about commands"))
		return -1;
	proc_reset(w);
	return 0;
}

/* Writes the option for rings of so many pages to @text. */
static char *ring_option(char text[32], int pages)
{
	snprintf(text, 32, "--ring=%ld", pages * sysconf(_SC_PAGESIZE));
	return text;
}

static int hold(struct family *f)
{
	const char *word = opt.command ? "held" : "ready", *why;
	struct proc *w = &f->proc[0];
	char *argv[7] = { w->path, "--control=3", cgroup_option }, **more = argv + 3, ring[32];
	const bool later = f->pass != PASS_FIRST;

	if (later)
		*more++ = f->pass == PASS_ALL ? "--brief" : "--storm";
	else if (opt.ring)
		*more++ = opt.ring;
	if (f->pass == PASS_QUIET)
		*more++ = ring_option(ring, 1);
	if (opt.events && !later) {
		*more++ = "-n";
		*more++ = (char *)opt.events;
	}
	if (opt.command && !f->pair && ask_for_command(f))
		return -1;
	if (opt.command)
		proc_start_held(w, opt.command, observed);
	else
		proc_start(w, argv, observed);
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	if (answered(w, "before it was ready")) {
		if (!strcmp(w->line, word)) {
			/* A variant that attached before it sleeps would count the call. */
			command_sleeps(w->pid);
			w->ready = true;
			why = f->pair ? pair_watch(w->pid) : NULL;
			if (!why)
				return 0;
			decide(f, SKIPPED, "%s", why);
			return -1;
		}
		wrong(w, "at its start", word);
	}
	/* It cannot fill up anything. */
	if (f->pass == PASS_FULL && w->verdict == SKIPPED)
		return -1;
	return no_workload(f);
}

static void start_variant(struct family *f, struct proc *p, bool small)
{
	char ring[32], *argv[8] = { p->path, "--format=records", "--control=3" };
	int n = 3;

	if (f->pass != PASS_ALL)
		argv[n++] = cgroup_option;
	if (has_small_rings(f))
		argv[n++] = NO_TICK;
	if (small)
		argv[n++] = ring_option(ring, f->pass == PASS_QUIET ? PARTS : 1);
	else if (f->pass != PASS_STORM && f->pass != PASS_ALL)
		argv[n++] = p->script ?: opt.ring;
	p->stops = f->pass == PASS_ALL;
	proc_start(p, argv, NULL);
}

/*
 * Starts the foreign tools, or the variants.  The tools come first, as some are ready only when
 * they have reported something, and that may be seen by others.
 */
static int attach(struct family *f, bool foreign)
{
	struct proc *p;

	for_each_live(f, p)
		if (!p->script == !foreign)
			start_variant(f, p, has_small_rings(f));
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	/* The rings of bpftool's event_pipe have one size, so it cannot have --ring. */
	for_each_live(f, p)
		if (f->pass == PASS_STORM && p->ended && WIFEXITED(p->status) &&
		    WEXITSTATUS(p->status) == EXIT_SKIP) {
			proc_reset(p);
			start_variant(f, p, false);
		}
	if (f->pass == PASS_STORM && proc_await(f->proc, f->n, opt.seconds))
		return -1;
	for_each_live(f, p) {
		if (!p->script != !foreign || !answered(p, "before it was ready"))
			continue;
		if (strcmp(p->line, "ready"))
			wrong(p, "at its start", "ready");
		else
			p->ready = true;
	}
	return 0;
}

/* The tools forget what they have seen while others were attached. */
static int sync_foreign(struct family *f)
{
	struct proc *p;

	for_each_live(f, p)
		if (p->script)
			proc_send(p, "sync");
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	for_each_live(f, p)
		if (p->script)
			answered(p, "before the first round");
	return 0;
}

/* Returns the number of records that most have seen.  A variant that only counts says 0. */
static __u64 seen_by_most(struct family *f, bool (*which)(const struct proc *))
{
	struct proc *p, *q, *end = f->proc + f->n;
	int votes, best = 0;
	__u64 most = 0;

	for (p = f->proc + 1; p < end; p++) {
		for (votes = 0, q = f->proc + 1; q < end; q++)
			votes += which(q) && q->seen == p->seen;
		if (which(p) && p->seen &&
		    (votes > best || (votes == best && p->seen > most))) {
			best = votes;
			most = p->seen;
		}
	}
	return most;
}

static bool is_live(const struct proc *p)
{
	return p->verdict == UNDECIDED;
}

/* Its records are right, but for some that may be lost. */
static bool is_right(const struct proc *p)
{
	return p->collected && p->lacking == p->spared && !p->extra;
}

/* Has it failed only because it has lost something? */
static bool is_lossy(struct proc *p)
{
	return p->lost && WIFEXITED(p->status) && WEXITSTATUS(p->status) == 1 &&
	       !strncmp(proc_last_words(p), "lost ", 5);
}

/* Asks every variant to read all there is. */
static int sync_all(struct family *f, const char *when)
{
	unsigned long long seen, lost, missed;
	struct proc *p;
	__u64 most;
	char end;

	for_each_live(f, p) {
		if (f->pass == PASS_ALL)
			proc_find_observer(p);
		proc_send(p, "sync");
	}
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	for_each_live(f, p) {
		if (!answered(p, when))
			continue;
		if (sscanf(p->line, "synced seen=%llu lost=%llu missed=%llu%c", &seen, &lost,
			   &missed, &end) != 3) {
			wrong(p, when, "synced seen=N lost=N missed=N");
			continue;
		}
		p->seen = seen;
		p->lost = lost;
		p->missed = missed;
	}
	if (has_small_rings(f) || f->pass == PASS_ALL)
		return 0;	/* each has lost others, or seen others */
	most = seen_by_most(f, is_live);
	for_each_live(f, p)
		if (p->seen && p->seen != most && !p->odd &&
		    asprintf(&p->odd, "had seen %llu records %s, where others had seen %llu",
			     (unsigned long long)p->seen, when, (unsigned long long)most) < 0)
			abort();
	return 0;
}

/* Lets the workload do a round.  Returns 1 if there is another one, 0 if not, or -1. */
static int do_round(struct family *f)
{
	struct proc *w = &f->proc[0];
	char when[64], word[8], end;
	int n;

	if (!live(f))
		return -1;	/* the verdict of each says why */
	snprintf(when, sizeof(when), "in round %u", ++f->rounds);
	proc_send(w, "go");
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	if (!answered(w, when))
		return no_workload(f);
	n = sscanf(w->line, "%7s %31[^= ]=%zu%c", word, f->kind, &f->live, &end);
	if ((n == 1 || n == 3) && !strcmp(word, "more"))
		return 1;
	if ((n == 1 || n == 3) && !strcmp(word, "end"))
		return 0;
	wrong(w, when, "more' or 'end");
	return no_workload(f);
}

/* Waits for @wanted records of each variant, for which nobody asks it. */
static int await_live(struct family *f, size_t wanted)
{
	struct proc *p;

	for_each_live(f, p)
		p->wanted = p->script ? 0 : wanted;
	return proc_await_lines(f->proc + 1, f->n - 1, LIVE, opt.seconds);
}

static int await_woken(struct family *f)
{
	int seconds = opt.seconds < LIVE ? opt.seconds : LIVE;
	struct proc *p;

	if (await_live(f, 1))
		return -1;
	for_each_live(f, p) {
		if (p->printed >= p->wanted)
			continue;
		if (p->ended)
			proc_died(p, "in round 1");
		else
			proc_fail(p, "was late: its ring has not woken it, and none of %zu records came within %d s",
				  f->live, seconds);
		proc_kill(p);
	}
	return 0;
}

static int rounds(struct family *f)
{
	char when[64];
	int more;

	do {
		more = do_round(f);
		if (f->pass == PASS_ALL)
			proc_resume();
		if (more < 0)
			return -1;
		if (f->rounds == 1 && f->kind[0] && f->pass != PASS_ALL && await_live(f, f->live))
			return -1;
		snprintf(when, sizeof(when), "after round %u", f->rounds);
		if (sync_all(f, when))
			return -1;
	} while (more);
	return 0;
}

/* A round in which the rings have to wake the variants, and one that they cannot read. */
static int storm(struct family *f)
{
	int more = do_round(f);
	struct proc *p;
	char *who;

	if (more < 0 || await_woken(f))
		return -1;
	for_each_live(f, p) {
		who = proc_suspend(p, opt.seconds);
		if (!who)
			continue;
		proc_fail(p, "%s", who);
		proc_kill(p);
		free(who);
	}
	if (opt.verbose)
		fprintf(stderr, "equiv: all variants are stopped\n");
	if (more)
		more = do_round(f);
	proc_resume();
	if (more < 0)
		return -1;
	if (more || f->rounds != 2)
		decide(f, FAILED, "%s has no storm in its second round", f->proc[0].name);
	return more || f->rounds != 2 ? -1 : sync_all(f, "after the storm");
}

/*
 * A round whose records fit into a page, and fill no more than a part of the rings: nobody may be
 * woken.  Then one of more events, for which the rings may wrap and have to wake the variants.
 */
static int quiet(struct family *f)
{
	struct proc *p;
	int more;

	if (proc_await_sleep(f->proc + 1, f->n - 1, opt.seconds))
		return -1;
	more = do_round(f);
	if (more < 0 || proc_await_sleep(f->proc + 1, f->n - 1, opt.seconds))
		return -1;
	for_each_live(f, p) {
		if (!p->printed)
			continue;
		proc_fail(p, "was woken too early: %zu of %zu records came, which fill no more than 1/%d of its ring",
			  p->printed, f->live, PARTS);
		proc_kill(p);
	}
	if (more)
		more = do_round(f);
	return more < 0 ? -1 : sync_all(f, "after the second round");
}

/* Runs the user's own command, without a time limit. */
static int run_command(struct family *f)
{
	struct proc *w = &f->proc[0];

	proc_send(w, "go");
	proc_expect_end(w);
	if (proc_await(f->proc, f->n, 0))
		return -1;
	f->rounds = 1;
	if (WIFEXITED(w->status) && WEXITSTATUS(w->status) == 127 &&
	    recv(w->control, w->line, sizeof(w->line) - 1, MSG_DONTWAIT) > 0) {
		w->line[strcspn(w->line, "\n")] = 0;
		decide(f, FAILED, "cannot run %s: %s", opt.command[0], w->line);
		return -1;
	}
	if (w->status)
		fprintf(stderr, "equiv: %s ended %s %d\n", opt.command[0],
			WIFSIGNALED(w->status) ? "by signal" : "with status",
			WIFSIGNALED(w->status) ? WTERMSIG(w->status) : WEXITSTATUS(w->status));
	/* Processes that it left would go on, and not all variants would see it. */
	if (cgroup_kill(opt.cgroup)) {
		decide(f, FAILED, "cannot end what %s left running", opt.command[0]);
		return -1;
	}
	return sync_all(f, "after the command");
}

static int collect(struct family *f)
{
	struct proc *w = &f->proc[0], *p;
	char *bad;

	for_each_live(f, p) {
		proc_send(p, "finish");
		proc_expect_end(p);
	}
	if (proc_await(f->proc, f->n, opt.seconds))
		return -1;
	for_each_live(f, p) {
		/* Others may do a lot at the end, too. */
		if (f->pass == PASS_ALL && p->ended && !p->lost)
			p->lost = proc_said(p, ": lost ");
		if (!p->ended)
			proc_late(p, "when told to finish", opt.seconds);
		else if (p->status && !is_lossy(p) &&
			 !((has_small_rings(f) || (f->pass == PASS_ALL && p->lost)) &&
			   WIFEXITED(p->status) && WEXITSTATUS(p->status) == 1))
			proc_died(p, "when told to finish");
		else if (!p->status && !has_small_rings(f) && f->pass != PASS_ALL && !opt.command &&
			 !p->script && proc_warning(p))
			proc_fail(p, "ended with status 0, but has warned: %s", proc_warning(p));
		if (!p->ended || WIFSIGNALED(p->status))
			continue;
		bad = records_read(&p->records, p->out);
		if (bad)
			proc_fail(p, "%s", bad);
		p->collected = !bad;
		free(bad);
	}
	if (opt.command)
		return 0;
	proc_send(w, "finish");
	if (end_workload(f, "when told to finish"))
		return -1;
	bad = records_read(&w->records, w->out);
	if (bad)
		decide(f, FAILED, "%s: %s", w->name, bad);
	else if (!w->records.n)
		decide(f, FAILED, "%s: it has printed no records of what it did", w->name);
	else
		f->lose = records_to_lose(&w->records);
	free(bad);
	return f->verdict == UNDECIDED ? 0 : -1;
}

/* For a command of the user's: returns a variant whose records most variants have. */
static int most_common(struct family *f)
{
	struct proc *p, *q, *end = f->proc + f->n;
	int best = 0, votes, which = -1;

	for (p = f->proc + 1; p < end; p++) {
		if (p->script && !f->pair)
			continue;
		for (votes = 0, q = f->proc + 1; q < end; q++)
			votes += p->collected && q->collected &&
				 records_agree(&q->records, &p->records);
		if (votes > best) {
			best = votes;
			which = p - f->proc;
		}
	}
	return which;
}

/*
 * While a bpf(2) call that reads a map is preempted, programs at kprobes and perf tracepoints do
 * not run on that CPU.  Does this kernel preempt such calls, and not count what it skips?
 * Returns that in words, or NULL, also if nothing here says whether it preempts.
 */
static const char *skips_unseen(void)
{
	static const char *const where[] = {
		/* Before the files come the words in them that say that it does. */
		"(full)", "/sys/kernel/debug/sched/preempt", "(lazy)", "/sys/kernel/debug/sched/preempt",
		"preempt=full", "/proc/cmdline", " PREEMPT_RT ", "/proc/sys/kernel/version",
		" PREEMPT ", "/proc/sys/kernel/version",
	};
	static char text[240];
	int major, minor;
	struct utsname u;

	uname(&u);
	if (sscanf(u.release, "%d.%d", &major, &minor) != 2 || major > 6 ||
	    (major == 6 && minor >= 7))
		return NULL;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i += 2) {
		char line[4096] = "";
		FILE *file = fopen(where[i + 1], "re");
		bool found = file && fgets(line, sizeof(line), file) && strstr(line, where[i]);

		if (file)
			fclose(file);
		if (!found)
			continue;
		snprintf(text, sizeof(text),
			 "Linux %d.%d with '%s' in %s skips runs of programs at kprobes and perf tracepoints, and does not count them",
			 major, minor, where[i], where[i + 1]);
		return text;
	}
	return NULL;
}

static void say_difference(struct proc *p, const struct records *expected, const char *against)
{
	const char *was, *is;
	const char *why;
	size_t missing;
	char *bounds;

	p->changed = records_changed(&p->records, expected, &was, &is);
	missing = p->lacking - p->changed;
	missing -= missing < p->spared ? missing : p->spared;
	if (!p->records.n)
		proc_fail(p, "printed no records, expected %zu", expected->n);
	else
		proc_fail(p, "differs from %s: %zu missing, %zu too many, %zu with other values",
			  against, missing, p->extra - p->changed, p->changed);
	bounds = p->changed ? records_out_of_bounds(was, is) : NULL;
	if (bounds)
		proc_fail(p, "%s", bounds);
	else if (p->changed)
		proc_fail(p, "has '%s', expected '%s'", is, was);
	free(bounds);
	if (p->odd)
		proc_fail(p, "%s", p->odd);
	if (p->script || missing <= p->lost)
		return;
	missing -= p->lost;
	/* Skipped runs make records vanish, and counts smaller. */
	why = p->extra > p->changed ? NULL : skips_unseen();
	if (p->missed)
		proc_fail(p, "%zu are not counted as lost; the kernel has skipped %llu runs of its programs (recursion_misses, of all tasks)",
			  missing, (unsigned long long)p->missed);
	else if (why)
		proc_fail(p, "%zu are not counted as lost; %s", missing, why);
	else if (p->lost)
		proc_fail(p, "%zu are not counted as lost", missing);
}

/* The first line of @want that is not in @have, or not as often; or NULL. */
static const char *first_lacking(const struct records *have, const struct records *want)
{
	const struct records *both[] = { have, want };
	size_t at[2] = {}, count[2];
	const char *line;

	while ((line = records_next(both, 2, at, count)) && count[1] <= count[0])
		;
	return line;
}

/* What is wrong with what it says of losses in the first pass. */
static void judge_spared(struct family *f, struct proc *p)
{
	if (p->lost && !p->spared)
		proc_fail(p, "lost %llu records, and has seen %llu", (unsigned long long)p->lost,
			  (unsigned long long)p->seen);
	else if (p->lost != p->spared)
		proc_fail(p, "lost %llu records, but lacks %zu of the %zu that may be lost",
			  (unsigned long long)p->lost, p->spared, f->lose.n);
	if (is_lossy(p) && p->lost != p->spared)
		proc_died(p, "when told to finish");
	if (p->lost && !p->status)
		proc_fail(p, "lost %llu records, and ended with status 0",
			  (unsigned long long)p->lost);
}

static void compare(struct family *f)
{
	struct records *all[f->n];
	const struct records *expected;
	const char *against;
	struct proc *p;
	__u64 seen;

	for (p = f->proc; p < f->proc + f->n; p++)
		all[p - f->proc] = &p->records;
	if (opt.command)
		records_leave_bounds(all, f->n);
	if (f->pair && pair_settle(f)) {
		decide(f, FAILED, "%s has started too many processes: which ones is not known",
		       opt.command[0]);
		return;
	}
	f->reference = opt.command ? most_common(f) : 0;
	if (f->reference < 0)
		return;
	against = opt.command ? f->proc[f->reference].name : "what is expected";
	expected = &f->proc[f->reference].records;
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (p->script && !f->pair)
			foreign_settle(p, expected);
		p->unobserved = records_settle(&p->records, expected, opt.command);
		p->lacking = records_lacking(&p->records, expected);
		p->extra = records_lacking(expected, &p->records);
		p->spared = records_lacking(&p->records, &f->lose);
	}
	seen = seen_by_most(f, is_right);
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (!p->collected)
			continue;
		if (p->printed + p->lacking < p->wanted)
			proc_fail(p, "was late: %zu of %zu records had come when a sync asked for all",
				  p->printed, p->wanted);
		judge_spared(f, p);
		/* What some may lose, others see. */
		if (is_right(p) && p->seen && p->seen != seen && !f->lose.n)
			proc_fail(p, "printed what is right, but says that it has seen %llu records, not %llu",
				  (unsigned long long)p->seen, (unsigned long long)seen);
		if (!is_right(p))
			say_difference(p, expected, against);
		/* Of a later pass no table shows the records that differ. */
		if (f->pass == PASS_FULL && p->extra > p->changed)
			proc_fail(p, "has '%s', which is not expected",
				  first_lacking(expected, &p->records));
		p->verdict = p->why ? FAILED : PASSED;
	}
}

/* What is wrong with a variant in a pass in which records may be lost. */
static void judge_losses(struct family *f, struct proc *p)
{
	const struct records *expected = &f->proc[0].records;
	size_t len = strlen(f->kind), lacking;
	struct records all = records_of(expected, f->kind, len), mine;
	const char *was, *is;
	char words[96];

	p->unobserved = records_settle(&p->records, expected, false);
	mine = records_of(&p->records, f->kind, len);
	lacking = records_lacking(&mine, &all);
	p->extra = records_lacking(expected, &p->records);
	if (p->extra) {
		proc_fail(p, "has %zu records too many", p->extra);
		if (records_changed(&p->records, expected, &was, &is))
			proc_fail(p, "has '%s', expected '%s'", is, was);
	}
	if (records_lacking(&p->records, expected) != lacking)
		proc_fail(p, "%zu records are missing that cannot be lost, as they do not come through a ring",
			  records_lacking(&p->records, expected) - lacking);
	if (lacking != p->lost || mine.n + p->lost != all.n)
		proc_fail(p, "%zu records and %llu lost are not the %zu that are expected", mine.n,
			  (unsigned long long)p->lost, all.n);
	if (p->seen != mine.n)
		proc_fail(p, "printed %zu records, but says that it has seen %llu", mine.n,
			  (unsigned long long)p->seen);
	if (!p->lost != !p->status)
		proc_fail(p, "lost %llu records, and ended with status %d%s%s",
			  (unsigned long long)p->lost, WEXITSTATUS(p->status),
			  p->status ? ": " : "", p->status ? proc_last_words(p) : "");
	snprintf(words, sizeof(words), "lost %llu of %zu records", (unsigned long long)p->lost,
		 all.n);
	if (p->lost && !proc_said(p, words))
		proc_fail(p, "has not said '%s' on stderr; its last words are: %s", words,
			  proc_last_words(p));
}

/*
 * All have lost records for the same reason, so they have to give the same one.  Its errno, which
 * comes before, is EAGAIN or ENOSPC.
 */
static void compare_reasons(struct family *f)
{
	const char *reason[f->n], *usual = "";
	int votes, most = 0;

	for (int i = 1; i < f->n; i++) {
		const char *words = f->proc[i].lost ? proc_last_words(&f->proc[i]) : "";
		const char *at = strstr(words, "; ");

		reason[i] = at ? strdupa(strstr(at, ", ") ?: at) + 2 : NULL;
	}
	for (int i = 1; i < f->n; i++) {
		for (int k = votes = 1; k < f->n; k++)
			votes += reason[i] && reason[k] && !strcmp(reason[i], reason[k]);
		if (reason[i] && votes > most) {
			most = votes;
			usual = reason[i];
		}
	}
	for (int i = 1; i < f->n; i++)
		if (reason[i] && strcmp(reason[i], usual))
			proc_fail(&f->proc[i], "has said '%s', where most have said '%s'",
				  reason[i], usual);
}

static void compare_losses(struct family *f)
{
	bool failed = false;
	struct proc *p;
	__u64 lost = 0;

	f->reference = 0;
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (!p->collected)
			continue;
		judge_losses(f, p);
		lost += p->lost;
	}
	compare_reasons(f);
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (!p->collected)
			continue;
		p->verdict = p->why ? FAILED : PASSED;
		failed |= p->verdict == FAILED;
	}
	if (f->pass == PASS_STORM && !lost && !failed)
		decide(f, FAILED, "no variant has lost a record: the storm is too small");
}

/*
 * Others make no event of a task of the workload, so these have to be what is expected.  They may
 * add to any count: even one of a task, if its pid is given again.
 */
static void judge_events(struct family *f, struct proc *p)
{
	const struct records *expected = &f->proc[0].records;
	struct records want = records_of_tasks(expected, expected, f->kind);
	struct records have = records_of_tasks(&p->records, expected, f->kind);
	const char *lacks, *extra, *was, *is;

	p->unobserved = records_settle(&have, &want, false);
	lacks = first_lacking(&have, &want);
	extra = first_lacking(&want, &have);
	if (lacks && extra && records_changed(&have, &want, &was, &is))
		proc_fail(p, "has '%s', expected '%s'", is, was);
	else if (extra)
		proc_fail(p, "has '%s', which is not expected", extra);
	free(have.line);
	free(want.line);
}

/*
 * All tasks are observed: what the workload did has to be there, beside what others did, and an
 * observer may not report itself.
 */
static void compare_all(struct family *f)
{
	const struct records *expected = &f->proc[0].records;
	const char *lacks, *own;
	struct proc *p;
	char pid[32];

	f->reference = 0;
	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		if (!p->collected)
			continue;
		snprintf(pid, sizeof(pid), "pid=%d", p->observer);
		own = p->observer ? records_with(&p->records, pid) : NULL;
		if (own)
			proc_fail(p, "has observed itself: '%s'", own);
		judge_events(f, p);
		/* Others may do more than its rings and maps have room for. */
		lacks = p->lost ? NULL : records_uncovered(&p->records, expected);
		if (lacks)
			proc_fail(p, "lacks '%s'", lacks);
		p->verdict = p->why ? FAILED : PASSED;
	}
}

/* Returns why no variant ran, if all have the same reason. */
static const char *common_reason(struct family *f)
{
	struct proc *p = f->proc + 1;

	while (p < f->proc + f->n && p->why && !strcmp(p->why, f->proc[1].why))
		p++;
	return p == f->proc + f->n && f->n > 1 ? f->proc[1].why : NULL;
}

static void judge(struct family *f)
{
	int legacy = 0, modern = 0;
	struct proc *p;

	for (p = f->proc + 1; p < f->proc + f->n; p++) {
		f->passed += p->verdict == PASSED;
		f->failed += p->verdict == FAILED;
		f->skipped += p->verdict == SKIPPED;
		if (p->verdict == PASSED && (!p->script || f->pair))
			*(p->modern ? &modern : &legacy) += 1;
	}
	if (f->verdict != UNDECIDED)
		return;
	if (f->failed && f->pair)
		decide(f, FAILED, "the tools do not agree");
	else if (f->failed)
		decide(f, FAILED, "%d of %d variants failed", f->failed, f->n - 1);
	else if (f->pair && f->skipped)
		decide(f, SKIPPED, "%s", f->proc[f->proc[1].verdict == SKIPPED ? 1 : 2].why);
	else if (!legacy || !modern)
		decide(f, SKIPPED, "no %svariant could run here%s%s",
		       legacy ? "modern " : modern ? "legacy " : "",
		       common_reason(f) ? ": " : "", common_reason(f) ?: "");
	else if (!f->proc[f->reference].records.n)
		decide(f, SKIPPED, "nothing to compare: the command did nothing that %s observes",
		       f->pair ? "the pair" : f->stem);
	else
		f->verdict = PASSED;
}

/* Makes the cgroups of a run.  Returns the lock of the room, or -1. */
static int make_cgroups(struct family *f)
{
	char *room = opt.cgroup;
	int lock = cgroup_make(room);

	if (lock < 0) {
		decide(f, errno == ENODEV || errno == EROFS || errno == EACCES || errno == EPERM ?
		       SKIPPED : FAILED, "cannot make a cgroup %s: %s",
		       room[0] ? room : "(cgroup2 is not mounted)", strerror(errno));
		return -1;
	}
	sprintf(observed, "%s/observed", room);
	if (mkdir(observed, 0755))
		decide(f, FAILED, "cannot make a cgroup %s: %s", observed, strerror(errno));
	return lock;
}

/* All are attached. */
static void observe_and_judge(struct family *f)
{
	int err;

	if (opt.command)
		err = run_command(f);
	else if (f->pass == PASS_STORM)
		err = storm(f);
	else if (f->pass == PASS_QUIET)
		err = quiet(f);
	else
		err = rounds(f);
	if (err || collect(f))
		return;
	if (has_small_rings(f))
		compare_losses(f);
	else if (f->pass == PASS_ALL)
		compare_all(f);
	else
		compare(f);
}

/* One pass: at its end nothing of it is left, and each variant that was in it is judged. */
static void run_pass(struct family *f)
{
	char who[64] = "";
	int i, lock;

	f->rounds = 0;
	f->kind[0] = 0;
	f->reference = -1;
	f->verdict = UNDECIDED;
	free(f->why);
	f->why = NULL;
	records_free(&f->lose);

	lock = make_cgroups(f);
	if (lock < 0)
		return;
	if (f->verdict == UNDECIDED && !hold(f) && !attach(f, true) && !attach(f, false) &&
	    !sync_foreign(f))
		observe_and_judge(f);
	proc_resume();
	/* A variant that was killed could not end its children; any other must have done so. */
	for (i = 0; i < f->n && f->proc[i].verdict != FAILED; i++)
		;
	if (i == f->n && f->verdict == UNDECIDED && !proc_stop && f->reference >= 0 &&
	    proc_end_orphans(ORPHANS, who, sizeof(who)))
		decide(f, FAILED, "process %s was left running", who);
	for (i = 0; i < f->n; i++)
		proc_kill(&f->proc[i]);
	proc_end_orphans(0, NULL, 0);
	if (cgroup_remove(opt.cgroup) && f->verdict == UNDECIDED)
		decide(f, FAILED, "cannot remove %s: %s", opt.cgroup, strerror(errno));
	close(lock);
}

/* Has those take part that have passed so far.  What is wrong then is wrong with the family. */
static void another_pass(struct family *f, enum pass which, const char *name)
{
	struct family *s = f->later[which];
	char *line, *rest;
	int i;

	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			abort();
		f->later[which] = s;
		*s = (struct family){ .stem = f->stem, .n = f->n, .pass = which };
		s->proc = calloc(f->n, sizeof(*s->proc));
		if (!s->proc)
			abort();
		memcpy(s->proc, f->proc, f->n * sizeof(*s->proc));
		for (i = 0; i < f->n; i++)
			proc_init_copy(&s->proc[i]);
	}
	for (i = 0; i < f->n; i++) {
		proc_reset(&s->proc[i]);
		if (i && (f->proc[i].verdict != PASSED || f->proc[i].script ||
			  (s->pass == PASS_QUIET && !f->proc[i].modern)))
			s->proc[i].verdict = SKIPPED;
	}
	run_pass(s);
	if (s->verdict == FAILED)
		decide(f, FAILED, "in the %s pass, %s", name, s->why);
	for (i = 1; i < f->n; i++)
		for (rest = s->proc[i].verdict == FAILED ? s->proc[i].why : NULL;
		     (line = strsep(&rest, "\n"));)
			proc_fail(&f->proc[i], "in the %s pass: %s", name, line);
}

/* Can there be another pass? */
static bool is_well(const struct family *f)
{
	int i;

	for (i = 1; i < f->n && f->proc[i].verdict != PASSED; i++)
		;
	return i < f->n && f->verdict == UNDECIDED && !proc_stop && !opt.first_only &&
	       !opt.command;
}

void family_run(struct family *f)
{
	int i;

	for (i = 0; i < f->n; i++)
		proc_reset(&f->proc[i]);
	if (f->later[PASS_STORM])
		f->later[PASS_STORM]->reference = -1;
	run_pass(f);
	if (is_well(f))
		another_pass(f, f->kind[0] ? PASS_STORM : PASS_FULL, "second");
	if (is_well(f))
		another_pass(f, PASS_ALL, "third");
	if (f->kind[0] && is_well(f))
		another_pass(f, PASS_QUIET, "fourth");
	f->passed = 0;
	f->failed = 0;
	f->skipped = 0;
	judge(f);
}
