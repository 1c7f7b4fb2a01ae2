#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""test_ktap.py - does ktap.py read KTAP correctly, and does check.py count it correctly?

Unit tests of ktap.py, of check.py's Count and of matrix/report.py's judge(); they print
KTAP themselves.  cases/test_check.sh and matrix/test_matrix.sh test the whole programs.
"""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True      # the sources stay clean
sys.path[:0] = [HERE, f'{HERE}/matrix']
import check
import ktap
import report

FAMILIES = '''\
KTAP version 1
1..2
    # Subtest: a
    1..2
    # a.raw: 208 records
    ok 1 a.raw
    # lost 3
    not ok 2 - a.skel
    # of 208
not ok 1 a
# a: no record is equal
    # Subtest: b
    1..1
    ok 1 b.raw # SKIP no kprobes
ok 2 b # Skip nothing of b
'''.splitlines()


def names(level):
    return [(result.name, result.verdict, result.why) for result in level.results]


class Parse(unittest.TestCase):
    """ktap.parse()"""

    def test_results_are_below_their_test(self):
        top = ktap.parse(FAMILIES)
        self.assertEqual(names(top), [('a', 'fail', ''), ('b', 'skip', 'nothing of b')])
        a, b = (result.below for result in top.results)
        self.assertEqual(names(a), [('a.raw', 'pass', ''), ('a.skel', 'fail', '')])
        self.assertEqual(names(b), [('b.raw', 'skip', 'no kprobes')])
        self.assertEqual([top.plan, a.plan, a.name], [2, 2, 'a'])

    def test_what_is_said_goes_with_a_result(self):
        top = ktap.parse(FAMILIES)
        self.assertEqual(top.results[0].below.results[1].said, ['lost 3'])
        self.assertEqual(top.results[0].said, ['of 208', 'a: no record is equal'])
        self.assertEqual(top.results[1].said, [])

    def test_a_serial_line_and_any_bytes(self):
        lines = [line + '\r\n' for line in FAMILIES]
        lines += ['\udcff\0', ' ' * 4000 + '# x', 'ok', 'okay 1 x']
        self.assertEqual(names(ktap.parse(lines)), names(ktap.parse(FAMILIES)))

    def test_all_is_skipped(self):
        self.assertEqual(ktap.parse(['1..0 # SKIP needs root']).skipped, 'needs root')
        self.assertIsNone(ktap.parse(['1..0']).skipped)

    def test_subtests_without_a_result(self):
        top = ktap.parse(['    # Subtest: a', '    ok 1 x', '    # Subtest: b', '    ok 1 y',
                          'ok 1 b', '    # Subtest: c', '    ok 1 z'])
        self.assertEqual([level.name for level in top.astray], ['a', 'c'])
        self.assertEqual(names(top.results[0].below), [('y', 'pass', '')])


class Count(unittest.TestCase):
    """check.Count"""

    def counted(self, lines, *arguments):
        count = check.Count(lines, *arguments)
        return count.passed, count.failed, count.skipped

    def test_one_without_subtests_is_a_test(self):
        self.assertEqual(self.counted(FAMILIES, 1), (1, 1, 1))

    def test_a_family_that_is_skipped_has_passed_nothing(self):
        lines = ['    ok 1 x', '    ok 2 y', 'ok 1 a # SKIP no modern variant']
        self.assertEqual(self.counted(lines), (0, 0, 2))

    def test_a_family_fails_whatever_its_variants_did(self):
        self.assertEqual(self.counted(['    ok 1 x', 'not ok 1 a'], 1), (1, 1, 0))

    def test_a_family_has_passed_nothing_that_was_planned(self):
        self.assertEqual(self.counted(['    # Subtest: a', '    1..3', 'ok 1 a']), (0, 1, 0))

    def test_what_is_cut_off_anywhere_is_no_pass(self):
        whole = [line.replace('not ok', 'ok') for line in FAMILIES]
        self.assertEqual(self.counted(whole), (2, 0, 1))
        for n in range(1, len(whole) - 1):
            self.assertGreater(self.counted(whole[:n])[1], 0, f'{n} lines')


class Judge(unittest.TestCase):
    """report.judge()"""

    def judged(self, old, new, why):
        cells = [report.Cell(old, '1.1'), report.Cell(new, '1.1')]
        cells[0].add('a', 'a.raw', 'pass')
        cells[1].add('a', 'a.raw', 'skip', why)
        report.judge(cells)
        return cells[1].results[0].verdict

    def test_versions_are_numbers(self):
        self.assertEqual(self.judged('6.1', '6.12', 'no'), 'fail')
        self.assertEqual(self.judged('6.12', '6.1', 'no'), 'skip')
        self.assertEqual(self.judged('5.10', '6.1,preempt=full', 'no'), 'fail')

    def test_an_image_has_no_version(self):
        self.assertEqual(self.judged('6.1', 'bzImage', 'no'), 'skip')

    def test_a_config_option_is_a_reason(self):
        self.assertEqual(self.judged('6.1', '6.12', 'CONFIG_X is not set'), 'skip')
        self.assertEqual(self.judged('6.1', '6.12', 'although CONFIG_X=y'), 'fail')


class Ktap(unittest.TestResult):
    """Prints a result for each test."""

    def result(self, test, ok, why=''):
        name = test.id().replace('__main__.', '')
        print(f'{"" if ok else "not "}ok {self.testsRun} - {name}')
        print(end=''.join(f'# {line}\n' for line in why.splitlines()))

    def addSuccess(self, test):
        self.result(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.result(test, False, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.result(test, False, self.errors[-1][1])


if __name__ == '__main__':
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'KTAP version 1\n1..{suite.countTestCases()}')
    sys.exit(not suite.run(Ktap()).wasSuccessful())
