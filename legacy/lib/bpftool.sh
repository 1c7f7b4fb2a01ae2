# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bpftool.sh - what the variants at the bpftool stage have in common: the part
# of samples/lib/observe.h and report.h that a shell needs, around bpftool.
#
# Pins outlive the process that made them, and bash cannot clean up after a
# SIGKILL.  So everything happens in a mount namespace of its own: the bpffs
# with the pins, the tmpfs with FIFOs and error messages, tracefs where there is
# none.  They go when the last process in there goes, and all of those die with
# this shell.  COMMAND is started outside again.
#
# The trap: `bpftool map event_pipe` drops what is still in its rings when it is
# told to stop.  Before that, wait for as many records as the program sent.
#
# Used as `. "$(dirname "$(readlink -f "$0")")/bpftool.sh" || exit 1`; little endian
# only.

trap 'echo "${0##*/}: ended by a signal before it began" >&2; exit 1' INT TERM HUP QUIT
# The first four: see stand_before().  Of a helper that one of the others ended, bash would
# say so, were they not in a trap; bpf_child takes care of that helpers do not ignore them.
[[ ! ${worker_of-} ]] || trap '' INT TERM HUP QUIT ABRT ALRM BUS FPE ILL KILL SEGV SYS TRAP USR2 XCPU

# What the environment has is for COMMAND, which bpf_child gives it.  `bash -p` takes no
# functions and options from there; but variables steer bash, awk and this script, too.
kept=(PATH BPFTOOL LD_LIBRARY_PATH LD_PRELOAD TZ WRITE_COUNT_LARGEST
	ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS)
export -n BASH_XTRACEFD		# bash closes it when that is unset
for name in $(compgen -e); do
	[[ " ${kept[*]} " == *" $name "* ]] || unset -v "$name"
done 2>/dev/null
export LC_ALL=C
BASH_COMPAT=
PWD=/				# else bash asks for it for each job, and it may be removed
set +o posix
shopt -s globstar nullglob
shopt -u inherit_errexit

# What is opened from here on must not become what was closed; bash itself may have
# opened the script as the second.
name=${0##*/} no_bpftool=
{ : 3<&0; } 2>/dev/null || exec </dev/null
{ : 3>&2; } || exec 2>/dev/null
[[ ! /proc/self/fd/2 -ef $0 ]] || exec 2>/dev/null
{ : 3>&1; } 2>/dev/null || { echo "$name: stdout is closed" >&2; exit 1; }

beside=${BASH_SOURCE[0]%/*}
# In a kernel tree it is that of the tree, beside this.
bpftool=$(sh "$beside/find_bpftool.sh" "$beside" 2>&1) || no_bpftool=$bpftool
bpftool=${bpftool##*$'\n'}	# before it, a shell may complain
scratch=/sys/fs/bpf	# a tmpfs, as seen in here
pins=$scratch/pins	# a bpffs
maps=$pins/maps
limit=120		# seconds until something that should come is given up
no_process="cannot start another process: too many of them (ulimit -u, pids.max), or no memory"

interval=3 top=20 format=table cgroup='' control='' verbose=''
ended='' failed='' own_cgroup='' command_pid='' pipe_pid=0 decoder_pid=''
seen=0 sent=0 lost=0 missed=0 pages=0 oom_before=0
uncounted=0 unprocessed=0 unnamed=0 unpaired=0 unkept=0
error=0 count_error=0 process_error=0 name_error=0
counters=(sent lost error)	# the members of `stats`: of those above
per_cpu=()
: "${about=}" "${nobody=}" "${eager=}" "${silent=}" "${rates=}" "${page=}"	# the variant's own

say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() { say "$@"; exit 1; }
fail() { say "$@"; failed=1; }
skip() { say "$@"; exit 4; }

# Is this the exit STATUS of one that a signal has ended?  bpftool has 255 of its own.
signalled() { (($1 > 128 && $1 <= 128 + 64)); }

# Says which signal has ended WHAT, by its exit STATUS.
killed() { say "$1 was ended by signal $(($2 - 128))$(out_of_memory)"; }

# The end, as stdout takes no more: the STATUS of what wrote to it, and WHY it says it
# failed.  A reader that has gone away, as in `X | head -1`, is told nothing: that not
# all was shown it knows.
cannot_write() {
	local why=${2%%$'\n'*}

	(($1 != 141)) && [[ $2 != *"Broken pipe"* ]] || exit 1
	! signalled "$1" || { killed "what writes to stdout" "$1"; exit 1; }
	[[ $why =~ \(([A-Z][^\(\)]*)\) ]] && why=${BASH_REMATCH[1]}
	die "cannot write to stdout: ${why##*: }"
}

# Seconds that no `date -s` changes, in $clock, and hundredths in $hundredths.  bash's
# own SECONDS and EPOCHREALTIME are those of the wall's clock.
tell_clock() {
	read -r clock _ </proc/uptime
	hundredths=${clock/./}
	clock=${clock%.*}
}

# ---- options ------------------------------------------------------------------

usage() {
	echo "Usage: $name [options]"
	[[ $nobody ]] || echo "       $name [options] -- COMMAND [ARGS]"
	printf '\n%s\n\n' "$about"
	if [[ $nobody ]]; then
		printf 'Observes nobody, and ends when all is done.\n\n'
	else
		cat <<-EOF
		Observes everybody until ^C, or COMMAND and its descendants only.

		  -i, --interval=SECONDS  between two live reports (default $interval)
		  -n, --top=ROWS          of a table, 0 for all (default $top)
		  -c, --cgroup=DIR        observe the tasks below this cgroup
		EOF
	fi
	cat <<-EOF
	  -f, --format=FORMAT     table, records (a fact a line) or json
	  -j, --json              the same as --format=json
	      --control=FD        talk to a runner on FD (see samples/lib/observe.h)
	  -v, --verbose           each record, and bpftool's own messages
	  -h, --help              this text

	BPFTOOL names the bpftool to use (now: $bpftool).
	Exit status: 0 done, 1 failed or lost records, 4 cannot run here.
	EOF
}

number() {
	if [[ ! $2 =~ ^[0-9]{1,7}$ ]] || ((10#$2 < $3 || 10#$2 > 1000000)); then
		die "$1: '$2' is not a number from $3 to 1000000"
	fi
}

parse_options() {
	local OPTIND=1 OPTARG option value why

	while getopts :i:n:f:c:jvh-: option; do
		value=$OPTARG
		if [[ $option == - ]]; then
			option=${OPTARG%%=*}
			if [[ $OPTARG == *=* ]]; then
				value=${OPTARG#*=}
			elif [[ $option =~ ^(interval|top|format|cgroup|control)$ ]]; then
				value=${!OPTIND}
				OPTIND=$((OPTIND + 1))
			fi
		fi
		case $option in
		i|interval)
			number --interval "$value" 1
			interval=$value ;;
		n|top)
			number --top "$value" 0
			top=$value ;;
		f|format)
			[[ $value =~ ^(table|records|json)$ ]] ||
				die "--format: '$value' is none of table, records, json"
			format=$value ;;
		j|json)
			format=json ;;
		c|cgroup)
			[[ $value ]] || die "cannot open the cgroup : No such file or directory"
			cgroup=$value ;;
		control)
			number --control "$value" 0
			[[ -e /proc/self/fd/$value ]] ||
				die "--control: $value is not an open descriptor"
			control=$value ;;
		v|verbose)
			verbose=1 ;;
		h|help)
			{ why=$(usage 2>&1 >&3); } 3>&1 && exit 0
			cannot_write $? "$why" ;;
		*)
			die "there is no option '${OPTARG:-$option}', or it lacks its value: try -h" ;;
		esac
	done
	command=("${@:OPTIND}")
	[[ ${#command[@]} == 0 || ${*:OPTIND-1:1} == -- ]] ||
		die "'${command[0]}' is not an option; a command goes after --"
	[[ ${#command[@]} == 0 || ! $nobody ]] ||
		die "it observes nobody: a command would change nothing"
	[[ ${#command[@]} == 0 || ! $cgroup ]] ||
		die "either --cgroup or a command, not both"
}

# ---- processes ------------------------------------------------------------------

# `read` with a limit: `timed_read SECONDS FD NAME`.  bash looks twice what time it is, and
# would wait for an hour if somebody sets the clock back by one between; in its POSIX mode it
# takes an alarm instead.
timed_read() {
	local status

	set -o posix
	read -rt "$1" -u "$2" "$3"
	status=$?
	set +o posix
	return $status
}

# Waits a moment; a signal ends it: see stand_before().  If the time is over while
# bash reads the line, it has the word, but says that it timed out.
pause() {
	local word=

	timed_read "${1:-0.01}" "$quiet" word
	[[ ! $word ]] || ended=1
}

# Reads a line from the descriptor FD, in $line, if it comes within `limit` seconds, and
# before the process WHOSE ends, if that is given: `hear FD [WHOSE]`.  When the time is
# over bash leaves half a line.
hear() {
	local part deadline

	line=
	tell_clock
	deadline=$((clock + limit))
	until timed_read 0.5 "$1" part; do
		(($? > 128)) || return 1	# the other end is closed
		line+=$part
		tell_clock
		((clock < deadline)) || return 1
		[[ ! ${2-} ]] || kill -0 "$2" 2>/dev/null || read -rt 0 -u "$1" || return 1
	done
	line+=$part
}

# Becomes a program that dies with this shell, however that dies, and that a ^C
# on the terminal does not reach.  For `helper ... &`, pipes and $().
helper() { exec "$beside/bpf_child" run $$ "$@"; }

# The same for what writes to stdout: no file gets larger than the user has said.
shower() { exec "$beside/bpf_child" show $$ "$front" "$@"; }

# Writes a FILE to stdout.
show_file() {
	shower cat "$1" <&0 2>$scratch/shown &
	wait $! || cannot_write $? "$(<$scratch/shown)"
}

# Runs such a program, and waits for its end.
child() {
	helper "$@" <&0 &
	wait $! 2>/dev/null	# the shell's word on a killed one is not that one's
}

# The end of all, if a COMMAND that ended with STATUS was killed: what it wrote is not all.
not_killed() { ! signalled "$2" || { killed "${1##*/}" "$2"; exit 1; }; }

# Runs a program without whose work the rest would be wrong.
must() {
	local status

	child "$@" && return
	status=$?
	not_killed "$1" $status
	die "${1##*/} has failed, with status $status"
}

# How many lines a FILE has, in $lines.
count_lines() {
	must wc -l <"$1" >$scratch/lines
	read -r lines <$scratch/lines
}

# What bpftool, which ended with STATUS, complained of: its own error, or else the last
# thing said; with -j it is said on stdout.
reason() {
	local line last=

	while IFS= read -r line; do
		[[ $line ]] && last=$line
		[[ $line == Error:* ]] && break
	done <"$scratch/err"
	[[ $last || ! $(<"$scratch/out") =~ \"error\":\"([^\"]*) ]] || last=${BASH_REMATCH[1]}
	if [[ ! $last ]] && signalled "${1-0}"; then
		last="it was ended by signal $(($1 - 128)), and said nothing$(out_of_memory)"
	elif [[ ! $last ]]; then
		last="it said nothing, and ended with status ${1-unknown}"
	fi
	printf '%s' "${last#Error: }"
}

# Says so, if the kernel has killed anybody for lack of memory since this began.
oom_kills() {
	local key

	oom=0
	while read -r key oom; do
		[[ $key != oom_kill ]] || return 0
	done </proc/vmstat
	oom=0
}

out_of_memory() {
	oom_kills
	((oom == oom_before)) || echo ": the kernel has killed for lack of memory meanwhile (oom_kill in /proc/vmstat)"
}

# Runs bpftool, with its output in $scratch/out.
run_bpftool() {
	local status

	child "$bpftool" "$@" >"$scratch/out" 2>"$scratch/err" && return
	status=$?
	child cat "$scratch/err" >&2
	die "bpftool $*: $(reason $status)"
}

# A __u32 as the bytes that bpftool takes.
u32() { echo $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }

# ---- cgroups: see samples/lib/cgroup.h --------------------------------------------

# Removes a cgroup and those below it; their tasks move to $2, or are killed.
remove_cgroup() {
	local deadline dirs i pid killed=

	tell_clock
	deadline=$((clock + limit))
	# Since 5.14.  Before that by numbers, which may be others' a moment later.
	[[ $2 ]] || { echo 1 >"$1/cgroup.kill" && killed=1; } 2>/dev/null
	while [[ -d $1 ]]; do
		dirs=("$1"/**/)
		for ((i = ${#dirs[@]} - 1; i >= 0; i--)); do
			while read -r pid; do
				if [[ $2 ]]; then
					echo "$pid" >"$2/cgroup.procs"
				elif [[ ! $killed ]]; then
					kill -KILL "$pid"
				fi
			done <"${dirs[i]}/cgroup.procs"
			rmdir "${dirs[i]}"
		done 2>/dev/null
		[[ -d $1 ]] || break
		tell_clock
		((clock < deadline)) || return 1
		pause
	done
}

# Of several the best to make a cgroup in: it can be written, and shows all of the
# hierarchy.  Some are hidden below another mount.
find_cgroup2() {
	local line fields at score best=-1

	cgroup2=
	while read -r line; do
		read -ra fields <<<"$line"
		[[ $line == *' - cgroup2 '* ]] || continue
		# Spaces and a few other characters stand there in octal, as \040.
		# shellcheck disable=SC2059
		printf -v at "${fields[4]//%/%%}"
		[[ -e $at/cgroup.controllers ]] || continue
		score=0
		[[ ! -w $at ]] || score=2
		[[ ${fields[3]} != / ]] || score=$((score + 1))
		((score > best)) || continue
		best=$score cgroup2=$at
	done </proc/self/mountinfo
}

# Is the process dead, or has a SIGKILL that it has not yet noticed?
dying() {
	local stat fields

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	read -ra fields <<<"${stat##*) }"
	# 4 is PF_EXITING, and the last is what is pending.
	[[ ${fields[0]} == [ZX] ]] || ((fields[6] & 4 || fields[28] & 1 << 8))
}

# Removes what somebody left who was killed: who lives has a lock on it.  So has, until it
# notices that it is to die, a child that a bash had just started: that is waited for.
sweep() {
	local dir left owner

	for dir in "$cgroup2"/bpf_evolution.*.lock-*; do
		{ exec {left}<"$dir"; } 2>/dev/null || continue
		owner=${dir##*/bpf_evolution.}
		{ flock -n "$left" || { dying "${owner%%.*}" && flock -w 3 "$left"; }; } &&
			remove_cgroup "$dir"
		exec {left}<&-
	done
}

# mkdir(1) has said why.
no_cgroup() {
	local why

	why=$(reason)
	why="cannot make the cgroup $own_cgroup: ${why##*: }"
	case $why in
	*'Permission denied')
		skip "$why (it takes CAP_DAC_OVERRIDE, which root has lost here, or a security module forbids it)" ;;
	*'not permitted' | *'Read-only file system')
		skip "$why (in a container it takes a cgroup2 that may be written to)" ;;
	esac
	die "$why"
}

# Makes the cgroup of COMMAND, with the lock that says that its owner lives.  Until it is
# locked, somebody may take it for one that was left.
make_cgroup() {
	local tries

	must mkfifo "$scratch/guard"
	exec {guard}<>"$scratch/guard"
	# What COMMAND has started dies with this shell, too: then nobody holds the FIFO.
	{
		while IFS= read -rd '' cgroup; do own_cgroup=$cgroup; done
		[[ ! $own_cgroup ]] || remove_cgroup "$own_cgroup"
	} <"$scratch/guard" >/dev/null 2>&1 {guard}>&- {events}>&- &
	disown
	for ((tries = 0; ; tries++)); do
		own_cgroup=$cgroup2/bpf_evolution.$$.lock-$RANDOM$RANDOM
		printf '%s\0' "$own_cgroup" >&"$guard"
		mkdir "$own_cgroup" 2>"$scratch/err" || no_cgroup
		if { exec {lock}<"$own_cgroup"; } 2>/dev/null; then
			flock -n "$lock" && [[ -d $own_cgroup ]] && break
			exec {lock}<&-
		fi
		rmdir "$own_cgroup" 2>/dev/null
		((tries < 100)) || die "cannot make a cgroup: others remove what it has made"
	done
	cgroup=$own_cgroup
}

# Starts COMMAND, held and in a cgroup of its own, in all else as the user has it.
hold_command() {
	local hold

	[[ $cgroup2 ]] || skip "no cgroup2 is mounted (mount -t cgroup2 none /sys/fs/cgroup)"
	make_cgroup
	must mkfifo "$scratch/hold"
	exec {hold}<>"$scratch/hold"
	(
		exec {quiet}<&- {events}>&- {guard}>&- {lock}<&-
		[[ ! $control ]] || exec {control}<&-
		exec -a "$name" "$beside/bpf_child" hold $$ "$front" "$no_sigchld" "$own_cgroup" \
			"$hold" "$replies" "$@"
	) <&0 &
	command_pid=$!
	# None of its calls may still be on its way when the program is attached.
	hear "$replies" || die "the command could not be prepared"
	[[ $line != 'cannot go back '*'not permitted' ]] || skip "$line (it takes CAP_SYS_CHROOT)"
	[[ $line == held ]] || die "$line"
	release=$hold
}

# Ends COMMAND, and returns when it is gone.
end_command() {
	kill -USR1 "$command_pid"
	while kill -0 "$command_pid"; do
		pause
	done
} 2>/dev/null

# ---- the start --------------------------------------------------------------------

on_exit() {
	local status=$?

	# What dies here is no news.
	trap '' USR1
	exec {stderr}>&2 2>/dev/null
	[[ ! $command_pid ]] || end_command
	# shellcheck disable=SC2046
	kill -KILL $(jobs -p)
	if [[ $own_cgroup ]] && ! remove_cgroup "$own_cgroup" "$cgroup2"; then
		say "cannot remove $own_cgroup; the next start will" 2>&"$stderr"
	fi
	exit $status
}

# What it takes to run at all.
look_around() {
	local tool why

	((EUID == 0)) || skip "loading and attaching BPF programs takes root: try sudo"
	[[ -e /proc/self/exe ]] || skip "no /proc is mounted (mount -t proc proc /proc)"
	[[ -r /proc/uptime ]] || skip "/proc shows processes only: mount it without subset=pid"
	[[ -r /sys/devices/system/cpu/possible ]] || skip "no /sys is mounted (mount -t sysfs sysfs /sys)"
	why=$(readlink /proc/self/ns/pid) || not_killed readlink $?
	[[ $why == 'pid:[4026531836]' ]] ||
		skip "in a pid namespace BPF would see other pids than you"
	[[ -x $beside/bpf_permitted ]] || die "cannot run $beside/bpf_permitted: build it with make"
	# shellcheck disable=SC2086 # nothing, or one word
	why=$("$beside/bpf_permitted" ${nobody:+maps}) || {
		not_killed bpf_permitted $?
		skip "$why"
	}
	# The search for it is a shell's.
	[[ $no_bpftool != *@('annot fork'|'fork: ')* ]] || die "$no_process"
	[[ ! $no_bpftool ]] || skip "$bpftool (package bpftool, or linux-tools-generic)"
	for tool in awk env flock mkfifo mount setpriv stdbuf unshare; do
		[[ $(command -v $tool) ]] ||
			skip "there is no $tool (packages util-linux, coreutils, mawk)"
	done
	unshare --mount --propagation unchanged true 2>/dev/null ||
		skip "cannot make a mount namespace: in a container it takes CAP_SYS_ADMIN"
}

# Who asks again, and not at once, does not want to wait for the last table.
on_signal() {
	tell_clock
	[[ ! $ended ]] || ((clock < ended + 2)) || kill -KILL "$worker"
	: "${ended:=$clock}"
	echo end >&"$tell"
} 2>/dev/null

# bash forgets a SIGINT that comes while it waits for a program, and cannot run a
# trap while it reads a $(); a ^C would hit bpftool as well.  So a child does the
# work and is deaf to signals; what was started only waits for it, and writes a line
# to it when there is one.  Another child waits until nobody reads stdout any more.
# No trap gets a signal that was ignored at the start, so env(1) sets those that the
# worker needs.
stand_before() {
	local stdin stdout worker watch status variable files script=$0 environment=() no_sigchld=0

	# Before descriptors are opened: without them bash goes on, and waits for ever.
	files=$(ulimit -n)
	[[ $files == unlimited ]] || ((files >= 256)) || die "too few files may be open: ulimit -n 256"
	[[ -x $beside/bpf_child ]] || die "cannot run $beside/bpf_child: build it with make"
	[[ $0 == */* ]] || script=./$0
	[[ ! $(trap -p CHLD) ]] || no_sigchld=1
	for variable in "${kept[@]}"; do
		[[ ! ${!variable+set} ]] || environment+=("$variable=${!variable}")
	done
	exec {stdin}<&0 {stdout}>&1
	coproc WORKER {
		trap '' INT TERM HUP QUIT
		exec {quiet}<&0 0<&"$stdin" 1>&"$stdout" {stdin}<&- {stdout}>&-
		look_around
		# One that is removed has no name, and nothing in it.  COMMAND is started there.
		{ pwd -P >/dev/null || cd /; } 2>/dev/null
		# shellcheck disable=SC2016
		exec setpriv --pdeathsig KILL unshare --mount --propagation unchanged \
			env -i --default-signal=TERM,PIPE,CHLD,USR1 "${environment[@]}" "$BASH" -p -c \
			'worker_of=$1 quiet=$2 no_sigchld=$3 script=$4; shift 4; . "$script"' \
			"$0" $$ "$quiet" $no_sigchld "$script" "$@"
	}
	worker=${WORKER_PID-} tell=${WORKER[1]-}
	[[ $worker ]] || die "$no_process"
	trap on_signal INT TERM HUP QUIT
	exec {stdin}<&- {stdout}>&-
	"$beside/bpf_child" gone $$ <&0 &
	watch=$!
	# A worker that had ended before is none that bash waits for.
	while kill -0 "$worker" && kill -0 "$watch"; do
		# One of them has come to its end, or there was a signal.
		wait -n "$worker" "$watch"
		# What the runner has begun is not finished here.
		[[ ! $ended || ! $control ]] || die "ended by a signal" 2>&"$stderr"
	done {stderr}>&2 2>/dev/null
	if kill -USR1 "$worker" 2>/dev/null; then
		wait "$worker" 2>/dev/null
		wait "$watch" 2>/dev/null || killed bpf_child $?
		exit 1
	fi
	wait "$worker" 2>/dev/null
	status=$?
	((status != 254)) || die "$no_process"
	! signalled $status || die "ended by signal $((status - 128))$(out_of_memory)"
	exit $status
}

observe_init() {
	local mounted high why

	parse_options "$@"
	oom_kills 2>/dev/null	# without /proc it is said later
	oom_before=$oom
	[[ ${worker_of-} ]] || stand_before "$@"
	[[ $PPID == "$worker_of" ]] || exit 1
	front=$worker_of
	trap 'exit 1' USR1	# nobody reads stdout any more
	# A file that is too large is an error of write(2), and those in here are none.
	trap '' XFSZ
	ulimit -f unlimited 2>/dev/null || ulimit -S -f hard
	# Helpers have no descriptors above 9; the runner should not wait for them.
	[[ ! $control ]] || { exec {high}<&"$control" {control}<&- && control=$high; }

	# What is mounted below /sys from here on is seen by nobody else.
	child mount --make-rslave /sys 2>/dev/null || {
		not_killed mount $?
		skip "/sys is not mounted"
	}
	[[ -d $scratch ]] || skip "$scratch is missing: no sysfs, or no BPF in this kernel"
	child mount -t tmpfs -o mode=700 none $scratch || {
		not_killed mount $?
		die "cannot mount a tmpfs on $scratch"
	}
	must mkdir $pins
	child mount -t bpf none $pins || {
		not_killed mount $?
		skip "cannot mount a bpffs (CONFIG_BPF_SYSCALL)"
	}
	for mounted in tracefs:tracing debugfs:debug; do
		[[ -e /sys/kernel/tracing/events && $mounted == tracefs* ]] ||
			[[ -e /sys/kernel/debug/tracing && $mounted == debugfs* ]] ||
			child mount -t "${mounted%:*}" none "/sys/kernel/${mounted#*:}" 2>/dev/null
	done
	must mkfifo $scratch/{events,replies}
	exec {events}<>$scratch/events {replies}<>$scratch/replies

	trap on_exit EXIT
	trap : PIPE
	find_cgroup2
	sweep
	if [[ $cgroup ]]; then
		ls -d -- "${cgroup%/}/." >$scratch/out 2>$scratch/err || {
			why=$(reason)
			die "cannot open the cgroup $cgroup: ${why##*: }"
		}
		[[ -e $cgroup/cgroup.controllers ]] || die "$cgroup is not a cgroup2 directory"
	elif ((${#command[@]})); then
		hold_command "${command[@]}"
	fi
}

# Loads STEM_kern.o: the program to $pins/prog, or with `load STEM loadall` each to
# $pins/progs; its maps below $maps.  Whether this bpftool takes SEC("maps") nobody
# can tell but itself.
load() {
	local to=$pins/prog${2:+s} status

	prog=(pinned "$to")
	for object in "$beside/$1_kern.o" "$beside/$1_kern.btf.o"; do
		[[ -r $object ]] || die "cannot read $object: build it with make"
		child "$bpftool" prog "${2:-load}" "$object" "$to" pinmaps $maps \
			>"$scratch/out" 2>"$scratch/err" && {
			[[ ! $verbose ]] || say "loaded ${object##*/}"
			return
		}
		status=$?
		[[ ! $verbose ]] || child cat "$scratch/err" >&2
		must rm -rf "$to" $maps
	done
	[[ ! $(declare -F refused) ]] || refused	# the variant may know why
	# The verifier says why in many lines; others in the first of libbpf's.
	[[ $verbose || ! $(<"$scratch/err") =~ BEGIN.*LOG ]] || child cat "$scratch/err" >&2
	[[ $(<"$scratch/err") =~ ^libbpf:\ ([^$'\n']*) ]] ||
		die "cannot load ${object##*/}: $(reason $status)"
	die "cannot load ${object##*/}: ${BASH_REMATCH[1]}"
}

# Fills the maps of legacy/lib/observed.h.
observe_whom() {
	local by_cgroup=0 compat_at=0 compat_bit=0 major minor

	if [[ $cgroup ]]; then
		by_cgroup=1
		# bpftool has no word for a cgroup: a descriptor of ours is one.
		run_bpftool map update pinned $maps/observed_cgroup key 0 0 0 0 value 9 0 0 0 \
			9<"$cgroup"
	fi
	# As observed_compat() in observed.h.
	IFS=.- read -r major minor _ </proc/sys/kernel/osrelease
	case $HOSTTYPE in
	x86_64) compat_at=$((major * 1000 + minor < 5011 ? 8 : 16)) compat_bit=2 ;;
	aarch64) compat_bit=$((1 << 22)) ;;
	riscv64) compat_bit=$((1 << 11)) ;;
	esac
	# shellcheck disable=SC2046
	run_bpftool map update pinned $maps/observed key 0 0 0 0 \
		value $(u32 $by_cgroup) $(u32 $((pipe_pid ? pipe_pid : $$))) \
		$(u32 $compat_at) $(u32 $compat_bit)
}

# ---- records ------------------------------------------------------------------------

# What the awk programs here and in the variants share: the number in LEN bytes from
# byte AT on of a row (see `row` below), and a number with the last of the COUNT units
# that fits, each BASE times the one before.
# shellcheck disable=SC2016
numbers='
BEGIN {
	for (i = 0; i < 256; i++)
		byte[sprintf("%02x", i)] = i
	split("B KiB MiB GiB TiB", size_units)
	split("ns us ms s", time_units)
}

function number(at, len,    i, n)
{
	n = 0
	for (i = at + len + 1; i > at + 1; i--)
		n = n * 256 + byte[$i]
	return n
}

function with_unit(n, base, unit, count,    i)
{
	for (i = 1; n >= base && i < count; i++)
		n /= base
	return sprintf(n == int(n) || n >= 100 ? "%.0f%s" : "%.1f%s", n, unit[i])
}

function bytes_of(n) { return with_unit(n, 1024, size_units, 5) }
function duration(n) { return with_unit(n, 1000, time_units, 4) }
'

# Turns the hex of event_pipe and of map dumps into records.  It reads words from
# this shell in between: its input is a FIFO that both write to, line by line.
#
#	events|table KIND SIZE FIELD...	what the hex means; FIELD is NAME:HOW:OFFSET:SIZE
#	want N				answer when N records were seen
#	seen				answer how many were seen
#	tick SECONDS LOST		a live report
#	now NS				what "ago" counts from
#	row XX XX ...			a row of the table
#	note TEXT			a line for a person
#	json TEXT			a line for a program
#	show				show the table, and begin another
#	end				show the table and exit
#
# Plain hex, since `-j` ends no line before it ends.  No strtonum(), no asort():
# mawk, gawk and busybox all do.
# shellcheck disable=SC2016
decoder='
BEGIN {
	for (i = 0; i < 256; i++) {
		hex = sprintf("%02x", i)
		if (format == "json" && i < 32)
			text[hex] = "\\u00" hex
		else if (format == "json")
			text[hex] = (i == 34 || i == 92 ? "\\" : "") sprintf("%c", i)
		else if (i == 32 && format == "table")
			text[hex] = " "
		else if (i <= 32 || i > 126 || i == 92)
			text[hex] = "\\x" hex
		else
			text[hex] = sprintf("%c", i)
	}
}

# What is shown waits here, so that a write(2) is not one per record.
function show(line)
{
	pending = pending line "\n"
	if (eager || length(pending) > 4000)
		flush()
}

function flush()
{
	if (pending == "")
		return
	printf "%s", pending
	fflush()
	pending = ""
}

function layout(    i, part)
{
	kind = $2
	size = $3
	fields = NF - 3
	for (i = 1; i <= fields; i++) {
		split($(i + 3), part, ":")
		field[i] = part[1]
		how[i] = part[2]
		offset[i] = part[3]
		len[i] = part[4]
		label[i] = field[i]	# in JSON, where a number has its unit
		if (how[i] == "ago")
			label[i] = label[i] "_ns"
		if (how[i] == "bytes" && field[i] != "bytes")
			label[i] = label[i] "_bytes"
		width[i] = how[i] == "hex" ? 12 : how[i] != "str" ? 8 : len[i] < 16 ? len[i] : 16
		if (width[i] < length(field[i]))
			width[i] = length(field[i])
	}
}

# How many bytes the character has that begins at data[at], before `end`: 0 if it is
# no UTF-8 (RFC 3629: nothing longer than it must be, no surrogate, none above U+10FFFF).
function character(at, end,    c, d, i, n)
{
	c = byte[data[at]]
	n = c < 128 ? 1 : c < 194 ? 0 : c < 224 ? 2 : c < 240 ? 3 : c < 245 ? 4 : 0
	if (n < 2)
		return n
	if (at + n > end)
		return 0
	d = byte[data[at + 1]]
	if (d < (c == 224 ? 160 : c == 240 ? 144 : 128) || d > (c == 237 ? 159 : c == 244 ? 143 : 191))
		return 0
	for (i = at + 2; i < at + n; i++)
		if (byte[data[i]] < 128 || byte[data[i]] > 191)
			return 0
	return n
}

# JSON has no bytes.  It has halves of surrogates, and no character is one: a byte that
# is not part of UTF-8 is the half whose number ends with it.
function json_text(at, end,    n, s)
{
	s = ""
	while (at < end && data[at] != "00") {
		n = character(at, end)
		if (!n)
			s = s "\\udc" data[at++]
		for (; n; n--)
			s = s text[data[at++]]
	}
	return "\"" s "\""
}

function value(f,    i, n, s)
{
	s = ""
	if (how[f] == "str" && format == "json")
		return json_text(offset[f], offset[f] + len[f])
	if (how[f] == "str") {
		for (i = 0; i < len[f] && data[offset[f] + i] != "00"; i++)
			s = s text[data[offset[f] + i]]
		return s
	}
	n = 0
	for (i = offset[f] + len[f] - 1; i >= offset[f]; i--) {
		n = n * 256 + byte[data[i]]
		s = s data[i]
	}
	if (how[f] == "int" && byte[data[offset[f] + len[f] - 1]] > 127)
		n -= 256 ^ len[f]
	if (how[f] == "bytes" && format == "table")
		return bytes_of(n)
	if (how[f] == "ago" && (n = now - n) >= 0 && format == "table")
		return duration(n)
	if (how[f] != "hex")
		return sprintf("%.0f", n)
	sub(/^0+/, "", s)
	s = "0x" (s == "" ? "0" : s)
	return format == "json" ? "\"" s "\"" : s
}

function cell(s, f)
{
	if (how[f] != "str")
		s = sprintf("%" width[f] "s", s)
	else if (f < fields)
		s = sprintf("%-" width[f] "s", s)
	return s (f < fields ? "  " : "")
}

function heading(    f, s)
{
	s = ""
	for (f = 1; f <= fields; f++)
		s = s cell(toupper(field[f]), f)
	show(s)
}

function record(    f, s)
{
	s = format == "json" ? "{\"kind\":\"" kind "\"" : format == "table" ? "" : kind
	for (f = 1; f <= fields; f++) {
		if (format == "json")
			s = s ",\"" label[f] "\":" value(f)
		else if (format == "table")
			s = s cell(value(f), f)
		else
			s = s " " field[f] "=" value(f)
	}
	if (format == "table" && shown != kind) {
		heading()
		shown = kind
	}
	show(s (format == "json" ? "}" : ""))
}

function row(    f)
{
	if (format != "table")
		return record()
	key[++rows] = 0
	order[rows] = rows
	for (f = 1; f <= fields; f++) {
		cells[rows, f] = value(f)
		if (length(cells[rows, f]) > width[f])
			width[f] = length(cells[rows, f])
	}
}

function before(a, b,    f)
{
	if (cells[a, 1] + 0 != cells[b, 1] + 0)
		return cells[a, 1] + 0 > cells[b, 1] + 0
	for (f = 2; f < fields && cells[a, f] == cells[b, f]; f++)
		;
	return cells[a, f] "" < cells[b, f] ""
}

# By merging: runs of `run` rows are in order, then of twice as many.
function sort(    run, i, j, k, left, right, end, merged)
{
	for (run = 1; run < rows; run *= 2) {
		for (i = 1; i <= rows; i = end) {
			left = i
			right = j = i + run > rows ? rows + 1 : i + run
			end = j + run > rows ? rows + 1 : j + run
			for (k = i; k < end; k++)
				if (left < j && (right == end || !before(order[right], order[left])))
					merged[k] = order[left++]
				else
					merged[k] = order[right++]
		}
		for (k = 1; k <= rows; k++)
			order[k] = merged[k]
	}
}

function table(    i, f, s)
{
	if (!rows)
		return
	sort()
	if (shown != "")
		show("")
	heading()
	for (i = 1; i <= rows && (!top || i <= top); i++) {
		s = ""
		for (f = 1; f <= fields; f++)
			s = s cell(cells[order[i], f], f)
		show(s)
	}
	if (i <= rows)
		show("... and " (rows - i + 1) " more (-n 0 shows all)")
	shown = " "
}

function answer()
{
	print "seen", seen + 0 >reply
	fflush(reply)
	wanted = ""
}

function note(s)
{
	if (format == "table")
		show(s)
	shown = " "
}

# The commonest first: the line above the bytes, and these.
$1 == "==" { bytes = 0; next }
length($1) == 2 {
	if (bytes >= size)
		next	# what rounds the record up
	for (i = 1; i <= NF; i++)
		data[bytes++] = $i
	if (bytes >= size) {
		seen++
		if (!silent)
			record()
		if (wanted != "" && seen >= wanted)
			answer()
	}
	next
}
$1 == "events" { layout(); bytes = size; next }
$1 == "want" { wanted = $2; if (seen >= wanted) answer(); next }
$1 == "seen" { answer(); next }
$1 == "tick" {
	note(sprintf("%8.0f events/s %10.0f events %8.0f lost", (seen - ticked) / $2, seen, $3))
	ticked = seen
	flush()
	next
}
$1 == "now" { now = $2; next }
$1 == "note" { note(substr($0, 6)); flush(); next }
$1 == "json" { if (format == "json") show(substr($0, 6)); next }
$1 == "table" {
	layout()
	for (i = 1; i <= fields; i++)
		width[i] = length(field[i])
	next
}
$1 == "row" { for (i = 2; i <= NF; i++) data[i - 2] = $i; row(); next }
$1 == "show" { table(); rows = 0; flush(); next }
$1 == "end" { table(); flush(); exit }
'

# The raw bytes in the output of `bpftool -j map lookup|dump`: "row KEY VALUE", for
# a per-CPU map once for each CPU.  What BTF adds to it ("formatted") is left out.
# shellcheck disable=SC2016
entries='
BEGIN { RS = "]" }
match($0, /"(key|value)":\["0x/) {
	# Not gsub(), which takes mawk a time that grows with the square.
	n = split(substr($0, RSTART), part, /0x/)
	bytes = ""
	for (i = 2; i <= n; i++)
		bytes = bytes " " substr(part[i], 1, 2)
	if (substr($0, RSTART + 1, 3) == "key")
		key = bytes
	else
		print "row" key bytes
}'

# Makes one row of those that the CPUs have, for each key of KEY bytes: `-v key=KEY
# -v how="OP..."`, an OP for each of the first members, all __u64: sum, max, or
# first, the least that is not 0.  What follows is of the CPU that has that
# first, or of any that has something there.
# shellcheck disable=SC2016
merge='
BEGIN { ops = split(how, op, " ") }

function put(    i, j, n, line)
{
	if (at == "")
		return
	line = "row" at
	for (i = 1; i <= ops; i++) {
		n = member[i] + 0
		for (j = 0; j < 8; j++) {
			line = line sprintf(" %02x", n % 256)
			n = int(n / 256)
		}
	}
	print line rest
}

{
	k = r = ""
	for (i = 2; i < key + 2; i++)
		k = k " " $i
	if (k != at) {
		put()
		at = k
		rest = ""
		for (i in member)
			delete member[i]
	}
	for (i = key + 2 + 8 * ops; i <= NF; i++)
		r = r " " $i
	if (rest == "" || rest !~ /[1-9a-f]/)
		rest = r
	for (i = 1; i <= ops; i++) {
		n = number(key + 8 * (i - 1), 8)
		if (op[i] == "sum")
			member[i] += n
		else if (op[i] == "max" && member[i] < n)
			member[i] = n
		else if (op[i] == "first" && n && (!member[i] || member[i] > n)) {
			member[i] = n
			rest = r
		}
	}
}
END { put() }'

# Starts what shows records and tables; all of it for a family that only counts.
observe_counts() {
	local interactive=() reader

	child awk -W version </dev/null >$scratch/awk 2>&1 || not_killed awk $?
	[[ $(<$scratch/awk) != mawk* ]] || interactive=(-W interactive)
	# From here on it is the only reader: who writes to it when it is gone is told so.
	exec {reader}<$scratch/events {events}>&- {events}>$scratch/events
	shower awk "${interactive[@]}" -v format="$format" -v top="$top" \
		-v reply="$scratch/replies" -v silent="$silent" -v eager="$eager" "$numbers$decoder" \
		<&"$reader" 2>$scratch/shown &
	decoder_pid=$!
	exec {reader}<&-
}

# What shows records and tables has come to its end, for lack of somebody who reads it.
decoder_gone() {
	local status

	wait "$decoder_pid"
	status=$?
	cannot_write $status "$(<$scratch/shown)"
}

# Tells it something: a line, or what a FILE has.
order() { { echo "$*" >&"$events"; } 2>/dev/null || decoder_gone; }
order_file() {
	local status

	child cat "$1" >&"$events" && return
	status=$?
	# By a SIGPIPE: there is nobody who reads it.
	((status == 141)) || not_killed cat $status
	decoder_gone
}

# It has come to its end, although nobody has told it so.
pipe_gone() {
	local status

	wait "$pipe_pid" 2>/dev/null
	status=$?
	kill -0 "$decoder_pid" 2>/dev/null || decoder_gone
	: >$scratch/out
	mv $scratch/event_pipe $scratch/err
	die "bpftool map event_pipe has ended: $(reason $status)"
}

# Starts to read the event array MAP: `observe_events MAP KIND SIZE FIELD...`.
observe_events() {
	local file key online watcher watched=0 cpus=0 range deadline

	observe_counts
	order "events ${*:2}"
	# Its rings are those of the CPUs that are online now.
	must mkfifo "$scratch/online"
	exec {online}<>"$scratch/online"
	[[ -x $beside/bpf_cpus ]] || die "cannot run $beside/bpf_cpus: build it with make"
	helper "$beside/bpf_cpus" "$name" >&"$online" </dev/null &
	watcher=$!
	hear "$online" $watcher && [[ $line == watching ]] || {
		kill -0 $watcher 2>/dev/null || { wait $watcher 2>/dev/null; not_killed bpf_cpus $?; }
		die "bpf_cpus does not say that it watches the CPUs"
	}
	helper stdbuf -oL "$bpftool" map event_pipe pinned "$maps/$1" \
		1>&"$events" 2>"$scratch/event_pipe" </dev/null &
	pipe_pid=$!

	# It says nothing when it is ready, but its epoll descriptor then lists
	# the ring of each CPU that is online.
	IFS=, read -ra range </sys/devices/system/cpu/online
	for key in "${range[@]}"; do
		cpus=$((cpus + ${key#*-} - ${key%-*} + 1))
	done
	tell_clock
	deadline=$((clock + limit))
	while ((watched < cpus)); do
		pause
		tell_clock
		watched=0
		for file in "/proc/$pipe_pid/fdinfo"/*; do
			while read -r key _; do
				[[ $key != tfd: ]] || watched=$((watched + 1))
			done <"$file"
		done 2>/dev/null
		kill -0 "$pipe_pid" 2>/dev/null || pipe_gone
		((clock <= deadline)) || die "bpftool map event_pipe does not read $1 after $limit s"
	done
}

# Newer bpftools attach, but only while they load: so load it again, with the maps
# that are there, and pin the link.  For a tracepoint; sys_write has no such name.
autoattach() {
	local map reuse=()

	[[ $1 == tracepoint && $(helper "$bpftool" prog help 2>&1) == *autoattach* ]] || return
	for map in "$maps"/*; do
		reuse+=(map name "${map##*/}" pinned "$map")
	done
	if child "$bpftool" prog load "$object" $pins/link "${reuse[@]}" autoattach \
		>$scratch/out 2>$scratch/err &&
	   [[ $(helper "$bpftool" -j link show pinned $pins/link 2>&1) =~ \"prog_id\":([0-9]+) ]]; then
		prog=(id "${BASH_REMATCH[1]}")
		[[ ! $verbose ]] || say "attached by bpftool"
		return
	fi
	[[ ! $verbose ]] || child cat $scratch/err >&2
	must rm -f $pins/link
	return 1
}

# Attaches the program: `attach tracepoint|kprobe EVENT`.  Several are `attach KIND
# EVENT PROG KIND EVENT PROG ...`, in the order that matters; detach() reverses it.
attach() {
	local word status what=("$@" $pins/prog)

	if (($# > 2)); then
		what=()
		while (($#)); do
			# Called like the function or, by a bpftool of 0.x, like the section.
			word=$pins/progs/$3
			[[ -e $word ]] || word=$pins/progs/$1_${2//\//_}
			what+=("$1" "$2" "$word")
			shift 3
		done
	else
		! autoattach "$1" || return 0
	fi
	[[ -x $beside/bpf_attach ]] || die "cannot run $beside/bpf_attach: build it with make"
	coproc ATTACH { helper "$beside/bpf_attach" "${what[@]}" 2>"$scratch/err"; }
	# shellcheck disable=SC2153
	attach_in=${ATTACH[1]} attach_pid=$ATTACH_PID	# bash forgets them at the end
	hear "${ATTACH[0]}" && [[ $line == attached ]] && return
	exec {attach_in}>&-
	wait "$attach_pid"
	status=$?
	word=$(reason $status)
	((status != 4)) || skip "${word#bpf_attach: }"
	die "cannot attach to ${what[1]}: ${word#bpf_attach: }"
}

detach() {
	local deadline

	if [[ -e $pins/link ]]; then
		read_stats
		must rm $pins/link
		tell_clock
		deadline=$((clock + limit))
		# The kernel detaches a little later, and then drops the program.
		while child "$bpftool" prog show "${prog[@]}" >/dev/null 2>&1 || signalled $?; do
			tell_clock
			((clock < deadline)) || die "program ${prog[1]} stays attached"
			pause
		done
		return
	fi
	exec {attach_in}>&-
	wait "$attach_pid" || fail "bpf_attach had ended, so not all was observed: $(reason $?)"
}

# Adds up the values of the map that show_map has shown, structs of __u64 below keys of
# 4 bytes: the sum of each member, of two at least, in $scratch/sums.
add_up() {
	local rows=rows

	((${#per_cpu[@]} == 0)) || rows=unmerged
	# shellcheck disable=SC2016
	must awk "$numbers"'
		{
			for (i = 0; 8 * i + 12 < NF; i++)
				sum[i] += number(4 + 8 * i, 8)
		}
		END {
			for (i = 0; i in sum || i < 2; i++)
				printf "%.0f ", sum[i]
			print ""
		}' $scratch/$rows >$scratch/sums
}

# The sums of the per-CPU counters in `stats`, structs of __u64; and the runs that the
# kernel skipped, where it and bpftool count them.  One batch, as to start bpftool
# costs more than what it does; it ends at the first error: a program may be gone.
read_stats() {
	local status text number shown=("${prog[*]}") bytes sums=() skipped=0 i j
	local value='"value":\[("0x[^]]*)\]' misses='"recursion_misses":([0-9]+)'

	[[ ! -d $pins/progs ]] || { shown=("$pins"/progs/*) && shown=("${shown[@]/#/pinned }"); }
	{
		echo "map lookup pinned $maps/stats key 0 0 0 0"
		printf 'prog show %s\n' "${shown[@]}"
	} >$scratch/commands
	child "$bpftool" -j batch file $scratch/commands >$scratch/out 2>$scratch/err
	status=$?
	text=$(<$scratch/out)
	if [[ $text != *'"error":'* ]]; then
		while [[ $text =~ $misses ]]; do
			skipped=$((skipped + BASH_REMATCH[1]))
			text=${text/"${BASH_REMATCH[0]}"/}
		done
		missed=$skipped
	fi
	while [[ $text =~ $value ]]; do
		text=${text#*"${BASH_REMATCH[0]}"}
		read -ra bytes <<<"${BASH_REMATCH[1]//[\",]/ }"
		for ((i = 0; 8 * i < ${#bytes[@]}; i++)); do
			number=
			for ((j = 7; j >= 0; j--)); do
				number+=${bytes[8 * i + j]#0x}
			done
			# Below 0 it is an error, of which any is kept.
			number=$((16#$number))
			sums[i]=$((number < 0 ? number : sums[i] + number))
		done
	done
	((${#sums[@]})) || die "bpftool cannot read $maps/stats: $(reason $status)"
	lost=0
	read -r "${counters[@]}" _ <<<"${sums[*]}"
	lost=$((lost + unkept))
}

# Waits until event_pipe has given all that the program has sent.
read_all() {
	read_stats
	((pipe_pid)) || { seen=$sent; return; }
	if kill -0 "$pipe_pid" 2>/dev/null; then
		order "want $sent"
	elif ((lost)); then
		pipe_gone
	else
		order $'\nseen'		# behind the half of a line
	fi
	if ! hear "$replies"; then
		order seen
		hear "$replies"
		die "event_pipe gave ${line#seen } records, but $sent were sent"
	fi
	seen=${line#seen }
	((seen >= sent)) || pipe_gone
}

# ---- while it runs --------------------------------------------------------------------

# Everything is attached: until the runner, COMMAND or ^C ends it.
observe_run() {
	local word status watch nap began now

	if [[ $control ]]; then
		echo ready >&"$control" || die "the runner is gone"
		while read -ru "$control" word; do
			case $word in
			sync)
				read_all
				echo "synced seen=$seen lost=$((lost + unprocessed + unnamed)) missed=$missed" >&"$control" ||
					die "the runner is gone" ;;
			finish)
				return ;;
			*)
				die "the runner said '$word', which is no word of the protocol" ;;
			esac
		done
		die "the runner is gone"
	elif [[ $command_pid ]]; then
		! read -rt 0 -u "$quiet" || ended=1
		[[ $ended ]] || echo go >&"$release"
		until [[ $ended ]]; do
			# A line of the front's is the wish to end.
			helper head -n 1 <&"$quiet" >$scratch/wish &
			watch=$!
			helper sleep 10 &
			nap=$!
			# bash does not wait for a child that it has already found dead: it is
			# looked for just before, and again after a while.
			! kill -0 "$command_pid" || wait -n "$command_pid" $watch $nap
			kill -KILL $watch $nap
			wait $watch $nap
			[[ ! -s $scratch/wish ]] || ended=1
			kill -0 "$command_pid" || break
		done 2>/dev/null
		if [[ $ended ]]; then
			end_command
		else
			# That it has failed is said by itself, or by bpf_child.
			wait "$command_pid" 2>/dev/null
			status=$?
			((status == 0)) || failed=1
			! signalled $status || killed bpf_child $status
		fi
		command_pid=
	else
		word=everybody
		[[ ! $cgroup ]] || word="the tasks of the cgroup"
		order "note Observing $word; ^C ends."
		tell_clock
		began=$hundredths
		while [[ ! $ended ]]; do
			pause "$interval"
			kill -0 "$decoder_pid" 2>/dev/null || decoder_gone
			((!pipe_pid)) || kill -0 "$pipe_pid" 2>/dev/null || pipe_gone
			[[ $ended || ! $page ]] || show_page
			[[ ! $ended && $rates ]] || continue
			read_stats
			tell_clock
			now=$hundredths
			order "tick $((now - began))e-2 $lost"
			began=$now
		done
	fi
}

# A live table is shown anew: see report_page().
show_page() {
	local clear=

	[[ ! -t 1 ]] || clear=$'\e[H\e[J'
	printf -v clear '%s%(%T)T' "$clear"
	order "note $clear"
	$page
	order show
}

# Detaches, and reads the rest.
observe_end() {
	detach
	read_all
	((pipe_pid)) || return 0
	kill "$pipe_pid" 2>/dev/null	# if it has ended, it has given all
	wait "$pipe_pid"
}

# The entries of MAP in $scratch/rows, a row each: its key, and then its value; of a
# per-CPU map a row for each CPU, or with `dump_map MAP KEY OP...` merged to one.
dump_map() {
	local size most

	run_bpftool -j map dump pinned "$maps/$1"
	# bpftool does not say it.
	must wc -c <$scratch/out >$scratch/size
	read -r size <$scratch/size
	most=$(ulimit -f)
	[[ $most == unlimited ]] || ((size < 1024 * most)) ||
		die "the dump of $1 is larger than a file may be: ulimit -f"
	must awk "$entries" $scratch/out >$scratch/rows
	(($# > 1)) || return 0
	must mv $scratch/rows $scratch/unmerged
	must awk -v key="$2" -v how="${*:3}" "$numbers$merge" $scratch/unmerged >$scratch/rows
}

# The entries of MAP as a table: `show_map MAP KIND SIZE FIELD...`; of a per-CPU
# map with the KEY OP... of dump_map in the array per_cpu.
show_map() {
	dump_map "$1" "${per_cpu[@]}"
	order "table ${*:2}"
	order_file $scratch/rows
}

# What bpf_ktime_get_ns() says now, in $now; and for fields that are "ago".
read_time() {
	must sed -n 's/^now at \([0-9]*\) nsecs.*/\1/p' /proc/timer_list >$scratch/now
	read -r now <$scratch/now || skip "/proc/timer_list does not say what time it is: a container may hide it"
}

tell_time() { read_time; order "now $now"; }

# The end of a page, in JSON: `end_page NAME VALUE...`; see report_page_end().
end_page() {
	local ms=${EPOCHREALTIME/[.,]/}

	printf -v page_end ',"%s":%s' unix_ms "${ms%???}" "$@"
	order "json {\"kind\":\"page\",\"page\":$((++pages))$page_end}"
}

# What such an error means.
loss() { "$beside/bpf_lost" "$1" || echo "error $1"; }
lost_in() { fail "lost $2 in the table of $1; the last: $(loss "$3")"; }

# Ends with what was lost, and the status that goes with it.
observe_exit() {
	local how=

	((missed == 0)) || how=", or whose beginning the kernel skipped"
	order end
	wait "$decoder_pid" || cannot_write $? "$(<$scratch/shown)"
	((missed == 0)) ||
		say "the kernel skipped $missed runs of the program, of any task (recursion_misses)"
	((unpaired <= unkept)) ||
		say "left out $((unpaired - unkept)) calls that were under way when this began$how"
	((seen == sent)) || fail "read $seen records, but $sent were sent"
	((lost == 0)) || fail "lost $lost of $((sent + lost)) records; the last: $(loss "$error")"
	((uncounted == 0)) || lost_in counts "$uncounted of $((sent + lost)) execs" "$count_error"
	((unprocessed == 0)) || lost_in processes "$unprocessed of $sent opens" "$process_error"
	((unnamed == 0)) || lost_in names "$unnamed of $sent opens" "$name_error"
	[[ ! $failed ]] || exit 1
	exit 0
}
