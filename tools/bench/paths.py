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
    """Removes every device but the ones that the kernel made itself; no events."""
    trace_events(0)
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


def ipvlan_on_veth():
    veth()
    ip("link add link veth2 name ipvlan1 type ipvlan mode l2")
    up("ipvlan1")
    return "veth1", "ipvlan1"


def bridge_with_veth():
    """Two pairs, joined by a bridge at their near ends."""
    ip("link add bridge1 type bridge")
    for n in (1, 2):
        ip(f"link add veth{n} type veth peer name port{n}")
        ip(f"link set port{n} master bridge1")
        up(f"veth{n}", f"port{n}")
    up("bridge1")
    return "veth1", "veth2"


def softnic_pair(rings, *options):
    run("vnicadm", "create-nic", "soft1", "--peer", "soft2",
        "--rx-queues", str(rings), "--tx-queues", str(rings),
        "--peer-rx-queues", str(rings), "--peer-tx-queues", str(rings), *options)
    up("soft1", "soft2")
    return "soft1", "soft2"


def softnic_unmoderated(rings):
    """A pair of which each frame is polled for as soon as it comes."""
    near, far = softnic_pair(rings)
    run("ethtool", "-C", far, "adaptive-rx", "off", "rx-usecs", "0")
    return near, far


def softnic_traced():
    """A pair, with all trace events of softnic on."""
    devices = softnic_pair(1)
    trace_events(1)
    return devices


def trace_events(on):
    with open("/sys/kernel/tracing/events/softnic/enable", "w") as f:
        f.write(f"{on}\n")


def vnic(name, over, *options):
    run("vnicadm", "create-vnic", name, "--over", over, *options)
    up(name)


def vnic_on_softnic(rings, *options):
    """A NIC, and a VNIC over the NIC at the other end of its wire."""
    near, far = softnic_pair(1)
    vnic("vnic1", far, "--rings", str(rings), *options)
    return near, "vnic1"


def vnics_on_vlan():
    """A VNIC on a VLAN at each end of a wire."""
    for name, over in zip(("vnic1", "vnic2"), softnic_pair(1)):
        vnic(name, over, "--rings", "1", "--vlan", "10")
    return "vnic1", "vnic2"


def vnic_to_vnic(rings):
    """Two VNICs over one NIC without a wire."""
    run("vnicadm", "create-nic", "soft1", "--rx-queues", "1")
    up("soft1")
    for name in ("vnic1", "vnic2"):
        vnic(name, "soft1", "--rings", str(rings))
    return "vnic1", "vnic2"


def macvlan_on_softnic():
    near, far = softnic_pair(1)
    ip(f"link add link {far} name macvlan1 type macvlan mode bridge")
    up("macvlan1")
    return near, "macvlan1"


def vlans(pair):
    for number, device in enumerate(pair, 1):
        ip(f"link add link {device} name vlan{number} type vlan id 10")
        up(f"vlan{number}")
    return "vlan1", "vlan2"


def vlan_on_softnic():
    return vlans(softnic_pair(1))


def vlan_on_veth():
    return vlans(veth())


def numbered_mac(number):
    return "02:00:00:" + ":".join(f"{b:02x}" for b in number.to_bytes(3, "big"))


def children(parent, count, kind):
    """So many devices over parent, with addresses in a row; their names."""
    names = [f"child{n}" for n in range(count)]
    lines = []
    for n, name in enumerate(names):
        lines.append(f"link add link {parent} name {name} address {numbered_mac(n)} type {kind}")
        lines.append(f"link set {name} up")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
    return names


def many_vnics(count):
    """As many slots as VNICs: that there are enough is not what is measured."""
    near, far = softnic_pair(1, "--slots", str(2 * count + 16), "--storm", "0")
    return near, children(far, count, "vnic")


def many_macvlans(count):
    veth()
    return "veth1", children("veth2", count, "macvlan mode bridge")


def forwarding(kind):
    """Two pairs, with a router at their near ends that knows one neighbour."""
    for n in (1, 2):
        ip(f"link add fwd{n} type {kind} peer name end{n}")
        up(f"fwd{n}", f"end{n}")
    ip("route replace 10.0.0.2/32 dev fwd2")
    ip(f"neighbour replace 10.0.0.2 lladdr {mac('end2')} dev fwd2 nud permanent")
    set_forwarding("fwd1", 1)
    set_forwarding("end2", 0)
    return "end1", "end2"


def set_forwarding(device, on):
    with open(f"/proc/sys/net/ipv4/conf/{device}/forwarding", "w") as f:
        f.write(f"{on}\n")
