# SPDX-License-Identifier: GPL-2.0
"""Runs the kernel's own driver selftests in the guest: guest.py DEVICE TEST...

DEVICE is `softnic`, `vnic` (a VNIC with rings of its own over a softnic NIC) or
`veth`; TEST is a path in drivers/net of the kernel's
selftests, or one that begins with net/forwarding/. Before each test a new pair
of NICs is made, one of them in the namespace `rem` as the far end, so that no
test meets what another one left. Each subtest becomes a line
`RESULT TEST: SUBTEST` or `RESULT TEST: SUBTEST -- WHY`, with RESULT one of pass, fail, skip, xfail; what
else a test prints follows four blanks. A test that dies, takes too long, prints
fewer results than planned or makes the kernel complain has a failure for that.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "..", "scripts")]
import guest_log  # noqa: E402
import timed  # noqa: E402

TESTS = "/ksft"
NEAR, FAR, FAR_NS = "dut0", "rem0", "rem"
# The NIC below, if NEAR is a VNIC.
BELOW = "low0"
QUEUES = 8
# They put more queues into use by and by; 66 at the most.
QUEUES_MADE = {"hw/rss_ctx.py": 72, "hw/rss_drv.py": 72}
FORWARDING_TESTS = "net/forwarding/"
LIMIT = 300
# They take the CPU that a frame was received on for its ring. Hardware's
# interrupts have a CPU each; our polls run where the sender does, unless they
# have threads.
POLL_BY_THREADS = ["hw/rss_flow_label.py", "hw/rss_input_xfrm.py"]
# They look for what hardware does on the wire.
FINISHING_WIRE = ["hw/csum.py", "hw/tso.py", "hw/uso.py"]
LONG = {"hw/rss_ctx.py": 1800, "net/forwarding/no_forwarding.sh": 1800}
ENVIRONMENT = {
    "NETIF": NEAR,
    # Not 192.0.2.0/24 and 2001:db8::/64: hw/tso.py gives those to its tunnels.
    "LOCAL_V4": "203.0.113.1", "REMOTE_V4": "203.0.113.2",
    "LOCAL_V6": "2001:db8:1::1", "REMOTE_V6": "2001:db8:1::2",
    "LOCAL_PREFIX_V6": "2001:db8:2::0/64",
    "REMOTE_TYPE": "netns", "REMOTE_ARGS": FAR_NS,
    "KSFT_MACHINE_SLOW": "yes",
}
RESULT = re.compile(r"(ok|not ok) \d+ ?-? ?([^#]*?)\s*(?:#\s*(SKIP|XFAIL)\b:?\s*(.*))?(?:#.*)?$",
                    re.I)
# What the shell library of net/forwarding prints.
FORWARDING = re.compile(r"TEST: (.*?)\s*\[\s*(OK|FAIL|SKIP|XFAIL)\s*\]$")
PLAN = re.compile(r"1\.\.(\d+)")
WORDS = {"ok": "pass", "not ok": "fail"}


def say(*words):
    print(*words, flush=True)


def do(command, check=True):
    return subprocess.run(command.split(), check=check, text=True,
                          capture_output=not check).returncode == 0


def read(path):
    with open(path) as f:
        return f.read().strip()


def write(path, value):
    with open(path, "w") as f:
        f.write(value)


class Pair:
    """Two NICs of a kind, back to back: NEAR here and FAR in FAR_NS. A VNIC's far
    end is the NIC that its own NIC's wire leads to."""

    def __init__(self, kind):
        self.kind = kind
        # The NIC of ours whose wire it is, if it is one of ours.
        self.nic = {"softnic": NEAR, "vnic": BELOW}.get(kind)
        self.queues = QUEUES

    def make(self, test):
        self.queues = QUEUES_MADE.get(test, QUEUES)
        do(f"ip netns add {FAR_NS}")
        do(f"ip -n {FAR_NS} link set lo up")
        getattr(self, "make_" + self.kind)()
        for here, device, number in (("", NEAR, 1), (FAR_NS, FAR, 2)):
            ip = f"ip -n {here}" if here else "ip"
            enter = f"ip netns exec {here}" if here else ""
            # Tests take the link down, and its addresses are to outlive that.
            do(f"{enter} sysctl -qw net.ipv6.conf.{device}.keep_addr_on_down=1")
            do(f"{ip} address add 203.0.113.{number}/24 dev {device}")
            do(f"{ip} address add 2001:db8:1::{number}/64 dev {device} nodad")
            do(f"{ip} link set {device} up")
        do(f"ip -n {FAR_NS} route add {ENVIRONMENT['LOCAL_PREFIX_V6']} "
           f"via {ENVIRONMENT['LOCAL_V6']}")
        self.wait()

    def make_softnic(self):
        self.make_nic(self.queues)
        self.use_usual_queues()

    def make_vnic(self):
        self.make_nic(QUEUES)
        # Some tests want large frames, and a VNIC has none larger than its NIC.
        # In the VNIC's namespace the NIC would answer for its addresses, too.
        do(f"ip link set {BELOW} mtu 9216 arp off up")
        do(f"vnicadm create-vnic {NEAR} --over {BELOW} --mtu 1500 "
           f"--queues {self.queues} --rings {self.queues}")
        self.use_usual_queues()

    def make_nic(self, queues):
        do(f"vnicadm create-nic {self.nic} --rx-queues {queues} --tx-queues {queues} "
           f"--peer {FAR} --peer-netns {FAR_NS} "
           f"--peer-rx-queues {QUEUES} --peer-tx-queues {QUEUES}")

    def use_usual_queues(self):
        if self.queues != QUEUES:
            do(f"ethtool -L {NEAR} combined {QUEUES}")

    def make_veth(self):
        counts = f"numrxqueues {self.queues} numtxqueues {self.queues}"
        do(f"ip link add {NEAR} {counts} type veth "
           f"peer name {FAR} netns {FAR_NS} {counts}")

    def wait(self):
        end = time.monotonic() + 20
        while read(f"/sys/class/net/{NEAR}/carrier") != "1" or \
                not do(f"ping -c 1 -W 1 {ENVIRONMENT['REMOTE_V6']}", check=False):
            if time.monotonic() > end:
                sys.exit(f"the {self.kind} pair carries nothing")
            time.sleep(0.05)

    def remove(self):
        for pid in subprocess.run(["ip", "netns", "pids", FAR_NS], text=True,
                                  capture_output=True).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for device in (NEAR, BELOW):
            do(f"ip link delete {device}", check=False)
        do(f"ip netns delete {FAR_NS}", check=False)


def describe_kinds():
    """The tests' netlink library refuses to read link kinds that the kernel's
    description of rtnetlink does not name; a driver in the kernel would be
    named there."""
    path = f"{TESTS}/net/lib/specs/rt-link.yaml"
    text = read(path)
    head = "    name: linkinfo-data-msg\n    formats:\n"
    assert head in text
    ours = "".join(f"      -\n        value: {kind}\n" for kind in ("softnic", "vnic"))
    write(path, text.replace(head, head + ours))


def poll_by_threads():
    """Gives each of NEAR's NAPI instances a thread, and the CPUs in turn."""
    threaded = f"/sys/class/net/{NEAR}/threaded"
    try:
        write(threaded, "1")
    except OSError:
        return
    threads = subprocess.run(["pgrep", f"napi/{NEAR}-"], text=True, capture_output=True)
    for number, pid in enumerate(threads.stdout.split()):
        os.sched_setaffinity(int(pid), {number % os.cpu_count()})


def kernel_log():
    return subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout


class Test:
    """One test file's run."""

    def __init__(self, name):
        self.name = name
        self.plan = None
        self.results = 0
        self.seen = set()

    def result(self, word, subtest, why=None):
        """Some tests use one name twice; the second is told apart by a number."""
        number, unique = 1, subtest
        while unique in self.seen:
            number += 1
            unique = f"{subtest} ({number})"
        self.seen.add(unique)
        say(f"{word} {self.name}: {unique}" + (f" -- {why}" if why else ""))

    def line(self, line):
        plan, result = PLAN.match(line), RESULT.match(line)
        forwarding = FORWARDING.match(line)
        if plan:
            self.plan = int(plan[1])
            if self.plan == 0:
                self.result("skip", "all", line.partition("SKIP")[2].strip() or "plans nothing")
        elif result:
            self.results += 1
            word, subtest, directive, why = result.groups()
            word = directive.lower() if directive else WORDS[word.lower()]
            # KTAP's own counting has the test's name before each subtest's.
            stem = os.path.splitext(os.path.basename(self.name))[0]
            self.result(word, subtest.strip().removeprefix(stem + "."), why)
        elif forwarding:
            self.results += 1
            self.result({"OK": "pass"}.get(forwarding[2], forwarding[2].lower()), forwarding[1])
        else:
            say("   ", line)

    def run(self):
        forwarding = self.name.startswith(FORWARDING_TESTS)
        path = os.path.join(TESTS, "" if forwarding else "drivers/net", self.name)
        folder = os.path.dirname(path)
        limit = LONG.get(self.name, LIMIT)
        # Not all are marked as executable.
        command = ["python3" if path.endswith(".py") else "bash", path]
        if forwarding:
            command += [NEAR, FAR]
        status, late = timed.run(command, limit, self.line, cwd=folder,
                                 env={**os.environ, **ENVIRONMENT})
        self.judge(status, late, limit)

    def judge(self, status, late, limit):
        if late:
            self.result("fail", "end", f"not within {limit} s")
        elif self.plan == 0:
            pass
        elif not self.results:
            # The library's word for a test that cannot be run here.
            self.result("skip" if status == 4 else "fail", "all",
                        f"no result, exit status {status}")
        elif self.plan is not None and self.results != self.plan:
            self.result("fail", "end", f"{self.results} of {self.plan} results")


def run(name, pair):
    pair.make(name)
    if name in POLL_BY_THREADS:
        poll_by_threads()
    if name in FINISHING_WIRE and pair.nic:
        do(f"vnicadm set-nic {pair.nic} --finish on")
    before = len(kernel_log())
    start = time.monotonic()
    test = Test(name)
    say(f"# {name}")
    test.run()
    pair.remove()
    for report in guest_log.reports(kernel_log()[before:]):
        for line in report.splitlines():
            say("   ", line)
        test.result("fail", "kernel", "it complains")
    say(f"# {name}: {time.monotonic() - start:.1f} s")


def main():
    kind, *names = sys.argv[1:]
    say("kernel:", os.uname().release)
    describe_kinds()
    do("mount -t configfs configfs /sys/kernel/config", check=False)
    pair = Pair(kind)
    for name in names:
        run(name, pair)


if __name__ == "__main__":
    main()
