# SPDX-License-Identifier: GPL-2.0
"""A run fails for each kind of report, and for nothing else."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import guest_log  # noqa: E402

REPORTS = [
    "WARNING: CPU: 1 PID: 7 at net/core/dev.c:1 f+0x1/0x2",
    "WARNING: possible circular locking dependency detected",
    "BUG: KASAN: slab-use-after-free in f+0x1/0x2",
    "BUG: sleeping function called from invalid context at mm/slab.h:1",
    "BUG: kernel NULL pointer dereference, address: 0000000000000000",
    "Oops: int3: 0000 [#1] SMP",
    "UBSAN: array-index-out-of-bounds in a.c:1:2",
    "INFO: task ip:12 blocked for more than 120 seconds.",
    "rcu: INFO: rcu_preempt self-detected stall on CPU",
    "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D }",
    "watchdog: BUG: soft lockup - CPU#0 stuck for 26s!",
    "unregister_netdevice: waiting for nic0 to become free. Usage count = 2",
    "refcount_t: underflow; use-after-free.",
    "rust_kernel: panicked at src/nic/mod.rs:1:2:",
    "general protection fault, probably for non-canonical address",
    "Kernel panic - not syncing: Fatal exception in interrupt",
    "ODEBUG: free active (active state 0) object: timer_list",
]
ORDINARY = [
    "softnic: loading out-of-tree module taints kernel.",
    "FAULT_INJECTION: forcing a failure.",
    "Call Trace:",
    "Spectre V2 : Mitigation: Retpolines",
    "nic0: entered promiscuous mode",
    # Where a test asked for it; else the guest dies of it.
    "Kernel panic - not syncing: sysrq triggered crash",
]


def verdict(lines=(), in_time=True, status="0", tainted="12288", leaks=""):
    with tempfile.NamedTemporaryFile("w") as log:
        log.write("".join(f"[    1.000000] {line}\n" for line in lines))
        log.flush()
        with contextlib.redirect_stderr(io.StringIO()) as said:
            result = guest_log.verdict(log.name, in_time, 5, status, tainted, leaks, "")
    return result, said.getvalue()


class Verdict(unittest.TestCase):
    def test_each_report_fails_the_run_and_is_printed(self):
        for line in REPORTS:
            with self.subTest(line):
                result, said = verdict([line])
                self.assertNotEqual(result, 0)
                self.assertIn(line, said)

    def test_ordinary_lines_do_not(self):
        self.assertEqual(verdict(ORDINARY), (0, ""))

    def test_status_is_passed_on(self):
        self.assertEqual(verdict(status="7")[0], 7)

    def test_leaks_fail(self):
        self.assertNotEqual(verdict(leaks="unreferenced object")[0], 0)

    def test_taint_fails(self):
        self.assertNotEqual(verdict(tainted="512")[0], 0)

    def test_death_fails_with_the_end_of_the_log(self):
        result, said = verdict([ORDINARY[-1], "last words"], status="")
        self.assertNotEqual(result, 0)
        self.assertIn("last words", said)
        self.assertIn("died", said)

    def test_lateness_fails(self):
        result, said = verdict(in_time=False, status="")
        self.assertEqual(result, 124)
        self.assertIn("did not end in 5 s", said)


if __name__ == "__main__":
    unittest.main()
