# SPDX-License-Identifier: GPL-2.0
"""bpf_object.py - the instructions of a BPF object file, and where each comes from.

It reads what mutate.py needs and no more: the sections with instructions, which of these are
relocated when the object is loaded, and their source lines.  The formats are those of
elf(5), and of .BTF and .BTF.ext in Documentation/bpf/btf.rst.  An object is in the byte order
of the machine that it is for; there, the first register is in the lower half of its byte
if the order is little-endian, and in the upper half if it is big-endian.
"""
import struct

EI_DATA = 5                         # where an object says its byte order
ORDERS = {1: '<', 2: '>'}           # as struct.pack() calls them
SHF_EXECINSTR = 4
SHT_SYMTAB = 2
SHT_REL = 9
STT_SECTION = 3

# Instruction classes and modes, as in <linux/bpf_common.h> and <linux/bpf.h>.
LD, LDX, ST, STX, ALU, JMP, JMP32, ALU64 = range(8)
IMM, MEM, ATOMIC = 0x00, 0x60, 0xc0
ADD = 0
JA, JEQ, JGT, JGE, JSET, JNE, JSGT, JSGE, CALL, EXIT, JLT, JLE, JSLT, JSLE = range(14)
POISON = bytes((0x18, 0, 0, 0)) + 4 * b'\xa5'      # r0 = 0xa5a5a5a5a5a5a5a5, its first half
ALU_OPERATIONS = ('+=', '-=', '*=', '/=', '|=', '&=', '<<=', '>>=', '= -', '%=', '^=', '=', 's>>=',
                  'swap')
JUMPS = ('goto', '==', '>', '>=', '&', '!=', 's>', 's>=', 'call', 'exit', '<', '<=', 's<', 's<=')
SIZES = {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}    # of a load or store, in bytes


def assemble(order, code, dst=0, src=0, off=0, imm=0):
    """The bytes of an instruction."""
    registers = src << 4 | dst if order == '<' else dst << 4 | src
    return struct.pack(order + 'BBhi', code, registers, off, imm)


class Insn:
    """An instruction: its fields, where it is in the file, and where it comes from."""

    def __init__(self, data, order, at, section, number):
        self.order, self.at, self.section, self.number = order, at, section, number
        self.bytes = data[at:at + 8]
        self.code, registers, self.off, self.imm = struct.unpack(order + 'BBhi', self.bytes)
        self.dst, self.src = registers & 15, registers >> 4
        if order == '>':
            self.dst, self.src = self.src, self.dst
        self.relocated = None       # 'elf' or 'core', if loading changes it
        self.poison = False         # is it of a prologue that poison.py has inserted?
        self.file, self.line, self.source = '?', 0, ''
        self.helper = self.map = ''     # the last helper called, and map named, before it

    def changed(self, code=None, off=None, imm=None):
        """Its bytes, with other values of these fields."""
        return assemble(self.order, self.code if code is None else code, self.dst, self.src,
                        self.off if off is None else off, self.imm if imm is None else imm)

    def kind(self):
        return self.code & 7

    def operation(self):
        return self.code >> 4

    def mode(self):
        return self.code & 0xe0

    def size(self):
        """Of what it loads or stores, in bytes."""
        return SIZES[self.code & 0x18]

    def by_register(self):
        """Is its second operand a register, rather than imm?"""
        return bool(self.code & 8)

    def __str__(self):
        """In the manner of llvm-objdump, without the targets of jumps."""
        kind, to, by = self.kind(), f'r{self.dst}', f'r{self.src}'
        if kind in (ALU, ALU64):
            if kind == ALU:
                to, by = f'w{self.dst}', f'w{self.src}'
            return f'{to} {ALU_OPERATIONS[self.operation()]} ' \
                   f'{by if self.by_register() else self.imm}'
        if kind in (JMP, JMP32):
            if self.operation() == CALL:
                return f'call {self.imm}'
            if kind == JMP32:
                to, by = f'w{self.dst}', f'w{self.src}'
            return f'if {to} {JUMPS[self.operation()]} {by if self.by_register() else self.imm}'
        if kind == LD:
            return f'{to} = {self.imm} ll'
        base = by if kind == LDX else to
        place = f'*(u{8 * self.size()} *)({base} {"-" if self.off < 0 else "+"} {abs(self.off)})'
        if kind == LDX:
            return f'{to} = {place}'
        if self.mode() == ATOMIC:
            return f'atomic {place} {by}'
        return f'{place} = {by if kind == STX else self.imm}'


class Object:
    """A BPF object in the bytes @data."""

    def __init__(self, data):
        self.data = data
        self.order = ORDERS[data[EI_DATA]]
        self.sections = self._sections()
        self.insns = [insn for name, (at, size, flags, _, _) in self.sections.items()
                      if flags & SHF_EXECINSTR and size
                      for insn in self._insns(name, at, size)]
        by_place = {(insn.section, 8 * insn.number): insn for insn in self.insns}
        self.relocations = list(self._elf_relocations())
        for section, offset, _ in self.relocations:
            if (section, offset) in by_place:
                by_place[section, offset].relocated = 'elf'
        self.fields = []            # (access string, its place in the file, its instruction)
        self.btf_offsets = []       # (section, offset, its place in .BTF.ext, of a function?)
        self._read_btf_ext(by_place)
        self._look_back()

    def unpack(self, form, at):
        """Numbers of the object, as struct.unpack_from() reads them in its byte order."""
        return struct.unpack_from(self.order + form, self.data, at)

    def _look_back(self):
        """Which helper was called, and which map was named, before each instruction?"""
        maps, section = {}, None
        for name, offset, place in self.relocations:
            info, = self.unpack('Q', place + 8)
            maps[name, offset] = self._symbol_name(info >> 32)
        for insn in self.insns:
            if insn.section != section:
                section, helper, last = insn.section, '', ''
            insn.helper, insn.map = helper, last
            if insn.code == 0x85 and not insn.src:
                helper = str(insn.imm)
            last = maps.get((insn.section, 8 * insn.number), last) if insn.code == 0x18 else last

    def _symbol_name(self, number):
        for at, size, _, kind, _ in self.sections.values():
            if kind == SHT_SYMTAB and 24 * number < size:
                name, info, _, index = self.unpack('IBBH', at + 24 * number)
                if info & 15 == STT_SECTION:
                    return self.names[index]
                return self._string(self.sections['.strtab'][0] + name)
        return ''

    def _sections(self):
        """name: (offset, size, flags, type, info), by number of section."""
        table, = self.unpack('Q', 40)
        entry, number, names = self.unpack('HHH', 58)
        headers = [self.unpack('IIQQQQIIQQ', table + i * entry)
                   for i in range(number)]
        strings = headers[names][4]
        self.names = [self._string(strings + header[0]) for header in headers]
        self.headers = {name: table + i * entry for i, name in enumerate(self.names)}
        return {name: (h[4], h[5], h[2], h[1], h[7]) for name, h in zip(self.names, headers)}

    def _string(self, at):
        return self.data[at:self.data.index(b'\0', at)].decode(errors='replace')

    def _insns(self, name, at, size):
        number = 0
        poison = False
        while number < size // 8:
            insn = Insn(self.data, self.order, at + 8 * number, name, number)
            poison = insn.bytes == POISON or (poison and insn.code == STX | MEM | 0x18 and
                                              insn.dst == 10 and not insn.src)
            insn.poison = poison
            yield insn
            number += 2 if insn.code == 0x18 else 1

    def _elf_relocations(self):
        """(section, offset, place in the file) of what is relocated."""
        for at, size, _, kind, info in self.sections.values():
            if kind == SHT_REL:
                for i in range(at, at + size, 16):
                    yield self.names[info], self.unpack('Q', i)[0], i

    def symbols(self, kind):
        """(place in the file, section, value, size) of the symbols of a kind (st_info & 15)."""
        for at, size, _, section, _ in self.sections.values():
            for i in range(at, at + size if section == SHT_SYMTAB else at, 24):
                _, info, _, index, value, length = self.unpack('IBBHQQ', i)
                if info & 15 == kind and index < len(self.names):
                    yield i, self.names[index], value, length

    def _read_btf_ext(self, by_place):
        if '.BTF.ext' not in self.sections:
            return
        btf, at = self.sections['.BTF'][0], self.sections['.BTF.ext'][0]
        header, = self.unpack('I', btf + 4)
        self.strings = btf + header + self.unpack('I', btf + 16)[0]
        header, func, func_size, line, line_size, core, core_size = \
            self.unpack('IIIIIII', at + 4)
        starts = set()
        for section, place in self._records(at + header + func, func_size):
            offset, = self.unpack('I', place)
            starts.add((section, offset))
            self.btf_offsets.append((section, offset, place, True))
        for section, place in self._records(at + header + line, line_size):
            offset, file, text, column = self.unpack('IIII', place)
            self.btf_offsets.append((section, offset, place, (section, offset) in starts))
            insn = by_place.get((section, offset))
            if insn:
                insn.file = self._string(self.strings + file)
                insn.line = column >> 10
                insn.source = self._string(self.strings + text).strip()
        last = None
        for insn in self.insns:     # one without a line of its own belongs to the line before
            if not insn.line and last and last.section == insn.section:
                insn.file, insn.line, insn.source = last.file, last.line, last.source
            last = insn
        if header < 32:
            return
        for section, place in self._records(at + header + core, core_size):
            offset, _, access, kind = self.unpack('IIII', place)
            self.btf_offsets.append((section, offset, place, False))
            insn = by_place.get((section, offset))
            if insn:
                insn.relocated = 'core'
                if not kind:        # the offset of a field
                    self.fields.append((self._string(self.strings + access),
                                        self.strings + access, insn))

    def _records(self, at, size):
        """(section, place in the file) of each record of a part of .BTF.ext."""
        if not size:
            return
        end = at + size
        length, = self.unpack('I', at)
        at += 4
        while at < end:
            name, number = self.unpack('II', at)
            at += 8
            for _ in range(number):
                yield self._string(self.strings + name), at
                at += length
