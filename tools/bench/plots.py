# SPDX-License-Identifier: GPL-2.0
"""A bar chart of each workload."""

import re

import pygal
from pygal.style import CleanStyle


def draw(figures, directory):
    for workload in dict.fromkeys(f["workload"] for f in figures):
        of_it = [f for f in figures if f["workload"] == workload]
        name = re.sub(r"\W+", "-", workload.lower())
        chart(workload, of_it).render_to_file(str(directory / f"{name}.svg"))


def chart(workload, figures):
    more_is_better = figures[0]["unit"].startswith("bytes")
    bars = pygal.HorizontalBar(
        title=workload, style=CleanStyle, show_legend=False, print_values=True,
        js=[], include_x_axis=True, height=110 + 45 * len(figures),
        value_formatter=lambda n: f"{n:,.0f}",
        x_title=figures[0]["unit"] + ("" if more_is_better else " (less is better)"))
    # The first label stands lowest.
    bars.x_labels = [f["path"] for f in reversed(figures)]
    bars.add("", [f["value"] for f in reversed(figures)])
    return bars
