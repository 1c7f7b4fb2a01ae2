# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# ktap.sh - prints the numbered results of a test that is a shell script, which sources it.
# $tmp is the script's directory for temporary files; $tests is the last number, and
# $failed the exit status.
tests=0 failed=0

# result STATUS NAME [FILE...]: a test; the FILEs, or $tmp/log, say why it failed.
result() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
		return
	fi
	failed=1
	echo "not ok $tests - $2"
	shift 2
	cat "${@:-${tmp-}/log}" 2>/dev/null | tail -n 60 | sed 's/^/# /'
}

# ok NAME COMMAND...: a test that is a command; what it wrote explains a failure.
ok() {
	local name=$1

	shift
	"$@" >"$tmp/log" 2>&1
	result $? "$name"
}

skipped() {	# NAME WHY
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}
