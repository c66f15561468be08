# SPDX-License-Identifier: GPL-2.0
"""The part of make bench-profile that runs in the guest.

Sends packets along each path in a section of its own, and leaves what was
done in each section and the kernel's symbols in the shared directory.
"""

import contextlib
import ctypes
import json
import mmap
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import iperf
import paths
import pktgen

PACKETS = 100_000
SHARE = pathlib.Path("/mnt/share")
PACKET_PATHS = {
    "floor": paths.dummy,
    "veth": paths.veth,
    "softnic": lambda: paths.softnic_pair(1),
    "softnic 8 rings": lambda: paths.softnic_pair(8),
}
TCP_PATHS = {
    "TCP veth": paths.veth,
    "TCP softnic": lambda: paths.softnic_pair(1),
}


def marker(number):
    """A function whose execution the plugin notices as section number."""
    page = mmap.mmap(-1, mmap.PAGESIZE,
                     prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes([0x0F, 0x1F, 0x80, number, 0x00, 0xF7, 0x50, 0xC3]))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    function = ctypes.CFUNCTYPE(None)(address)
    function.page = page
    return function


class Sections:
    """Numbers the sections, and keeps what was done in each."""

    def __init__(self):
        self.done = []

    @contextlib.contextmanager
    def open(self):
        start, stop = marker(len(self.done) + 1), marker(0)
        start()
        yield
        stop()

    def add(self, name, unit, count):
        """Names the section just closed, in which count units were done."""
        self.done.append({"name": name, "unit": unit, "count": count})
        print(f"  {name}: {count:,.0f} x {unit}", file=sys.stderr, flush=True)


def packets(sections):
    for name, make in PACKET_PATHS.items():
        sender, receiver = make()
        mac, receive = paths.mac(receiver), name == "floor"
        pktgen.send(sender, mac, PACKETS, receive)
        pktgen.send(sender, mac, PACKETS, receive, sections.open())
        sections.add(name, "packet", PACKETS)
        paths.clear()


def tcp(sections):
    for name, make in TCP_PATHS.items():
        devices = make()
        with iperf.namespaces(*devices), iperf.server():
            iperf.client()
            with sections.open():
                report = iperf.client()
        sections.add(name, "64 KiB", report["end"]["sum_received"]["bytes"] / 65536)


def main():
    pktgen.load()
    sections = Sections()
    packets(sections)
    tcp(sections)
    (SHARE / "sections.json").write_text(json.dumps(sections.done))
    shutil.copyfile("/proc/kallsyms", SHARE / "kallsyms")


main()
