# SPDX-License-Identifier: GPL-2.0
"""operators.py - the ways in which one instruction is changed.

Each function below yields (operator, new bytes) for an instruction.  mutants() applies
all of them to an object.  A field that is relocated when the object is loaded is changed
where that is described: in .BTF, by another member of the struct.
"""
from bpf_object import (ALU, ALU64, ATOMIC, CALL, EXIT, IMM, JA, JEQ, JGE, JGT, JLE, JLT, JMP,
                        JMP32, JNE, JSGE, JSGT, JSLE, JSLT, LD, LDX, MEM, ST, STX, assemble)

NOTHING = bytes((0x05, 0, 0, 0, 0, 0, 0, 0))        # ja +0, in either byte order
WIDTHS = {8: 0x18, 4: 0x00, 2: 0x08, 1: 0x10}
NEG, END = 8, 13                                    # ALU operations without an operand
LSH, RSH, ARSH = 6, 7, 12
OPPOSITE = {JEQ: JNE, JGT: JLE, JGE: JLT, JSGT: JSLE, JSGE: JSLT}
OPPOSITE.update({after: before for before, after in OPPOSITE.items()})

# Helpers that take the same arguments and do something else, as a programmer may mix them up.
# The numbers are those of <linux/bpf.h>.
TWINS = {
    3: ('map_delete_elem', {1: 'map_lookup_elem'}),
    4: ('probe_read', {45: 'probe_read_str'}),
    5: ('ktime_get_ns', {118: 'jiffies64'}),
    14: ('get_current_pid_tgid', {15: 'get_current_uid_gid'}),
    15: ('get_current_uid_gid', {14: 'get_current_pid_tgid'}),
    45: ('probe_read_str', {4: 'probe_read'}),
    112: ('probe_read_user', {113: 'probe_read_kernel'}),
    113: ('probe_read_kernel', {112: 'probe_read_user'}),
    114: ('probe_read_user_str', {112: 'probe_read_user', 115: 'probe_read_kernel_str'}),
    115: ('probe_read_kernel_str', {113: 'probe_read_kernel', 114: 'probe_read_user_str'}),
    123: ('get_current_ancestor_cgroup_id', {80: 'get_current_cgroup_id'}),
    132: ('ringbuf_submit', {133: 'ringbuf_discard'}),
}


def in_memory(insn):
    """Does it load or store?"""
    return insn.kind() in (LDX, ST, STX) and insn.mode() in (MEM, ATOMIC)


def immediate(insn):
    kind, operation = insn.kind(), insn.operation()
    has = (kind in (ALU, ALU64) and not insn.by_register() and operation not in (NEG, END)) or \
        (kind in (JMP, JMP32) and not insn.by_register() and operation not in (JA, CALL, EXIT)) or \
        (kind == ST and insn.mode() == MEM) or (kind == LD and insn.mode() == IMM and not insn.src)
    if not has:
        return
    name = 'shift' if kind in (ALU, ALU64) and operation in (LSH, RSH, ARSH) else 'imm'
    for by in (1, -1):
        if -2**31 <= insn.imm + by < 2**31:
            yield f'{name}{by:+}', insn.changed(imm=insn.imm + by)


def direction(insn):
    """A shift to the other side."""
    if insn.kind() in (ALU, ALU64) and insn.operation() in (LSH, RSH):
        yield 'shift-other-way', insn.changed(code=insn.code ^ (LSH ^ RSH) << 4)


def jump(insn):
    if insn.kind() not in (JMP, JMP32) or insn.operation() in (JA, CALL, EXIT):
        return
    other = OPPOSITE.get(insn.operation())
    if other is not None:
        yield 'jump-negated', insn.changed(code=insn.code & 0x0f | other << 4)
    yield 'jump-never', NOTHING


def store(insn):
    if insn.kind() in (ST, STX) and insn.mode() == MEM:
        yield 'store-nothing', NOTHING
    elif insn.kind() == STX and insn.mode() == ATOMIC:
        yield 'atomic-nothing', NOTHING


def width(insn):
    if not in_memory(insn) or insn.mode() == ATOMIC:
        return
    for size in (insn.size() // 2, insn.size() * 2):
        if size in WIDTHS:
            yield f'width-{size}', insn.changed(code=insn.code & ~0x18 | WIDTHS[size])


def offset(insn):
    if in_memory(insn):
        for by in (insn.size(), -insn.size()):
            yield f'offset{by:+}', insn.changed(off=insn.off + by)


def twin(insn):
    if insn.code == 0x85 and not insn.src and insn.imm in TWINS:
        name, others = TWINS[insn.imm]
        for number, other in others.items():
            yield f'{name}-as-{other}', insn.changed(imm=number)


class Mutant:
    """One change: @new at @at of the object; @probe says whether its place is ever reached."""

    def __init__(self, insn, operator, at, new):
        self.insn, self.operator, self.at, self.new = insn, operator, at, new

    def probe(self):
        """A store that the verifier refuses, if it ever comes to this place."""
        return Mutant(self.insn, 'probe', self.insn.at,
                      assemble(self.insn.order, 0x7a, dst=10, off=8))

    def __str__(self):
        insn = self.insn
        return (f'{insn.file.rsplit("/", 1)[-1]}:{insn.line}: {insn.section}+{insn.number} '
                f'[{insn}] {self.operator}: {insn.source}')


def mutants(obj):
    """All Mutants of an Object."""
    for insn in obj.insns:
        if insn.relocated == 'core' or insn.poison:
            continue
        for operator in (immediate, direction, jump, store, width, offset, twin):
            if insn.relocated == 'elf' and operator is immediate:
                continue
            for name, new in operator(insn):
                yield Mutant(insn, name, insn.at, new)
    for access, at, insn in obj.fields:
        last = access[-1]
        for by in (1, -1):
            if last.isdigit() and '0' <= chr(ord(last) + by) <= '9':
                yield Mutant(insn, f'field{by:+}', at + len(access) - 1,
                             chr(ord(last) + by).encode())
