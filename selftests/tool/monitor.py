#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnicadm monitor tells what happens, and says so when it could not hear all."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import jsonschema

from softnic.frames import frame, packet_socket
from softnic.ktap import DEBUG_KERNEL, defer, equal, main, test, until
from softnic.net import make_netns, make_pair, run, stop
from softnic.netdev import set_napi
from softnic.netns import inside
from softnic.rtnl import link
from softnic.vnics import set_vnic, show_vnic

OUTPUT = "/tmp/events"
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../Documentation/vnicadm.schema.json")
CREATORS = 20
SECONDS = 20 if DEBUG_KERNEL else 60


class Monitor:
    """One that listens in a namespace."""

    def __init__(self, netns, *kinds):
        with open(OUTPUT, "wb") as out, inside(netns):
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(["vnicadm", "monitor", "--json", *kinds], stdout=out,
                                            stdin=subprocess.DEVNULL)
        defer(stop, self.process)
        self.netns, self.marks = netns, 0
        self.listens()

    def listens(self):
        """Waits until it does: what it misses before is not lost."""
        def hears():
            self.mark()
            time.sleep(0.05)
            return self.events()
        until(hears, "it hears something", 30)
        self.wait()

    def mark(self):
        """Does something that it has to tell, in its place."""
        self.marks += 1
        run(f"vnicadm create-nic mark{self.marks} -t", self.netns)
        run(f"vnicadm delete-nic mark{self.marks} -t", self.netns)

    def events(self):
        """What it told until now, whole lines."""
        with open(OUTPUT, encoding="utf-8") as f:
            lines = f.read().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def wait(self):
        """Waits until it has told all that has happened until now."""
        self.mark()
        last = f"mark{self.marks}"
        run("vnicadm create-nic end -t", self.netns)
        until(lambda: any(x.get("name") == "end" and x["event"] in ("added", "present")
                          for x in self.events()), lambda: f"{last} in {self.events()[-3:]}", 60)
        run("vnicadm delete-nic end -t", self.netns)
        until(lambda: [x for x in self.events() if x.get("name") == "end"
                       or x["event"] == "lost"][-1]["event"] == "deleted", "the end's end", 60)


def adds_up(events):
    """The devices that there are after these events, by index."""
    devices = {}
    for event in events:
        if event["event"] == "lost":
            devices = {}
        elif event["event"] in ("present", "added", "changed") and event["kind"] in ("nic", "vnic"):
            devices[event["ifindex"]] = event.get("nic") or event.get("vnic")
        elif event["event"] == "deleted":
            devices.pop(event["ifindex"], None)
    return devices


def given_away(events):
    """What NICs have given away after these events, by index."""
    given = {}
    for event in events:
        if event["event"] == "lost":
            given = {}
        elif event["event"] in ("present", "added", "stock") and event["kind"] == "nic":
            nic = event.get("stock") or event["nic"]
            given[event["ifindex"]] = {name: nic[name] for name in GIVEN}
        elif event["event"] == "deleted":
            given.pop(event["ifindex"], None)
    return given


def there(netns):
    """The devices that there are."""
    shown = [x for kind in ("nic", "vnic")
             for x in json.loads(run(f"vnicadm show-{kind} --json", netns))]
    return {x["ifindex"]: x for x in shown}


GIVEN = ("slots_used", "slots_waiting", "pool_used")
# Names of others are looked up; what NICs have given away has events of its own.
OTHERS = ("over", "peer", *GIVEN)


def lasting(devices):
    """What of devices follows from events alone."""
    return {index: {name: value for name, value in device.items() if name not in OTHERS}
            for index, device in devices.items()}


def check(monitor):
    """What it told adds up to what there is."""
    events, now = monitor.events(), there(monitor.netns)
    equal(lasting(adds_up(events)), lasting(now), "what there is")
    equal(given_away(events), {index: {name: nic[name] for name in GIVEN}
                               for index, nic in now.items() if "pool" in nic}, "what is taken")


@test
def tells_what_happens():
    make_netns("a")
    monitor = Monitor("a")
    run("vnicadm create-nic n0 --slots 1", "a")
    run("vnicadm create-vnic -l n0 v0 --vlan 10 -t", "a")
    set_vnic("v0", "a", vlan=20)
    monitor.wait()
    told = [(x["event"], x["vnic"]["vlan"]) for x in monitor.events() if x.get("name") == "v0"]
    equal(told[0], ("added", 10), "first event of v0")
    equal(told[-1], ("changed", 20), "last event of v0")
    run("vnicadm delete-vnic v0", "a")
    monitor.wait()
    equal([x["event"] for x in monitor.events() if x.get("name") == "v0"][-1], "deleted",
          "last event of v0")
    check(monitor)


@test
def tells_what_was_chosen():
    make_netns("a")
    monitor = Monitor("a", "nic", "placement")
    run("vnicadm create-nic n0 --slots 1", "a")
    run("vnicadm create-vnic -l n0 v0", "a")
    run("vnicadm create-vnic -l n0 v1", "a")
    equal(show_vnic("v1", "a")["placement"], "forced-promiscuous", "placement")
    run("vnicadm delete-vnic v0", "a")
    until(lambda: any(x.get("kind") == "placement" and x["name"] == "v1"
                      and x["port"]["placement"] == "shared" for x in monitor.events()),
          lambda: f"the placement in {monitor.events()}")
    equal({x["kind"] for x in monitor.events()}, {"nic", "placement"}, "kinds")


@test
def tells_of_numbered_namespaces():
    make_netns("a", "b", "c")
    run("ip netns set b 77", "a")
    run("vnicadm create-nic old -t", "b")
    monitor = Monitor("a", "--all-nsid")
    run("vnicadm create-nic hidden -t", "c")
    run("vnicadm create-nic far --slots 1 -t", "b")
    for name in ("v0", "v1"):
        run(f"vnicadm create-vnic -l far {name} -t", "b")
    run("ip link set old up", "b")
    run("vnicadm delete-vnic v0 -t", "b")

    def far():
        return [x for x in monitor.events() if x.get("netnsid") == 77]

    until(lambda: any(x["kind"] == "placement" for x in far()), far)
    monitor.wait()
    told = [(x["name"], x["event"]) for x in far()]
    for event in (("far", "added"), ("v1", "added"), ("v0", "deleted"), ("old", "changed")):
        assert event in told, f"no {event} in {told}"
    assert ("old", "added") not in told, "what was there before is told as new"
    placed, = [x for x in far() if x["kind"] == "placement"]
    equal((placed["name"], placed["port"]["placement"]), ("v1", "shared"), "placement")
    own = [x for x in monitor.events() if "netnsid" not in x]
    names = {x["name"] for x in own}
    assert names and all(x.startswith(("mark", "end")) for x in names), f"{names}"
    equal([x for x in monitor.events() if x["name"] == "hidden"], [], "of a namespace without one")
    with open(SCHEMA, encoding="utf-8") as f:
        schema = {**json.load(f), "$ref": "#/definitions/monitor"}
    for event in monitor.events():
        jsonschema.Draft7Validator(schema).validate(event)


@test
def tells_of_rings():
    make_netns("a", "b")
    make_pair("--rx-queues 1 --peer-rx-queues 1")
    set_napi("n1", "b", defer_hard_irqs=3, gro_flush_timeout=10_000_000)
    monitor = Monitor("b", "nic", "ring")
    packet_socket("n0", "a").send(frame(link("n1", "b").address, link("n0", "a").address))

    def rings():
        return [x for x in monitor.events() if x.get("kind") == "ring"]

    until(lambda: len(rings()) == 2, rings)
    equal([(x["name"], x["ring"]["id"], x["ring"]["mode"]) for x in rings()],
          [("n1", 0, "polling"), ("n1", 0, "interrupt")], "events of the ring")


@test
def ends_when_nobody_reads():
    make_netns("a")
    with inside("a"):
        with subprocess.Popen(["vnicadm", "monitor"], stdout=subprocess.PIPE) as process:
            process.stdout.close()
            equal(process.wait(30), 0, "exit status")


@test
def says_when_events_were_lost():
    make_netns("a")
    run("vnicadm create-nic n0 -t", "a")
    monitor = Monitor("a")
    monitor.process.send_signal(signal.SIGSTOP)
    # More than can wait for it.
    names = [f"v{n}" for n in range(400)]
    run("vnicadm batch -", "a", reads="".join(f"create-vnic -l n0 {x} -t\n" for x in names))
    run("vnicadm batch -", "a", reads="".join(f"delete-vnic {x} -t\n" for x in names[10:]))
    monitor.process.send_signal(signal.SIGCONT)
    until(lambda: any(x["event"] == "lost" for x in monitor.events()), "events were lost", 30)
    monitor.wait()
    check(monitor)


def create_and_delete(number, end, made):
    """Makes and deletes VNICs until the time is over; leaves some."""
    count = 0
    while time.monotonic() < end:
        names = [f"v{number}x{count + n}" for n in range(5)]
        lines = [f"create-vnic -l n0 {name} -t" for name in names]
        lines += [f"delete-vnic {name} -t" for name in names[count % 3:]]
        done = subprocess.run(["vnicadm", "--netns", "a", "batch", "-"], text=True,
                              input="\n".join(lines) + "\n", capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        count += len(names)
    made[number] = count


@test
def many_creators_and_deleters():
    make_netns("a")
    run("vnicadm create-nic n0 -t", "a")
    monitor = Monitor("a")
    made = {}
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=create_and_delete, args=(n, end, made))
               for n in range(CREATORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(len(made), CREATORS, "creators that came to their end")
    monitor.wait()
    events = monitor.events()
    lost = sum(x["event"] == "lost" for x in events)
    added = sum(x["event"] == "added" and x["kind"] == "vnic" for x in events)
    print(f"# {sum(made.values())} VNICs made, {added} told, events lost {lost} times")
    assert lost or added == sum(made.values()), f"{added} told of {sum(made.values())} made"
    check(monitor)


main()
