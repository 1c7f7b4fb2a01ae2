// SPDX-License-Identifier: GPL-2.0
/*
 * test_report.c - does samples/lib/report.c write a fact as report.h promises, in
 * all three formats, whatever bytes are in its strings?
 *
 * What it writes is caught in a file in memory, in the place of stdout.  Strings
 * lie at the very end of an allocation, so that ASan sees a byte too many read.
 * JSON is read by Python, which has to find an object in each line, of strings and
 * of whole numbers, and in a string the bytes that were written.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "ktap.h"
#include "report.h"

#define ALL(...)	((const struct field[]){ __VA_ARGS__, {} })
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- what report.c writes --------------------------------------------------------- */

static char out[1 << 20];
static int caught, real = -1;

static void begin(enum report_format format)
{
	report_format = format;
	fflush(stdout);
	real = dup(STDOUT_FILENO);
	if (real < 0 || ftruncate(caught, 0) || lseek(caught, 0, SEEK_SET) ||
	    dup2(caught, STDOUT_FILENO) < 0)
		abort();
}

/* What was written since begin(). */
static const char *end(void)
{
	bool failed = report_flush();
	ssize_t n = pread(caught, out, sizeof(out) - 1, 0);

	if (failed || n < 0 || n == sizeof(out) - 1 || dup2(real, STDOUT_FILENO) < 0)
		abort();
	close(real);
	out[n] = '\0';
	return out;
}

/* No more than the first lines of @s: it may be anything. */
static void explain(const char *what, const char *s)
{
	printf("# %s: \"", what);
	for (int i = 0; s[i] && i < 800; i++) {
		if (s[i] == '\n')
			printf("\\n\n#\t");
		else
			printf(s[i] < ' ' || s[i] == 0x7f ? "\\x%02x" : "%c",
			       (unsigned char)s[i]);
	}
	puts("\"");
}

static bool same(const char *is, const char *want)
{
	if (!strcmp(is, want))
		return true;
	explain("got", is);
	explain("but wanted", want);
	return false;
}

static const char *fact(enum report_format format, const char *kind, const struct field *fields)
{
	begin(format);
	report_fields(kind, fields);
	return end();
}

static bool record(const struct field *fields, const char *want)
{
	return same(fact(REPORT_RECORDS, "fact", fields), want);
}

/* The line below the heading, which is there as the kind is another one each time. */
static const char *streamed(const struct field *fields)
{
	static int n;
	static char kinds[2][2] = { "a", "b" };
	const char *line = strchr(fact(REPORT_TABLE, kinds[n++ % 2], fields), '\n');

	return line ? line + 1 : "(one line only)\n";
}

/* A table of one row. */
static const char *streamed_row(const struct field *fields)
{
	begin(REPORT_TABLE);
	report_row_fields("fact", fields);
	report_rows(0);
	return end() + 1;
}

/* The @len bytes at @s, where nothing comes after them. */
static char *exactly(const void *s, size_t len)
{
	char *p = malloc(len);

	if (!p && len)
		abort();
	if (len)
		memcpy(p, s, len);
	return p;
}

/* ---- JSON ------------------------------------------------------------------------- */

/* Lines "MEMBERS BYTES OBJECT": BYTES in hex are those of the member "s", "-" is any. */
static const char python[] =
"python3 -c '\n"
"import json, re, sys\n"
"string = rb\"\\\"([^\\x00-\\x1f\\\"\\\\]|\\\\[\\\"\\\\]|\\\\u00[0-7][0-9a-f]|\\\\udc[89a-f][0-9a-f])*\\\"\"\n"
"member = rb\"\\\"[a-z_]+\\\":(-?(0|[1-9][0-9]*)|\" + string + rb\")\"\n"
"line = re.compile(rb\"\\{\" + member + rb\"(,\" + member + rb\")*\\}\\n\")\n"
"status = 1	# if there is no line\n"
"for row in sys.stdin.buffer.readlines():\n"
"	members, wanted, text = row.split(b\" \", 2)\n"
"	pairs = json.loads(text.decode(), object_pairs_hook=lambda pairs: pairs)\n"
"	found = dict(pairs).get(\"s\", \"\").encode(errors=\"surrogateescape\").hex()\n"
"	ok = line.fullmatch(text) and len(dict(pairs)) == len(pairs) == int(members)\n"
"	if not ok or wanted not in (b\"-\", found.encode()):\n"
"		sys.exit(f\"# not as it should be: {row}\")\n"
"	status = 0\n"
"sys.exit(status)' 2>&1";
static FILE *reader;

/* One line; an object of @n members, in "s" the @len bytes at @s: Python will say that. */
static bool json_line(const char *line, int n, const char *s, size_t len)
{
	size_t size = strlen(line);

	if (!size || strchr(line, '\n') != line + size - 1)
		return false;
	fprintf(reader, "%d %s", n, s ? "" : "-");
	for (size_t i = 0; s && i < len; i++)
		fprintf(reader, "%02x", (unsigned char)s[i]);
	return fprintf(reader, " %s", line) > 0;
}

/* Is it this text, with " for ', and an object of @n members? */
static bool is_json(const char *is, int n, const char *text)
{
	char want[512], *p = want;

	for (; *text && p < want + sizeof(want) - 1; text++)
		*p++ = *text == '\'' ? '"' : *text;
	*p = '\0';
	return same(is, want) && json_line(is, n, NULL, 0);
}

static bool json(const struct field *fields, int n, const char *want)
{
	return is_json(fact(REPORT_JSON, "fact", fields), n, want);
}

/* Has a string of @len bytes at @s come back as that? */
static bool json_returns(const char *s, size_t len)
{
	return json_line(fact(REPORT_JSON, "fact", ALL(STR("s", s, len), DEC("n", 1))),
			 3, s, strnlen(s, len));
}

/* ---- numbers ---------------------------------------------------------------------- */

static void test_numbers(void)
{
	const struct field *least = ALL(DEC("dec", 0), INT("int", 0), HEX("hex", 0),
					BYTES("size", 0));
	const struct field *most = ALL(DEC("dec", ~0ULL), INT("int", INT64_MIN));
	const struct field *more = ALL(HEX("h", ~0ULL), BYTES("b", ~0ULL));
	const struct field *errors = ALL(INT("ret", -2), INT("low", INT32_MIN), DEC("u", ~0U));
	const struct field *times = ALL(NS("min", 1), DEC("n", 3), NS("max", ~0ULL));
	const struct field *sizes = ALL(BYTES("bytes", 4096), BYTES("read", 1536));
	const struct field *some = ALL(NONE("n"), DEC("m", 2), NONE("comm"));

	ktap_ok(record(least, "fact dec=0 int=0 hex=0x0 size=0\n") &&
		record(most, "fact dec=18446744073709551615 int=-9223372036854775808\n") &&
		record(more, "fact h=0xffffffffffffffff b=18446744073709551615\n") &&
		record(errors, "fact ret=-2 low=-2147483648 u=4294967295\n"),
		"numbers in a record");
	ktap_ok(record(times, "fact min~=1 n=3 max~=18446744073709551615\n") &&
		record(ALL(BOUNDS("min", 0, ~0ULL), BOUNDS("max", 7, 9)),
		       "fact min~=0..18446744073709551615 max~=7..9\n"),
		"a time in a record has a tilde, and bounds have one");
	ktap_ok(record(sizes, "fact bytes=4096 read=1536\n"), "no unit is in a record");

	ktap_ok(json(least, 5, "{'kind':'fact','dec':0,'int':0,'hex':'0x0','size_bytes':0}\n") &&
		json(most, 3,
		     "{'kind':'fact','dec':18446744073709551615,'int':-9223372036854775808}\n") &&
		json(more, 3,
		     "{'kind':'fact','h':'0xffffffffffffffff','b_bytes':18446744073709551615}\n") &&
		json(errors, 4, "{'kind':'fact','ret':-2,'low':-2147483648,'u':4294967295}\n"),
		"numbers in JSON");
	ktap_ok(json(times, 4, "{'kind':'fact','min_ns':1,'n':3,'max_ns':18446744073709551615}\n"),
		"a time in JSON has its unit in its name");
	ktap_ok(json(sizes, 3, "{'kind':'fact','bytes':4096,'read_bytes':1536}\n"),
		"and so has a size, once");

	ktap_ok(record(some, "fact n=- m=2 comm=-\n") && json(some, 2, "{'kind':'fact','m':2}\n") &&
		same(streamed(some), "       2\n") && same(streamed_row(some), "M\n2\n"),
		"what is not observed is in a record only");

	ktap_ok(same(streamed(least), "       0         0           0x0        0B\n") &&
		same(streamed(errors), "      -2  -2147483648  4294967295\n") &&
		same(streamed(ALL(HEX("at", 0xbeef))), "      0xbeef\n"),
		"numbers in a table are to the right");
}

static bool scaled(struct field f, const char *want)
{
	const char *is = streamed(ALL(f));

	return same(is + strspn(is, " "), want);
}

static void test_units(void)
{
	static const struct {
		__u64 num;
		const char *ns, *size;
	} as[] = {
		{ 0, "0ns\n", "0B\n" },
		{ 999, "999ns\n", "999B\n" },
		{ 1000, "1us\n", "1000B\n" },
		{ 1023, "1.0us\n", "1023B\n" },
		{ 1024, "1.0us\n", "1KiB\n" },
		{ 1536, "1.5us\n", "1.5KiB\n" },
		{ 2000, "2us\n", "2.0KiB\n" },
		{ 12345, "12.3us\n", "12.1KiB\n" },
		{ 204900, "205us\n", "200KiB\n" },
		{ 1000000, "1ms\n", "977KiB\n" },
		{ 1 << 20, "1.0ms\n", "1MiB\n" },
		{ 34 << 20, "35.7ms\n", "34MiB\n" },
		{ 1234567890, "1.2s\n", "1.1GiB\n" },
		{ 1ULL << 40, "1100s\n", "1TiB\n" },
		{ 3600000000000ULL, "3600s\n", "3.3TiB\n" },
		{ ~0ULL, "18446744074s\n", "16777216TiB\n" },
	};
	bool times = true, sizes = true;

	for (size_t i = 0; i < COUNT(as); i++) {
		times &= scaled(NS("took", as[i].num), as[i].ns);
		sizes &= scaled(BYTES("size", as[i].num), as[i].size);
	}
	ktap_ok(times, "times for a person: ns, us, ms, s");
	ktap_ok(sizes, "sizes for a person: B, KiB, MiB, GiB, TiB");
}

/* ---- strings ---------------------------------------------------------------------- */

static void test_strings(void)
{
	static const char odd[] = "a b\n\"c\"\\\xff\x01\x1b[2J\xc3\xa4=\x7f\t";
	char *s = exactly(odd, sizeof(odd) - 1), *comm;
	const struct field *fields = ALL(STR("s", s, 9), STR("t", s + 9, sizeof(odd) - 10));

	ktap_ok(record(fields,
		       "fact s=a\\x20b\\x0a\"c\"\\x5c\\xff t=\\x01\\x1b[2J\\xc3\\xa4=\\x7f\\x09\n"),
		"odd bytes in a record");
	ktap_ok(json(ALL(STR("s", s, 9)), 2,
		     "{'kind':'fact','s':'a b\\u000a\\'c\\'\\\\\\udcff'}\n") &&
		json(fields + 1, 2,
		     "{'kind':'fact','t':'\\u0001\\u001b[2J\xc3\xa4=\x7f\\u0009'}\n") &&
		json_returns(s, sizeof(odd) - 1),
		"odd bytes in JSON");
	ktap_ok(same(streamed(fields),
		     "a b\\x0a\"c\"\\x5c\\xff  \\x01\\x1b[2J\\xc3\\xa4=\\x7f\\x09\n"),
		"odd bytes in a table: a blank is one, the rest is as in a record");
	free(s);

	comm = exactly("sixteen bytes ..", 16);
	ktap_ok(record(ALL(STR("comm", comm, 16), DEC("n", 1)),
		       "fact comm=sixteen\\x20bytes\\x20.. n=1\n") &&
		json_returns(comm, 16) &&
		same(streamed(ALL(DEC("n", 1), STR("comm", comm, 16))),
		     "       1  sixteen bytes ..\n"),
		"a string without a NUL ends with its length");
	memcpy(comm, "sh\0rest of old", 15);
	ktap_ok(record(ALL(STR("comm", comm, 16), DEC("n", 1)),
		       "fact comm=sh\\x00rest\\x20of\\x20old\\x00. n=1\n") &&
		record(ALL(STR("comm", comm, 3), TEXT("n", comm, 16)), "fact comm=sh n=sh\n") &&
		json_returns(comm, 16),
		"one with a NUL there, behind which only a record has the rest");
	free(comm);

	s = exactly(NULL, 0);
	ktap_ok(record(ALL(STR("s", s, 0), TEXT("t", "", 8), DEC("n", 1)), "fact s= t= n=1\n") &&
		json_returns(s, 0) && json_returns("", 1) &&
		json(ALL(STR("s", "", 1)), 2, "{'kind':'fact','s':''}\n") &&
		same(streamed(ALL(STR("s", "", 1), DEC("n", 1))), "          1\n"),
		"an empty string");
	free(s);
}

/* UTF-8 passes, each byte that is no part of it is a half of a surrogate. */
static void test_utf8(void)
{
	static const struct { const char *bytes, *json; } each[] = {
		{ "/tmp/caf\xc3\xa9", "/tmp/caf\xc3\xa9" },
		/* The first and the last of each length, and of those beside the surrogates. */
		{ "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf" },
		{ "\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf" },
		{ "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80" },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		/* Longer than need be; a surrogate; above the last; bytes that are never any. */
		{ "\xc0\xaf\xc1\xbf", "\\udcc0\\udcaf\\udcc1\\udcbf" },
		{ "\xe0\x9f\xbf", "\\udce0\\udc9f\\udcbf" },
		{ "\xf0\x8f\xbf\xbf", "\\udcf0\\udc8f\\udcbf\\udcbf" },
		{ "\xed\xb2\x80", "\\udced\\udcb2\\udc80" },
		{ "\xf4\x90\x80\x80", "\\udcf4\\udc90\\udc80\\udc80" },
		{ "\xf5\x80\x80\x80\xff", "\\udcf5\\udc80\\udc80\\udc80\\udcff" },
		/* Alone, or cut: by another character, by the end. */
		{ "\x80=\xbf", "\\udc80=\\udcbf" },
		{ "\xe2\x82/\xe2\x82\xac", "\\udce2\\udc82/\xe2\x82\xac" },
		{ "\xc3\xc3\xa9", "\\udcc3\xc3\xa9" },
		{ "a\xf0\x9f\x98", "a\\udcf0\\udc9f\\udc98" },
	};
	char want[128];
	bool ok = true;

	for (size_t i = 0; i < COUNT(each); i++) {
		size_t len = strlen(each[i].bytes);
		char *s = exactly(each[i].bytes, len);

		snprintf(want, sizeof(want), "{'kind':'fact','s':'%s'}\n", each[i].json);
		ok &= json(ALL(STR("s", s, len)), 2, want) && json_returns(s, len);
		free(s);
	}
	ktap_ok(ok, "UTF-8 in JSON, and what is none");
}

/* What report.h says of a byte; @blank is how that is shown. */
static void escape(char *to, unsigned char c, const char *blank)
{
	if (c == ' ')
		strcpy(to, blank);
	else
		sprintf(to, c > ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
}

static void test_each_byte(void)
{
	bool records = true, tables = true, jsons = true;

	for (int c = 1; c < 256; c++) {
		char *s = exactly(&(char){ c }, 1), want[32], line[64];

		escape(want, c, "\\x20");
		sprintf(line, "fact s=%s n=1\n", want);
		records &= record(ALL(STR("s", s, 1), DEC("n", 1)), line);

		escape(want, c, " ");
		sprintf(line, "       1  %s\n", want);
		tables &= same(streamed(ALL(DEC("n", 1), STR("s", s, 1))), line);

		jsons &= json_returns(s, 1);
		free(s);
	}
	ktap_ok(records, "each byte in a record");
	ktap_ok(tables, "each byte in a table");
	ktap_ok(jsons, "each byte in JSON");
}

/* Two strings that differ do so in a record, and in JSON. */
static void test_any_bytes(void)
{
	bool records = true, jsons = true;

	srandom(1);
	for (int i = 0; i < 2000; i++) {
		size_t len = random() % 200, n = 0;
		char bytes[200], back[200];
		const char *p;
		char *s;

		for (size_t j = 0; j < len; j++)
			bytes[j] = random() % 4 ? 1 + random() % 255 : "\\\\x\"u0\n "[random() % 8];
		s = exactly(bytes, len);
		p = fact(REPORT_RECORDS, "fact", ALL(STR("s", s, len)));
		p = strncmp(p, "fact s=", 7) ? "" : p + 7;
		for (; *p > ' ' && n < sizeof(back); p++) {
			unsigned int c = *p;

			if (c == '\\' && sscanf(p, "\\x%2x", &c) == 1)
				p += 3;
			back[n++] = c;
		}
		records &= n == len && !memcmp(back, bytes, n) && !strcmp(p, "\n");
		jsons &= json_returns(s, len);
		free(s);
	}
	ktap_ok(records, "2000 strings of any bytes can be read back from records");
	ktap_ok(jsons, "and from JSON");
}

/* ---- a table that streams by ------------------------------------------------------ */

static void test_stream(void)
{
	begin(REPORT_TABLE);
	report("exec", DEC("pid", 1), STR("comm", "sh", 16), STR("file", "/bin/sh", 64));
	report("exec", DEC("pid", 22), STR("comm", "x", 16), STR("file", "c", 64));
	report("exit", DEC("pid", 22), DEC("status_code", 9));
	report("exec", DEC("pid", 333), STR("comm", "sixteen bytes ..", 16),
	       STR("file", "b", 64));
	ktap_ok(same(end(), "     PID  COMM              FILE\n"
			    "       1  sh                /bin/sh\n"
			    "      22  x                 c\n"
			    "     PID  STATUS_CODE\n"
			    "      22            9\n"
			    "     PID  COMM              FILE\n"
			    "     333  sixteen bytes ..  b\n"),
		"a heading whenever the kind is another");

	begin(REPORT_TABLE);
	report("open", DEC("pid", 1));
	report_note("%d events/s", 12);
	report("open", DEC("pid", 2));
	report_row("count", DEC("n", 1));
	report_rows(0);
	report("open", DEC("pid", 3));
	ktap_ok(same(end(), "     PID\n       1\n12 events/s\n     PID\n       2\n"
			    "\nN\n1\n     PID\n       3\n"),
		"and after a note or a table");
	ktap_ok(same(streamed(ALL(DEC("n", 123456789012), STR("s", "longer than its column", 4),
				  DEC("m", 1))),
		     "123456789012  long         1\n"),
		"what is wider than its column is shown whole");

	begin(REPORT_RECORDS);
	report_note("12 events/s");
	report_refresh();
	report_format = REPORT_JSON;
	report_note("12 events/s");
	report_refresh();
	ktap_ok(same(end(), ""), "notes and pages are for a person only");
}

/* ---- a table that is collected ---------------------------------------------------- */

static void row(__u64 n, const char *name, __u64 ns)
{
	static char comm[16];	/* as a buffer of the kernel's: gone with the next one */

	memset(comm, 0, sizeof(comm));
	snprintf(comm, sizeof(comm), "%s", name);
	report_row("count", DEC("n", n), STR("comm", comm, sizeof(comm)), NS("took", ns));
}

static void rows(void)
{
	row(9, "nine", 9);
	row(100, "a hundred", 1500);
	row(0, "none", 0);
	row(20, "b", 20);
	row(20, "a", 20);
	row(20, "c", 20);
	row(~0ULL, "most", 1);
}

#define HEAD	"                   N  COMM        TOOK\n"
#define MOST	"18446744073709551615  most         1ns\n"
#define REST	"                 100  a hundred  1.5us\n"	\
		"                  20  a           20ns\n"	\
		"                  20  b           20ns\n"	\
		"                  20  c           20ns\n"	\
		"                   9  nine         9ns\n"	\
		"                   0  none         0ns\n"

static const char *collected(unsigned int top)
{
	const char *text;

	begin(REPORT_TABLE);
	rows();
	report_rows(top);
	text = end();
	return *text == '\n' ? text + 1 : "(no blank line before it)";
}

static void test_rows(void)
{
	bool ok = true;
	const char *p;
	__u64 n;

	ktap_ok(same(collected(0), HEAD MOST REST), "a table, the largest first");
	ktap_ok(same(collected(3), HEAD MOST
				   "                 100  a hundred  1.5us\n"
				   "                  20  a           20ns\n"
				   "... and 4 more (-n 0 shows all)\n"),
		"the first of a table, and how many more there are");
	ktap_ok(same(collected(1), "                   N  COMM  TOOK\n"
				   "18446744073709551615  most   1ns\n"
				   "... and 6 more (-n 0 shows all)\n"),
		"columns are as wide as what is shown");
	ktap_ok(same(collected(6), HEAD MOST
				   "                 100  a hundred  1.5us\n"
				   "                  20  a           20ns\n"
				   "                  20  b           20ns\n"
				   "                  20  c           20ns\n"
				   "                   9  nine         9ns\n"
				   "... and 1 more (-n 0 shows all)\n") &&
		same(collected(7), HEAD MOST REST) && same(collected(8), HEAD MOST REST) &&
		same(collected(~0U), HEAD MOST REST),
		"as many as there are, and more: all");

	begin(REPORT_TABLE);
	report_rows(0);
	report_rows(3);
	ktap_ok(same(end(), ""), "a table without rows is not shown");
	begin(REPORT_TABLE);
	row(1, "one", 1);
	report_rows(3);
	row(2, "two", 2);
	report_rows(3);
	report_rows(3);
	ktap_ok(same(end(), "\nN  COMM  TOOK\n1  one    1ns\n\nN  COMM  TOOK\n2  two    2ns\n"),
		"a table that was shown is empty");

	begin(REPORT_TABLE);
	for (int i = 0; i < 5000; i++)
		report_row("count", DEC("n", i * 7919ULL % 5000), STR("comm", "\x1b\n \xff\\", 5));
	report_rows(0);
	p = strchr(end() + 1, '\n');
	for (int i = 0; i < 5000 && p; i++) {
		int len = 0;

		ok &= sscanf(p + 1, "%llu  \\x1b\\x0a \\xff\\x5c%n", &n, &len) == 1 &&
		      n == 4999ULL - i && p[1 + len] == '\n';
		p = strchr(p + 1, '\n');
	}
	ktap_ok(ok && p && !p[1], "5000 rows, with odd bytes");

	begin(REPORT_TABLE);
	report_row("end", INT("result", -2), STR("comm", "b", 8));
	report_row("end", INT("result", 3), STR("comm", "a", 8));
	report_row("end", INT("result", -1), STR("comm", "c", 8));
	report_row("end", INT("result", 0), STR("comm", "d", 8));
	report_rows(3);
	ktap_ok(same(end(), "\nRESULT  COMM\n     3  a\n     0  d\n    -1  c\n"
			    "... and 1 more (-n 0 shows all)\n"),
		"a number below zero is a small one");
	begin(REPORT_TABLE);
	report_row("file", STR("name", "b", 8), DEC("n", 1));
	report_row("file", STR("name", "c", 8), DEC("n", 1));
	report_row("file", STR("name", "a", 8), DEC("n", 2));
	report_rows(0);
	ktap_ok(same(end(), "\nNAME  N\na     2\nb     1\nc     1\n"), "a table by name");

	begin(REPORT_RECORDS);
	rows();
	report_rows(2);
	ktap_ok(same(end(), "count n=9 comm=nine took~=9\n"
			    "count n=100 comm=a\\x20hundred took~=1500\n"
			    "count n=0 comm=none took~=0\ncount n=20 comm=b took~=20\n"
			    "count n=20 comm=a took~=20\ncount n=20 comm=c took~=20\n"
			    "count n=18446744073709551615 comm=most took~=1\n"),
		"rows as records: all of them");
	begin(REPORT_JSON);
	row(1, "a\"b", 5);
	row(2, "c", 6);
	report_rows(1);
	p = strchr(end(), '\n');
	ok = p && is_json(p + 1, 4, "{'kind':'count','n':2,'comm':'c','took_ns':6}\n");
	if (p)
		out[p + 1 - out] = '\0';
	ktap_ok(ok && is_json(out, 4, "{'kind':'count','n':1,'comm':'a\\'b','took_ns':5}\n"),
		"and as JSON");
}

/* ---- refreshes -------------------------------------------------------------------- */

static bool refreshed(int number, const char *text)
{
	time_t now = time(NULL);
	long long ms;
	int is, end = 0;

	return sscanf(text,
		      "{\"kind\":\"refresh\",\"refresh\":%d,\"unix_ms\":%lld,\"calls\":7,\"took_ns\":8}\n%n",
		      &is, &ms, &end) == 2 &&
	       end && !text[end] && is == number && llabs(ms / 1000 - now) < 60 &&
	       json_line(text, 5, NULL, 0);
}

static void test_refresh(void)
{
	bool ok = true;
	int terminal, other = -1;
	struct tm tm = {};
	const char *rest;

	for (int i = 1; i < 4; i++) {
		begin(REPORT_JSON);
		report_refresh();
		report_refresh_end(DEC("calls", 7), NS("took", 8));
		ok &= refreshed(i, end());
		begin(REPORT_TABLE);
		report_refresh_end(DEC("calls", 7));
		report_format = REPORT_RECORDS;
		report_refresh_end(DEC("calls", 7));
		ok &= !*end();
	}
	ktap_ok(ok, "a refresh ends with an object: its number, its time and its sums");

	begin(REPORT_TABLE);
	report("exec", DEC("pid", 1));
	report_refresh();
	report("exec", DEC("pid", 2));
	rest = strstr(end(), "\n\n");
	rest = rest ? strptime(rest + 2, "%T", &tm) : NULL;
	ktap_ok(rest && same(rest, "\n     PID\n       2\n"), "a refresh for a person has its time");

	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal))
		other = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (other < 0) {
		ktap_ok(true, "a refresh clears a terminal # SKIP there is no terminal to be had");
	} else {
		struct pollfd shown = { .fd = terminal, .events = POLLIN };
		char text[64] = "";
		ssize_t n;

		begin(REPORT_TABLE);
		dup2(other, STDOUT_FILENO);
		report_refresh();
		end();
		n = poll(&shown, 1, 300000) == 1 ? read(terminal, text, sizeof(text) - 1) : 0;
		ktap_ok(n > 6 && !strncmp(text, "\033[H\033[J", 6) && strptime(text + 6, "%T", &tm),
			"a refresh clears a terminal");
		close(other);
	}
	if (terminal >= 0)
		close(terminal);
}

/* ---- the end ---------------------------------------------------------------------- */

/* What report_flush() returns for a child whose stdout was @path, and then is @then. */
static int flushed(const char *path, unsigned int facts, const char *then)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		close(STDOUT_FILENO);
		if (path && open(path, O_WRONLY) != STDOUT_FILENO)
			abort();
		report_format = REPORT_RECORDS;
		for (unsigned int i = 0; i < facts; i++)
			report("fact", DEC("n", i));
		if (then) {
			close(STDOUT_FILENO);
			if (open(then, O_WRONLY) != STDOUT_FILENO)
				abort();
		}
		_exit(report_flush() & 0xff);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		abort();
	return (signed char)WEXITSTATUS(status);
}

static void test_flush(void)
{
	begin(REPORT_RECORDS);
	report("fact", DEC("n", 1));
	ktap_ok(lseek(caught, 0, SEEK_END) == 0 && same(end(), "fact n=1\n"),
		"nothing is written before report_flush()");
	ktap_ok(flushed("/dev/null", 100000, NULL) == 0 && flushed("/dev/full", 0, NULL) == 0,
		"report_flush() where there is room");
	ktap_ok(flushed("/dev/full", 1, NULL) == -1 && flushed("/dev/full", 100000, NULL) == -1,
		"report_flush() on a full disk");
	ktap_ok(flushed("/dev/full", 100000, "/dev/null") == -1,
		"report_flush() on a disk that was full in between");
	ktap_ok(flushed(NULL, 1, NULL) == -1, "report_flush() without a stdout");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	caught = memfd_create("stdout", MFD_CLOEXEC);
	if (caught < 0)
		abort();
	reader = popen(python, "we");
	if (!reader)
		abort();
	setlinebuf(reader);
	ktap_begin(46);
	test_numbers();
	test_units();
	test_strings();
	test_utf8();
	test_each_byte();
	test_any_bytes();
	test_stream();
	test_rows();
	test_refresh();
	test_flush();
	ktap_ok(!pclose(reader), "all JSON is such, and strings come back from it");
	close(caught);
	return ktap_end();
}
