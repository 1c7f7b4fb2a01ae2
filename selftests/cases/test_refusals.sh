#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test_refusals.sh - checks what a variant says when the machine lacks what it needs.
# Each time one thing is taken away, in a mount namespace: the variants that need it
# must end with the right status and line, and leave no cgroup, pin or process; all
# others must run as always.
#
#	OUT=DIR test_refusals.sh	root, a built tree; prints KTAP

. "$(dirname "$0")/../bin.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
. "$(dirname "$0")/../ktap.sh"
. "$(dirname "$0")/check-leaks.sh"

# refused NAME WHO STATUS WORDS SETUP: after the shell commands SETUP, do all variants that
# match WHO end with STATUS and say WORDS, and have the others the same status as before?
refused() {
	local name=$1 who=$2 wanted=$3 words=$4 setup=$5 variant status bad=0

	: >"$tmp/why"
	for variant in "${variants[@]}"; do
		rm -rf "${tmp:?}/bin"
		mkdir "$tmp/bin"
		cp "$bin/$variant" "$bin"/*.sh "$bin"/bpf_* "$bin/${variant%%[.-]*}"*_kern*.o "$tmp/bin"
		env bin="$tmp/bin" "$mark" unshare --mount sh -c "$setup"'
			exec timeout -k 5 300 $run "$bin/$0" -f records -- true' \
			"$variant" >"$tmp/out" 2>"$tmp/err" </dev/null
		status=$?
		# shellcheck disable=SC2053 # a pattern
		if [[ $variant != $who ]]; then
			[[ $status == "${usual[$variant]}" ]] && continue
			echo "$variant: status $status, although it does not need that" >>"$tmp/why"
		else
			# One line, and perhaps lines of libbpf.
			[[ $status == "$wanted" && $(grep -vc '^libbpf' "$tmp/err") == 1 ]] &&
				tail -n 1 "$tmp/err" | grep -q "^$variant: .*$words" && continue
			echo "$variant: status $status" >>"$tmp/why"
		fi
		tail -n 2 "$tmp/err" >>"$tmp/why"
		bad=1
	done
	! left >>"$tmp/why" || bad=1
	result $bad "$name" "$tmp/why"
}

[[ $EUID == 0 ]] && unshare --mount true 2>/dev/null || {
	echo "test_refusals.sh: needs root and mount namespaces" >&2
	exit 4
}
echo "KTAP version 1"

declare -A usual
variants=()
for file in "$bin"/execmon[.-]* "$bin"/trace_output[.-]* "$bin"/file_opens-storage.skel; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	timeout -k 5 300 "$file" -f records -- true >"$tmp/out" 2>"$tmp/err" </dev/null
	usual[$variant]=$?
	# A variant that never runs here takes part only in the first tests.
	[[ ${usual[$variant]} == 0 ]] && able+=("$variant")
	variants+=("$variant")
done
# shellcheck disable=SC2154 # set above, if any
[[ ${#able[@]} -gt 0 ]] || {
	echo "1..0 # SKIP no variant can run here: $(tail -n 1 "$tmp/err")"
	exit 4
}

# shellcheck disable=SC2016 # for the shell in the namespace
{
	# What every variant checks first.
	other='setpriv --reuid 65534 --clear-groups'
	if $other true 2>"$tmp/err"; then
		run=$other \
			refused "not root" '*' 4 "takes root" 'export run; chmod 755 "$bin" "${bin%/*}";'
	else
		skipped "not root" "no other user can run a program here: $(tail -n 1 "$tmp/err")"
	fi
	# The kernel answers EPERM to all of these; the variant must say what forbids it.
	for drop in bpf perfmon; do
		run="setpriv --bounding-set=-sys_admin,-$drop" \
			refused "without CAP_${drop^^}" '*' 4 "CAP_${drop^^} is missing" 'export run;'
	done
	run='setpriv --bounding-set=-all --inh-caps=-all' \
		refused "without any capability" '*' 4 "CAP_BPF and CAP_PERFMON are missing" 'export run;'
	run='unshare --user --map-root-user' \
		refused "in a user namespace" '*' 4 "in a user namespace root may not" 'export run;'
	for answer in 1 38 kill; do
		run="$bin/forbid bpf $answer --" \
			refused "a seccomp filter that answers $answer" '*' 4 "a seccomp filter forbids bpf(2)" \
			'export run;'
	done
	for answer in 1 kill; do
		run="$bin/forbid perf_event_open $answer --" \
			refused "a seccomp filter that answers perf events with $answer" '*' 4 \
			"a seccomp filter forbids perf_event_open(2)" 'export run;'
	done
	refused "too few files may be open" '*' 1 "ulimit -n" 'ulimit -n 48;'
	refused "hardly any files may be open" '*' 1 "ulimit -n" 'ulimit -n 8;'
	refused "no /proc" '*' 4 "no /proc" 'umount -l /proc;'
	refused "a /proc with processes only is enough" - 4 "" \
		'mount -t proc -o subset=pid proc /proc;'
	refused "no /sys" '*' 4 "/sys is \(not \)\?mounted" 'umount -l -R /sys;'
	kprobes='+(trace_output*)'
	shopt -s extglob
	# On a kernel without kprobes SETUP does nothing.
	refused "no kprobes" "$kprobes" 4 "no kprobes in kernel" \
		'for at in /sys/bus/event_source/devices/kprobe /sys/kernel/tracing/events/kprobes; do
			[ ! -d $at ] || mount -t tmpfs none $at; done;'

	variants=("${able[@]}")
	run='setpriv --bounding-set=-sys_admin' \
		refused "no tracefs, and no right to mount it" '!(*.skel)' 4 \
		'\(no tracefs is mounted\|cannot make a mount namespace\)' \
		'export run; for at in /sys/kernel/tracing /sys/kernel/debug; do umount -l $at; done 2>/dev/null;'
	refused "no cgroup2" '*' 4 "no cgroup2 is mounted" \
		'umount -l -a -t cgroup2;'
	refused "a cgroup2 that may not be written to" '*' 4 \
		"cannot make the cgroup $tmp/bin/ro/.*: Read-only file system (in a container" \
		'umount -l -a -t cgroup2; mkdir "$bin/ro"; mount -t cgroup2 none "$bin/ro";
		mount -o remount,bind,ro "$bin/ro";'
	run='setpriv --bounding-set=-dac_override --inh-caps=-dac_override' \
		refused "without CAP_DAC_OVERRIDE" '*' 4 \
		"cannot make the cgroup .*: Permission denied (it takes CAP_DAC_OVERRIDE" 'export run;'
	run='setpriv --bounding-set=-sys_chroot --inh-caps=-sys_chroot' \
		refused "CAP_SYS_CHROOT is not needed" - 4 "" 'export run;'
	refused "a /sys without CPUs" '*' 4 "no /sys is mounted" 'mount -t tmpfs none /sys/devices;'
	refused "no BTF" '@(execmon*|*.skel)' 4 "no /sys/kernel/btf/vmlinux" \
		'mount -t tmpfs none /sys/kernel/btf;'
	refused "a BTF that is all zeros" '@(execmon*|*.skel)' 1 '[Bb][Tt][Ff]' \
		'mount -t tmpfs none /sys/kernel/btf; head -c 4096 /dev/zero >/sys/kernel/btf/vmlinux;'
	refused "a BTF cut short" '@(execmon*|*.skel)' 1 '[Bb][Tt][Ff].*\(: Invalid argument\|cut short\)' \
		'head -c 4096 /sys/kernel/btf/vmlinux >"$bin/btf"; mount -t tmpfs none /sys/kernel/btf;
		cp "$bin/btf" /sys/kernel/btf/vmlinux;'
	refused "no bpffs" '*.bpftool' 4 "/sys/fs/bpf is missing" \
		'mkdir "$bin/fs" "$bin/fs/cgroup"; mount --rbind /sys/fs/cgroup "$bin/fs/cgroup";
		mount --rbind "$bin/fs" /sys/fs;'
	refused "no bpftool" '*.bpftool' 4 "there is no /nowhere/bpftool" 'export BPFTOOL=/nowhere/bpftool;'
	refused "a bpftool that fails" '*.bpftool' 4 "/bin/false does not work" 'export BPFTOOL=/bin/false;'
	killed='printf "%s\n" "#!/bin/bash" "case \"\$*\" in *$at*) kill -KILL \$\$ ;; esac" \
		"exec ${BPFTOOL:-bpftool} \"\$@\"" >"$bin/killed"; chmod 755 "$bin/killed"
		export BPFTOOL=$bin/killed;'
	for at in load event_pipe; do
		refused "a bpftool that is killed at $at" '*.bpftool' 1 "ended by signal 9 (Killed)" \
			"at=$at; $killed"
	done
	refused "no object" '!(*.skel|*-insns.raw)' 1 "_kern" 'rm "$bin"/*_kern*.o;'
	refused "an object cut short" '!(*.skel|*-insns.raw)' 1 "_kern" \
		'for o in "$bin"/*_kern*.o; do head -c 700 "$o" >"$bin/cut"; mv "$bin/cut" "$o"; done;'
	refused "an object with other programs" '*.libbpf*' 1 "there is no program tracepoint/" \
		'LC_ALL=C sed -i s/sched_process_exec/sched_process_exeX/ "$bin"/*_kern*.o;'
	refused "an object of another kind" '!(*.skel|*-insns.raw)' 1 "_kern" \
		'for o in "$bin"/*_kern*.o; do cp --remove-destination /bin/true "$o"; done;'
}
# The runner says the same, once, and skips.
while IFS='|' read -r how words; do
	# shellcheck disable=SC2086 # several words
	$how "$bin/equiv" -f ktap execmon >"$tmp/out" 2>&1 </dev/null
	[[ $? == 4 && $(tail -n 1 "$tmp/out") == *"# SKIP "*"$words"* ]]
	result $? "equiv: $words" "$tmp/out"
done <<END
setpriv --bounding-set=-sys_admin,-bpf|CAP_BPF is missing
setpriv --bounding-set=-sys_admin,-perfmon|CAP_SYS_ADMIN
$bin/forbid bpf --|a seccomp filter forbids bpf(2)
$bin/forbid bpf kill --|a seccomp filter forbids bpf(2)
$bin/forbid perf_event_open --|a seccomp filter forbids perf_event_open(2)
unshare --user --map-root-user|in a user namespace
END
for file in "$bin"/map_crud[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	setpriv --bounding-set=-sys_admin,-bpf "$file" >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 4 && $(<"$tmp/err") == "$variant: CAP_BPF is missing"* ]]
	result $? "$variant: without CAP_BPF" "$tmp/err"
done
for file in "$bin"/map_crud[.-]*; do
	variant=${file##*/}
	case $variant in *.workload | *.o) continue ;; esac
	"$file" -- touch "$tmp/touched" >"$tmp/out" 2>"$tmp/err" </dev/null
	[[ $? == 1 && ! -e $tmp/touched && $(<"$tmp/err") == "$variant: it observes nobody"* &&
		! $("$file" -h) =~ COMMAND ]]
	result $? "$variant: refuses a COMMAND, since it observes no process" "$tmp/err"
done
echo "1..$tests"
exit $failed
