# SPDX-License-Identifier: GPL-2.0
"""A bar chart of each workload; as a program, those that the page shows."""

import argparse
import json
import pathlib

import pygal
from pygal.style import CleanStyle

import page


def draw(figures, directory):
    directory.mkdir(exist_ok=True)
    for workload in dict.fromkeys(f["workload"] for f in figures):
        of_it = [f for f in figures if f["workload"] == workload]
        chart(workload, of_it).render_to_file(str(directory / page.picture(workload)))


def chart(workload, figures):
    more_is_better = figures[0]["better"] == "more"
    digits = 0 if max(f["value"] for f in figures) >= 1000 else 1
    bars = pygal.HorizontalBar(
        title=workload, style=CleanStyle, show_legend=False, print_values=True,
        js=[], include_x_axis=True, height=110 + 45 * len(figures), no_prefix=True,
        value_formatter=lambda n: f"{n:,.{digits}f}",
        x_title=figures[0]["unit"] + ("" if more_is_better else " (less is better)"))
    # The first label stands lowest.
    bars.x_labels = [f["path"] for f in reversed(figures)]
    bars.add("", [f["value"] for f in reversed(figures)])
    return bars


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("results", type=pathlib.Path, nargs="+")
    a = p.parse_args()
    figures = page.latest(*(json.loads(r.read_text()) for r in a.results))["figures"]
    draw([f for f in figures if f["workload"] in page.PICTURED], a.directory)


if __name__ == "__main__":
    main()
