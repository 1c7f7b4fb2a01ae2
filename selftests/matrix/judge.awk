# SPDX-License-Identifier: GPL-2.0
#
# judge.awk - what no cell can see alone.
#
# A newer kernel has what an older one has.  So a variant that is skipped on one,
# and passes on an older one with the same libbpf and bpftool, has a probe that is
# wrong, unless it names what this kernel was not configured with: "(CONFIG_...)", or
# "CONFIG_... is not set".  So has a cell that is skipped before any variant was asked.
# Reads and writes what collect.awk writes; goes through it twice.

BEGIN {
	FS = OFS = "\t"
	ARGV[ARGC++] = ARGV[1]
}
FNR == 1 { pass++ }

# "Linux 6.12.3-1, ..." as 6012, or "6.12,preempt=full"; an image's name is 0.
function number(release,    part) {
	sub(/^Linux /, "", release)
	split(release, part, /[^0-9]/)
	return part[1] * 1000 + part[2]
}

function passed(build, variant, cell) {
	if ((build, variant) in oldest && oldest[build, variant] <= linux[cell])
		return
	oldest[build, variant] = linux[cell]
	where[build, variant] = release[cell]
}

{ cell = $1 SUBSEP $2 }
pass == 1 && !(cell in linux) {
	linux[cell] = number($1)
	release[cell] = $1
}
pass == 1 && $3 == "-" && $5 == "info" && $1 != "-" {
	linux[cell] = number($6)
	split($6, word, /[ ,]/)
	release[cell] = word[2]
}
pass == 1 && $4 != "-" { asked[cell] }
pass == 1 && $5 == "pass" {
	passed($2, $4, cell)
	passed($2, "-", cell)
}
pass == 2 {
	if ($5 == "skip" && ($4 != "-" || ($3 == "-" && !(cell in asked))) &&
	    ($2, $4) in oldest && $6 !~ /\(CONFIG_[A-Z0-9_]+\)|CONFIG_[A-Z0-9_]+ is not set/ && oldest[$2, $4] < linux[cell]) {
		$5 = "fail"
		$6 = "skipped, but passes on the older " where[$2, $4] ": " $6
	}
	print
}
