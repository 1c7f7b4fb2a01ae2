// SPDX-License-Identifier: GPL-2.0
/*
 * test_records.c - does the runner (equiv/records.c) read what variants print as
 * multisets, and refuse what is no record?
 *
 * All results of `equiv` depend on this: a record that is missing, extra or
 * different must be noticed, and the order must not matter.  Some sets are made
 * by hand; many are drawn from a few lines and compared with plain counts.
 */
#include "equiv/records.c"

#include "ktap.h"
#include "report.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- reading ---------------------------------------------------------------------- */

static int file(const void *bytes, size_t len)
{
	int fd = memfd_create("records", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	return fd;
}

static char *read_bytes(struct records *r, const void *bytes, size_t len)
{
	int fd = file(bytes, len);
	char *bad = records_read(r, fd);

	close(fd);
	return bad;
}

/* Reads lines that are all valid. */
static struct records set(const char *text)
{
	struct records r;
	char *bad = read_bytes(&r, text, strlen(text));

	if (bad) {
		printf("# %s\n", bad);
		abort();
	}
	return r;
}

/* Has it these lines, in this order? */
static bool has(const struct records *r, const char *text)
{
	size_t i, len;

	for (i = 0; i < r->n; i++) {
		len = strlen(r->line[i]);
		if (strncmp(text, r->line[i], len) || text[len] != '\n') {
			printf("# line %zu is \"%s\"\n", i + 1, r->line[i]);
			return false;
		}
		text += len + 1;
	}
	if (*text)
		printf("# only %zu lines\n", r->n);
	return !*text;
}

static bool reads(const char *text, const char *sorted)
{
	struct records r = set(text);
	bool ok = has(&r, sorted);

	records_free(&r);
	return ok && !r.n && !r.line && !r.text;
}

static void test_read(void)
{
	size_t len = 1 << 20, n = 100000, at = 0;
	struct records r;
	char *text, *bad;
	bool ok = true;

	ktap_ok(reads("", ""), "no lines at all");
	ktap_ok(reads("b x=1\na x=2 y=\na x=10 y=1\na x=2 y=\n",
		      "a x=10 y=1\na x=2 y=\na x=2 y=\nb x=1\n"),
		"lines are sorted, and all are kept");
	ktap_ok(reads("exec file=!\"#'%s\\x0a\\\\~== x=a=b\n",
		      "exec file=!\"#'%s\\x0a\\\\~== x=a=b\n"),
		"a value may have any printable character");

	text = malloc(len + 16);
	if (!text)
		abort();
	memset(text, 'x', len);
	memcpy(text, "a b=", 4);
	strcpy(text + len, "\na b=c\n");
	r = set(text);
	ktap_ok(r.n == 2 && strlen(r.line[0]) == 5 && strlen(r.line[1]) == len,
		"a line of 1 MiB");
	records_free(&r);
	text[len] = '\0';
	bad = read_bytes(&r, text, len);
	ktap_ok(bad && strstr(bad, "ends within a line: \"a b=xxxx") && strlen(bad) < 200,
		"a long line that is cut");
	free(bad);
	records_free(&r);
	free(text);

	text = malloc(n * 20);
	if (!text)
		abort();
	for (size_t i = 0; i < n; i++)
		at += sprintf(text + at, "fact n=%zu\n", 100000 + i * 7919 % n);
	r = set(text);
	for (size_t i = 0; i < r.n; i++)
		ok &= strtoul(r.line[i] + 7, NULL, 10) == 100000 + i;
	ktap_ok(ok && r.n == n, "%zu lines", n);
	records_free(&r);
	free(text);
}

/* Is it refused with this message? */
static bool refused(const void *bytes, size_t len, const char *why)
{
	struct records r;
	char *bad = read_bytes(&r, bytes, len);
	bool ok = bad && !strcmp(bad, why);

	if (!ok)
		printf("# said: %s\n# not:  %s\n", bad ?: "nothing", why);
	free(bad);
	records_free(&r);
	return ok;
}

#define REFUSED(text, why)	refused(text, sizeof(text) - 1, why)
#define NO_RECORD(text, show)	\
	refused(text "\n", sizeof(text), "line 1 of the output is no record: \"" show "\"")

static void test_refused(void)
{
	char line[] = "fact s=a?b\n";
	struct records r;
	bool ok = true;
	char *bad;

	ktap_ok(REFUSED("a b=1\na b=2\na b=", "the output ends within a line: \"a b=\"") &&
		REFUSED("a", "the output ends within a line: \"a\"") &&
		REFUSED("a b=1\n\0", "the output ends within a line: \"\\x00\""),
		"the last line is cut");
	ktap_ok(REFUSED("a b=1\na b=2\n\na b=1\n", "line 3 of the output is no record: \"\"") &&
		REFUSED("\n", "line 1 of the output is no record: \"\""),
		"an empty line");
	ktap_ok(NO_RECORD("a", "a") && NO_RECORD("a b", "a b") && NO_RECORD("a b c=1", "a b c=1") &&
		NO_RECORD("a b=1 c", "a b=1 c") && NO_RECORD("a =1", "a =1") &&
		NO_RECORD("a=1", "a=1") && NO_RECORD("a=1 b=1", "a=1 b=1") &&
		NO_RECORD("=1", "=1") && NO_RECORD("=", "=") &&
		NO_RECORD("Segmentation fault", "Segmentation fault"),
		"words that are no record");
	ktap_ok(NO_RECORD(" ", " ") && NO_RECORD(" a b=1", " a b=1") &&
		NO_RECORD("a  b=1", "a  b=1") && NO_RECORD("a b=1 ", "a b=1 ") &&
		NO_RECORD(" b=1", " b=1") && NO_RECORD("a ", "a ") &&
		NO_RECORD("a\tb=1", "a\\x09b=1") && NO_RECORD("a b=1\r", "a b=1\\x0d"),
		"blanks in the wrong places");
	ktap_ok(NO_RECORD("a b=\0c=2", "a b=\\x00c=2") && NO_RECORD("\0a b=1", "\\x00a b=1") &&
		NO_RECORD("a b=1\0", "a b=1\\x00"),
		"a NUL");
	for (int c = 0; c < 256; c++) {
		line[8] = c;
		bad = read_bytes(&r, line, sizeof(line) - 1);
		ok &= !bad == (c > ' ' && c < 0x7f);
		free(bad);
		records_free(&r);
	}
	ktap_ok(ok, "each byte that is not printable");

#define TEN	"1234567890"
#define ODD	"\xff\x01\x7f\xc3\xa4"
#define SHOWN	"\\xff\\x01\\x7f\\xc3\\xa4"
	ktap_ok(NO_RECORD(TEN TEN TEN TEN TEN TEN, TEN TEN TEN TEN TEN TEN) &&
		REFUSED(TEN TEN TEN TEN TEN TEN "1\n", "line 1 of the output is no record: \""
			TEN TEN TEN TEN TEN TEN "\"...") &&
		REFUSED(ODD ODD ODD ODD, "the output ends within a line: \""
			SHOWN SHOWN SHOWN "\"..."),
		"of a long line the message shows only the beginning");
}

/* What variants print is written by report(); anything that it writes is a record. */
static void test_reported(void)
{
	int fd = file("", 0), real;
	struct records r;
	bool ok = true;
	char *bad;

	fflush(stdout);
	real = dup(STDOUT_FILENO);
	if (real < 0 || dup2(fd, STDOUT_FILENO) < 0)
		abort();
	report_format = REPORT_RECORDS;
	for (int c = 0; c < 256; c++)
		report("fact", DEC("n", 0), STR("s", (&(char){ c }), 1), HEX("h", c), NS("t", c),
		       BOUNDS("b", 0, c), NONE("none"));
	if (report_flush() || dup2(real, STDOUT_FILENO) < 0)
		abort();
	close(real);
	bad = records_read(&r, fd);
	if (bad)
		printf("# %s\n", bad);
	for (size_t i = 1; i < r.n; i++)
		ok &= !!strcmp(r.line[i - 1], r.line[i]);
	ktap_ok(!bad && r.n == 256 && ok, "what report() writes, with each byte");
	free(bad);
	records_free(&r);
	close(fd);
}

/* ---- comparing -------------------------------------------------------------------- */

/*
 * Compares two sets: @missing lines are only in the second, @extra only in the first.
 * All functions that compare sets have to agree on it.
 */
static bool differ(const char *one, const char *two, size_t missing, size_t extra)
{
	struct records a = set(one), b = set(two);
	bool equal = !missing && !extra;
	bool ok = records_lacking(&a, &b) == missing && records_lacking(&b, &a) == extra &&
		  records_equal(&a, &b) == equal && records_equal(&b, &a) == equal &&
		  ((__u32)records_digest(&a) == (__u32)records_digest(&b)) == equal;

	if (!ok)
		printf("# %zu missing, %zu too many, equal %d, %08x and %08x\n",
		       records_lacking(&a, &b), records_lacking(&b, &a), records_equal(&a, &b),
		       (__u32)records_digest(&a), (__u32)records_digest(&b));
	records_free(&a);
	records_free(&b);
	return ok;
}

static void test_compare(void)
{
	ktap_ok(differ("", "", 0, 0), "two empty sets are equal");
	ktap_ok(differ("", "a b=1\n", 1, 0) && differ("a b=1\na b=1\n", "", 0, 2),
		"an empty set and one with lines are not equal");
	ktap_ok(differ("a b=1\na b=2\nc d=3\n", "c d=3\na b=1\na b=2\n", 0, 0) &&
		differ("a b=2\na b=1\na b=2\n", "a b=2\na b=2\na b=1\n", 0, 0),
		"the order does not matter");
	ktap_ok(differ("a b=1\na b=3\n", "a b=1\na b=2\na b=3\n", 1, 0) &&
		differ("a b=2\na b=3\n", "a b=1\na b=2\na b=3\n", 1, 0) &&
		differ("a b=1\na b=2\n", "a b=1\na b=2\na b=3\n", 1, 0),
		"a line is missing: in the middle, the first, the last");
	ktap_ok(differ("a b=1\na b=2\na b=3\n", "a b=1\na b=3\n", 0, 1) &&
		differ("a b=1\na b=2\na b=3\n", "a b=2\na b=3\n", 0, 1) &&
		differ("a b=1\na b=2\na b=3\n", "a b=1\na b=2\n", 0, 1),
		"a line is too many: in the middle, the first, the last");
	ktap_ok(differ("a b=1\na b=2\na b=3\n", "a b=1\na b=2\na b=4\n", 1, 1) &&
		differ("a b=1\nb b=2\n", "a b=1\na b=2\n", 1, 1),
		"a line is different");
	ktap_ok(differ("a b=1\na b=1\na b=2\n", "a b=1\na b=2\na b=2\n", 1, 1),
		"a line is lost, and another appears twice");
	ktap_ok(differ("a b=1\n", "a b=1\na b=1\na b=1\n", 2, 0) &&
		differ("a b=1\na b=1\nc d=1\n", "a b=1\nc d=1\n", 0, 1),
		"how often a line appears matters");
	ktap_ok(differ("a b=1\n", "a b=10\n", 1, 1) && differ("a b=1 c=1\n", "a b=1\n", 1, 1) &&
		differ("a b=1\n", "A b=1\n", 1, 1) && differ("a b=\n", "a b==\n", 1, 1) &&
		differ("a b=1 c=2\n", "a c=2 b=1\n", 1, 1),
		"almost the same is not the same");
	/* Without the newlines they would be the same. */
	ktap_ok(differ("a b=c\nd e=f\n", "a b=cd e=f\n", 1, 2) &&
		differ("a b=1\na b=1a c=2\n", "a b=1a b=1\na c=2\n", 2, 2),
		"the same bytes, divided into other lines, are not the same");
}

/* Checks how many lines of @want are in @have with other values, and the first of them. */
static bool changed(const char *have, const char *want, size_t n, const char *was, const char *is)
{
	struct records a = set(have), b = set(want);
	const char *is_was = "", *is_is = "";
	size_t is_n = records_changed(&a, &b, &is_was, &is_is);
	bool ok = is_n == n && !strcmp(is_was, was) && !strcmp(is_is, is);

	if (!ok)
		printf("# %zu, \"%s\" was \"%s\"\n", is_n, is_is, is_was);
	records_free(&a);
	records_free(&b);
	return ok;
}

static void test_changed(void)
{
	ktap_ok(changed("c n=4 comm=x\nc n=5 comm=y\n", "c n=5 comm=x\nc n=5 comm=y\n", 1,
			"c n=5 comm=x", "c n=4 comm=x") &&
		changed("c n=1 comm=x\nc n=2 comm=y\n", "c n=2 comm=x\nc n=1 comm=y\n", 2,
			"c n=1 comm=y", "c n=2 comm=y") &&
		changed("p c=1 b=2 pid=7\n", "p c=3 b=4 pid=7\n", 1, "p c=3 b=4 pid=7",
			"p c=1 b=2 pid=7"),
		"a record with another value is found as changed");
	ktap_ok(changed("e pid=8 uid=0 f=a\ne pid=2 uid=0 f=a\n", "e pid=1 uid=0 f=a\n"
			"e pid=2 uid=0 f=a\n", 1, "e pid=1 uid=0 f=a", "e pid=8 uid=0 f=a"),
		"even if other records share most of its values, too");
	ktap_ok(changed("", "c n=5 comm=x\n", 0, "", "") &&
		changed("c n=5 comm=x\n", "", 0, "", "") &&
		changed("c n=5 comm=x\n", "c n=5 comm=x\n", 0, "", "") &&
		changed("c n=5 comm=x\nc n=5 comm=x\n", "c n=5 comm=x\nc n=6 comm=x\n", 0, "", ""),
		"a record that is lost or doubled is not changed");
	ktap_ok(changed("c n=5 comm=x\n", "d n=4 comm=x\n", 0, "", "") &&
		changed("c n=5 comm=x\n", "c m=4 comm=x\n", 0, "", "") &&
		changed("c n=5 comm=x\n", "c n=4 comm=x e=1\n", 0, "", "") &&
		changed("c n=5 comm=x\n", "c n=4 comm=y\n", 0, "", "") &&
		changed("c n=55 comm=x\n", "c n=5 comm=xx\n", 0, "", ""),
		"nor is one of another kind, with other names, or with no common value");
	ktap_ok(changed("e uid=0 f=q\ne uid=0 f=a\n", "e uid=0 f=b\ne uid=0 f=a\n", 0, "", "") &&
		changed("e uid=0 f=q\ne uid=0 f=r\n", "e uid=0 f=b\n", 0, "", ""),
		"nor is one if other records have as much in common with it");
}

#define KINDS	6		/* different lines that may be drawn */

/* Draws lines at random; @counts says how often each was drawn. */
static struct records draw(size_t *counts)
{
	static const char *const lines[KINDS] = {
		"a b=1\n", "a b=10\n", "a b=2\n", "ab b=1\n", "b a=1\n", "a b=1 c=\n",
	};
	char text[256] = "";

	memset(counts, 0, KINDS * sizeof(*counts));
	for (int n = random() % 8; n; n--) {
		int i = random() % KINDS;

		strcat(text, lines[i]);
		counts[i]++;
	}
	return set(text);
}

static void test_drawn(void)
{
	size_t a[KINDS], b[KINDS], missing, extra, equals = 0;
	bool lacking = true, equal = true, digest = true;

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		struct records x = draw(a), y = draw(b);
		bool is = !memcmp(a, b, sizeof(a));

		missing = 0;
		extra = 0;
		for (int k = 0; k < KINDS; k++) {
			missing += b[k] > a[k] ? b[k] - a[k] : 0;
			extra += a[k] > b[k] ? a[k] - b[k] : 0;
		}
		lacking &= records_lacking(&x, &y) == missing && records_lacking(&y, &x) == extra;
		equal &= records_equal(&x, &y) == is;
		digest &= (records_digest(&x) == records_digest(&y)) == is;
		equals += is;
		records_free(&x);
		records_free(&y);
	}
	ktap_ok(lacking, "20000 pairs of random sets: how many lines differ");
	ktap_ok(equal && equals > 200, "20000 pairs of random sets: which are equal");
	ktap_ok(digest, "20000 pairs of random sets: which have the same fingerprint");
}

static void test_digest(void)
{
	struct records none = set(""), one = set("a b=1\n"), two = set("b c=2\na b=1\n");

	/* Another program has computed these: FNV-1a, 64 bits, of the sorted lines. */
	ktap_ok(records_digest(&none) == 0xcbf29ce484222325ULL &&
		records_digest(&one) == 0x5ffd4e7b17f8df4aULL &&
		records_digest(&two) == 0x5b01e88f218d83d8ULL,
		"fingerprints are FNV-1a");
	records_free(&none);
	records_free(&one);
	records_free(&two);
}

/* ---- bounds, and fields that are not observed -------------------------------------- */

/* Settles @have, which then differs in so many lines, and does not observe @names. */
static bool settles_both(const char *have, const char *want, const char *names, size_t missing,
			 size_t extra, bool both)
{
	struct records a = set(have), b = set(want);
	bool agree = records_agree(&a, &b);
	char *is = records_settle(&a, &b, both);
	bool ok = !strcmp(is ?: "", names) && records_lacking(&a, &b) == missing &&
		  records_lacking(&b, &a) == extra && (both || agree == (!missing && !extra)) &&
		  (records_digest(&a) == records_digest(&b)) == (!missing && !extra);

	if (!ok)
		printf("# %zu missing, %zu too many, agree %d, not observed: %s\n",
		       records_lacking(&a, &b), records_lacking(&b, &a), agree, is ?: "-");
	free(is);
	records_free(&a);
	records_free(&b);
	return ok;
}

static bool settles(const char *have, const char *want, size_t missing, size_t extra)
{
	return settles_both(have, want, "", missing, extra, false);
}

/* The same for a variant that does not observe @names. */
static bool lacks(const char *have, const char *want, const char *names, size_t missing,
		  size_t extra)
{
	return settles_both(have, want, names, missing, extra, false);
}

static void test_bounds(void)
{
	ktap_ok(settles("a t~=5 c=x\n", "a t~=5..9 c=x\n", 0, 0) &&
		settles("a t~=9 c=x\n", "a t~=5..9 c=x\n", 0, 0) &&
		settles("a t~=4 c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a t~=10 c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a t~=18446744073709551615\n", "a t~=0..18446744073709551615\n", 0, 0) &&
		settles("a t~=18446744073709551616\n", "a t~=0..18446744073709551615\n", 1, 1),
		"a value has to be in its bounds");
	ktap_ok(settles("a t~=5 c=y\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("b t~=5 c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a u~=5 c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a t=5 c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a t~=5 c=x\n", "a t=5..9 c=x\n", 1, 1) &&
		settles("a c=x\n", "a t~=5..9 c=x\n", 1, 1) &&
		settles("a t~=5 c=x\n", "a c=x\n", 1, 1) &&
		settles("a c=x t~=5\n", "a t~=5..9 c=x\n", 1, 1),
		"and all else has to be equal");
	ktap_ok(settles("a t~=\n", "a t~=0..9\n", 1, 1) &&
		settles("a t~=+5\n", "a t~=0..9\n", 1, 1) &&
		settles("a t~=-5\n", "a t~=0..18446744073709551615\n", 1, 1) &&
		settles("a t~=5x\n", "a t~=0..9\n", 1, 1) &&
		settles("a t~=5\n", "a t~=5\n", 0, 0) &&
		settles("a t~=5\n", "a t~=4\n", 1, 1) &&
		settles("a t~=5\n", "a t~=0..\n", 1, 1) &&
		settles("a t~=5\n", "a t~=0..9x\n", 1, 1) &&
		settles("a t~=5\n", "a t~=..9\n", 1, 1) &&
		settles("a t~=5\n", "a t~=9..0\n", 1, 1),
		"what is no number, or no bounds, does not fit");
	ktap_ok(settles("a t~=5\na t~=15\n", "a t~=0..9\na t~=10..19\n", 0, 0) &&
		settles("a t~=5\na t~=5\n", "a t~=0..9\na t~=10..19\n", 1, 1) &&
		settles("a t~=5\n", "a t~=0..9\na t~=0..9\n", 1, 0) &&
		settles("a t~=5\na t~=6\n", "a t~=0..9\n", 0, 1) &&
		settles("a c=1\na c=1\na t~=5\n", "a c=1\na c=2\na t~=0..9\n", 1, 1),
		"each expected line is taken once");
	ktap_ok(settles("a t~=1 u~=1\na t~=9 u~=9\n",
			"a t~=0..5 u~=0..5\na t~=0..9 u~=0..9\n", 0, 0) &&
		/* Whoever takes the first bounds that fit has to give them back. */
		settles("a t~=1\na t~=2\na t~=3\n", "a t~=1..3\na t~=1..2\na t~=1..1\n", 0, 0) &&
		settles("a t~=1\na t~=2\na t~=3\n", "a t~=1..1\na t~=1..2\na t~=1..3\n", 0, 0) &&
		settles("a t~=1\na t~=2\na t~=2\n", "a t~=2..3\na t~=1..2\na t~=1..1\n", 0, 0) &&
		settles("a t~=2\na t~=2\na t~=2\n", "a t~=2..3\na t~=1..2\na t~=1..1\n", 1, 1),
		"of lines that are else equal, as many as possible fit");
}

static void test_unobserved(void)
{
	ktap_ok(lacks("a n=1 m=-\na n=2 m=-\n", "a n=1 m=5\na n=2 m=6\n", "m", 0, 0) &&
		lacks("a n=1 m=-\na n=2 m=-\n", "a n=1 m=5\na n=1 m=6\n", "m", 1, 1) &&
		lacks("a n=1 m=-\na n=1 m=-\n", "a n=1 m=5\na n=1 m=6\n", "m", 0, 0) &&
		lacks("a m=- n=1 o=-\nb m=-\n", "a m=4 n=1 o=5\nb m=6\n", "m, o, b", 0, 0),
		"a field that is \"-\" in all lines of a kind is not compared");
	ktap_ok(lacks("a n=1 m=-\na n=2 m=6\n", "a n=1 m=5\na n=2 m=6\n", "", 1, 1) &&
		lacks("a m=-\nb m=6\n", "a m=5\nb m=7\n", "a", 1, 1) &&
		lacks("a m=--\n", "a m=5\n", "", 1, 1) &&
		lacks("a m=-x\n", "a m=5\n", "", 1, 1),
		"but if it is so in some lines, it is a wrong value");
	ktap_ok(lacks("a m~=- n=1\n", "a m~=5..6 n=1\n", "m", 0, 0) &&
		lacks("a m=- t~=3 n=1\n", "a m~=5..6 t~=3..4 n=1\n", "m", 0, 0) &&
		lacks("a m=- t~=2 n=1\n", "a m~=5..6 t~=3..4 n=1\n", "m", 1, 1),
		"also where bounds are expected");
	ktap_ok(lacks("a m=-\n", "a m=-\n", "", 0, 0) &&
		lacks("a n=1 m=-\n", "a n=1\n", "", 1, 1) &&
		lacks("a n=1 m=-\n", "b n=1 m=5\n", "", 1, 1) &&
		lacks("a n=1 m=5\n", "a n=1 m=-\n", "", 1, 1),
		"it is only where something is expected for it");
	ktap_ok(settles_both("a n=1 m=5\n", "a n=1 m=-\n", "", 0, 0, true) &&
		settles_both("a n=- m=5\n", "a n=1 m=-\n", "n", 0, 0, true) &&
		settles_both("a n=1 m=5\n", "a n=2 m=-\n", "", 1, 1, true),
		"if both may lack fields, it is compared what both have");
}

static bool out_of_bounds(const char *was, const char *is, const char *words)
{
	char *text = records_out_of_bounds(was, is);
	bool ok = !strcmp(text ?: "", words);

	if (!ok)
		printf("# %s\n", text ?: "nothing");
	free(text);
	return ok;
}

static void test_out_of_bounds(void)
{
	struct records r = set("a t~=5 n=1 u~=6\na n=2\na t~=1 n=0\nb t~=1\nc t=1\n");
	struct records s = set("a t=- n=1 u~=5\nb t=1 n=3\nc t=1\n"), *both[] = { &r, &s };

	ktap_ok(changed("p n=3 t~=5 pid=7\n", "p n=3 t~=10..20 pid=7\n", 1, "p n=3 t~=10..20 pid=7",
			"p n=3 t~=5 pid=7") &&
		changed("p n=3 t~=15 pid=8\n", "p n=3 t~=10..20 pid=7\n", 1, "p n=3 t~=10..20 pid=7",
			"p n=3 t~=15 pid=8"),
		"a value that is out of bounds is another value, and one in bounds is not");
	ktap_ok(out_of_bounds("p n=3 x~=10..20 t~=1..5", "p n=3 x~=5 t~=2",
			      "has 'x~=5', expected 'x~=10..20', in 'p n=3 x~=5 t~=2'") &&
		out_of_bounds("p x~=7..9 n t~=1..4", "p x~=5 n t~=6",
			      "has 'x~=5 t~=6', expected 'x~=7..9 t~=1..4', in 'p x~=5 n t~=6'") &&
		out_of_bounds("p n=3 x~=10..20", "p n=4 x~=5", "") &&
		out_of_bounds("p n=3 x~=10..20", "p n=4 x~=15", ""),
		"it is said which, if nothing else is wrong");
	records_leave_bounds(both, COUNT(both));
	ktap_ok(has(&r, "a n=0\na n=1\na n=2\nb\nc t=1\n") &&
		has(&s, "a n=1\nb n=3\nc t=1\n"), "values without known bounds are left out");
	records_free(&r);
	records_free(&s);
}

/* ---- parts of a set --------------------------------------------------------------- */

static bool part(const char *text, const char *kind, const char *want)
{
	struct records r = set(text), of = records_of(&r, kind, strcspn(kind, " "));
	bool ok = has(&of, want);

	records_free(&r);
	return ok;
}

static void test_kinds(void)
{
	static const char text[] =
		"opens n=1\nopen n=2\nope n=1\nopen-x n=1\nopen n=1\nopen n=1\nOpen n=1\n";

	ktap_ok(part(text, "open", "open n=1\nopen n=1\nopen n=2\n") &&
		part(text, "open n=2", "open n=1\nopen n=1\nopen n=2\n") &&
		part(text, "ope", "ope n=1\n") && part(text, "opens", "opens n=1\n") &&
		part(text, "Open", "Open n=1\n") && part(text, "open-x", "open-x n=1\n"),
		"the lines of one kind");
	ktap_ok(part(text, "op", "") && part(text, "zoo", "") && part(text, "n", "") &&
		part("", "open", "") && part("open n=1\n", "open", "open n=1\n"),
		"no line, or all lines, are of one kind");
}

/* Of the lines @text, those of the kind "end": which are of tasks of which @of has lines? */
static bool of_tasks(const char *text, const char *of, const char *expected)
{
	struct records r = set(text), tasks = set(of), part = records_of_tasks(&r, &tasks, "end");
	bool ok = has(&part, expected);

	free(part.line);
	records_free(&r);
	records_free(&tasks);
	return ok;
}

static bool uncovered(const char *have, const char *want, const char *line)
{
	struct records a = set(have), b = set(want);
	const char *is = records_uncovered(&a, &b);
	bool ok = !strcmp(is ?: "", line);

	if (!ok)
		printf("# \"%s\"\n", is ?: "none");
	records_free(&a);
	records_free(&b);
	return ok;
}

static void test_tasks(void)
{
	const char *text = "end pid=1 uid=0\nend pid=1 uid=7\nend pid=12 uid=7\n"
			   "ends pid=1\nsum n=3\n";

	ktap_ok(of_tasks(text, "end pid=1 uid=9\n", "end pid=1 uid=0\nend pid=1 uid=7\n") &&
		of_tasks(text, "end uid=9 pid=12\n", "end pid=12 uid=7\n") &&
		of_tasks("end n=1 tgid=7\n", "end tgid=7 tid=9\n", "end n=1 tgid=7\n"),
		"the lines of one kind, of the tasks that others name by pid or tgid");
	ktap_ok(of_tasks(text, "ends pid=1\n", "") && of_tasks(text, "end pid=2\n", "") &&
		of_tasks(text, "end tid=1\nsum n=3\n", "") && of_tasks("", text, ""),
		"no line may be of a task");
	ktap_ok(uncovered("sum n=4 name=x\n", "sum n=3 name=x\n", "") &&
		uncovered("sum n=2 name=x\n", "sum n=3 name=x\n", "sum n=3 name=x") &&
		uncovered("sum n=4 name=y\n", "sum n=3 name=x\n", "sum n=3 name=x") &&
		uncovered("sum n=- t~=9\n", "sum n=3 t~=1..2\n", ""),
		"a line covers one that has the same strings, and no larger numbers");
	ktap_ok(uncovered("sum n=4 pid=2\n", "sum n=3 pid=2\n", "") &&
		uncovered("sum n=4 pid=3\n", "sum n=3 pid=2\n", "sum n=3 pid=2") &&
		uncovered("sum n=4 tgid=2 tid=4\n", "sum n=3 tgid=2 tid=3\n",
			  "sum n=3 tgid=2 tid=3") &&
		uncovered("sum n=3 ppid=2 uid=1\n", "sum n=3 ppid=2 uid=0\n",
			  "sum n=3 ppid=2 uid=0"),
		"a larger id covers nothing");
}

static bool next_is(const struct records *const *r, size_t *at, const char *line, size_t a,
		    size_t b, size_t c)
{
	size_t count[3] = { 7, 7, 7 };
	const char *is = records_next(r, 3, at, count);

	if (is && line && !strcmp(is, line) && count[0] == a && count[1] == b && count[2] == c)
		return true;
	if (!is && !line)
		return true;
	printf("# \"%s\": %zu %zu %zu\n", is ?: "the end", count[0], count[1], count[2]);
	return false;
}

static void test_next(void)
{
	struct records a = set("c n=1\na n=1\na n=1\n"), none = set("");
	struct records b = set("b n=1\na n=1\nd n=1\nd n=1\nd n=1\n");
	const struct records *const r[] = { &a, &none, &b }, *const no[] = { &none, &none, &none };
	size_t at[3] = {}, start[3] = {};

	ktap_ok(next_is(r, at, "a n=1", 2, 0, 1) && next_is(r, at, "b n=1", 0, 0, 1) &&
		next_is(r, at, "c n=1", 1, 0, 0) && next_is(r, at, "d n=1", 0, 0, 3) &&
		next_is(r, at, NULL, 0, 0, 0) && next_is(r, at, NULL, 0, 0, 0) &&
		at[0] == 3 && !at[1] && at[2] == 5,
		"records_next() gives each line, and how often each set has it");
	ktap_ok(next_is(no, start, NULL, 0, 0, 0) && !records_next(NULL, 0, NULL, NULL),
		"records_next() of empty sets, and of no set");
	records_free(&a);
	records_free(&b);
	records_free(&none);
}

int main(void)
{
	ktap_begin(54);
	test_read();
	test_refused();
	test_reported();
	test_compare();
	test_changed();
	test_drawn();
	test_digest();
	test_bounds();
	test_unobserved();
	test_out_of_bounds();
	test_kinds();
	test_tasks();
	test_next();
	return ktap_end();
}
