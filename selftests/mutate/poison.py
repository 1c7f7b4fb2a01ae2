#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""poison.py - is clang, but each BPF function begins with a stack of bytes that are not 0.

	POISON_CLANG=clang poison.py ARGUMENTS...

A program that forgets to clear a variable finds there what was on the stack before: often 0,
or what the same program left there a moment ago, so that nobody notices.  Here it finds 0xa5.
Only what a function uses of its stack is filled: the stacks of one and of those that it calls
have 512 bytes together.
"""
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True      # the sources stay clean
import bpf_object
from bpf_object import ADD, ALU64, CALL, JMP, LDX, POISON, ST, STX, assemble

STACK = 10                          # the register that points to the end of the stack
STT_FUNC = 2


def depth(insns):
    """How many bytes of stack they use, a multiple of 8."""
    deepest = 0
    for insn in insns:
        if (insn.kind() in (ST, STX) and insn.dst == STACK) or \
           (insn.kind() == LDX and insn.src == STACK):
            deepest = max(deepest, -insn.off)
        if insn.kind() == ALU64 and insn.operation() == ADD and not insn.by_register() and \
           -512 <= insn.imm < 0:
            deepest = max(deepest, -insn.imm)
    return (deepest + 7) & ~7


def prologue(order, size):
    """Fills the stack by way of r0, which has no value yet."""
    return POISON + 4 * b'\0' + POISON[4:] + b''.join(
        assemble(order, 0x7b, dst=STACK, off=-at) for at in range(8, size + 8, 8))


class Poisoner:
    """Changes an object: what comes after an inserted prologue moves."""

    def __init__(self, data):
        self.obj = bpf_object.Object(data)
        self.data = bytearray(data)
        self.at = {}                # section: [(offset of a function, its prologue)]
        for section, value, size, _ in self.functions():
            insns = [insn for insn in self.obj.insns
                     if insn.section == section and value <= 8 * insn.number < value + size]
            deep = depth(insns)
            if deep:
                self.at.setdefault(section, []).append(
                    (value, prologue(self.obj.order, deep)))

    def functions(self):
        """The section, value and size of each function, and where its symbol is."""
        for at, name, value, size in self.obj.symbols(STT_FUNC):
            yield name, value, size, at

    def moved(self, section, offset, start=False):
        """Where the byte at @offset is afterwards.  The @start of a function stays before it."""
        return offset + sum(len(code) for at, code in self.at.get(section, [])
                            if at < offset or (at == offset and not start))

    def put(self, form, at, value):
        struct.pack_into(self.obj.order + form, self.data, at, value)

    def poison(self):
        for section, value, size, at in self.functions():
            start = self.moved(section, value, start=True)
            self.put('Q', at + 8, start)
            self.put('Q', at + 16, self.moved(section, value + size, start=True) - start)
        for section, offset, at in self.obj.relocations:
            self.put('Q', at, self.moved(section, offset))
        for section, offset, at, start in self.obj.btf_offsets:
            self.put('I', at, self.moved(section, offset, start))
        for section, functions in self.at.items():
            self.calls(section)
            place, size = self.obj.sections[section][:2]
            code = self.data[place:place + size]
            for value, inserted in sorted(functions, reverse=True):
                code[value:value] = inserted
            header = self.obj.headers[section]
            self.put('Q', header + 24, len(self.data))
            self.put('Q', header + 32, len(code))
            self.data += code
        return bytes(self.data)

    def calls(self, section):
        """Calls within a section are relative."""
        for insn in self.obj.insns:
            if insn.section == section and insn.kind() == JMP and insn.operation() == CALL and \
               insn.src == 1 and not insn.relocated:
                here, target = 8 * insn.number, 8 * (insn.number + 1 + insn.imm)
                self.put('i', insn.at + 4, (self.moved(section, target, start=True) -
                                             self.moved(section, here)) // 8 - 1)


def main(arguments):
    status = subprocess.call(os.environ.get('POISON_CLANG', 'clang').split() + arguments)
    text = ' '.join(arguments)
    if status or '-target bpf' not in text or ' -c ' not in text or ' -g ' not in text:
        return status
    name = arguments[arguments.index('-o') + 1]
    with open(name, 'rb') as file:
        data = file.read()
    with open(name, 'wb') as file:
        file.write(Poisoner(data).poison())
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
