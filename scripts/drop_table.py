# SPDX-License-Identifier: GPL-2.0
"""Writes the table of drop reasons in Documentation/drops.md.

drop_table.py           writes it anew
drop_table.py --check   says whether it is as it should be

What a reason means is told by the netlink family's spec; whose frame it is and
what else counts it, by the code that counts.
"""

import re
import sys

import yaml

SPEC = "Documentation/netlink/specs/softnic.yaml"
REASONS = "src/datapath/drops.rs"
STATISTICS = "src/datapath/statistics.rs"
PAGE = "Documentation/drops.md"
BEGIN, END = "<!-- drop_table.py: begin -->\n", "<!-- drop_table.py: end -->\n"

DIRECTIONS = {"Sent": "sent", "Received": "received", "Switched": "none of its own"}
# What the calls that add to struct rtnl_link_stats64 add to.
FIELDS = {
    "add_receive_too_long": "`rx_errors`, `rx_length_errors`",
    "add_receive_dropped": "`rx_dropped`",
    "add_receive_missed": "`rx_missed_errors`",
}


def arms(text, function, value):
    """What a function's match says of each reason."""
    body = re.search(rf"fn {function}\(self\).*?\n    }}\n", text, re.S)[0]
    found = {}
    for names, result in re.findall(rf"((?:Self::\w+\s*\|?\s*)+)=>\s*{value}::(\w+)", body):
        for name in re.findall(r"Self::(\w+)", names):
            found[name] = result
    return found


def rows(spec, reasons, statistics):
    """The lines of the table, one for each reason of the spec."""
    entries = next(x for x in yaml.safe_load(spec)["definitions"] if x["name"] == "drop-reason")
    names = {name: reason for reason, name in
             re.findall(r"\(DropReason::(\w+), \"(\w+)\"\)", reasons)}
    directions = arms(reasons, "direction", "Direction")
    kernel = arms(reasons, "skb_reason", "SkbDropReason")
    fields = {reason: FIELDS[call] for call, reason in
              re.findall(r"stats\.(\w+)\(drops\.get\(DropReason::(\w+)\)\)", statistics)}
    yield "| reason | the frame | whose | `ip -s -s link` | kernel's drop reason |"
    yield "|---|---|---|---|---|"
    for entry in entries["entries"]:
        name = entry["name"].replace("-", "_")
        reason = names[name]
        direction = directions[reason]
        field = "`tx_dropped`" if direction == "Sent" else fields.get(reason, "")
        meaning = entry["doc"].rstrip(".")
        meaning = meaning[0].lower() + meaning[1:]
        yield (f"| `{name}` | {meaning} | {DIRECTIONS[direction]} | {field} |"
               f" `{kernel[reason]}` |".replace("|  |", "| |"))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    page = read(PAGE)
    table = "\n".join(rows(read(SPEC), read(REASONS), read(STATISTICS))) + "\n"
    head, rest = page.split(BEGIN)
    whole = head + BEGIN + table + END + rest.split(END)[1]
    if "--check" in sys.argv:
        if page != whole:
            sys.exit(f"{PAGE}: the table is not that of the reasons: make format writes it")
        print(f"{PAGE}: {table.count(chr(10)) - 2} reasons")
    elif page != whole:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(whole)


main()
