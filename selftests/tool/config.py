#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What vnicadm makes is written down, and made again as it was."""

import os
import shutil
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.config import everything, remove_all
from softnic.ktap import after_each, defer, equal, main, rounds, test
from softnic.net import attempt, make_netns, nics, run
from softnic.vnics import show_nic, show_vnic, vnics

FOLDER = "/etc/softnic"
FILE = f"{FOLDER}/softnic.conf"
def configure(text=None):
    """Has things written down, in a file that says this."""
    os.makedirs(FOLDER)
    defer(shutil.rmtree, FOLDER)
    if text is not None:
        with open(FILE, "w", encoding="utf-8") as f:
            f.write(text)


def written():
    """The lines that are no comments."""
    with open(FILE, encoding="utf-8") as f:
        return [line for line in f.read().splitlines() if not line.startswith("#")]


@after_each
def nothing_left():
    """So that a test that fails leaves no NIC."""
    remove_all()


@test
def nothing_is_written_without_the_folder():
    assert not os.path.exists(FOLDER)
    done = attempt("vnicadm create-nic n0")
    equal((done.returncode, done.stderr), (0, ""), "exit status and errors")
    assert not os.path.exists(FOLDER)
    run("vnicadm restore")


@test
def what_is_made_changed_and_deleted_is_written():
    configure()
    run("vnicadm create-nic n0 --mtu 9000")
    run("vnicadm create-vnic v0 --over n0")
    run("vnicadm set-vnic v0 --vlan 10")
    macs = show_nic("n0")["mac"], show_vnic("v0")["mac"]
    equal(written(), [f"create-nic n0 --mtu 9000 --mac {macs[0]}",
                      f"create-vnic v0 --over n0 --mac {macs[1]} --vlan 10"], "lines")
    run("vnicadm delete-vnic v0")
    run("vnicadm create-nic n1 -t")
    equal(len(written()), 1, "lines")
    run("vnicadm delete-nic n0")
    equal(written(), [], "lines")


@test
def another_file_by_an_option():
    os.makedirs("/tmp/other")
    defer(shutil.rmtree, "/tmp/other")
    run("vnicadm create-nic n0 --config /tmp/other/file")
    remove_all()
    run("vnicadm restore --config /tmp/other/file")
    equal(nics(), ["n0"], "NICs")


@test
def what_was_there_is_there_again():
    make_netns("a", "b")
    configure()
    run("vnicadm create-nic n0 --nic-netns a --peer n1 --peer-netns b --mtu 9000 "
        "--peer-mtu 9000 --slots 5 --finish --peer-rx-queues 4")
    run("vnicadm --netns b set-nic n1 --pool 7 --storm 0")
    run("vnicadm --netns b create-vnic v0 --over n1 --vlan 10 --rings 2 --queues 4")
    run("vnicadm create-vnic v1 --over v0 --vnic-netns a --mtu 1400 --mode vepa", "b")
    run("vnicadm create-vnic v2 --netns b --over n1 --vlans 0,20-30 --mode private --mac derived")
    run("vnicadm create-nic x0")
    run("vnicadm create-nic x1 --storm 9")
    run("vnicadm connect x0 x1")
    run("vnicadm create-vnic v3 --over x1 --mode passthru")
    before = everything("a", "b")
    remove_all("a", "b")
    equal(everything("a", "b"), {}, "what is left")
    done = attempt("vnicadm restore")
    equal((done.returncode, done.stderr), (0, ""), "restore")
    equal(everything("a", "b"), before, "what was restored")
    done = attempt("vnicadm restore")
    equal((done.returncode, done.stderr), (0, ""), "restore where all is there")
    equal(everything("a", "b"), before, "what is there")


@test
def rings_and_filters_are_there_again():
    configure()
    run("vnicadm create-nic n0 --rx-queues 4")
    run("vnicadm create-vnic v0 --over n0 --queues 4")
    run("vnicadm create-group v0 --rings 3")
    run("vnicadm create-filter v0 02:00:00:00:00:77")
    run("vnicadm set-prop v0 -p mtu=1400,ring-size=512,adaptive-rx=off,rx-usecs=7")
    run("vnicadm set-rss v0 --weights 1,2,1")
    run("vnicadm set-ring n0 --size 128")
    run("vnicadm reset-prop v0 -p mtu")

    def shown():
        return [run(f"vnicadm {command}") for command in (
            "show-group -o name,rings,capacity", "show-filter -o nic,mac,port",
            "show-coalesce", "show-rss", "show-prop v0")]

    before = shown()
    remove_all()
    for _ in range(2):
        done = attempt("vnicadm restore")
        equal((done.returncode, done.stderr), (0, ""), "restore")
        equal(shown(), before, "what was restored")


@test
def what_is_saved_is_there_again():
    make_netns("a", "b")
    configure("# mine\ncreate-nic gone\ncreate-nic x0 # keep this\n")
    run("vnicadm create-nic n0 --nic-netns a --peer n1 --peer-netns b --finish -t")
    run("vnicadm --netns b set-nic n1 --slots 9 --finish off -t")
    run("vnicadm --netns b create-vnic v0 --over n1 --vlans 1,5-6 --vlan-protocol 802.1ad -t")
    run("vnicadm --netns b create-vnic v1 --over v0 --vlan 5 --vlan-protocol 802.1ad "
        "--vnic-netns a -t")
    run("vnicadm create-nic x0 --storm 9 --rx-queues 3 -t")
    run("vnicadm create-vnic v2 --over x0 --rings 1 -t")
    before = everything("a", "b")
    run("vnicadm save")
    lines = written()
    assert lines[0].startswith("create-nic x0 ") and lines[0].endswith("  # keep this"), lines
    assert not any("gone" in line for line in lines), lines
    run("vnicadm save")
    equal(written(), lines, "lines, saved again")
    remove_all("a", "b")
    done = attempt("vnicadm restore")
    equal((done.returncode, done.stderr), (0, ""), "restore")
    equal(everything("a", "b"), before, "what was restored")


@test
def what_differs_is_told_and_left_alone():
    configure()
    run("vnicadm create-nic n0 --slots 5 --peer n1")
    run("vnicadm create-vnic v0 --over n0 --vlan 10")
    run("vnicadm set-nic n0 --slots 6 -t")
    run("vnicadm set-vnic v0 --vlan 11 -t")
    run("vnicadm disconnect n1 -t")
    done = attempt("vnicadm restore")
    equal(done.returncode, 2, "exit status")
    for text in ("softnic.conf:4: create-nic n0: is there, but its slots is 6, not 5, "
                 "is not connected to n1",
                 "softnic.conf:5: create-vnic v0: is there, but its vlan is 11, not 10"):
        assert text in done.stderr, done.stderr
    equal((show_nic("n0")["slots"], show_vnic("v0")["vlan"]), (6, 11), "what is there")


@test
def one_that_can_not_be_made_keeps_no_other_back():
    configure("create-nic n0 --netns nowhere\ncreate-nic n1 --rx-queues 999\ncreate-nic n2\n"
              "create-vnic v0 --over n1\n")
    done = attempt("vnicadm restore")
    equal(done.returncode, 2, "exit status")
    for text in (":1: create-nic n0: network namespace 'nowhere'", ":2: create-nic n1: ",
                 ":4: create-vnic v0: device n1 does not exist"):
        assert text in done.stderr, done.stderr
    equal(nics(), ["n2"], "NICs")


@test
def what_can_not_be_written_is_not_made():
    configure()
    run(f"mount -t tmpfs -o ro none {FOLDER}")
    defer(attempt, f"umount {FOLDER}")
    done = attempt("vnicadm create-nic n0")
    equal(done.returncode, 2, "exit status")
    assert "Read-only file system: it can't be written down; -t does without" in done.stderr, \
        done.stderr
    equal(nics(), [], "NICs")
    run("vnicadm create-nic n0 -t")
    equal(nics(), ["n0"], "NICs")
    done = attempt("vnicadm delete-nic n0")
    equal((done.returncode, nics()), (2, ["n0"]), "exit status and NICs")


@test
def a_full_disk_is_told():
    configure()
    run(f"mount -t tmpfs -o size=4k none {FOLDER}")
    defer(attempt, f"umount {FOLDER}")
    run("vnicadm create-nic n0")
    with open(FILE, encoding="utf-8") as f:
        before = f.read()
    done = attempt("vnicadm create-nic n1")
    equal(done.returncode, 2, "exit status")
    assert "done, but not written down: " in done.stderr, done.stderr
    equal(nics(), ["n0", "n1"], "NICs")
    with open(FILE, encoding="utf-8") as f:
        equal(f.read(), before, "file")


@test
def what_has_no_lasting_name_is_told():
    make_netns("a")
    configure()
    for command, text in (("--netns /run/netns/a create-nic n0", "does not outlive a reboot"),
                          ("create-nic nic%d", "the kernel chooses its name")):
        done = attempt(f"vnicadm {command}")
        equal(done.returncode, 0, "exit status")
        assert f"not written down: {text}" in done.stderr or text in done.stderr, done.stderr
    done = attempt("vnicadm set-nic nic0 --slots 4")
    assert "nic0 is not in /etc/softnic/softnic.conf" in done.stderr, done.stderr
    assert not os.path.exists(FILE)


@test
def many_at_once_are_all_written():
    configure()
    count = rounds(24)
    run("vnicadm create-nic n0")
    started = [subprocess.Popen(["vnicadm", "create-vnic", "-l", "n0", f"v{n}"])
               for n in range(count)]
    equal([p.wait() for p in started], [0] * count, "exit statuses")
    equal(len(vnics()), count, "VNICs")
    equal(sorted(line.split()[1] for line in written()[1:]), sorted(vnics()), "lines")
    equal(os.listdir(FOLDER), ["softnic.conf"], "files")


@test
def a_batch_is_written_down():
    configure()
    batch = "".join(f"create-nic n{n}\n" for n in range(5)) + "delete-nic n3\ncreate-nic n0\n"
    equal(attempt("vnicadm batch -", reads=batch).returncode, 2, "exit status")
    equal([line.split()[1] for line in written()], ["n0", "n1", "n2", "n4"], "lines")
    before = everything()
    remove_all()
    run("vnicadm restore")
    equal(everything(), before, "what was restored")


@test
def the_unit_is_well_formed():
    unit = "/run/systemd/system/softnic.service"
    os.makedirs(os.path.dirname(unit), exist_ok=True)
    shutil.copy("/softnic/tools/systemd/softnic.service", unit)
    defer(os.unlink, unit)
    # What it starts has to be there for it to be good.
    shutil.copy("/run/tools/vnicadm", "/usr/sbin/vnicadm")
    defer(os.unlink, "/usr/sbin/vnicadm")
    done = attempt(f"systemd-analyze verify --man=no {unit}")
    equal((done.returncode, done.stderr), (0, ""), "systemd-analyze")


main()
