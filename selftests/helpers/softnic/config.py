# SPDX-License-Identifier: GPL-2.0
"""All NICs and VNICs, as they were and as they are again."""

import json

from .net import attempt, nics, run

# What changes by itself, or is given out anew.
PASSING = ("ifindex", "placement_changes", "oper_state", "carrier", "admin_state")


def _lasting(found):
    """What of a description has to be the same later."""
    kept = {name: value for name, value in found.items() if name not in PASSING}
    for related in ("peer", "over"):
        if kept.get(related):
            kept[related] = {name: value for name, value in kept[related].items()
                             if name in ("name", "netns")}
    return kept


def everything(*netns):
    """All that is there, as the tool tells it."""
    found = {}
    for where in (None, *netns):
        for command in ("show-nic", "show-vnic"):
            shown = json.loads(run(f"vnicadm {command} --json", where))
            found.update({f"{x['name']}@{where}": _lasting(x) for x in shown})
    return found


def remove_all(*netns):
    """Takes away all NICs, without this tool."""
    for where in (None, *netns):
        for name in nics(where):
            attempt(f"ip link del {name}", where)
