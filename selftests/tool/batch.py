#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnicadm carries out files of commands."""

import os
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import equal, main, test, until
from softnic.net import attempt, make_netns, nics, run
from softnic.vnics import show_nic, show_vnic, vnics

FILE = "/tmp/batch"


def write(text):
    """Makes the file."""
    with open(FILE, "w", encoding="utf-8") as f:
        f.write(text)


@test
def does_all_in_order():
    make_netns("b")
    write("# a pair and a VNIC\n\ncreate-nic n0 \\\n  --peer n1 --peer-netns b # far\n"
          "create-vnic v0 --over 'n0' --vlan 10\nset-vnic v0 --vlan 20\nshow-nic --json n0\n")
    assert '"name": "n0"' in run(f"vnicadm batch {FILE}")
    equal((nics(), nics("b"), vnics()), (["n0"], ["n1"], ["v0"]), "what is there")
    equal(show_vnic("v0")["vlan"], 20, "VLAN")


@test
def stops_at_the_first_error_with_its_line():
    write("create-nic n0\ncreate-nic n0\ncreate-nic n1\n")
    done = attempt(f"vnicadm batch {FILE}")
    equal(done.returncode, 2, "exit status")
    equal(done.stderr, f"vnicadm: {FILE}:2: create-nic n0: File exists\n", "error")
    equal(nics(), ["n0"], "NICs")


@test
def goes_on_by_force():
    write("create-nic n0\ncreate-nic n0\ncreate-nic n1 --bad\ncreate-nic n2\n")
    done = attempt(f"vnicadm batch --force {FILE}")
    equal(done.returncode, 2, "exit status, the first failure's")
    for place in (f"{FILE}:2: create-nic n0: File exists", f"{FILE}:3: unexpected argument"):
        assert place in done.stderr, done.stderr
    equal(nics(), ["n0", "n2"], "NICs")


@test
def works_in_a_namespace():
    make_netns("a", "b")
    write("create-nic n0\ncreate-nic n1 --netns b\n")
    run(f"vnicadm --netns a batch {FILE}")
    equal((nics(), nics("a"), nics("b")), ([], ["n0"], ["n1"]), "NICs")


@test
def does_each_line_as_it_comes():
    with subprocess.Popen(["vnicadm", "batch", "-"], stdin=subprocess.PIPE, text=True) as batch:
        batch.stdin.write("create-nic n0 --slots 7\n")
        batch.stdin.flush()
        until(lambda: nics() == ["n0"], nics)
        batch.stdin.close()
        equal(batch.wait(), 0, "exit status")
    equal(show_nic("n0")["slots"], 7, "slots")


main()
