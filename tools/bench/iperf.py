# SPDX-License-Identifier: GPL-2.0
"""iperf3 between two namespaces, which are made here."""

import contextlib
import json
import subprocess

import paths

SENDER, RECEIVER = "bench1", "bench2"
ADDRESS = "10.1.0.2"


def inside(namespace, *words):
    return ["ip", "netns", "exec", namespace, *words]


@contextlib.contextmanager
def namespaces(sender, receiver):
    """Moves the two devices into a namespace each, with addresses."""
    for namespace, device, address in ((SENDER, sender, "10.1.0.1"),
                                       (RECEIVER, receiver, ADDRESS)):
        paths.ip(f"netns add {namespace}")
        paths.ip(f"link set {device} netns {namespace}")
        paths.ip(f"-n {namespace} address add {address}/24 dev {device}")
    # Both have to be up before there is a carrier to send on.
    for namespace, device in ((SENDER, sender), (RECEIVER, receiver)):
        paths.ip(f"-n {namespace} link set {device} up")
    try:
        yield
    finally:
        paths.ip(f"-n {SENDER} link del {sender}")
        for namespace in (SENDER, RECEIVER):
            paths.ip(f"netns del {namespace}")


@contextlib.contextmanager
def server():
    with subprocess.Popen(inside(RECEIVER, "iperf3", "-s", "--forceflush"),
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout:
                if "listening" in line:
                    break
            else:
                raise RuntimeError("the iperf3 server ended")
            yield
        finally:
            process.kill()


def offload(devices, setting):
    for namespace, name in zip((SENDER, RECEIVER), devices):
        paths.run(*inside(namespace, "ethtool", "-K", name,
                          "tso", setting, "gso", setting))


def client(*words):
    """Runs iperf3 for a second; returns its report.

    An end by a number of bytes is seen with the next tick of iperf3's own
    clock, with idle time in between that is no instruction: hence a time.
    """
    out = paths.run(*inside(SENDER, "iperf3", "-c", ADDRESS, "-t", "1", "-i", "0.1",
                            "-J", *words))
    return json.loads(out)


def intervals(report, count):
    """The count of each tenth of a second, for a second's worth of them."""
    return [i["sum"][count] / i["sum"]["seconds"] for i in report["intervals"]
            if i["sum"]["seconds"] > 0.05]


def tcp():
    """Bytes in 10^9 instructions."""
    return intervals(client(), "bytes")


def udp():
    """Instructions for each datagram of 64 bytes that arrives.

    Sender and receiver share the CPU, and nothing slows the sender down: a few
    datagrams find the receiver's socket full.
    """
    report = client("-u", "-b", "0", "-l", "64")
    got = report["end"]["sum_received"]
    arrived = 1 - got["lost_packets"] / got["packets"]
    if arrived < 0.99:
        raise RuntimeError(f"{got['lost_packets']} datagrams of {got['packets']} lost")
    return [1e9 / (rate * arrived) for rate in intervals(report, "packets")]
