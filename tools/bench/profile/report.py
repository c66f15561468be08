# SPDX-License-Identifier: GPL-2.0
"""Tables of where a packet's instructions go, from what count.c wrote.

    report.py DIRECTORY                 all paths, function by function
    report.py DIRECTORY --way NAME      one packet's way along a path, in order
    report.py DIRECTORY --code FUNCTION each instruction, and how often it ran
"""

import argparse
import bisect
import collections
import json
import pathlib
import re
import signal
import subprocess
import tempfile

# Fewer instructions than this are the rest of the system: timers and such.
SELDOM = 0.5
# What pktgen calls first for each packet.
PACKET_START = "pktgen_alloc_skb [pktgen]"


class Symbols:
    """The guest's kernel and module symbols, by address."""

    def __init__(self, path):
        named = {}
        for line in path.read_text().splitlines():
            address, kind, name, *module = line.split()
            if kind in "tTwW":
                named.setdefault(int(address, 16), (name, *module))
        self.starts = sorted(named)
        plain = self.demangled(n[0] for n in named.values())
        self.names = [" ".join((plain[n[0]], *n[1:]))
                      for n in (named[s] for s in self.starts)]

    @staticmethod
    def demangled(names):
        names = list(names)
        plain = subprocess.run(["c++filt"], input="\n".join(names), text=True,
                               check=True, stdout=subprocess.PIPE).stdout
        # A Rust name has its crate's hash in brackets.
        plain = re.sub(r"\[[0-9a-f]{12,16}\]", "", plain)
        return dict(zip(names, plain.splitlines()))

    def at(self, address):
        """The name and the start of the function that address is in."""
        i = bisect.bisect_right(self.starts, address) - 1
        return (self.names[i], self.starts[i]) if i >= 0 else ("?", 0)


class Counts:
    """What the plugin counted: (address, bytes, count in each section)."""

    def __init__(self, directory):
        self.sections = json.loads((directory / "sections.json").read_text())
        self.names = [s["name"] for s in self.sections]
        self.symbols = Symbols(directory / "kallsyms")
        self.instructions, self.trace = [], collections.defaultdict(list)
        lines = (directory / "counts").read_text().splitlines()
        if lines[-1] != "end":
            raise SystemExit(f"{directory}/counts is not whole")
        for line in lines[:-1]:
            kind, *words = line.split()
            if kind == "trace":
                self.trace[int(words[0])].append((int(words[1], 16), int(words[2])))
                continue
            address = int(words[0], 16)
            counts = [int(n) for n in words[2:2 + len(self.names)]]
            for code in words[1].split("."):
                self.instructions.append((address, code, counts))
                address += len(code) // 2

    def shares(self, counts):
        """The counts for one packet, or whatever a section is measured in."""
        return [n / s["count"] for n, s in zip(counts, self.sections)]

    def by_function(self):
        """Instructions and entries a unit, for each function and section."""
        spent = collections.defaultdict(lambda: [0] * len(self.names))
        entered = collections.defaultdict(lambda: [0] * len(self.names))
        for address, _, counts in self.instructions:
            name, start = self.symbols.at(address)
            for i, share in enumerate(self.shares(counts)):
                spent[name][i] += share
                if address == start:
                    entered[name][i] += share
        return spent, entered


def functions(counts):
    spent, entered = counts.by_function()
    for i, path in enumerate(counts.names):
        total = sum(s[i] for s in spent.values())
        unit = counts.sections[i]["unit"]
        print(f"\n## {path}: {total:.0f} kernel instructions for each {unit}\n")
        print("| instructions | entered | function |\n|---:|---:|---|")
        order = sorted(spent, key=lambda name: -spent[name][i])
        for name in order:
            if spent[name][i] >= SELDOM:
                print(f"| {spent[name][i]:.1f} | {entered[name][i]:.2f} | {name} |")


def differences(counts, one, other):
    """Where two paths differ, the dearest for `other` first."""
    spent, _ = counts.by_function()
    a, b = counts.names.index(one), counts.names.index(other)
    print(f"\n## {other} against {one}\n")
    print(f"| {other} - {one} | {one} | {other} | function |\n|---:|---:|---:|---|")
    for name in sorted(spent, key=lambda n: spent[n][a] - spent[n][b]):
        if abs(spent[name][b] - spent[name][a]) >= SELDOM:
            print(f"| {spent[name][b] - spent[name][a]:+.1f} | {spent[name][a]:.1f} "
                  f"| {spent[name][b]:.1f} | {name} |")


def steps(counts, path):
    """The trace of a path as [function, instructions, entered here?]."""
    found = []
    for address, length in counts.trace[counts.names.index(path) + 1]:
        name, start = counts.symbols.at(address)
        entry = address == start
        if found and found[-1][0] == name and not entry:
            found[-1][1] += length
        else:
            found.append([name, length, entry])
    return found


def way(counts, path):
    """The functions that one packet goes through, in the order they run."""
    found = steps(counts, path)
    first, following = [i for i, (name, _, entry) in enumerate(found)
                        if entry and name == PACKET_START][:2]
    print(f"\n## {path}: one packet in order (> is an entry)\n")
    for name, length, entry in found[first:following]:
        print(f"{length:5d} {'>' if entry else ' '} {name}")


def code(counts, function):
    """The code of a function as it ran, disassembled, with its counts."""
    found = collections.defaultdict(dict)
    for address, text, ran in counts.instructions:
        name, start = counts.symbols.at(address)
        if function in name:
            before = found[start].get(address, (text, [0] * len(ran)))[1]
            found[start][address] = text, [a + b for a, b in zip(before, ran)]
    for start in sorted(found):
        print(f"\n## {counts.symbols.at(start)[0]}: executions for "
              f"{', '.join(counts.names)}\n")
        plain = disassembled({a: text for a, (text, _) in found[start].items()})
        target = re.compile("0x(ffff[0-9a-f]{12})")
        for address, (_, ran) in sorted(found[start].items()):
            shares = " ".join(f"{n:7.2f}" for n in counts.shares(ran))
            words = target.sub(lambda m: place(counts, int(m[1], 16)), plain[address])
            print(f"{shares}  +{address - start:04x}  {words}")


def place(counts, address):
    name, start = counts.symbols.at(address)
    return f"{name}+{address - start:04x}" if address != start else name


def disassembled(texts):
    """Instructions in words, by address, from the same in hexadecimal."""
    start = min(texts)
    image = bytearray()
    for address, text in sorted(texts.items()):
        image += b"\x90" * (address - start - len(image)) + bytes.fromhex(text)
    with tempfile.NamedTemporaryFile() as file:
        file.write(image)
        file.flush()
        out = subprocess.run(
            ["objdump", "-D", "-b", "binary", "-m", "i386:x86-64",
             "--no-show-raw-insn", f"--adjust-vma={start:#x}", file.name],
            stdout=subprocess.PIPE, check=True, text=True).stdout
    lines = (line.split(":\t", 1) for line in out.splitlines() if ":\t" in line)
    return {int(address, 16): words for address, words in lines}


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("--way", metavar="NAME")
    p.add_argument("--code", metavar="FUNCTION")
    a = p.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    counts = Counts(a.directory)
    if a.way:
        way(counts, a.way)
    elif a.code:
        code(counts, a.code)
    else:
        differences(counts, "veth", "softnic")
        differences(counts, "softnic", "softnic 8 rings")
        differences(counts, "TCP veth", "TCP softnic")
        functions(counts)


main()
