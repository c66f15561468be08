# SPDX-License-Identifier: GPL-2.0
"""The memory of a kernel that crashed, as /proc/vmcore has it (x86-64)."""

import struct

PT_LOAD, PT_NOTE = 1, 4
TEXT_MAP = 0xFFFFFFFF80000000
# Of an entry of a page table: it is there, it is the last, and the address in it.
PRESENT, LARGE, FRAME = 1, 0x80, 0xFFFFFFFFFF000


class Dump:
    """A dump to read from."""

    def __init__(self, path="/proc/vmcore"):
        self.file = open(path, "rb", buffering=0)  # pylint: disable=consider-using-with
        head = self._at(0, 64)
        start, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        self.loads, self.notes = [], {}
        for n in range(count):
            entry = self._at(start + n * size, size)
            kind, _, offset, _, physical, length = struct.unpack_from("<IIQQQQ", entry)
            if kind == PT_LOAD:
                self.loads.append((physical, length, offset))
            elif kind == PT_NOTE:
                self._read_notes(self._at(offset, length))
        text = self.notes["VMCOREINFO"].decode()
        # KEY=VALUE, one a line: what the kernel tells of itself.
        self.told = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        base = int(self.told["NUMBER(phys_base)"])
        self.root = int(self.told["SYMBOL(init_top_pgt)"], 16) - TEXT_MAP + base

    def _read_notes(self, data):
        at = 0
        while at + 12 <= len(data):
            name, size, _ = struct.unpack_from("<III", data, at)
            at += 12
            called = data[at:at + name].rstrip(b"\0").decode()
            at += (name + 3) & ~3
            self.notes[called] = data[at:at + size].rstrip(b"\0")
            at += (size + 3) & ~3

    def _at(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def physical(self, address, size):
        """Bytes at a physical address."""
        for start, length, offset in self.loads:
            if start <= address and address + size <= start + length:
                return self._at(offset + address - start, size)
        raise AssertionError(f"the dump has nothing of {address:#x}")

    def _frame(self, address):
        """Where a virtual address is."""
        table = self.root
        for shift in (39, 30, 21, 12):
            entry, = struct.unpack("<Q", self.physical(table + (address >> shift & 511) * 8, 8))
            assert entry & PRESENT, f"nothing is at {address:#x}"
            if shift == 12 or entry & LARGE:
                low = (1 << shift) - 1
                return (entry & FRAME & ~low) + (address & low)
            table = entry & FRAME
        return None

    def bytes(self, address, size):
        """Bytes at an address of the kernel, within a page."""
        return self.physical(self._frame(address), size)

    def pointer(self, address):
        """A pointer at an address."""
        return struct.unpack("<Q", self.bytes(address, 8))[0]

    def text(self, address, size):
        """A text at an address, in so many bytes."""
        return self.bytes(address, size).partition(b"\0")[0].decode()

    def entries(self, head, offset):
        """The structures of a list, of which each has its link at an offset."""
        at, found = self.pointer(head), []
        while at != head and len(found) < 100:
            found.append(at - offset)
            at = self.pointer(at)
        return found
