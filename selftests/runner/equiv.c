// SPDX-License-Identifier: GPL-2.0
/*
 * equiv - do all generations of a family report the same records?
 *
 * It finds <stem>[-<flavour>].<stage> beside itself, runs every variant of a
 * stem at once on one run of <stem>.workload, and compares what each printed
 * with what the workload says that it did.  It loads no BPF program and reads no map,
 * and knows no family by name: a new one is a new file.  If no variant could run, it asks
 * what forbids bpf(2).  A copy or link that has the name of a stem runs that stem alone.
 *
 * One rule knows the name of a stage: one that ends in "skel" belongs to the modern
 * generation, any other to the legacy one.  A family in which one generation
 * could not run is skipped, never passed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "equiv/equiv.h"
#include "inherit.h"
#include "observe.h"
#include "permission.h"
#include "report.h"
#include "version.h"

struct options opt = { .seconds = 300, .repeat = 1 };

/* For the life of the process; never freed. */
static struct family *families, **chosen;

static void usage(FILE *to)
{
	fprintf(to,
		"Usage: equiv [options] [STEM...]\n"
		"       equiv [options] STEM -- COMMAND...\n"
		"       equiv [options] --pair OLD NEW [--records FILTER] -- COMMAND...\n"
		"Runs all variants of each family (or of STEM) at once, and compares what they\n"
		"observed of the family's workload with what it did; or what they observed of\n"
		"COMMAND with each other.  What COMMAND leaves running is ended.  With --pair, compares\n"
		"what two tools of your own print of COMMAND (selftests/foreign/README.md).\n"
		"\n"
		"  -l           list the families and their variants\n"
		"  -f FORMAT    table, or ktap (default: table on a terminal)\n"
		"  -n EVENTS    how much the workload does\n"
		"  -1           only the first pass: none in which there is more than variants have room for,\n"
		"               all tasks are observed, or so few records come that nobody is woken\n"
		"  -r N         repeat N times, until the first failure\n"
		"  -t SECONDS   limit of a step (default: 300)\n"
		"  --ring=BYTES the size of all rings; a variant that cannot have it is skipped\n"
		"  -d DIR       where the executables are (default: beside this one)\n"
		"  --with FILE  a tool of somebody else's beside the variants, or a directory of such\n"
		"               files (see selftests/foreign/README.md); or as two words:\n"
		"  --with NAME=COMMAND --records NAME=FILTER\n"
		"  -v           print each step on stderr\n"
		"  -h, --help   this text\n"
		"  --version    which version of the suite\n"
		"\n"
		"Exit status: 0 all agree, 1 some do not, 4 nothing could be compared here.\n");
}

/*
 * Returns @status, or 1 if output could not be written, now or earlier.  If that is because
 * the reader of stdout has gone (such as head), there is no message.
 */
static int said(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (!report_reader_gone())
		fprintf(stderr, "equiv: cannot write to stdout\n");
	return 1;
}

/* Returns a whole number from 1 on, or ends the program with a message. */
static int positive(const char *text, char option)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 1 || n > INT_MAX / 1000) {
		fprintf(stderr, "equiv: -%c takes a number from 1 on, not '%s'\n", option, text);
		exit(1);
	}
	return n;
}

/* ---- what there is ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct proc *)a)->name, ((const struct proc *)b)->name);
}

/* In a source tree a directory may have the name of a program. */
static bool is_file(const char *name, int mode)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", opt.dir, name);
	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, mode);
}

const char *family_stage(const char *name, const char *stem)
{
	size_t len = strlen(stem);
	const char *dot = strchr(name, '.'), *c;

	if (strncmp(name, stem, len) || (name[len] != '.' && name[len] != '-') || !dot || !dot[1])
		return NULL;
	for (c = dot + 1; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return NULL;
	return dot + 1;
}

struct proc *family_add(struct family *f, const char *name)
{
	const char *stage = family_stage(name, f->stem);
	size_t len = strlen(stage);
	struct proc *p;

	f->proc = realloc(f->proc, (f->n + 1) * sizeof(*f->proc));
	if (!f->proc)
		abort();
	p = &f->proc[f->n++];
	*p = (struct proc){ .control = -1, .out = -1, .err = -1 };
	p->name = strdup(name);
	if (asprintf(&p->path, "%s/%s", opt.dir, name) < 0)
		abort();
	p->modern = len >= 4 && !strcmp(stage + len - 4, "skel");
	return p;
}

static void find_variants(struct family *f, struct dirent **names, int n)
{
	char workload[NAME_MAX + 1];
	int i;

	snprintf(workload, sizeof(workload), "%s.workload", f->stem);
	family_add(f, workload);
	for (i = 0; i < n; i++) {
		const char *stage = family_stage(names[i]->d_name, f->stem);

		if (stage && strcmp(stage, "workload") && is_file(names[i]->d_name, X_OK))
			family_add(f, names[i]->d_name);
	}
	qsort(f->proc + 1, f->n - 1, sizeof(*f->proc), by_name);
}

/* All families, sorted.  Returns how many there are. */
static int find_families(void)
{
	struct dirent **names;
	struct family *f;
	int i, n, n_families = 0;
	char *dot;

	n = scandir(opt.dir, &names, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "equiv: cannot read %s: %s\n", opt.dir, strerror(errno));
		exit(1);
	}
	for (i = 0; i < n; i++) {
		dot = strchr(names[i]->d_name, '.');
		if (!dot || dot == names[i]->d_name || strcmp(dot, ".workload") ||
		    memchr(names[i]->d_name, '-', dot - names[i]->d_name) ||
		    !is_file(names[i]->d_name, F_OK))
			continue;
		families = realloc(families, (n_families + 1) * sizeof(*families));
		if (!families)
			abort();
		f = &families[n_families++];
		*f = (struct family){ .reference = -1 };
		f->stem = strndup(names[i]->d_name, dot - names[i]->d_name);
		find_variants(f, names, n);
	}
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n_families;
}

static struct family *find(const char *stem, int n_families)
{
	int i;

	for (i = 0; i < n_families; i++)
		if (!strcmp(families[i].stem, stem))
			return &families[i];
	return NULL;
}

static void list(const struct family *f)
{
	struct proc *p;

	printf("%s\n", f->stem);
	for (p = f->proc + 1; p < f->proc + f->n; p++)
		printf("  %-30s %s\n", p->name,
		       p->script ? "foreign" : p->modern ? "modern" : "legacy");
}

/* ---- running them ---- */

static int run(int n)
{
	int i, rep, number = 0, passed = 0, failed = 0, swept;
	const char *forbidden;

	proc_init();
	if (opt.verbose)
		fprintf(stderr, "equiv: the runner is pid %d\n", getpid());
	if (geteuid()) {
		show_skip("needs root: it makes a cgroup, and variants load programs");
		return EXIT_SKIP;
	}
	/* Without this no variant could run; what else one needs, it checks itself. */
	forbidden = permission_missing(false);
	if (forbidden) {
		show_skip(forbidden);
		return EXIT_SKIP;
	}
	swept = cgroup_sweep();
	if (swept > 0)
		fprintf(stderr, "equiv: removed %d cgroup%s of a run that was killed\n", swept,
			swept == 1 ? "" : "s");
	show_start(n * opt.repeat);
	for (rep = 1; rep <= opt.repeat && !failed && !proc_stop; rep++) {
		for (i = 0; i < n && !proc_stop; i++) {
			family_run(chosen[i]);
			show_family(chosen[i], ++number, rep);
			passed += chosen[i]->verdict == PASSED;
			failed += chosen[i]->verdict == FAILED;
		}
	}
	if (proc_stop == SIGPIPE)
		return 1;
	if (proc_stop)
		fprintf(stderr, "equiv: ended by signal %d (%s)\n", proc_stop,
			strsignal(proc_stop));
	else if (failed && opt.repeat > 1)
		fprintf(stderr, "equiv: failed in repetition %d of %d\n", rep - 1, opt.repeat);
	if (failed || proc_stop)
		return 1;
	return passed ? 0 : EXIT_SKIP;
}

/* The runner is a child, so that its parent can clean up after it. */
static int run_guarded(int n)
{
	pid_t guard = getpid(), pid;

	opt.cgroup = cgroup_room();
	if (!opt.cgroup) {
		fprintf(stderr, "equiv: cannot map memory: %s\n", strerror(errno));
		return 1;
	}
	fflush(NULL);
	proc_block();
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "equiv: cannot fork: %s\n", strerror(errno));
		return 1;
	}
	if (pid)
		return proc_guard(pid);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != guard)
		_exit(1);
	exit(said(run(n)));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "ring", required_argument, NULL, 'b' },
		{ "version", no_argument, NULL, 'V' },
		{ "pair", required_argument, NULL, 'p' },
		{ "with", required_argument, NULL, 'w' },
		{ "records", required_argument, NULL, 'R' },
		{}
	};
	const char *name = program_invocation_short_name, *format, *why;
	char *old = NULL, *new = NULL, *records[argc];
	int n_records = 0;
	struct family *f;
	int n_families, n = 0, i, c, last = argc;
	bool do_list = false;
	ssize_t len;

	if (!inherit_init()) {
		fprintf(stderr, "equiv: stdout is closed\n");
		return 1;
	}
	format = isatty(STDOUT_FILENO) ? "table" : "ktap";
	len = readlink("/proc/self/exe", opt.dir, sizeof(opt.dir) - 1);
	if (len < 0) {
		fprintf(stderr, "equiv: /proc is not mounted: mount -t proc proc /proc\n");
		return 1;
	}
	opt.dir[len] = 0;
	*strrchr(opt.dir, '/') = 0;
	for (i = 1; i < argc && !opt.command; i++) {
		if (!strcmp(argv[i], "--")) {
			last = i;
			opt.command = argv + i + 1;
		}
	}
	while ((c = getopt_long(last, argv, "+hlv1f:n:r:t:d:", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage(stdout);
			return said(0);
		case 'b':
			if (asprintf(&opt.ring, "--ring=%u", observe_ring(optarg)) < 0)
				abort();
			break;
		case 'V':
			version_print();
			return said(0);
		case 'l':
			do_list = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case '1':
			opt.first_only = true;
			break;
		case 'f':
			format = optarg;
			break;
		case 'n':
			positive(optarg, c);
			opt.events = optarg;
			break;
		case 'r':
			opt.repeat = positive(optarg, c);
			break;
		case 't':
			opt.seconds = positive(optarg, c);
			break;
		case 'w':
			foreign_with(optarg);
			break;
		case 'R':
			records[n_records++] = optarg;
			break;
		case 'p':
			old = optarg;
			new = optind < last ? argv[optind++] : NULL;
			break;
		case 'd':
			if (!realpath(optarg, opt.dir)) {
				fprintf(stderr, "equiv: -d %s: %s\n", optarg, strerror(errno));
				return 1;
			}
			break;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (strcmp(format, "table") && strcmp(format, "ktap")) {
		fprintf(stderr, "equiv: -f is table or ktap, not '%s'\n", format);
		return 1;
	}
	opt.table = !strcmp(format, "table");
	if (old && (!new || optind < last || n_records > 2)) {
		fprintf(stderr, "equiv: --pair takes two tools, one or two --records, and no STEM\n");
		return 1;
	}
	for (i = 0; !old && i < n_records; i++)
		foreign_records(records[i]);

	n_families = find_families();
	if (!n_families && !old) {
		fprintf(stderr, "equiv: no family in %s: it has no STEM.workload\n", opt.dir);
		return 1;
	}
	chosen = calloc(n_families + argc, sizeof(*chosen));
	if (!chosen)
		abort();
	for (i = optind; i < last; i++) {
		f = find(argv[i], n_families);
		if (!f) {
			fprintf(stderr, "equiv: no family %s in %s (equiv -l lists them)\n",
				argv[i], opt.dir);
			return 1;
		}
		chosen[n++] = f;
	}
	if (old)
		chosen[n++] = pair_family(old, new, n_records ? records[0] : NULL,
					  n_records > 1 ? records[1] : NULL);
	f = find(name, n_families);
	if (!n && f)
		chosen[n++] = f;
	if (opt.command && (n != 1 || !opt.command[0])) {
		fprintf(stderr, "equiv: give one STEM (or --pair) before -- and a command after it\n");
		return 1;
	}
	if (old && !opt.command) {
		fprintf(stderr, "equiv: --pair needs a command: equiv --pair OLD NEW -- COMMAND\n");
		return 1;
	}
	why = opt.command ? command_find(&opt.execute, opt.command) : NULL;
	if (why) {
		fprintf(stderr, "equiv: cannot run %s: %s\n", opt.command[0], why);
		return 1;
	}
	for (i = 0; !n && i < n_families; i++)
		chosen[i] = &families[i];
	if (!n)
		n = n_families;
	for (i = 0; !old && i < n; i++)
		if (foreign_join(chosen[i]))
			return 1;
	if (do_list) {
		for (i = 0; i < n; i++)
			list(chosen[i]);
		return said(0);
	}
	return run_guarded(n);
}
