# SPDX-License-Identifier: GPL-2.0
#
# collect.awk - what one cell printed, as one line a result.
#
#	awk -v kernel=K -v build=B -v status=N -f collect.awk VARIANTS OUT ERR
#
# VARIANTS has lines "FAMILY VARIANT", OUT is KTAP, ERR is vm.sh's.  Written are
# lines KERNEL BUILD FAMILY VARIANT VERDICT WHY with tabs between; "-" for VARIANT is
# the family, "-" for both the cell.  A cell is not believed: what has no result is a
# failure, and so is an end that does not fit the results.  A cell that is skipped
# before it came to any family is a skip of each.

function row(family, variant, verdict, why) {
	gsub(/\t/, " ", why)
	gsub(/[^ -~\037]/, "?", why)	# a console that crashes says anything
	printf "%s\t%s\t%s\t%s\t%s\t%s\n", kernel, build, family, variant, verdict, why
	count[verdict]++
}

# Lines of a reason have a unit separator between them.
function add(text, line) { return text (text == "" ? "" : "\037") line }

# "ok 3 - name # SKIP why" into result, name and why.
function parse(line) {
	result = line ~ /^ *not / ? "fail" : "pass"
	why = ""
	sub(/^ *(not )?ok [0-9]+ *(- )?/, "", line)
	if (match(line, / *# *[Ss][Kk][Ii][Pp] */)) {
		if (result == "pass")
			result = "skip"
		why = substr(line, RSTART + RLENGTH)
		line = substr(line, 1, RSTART - 1)
	}
	name = line
}

# A family has ended: its variants are now known to have passed or not.
function family_ends(family, result, why,    i, v) {
	seen[family] = ran = 1
	for (i = 1; i <= n; i++) {
		v = variant[i]
		if (result == "skip" && verdict[i] != "fail")
			row(family, v, "skip", verdict[i] == "skip" ? reason[i] : why)
		else
			row(family, v, verdict[i], reason[i])
		given[family, v] = 1
	}
	for (i = 1; i <= known[family]; i++) {
		v = names[family, i]
		if ((family, v) in given)
			continue
		if (!n && result == "skip")
			row(family, v, "skip", why)
		else if (n || result == "pass")
			row(family, v, "fail", "no result")
	}
	n = 0
	if (result == "fail")
		failed = family		# its reasons are before it, or still to come
	else
		said = ""
}

function flush_family() {
	if (failed != "")
		row(failed, "-", "fail", said == "" ? "not ok" : said)
	failed = said = ""
}

{ sub(/\r$/, "") }

FILENAME == ARGV[1] {
	if (!known[$1]++)
		families[++n_families] = $1
	names[$1, known[$1]] = $2
	next
}
FILENAME == ARGV[3] {
	err = add(err, $0)
	last = $0
	if (/^(vm|matrix)\.sh: .*:$/)
		broken = 1
	next
}
failed != "" && !/^# / { flush_family() }
/^# Linux / { row("-", "-", "info", substr($0, 3)); next }
/^1\.\.0 *# *SKIP/ { last_words = $0; sub(/^[^#]*# *SKIP */, "", last_words); next }
/^    # Subtest: / { n = 0; said = ""; next }
/^    # / { said = add(said, substr($0, 7)); next }
/^    (not )?ok [0-9]/ {
	parse($0)
	variant[++n] = name
	verdict[n] = result
	reason[n] = result == "fail" ? said : why
	said = ""
	next
}
/^# / { said = add(said, substr($0, 3)); next }
/^(not )?ok [0-9]/ {
	parse($0)
	family_ends(name, result, why)
}
END {
	flush_family()
	if (last_words == "")
		last_words = last
	skipped = status == 4 && !count["pass"] && !count["fail"]
	if (skipped)
		row("-", "-", "skip", last_words)
	else if (status == 4)
		row("-", "-", "fail", "the status is 4 (skipped), but there are results")
	else if (status == 124 || status == 137)
		row("-", "-", "fail", add("was ended: it took too long", err))
	else if (broken || (status && !count["fail"]))
		row("-", "-", "fail", add("status " status, err))
	for (i = 1; i <= n_families; i++) {
		if (seen[families[i]])
			continue
		if (skipped && !ran)
			row(families[i], "-", "skip", last_words)
		else
			row(families[i], "-", "fail", "no result")
	}
	if (!n_families)
		row("-", "-", "fail", "no families are known")
}
