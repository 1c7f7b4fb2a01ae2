# SPDX-License-Identifier: GPL-2.0
#
# show.awk - the results as a table: -v form=text, markdown, json or html.
#
# The page refers to nothing outside itself, and each cell opens to its families
# and variants, since a figure that cannot be looked into is a claim.

BEGIN { FS = "\t" }
$1 == "-" { builds[++n_builds] = $2; about[$2] = $6; next }
!($1 in rows) { rows[$1]; kernels[++n_kernels] = $1 }
{ cell = $1 SUBSEP $2 }
$5 == "none" { none[cell] = $6; next }
$3 == "-" && $5 == "info" { info[cell] = $6; next }
{
	count[cell, $5]++
	i = ++results[cell]
	family[cell, i] = $3
	variant[cell, i] = $4
	verdict[cell, i] = $5
	why[cell, i] = $6
	if (!((cell, $3) in worst) || $5 == "fail" || ($5 == "pass" && worst[cell, $3] == "skip"))
		worst[cell, $3] = $5
}

function verdict_of(c) {
	if (c in none) return "none"
	return count[c, "fail"] || !results[c] ? "fail" : count[c, "pass"] ? "pass" : "skip"
}

function words(c,    v) {
	v = verdict_of(c)
	if (v == "none") return none[c] == "not run" ? "not run" : "-"
	if (v == "skip") return "skip"
	if (v == "fail") return "FAIL " count[c, "fail"]
	return "ok " count[c, "pass"] (count[c, "skip"] ? ", skip " count[c, "skip"] : "")
}

# The name of what result @i of a cell is about.
function name(c, i) {
	return variant[c, i] != "-" ? variant[c, i] : family[c, i] != "-" ? family[c, i] : "the cell"
}

function json(text) {
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\"", text)
	gsub(/\037/, "\\n", text)
	gsub(/[\001-\037]/, "?", text)
	return "\"" text "\""
}

function html(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/\037/, "\n", text)
	return text
}

# The first lines of a reason; the page has all of them.
function lines(text,    part, n, i, s) {
	n = split(text, part, "\037")
	for (i = 1; i <= n && i <= 4; i++)
		s = s (i > 1 ? "\n    " : "") part[i]
	return s (n > 4 ? "\n    ..." : "")
}

# A row for each kernel, in printf formats; after the first a line of @rule if given.
function grid(first, other, rule,    k, b) {
	printf first, "kernel"
	for (b = 1; b <= n_builds; b++)
		printf other, builds[b]
	print ""
	if (rule) {
		printf "|%s", rule
		for (b = 1; b <= n_builds; b++)
			printf rule
		print ""
	}
	for (k = 1; k <= n_kernels; k++) {
		printf first, kernels[k]
		for (b = 1; b <= n_builds; b++)
			printf other, words(kernels[k] SUBSEP builds[b])
		print ""
	}
	print ""
}

function as_text(    k, b, c, i, v, cells) {
	grid("%-18s", " %-14s")
	for (b = 1; b <= n_builds; b++)
		printf "%-9s %s\n", builds[b], about[builds[b]]
	print ""
	for (k = 1; k <= n_kernels; k++) for (b = 1; b <= n_builds; b++) {
		c = kernels[k] SUBSEP builds[b]
		v = verdict_of(c)
		cells[v]++
		for (i = 1; i <= results[c]; i++)
			if (verdict[c, i] == "fail" || (v == "skip" && family[c, i] == "-"))
				printf "%s %s/%s: %s: %s\n", verdict[c, i] == "fail" ? "FAIL" : "skip",
					kernels[k], builds[b], name(c, i), lines(why[c, i])
	}
	printf "%d cells passed, %d failed, %d skipped\n", cells["pass"], cells["fail"], cells["skip"]
}

function as_markdown(    b) {
	print ""
	grid("| %s |", " %s |", "---|")
	for (b = 1; b <= n_builds; b++)
		printf "- %s: %s\n", builds[b], about[builds[b]]
	reasons()
	print ""
}

# What is skipped, and why, once for each kernel and reason.
function reasons(    k, b, c, i, n, r, key, at, names, seen) {
	for (k = 1; k <= n_kernels; k++) for (b = 1; b <= n_builds; b++) {
		c = kernels[k] SUBSEP builds[b]
		for (i = 1; i <= results[c]; i++) {
			if (verdict[c, i] != "skip" || why[c, i] == "" || seen[kernels[k], variant[c, i]]++)
				continue
			key = kernels[k] SUBSEP why[c, i]
			if (!(key in names))
				at[++n] = key
			names[key] = names[key] (names[key] == "" ? "" : ", ") \
				(variant[c, i] == "-" ? "all of it" : "`" variant[c, i] "`")
		}
	}
	if (n)
		print "\nSkipped were:\n"
	for (i = 1; i <= n; i++) {
		split(at[i], r, SUBSEP)
		printf "- on %s %s: %s\n", r[1], names[at[i]], r[2]
	}
}

function as_json(    k, b, c, i, comma) {
	printf "{\n  \"builds\": {"
	for (b = 1; b <= n_builds; b++)
		printf "%s\n    %s: %s", (b > 1 ? "," : ""), json(builds[b]), json(about[builds[b]])
	printf "\n  },\n  \"cells\": ["
	for (k = 1; k <= n_kernels; k++) for (b = 1; b <= n_builds; b++) {
		c = kernels[k] SUBSEP builds[b]
		printf "%s\n    {\"kernel\": %s, \"build\": %s, \"verdict\": %s", comma,
			json(kernels[k]), json(builds[b]), json(verdict_of(c))
		comma = ","
		if (c in none) {
			printf ", \"why\": %s}", json(none[c])
			continue
		}
		printf ", \"guest\": %s,\n     \"passed\": %d, \"failed\": %d, \"skipped\": %d, \"results\": [",
			json(info[c]), count[c, "pass"], count[c, "fail"], count[c, "skip"]
		for (i = 1; i <= results[c]; i++) {
			printf "%s\n      {\"family\": %s, \"variant\": %s, \"verdict\": %s", (i > 1 ? "," : ""),
				json(family[c, i]), json(variant[c, i]), json(verdict[c, i])
			if (why[c, i] != "")
				printf ", \"why\": %s", json(why[c, i])
			printf "}"
		}
		printf "]}"
	}
	print "\n  ]\n}"
}

# The families of a cell, each with its variants below it.
function details(c,    i, f) {
	f = ""
	for (i = 1; i <= results[c]; i++) {
		if (family[c, i] != f) {
			if (f != "")
				print "</ul>"
			f = family[c, i]
			printf "<h4 class=%s>%s</h4><ul>\n", worst[c, f], f == "-" ? "the cell" : html(f)
		}
		printf "<li class=%s>%s %s", verdict[c, i], verdict[c, i], html(name(c, i))
		if (why[c, i] != "")
			printf "<pre>%s</pre>", html(why[c, i])
		print "</li>"
	}
	if (f != "")
		print "</ul>"
}

function as_html(    k, b, c) {
	print "<!doctype html>"
	print "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>bpf_evolution: the matrix</title><style>"
	print ":root { color-scheme: light dark }"
	print "body { font: 15px/1.4 system-ui, sans-serif; margin: 2em }"
	print "table { border-collapse: collapse }"
	print "th, td { border: 1px solid #8888; padding: .4em .6em; text-align: left; vertical-align: top }"
	print "td.pass { background: #2a42 } td.fail { background: #d336 } td.skip { background: #cb03 }"
	print "li.fail, h4.fail { color: #d22 } li.skip { opacity: .8 }"
	print "h4 { margin: .6em 0 0 } ul { margin: 0; padding-left: 1.2em }"
	print "pre { margin: 0; white-space: pre-wrap; max-width: 60em }"
	print "summary { cursor: pointer; white-space: nowrap }"
	print "</style></head><body><h1>Kernels, libbpf and bpftool</h1>"
	print "<p>Each cell opens to its families, their variants, and why.</p><table><tr><th>kernel</th>"
	for (b = 1; b <= n_builds; b++)
		printf "<th>%s<br><small>%s</small></th>", html(builds[b]), html(about[builds[b]])
	print "</tr>"
	for (k = 1; k <= n_kernels; k++) {
		printf "<tr><th>%s</th>", html(kernels[k])
		for (b = 1; b <= n_builds; b++) {
			c = kernels[k] SUBSEP builds[b]
			printf "<td class=%s><details><summary>%s</summary>\n", verdict_of(c), words(c)
			printf "<small>%s</small>\n", html(c in none ? none[c] : info[c])
			details(c)
			print "</details></td>"
		}
		print "</tr>"
	}
	print "</table></body></html>"
}

END {
	if (form == "markdown") as_markdown()
	else if (form == "json") as_json()
	else if (form == "html") as_html()
	else as_text()
}
