#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""check.py - runs tests and says how many passed.

	check.py			what `make check` runs, see plan()
	check.py 'COMMAND ...' ...	these; each prints KTAP
	check.py -l			what it would run

It is a failure, too, if a test program ends with a status that does not fit its
results, prints fewer results than it planned, or prints none.
The last line is "N passed, N failed" (", N skipped" if there are any).  It counts
the tests that have no subtests; if a family is skipped as a whole, its subtests
that passed count as skipped.  If a COMMAND begins with the word "noskip", a test
that it skips is a failure, unless the reason is that there is no libbpf 0.x.
The exit status is 0 if none failed and some passed.
Environment: OUT, KERNEL, BPFTOOL; JOBS (3), how many run at a time; LIMIT (3600),
the seconds for each; LOGS (OUT/check), the directory for what they print.
"""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True      # the sources stay clean
import ktap

HERE = pathlib.Path(os.path.abspath(__file__)).parent


class Count:
    """How many tests of a program passed, failed and were skipped, and the reasons."""

    def __init__(self, output, status=0, noskip=False, limit=0, last_words=''):
        self.failed = 0
        self.wrong, self.reasons = [], []
        top = ktap.parse(output)
        self.passed, failed, self.skipped = self.level(top)
        self.failed += failed
        for level in top.astray:
            self.bad(f'{level.name or "a subtest"} has no result of its own')
        for reason in self.reasons if noskip else []:
            if ': no libbpf 0.x: ' not in reason:
                self.bad(f'may not be {reason}')
        if status == 124:
            self.bad(f'was ended after {limit} seconds')
        elif status not in (0, 4) and not self.failed:
            self.bad(f'exit status {status}, but no test failed')
        elif status == 0 and self.failed and not self.wrong:
            self.bad('exit status 0, but tests failed')
        elif status == 4 and self.passed:
            self.bad('exit status 4 (skipped), but tests passed')
        elif status == 4 and not self.failed and not self.skipped:
            self.skipped = 1
            self.reasons = [f'skipped: {last_words}']
        elif not self.passed and not self.failed and not self.skipped:
            self.bad('printed no results')

    def bad(self, why):
        self.failed += 1
        self.wrong.append(why)

    def level(self, level):
        """Counts the results of a level.  One with subtests is counted as the sum of these."""
        if level.plan is not None and level.plan != len(level.results):
            self.bad((f'{level.name}: ' if level.name else '') +
                     f'{len(level.results)} results, but {level.plan} were planned')
        passed = failed = skipped = 0
        if level.skipped is not None:
            skipped = 1
            self.reasons.append(f'skipped: {level.skipped}')
        for result in level.results:
            below = result.below
            planned = below.plan and result.verdict == 'pass'
            if below.results or below.skipped is not None or planned:
                p, f, s = self.level(below)
            else:
                p, f, s = result.verdict == 'pass', 0, result.verdict == 'skip'
            if result.verdict == 'fail':
                f = max(f, 1)
            if result.verdict == 'skip':
                p, s = 0, s + p
                self.reasons.append(f'skipped: {result.name}: {result.why}')
            passed, failed, skipped = passed + p, failed + f, skipped + s
        return passed, failed, skipped


def reasons(lines):
    """What a test has printed, but for what has passed.

    Comments come before the result that they explain, if that is within a test or a comment;
    and, if a script prints the log of a test, after it.
    """
    kept, pending = [], []
    for line in lines:
        indent, text = re.match('([# ]*)(.*)', line).groups()
        if re.match('ok [0-9]', text):
            kept += [] if indent else pending
            pending = []
        elif not re.match('KTAP version|1[.][.][0-9]', text):
            pending.append(line)
        if text.startswith('not ok'):
            kept += pending
            pending = []
    return kept + pending


class Program:
    """A test program that runs.  It gets SIGTERM when check.py dies."""

    def __init__(self, command, logs, limit):
        self.noskip = command.startswith('noskip ')
        self.limit = limit
        command = command[7:] if self.noskip else command
        self.title = re.sub('[^ ]*/', '', command)
        self.log = f'{logs}/' + re.sub('[^A-Za-z0-9.]', '_', self.title)
        self.began = time.monotonic()
        env = {name: value for name, value in os.environ.items() if name != 'LOGS'}
        with open(f'{self.log}.out', 'wb') as out, open(f'{self.log}.err', 'wb') as err:
            # timeout(1) makes its own process group, which a ^C does not reach.  So setpriv
            # asks the kernel to send SIGTERM to it when check.py ends.
            self.process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'TERM', 'timeout', '-k', '10', limit,
                 'sh', '-c', command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env)

    def lines(self, suffix):
        with open(self.log + suffix, 'rb') as file:
            text = file.read().decode(errors='surrogateescape')
        return text.removesuffix('\n').split('\n')

    def report(self, status):
        """Prints the counts, and what the program has printed if it failed."""
        out, err = self.lines('.out'), self.lines('.err')
        count = Count(out, status, self.noskip, self.limit, err[-1])
        mark = 'FAIL' if count.failed else 'ok' if count.passed else 'skip'
        print(f'{mark:4}  {count.passed:4} passed  {count.failed:3} failed  '
              f'{count.skipped:3} skipped  {int(time.monotonic() - self.began):4} s  {self.title}')
        if count.failed:
            print(*[f'  {line}' for line in count.wrong] +
                  [f'  | {line}' for line in reasons(out)[:60]] +
                  [f'  ! {line}' for line in err[-20:]], sep='\n')
            print(f'  (all of it: {self.log}.out, {self.log}.err)', flush=True)
        else:
            for line in sorted(set(count.reasons)):
                print(f'  {line}')
        sys.stdout.flush()
        return count


def plan(programs, kernel):
    """The commands of `make check`, the long ones first.

    test_equiv.sh, which breaks the runner and families on purpose, can run on any kernel.
    It runs on the kernel of this machine if equiv can run there, because a guest is slow.
    In a guest with Debian's 6.1 every variant can run, so none may be skipped there.  Guests
    make only the first pass, since they are slow; the family's own tests make all of them.
    test_cpus.sh is the guest with one CPU.
    """
    guest = f'{HERE}/guest/vm.sh -k {kernel}'
    noskip = 'noskip ' if kernel == '6.1' else ''
    first = [f'{noskip}{guest} -c 2 -- equiv -1 -f ktap', f'{HERE}/tree/test_tree.sh',
             f'{noskip}{HERE}/cases/test_cpus.sh', f'{HERE}/cases/test_preempt.sh',
             f'{HERE}/guest/test_vm.sh']
    runner = f'{HERE}/runner/test_equiv.sh'
    probe = subprocess.run([f'{programs}/equiv', '-n', '10', 'execmon'], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if probe.returncode == 4:
        first.append(f'{guest} -c 2 -f {runner} -- test_equiv.sh')
    else:
        first += [runner, f'{programs}/equiv -f ktap']
    tests = [str(path) for pattern in ('selftests/test_*', 'selftests/*/test_*', '*/*/tests/test_*')
             for path in sorted(HERE.parent.glob(pattern)) if path.suffix in ('.sh', '.py')]
    begun = [command.removeprefix('noskip ') for command in first]
    return first + [test for test in tests if test not in begun and test != runner]


def run(commands, jobs, limit, logs):
    """Runs the commands, @jobs at a time.  Returns the sums of their counts."""
    began = time.monotonic()
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)
    total, running, commands = collections.Counter(), {}, list(commands)
    while commands or running:
        while commands and len(running) < jobs:
            program = Program(commands.pop(0), logs, limit)
            running[program.process.pid] = program
        pid, status = os.wait()
        if pid in running:
            program = running.pop(pid)
            program.process.returncode = 0      # it has been waited for
            count = program.report(
                os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
            total.update(passed=count.passed, failed=count.failed, skipped=count.skipped)
    seconds = int(time.monotonic() - began)
    print(f'({seconds // 60} min {seconds % 60} s)')
    return total


def main(arguments):
    if arguments[:1] == ['-h']:
        print(__doc__, end='')
        return 0
    if arguments and arguments[0].startswith('-') and arguments[0] != '-l':
        print(f'check.py: there is no option {arguments[0]} (-h says what there is)',
              file=sys.stderr)
        return 1
    # A ^C, and a closed stdout, end this by a signal, as they end a shell.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout.reconfigure(encoding='utf-8', errors='surrogateescape')
    out = os.environ.get('OUT') or f'{HERE.parent}/.output'
    os.makedirs(out, exist_ok=True)
    out = os.path.abspath(out)
    kernel = os.environ.get('KERNEL') or '6.1'
    os.environ.update(LC_ALL='C', OUT=out, BIN=f'{out}/bin', KERNEL=kernel,
                      PATH=os.environ['PATH'] + ':/usr/sbin:/sbin')
    commands = arguments
    if not arguments or arguments[0] == '-l':
        commands = plan(os.environ['BIN'], kernel)
    if arguments[:1] == ['-l']:
        print(*commands, sep='\n')
        return 0
    total = run(commands, int(os.environ.get('JOBS') or 3), os.environ.get('LIMIT') or '3600',
                os.environ.get('LOGS') or f'{out}/check')
    print(f'{total["passed"]} passed, {total["failed"]} failed' +
          (f', {total["skipped"]} skipped' if total['skipped'] else ''))
    return 0 if total['passed'] and not total['failed'] else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
