# SPDX-License-Identifier: GPL-2.0
"""ktap.py - reads KTAP, for check.py and matrix/matrix.py.

KTAP is TAP whose tests may have subtests: those are indented by four blanks, and come
before the result that they belong to.  Lines that begin with '#' say why: programs in C
print them before a result, shell scripts after it.
"""
import collections
import re

RESULT = re.compile(r'(not )?ok ([0-9]*) *(?:- )?(.*)')
PLAN = re.compile(r'1\.\.([0-9]+)(.*)')
SKIP = re.compile(r' *# *skip *', re.IGNORECASE)


class Level:
    """The results of a program, or of the subtests of one test."""

    def __init__(self, name=''):
        self.name = name
        self.plan = None
        self.results = []
        self.said = []          # lines with '#' since the last result
        self.skipped = None     # why all tests were skipped
        self.astray = []        # levels of subtests whose test has no result


class Result:
    """What became of a test: verdict is 'pass', 'fail' or 'skip'."""

    def __init__(self, name, verdict, why, said, below):
        self.name, self.verdict, self.why = name, verdict, why
        self.said = said
        self.below = below


def parse(lines):
    """The outermost Level of what a program has printed."""
    levels = collections.defaultdict(Level)
    top = levels[0]
    failed = None
    for line in lines:
        text = line.rstrip('\r\n')
        text, depth = text.lstrip(' '), (len(text) - len(text.lstrip(' '))) // 4
        level = levels[depth]
        result, plan = RESULT.match(text), PLAN.match(text)
        if text.startswith('# Subtest: '):
            if depth and level.results:
                top.astray.append(level)
                levels[depth] = level = Level()
            level.name, level.said = text[11:], []
        elif text.startswith('# '):
            (failed if failed and not depth else level).said.append(text[2:])
            continue
        elif plan:
            level.plan = int(plan.group(1))
            skip = SKIP.match(plan.group(2))
            if skip and not level.plan:
                level.skipped = plan.group(2)[skip.end():]
        failed = None
        if result:
            below = levels.pop(depth + 1, Level())
            name, why = result.group(3), ''
            skip = SKIP.search(name)
            if skip:
                name, why = name[:skip.start()], name[skip.end():]
            verdict = 'fail' if result.group(1) else 'skip' if skip else 'pass'
            level.results.append(Result(name, verdict, why, below.said + level.said, below))
            level.said = []
            if verdict == 'fail' and not depth:
                failed = level.results[-1]
    top.astray += [level for depth, level in sorted(levels.items()) if depth and level.results]
    return top
