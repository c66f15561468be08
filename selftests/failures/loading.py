#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One allocation fails while the module is initialized, further on each time, until none
is left to fail: the module works, or it can be loaded again.

loading.py [--step N]

Each Nth allocation fails. Those of the core before it calls the module do not: its trace
events warn then.

# timeout: 900
"""

import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic import rtnl
from softnic.injection import FailNth, inject_everywhere
from softnic.ktap import defer, main, option, test
from softnic.modules import is_there, load, unload
from softnic.net import attempt, nics, run, start
from softnic.operations import Act

STEP = option("--step", 1)
ENDLESS = 20000
# Tells how many more allocations there would have been, when the module's own part of its
# loading begins.
WATCH = """bpftrace -B line -e 'BEGIN { printf("ready\\n") }
kprobe:do_init_module { printf("%d\\n", ((struct task_struct *)curtask)->fail_nth); exit() }'"""


def works():
    """Makes a NIC and a VNIC, and asks the family."""
    rtnl.change(rtnl.attr(rtnl.IFNAME, "n0"), rtnl.softnic(), flags=rtnl.NEW)
    over = rtnl.link("n0").index
    rtnl.change(rtnl.attr(rtnl.IFNAME, "v0"), rtnl.attr(rtnl.LOWER, over), rtnl.vnic(),
                flags=rtnl.NEW)
    run("vnicadm show-vnic v0")


def made_by_the_core(fail, loading):
    """How many allocations are made before the module is called."""
    watch = start(WATCH, stdout=subprocess.PIPE)
    for line in watch.stdout:
        if line == "ready\n":
            assert not fail.during(ENDLESS, loading)
        elif line.strip().isdigit():
            watch.wait()
            unload()
            return ENDLESS - int(line)
    raise AssertionError("the module's part of its loading was not seen")


@test
def the_module_is_loaded():
    file = run("modinfo -F filename softnic").strip()
    inject_everywhere(pages=True)
    fail, loading = FailNth(), Act(lambda: load(file))
    unload()
    defer(attempt, "modprobe softnic")
    refusals = 0
    first = made_by_the_core(fail, loading) + 1
    for number in range(first, ENDLESS, STEP):
        injected = fail.during(number, loading)
        loaded = is_there()
        if loaded:
            works()
            unload()
            assert not nics() and not is_there(), "something is left"
        if not injected:
            assert loaded, "it cannot be loaded"
            assert refusals, "nothing made it fail"
            print(f"# from {first} on, fewer than {number} allocations, {refusals} refusals")
            return
        refusals += not loaded
    raise AssertionError("allocations without end")


main()
