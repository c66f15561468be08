# SPDX-License-Identifier: GPL-2.0
"""The ways for a packet that are compared: each makes its devices.

A function here returns (sender, receiver), and leaves nothing but devices
behind, all of which clear() removes.
"""

import json
import subprocess


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def ip(line):
    return run("ip", *line.split())


def mac(device):
    return json.loads(ip(f"-j link show {device}"))[0]["address"]


def received(device):
    with open(f"/sys/class/net/{device}/statistics/rx_packets") as f:
        return int(f.read())


def up(*devices):
    for device in devices:
        ip(f"link set {device} up")


def clear():
    """Removes every device but the ones that the kernel made itself."""
    while True:
        made = [d for d in json.loads(ip("-j -d link show")) if "linkinfo" in d]
        if not made:
            return
        ip(f"link del {made[0]['ifname']}")


def dummy():
    ip("link add dummy1 type dummy")
    up("dummy1")
    return "dummy1", "dummy1"


def veth():
    ip("link add veth1 type veth peer name veth2")
    up("veth1", "veth2")
    return "veth1", "veth2"


def veth_gro():
    ip("link add veth1 type veth peer name veth2")
    run("ethtool", "-K", "veth2", "gro", "on")
    up("veth1", "veth2")
    return "veth1", "veth2"


def netkit():
    ip("link add netkit1 type netkit mode l2 forward peer forward name netkit2")
    up("netkit1", "netkit2")
    return "netkit1", "netkit2"


def macvlan_on_veth():
    veth()
    ip("link add link veth2 name macvlan1 type macvlan mode bridge")
    up("macvlan1")
    return "veth1", "macvlan1"


def macvlan_to_macvlan():
    dummy()
    for name in ("macvlan1", "macvlan2"):
        ip(f"link add link dummy1 name {name} type macvlan mode bridge")
        up(name)
    return "macvlan1", "macvlan2"


def softnic_pair(rings):
    run("vnicadm", "create-nic", "soft1", "--peer", "soft2",
        "--rx-queues", str(rings), "--tx-queues", str(rings),
        "--peer-rx-queues", str(rings), "--peer-tx-queues", str(rings))
    up("soft1", "soft2")
    return "soft1", "soft2"


def vnic(name, over, *options):
    run("vnicadm", "create-vnic", name, "--over", over, *options)
    up(name)


def vnic_on_softnic(rings):
    """A NIC, and a VNIC over the NIC at the other end of its wire."""
    near, far = softnic_pair(1)
    vnic("vnic1", far, "--rings", str(rings))
    return near, "vnic1"


def vnic_to_vnic(rings):
    """Two VNICs over one NIC without a wire."""
    run("vnicadm", "create-nic", "soft1", "--rx-queues", "1")
    up("soft1")
    for name in ("vnic1", "vnic2"):
        vnic(name, "soft1", "--rings", str(rings))
    return "vnic1", "vnic2"
