#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""perf, ftrace, typed probes and the drop monitor see each frame, and each drop with
its reason.

# timeout: 300
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import contextlib
import pty
import re
import select
import signal

from softnic.frames import frame, packet_socket
from softnic.ktap import Skip, defer, equal, main, test, until
from softnic.net import attempt, run, settle
from softnic.observe import Watching, bpftrace, maps, need, netns_number, pair, softirqs_end
from softnic.rtnl import link

TRACING = "/sys/kernel/tracing"
FOREIGN = "02:00:00:00:00:99"
# So long is no other frame.
SIZE = 77


def send(count, to=None):
    """Sends frames from n0, to n1 or another address, and waits for their end."""
    data = frame(to or link("n1", "b").address, link("n0", "a").address, size=SIZE)
    sender = packet_socket("n0", "a")
    for _ in range(count):
        sender.send(data)
    settle()


def write(path, text):
    """Writes to a file of tracefs."""
    with open(f"{TRACING}/{path}", "w", encoding="ascii") as f:
        f.write(text)


@test
def perf_counts_each_frame():
    need("perf")
    pair()
    send(1)
    watching = Watching("perf stat -a -x ';' -e 'softnic:*' {}")
    send(30)
    counts = {name: int(n) for n, name in re.findall(
        r"^(\d+);;softnic:softnic_(\w+);", watching.end(), re.M)}
    for name in ("xmit", "classify", "ring_push", "deliver"):
        equal(counts[name], 30, f"events {name}")
    equal(counts["poll_begin"], counts["poll_end"], "polls")
    assert 1 <= counts["schedule"] <= counts["poll_begin"] <= 60, f"polls: {counts}"
    equal(counts["drop"], 0, "drops")


@test
def perf_tells_fields_by_name():
    need("perf")
    pair()
    send(1)
    file = "/tmp/observe.perf"
    watching = Watching(f"perf record -q -a -o {file} -e softnic:softnic_xmit"
                        " -e softnic:softnic_deliver -e softnic:softnic_drop -e skb:kfree_skb {}")
    defer(lambda: os.path.exists(file) and os.unlink(file))
    send(5)
    send(3, FOREIGN)
    watching.end()
    lines = run(f"perf script -i {file} -F event,trace").splitlines()

    def told(event, text):
        return sum(bool(re.search(rf"{event}: .*{text}", line)) for line in lines)

    text = "\n".join(lines)
    equal(told("softnic_xmit", rf":n0 netns={netns_number('a')} .*len={SIZE} segs=1"), 8,
          f"frames sent in {text}")
    equal(told("softnic_deliver", rf":n1 netns={netns_number('b')} .*len={SIZE} how="), 5,
          f"frames delivered in {text}")
    equal(told("softnic_drop", rf":n1 .*len={SIZE} reason=rx_filtered skb_reason=OTHERHOST"), 3,
          f"drops in {text}")
    equal(told("kfree_skb", r"reason: OTHERHOST"), 3, f"drops as the kernel has them in {text}")


@test
def trace_cmd_tells_fields_by_name():
    need("trace-cmd")
    pair()
    send(1)
    file = "/tmp/observe.dat"
    watching = Watching(f"trace-cmd record -q -o {file} -e softnic {{}}")
    defer(lambda: os.path.exists(file) and os.unlink(file))
    send(4)
    watching.end()
    text = run(f"trace-cmd report -i {file}")
    for event, words in (("xmit", "segs=1"), ("ring_push", "capacity=256"), ("deliver", "how=")):
        found = re.findall(rf"softnic_{event}: .*len={SIZE}\b.*{words}|"
                           rf"softnic_{event}: .*{words}.*len={SIZE}\b", text)
        equal(len(found), 4, f"events {event} in {text}")


@test
def function_graph_shows_a_frames_way():
    if "function_graph" not in open(f"{TRACING}/available_tracers", encoding="ascii").read():
        raise Skip("function_graph is not in this kernel")
    pair()
    send(1)
    data = frame(link("n1", "b").address, link("n0", "a").address, size=SIZE)
    sender = packet_socket("n0", "a")
    # Not by task: the poll may be ksoftirqd's.
    defer(write, "set_graph_function", "")
    write("set_graph_function", "__dev_queue_xmit __napi_poll")
    write("trace", "")
    write("current_tracer", "function_graph")
    defer(write, "current_tracer", "nop")
    before = link("n1", "b").stats["rx_packets"]
    sender.send(data)
    until(lambda: link("n1", "b").stats["rx_packets"] == before + 1, "the frame is delivered")
    softirqs_end()
    write("tracing_on", "0")
    defer(write, "tracing_on", "1")
    with open(f"{TRACING}/trace", encoding="ascii") as f:
        text = f.read()
    depth = {}
    for function in ("dev_hard_start_xmit", "__napi_poll", "netif_receive_skb"):
        found = re.search(rf"\|( +){function}(?:\.\S+)?\(", text)
        assert found, f"no {function} in {text}"
        depth[function] = len(found[1])
    assert depth["__napi_poll"] < depth["netif_receive_skb"], f"{depth} in {text}"


@test
def ftrace_reads_types_by_btf():
    pair()
    send(1)
    probe = "t:observe/typed softnic_deliver device=dev->name:string bytes=skb->len"
    try:
        write("dynamic_events", probe)
    except OSError as error:
        raise Skip(f"no probes of tracepoints: {error}") from error
    defer(write, "dynamic_events", "")
    write("trace", "")
    write("events/observe/typed/enable", "1")
    defer(write, "events/observe/typed/enable", "0")
    send(6)
    softirqs_end()
    with open(f"{TRACING}/trace", encoding="ascii") as f:
        text = f.read()
    equal(len(re.findall(rf'typed: .*device="n1" bytes={SIZE}$', text, re.M)), 6,
          f"frames in {text}")


@test
def bpftrace_reads_types_by_btf():
    pair()
    send(1)
    watching = bpftrace("rawtracepoint:softnic_xmit { $dev = (struct net_device *)arg0;"
                        " $skb = (struct sk_buff *)arg1;"
                        " @[$dev->name, $dev->mtu, $skb->len] = count(); }")
    send(6)
    equal(maps(watching.end()), {"": {("n0", "1500", str(SIZE)): 6}}, "frames")


class Dropwatch:
    """dropwatch, which wants a terminal."""

    def __init__(self):
        self.text = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvp("dropwatch", ["dropwatch", "-l", "kas"])
        defer(self.end)

    def say(self, words, answer):
        """Says something, and waits for an answer."""
        os.write(self.terminal, words.encode())
        self.hears(answer)

    def hears(self, answer, count=1):
        """Waits until it has printed something so many times."""
        until(lambda: self.read().count(answer) >= count,
              lambda: f"dropwatch prints {answer}: {self.text}", seconds=30)

    def read(self):
        """What it has printed so far."""
        with contextlib.suppress(OSError):
            while select.select([self.terminal], [], [], 0)[0]:
                self.text += os.read(self.terminal, 4096).decode()
        return self.text

    def end(self):
        """Stops the monitor, and it."""
        with contextlib.suppress(OSError):
            prompts = self.read().count("dropwatch> ")
            os.write(self.terminal, b"\x03")
            self.hears("dropwatch> ", prompts + 1)
            os.write(self.terminal, b"exit\n")
            until(lambda: self.read() and os.waitpid(self.process, os.WNOHANG)[0], "it ends")
            self.process = None
        os.close(self.terminal)
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


@test
def the_drop_monitor_tells_reasons():
    need("dropwatch")
    attempt("modprobe drop_monitor")
    pair()
    send(1)
    dropwatch = Dropwatch()
    dropwatch.hears("dropwatch> ")
    dropwatch.say("set alertmode packet\n", "successfully set")
    dropwatch.say("start\n", "monitoring activated")
    send(3, FOREIGN)
    dropwatch.hears(f"original length: {SIZE}", 3)
    reports = [r for r in re.split("drop at: ", dropwatch.text)
               if f"original length: {SIZE}" in r]
    dropwatch.hears("drop reason: OTHERHOST", 3)
    equal(len(reports), 3, f"drops in {dropwatch.text}")
    for report in re.split("drop at: ", dropwatch.read())[1:]:
        if f"original length: {SIZE}" in report:
            assert "drop reason: OTHERHOST" in report, f"another reason in {report}"


main()
