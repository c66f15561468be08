# SPDX-License-Identifier: GPL-2.0
"""Judges how a guest ended, by its kernel log and what it left behind."""

import re
import sys

# The first line of every kind of report that the kernel makes of a fault in
# itself. Fault injection prints stacks too, so a stack alone is not one.
REPORT = re.compile(
    r"WARNING: |BUG: |\bBUG at |Oops|KASAN: |UBSAN: |KCSAN: |kernel BUG"
    r"|general protection fault|Kernel panic|rust_kernel: panicked"
    r"|INFO: task .* blocked|INFO: .*detected (expedited )?stall|soft lockup|hard LOCKUP"
    r"|INFO: (possible|inconsistent|trying to register|suspicious)"
    r"|suspicious RCU usage|possible (circular|recursive) locking"
    r"|inconsistent lock state|sleeping function called"
    r"|unregister_netdevice: waiting for|refcount_t: |ref_tracker: "
    r"|ODEBUG: |Slab .* cache|list_(add|del) corruption|scheduling while atomic"
    r"|stack-protector|unchecked MSR|Out of memory: Killed|workqueue: .* hogged CPU")

# What the kernel says of itself at every boot under QEMU, and of a crash that a test
# asked for.
HARMLESS = re.compile(r"Spectre|MDS|L1TF|RETBleed|SRSO|hogged CPU|"
                      r"Kernel panic - not syncing: sysrq triggered crash|"
                      r"ref_tracker: memory allocation failure")

# Bits of /proc/sys/kernel/tainted that mean a fault: D, W, L and the lockdep-
# independent "bad page" B.
FAULTS = {5: "bad page", 7: "died", 9: "warned", 14: "soft lockup"}

AFTER = 60


def reports(text):
    """The reports in a kernel log, each with the lines that follow it."""
    lines = text.splitlines()
    found, n = [], 0
    while n < len(lines):
        if REPORT.search(lines[n]) and not HARMLESS.search(lines[n]):
            found.append("\n".join(lines[n:n + AFTER]))
            n += AFTER
        else:
            n += 1
    return found


def faults(tainted):
    bits = int(tainted or 0)
    return [name for bit, name in FAULTS.items() if bits >> bit & 1]


def complain(*words):
    print("softnic:", *words, file=sys.stderr)


def verdict(log, in_time, timeout, status, tainted, leaks, emulator):
    """The exit status of the run, with everything wrong printed."""
    with open(log, errors="replace") as f:
        text = f.read()
    found = reports(text)
    for report in found:
        complain("the guest's kernel reports:")
        print(report, file=sys.stderr)
    if leaks:
        complain("the guest's kernel leaks memory:")
        print(leaks, file=sys.stderr)
    bad = faults(tainted)
    if bad and not found:
        complain("the guest's kernel is tainted:", ", ".join(bad))
    if not status:
        print("\n".join(line for line in emulator.splitlines()
                        if "TCG doesn't support" not in line), file=sys.stderr)
        if not found:
            print("\n".join(text.splitlines()[-30:]), file=sys.stderr)
        complain(f"the guest did not end in {timeout:g} s" if not in_time
                 else "the guest died before its command ended")
    if found or leaks or bad or not status:
        complain("the kernel's log is in", log)
        return 124 if not in_time else int(status or 0) or 126
    return int(status)
