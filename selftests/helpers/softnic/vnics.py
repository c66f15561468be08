# SPDX-License-Identifier: GPL-2.0
"""VNICs, made, changed and shown by vnicadm.

Settings are named as vnicadm's options are, with _ for -: vlan=10, rings=2,
mode="private", mac="derived", vlans="0,10,20-30", mtu=1400, queues=4."""

import json

from . import rtnl
from .ethtool import own_statistics
from .ktap import until
from .net import attempt, becomes_running, run, up


def _options(settings):
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in settings.items())


def vnic(name, over, netns=None, into=None, set_up=True, **settings):
    """Makes a VNIC over a NIC of a namespace, there or into another one, by
    default up and running (then its NIC has to run). Returns (name, namespace)."""
    if into:
        settings["vnic_netns"] = into
    run(f"vnicadm create-vnic --over {over} {name} {_options(settings)}", netns)
    end = name, into or netns
    if set_up:
        up(*end)
        becomes_running(end)
    return end


def set_vnic(name, netns=None, **settings):
    """Changes a VNIC."""
    run(f"vnicadm set-vnic {name} {_options(settings)}", netns)


def delete_vnic(name, netns=None):
    """Deletes a VNIC."""
    run(f"vnicadm delete-vnic {name}", netns)


def show_vnic(name, netns=None):
    """What vnicadm tells of a VNIC: vlan, vlan_protocol, vlans, mode, rings,
    placement, placement_reason, placement_changes, slots, over and more."""
    found, = json.loads(run(f"vnicadm show-vnic --json {name}", netns))
    return found


def show_nic(name, netns=None):
    """What vnicadm tells of a NIC: slots, slots_used, slots_waiting, pool,
    pool_used, storm and more."""
    found, = json.loads(run(f"vnicadm show-nic --json {name}", netns))
    return found


def vnics(netns=None):
    """Names of a namespace's VNICs."""
    return sorted(x.name for x in rtnl.links(netns) if x.kind == "vnic")


def refused(command, *texts, netns=None):
    """Asserts that a command is refused by the kernel, with all these texts."""
    done = attempt(command, netns)
    said = f"{command}: {done.returncode} {done.stderr.strip()}"
    assert done.returncode == 2, said
    for text in texts:
        assert text in done.stderr, f"no {text!r} in {said}"


def losses(end):
    """The losses of a (device, namespace) by reason, of what came to it."""
    return {name: value for name, value in own_statistics(*end).items()
            if name.startswith("rx_") and value}


def all_arrive(source, ends):
    """Waits until each frame that a device sent was received by one of others,
    or is lost to it; returns how many each received."""
    def received():
        return [rtnl.link(*end).stats["rx_packets"] for end in ends]

    def accounted():
        lost = sum(sum(losses(end).values()) for end in ends)
        return rtnl.link(*source).stats["tx_packets"] == sum(received()) + lost

    until(accounted, lambda: f"{rtnl.link(*source).stats['tx_packets']} sent, received "
          f"{received()}, lost {[losses(end) for end in ends]}")
    return received()
