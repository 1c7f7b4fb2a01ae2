#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""matrix.py - every kernel with every libbpf and bpftool, and what became of it.

A cell is a kernel in a VM of its own, with the suite as one libbpf and one
bpftool make it, and `equiv` on all families.  What is promised for one pair of
them often holds on another by luck, so each cell is run, and nothing that a cell
does ends the others: one that crashes, hangs or does not build is red.  What a
cell printed is kept, and judged apart (report.py): --report does only that.
"""
import collections
import fcntl
import fnmatch
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(os.path.abspath(__file__)).parent
TOP = HERE.parent.parent
sys.dont_write_bytecode = True      # the sources stay clean
sys.path.insert(0, str(HERE.parent))
import report

USAGE = '''\
usage: matrix.py            build, run, and report the cells
       matrix.py --report   only report those that were run
       matrix.py --readme   the same, of all cells, and put the table into
                            README.md, if none of them is red or missing
       matrix.py --list     the cells, and why there are no others

Environment: KERNELS="5.10 6.1 ..." (versions as vm.sh has them, or paths of
images); CELLS='6.1/* 7.3/1.8' (patterns of KERNEL/BUILD); JOBS (one per CPU)
at a time; LIMIT (900) seconds for each; OUT (.output): the result is in
OUT/matrix, as index.html, matrix.json and matrix.txt.
Exit status: 0 no cell is red, 1 some are, 4 none could be run.
'''

# The kernel trees that a build's libbpf and its bpftool are from, and what it is.
# The newest is the fourth.  A libbpf 0.x has no skeletons of today: in 0.3, legacy
# is of its day (bpftool, too, which takes SEC("maps")) and modern on 1.1.  Of the
# pairs that do not belong together there are the two ends: what lies between has
# less to disagree on.
Build = collections.namedtuple('Build', 'lib tool what')
BUILDS = {
    '0.3': Build('6.1', '5.10', 'libbpf 0.3 (legacy) and 1.1 (modern)'),
    '1.1': Build('6.1', '6.1', 'libbpf 1.1'),
    '1.5': Build('6.12', '6.12', 'libbpf 1.5'),
    '1.8': Build('7.3', '7.3', 'libbpf 1.8'),
    '1.1+7.3': Build('6.1', '7.3', 'libbpf 1.1, skeletons by a newer bpftool'),
    '1.8+6.1': Build('7.3', '6.1', 'libbpf 1.8, skeletons by an older bpftool'),
}
ABOUT = {name: f'{build.what}; bpftool of {build.tool}' for name, build in BUILDS.items()}

# In the guest.  What it prints first is the evidence of what it ran on.
GUEST = '''
preempt=$(cat /sys/kernel/debug/sched/preempt 2>/dev/null ||
	{ grep -q sched_dynamic /proc/kallsyms && echo unknown || echo fixed; })
echo "# $(uname -sr), preempt: $preempt, $(bpftool version | head -n 1)"
case " $(cat /proc/cmdline) $preempt" in
*" preempt=full "*"(full)"*) ;;
*" preempt=full unknown")
	echo "there is no /sys/kernel/debug/sched/preempt to say whether preempt is full" >&2
	exit 1 ;;
*" preempt=full "*)
	echo "this kernel has no preempt=full (CONFIG_PREEMPT_DYNAMIC): preempt is $preempt" >&2
	exit 4 ;;
esac
exec equiv -f ktap'''


def die(why):
    print(f'matrix.py: {why}', file=sys.stderr)
    sys.exit(1)


def lines(file):
    """What a console has said, which may be any bytes."""
    text = file.read_bytes().decode('latin-1')
    return [line.rstrip('\r') for line in text.removesuffix('\n').split('\n')] if text else []


class Planned:
    """A cell that there may be: a kernel with arguments, and a build."""

    def __init__(self, kernel, arguments, build):
        self.kernel, self.arguments, self.build = kernel, arguments, build
        self.row = os.path.basename(kernel) + (arguments and f',{arguments}')
        self.name = f'{self.row}/{build}'
        # Preemption is the kernel's business: one build will do.
        self.no_cell = ''
        if arguments and build != '1.8':
            self.no_cell = 'preemption does not depend on libbpf'


class Matrix:
    def __init__(self, environ):
        self.kernels = (environ.get('KERNELS') or '5.10 6.1 6.12 7.3').split()
        cells = environ.get('CELLS') or '*'
        self.patterns = cells.split()
        jobs = environ.get('JOBS') or str(len(os.sched_getaffinity(0)))
        limit = environ.get('LIMIT') or '900'
        for name, value in (('JOBS', jobs), ('LIMIT', limit)):
            if not re.fullmatch('[1-9][0-9]*', value):
                die(f'{name}={value} is not a number from 1 on')
        self.jobs, self.limit = int(jobs), int(limit)
        for kernel in self.kernels:
            if '/' in kernel and not os.access(kernel, os.R_OK):
                die(f'cannot read {kernel}: KERNELS has versions, and paths of images')
        self.plan = [Planned(kernel, arguments, build) for arguments in ('', 'preempt=full')
                     for kernel in self.kernels for build in BUILDS]
        self.out = pathlib.Path(os.path.abspath(environ.get('OUT') or TOP / '.output')) / 'matrix'
        self.running, self.built = {}, {}
        self.began = time.monotonic()

    def chosen(self, cell):
        return any(fnmatch.fnmatchcase(cell.name, pattern) for pattern in self.patterns)

    # ---- builds ----------------------------------------------------------------

    def make(self, name, lib, tool):
        """Makes a build: its exit status."""
        cache = subprocess.check_output(['bash', '-c', '. "$1" && echo "$cache"', 'bash',
                                         HERE / '../guest/cache.sh'], text=True).strip()
        for tree in (lib, tool):
            if not os.path.isdir(f'{cache}/trees/{tree}/src'):
                subprocess.call([HERE / '../tree/test_tree.sh', '-p', tree])
            if not os.path.isdir(f'{cache}/trees/{tree}/src'):
                return 1
        env, jobs = dict(os.environ), f'-j{len(os.sched_getaffinity(0))}'
        # Where the Debian of a libbpf 0.x has one, every build has it beside its own.
        libbpf0 = subprocess.run([HERE / '../guest/fetch.sh', 'bullseye', 'libbpf-dev'],
                                 stdout=subprocess.PIPE, text=True, check=False)
        if libbpf0.returncode == 0:
            env['LIBBPF0_DIR'] = libbpf0.stdout.strip()
        elif name == '0.3':
            print('there is no libbpf 0.3 to be had')
            return 1
        directory = self.out / name
        if name == '0.3' or lib == tool:
            if lib != tool:
                other = self.out / self.of_tree(lib) / 'tree/bpftool'
                env.update(LIBBPF_DIR=f'{other}/libbpf', BPFTOOL=f'{other}/bpftool')
            return subprocess.call([HERE / '../tree/make.sh', f'{cache}/trees/{tool}/src',
                                    directory, directory / 'bin', 'all'],
                                   env={**env, 'MAKEFLAGS': jobs})
        env['LIBBPF_DIR'] = str(self.out / self.of_tree(lib) / 'tree/bpftool/libbpf')
        bpftool = self.out / self.of_tree(tool) / 'tree/bpftool/bpftool'
        return (subprocess.call(['make', '-s', jobs, '-C', TOP, f'OUT={directory}',
                                 f'BPFTOOL={bpftool}', 'all'], env=env) or
                subprocess.call(['cp', '-u', bpftool, directory / 'bin/bpftool']))

    @staticmethod
    def of_tree(tree):
        """The build that is all of one tree, if there is one."""
        return next((name for name, build in BUILDS.items() if build.lib == build.tool == tree), '')

    def build(self, name):
        """Once, after those that it takes its libbpf and bpftool from."""
        if name in self.built:
            return
        build = BUILDS[name]
        for needed in (self.of_tree(build.lib), self.of_tree(build.tool)):
            if needed not in ('', name):
                self.build(needed)
        with open(self.out / f'{name}.log', 'wb') as log:
            self.start(f'build {name}', ['timeout', '-k', '20', '3600', __file__, '--build',
                                         name, build.lib, build.tool], log, log,
                       {'OUT': str(self.out.parent)})
        self.built[name] = self.reap()

    # ---- cells -----------------------------------------------------------------

    def run(self, cell):
        directory = self.out / 'cells' / cell.name
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        with open(directory / 'out', 'wb') as out, open(directory / 'err', 'wb') as err:
            if self.built[cell.build]:
                log = (self.out / f'{cell.build}.log').read_bytes().splitlines(keepends=True)
                err.write(f'matrix.py: {cell.build} does not build:\n'.encode())
                err.writelines(log[-20:])
                (directory / 'status').write_text('1\n')
                return
            if len(self.running) >= self.jobs:
                self.reap()
            # With several guests at a time, one may take its TSC for many times slower than
            # it is, and its clock runs ahead: what waits for 120 s has waited for few.
            self.start(cell.name,
                       ['timeout', '-k', '20', str(self.limit * 2), HERE / '../guest/vm.sh',
                        '-k', cell.kernel, '-a', f'clocksource=hpet {cell.arguments}', '-c', '1',
                        '-t', str(self.limit), '-d', self.out / cell.build / 'bin', '--',
                        'sh', '-c', GUEST], out, err)

    def start(self, what, command, out, err, env=()):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   env={**os.environ, **dict(env)}, pass_fds=[self.lock])
        self.running[process.pid] = what, process

    def reap(self):
        """Waits for the first that ends, build or cell, and says how."""
        pid, status = os.wait()
        status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        what, process = self.running.pop(pid)
        process.returncode = status
        if not what.startswith('build '):
            (self.out / 'cells' / what / 'status').write_text(f'{status}\n')
        print(f'{int(time.monotonic() - self.began):5} s  {what:24} status {status}', flush=True)
        return status

    def ended(self, number, _):
        """timeout(1) passes the signal on, and vm.sh ends its guest."""
        for _, process in self.running.values():
            process.terminate()
        for _, process in self.running.values():
            process.wait()
        os._exit(128 + number)

    def all(self):
        """Builds and runs what is chosen."""
        with open(self.out / '.lock', 'wb') as lock:
            self.lock = lock.fileno()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                die(f'another one runs in {self.out}')
            cells = [cell for cell in self.plan if not cell.no_cell and self.chosen(cell)]
            for pattern in self.patterns or [' ']:
                if not fnmatch.filter([cell.name for cell in cells], pattern):
                    die(f"no cell is called '{pattern}' (matrix.py --list)")
            for kernel, times in collections.Counter(map(os.path.basename, self.kernels)).items():
                if times > 1:
                    die(f'two kernels are called {kernel}')
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self.ended)
            for cell in cells:
                self.build(cell.build)
            for cell in cells:
                self.run(cell)
            while self.running:
                self.reap()
        print()

    # ---- the report ------------------------------------------------------------

    def variants(self):
        """Lists of variants by family, of all builds.  A test brings its own."""
        found = set()
        for equiv in self.out.glob('*/bin/equiv'):
            said = subprocess.run([equiv, '-l'], stdout=subprocess.PIPE, text=True, check=False)
            for line in said.stdout.splitlines():
                if line[:1] not in ('', ' '):
                    family = line.split()[0]
                elif line.strip():
                    found.add(f'{family} {line.split()[0]}')
        file = self.out / 'variants'
        if found:
            file.write_text('\n'.join(sorted(found)) + '\n')
        families = collections.defaultdict(list)
        for line in file.read_text().splitlines() if file.exists() else []:
            family, variant = line.split()
            families[family].append(variant)
        return families

    def known(self, cell):
        """Was it run, and nothing of it built since?"""
        status, programs = self.out / 'cells' / cell.name / 'status', self.out / cell.build / 'bin'
        if not self.chosen(cell) or not status.exists() or not status.stat().st_size:
            return False
        return not any(path.lstat().st_mtime_ns > status.stat().st_mtime_ns
                       for path in [programs, *programs.rglob('*')] if path.exists())

    def report(self):
        """Writes the report and shows it; its exit status."""
        variants, self.cells = self.variants(), []
        for planned in self.plan:
            cell = report.Cell(planned.row, planned.build)
            self.cells.append(cell)
            if not self.known(planned):
                cell.none = planned.no_cell or 'not run'
                continue
            directory = self.out / 'cells' / planned.name
            try:
                cell.read(variants, int((directory / 'status').read_text()),
                          lines(directory / 'out'), lines(directory / 'err'))
            except OSError:
                cell.add('-', '-', 'fail', 'what it printed cannot be read')
        report.judge(self.cells)
        for name, form in (('matrix.txt', report.text), ('matrix.json', report.as_json),
                           ('index.html', report.page), ('matrix.md', report.markdown)):
            (self.out / name).write_text(form(ABOUT, self.cells))
        print((self.out / 'matrix.txt').read_text(), end='')
        print(f'all of it: {self.out}/index.html')
        verdicts = {result.verdict for cell in self.cells for result in cell.results}
        return 1 if 'fail' in verdicts else 0 if 'pass' in verdicts else 4

    def readme(self):
        """Puts the table into the README beside this."""
        if any(cell.verdict() == 'fail' or cell.none == 'not run' for cell in self.cells):
            die('README.md stays as it is: a cell is red, or was not run')
        # Nor has a kernel, or preemption, been tested where all was skipped.
        passed = {part for cell in self.cells if cell.count('pass')
                  for part in cell.kernel.split(',')}
        if any(part not in passed for cell in self.cells for part in cell.kernel.split(',')):
            die('README.md stays as it is: nothing has passed on one of the kernels')
        file = HERE / 'README.md'
        was, table = file.read_text(), report.markdown(ABOUT, self.cells)
        now, times = re.subn(r'(?ms)(^<!-- the matrix[^\n]*\n).*?(^<!-- end of the matrix -->)',
                             lambda block: block[1] + table + block[2], was)
        if times != 1:
            die('README.md has no block for the matrix')
        if now != was:
            file.write_text(now)


def main(arguments):
    option = arguments[0] if arguments else ''
    if option in ('-h', '--help'):
        print(USAGE, end='')
        return 0
    if option not in ('', '--list', '--report', '--readme', '--build'):
        die(f'there is no option {option} (-h says what there is)')
    if arguments[1:] and option != '--build':
        die(f"'{arguments[1]}': {option} takes no arguments (-h says what there is)")
    os.environ['LC_ALL'] = 'C'
    if option == '--readme':
        for name in ('KERNELS', 'CELLS'):
            os.environ.pop(name, None)
    matrix = Matrix(os.environ)
    if option == '--list':
        for cell in filter(matrix.chosen, matrix.plan):
            print(cell.name + (cell.no_cell and f'\tno cell: {cell.no_cell}'))
        for name, what in ABOUT.items():
            print(f'# {name}: {what}')
        return 0
    os.makedirs(matrix.out, exist_ok=True)
    for name in ('OUT', 'BIN', 'BPFTOOL', 'LIBBPF_DIR', 'LIBBPF0_DIR', 'MAKEFLAGS', 'MAKELEVEL'):
        os.environ.pop(name, None)
    if option == '--build':
        return matrix.make(*arguments[1:])
    if not option:
        matrix.all()
    status = matrix.report()
    if option == '--readme':
        matrix.readme()
    return status


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
