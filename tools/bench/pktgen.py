# SPDX-License-Identifier: GPL-2.0
"""The kernel's packet generator, by its files in /proc/net/pktgen."""

import contextlib
import re
import subprocess
import time

ROOT = "/proc/net/pktgen"
THREAD = f"{ROOT}/kpktgend_0"


def write(path, line):
    with open(path, "w") as f:
        f.write(line + "\n")


def load():
    subprocess.run(["modprobe", "pktgen"], check=True)


def finished(device):
    """What the generator tells of a device. Its thread may still be writing the result,
    whose last line has the rate, when the start has returned."""
    for _ in range(1000):
        with open(f"{ROOT}/{device}") as f:
            report = f.read()
        if re.search(r"^ +\d+pps", report, re.M):
            break
        time.sleep(0.001)
    return report


def send(device, mac, packets, receive=False, around=contextlib.nullcontext(), *,
         size=60, macs=0, ports=0, source=None):
    """Sends packets from device to mac; returns nanoseconds a packet.

    With receive they go into the stack as if device had received them. No
    namespace has the address they are for. The sending alone is done in the
    context around. macs, ports: they go to so many addresses, or UDP ports, one after
    another. Where no source is given, the stack has no use for them and drops them
    early.
    """
    settings = [f"count {packets}", "clone_skb 0", f"pkt_size {size}", "delay 0",
                "dst 10.0.0.2", f"dst_mac {mac}", f"dst_mac_count {macs}"]
    if ports:
        settings += ["udp_dst_min 5000", f"udp_dst_max {5000 + ports}"]
    if source:
        settings += [f"src_min {source}", f"src_max {source}"]
    if receive:
        settings.append("xmit_mode netif_receive")
    write(THREAD, "rem_device_all")
    write(THREAD, f"add_device {device}")
    for line in settings:
        write(f"{ROOT}/{device}", line)
    with around:
        write(f"{ROOT}/pgctrl", "start")
    report = finished(device)
    write(THREAD, "rem_device_all")
    found = re.search(r"OK: (\d+)\(.*\) usec, (\d+) ", report)
    # The stack has no use for these packets: received, each is an error.
    errors = packets if receive else 0
    if (not found or int(found[2]) != packets
            or not re.search(rf"errors: {errors}\b", report)):
        raise RuntimeError(f"pktgen on {device}: {report}")
    return int(found[1]) * 1000 / packets
