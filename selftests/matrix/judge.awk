# SPDX-License-Identifier: GPL-2.0
#
# judge.awk - what no cell can see alone.
#
# A newer kernel has what an older one has.  So a variant that is skipped on one,
# and passes on an older one with the same libbpf and bpftool, has a probe that is
# wrong, unless it names what this kernel was not configured with (CONFIG_...).
# Reads and writes what collect.awk writes; goes through it twice.

BEGIN {
	FS = OFS = "\t"
	ARGV[ARGC++] = ARGV[1]
}
FNR == 1 { pass++ }

# "Linux 6.12.3-1, ..." as 6012.
function number(release,    part) {
	sub(/^Linux /, "", release)
	split(release, part, /[^0-9]/)
	return part[1] * 1000 + part[2]
}

pass == 1 && $3 == "-" && $5 == "info" && $1 != "-" {
	linux[$1, $2] = number($6)
	split($6, word, /[ ,]/)
	release[$1, $2] = word[2]
}
pass == 1 && $5 == "pass" && (!(($2, $4) in oldest) || linux[$1, $2] < oldest[$2, $4]) {
	oldest[$2, $4] = linux[$1, $2]
	where[$2, $4] = release[$1, $2]
}
pass == 2 {
	if ($5 == "skip" && $4 != "-" && ($2, $4) in oldest && $6 !~ /CONFIG_[A-Z]/ &&
	    oldest[$2, $4] < linux[$1, $2]) {
		$5 = "fail"
		$6 = "skipped, but passes on the older " where[$2, $4] ": " $6
	}
	print
}
