# SPDX-License-Identifier: GPL-2.0
"""Frames as the kernel's own tracepoints see them: what a driver is given to
send, and what it hands to the stack, before anything merges or unpacks it."""

import itertools
import os
import re
import subprocess

from .ktap import defer

TRACING = "/sys/kernel/tracing"
SENT = ("net_dev_start_xmit",)
RECEIVED = ("netif_receive_skb_entry", "netif_receive_skb_list_entry",
            "napi_gro_receive_entry")
# Of ip_summed.
NONE, UNNECESSARY, COMPLETE, PARTIAL = range(4)
_numbers = itertools.count()


def _write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Watch:
    """Sees the frames of one device from now until the test's end."""

    def __init__(self, dev, events=RECEIVED):
        if not os.path.exists(f"{TRACING}/instances"):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)
        self.folder = f"{TRACING}/instances/watch{next(_numbers)}"
        os.mkdir(self.folder)
        defer(os.rmdir, self.folder)
        for event in events:
            _write(f"{self.folder}/events/net/{event}/filter", f'name == "{dev}"')
            _write(f"{self.folder}/events/net/{event}/enable", "1")
            defer(_write, f"{self.folder}/events/net/{event}/enable", "0")

    def frames(self):
        """All frames seen since the last call, each its fields by name."""
        with open(f"{self.folder}/trace", encoding="ascii") as f:
            text = f.read()
        _write(f"{self.folder}/trace", "")
        kept, written = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", text).groups()
        assert kept == written, f"{kept} of {written} frames were kept"
        fields = re.compile(r"(?!skbaddr)\b(\w+)=(0x[0-9a-f]+|-?\d+)\b")
        return [{name: int(value, 0) for name, value in fields.findall(line)}
                for line in text.splitlines() if "dev=" in line]
