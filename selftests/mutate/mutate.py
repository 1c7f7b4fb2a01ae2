#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""mutate.py - does `equiv` notice if one BPF instruction is wrong?

It changes one instruction at a time of X_kern.o, or of the object in a skeleton, and runs
the variants that are changed like that beside those that are not.  What becomes of each
change (a mutant):

  refused     the verifier refuses it, or the variant does not start
  skipped     the variant cannot run on this kernel
  unreached   it is in code that this kernel's verifier never comes to
  red         `equiv` fails it
  equivalent  it is green, and a rule in equivalent/ says why it has to be
  survivor    it is green, and nobody knows why: the workload has a hole
  wrong rule  it is red, but a rule says that it is equivalent
  other       twice, an original beside it was red, the run ended early, or it was not ready in
              time

The score is the part of the red ones in the last five, without the equivalent.
"""
import collections
import concurrent.futures
import configparser
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(os.path.abspath(__file__)).parent
sys.dont_write_bytecode = True      # the sources stay clean
sys.path[:0] = [str(HERE.parent), str(HERE)]
import bpf_object
import ktap
import operators

USAGE = '''\
usage: mutate.py              make mutants, run them, and print a table
       mutate.py --list       print the mutants, without a run

Environment: STEMS="execmon ..." (all); N, how many of each side of a family (all),
SEED (1), which of them; ONLY, a regular expression for lines as --list prints them;
KERNEL (6.1), the guest's, or "host": this machine's, as root; ARCH, the guest's architecture
and what is built for it (this machine's);
JOBS (2), how many runs at a time; MINIMUM (0), the least score of all, in percent; EQUIVALENT,
another directory of rules; OUT (.output): all that happened is in OUT/poisoned/mutate, as
survivors.txt, all.txt, and reasons.txt (what equiv said of the red ones, and how often).
Exit status: 0 all is well, 1 an original failed, a rule is wrong or too few were red,
4 nothing could be run.
'''

TOP = HERE.parent.parent
TOGETHER = 16       # mutants in one run
SECONDS = 60        # limit of a step of a run
GUEST_SECONDS = 300 # the same in a guest, which may have no KVM


class Side:
    """A BPF object that is mutated: of the stage raw, or embedded in a skeleton."""

    def __init__(self, variant, stage, out):
        self.variant, self.stage = variant, stage
        self.stem = variant.split('-')[0]
        if stage == 'raw':
            self.file, path, self.base = f'{variant}_kern.o', f'{out}/bin/{variant}_kern.o', 0
        else:
            self.file, path = f'{variant}.skel', f'{out}/modern/{variant}.bpf.o'
        with open(path, 'rb') as file:
            data = file.read()
        if stage != 'raw':
            with open(f'{out}/bin/{self.file}', 'rb') as file:
                self.base = file.read().index(data)
        self.mutants = list(operators.mutants(bpf_object.Object(data)))


class Rule:
    """Says which mutants are equivalent, and why."""

    def __init__(self, name, values):
        self.name, self.why = name, values['why']
        self.where = [re.compile(values.get(field) or '.*') for field in ('kernel', 'arch')]
        self.patterns = [re.compile(values.get(field) or '.*') for field in FIELDS]
        self.first = values.getboolean('first')
        # On a big-endian machine an access of another width takes other bytes of a number.
        self.widths = 'width' not in values.get('operator', '') or values.getboolean('big-endian')
        self.unlike = values['unlike'].split(' ', 3)

    def holds(self, kernel, arch):
        """Is it one for this kernel and this architecture?"""
        return all(pattern.fullmatch(text) for pattern, text in zip(self.where, (kernel, arch)))

    def covers(self, side, mutant):
        return self._matches(side, mutant) and not (self.first and any(
            other.insn.section == mutant.insn.section and
            other.insn.number < mutant.insn.number and self._matches(side, other)
            for other in side.mutants))

    def _matches(self, side, mutant):
        insn = mutant.insn
        if insn.order == '>' and mutant.operator.startswith('width-') and not self.widths:
            return False
        return all(pattern.fullmatch(text) for pattern, text in zip(self.patterns, (
            side.variant, side.stage, mutant.operator, insn.section, insn.source, str(insn),
            insn.helper, insn.map)))


FIELDS = ('variant', 'stage', 'operator', 'program', 'source', 'instruction', 'helper', 'map')


def name_of(side, mutant):
    """As a rule names the mutant that it must not cover."""
    return side.variant, side.stage, mutant.operator, mutant.insn.source


def read_rules(directory, kernel, arch):
    """The rules that hold there."""
    rules = []
    for path in sorted(pathlib.Path(directory).glob('*.ini')):
        parser = configparser.ConfigParser(interpolation=None, delimiters=('=',))
        parser.read(path)
        for name in parser.sections():
            rules.append(Rule(name, parser[name]))
    return [rule for rule in rules if rule.holds(kernel, arch)]


class Case:
    """A mutant in a run: its verdict, and why."""

    def __init__(self, side, mutant, number):
        self.side, self.mutant, self.name = side, mutant, f'm{number}'
        self.verdict, self.why = None, []

    def change(self, mutant):
        octal = ''.join(f'\\0{byte:03o}' for byte in mutant.new)
        side = self.side
        return f'change {side.variant} {side.stage} {self.name} {side.file} ' \
               f'{side.base + mutant.at} {octal}'

    def place(self):
        return self.side.variant, self.side.stage, self.mutant.insn.at

    def __str__(self):
        return f'{self.side.variant}.{self.side.stage} {self.mutant}'


class Runner:
    """Runs cases in batches, on this kernel or in guests."""

    def __init__(self, out, kernel, arch, jobs):
        self.out, self.kernel, self.arch, self.jobs = out, kernel, arch, jobs
        self.seconds = SECONDS if kernel == 'host' else GUEST_SECONDS
        self.sick = []          # what the originals said, if they were red
        self.numbers = iter(range(1, 1 << 30))

    def command(self, plan):
        batch = f'{HERE}/batch.sh'
        if self.kernel == 'host':
            return [batch, f'{self.out}/bin', plan]
        return [f'{HERE.parent}/guest/vm.sh', '-A', self.arch, '-k', self.kernel, '-c', '2',
                '-m', '1536', '-d', self.small, '-f', batch, '-f', plan, '--', 'sh', 'batch.sh', '.',
                os.path.basename(plan)]

    def run(self, cases, changed, together, progress):
        """Runs @cases, each with the mutant @changed(case); sets verdict and why of each."""
        by_stem = collections.defaultdict(list)
        for case in cases:
            by_stem[case.side.variant, case.side.stage].append(case)
        batches = [(key[0].split('-')[0], some[i:i + together])
                   for key, some in by_stem.items() for i in range(0, len(some), together)]
        lanes = [batches[i::self.jobs] for i in range(self.jobs)]
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for future in [pool.submit(self._lane, lane, changed, progress) for lane in lanes if lane]:
                future.result()

    def _lane(self, batches, changed, progress):
        numbered = {}
        with tempfile.NamedTemporaryFile('w', prefix='plan.', dir=f'{self.out}/mutate') as plan:
            for stem, cases in batches:
                number = str(next(self.numbers))
                numbered[number] = cases
                for case in cases:
                    print(case.change(changed(case)), file=plan)
                print('run', number, stem, self.seconds, file=plan)
            plan.flush()
            # It ends when this is killed.
            process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'TERM'] + self.command(plan.name),
                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors='replace')
            number, lines = None, []
            for line in process.stdout:
                if line.startswith('# run '):
                    self._judge(numbered.pop(number, []), lines, progress)
                    number, lines = line.split()[2], []
                else:
                    lines.append(line)
            process.wait()
        for cases in numbered.values():
            for case in cases:
                case.verdict, case.why = 'lost', ['it was in no run']
        if numbered:
            print(f'mutate.py: a run ended early, with status {process.returncode}:\n' +
                  ''.join(lines[-10:]), file=sys.stderr)

    def _judge(self, cases, lines, progress):
        """Sets the verdicts of a batch from what `equiv` has printed."""
        results = {result.name: result for family in ktap.parse(lines).results
                   for result in family.below.results}
        names = {f'{case.side.variant}-{case.name}.{case.side.stage}' for case in cases}
        originals = [result for name, result in results.items() if name not in names]
        healthy = bool(originals) and not any(result.verdict == 'fail' for result in originals)
        if not healthy and cases:
            self.sick.append((cases, ''.join(lines)))
        for case in cases:
            result = results.get(f'{case.side.variant}-{case.name}.{case.side.stage}')
            if not result:
                case.verdict, case.why = 'lost', ['it has no result']
                continue
            own = f'{case.side.variant}-{case.name}.{case.side.stage}: '
            case.why = [line for line in result.said
                        if not line.startswith(own) and ' records expected, ' not in line]
            if result.verdict == 'pass':
                case.verdict = 'green'
            elif result.verdict == 'skip':
                case.verdict, case.why = 'skipped', [result.why]
            elif any(line.startswith('was late: ') and 'before it was ready' in line
                     for line in case.why):
                case.verdict = 'late'       # too many at a time, which says nothing of it
            elif any('before it was ready' in line for line in case.why):
                case.verdict = 'refused'
            else:
                case.verdict = 'red' if healthy else 'disturbed'
        progress(len(cases))


def progress_on(what, total):
    """A function that shows on a terminal how many of @total are done."""
    done, began = [0], time.monotonic()

    def add(number):
        done[0] += number
        if sys.stderr.isatty():
            seconds = int(time.monotonic() - began)
            print(f'\r{what}: {done[0]} of {total}, {seconds} s ', end='', file=sys.stderr)
            if done[0] >= total:
                print(file=sys.stderr)
    return add


def arch_sh(*fields):
    """Fields of the table of architectures, for ARCH or this machine's."""
    table = subprocess.run([HERE.parent / 'arch.sh', os.environ.get('ARCH') or os.uname().machine,
                            *fields], check=False, stdout=subprocess.PIPE, text=True)
    if table.returncode:
        sys.exit(1)
    return table.stdout.split()


def sides(out, stems, arch):
    """All objects that a variant of the stages raw and skel has of its own."""
    found = [(path.name[:-len('_kern.c')], 'raw') for path in TOP.glob('legacy/*_kern.c')] + \
            [(path.name[:-len('.bpf.c')], 'skel') for path in TOP.glob('modern/*.bpf.c')]
    known = {variant.split('-')[0] for variant, _ in found}
    for stem in stems:
        if stem not in known:
            sys.exit(f'mutate.py: no family {stem} has a BPF object')
    found = sorted((variant.split('-')[0], stage, variant) for variant, stage in found
                   if not stems or variant.split('-')[0] in stems)
    build(out, found, arch)
    return [Side(variant, stage, out) for _, stage, variant in found]


def build(out, found, arch):
    """Builds what is needed, with a stack that is not clear by chance; see poison.py."""
    files = {'equiv'}
    for stem, stage, variant in found:
        files |= {f'{stem}.workload', f'{stem}.raw', f'{stem}.skel', f'{variant}.{stage}'}
        if stage == 'raw':
            files.add(f'{variant}_kern.o')
    subprocess.run(['make', '-s', '-C', TOP, '-j', str(os.cpu_count()), f'OUT={out}', f'ARCH={arch}',
                    f'CLANG={HERE}/poison.py'] + [f'{out}/bin/{file}' for file in sorted(files)],
                   check=True, stdout=sys.stderr)


def sample(side, number, seed):
    if not number or number >= len(side.mutants):
        return side.mutants
    chosen = random.Random(f'{seed} {side.variant} {side.stage}').sample(
        range(len(side.mutants)), number)
    return [side.mutants[i] for i in sorted(chosen)]


def judge(cases, rules):
    """Green mutants are equivalent or survivors; a red one must not be covered by a rule."""
    for case in cases:
        rule = next((rule for rule in rules
                     if rule.covers(case.side, case.mutant)), None)
        if rule and case.verdict in ('green', 'red'):
            case.verdict = 'equivalent' if case.verdict == 'green' else 'wrong rule'
            case.why = [f'rule: {rule.name}'] + case.why
        elif case.verdict == 'green':
            case.verdict = 'survivor'


COLUMNS = ('refused', 'skipped', 'unreached', 'red', 'equivalent', 'survivor', 'wrong rule', 'other')


def table(cases):
    """Prints a row for each side, and one for all; returns the score of all in percent."""
    rows = collections.defaultdict(collections.Counter)
    for case in cases:
        verdict = case.verdict if case.verdict in COLUMNS else 'other'
        rows[case.side.stem, case.side.stage][verdict] += 1
    rows['together', ''] = sum(rows.values(), collections.Counter())
    print(f'{"family":15} {"side":5} {"made":>6} ' +
          ' '.join(f'{column:>10}' for column in COLUMNS) + f' {"equivalent":>11} {"score":>7}')
    for (stem, stage), row in rows.items():
        counted = row['red'] + row['survivor'] + row['wrong rule'] + row['other']
        loaded = counted + row['equivalent']
        score = 100 * row['red'] / counted if counted else 100.0
        print(f'{stem:15} {stage:5} {sum(row.values()):6} ' +
              ' '.join(f'{row[column]:10}' for column in COLUMNS) +
              f' {100 * row["equivalent"] / max(loaded, 1):10.1f}% {score:6.1f}%')
    return score


def print_reasons(cases, file):
    """What was said of the red mutants, without numbers and names, and how often."""
    reasons = collections.Counter()
    for case in cases:
        if case.verdict == 'red':
            for reason in {re.sub(r"'[^']*'|[0-9]+", 'N', line) for line in case.why}:
                reasons[case.side.stem, case.side.stage, reason] += 1
    for (stem, stage, reason), number in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f'{number:6} {stem:15} {stage:5} {reason}', file=file)


def check_rules(rules, all_sides):
    """Each rule must not cover the mutant that it names.  Returns what is wrong."""
    wrong = []
    named = {}
    lines = {(side.variant, side.stage, mutant.insn.source)
             for side in all_sides for mutant in side.mutants}
    for side in all_sides:
        for mutant in side.mutants:
            named.setdefault(name_of(side, mutant), []).append((side, mutant))
    for rule in rules:
        unlike = tuple(rule.unlike)
        # Another clang may make other instructions of a line, so only the line has to be there.
        if (unlike not in named and unlike[0] in {side.variant for side in all_sides} and
                (unlike[0], unlike[1], unlike[3]) not in lines):
            wrong.append(f'rule "{rule.name}": no mutant is {" ".join(unlike)}')
        if named.get(unlike) and all(rule.covers(side, mutant)
                                     for side, mutant in named[unlike]):
            wrong.append(f'rule "{rule.name}" covers what it must not cover: {" ".join(unlike)}')
    return wrong


def main(arguments):
    if arguments and arguments != ['--list']:
        print(USAGE, end='', file=sys.stdout if arguments[0] in ('-h', '--help') else sys.stderr)
        return arguments[0] not in ('-h', '--help')
    env = os.environ.get
    arch, kernel = arch_sh('arch', 'kernel')
    kernel = env('KERNEL') or kernel
    out = os.path.abspath(env('OUT') or f'{TOP}/.output') + '/poisoned'
    all_sides = sides(out, (env('STEMS') or '').split(), arch)
    cases = [Case(side, mutant, number) for side in all_sides
             for number, mutant in enumerate(
                 sample(side, int(env('N') or 0), env('SEED') or '1'), 1)]
    cases = [case for case in cases if re.search(env('ONLY') or '', str(case))]
    if not cases:
        sys.exit(f'mutate.py: no mutant matches ONLY={env("ONLY")}: see --list')
    if arguments:
        for case in cases:
            print(case)
        return 0
    os.makedirs(f'{out}/mutate', exist_ok=True)
    runner = Runner(out, kernel, arch, int(env('JOBS') or 2))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='bin.', dir=f'{out}/mutate') as small:
        # A guest gets only what the runs need.
        runner.small = small
        for side in all_sides:
            for name in ('equiv', f'{side.stem}.workload', f'{side.stem}.raw', f'{side.stem}.skel',
                         f'{side.stem}_kern.o', f'{side.variant}.{side.stage}',
                         f'{side.variant}_kern.o'):
                if os.path.exists(f'{out}/bin/{name}') and not os.path.exists(f'{small}/{name}'):
                    os.link(f'{out}/bin/{name}', f'{small}/{name}')
        runner.run(cases, lambda case: case.mutant, TOGETHER, progress_on('mutants', len(cases)))
        sick, runner.sick = runner.sick, []
        # One mutant may disturb those beside it, so these run once more, each alone.
        again = [case for case in cases if case.verdict in ('disturbed', 'lost', 'late')] + \
            [case for some, _ in sick for case in some if case.verdict == 'green']
        runner.run(again, lambda case: case.mutant, 1, progress_on('again', len(again)))
        probes = {}             # one for each place at which a mutant was green
        for case in cases:
            if case.verdict == 'green':
                probes.setdefault(case.place(), Case(case.side, case.mutant, case.name[1:]))
        runner.run(probes.values(), lambda case: case.mutant.probe(), TOGETHER,
                   progress_on('probes', len(probes)))
    for case in cases:
        if case.verdict == 'green' and probes[case.place()].verdict == 'green':
            case.verdict = 'unreached'
    if not any(case.verdict in ('red', 'green') for case in cases):
        print(f'mutate.py: nothing could be run: {cases[0].why}', file=sys.stderr)
        return 4
    rules = read_rules(env('EQUIVALENT') or HERE / 'equivalent',
                       os.uname().release if kernel == 'host' else kernel, arch)
    judge(cases, rules)
    score = table(cases)
    for name, wanted in (('all', None), ('survivors', ('survivor', 'wrong rule', 'lost',
                                                       'late', 'disturbed'))):
        with open(f'{out}/mutate/{name}.txt', 'w', encoding='utf-8') as file:
            for case in cases:
                if not wanted or case.verdict in wanted:
                    print(f'{case.verdict}: {case}', *case.why, sep='\n\t', file=file)
    with open(f'{out}/mutate/reasons.txt', 'w', encoding='utf-8') as file:
        print_reasons(cases, file)
    wrong = check_rules(rules, all_sides)
    wrong += [f'an original was red, beside {some[0].side.variant}.{some[0].side.stage}:\n{text}'
              for some, text in runner.sick]
    print(f'{len(cases)} mutants in {int(time.monotonic() - began)} s; {out}/mutate/survivors.txt')
    if score < float(env('MINIMUM') or 0):
        wrong.append(f'the score is {score:.1f}%, less than {env("MINIMUM")}%')
    for line in wrong:
        print(f'mutate.py: {line}', file=sys.stderr)
    return 1 if wrong or any(case.verdict == 'wrong rule' for case in cases) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
