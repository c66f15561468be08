# SPDX-License-Identifier: GPL-2.0
"""What the trace events cost, in instructions a packet; the part of
tools/bench/trace-costs that runs in the guest, whose clock counts instructions.

pktgen sends over a pair of NICs with one ring each, one frame at a time and
without moderation, so that each event comes once for each frame. A line for each: how
many instructions more than with all off, while it is written to ftrace's buffer,
while a bpftrace program counts it, and while one makes a histogram of a field; and
the same for kprobes of functions at the same places.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import paths
import pktgen

PACKETS = 30_000
EVENTS = "/sys/kernel/tracing/events/softnic"
# Each with the argument that a histogram is made of.
PLACES = {"xmit": "arg2", "classify": "arg4", "ring_push": "arg3", "schedule": "arg1",
          "poll_begin": "arg3", "poll_end": "arg4", "deliver": "arg2"}
GATE = "/tmp/trace-costs"


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


@contextlib.contextmanager
def traced(names):
    """Events are written to ftrace's buffer."""
    for name in names:
        write(f"{EVENTS}/softnic_{name}/enable", "1")
    try:
        yield
    finally:
        for name in names:
            write(f"{EVENTS}/softnic_{name}/enable", "0")
        write("/sys/kernel/tracing/trace", "")


@contextlib.contextmanager
def program(text):
    """A bpftrace program is attached. It starts what opens the gate when it is."""
    os.mkfifo(GATE)
    running = subprocess.Popen(["bpftrace", "-c", f"cat {GATE}", "-e", text],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        gate = None
        while gate is None:
            if running.poll() is not None:
                sys.exit(f"bpftrace: {text}: {running.stdout.read()}")
            try:
                gate = os.open(GATE, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.1)
        yield
        running.send_signal(signal.SIGINT)
        said = running.communicate()[0]
        os.close(gate)
    finally:
        os.unlink(GATE)
    # A program that saw nothing costs nothing.
    if not re.search(r"^@", said, re.M):
        sys.exit(f"bpftrace: {text}: it saw no frame: {said}")


def main():
    sender, receiver = paths.softnic_pair(1)
    mac = paths.mac(receiver)
    # Else the receiver is polled for several frames at a time.
    paths.run("ethtool", "-C", receiver, "adaptive-rx", "off", "rx-usecs", "0")
    pktgen.load()

    def cost(around):
        with around:
            return min(pktgen.send(sender, mac, PACKETS) for _ in range(2))

    pktgen.send(sender, mac, PACKETS)
    off = cost(contextlib.nullcontext())
    print(f"all off: {off:,.0f} instructions a packet\n")
    print("| event | ftrace | bpftrace count | bpftrace histogram |")
    print("|---|---|---|---|")
    for name, argument in PLACES.items():
        raw = f"rawtracepoint:softnic_{name}"
        row = (traced([name]), program(f"{raw} {{ @ = count(); }}"),
               program(f"{raw} {{ @ = hist({argument}); }}"))
        print(f"| `softnic_{name}` | " + " | ".join(f"{cost(r) - off:,.0f}" for r in row) + " |",
              flush=True)
    print(f"| all of them | {cost(traced(PLACES)) - off:,.0f} | | |")
    print("\n| kprobe | at the place of | bpftrace count | bpftrace histogram |")
    print("|---|---|---|---|")
    for place, function in (
            ("poll_begin", "__napi_poll"), ("deliver", "netif_receive_skb")):
        probe = f"kprobe:{function}"
        row = program(f"{probe} {{ @ = count(); }}"), program(f"{probe} {{ @ = hist(arg1); }}")
        print(f"| `{function}` | `softnic_{place}` | "
              + " | ".join(f"{cost(r) - off:,.0f}" for r in row) + " |", flush=True)
    again = cost(contextlib.nullcontext())
    print(f"\nall off again: {again:,.0f} instructions a packet")


main()
