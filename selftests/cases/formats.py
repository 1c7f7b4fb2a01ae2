#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""formats.py - do a table, records and JSON of the same events say the same?

	formats.py DIR VARIANT

DIR has VARIANT.table, VARIANT.records and VARIANT.json, the outputs of three processes that
observed the same run.  Prints what differs, and ends with status 1 if anything does.

The JSON is compared with the other two, since it has the names and the full values.  It knows
of no family, but of what samples/lib/report.h allows:

- A record may be of a kind that JSON has under another name, or as the totals of a refresh; a
  record of which JSON has no object with all its fields is not compared.  Each other record has
  an object with its values.  JSON may have more of them, which nobody can compare, and a record
  may have fields that say how a variant came to what it shows.
- Each object is a row of the table, and each row is an object.  The columns of a table may have
  another order.  A column may have names in the place of numbers ("ENOENT" for -2), if the same
  number is always shown as the same name.
- Times differ, as each process has measured its own, and JSON may have them by another name.
"""
import collections
import itertools
import json
import os
import re
import sys

TIME = re.compile(r'[0-9.]+(ns|us|ms|s)')
NUMBER = re.compile(r'-?(0x[0-9a-f]+|[0-9.]+)')
SHOWN = 5       # so many differences of one sort are printed


def scaled(number, step, units):
    """As put_scaled() of report.c has it."""
    value = float(number)
    while value >= step and len(units) > 1:
        value /= step
        units = units[1:]
    return (f'{value:.0f}' if value == int(value) or value >= 100 else f'{value:.1f}') + units[0]


def plain(key):
    """The name of a field, without the unit that JSON adds to it."""
    return re.sub('_(ns|bytes)$', '', key) if key != 'bytes' else key


class Fact:
    """A JSON object: its kind, and its fields as {name: value}, in their order."""

    def __init__(self, text):
        fields = json.loads(text, object_pairs_hook=list)
        names = [name for name, _ in fields]
        if names[:1] != ['kind'] or len(set(names)) != len(names):
            raise ValueError(f'not a fact: {text}')
        self.kind = fields[0][1]
        if self.kind == 'refresh':
            fields = [field for field in fields if field[0] not in ('refresh', 'unix_ms')]
        self.times = {plain(name) for name, _ in fields[1:] if name.endswith('_ns')}
        self.sizes = {plain(name) for name, _ in fields[1:]
                      if name == 'bytes' or name.endswith('_bytes')}
        self.fields = {plain(name): value for name, value in fields[1:]}

    def value(self, name):
        """As bytes, which a record has; None for a time."""
        value = self.fields[name]
        if name in self.times:
            return None
        return os.fsencode(value) if isinstance(value, str) else b'%d' % value

    def cell(self, name):
        """As the table shows it."""
        value = self.fields[name]
        if name in self.times:
            return '~'
        if name in self.sizes:
            return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
        if not isinstance(value, str):
            return str(value)
        return ''.join(chr(c) if 0x20 <= c <= 0x7e and c != 0x5c else f'\\x{c:02x}'
                       for c in os.fsencode(value))


def record(line):
    """The kind of a record, and its fields as {name: bytes}, None for a time."""
    kind, *words = line.split(b' ')
    fields = {}
    for word in words:
        name, equals, value = word.partition(b'=')
        if not equals or name.decode() in fields:
            raise ValueError(f'not a record: {line}')
        value = re.sub(rb'\\x([0-9a-f]{2})', lambda m: bytes([int(m[1], 16)]), value)
        name = name.decode()
        # What is behind the NUL of a string is in records alone.
        fields[name.rstrip('~')] = None if name.endswith('~') else value.split(b'\0')[0]
    return kind.decode(), fields


def compare_records(facts, lines, says):
    """Each record has an object with its values.  Returns how many were found."""
    kinds = collections.defaultdict(list)
    for fact in facts:
        kinds[fact.kind].append(fact)
    wanted = collections.defaultdict(list)
    for line in lines:
        kind, fields = record(line)
        absent = [name for name, value in fields.items() if value == b'-']
        homes = [kind] if kind in kinds else [
            other for other, those in kinds.items()
            if set(fields) - set(absent) <= set(those[0].fields)]
        if not homes:
            continue
        # A field that JSON leaves out is one that is not observed.
        names = tuple(name for name, value in fields.items()
                      if value is not None and
                      (name in kinds[homes[0]][0].fields or
                       (kind not in kinds and name not in absent)))
        wanted[homes[0], names].append((tuple(fields[name] for name in names), line))
        if kind in kinds and not set(kinds[kind][0].fields) - kinds[kind][0].times <= set(fields):
            says('other fields than in JSON', f'{line.decode()}: {list(kinds[kind][0].fields)}')
    found = 0
    # Totals are those of what the records show, which may be less than JSON has.
    all_there = all(len(those) == sum(len(w) for (k, _), w in wanted.items() if k == kind)
                    for kind, those in kinds.items() if kind != 'refresh')
    for (kind, names), those in wanted.items():
        if kind == 'refresh' and not all_there:
            continue
        have = collections.Counter(
            tuple(fact.value(name) if name in fact.fields else 'no such field' for name in names)
            for fact in kinds[kind])
        for values, line in those:
            values = tuple(v if v is None or kinds[kind][0].times.isdisjoint({n}) else None
                           for n, v in zip(names, values))
            if have[values] > 0:
                have[values] -= 1
                found += 1
            else:
                says('a record that JSON lacks', line.decode())
    return found


def pattern(fact, columns, names):
    """What a row of the table looks like; the columns in @names may have anything."""
    like = ' *'
    for i, column in enumerate(columns):
        cell = fact.cell(column)
        if column in names:
            like += r'(\S+)'
        elif cell == '~':
            like += '(?:' + TIME.pattern.replace('(', '(?:') + ')'
        elif cell.strip():
            like += ' +'.join(re.escape(part) for part in cell.split())
        else:
            like += '-?'    # nothing, which some show as a dash
        like += ' +' if cell.strip() and i + 1 < len(columns) else ' *'
    return re.compile(like)


def take(fact, columns, names, rows, meanings):
    """Finds the row of an object among @rows, or None."""
    like = pattern(fact, columns, names)
    for row in rows:
        match = like.fullmatch(row)
        if not match:
            continue
        shown = list(zip([name for name in columns if name in names], match.groups()))
        # A name may stand for a number, but no number for another.
        if all(meanings.get((name, fact.fields[name]), text) == text and
               (text == fact.cell(name) or not NUMBER.fullmatch(text)) for name, text in shown):
            meanings.update({(name, fact.fields[name]): text for name, text in shown})
            return row
    return None


def all_rows(facts, columns, names, rows):
    """Returns the objects that have no row, and the rows that have no object."""
    first = columns[0]
    by_first = collections.defaultdict(list)
    for row in rows:
        by_first[(row.split() or [''])[0]].append(row)
    meanings, lack = {}, []
    for fact in facts:
        near = by_first[(fact.cell(first).split() or [''])[0]] \
            if first not in fact.times | set(names) and fact.cell(first) else \
            list(itertools.chain(*by_first.values()))
        row = take(fact, columns, names, near, meanings)
        if row is None:
            lack.append(fact)
        else:
            by_first[row.split()[0]].remove(row)
    return lack, list(itertools.chain(*by_first.values()))


def compare_table(facts, lines, says):
    """Each object is a row, and each row an object.  Returns how many were found."""
    headings = collections.defaultdict(list)
    for fact in facts:
        headings[frozenset(name.upper() for name in fact.fields)].append(fact)
    blocks = collections.defaultdict(list)
    block = None
    for line in lines:
        words = line.split()
        if len(set(words)) == len(words) and frozenset(words) in headings:
            block = tuple(words)
            blocks[block] += []
        elif not words:
            block = None
        elif block:
            blocks[block].append(line)
    found = 0
    for heading, those in headings.items():
        mine = {words: rows for words, rows in blocks.items() if frozenset(words) == heading}
        if not mine:
            if those[0].kind != 'refresh':
                says('the table lacks all of a kind', those[0].kind)
            continue
        if len(mine) > 1:
            says('columns in two orders', str(list(mine)))
        (words, rows), = list(mine.items())[:1]
        columns = [word.lower() for word in words]
        names = next((list(names) for n in range(3)
                      for names in itertools.combinations(columns, n)
                      if not all_rows(those[:20], columns, names, rows)[0]), [])
        lack, more = all_rows(those, columns, names, rows)
        found += len(those) - len(lack)
        for fact in lack:
            says('the table lacks', f'{fact.kind} {fact.fields}')
        # A note may follow the rows; it has other words where they have numbers.
        numbers = [bool(NUMBER.fullmatch(those[0].cell(name))) for name in columns]
        for row in more:
            if all(NUMBER.fullmatch(word) for word, number in zip(row.split(), numbers) if number):
                says('the table has a row that JSON lacks', row)
    return found


def main():
    where, variant = sys.argv[1:]
    differ = collections.Counter()

    def says(what, text):
        differ[what] += 1
        if differ[what] <= SHOWN:
            print(f'{what}: {text}'.encode('ascii', 'backslashreplace').decode())

    def lines(suffix):
        with open(f'{where}/{variant}.{suffix}', 'rb') as file:
            text = file.read()
        if text and not text.endswith(b'\n'):
            says('torn', suffix)
        return text.split(b'\n')[:-1]

    facts = [Fact(line.decode()) for line in lines('json')]
    records = compare_records(facts, lines('records'), says)
    rows = compare_table(facts, [line.decode('ascii') for line in lines('table')], says)
    if not records or not rows:
        says('nothing to compare', f'{len(facts)} objects, {records} records, {rows} rows')
    for what, n in differ.items():
        print(f'{n} times: {what}')
    print(f'{len(facts)} objects, {records} records and {rows} rows of them')
    return bool(differ)


if __name__ == '__main__':
    sys.exit(main())
