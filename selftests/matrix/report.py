# SPDX-License-Identifier: GPL-2.0
"""report.py - judges and shows what the cells of the matrix have printed, for matrix.py.

A family or variant without a result is a failure, and so is an exit status that does not
fit the results.  The HTML page needs no other file.  Each cell of its table opens to the
families and variants, so that a reader can see what the numbers consist of.
"""
import collections
import html
import json
import re

import ktap

# variant '-' is the family, family '-' the cell.
Result = collections.namedtuple('Result', 'family variant verdict why')


class Cell:
    """A kernel with a build, and its results; or the reason why there are none."""

    def __init__(self, kernel, build, none=None, arch=''):
        self.kernel, self.build, self.none, self.arch = kernel, build, none, arch
        self.guest = ''
        self.results = []

    def add(self, family, variant, verdict, why=''):
        # A guest that crashes may print any bytes.
        why = re.sub(r'[^ -~\n]', '?', why.replace('\t', ' '))
        self.results.append(Result(family, variant, verdict, why))

    def count(self, verdict):
        return sum(result.verdict == verdict for result in self.results)

    def verdict(self, family=None):
        """The verdict of the cell, or of one of its families."""
        if self.none is not None:
            return 'none'
        verdicts = {result.verdict for result in self.results if family in (None, result.family)}
        if 'fail' in verdicts or not verdicts:
            return 'fail'
        return 'pass' if 'pass' in verdicts else 'skip'

    def words(self):
        verdict = self.verdict()
        if verdict == 'none':
            return 'not run' if self.none == 'not run' else '-'
        if verdict == 'fail':
            return f'FAIL {self.count("fail")}'
        if verdict == 'skip':
            return 'skip'
        skipped = self.count('skip')
        return f'ok {self.count("pass")}' + (f', skip {skipped}' if skipped else '')

    def read(self, variants, status, out, err):
        """Reads the KTAP lines @out and vm.sh's messages @err.

        @variants has the names of the variants that each family should have.
        """
        top = ktap.parse(out)
        self.guest = ''.join(line[2:] for line in out if line.startswith('# Linux '))
        for family in top.results:
            self.read_family(family, variants.get(family.name, []))
        last_words = top.skipped or (err[-1] if err else '')
        broken = any(re.match(r'(vm\.sh|matrix\.py): .*:$', line) for line in err)
        skipped = status == 4 and not self.count('pass') and not self.count('fail')
        if skipped:
            self.add('-', '-', 'skip', last_words)
        elif status == 4:
            self.add('-', '-', 'fail', 'the status is 4 (skipped), but there are results')
        elif status in (124, 137):
            self.add('-', '-', 'fail', '\n'.join(['was ended: it took too long', *err]))
        elif broken or (status and not self.count('fail')):
            self.add('-', '-', 'fail', '\n'.join([f'status {status}', *err]))
        for family in variants:
            if family in [result.name for result in top.results]:
                continue
            # A cell that was skipped before its first family has skipped each of them.
            if skipped and not top.results:
                self.add(family, '-', 'skip', last_words)
            else:
                self.add(family, '-', 'fail', 'no result')
        if not variants:
            self.add('-', '-', 'fail', 'no families are known')

    def read_family(self, family, variants):
        below = family.below.results
        for result in below:
            if family.verdict == 'skip' and result.verdict != 'fail':
                self.add(family.name, result.name, 'skip', result.why or family.why)
            else:
                self.add(family.name, result.name, result.verdict,
                         '\n'.join(result.said) if result.verdict == 'fail' else result.why)
        for variant in variants:
            if variant in [result.name for result in below]:
                continue
            if not below and family.verdict == 'skip':
                self.add(family.name, variant, 'skip', family.why)
            elif below or family.verdict == 'pass':
                self.add(family.name, variant, 'fail', 'no result')
        if family.verdict == 'fail':
            said = [line for line in family.said if not line.startswith('Linux ')]
            self.add(family.name, '-', 'fail', '\n'.join(said) or 'not ok')


NOT_CONFIGURED = re.compile(r'\(CONFIG_[A-Z0-9_]+\)|CONFIG_[A-Z0-9_]+ is not set')


def judge(cells):
    """Makes a skip a failure if an older kernel passes.

    A newer kernel has what an older one of the same architecture has.  So if a variant is
    skipped on a kernel, but passes on an older one with the same build, the test that made it
    skip is wrong.  The skip remains if its reason names an option that this kernel was not
    configured with: "(CONFIG_...)", or "CONFIG_... is not set".  A cell that is skipped before
    any variant is judged in the same way.
    """
    oldest = {}
    for cell in cells:
        words = re.split('[ ,]', cell.guest)
        cell.release = words[1] if len(words) > 1 else cell.kernel
        number = re.match(r'(\d+)\D(\d+)', cell.release)
        cell.number = tuple(map(int, number.groups())) if number else (0, 0)
        for result in cell.results:
            for variant in (result.variant, '-') if result.verdict == 'pass' else ():
                this = cell.number, cell.release
                key = cell.arch, cell.build, variant
                oldest[key] = min(oldest.get(key, this), this)
    for cell in cells:
        asked = any(result.variant != '-' for result in cell.results)
        for i, result in enumerate(cell.results):
            number, release = oldest.get((cell.arch, cell.build, result.variant),
                                         (cell.number, ''))
            if (result.verdict == 'skip' and number < cell.number and
                    (result.variant != '-' or (result.family == '-' and not asked)) and
                    not NOT_CONFIGURED.search(result.why)):
                cell.results[i] = result._replace(
                    verdict='fail', why=f'skipped, but passes on the older {release}: {result.why}')


def about(result):
    """The name of what a result is about."""
    if result.variant != '-':
        return result.variant
    return result.family if result.family != '-' else 'the cell'


def rows(cells):
    """Lists of cells, one for each kernel."""
    by_kernel = {}
    for cell in cells:
        by_kernel.setdefault(cell.kernel, []).append(cell)
    return by_kernel


def text(builds, cells):
    def row(first, others):
        return f'{first:18}' + ''.join(f' {word:14}' for word in others)

    lines = [row('kernel', builds)]
    for kernel, row_of in rows(cells).items():
        lines.append(row(kernel, [cell.words() for cell in row_of]))
    lines += ['', *(f'{build:9} {what}' for build, what in builds.items()), '']
    for cell in cells:
        for result in cell.results:
            if result.verdict == 'fail' or (cell.verdict() == 'skip' and result.family == '-'):
                why = result.why.split('\n')
                why = '\n    '.join(why[:4] + (['...'] if why[4:] else []))
                mark = 'FAIL' if result.verdict == 'fail' else 'skip'
                lines.append(f'{mark} {cell.kernel}/{cell.build}: {about(result)}: {why}')
    of = collections.Counter(cell.verdict() for cell in cells)
    lines.append(f'{of["pass"]} cells passed, {of["fail"]} failed, {of["skip"]} skipped')
    return '\n'.join(lines) + '\n'


def markdown(builds, cells):
    def row(words):
        return f'| {" | ".join(words)} |'

    lines = ['', row(['kernel', *builds]), '|---' * (len(builds) + 1) + '|']
    for kernel, row_of in rows(cells).items():
        lines.append(row([kernel, *(cell.words() for cell in row_of)]))
    lines += ['', *(f'- {build}: {what}' for build, what in builds.items())]
    # Lists what was skipped and why, with one line for each kernel and reason.
    seen, names = set(), {}
    for cell in cells:
        for result in cell.results:
            if result.verdict != 'skip' or not result.why or (cell.kernel, result.variant) in seen:
                continue
            seen.add((cell.kernel, result.variant))
            names.setdefault((cell.kernel, result.why), []).append(
                'all of it' if result.variant == '-' else f'`{result.variant}`')
    if names:
        lines += ['', 'Skipped were:', '']
    lines += [f'- on {kernel} {", ".join(which)}: {why}' for (kernel, why), which in names.items()]
    return '\n'.join(lines) + '\n\n'


def as_json(builds, cells):
    def fields(cell):
        common = {'kernel': cell.kernel, 'build': cell.build, 'verdict': cell.verdict()}
        if cell.none is not None:
            return {**common, 'why': cell.none}
        results = [result._asdict() for result in cell.results]
        for result in results:
            if not result['why']:
                del result['why']
        return {**common, 'guest': cell.guest, 'passed': cell.count('pass'),
                'failed': cell.count('fail'), 'skipped': cell.count('skip'), 'results': results}
    return json.dumps({'builds': builds, 'cells': list(map(fields, cells))}, indent=1) + '\n'


STYLE = '''
:root { color-scheme: light dark }
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em }
table { border-collapse: collapse }
th, td { border: 1px solid #8888; padding: .4em .6em; text-align: left; vertical-align: top }
td.pass { background: #2a42 } td.fail { background: #d336 } td.skip { background: #cb03 }
li.fail, h4.fail { color: #d22 } li.skip { opacity: .8 }
h4 { margin: .6em 0 0 } ul { margin: 0; padding-left: 1.2em }
pre { margin: 0; white-space: pre-wrap; max-width: 60em }
summary { cursor: pointer; white-space: nowrap }
'''


def page(builds, cells):
    def quote(words):
        return html.escape(words, quote=False)

    def details(cell):
        families = {}
        for result in cell.results:
            families.setdefault(result.family, []).append(result)
        for family, results in families.items():
            yield (f'<h4 class={cell.verdict(family)}>'
                   f'{"the cell" if family == "-" else quote(family)}</h4><ul>')
            for result in results:
                why = f'<pre>{quote(result.why)}</pre>' if result.why else ''
                yield (f'<li class={result.verdict}>{result.verdict} '
                       f'{quote(about(result))}{why}</li>')
            yield '</ul>'

    lines = ['<!doctype html>', '<html lang="en"><head><meta charset="utf-8">'
             f'<title>bpf_evolution: the matrix</title><style>{STYLE}</style></head><body>'
             '<h1>Kernels, libbpf and bpftool</h1>',
             '<p>Each cell opens to its families and variants, with the reasons.</p>',
             '<table><tr><th>kernel</th>']
    for build, what in builds.items():
        lines.append(f'<th>{quote(build)}<br><small>{quote(what)}</small></th>')
    lines.append('</tr>')
    for kernel, row_of in rows(cells).items():
        lines.append(f'<tr><th>{quote(kernel)}</th>')
        for cell in row_of:
            lines += [f'<td class={cell.verdict()}><details><summary>{cell.words()}</summary>',
                      f'<small>{quote(cell.guest if cell.none is None else cell.none)}</small>',
                      *details(cell), '</details></td>']
        lines.append('</tr>')
    return '\n'.join(lines + ['</table></body></html>']) + '\n'
