#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm.sh - runs a command as root on a kernel of its own, under qemu.
#
# Loading BPF programs needs root, and kprobes that the machine's own kernel
# may not have; a guest has both, and a crash there harms nobody.  vm.sh itself
# needs neither root nor KVM.  All files of the guest are in an initramfs: the
# directory to test, a few tools, and the libraries that these are linked to.
# The output and the exit status of the command come back over serial ports.
# vm.sh looks for warnings in the guest's kernel log, and reports them as a failure.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
. "$here/cache.sh"
. "$here/kernel.sh"
kernel=
cpus=1
memory=1024
append=
dir=
asked=
limit=1800
boot_limit=${VM_BOOT_LIMIT:-300}
files=()
verbose=
qemu_pid=

usage() {
	cat <<-END
	usage: vm.sh [options] -- COMMAND [ARG...]

	-A ARCH     architecture of the guest: x86, arm64 or s390; default: that of the image
	            if -k is a path, and this machine's otherwise
	-k KERNEL   6.1 (default; 6.12 for s390), 5.10, 7.2...: what a suite of the
	            distribution packages; or a path to a boot image or vmlinux; or "list"
	-c CPUS     default $cpus
	-m MIB      memory, default $memory
	-a ARGS     more arguments for the kernel, such as preempt=full
	-d DIR      becomes /suite, where COMMAND starts; default .output/bin,
	            and .output-ARCH/bin if ARCH is not this machine's
	-f FILE     one more file for /suite; may be repeated
	-t SECONDS  how long COMMAND may take, default $limit
	-v          show the kernel's log as it comes

	COMMAND's output and exit status are those of vm.sh; but the status is 1 if
	the guest did not boot, hung or crashed, or if its kernel log has a warning,
	and 4 if there is no qemu or the kernel is not available.

	Environment: VM_ACCEL=kvm or tcg (default: kvm if it works), VM_THREAD=multi (a
	thread for each CPU of tcg; default: single), VM_QEMU=PROGRAM,
	VM_BOOT_LIMIT=SECONDS (default 300), GUEST_BPFTOOL=PROGRAM (default: BPFTOOL or
	that of this machine; for another architecture that of sysroot.sh),
	BPF_EVOLUTION_CACHE=DIR ($cache)
	END
}

say() { echo "vm.sh: $*" >&2; }
die() { say "$@"; exit 1; }
skip() { say "$@"; exit 4; }

# ---- which qemu -------------------------------------------------------------

# qemu 7.2 (Debian 12) crashes guests of 6.12 at random, one boot in three, with
# an oops whose flags are garbage.  It also crashes guests of other kernels now and then,
# if they have two CPUs and a tracepoint is attached: the other CPU runs code that is
# just being patched, and jumps to 0.  qemu 10 does neither.  So if the machine's
# own qemu is that old, vm.sh fetches a newer one from the backports.  Guests of arm64 and
# s390 with two CPUs and tracepoints do not crash under 7.2: none of 60 boots did.
find_qemu() {
	local newer major libs

	qemu=(${VM_QEMU:-$emulator})
	command -v "${qemu[0]}" >/dev/null ||
		skip "${qemu[0]} is missing: install $emulator_package (make deps does)"
	[ -z "${VM_QEMU:-}" ] && [ "$arch" = x86 ] || return 0
	major=$(qemu_major)
	[ "$major" -lt 8 ] || return 0
	newer=$("$here/fetch.sh" -i "$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")-backports" \
		"$emulator_package") && {
		libs=$("$here/../arch.sh" "" triplet)
		qemu=(env LD_LIBRARY_PATH="$newer/usr/lib/$libs:$newer/lib/$libs"
			"$newer/usr/bin/$emulator"
			-L "$newer/usr/share/seabios" -L "$newer/usr/share/qemu")
		[ "$(qemu_major)" -lt 8 ] || return 0
		say "$newer has no newer one: remove it, so that it is fetched again"
	}
	qemu=("$emulator")
	case $version in
	6.1[0-9].*|6.[2-9].*|[7-9].*)
		skip "qemu $major crashes guests of $version, and no newer one is available: set VM_QEMU" ;;
	esac
	[ "$cpus" = 1 ] || say "qemu $major may crash a guest with $cpus CPUs, and no newer one is available"
}

qemu_major() {
	local major

	major=$("${qemu[@]}" --version | sed -n 's/.* version \([0-9]*\).*/\1/p')
	echo "${major:-0}"
}

# Sets what a guest's machine is made of: options of qemu for it, for its console and for three
# more ports, the names of these four there, and arguments for the kernel under TCG.
machine_of() {
	clock=
	case $arch in
	x86)
		machine=(-machine pc)
		ports=(ttyS0 ttyS1 ttyS2 ttyS3)
		devices=(-device isa-serial,chardev=console,index=0
			-device isa-serial,chardev=out,index=1
			-device isa-serial,chardev=err,index=2,irq=10
			-device isa-serial,chardev=status,index=3,irq=11)
		# The guest's kernel measures the rate of the TSC while it boots.  On a busy machine
		# TCG may not run meanwhile, and then the guest's clock is, for example, four times
		# too fast.  The kernel reads the rate of the HPET from a register instead.
		# no_timer_check: the kernel's test of its timer fails under TCG.
		[ "$1" = kvm ] || clock="clocksource=hpet tsc=unstable no_timer_check"
		;;
	arm64)
		machine=(-machine virt,gic-version=max -cpu cortex-a72)
		# With KVM the CPU must be that of the host.
		[ "$1" = kvm ] && machine=(-machine virt,gic-version=max -cpu host)
		ports=(ttyAMA0 ttyS0 ttyS1 ttyS2)
		devices=(-serial chardev:console
			-device pci-serial-4x,chardev1=out,chardev2=err,chardev3=status)
		;;
	s390)
		machine=(-machine s390-ccw-virtio)
		ports=(ttysclp0 vport0p1 vport0p2 vport0p3)
		devices=(-serial chardev:console -device virtio-serial
			-device virtserialport,chardev=out,nr=1
			-device virtserialport,chardev=err,nr=2
			-device virtserialport,chardev=status,nr=3)
		;;
	esac
}

# ---- what the guest is made of ----------------------------------------------

# These commands of the guest are programs of their own; the others are those of busybox.
# The shell and env of busybox would run the unshare and mount of busybox, whatever is in PATH,
# so shells and an env are copied as well.
tools="sh bash env timeout setsid xargs stdbuf unshare nsenter setpriv mount umount flock awk comm"

# Prints the file of a program for the guest: this machine's, or one of the sysroot, which has
# none of the links that an installation makes.
program() {
	local name=$1 file

	if [ -z "$foreign" ]; then
		PATH=$PATH:/usr/sbin:/sbin command -v "$name"
		return
	fi
	[ "$name" != awk ] || name=mawk
	for file in "$sysroot"/usr/{bin,sbin}/"$name"; do
		[ -f "$file" ] && echo "$file" && return
	done
	return 1
}

# Prints the bpftool for the guest.
find_bpftool() {
	if [ -z "$foreign" ]; then
		BPFTOOL=${GUEST_BPFTOOL:-${BPFTOOL:-}} sh "$here/../../samples/lib/find_bpftool.sh" -g
	elif [ -z "${GUEST_BPFTOOL:-}" ]; then
		program bpftool
	elif [ "$(arch_of "$GUEST_BPFTOOL")" = "$arch" ]; then
		echo "$GUEST_BPFTOOL"
	else
		say "GUEST_BPFTOOL=$GUEST_BPFTOOL is not a program for $arch"
		return 1
	fi
}

make_root() {
	local root=$1 busybox bpftool tool file

	busybox=$(program busybox) ||
		skip "busybox is missing: install busybox-static (make deps does)"
	mkdir -p "$root"/{dev,proc,sys,tmp,run,root,etc,suite,var/tmp,usr/bin,usr/lib,usr/lib64}
	for tool in bin sbin usr/sbin; do
		ln -s /usr/bin "$root/$tool"
	done
	ln -s usr/lib usr/lib64 "$root"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"

	cp -L "$busybox" "$root/usr/bin/busybox"
	cp "$here/init" "$root/init"
	bpftool=$(find_bpftool) ||
		say "the guest is without a bpftool (see above)"
	for tool in $tools; do
		file=$(program "$tool") || continue
		cp -L "$file" "$root/usr/bin/$tool"
	done
	[ -z "$bpftool" ] || cp -L "$bpftool" "$root/usr/bin/bpftool"
	for file in "$sysroot"/usr/{libexec,lib/*}/coreutils/libstdbuf.so; do
		[ -f "$file" ] && into "${file#"$sysroot"}"
	done
	cp -rL "$dir/." "$root/suite" || die "$dir cannot be copied"
	for file in ${files+"${files[@]}"}; do
		cp -L "$file" "$root/suite" || die "$file cannot be copied"
	done
	if [ -z "$foreign" ]; then
		libraries
	else
		foreign_libraries
	fi
}

# Copies the libraries that the dynamic linker opens for the guest's programs.
libraries() {
	find "$root/usr" "$root/suite" -type f \( -perm /111 -o -name '*.so*' \) -print0 |
		xargs -0 ldd 2>/dev/null |
		sed -n 's|^.*[[:space:]]\(/[^ ]*\) (0x.*|\1|p' | sort -u |
		while read -r file; do
			into "$file"
		done
}

# The same for another architecture, whose dynamic linker does not run here: the linkers and
# libraries that the programs name, then those that these name.
foreign_libraries() {
	local name file before=-1 now=0
	local -A seen=()

	while [ "$now" -gt "$before" ]; do
		before=$now
		while read -r name; do
			[ -z "${seen[$name]:-}" ] || continue
			seen[$name]=1
			for file in "$sysroot$name" "$sysroot/usr/lib/$triplet/$name" "$sysroot/usr/lib/$name"; do
				[ -f "$file" ] || continue
				into "${file#"$sysroot"}"
				break
			done
		done < <(find "$root/usr" "$root/suite" -type f \( -perm /111 -o -name '*.so*' \) -print0 |
			xargs -0 readelf -ld 2>/dev/null |
			sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p; s/.*program interpreter: \(.*\)\]/\1/p' | sort -u)
		now=${#seen[@]}
	done
}

# Copies a file of this machine, or of the sysroot, to the same place in the guest.
into() {
	mkdir -p "$root${1%/*}"
	cp -L "$sysroot$1" "$root$1"
}

# Prints the command as a script, with each word in single quotes.
make_command() {
	local word

	echo '#!/bin/sh'
	printf exec
	for word; do
		printf " '%s'" "${word//\'/\'\\\'\'}"
	done
	echo
}

# ---- what the kernel said -----------------------------------------------------

# Prints the lines of a log in which the kernel reports a fault of its own: words of any
# architecture, those of arm64, and those of s390, where "ilc:" is in every oops.
complaints() {
	local stamp='^(\[ *[0-9.]+\](\[ *[TC][0-9]+\])? )?'

	tr -d '\r' <"$1" | grep -naE \
		-e "$stamp(WARNING: |BUG: |kernel BUG at|watchdog: BUG|Oops|-+\[ cut here \]|=+\$)" \
		-e "$stamp(Kernel panic|Call [Tt]race:|Unable to handle|unregister_netdevice: waiting)" \
		-e "$stamp(INFO: (task|rcu|trying|lockdep)|rcu: INFO: |Initramfs unpacking failed)" \
		-e "$stamp(UBSAN: |KASAN: |KCSAN: |KFENCE: |general protection fault|traps: PANIC)" \
		-e "$stamp(double fault|stack segment: |invalid opcode: |divide error: )" \
		-e "$stamp(Internal error: |Insufficient stack space|Unhandled .* exception on CPU)" \
		-e "$stamp(Bad mode in |SError Interrupt|Unexpected kernel )" \
		-e "$stamp(Kernel stack overflow|Corrupt kernel stack|Krnl PSW : )" \
		-e "$stamp(Failing address: |[a-z ]+: [0-9a-f]{4} ilc:[0-9])"
}

# Prints what qemu said, and the log from the first complaint on; its last lines if there is none.
last_words() {
	local first

	first=$(complaints "$run/console" | head -n 1 | cut -d: -f1)
	{
		cat "$run/qemu"
		if [ -n "$first" ]; then
			tail -n "+$first" "$run/console" | head -n 40
		else
			tail -n 12 "$run/console"
		fi
	} | tr -d '\r' | sed 's/^/vm.sh:   /' >&2
}

# ---- running it -----------------------------------------------------------------

# Qemu must not outlive vm.sh: setpriv has it killed when vm.sh dies, and it is not started if
# vm.sh has died before that.
bound='[ "$PPID" = "$0" ] || exit 1; exec "$@"'

# Sets $now to the milliseconds since boot, a clock that nobody can set.
now() { read -r now _ </proc/uptime; now=$((10#${now/./} * 10)); }

# boot ACCEL SECONDS: starts qemu and waits for the guest's "up".  The status is 2 if
# the guest's clock is wrong.
boot() {
	exec {out}> >(exec cat)
	out_pid=$!
	exec {err}> >(exec cat >&2)
	err_pid=$!
	: >"$run/console"
	if [ -n "$verbose" ]; then
		exec {con}> >(exec tee -a "$run/console" >&2)
	else
		exec {con}> >(exec cat >>"$run/console")
	fi
	con_pid=$!
	now
	started=$now
	[ ! -t 2 ] || say "booting Linux $version ($1, CPUs: $cpus)"
	machine_of "$1"
	init_args="vm_out=${ports[1]} vm_err=${ports[2]} vm_status=${ports[3]}"
	exec {status_fd}< <(exec setpriv --pdeathsig KILL bash -c "$bound" $$ "${qemu[@]}" \
		-accel "$1" "${machine[@]}" -smp "$cpus" -m "$memory" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$image" -initrd "$run/initrd" \
		-append "console=${ports[0]} $init_args loglevel=5 panic=-1 rdinit=/init nokaslr mitigations=off $clock cryptomgr.notests initcall_blacklist=load_system_certificate_list $append" \
		-chardev file,id=console,path=/dev/fd/$con -chardev file,id=out,path=/dev/fd/$out \
		-chardev file,id=err,path=/dev/fd/$err -chardev file,id=status,path=/dev/fd/1 \
		"${devices[@]}" \
		2>"$run/qemu" </dev/null)
	qemu_pid=$!
	exec {out}>&- {err}>&- {con}>&-
	says init "$2" || return
	init=$now init_guest=$uptime
	says up "$2" || return
	up_after=$((now - started)) host=$((now - init)) guest=$((uptime - init_guest))
	# The guest's clock is wrong if it fails both tests.  The first test compares the times
	# between the two lines.  A correct clock may fail it, if vm.sh was late to read the first
	# line.  But a correct clock passes the second test: it started after qemu, so it cannot
	# show more time than has passed since then.  A clock that is too slow only makes time
	# limits longer.
	[ $guest -le $((2 * host + 100)) ] || [ $uptime -le $up_after ] || return 2
}

# says WORD SECONDS: waits for the guest's line "WORD UPTIME".
says() {
	read -r -t "$2" line <&$status_fd || return
	now
	[[ ${line%$'\r'} =~ ^$1\ ([0-9]+)[.]([0-9][0-9])$ ]] || return 1
	uptime=$((10#${BASH_REMATCH[1]}${BASH_REMATCH[2]} * 10))
}

# Ends qemu, if it still runs, and waits until all of its output has been passed on.
end() {
	[ -z "$qemu_pid" ] || {
		kill -KILL "$qemu_pid" 2>/dev/null
		wait "$qemu_pid" "$out_pid" "$err_pid" "$con_pid" 2>/dev/null
		exec {status_fd}<&-
	}
	qemu_pid=
}

while getopts A:k:c:m:a:d:f:t:vh opt; do
	case $opt in
	A) asked=$OPTARG ;;
	k) kernel=$OPTARG ;;
	c) cpus=$OPTARG ;;
	m) memory=$OPTARG ;;
	a) append=$OPTARG ;;
	d) dir=$OPTARG ;;
	f) files+=("$OPTARG") ;;
	t) limit=$OPTARG ;;
	v) verbose=1 ;;
	h) usage; exit 0 ;;
	*) usage >&2; exit 1 ;;
	esac
done
shift $((OPTIND - 1))
[ "$kernel" = list ] && { set_arch "$asked"; list; exit; }
for opt in "$cpus" "$memory" "$limit"; do
	[[ $opt =~ ^[1-9][0-9]*$ ]] || die "'$opt' is not a number"
done
[ $# -gt 0 ] || { usage >&2; exit 1; }
find_kernel
[ "$arch" = x86 ] || ! is_elf "$image" ||
	die "$image: qemu boots a vmlinux of x86 only; name the Image (arm64) or bzImage (s390)"
dir=${dir:-${OUT:-$here/../../.output${foreign:+-$arch}}/bin}
[ -d "$dir" ] || die "$dir is not a directory: build first, or name one with -d"
for opt in cpio ${foreign:+readelf:binutils}; do
	command -v "${opt%:*}" >/dev/null || skip "${opt%:*} is missing: install ${opt#*:} (make deps does)"
done
find_qemu

# Each run holds a lock on its directory; directories of runs that were killed are removed.
mkdir -p "$cache/run" 2>/dev/null && [ -w "$cache/run" ] ||
	die "$cache is not writable: set BPF_EVOLUTION_CACHE"
exec {sweep}>"$cache/run/.lock"
flock $sweep
for old in "$cache"/run/vm.*; do
	[ -d "$old" ] && flock -n "$old" rm -rf "$old"
done
run=$(mktemp -d "$cache/run/vm.XXXXXX") || die "$cache is not writable"
exec {lock}<"$run"
flock $lock
exec {sweep}>&-

trap 'end; rm -rf "$run"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

sysroot=
[ -z "$foreign" ] || sysroot=$("$here/sysroot.sh" "$arch") || exit
root=$run/root
make_root "$root"
make_command "$@" >"$root/run/command"
chmod 755 "$root/run/command"
(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$run/initrd" ||
	die "the initramfs cannot be written to $run"
rm -rf "$root"

# A /dev/kvm that can be opened may still not run a kernel (nested, or emulated), so a boot
# is tried; a failure is remembered until this machine boots again.
no_kvm="$cache/no-kvm.$(cat /proc/sys/kernel/random/boot_id)"
accel=${VM_ACCEL:-}
tried_kvm=
if [ -z "$accel" ]; then
	# With a thread for each CPU, TCG crashes guests that use probes: kernel-bugs/tcg_smp.sh.
	# With one thread, no other CPU runs between the instructions of a translated block.
	accel=tcg
	[ "$cpus" -gt 1 ] && accel=tcg,thread=${VM_THREAD:-single}
	if [ -z "$foreign" ] && [ -r /dev/kvm ] && [ -w /dev/kvm ] && [ ! -e "$no_kvm" ]; then
		tried_kvm=1
		boot kvm 20 && accel=kvm || end
	fi
fi
if [ -z "$qemu_pid" ]; then
	for _ in 1 2 3; do
		boot "$accel" "$boot_limit"
		status=$?
		[ $status -eq 2 ] || break
		end
	done
	[ $status -ne 2 ] ||
		die "the clock of the guest ($version) is wrong: $guest ms passed there in $host ms, and so at each of 3 boots"
	if [ $status -ne 0 ]; then
		end
		[ $status -le 128 ] && why="does not boot" ||
			why="did not reach its init within $boot_limit s"
		say "$image ($version) $why; its last words:"
		last_words
		exit 1
	fi
fi
[ -n "$tried_kvm" ] && [ "$accel" != kvm ] && { rm -f "$cache"/no-kvm.*; : >"$no_kvm"; }
rm -f "$run/initrd"
[ -z "$verbose" ] ||
	say "$version is up after $up_after ms ($accel, $cpus CPUs)"

code=1
line=
read -r -t "$limit" line <&$status_fd
status=$?
if [[ $line =~ ^status\ ([0-9]+)$ ]]; then
	code=${BASH_REMATCH[1]}
	# The guest now reboots, which ends qemu.
	read -r -t 300 line <&$status_fd
	[ $? -le 128 ] || { say "the guest ($version) did not shut down"; code=1; }
	end
	if complaints "$run/console" >/dev/null; then
		say "the kernel log of $version is not clean (status of the command: $code); from the first complaint on:"
		last_words
		code=1
	fi
elif [ $status -gt 128 ]; then
	end
	say "the command did not end within $limit s on $version (-t sets the limit); the kernel's last words:"
	last_words
else
	end
	say "the guest ($version) died before the command had ended; its last words:"
	last_words
fi
exit "$code"
