# SPDX-License-Identifier: GPL-2.0
"""Runs in a guest with the debug kernel: does what is forbidden, one thing after
another, and says whether the kernel reported it. What was spoilt stays so: the guest is
for nothing else."""

import os
import re
import subprocess
import sys
import time

PROVOKE = "/sys/kernel/debug/provoke-crash/DIRECT"
# Longer than any of the checks takes to look again, on a busy machine.
SECONDS = 120


def write(path, text):
    """Writes a file."""
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def provoke(what):
    """Has the module lkdtm do something, in a process of its own."""
    return lambda: subprocess.run(["sh", "-c", f"echo {what} >{PROVOKE}"], check=False)


def lockup(**settings):
    """Has the module test_lockup keep a CPU or sleep where that is forbidden."""
    # The module does its work while it is loaded, and then refuses to stay.
    return lambda: subprocess.run(
        ["modprobe", "test_lockup", *(f"{name}={value}" for name, value in settings.items())],
        check=False, stderr=subprocess.DEVNULL)


def leak():
    """Loses memory, and has it looked for."""
    subprocess.run(["modprobe", "kmemleak-test"], check=True)
    for _ in range(2):
        # What is younger than five seconds is not told.
        time.sleep(6)
        write("/sys/kernel/debug/kmemleak", "scan")


def stalled_readers():
    """Reads for long while another process waits for the readers."""
    # That is the system call membarrier, for all CPUs.
    with subprocess.Popen([sys.executable, "-c", "import ctypes\n"
                           "while True: ctypes.CDLL(None).syscall(324, 1, 0)"]) as waiting:
        lockup(lock_rcu=1, time_secs=30)()
        waiting.kill()


FAULTS = (
    # First: once KASAN has reported anything, lockdep looks no further.
    ("lockdep: a lock kept on the way to user space", provoke("SPINLOCKUP"),
     "lock held when returning to user space"),
    ("atomic sleep: what has kept that lock ends", lambda: None, "BUG: sleeping function called"),
    ("KASAN: an object after its end", provoke("READ_AFTER_FREE"), "KASAN: slab-use-after-free"),
    ("KASAN: behind an object", provoke("SLAB_LINEAR_OVERFLOW"), "KASAN: slab-out-of-bounds"),
    ("KASAN: behind a vmalloc area", provoke("VMALLOC_LINEAR_OVERFLOW"),
     "KASAN: vmalloc-out-of-bounds"),
    ("KASAN: an object freed twice", provoke("SLAB_FREE_DOUBLE"), "KASAN: double-free"),
    ("KASAN: a page after its end", provoke("READ_BUDDY_AFTER_FREE"), "KASAN: use-after-free"),
    ("UBSAN: an index", provoke("ARRAY_BOUNDS"), "UBSAN: array-index-out-of-bounds"),
    ("kmemleak: memory that nothing leads to", leak, r"kmemleak: \d+ new suspected memory leak"),
    ("WARN()", provoke("WARNING_MESSAGE"), "WARNING: .*lkdtm"),
    ("refcount_t: a count that is 0 raised", provoke("REFCOUNT_INC_ZERO"),
     "refcount_t: addition on 0"),
    ("refcount_t: a count below 0", provoke("REFCOUNT_DEC_NEGATIVE"), "refcount_t: decrement hit 0"),
    ("lists: an entry added", provoke("CORRUPT_LIST_ADD"), "list_add corruption"),
    ("lists: an entry taken out", provoke("CORRUPT_LIST_DEL"), "list_del corruption"),
    ("hung tasks", lockup(state="D", time_secs=20), "INFO: task .* blocked for more than"),
    ("RCU stalls", stalled_readers, "rcu: INFO: .* detected stall"),
    ("soft lockups", lockup(disable_preempt=1, time_secs=25), "BUG: soft lockup"),
)


class Log:
    """The kernel's log from now on."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def has(self, pattern):
        """Waits for a line; returns whether it came."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                if re.search(pattern, os.read(self.file, 8192).decode(errors="replace")):
                    return True
            except BlockingIOError:
                time.sleep(0.1)
            except BrokenPipeError:
                # Lines were lost: go on with the oldest that are there.
                pass
        return False


def main():
    """Tries all faults."""
    subprocess.run(["modprobe", "lkdtm"], check=True)
    for path in ("/proc/sys/kernel/hung_task_timeout_secs", "/proc/sys/kernel/watchdog_thresh",
                 "/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout"):
        write(path, "5")
    print(f"KTAP version 1\n1..{len(FAULTS)}", flush=True)
    log, missed = Log(), 0
    for number, (name, fault, report) in enumerate(FAULTS, 1):
        fault()
        seen = log.has(report)
        missed += not seen
        print("ok" if seen else "not ok", number, name, flush=True)
    print(f"# {missed} not reported" if missed else "# all reported", flush=True)


main()
