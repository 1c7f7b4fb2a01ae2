#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""matrix.py - tests each kernel with each libbpf and bpftool, and reports the results.

A cell is a kernel and a build: the suite, built with one libbpf and one bpftool for one
architecture.  For each cell, a VM boots the kernel and runs `equiv` on all families.  What works in one
cell may fail in another, so every cell is run.  A cell that crashes, hangs or does not
build is red, and does not keep the others from running.  matrix.py stores what each
cell prints, and report.py judges it afterwards; --report does only that.
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
       matrix.py --list     list the cells, and why some pairs are not tested

Environment: KERNELS="5.10 6.1 ..." (versions as vm.sh has them, or paths of
images); CELLS='6.1/* *,arm64/*' (patterns of KERNEL/BUILD); JOBS (one per CPU),
how many cells run at a time; LIMIT (900), the seconds for each; OUT (.output):
the result is in OUT/matrix, as index.html, matrix.json and matrix.txt.
Exit status: 0 no cell is red, 1 some are, 4 none could be run.
'''

# For each build: the kernel trees of its libbpf and its bpftool, and a description.
# Build 0.3 runs the bpftool of 5.10, which accepts SEC("maps").  Its libbpf0 variants use
# libbpf 0.3.  Its other variants and its skeletons are made with the libbpf and bpftool of
# 6.1, because a libbpf 0.x cannot build the skeletons of today.
# The last two builds combine libbpf and bpftool of different trees: of 6.1, the oldest tree
# here with a libbpf 1.x, and of 7.3, the newest.  Trees between these differ less from each
# other, so they are not combined.
Build = collections.namedtuple('Build', 'lib tool what')
BUILDS = {
    '0.3': Build('6.1', '5.10', 'libbpf 0.3 (libbpf0 variants) and 1.1 (the others)'),
    '1.1': Build('6.1', '6.1', 'libbpf 1.1'),
    '1.5': Build('6.12', '6.12', 'libbpf 1.5'),
    '1.8': Build('7.3', '7.3', 'libbpf 1.8'),
    '1.1+7.3': Build('6.1', '7.3', 'libbpf 1.1, skeletons by a newer bpftool'),
    '1.8+6.1': Build('7.3', '6.1', 'libbpf 1.8, skeletons by an older bpftool'),
}
# What does not depend on libbpf is tested with this build alone.
ONE = '1.8'
ABOUT = {name: f'{build.what}; bpftool of {build.tool}' for name, build in BUILDS.items()}

# For these architectures there are rows, too, from their default of KERNEL on (see arch.sh).
ARCHES = 'arm64', 's390'

# The guest runs this script.  The first line that it prints says which kernel, preemption
# model and bpftool the results are from.
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
    """The lines that a console has printed, which may contain any bytes."""
    text = file.read_bytes().decode('latin-1')
    return [line.rstrip('\r') for line in text.removesuffix('\n').split('\n')] if text else []


def arch_of(arch, *fields):
    """Fields of arch.sh for an architecture; '' is this machine's."""
    said = subprocess.run([HERE / '../arch.sh', arch, *fields], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    return said.stdout.split()


# A row that is red, and not yet understood, runs only if KERNELS= names its kernel: on 7.3 for
# s390, which is in Debian's experimental, file_events misses runs of its programs.
RED = [('7.3', 's390')]


class Planned:
    """A kernel with arguments or for another architecture, and a build.

    no_cell says why they are not tested, if so.
    """

    def __init__(self, kernel, build, arguments='', arch=''):
        self.kernel, self.build, self.arguments, self.arch = kernel, build, arguments, arch
        self.row = ','.join(filter(None, (os.path.basename(kernel), arguments, arch)))
        self.name = f'{self.row}/{build}'
        self.directory = build_of(build, arch)
        self.no_cell = ''
        if arguments and build != ONE:
            self.no_cell = 'preemption does not depend on libbpf'
        elif arch and build != ONE:
            self.no_cell = 'for another architecture one libbpf is enough'


def build_of(build, arch):
    """The name of a build's directory."""
    return build + (arch and f'-{arch}')


def number(version):
    return tuple(map(int, re.findall('[0-9]+', version)))


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
        self.plan = [Planned(kernel, build, arguments) for arguments in ('', 'preempt=full')
                     for kernel in self.kernels for build in BUILDS]
        for arch in ARCHES:
            oldest = arch_of(arch, 'kernel')[0]
            self.plan += [Planned(kernel, build, arch=arch) for kernel in self.kernels
                          if '/' not in kernel and number(kernel) >= number(oldest)
                          and (environ.get('KERNELS') or (kernel, arch) not in RED)
                          for build in BUILDS]
        self.out = pathlib.Path(os.path.abspath(environ.get('OUT') or TOP / '.output')) / 'matrix'
        self.running, self.built = {}, {}
        self.began = time.monotonic()

    def chosen(self, cell):
        return any(fnmatch.fnmatchcase(cell.name, pattern) for pattern in self.patterns)

    # ---- builds ----------------------------------------------------------------

    @staticmethod
    def missing(arch):
        """The exit status of what fetches the files for an architecture: 4 if there are none."""
        if [arch] == arch_of('', 'arch'):
            return 0
        debian, triplet, kernel = arch_of(arch, 'debian', 'triplet', 'kernel')
        if not shutil.which(f'{triplet}-gcc'):
            print(f'there is no {triplet}-gcc: make deps ARCH={arch}')
            return 4
        return (subprocess.call([HERE / '../guest/sysroot.sh', arch], stdout=subprocess.DEVNULL) or
                subprocess.call([HERE / '../guest/btf.sh', arch, kernel], stdout=subprocess.DEVNULL))

    def make(self, name, lib, tool, arch=''):
        """Makes a build, and returns the exit status: 4 if this machine cannot build it."""
        status = self.missing(arch) if arch else 0
        if status:
            return status
        cache = subprocess.check_output(['bash', '-c', '. "$1" && echo "$cache"', 'bash',
                                         HERE / '../guest/cache.sh'], text=True).strip()
        for tree in (lib, tool):
            if not os.path.isdir(f'{cache}/trees/{tree}/src'):
                subprocess.call([HERE / '../tree/test_tree.sh', '-p', tree])
            if not os.path.isdir(f'{cache}/trees/{tree}/src'):
                return 1
        env, jobs = dict(os.environ), f'-j{len(os.sched_getaffinity(0))}'
        # If libbpf 0.3 of Debian 11 can be fetched, the libbpf0 variants of every build use it.
        libbpf0 = subprocess.run([HERE / '../guest/fetch.sh',
                                  *(['-a', *arch_of(arch, 'debian')] if arch else []),
                                  'bullseye', 'libbpf-dev'],
                                 stdout=subprocess.PIPE, text=True, check=False)
        if libbpf0.returncode == 0:
            env['LIBBPF0_DIR'] = libbpf0.stdout.strip()
        elif name == '0.3':
            print('libbpf 0.3 is not available')
            return 1
        directory = self.out / build_of(name, arch)
        if arch:
            env['ARCH'] = arch
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
        """The name of the build whose libbpf and bpftool are both from @tree, or ''."""
        return next((name for name, build in BUILDS.items() if build.lib == build.tool == tree), '')

    def build(self, name, arch=''):
        """Makes a build once, after the builds from which it takes its libbpf and bpftool.

        The same build of this machine says which variants one of another architecture has.
        """
        directory = build_of(name, arch)
        if directory in self.built:
            return
        build = BUILDS[name]
        for needed in (self.of_tree(build.lib), self.of_tree(build.tool)):
            if needed not in ('', directory):
                self.build(needed)
        with open(self.out / f'{directory}.log', 'wb') as log:
            self.start(f'build {directory}', ['timeout', '-k', '20', '3600', __file__, '--build',
                                              name, build.lib, build.tool, arch], log, log,
                       {'OUT': str(self.out.parent)})
        self.built[directory] = self.reap()

    # ---- cells -----------------------------------------------------------------

    def run(self, cell):
        directory = self.out / 'cells' / cell.name
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        with open(directory / 'out', 'wb') as out, open(directory / 'err', 'wb') as err:
            status = self.built[cell.directory]
            if status:
                log = (self.out / f'{cell.directory}.log').read_bytes().splitlines(keepends=True)
                if status != 4:
                    err.write(f'matrix.py: {cell.directory} does not build:\n'.encode())
                err.writelines(log[-20:])
                (directory / 'status').write_text('4\n' if status == 4 else '1\n')
                return
            if len(self.running) >= self.jobs:
                self.reap()
            # If several guests run at a time, a guest may measure a rate of its TSC that is many
            # times too low.  Its clock is then too fast, and a time limit of 120 s is over after
            # a few seconds.  So the guest takes the HPET as its clock.
            arguments = f'clocksource=hpet {cell.arguments}'
            if cell.arch:
                arguments = cell.arguments
            self.start(cell.name,
                       ['timeout', '-k', '20', str(self.limit * 2), HERE / '../guest/vm.sh',
                        '-k', cell.kernel, *(['-A', cell.arch] if cell.arch else []),
                        '-a', arguments, '-c', '1', '-t', str(self.limit),
                        '-d', self.out / cell.directory / 'bin', '--', 'sh', '-c', GUEST],
                       out, err)

    def start(self, what, command, out, err, env=()):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   env={**os.environ, **dict(env)}, pass_fds=[self.lock])
        self.running[process.pid] = what, process

    def reap(self):
        """Waits until a build or a cell ends; prints its exit status and returns it."""
        pid, status = os.wait()
        status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        what, process = self.running.pop(pid)
        process.returncode = status
        if not what.startswith('build '):
            (self.out / 'cells' / what / 'status').write_text(f'{status}\n')
        print(f'{int(time.monotonic() - self.began):5} s  {what:24} status {status}', flush=True)
        return status

    def ended(self, number, _):
        """Ends everything: timeout(1) passes the signal on to vm.sh, which ends its guest."""
        for _, process in self.running.values():
            process.terminate()
        for _, process in self.running.values():
            process.wait()
        os._exit(128 + number)

    def all(self):
        """Builds and runs the chosen cells."""
        with open(self.out / '.lock', 'wb') as lock:
            self.lock = lock.fileno()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                die(f'another matrix.py runs in {self.out}')
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
                self.build(cell.build, cell.arch)
            for cell in cells:
                self.run(cell)
            while self.running:
                self.reap()
        print()

    # ---- the report ------------------------------------------------------------

    def variants(self):
        """The variants of each family, as the equiv of each build lists them.

        The list is kept in a file.  test_matrix.sh, which has no builds, writes that file.
        """
        found = set()
        for build in BUILDS:
            equiv = self.out / build / 'bin/equiv'
            if not equiv.exists():
                continue
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
        """Is the cell chosen, and is its result newer than its programs?"""
        status = self.out / 'cells' / cell.name / 'status'
        programs = self.out / cell.directory / 'bin'
        if not self.chosen(cell) or not status.exists() or not status.stat().st_size:
            return False
        return not any(path.lstat().st_mtime_ns > status.stat().st_mtime_ns
                       for path in [programs, *programs.rglob('*')] if path.exists())

    def report(self):
        """Writes the report, prints it, and returns the exit status."""
        variants, self.cells = self.variants(), []
        for planned in self.plan:
            cell = report.Cell(planned.row, planned.build, arch=planned.arch)
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
        """Puts the table into the README.md of this directory."""
        if any(cell.verdict() == 'fail' or cell.none == 'not run' for cell in self.cells):
            die('README.md stays as it is: a cell is red, or was not run')
        # A kernel, or preempt=full, has not been tested if all of its cells were skipped.
        def parts(cell):
            return [cell.kernel] if cell.arch else cell.kernel.split(',')

        passed = {part for cell in self.cells if cell.count('pass') for part in parts(cell)}
        if any(part not in passed for cell in self.cells for part in parts(cell)):
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
    for name in ('OUT', 'BIN', 'BPFTOOL', 'LIBBPF_DIR', 'LIBBPF0_DIR', 'MAKEFLAGS', 'MAKELEVEL',
                 'ARCH', 'CROSS_COMPILE', 'SYSROOT'):
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
