#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Kernels that end while frames flow: another one is started in their place (kexec),
and then another one from a crash, which finds the first one's memory (/proc/vmcore)
with the NICs in it. Three boots of one guest; the last one tells what was found."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import ctypes
import errno
import json
import shlex

from softnic.dump import Dump
from softnic.ktap import Skip, equal, main, test
from softnic.meanwhile import flows, talk_meanwhile
from softnic.net import attempt, run

RUN = "/run/softnic"
LEFT = f"{RUN}/left.json"
KERNEL = "/softnic/build/modules-stock/vmlinuz"
LIBC = ctypes.CDLL(None, use_errno=True)
KEXEC_FILE_LOAD, ON_CRASH, NO_INITRD, REBOOT_KEXEC = 320, 2, 4, 0x45584543
BOOT = "softnic_boot="


def command_line():
    """The words that this kernel was started with."""
    with open("/proc/cmdline", encoding="ascii") as f:
        return f.read().split()


def boot():
    """Which boot this is."""
    return int(next((x[len(BOOT):] for x in command_line() if x.startswith(BOOT)), 1))


def load_next(flags, *words):
    """Has a kernel ready that goes on with this test. It has one CPU: another one takes
    long to start in an emulated guest."""
    usual = [x for x in command_line() if not x.startswith((BOOT, "crashkernel="))]
    line = " ".join([*usual, f"{BOOT}{boot() + 1}", "nr_cpus=1", *words]).encode() + b"\0"
    fd = os.open(KERNEL, os.O_RDONLY)
    if LIBC.syscall(KEXEC_FILE_LOAD, fd, -1, len(line), line, flags | NO_INITRD):
        code = ctypes.get_errno()
        if code == errno.ENOSYS:
            raise Skip("the kernel has no kexec")
        raise OSError(code, os.strerror(code))
    os.close(fd)
    # The next boot runs the same test, though this guest has begun it.
    with open(f"{RUN}/command", encoding="utf-8") as f:
        old = shlex.split(f.read())
    if "--claims" in old:
        at = old.index("--claims")
        del old[at:at + 2]
    with open(f"{RUN}/command", "w", encoding="utf-8") as f:
        f.write(shlex.join(old) + "\n")


def leave(**left):
    """Leaves something for the next boot."""
    with open(LEFT, "w", encoding="utf-8") as f:
        json.dump(left, f)


def left():
    """What the boot before has left."""
    with open(LEFT, encoding="utf-8") as f:
        return json.load(f)


def start_next():
    """The first boot: the next kernel takes this one's place under traffic."""
    if not os.path.exists(KERNEL):
        raise Skip(f"no {KERNEL}")
    load_next(0, "crashkernel=256M")
    talk_meanwhile()
    flows()
    leave(boots=1)
    os.sync()
    LIBC.reboot(REBOOT_KEXEC)
    raise OSError(ctypes.get_errno(), "kexec")


def addresses():
    """Where this kernel has what the dump is to show, and how it is laid out."""
    found = {}
    with open("/proc/kallsyms", encoding="ascii") as f:
        for line in f:
            address, _, name = line.rstrip().split(maxsplit=2)
            if name == "init_net" or name.split() == ["__this_module", "[softnic]"]:
                found[name.split()[0]] = int(address, 16)
    fields = ("net", "dev_base_head"), ("net_device", "dev_list"), ("net_device", "name"), \
        ("module", "name")
    told = run("bpftrace -e 'BEGIN { printf(\"%d %d %d %d\\n\", " + ", ".join(
        f"offsetof(struct {x}, {y})" for x, y in fields) + "); exit(); }'")
    numbers = next(line for line in told.splitlines() if line[:1].isdigit()).split()
    return found | {f"{x}.{y}": int(n) for (x, y), n in zip(fields, numbers)}


def crash():
    """The second boot: frames flow as ever, and the kernel crashes among them."""
    equal(left(), {"boots": 1}, "what the first boot left")
    load_next(ON_CRASH)
    attempt("ip link add here type softnic")
    talk_meanwhile()
    flows()
    leave(boots=2, **addresses())
    os.sync()
    with open("/proc/sysrq-trigger", "w", encoding="ascii") as f:
        f.write("c")


@test
def another_kernel_takes_over_under_traffic():
    if boot() < 3:
        (start_next, crash)[boot() - 1]()
    equal(left()["boots"], 2, "boots that had frames flow")


@test
def a_crash_leaves_a_dump_with_the_nics():
    if boot() < 3:
        raise Skip("there was no crash")
    where, dump = left(), Dump()
    equal(dump.told["OSRELEASE"], os.uname().release, "the kernel of the dump")
    equal(dump.text(where["__this_module"] + where["module.name"], 56), "softnic", "module")
    devices = dump.entries(where["init_net"] + where["net.dev_base_head"],
                           where["net_device.dev_list"])
    equal([dump.text(x + where["net_device.name"], 16) for x in devices], ["lo", "here"],
          "devices of the first namespace")


main()
