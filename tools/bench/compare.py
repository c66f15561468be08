# SPDX-License-Identifier: GPL-2.0
"""Compares two results files: the exact figures of two runs of one commit have to
agree. Ends in 1 if some do not."""

import argparse
import json
import pathlib
import sys

import verdicts


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("first", type=pathlib.Path)
    p.add_argument("second", type=pathlib.Path)
    a = p.parse_args()
    first, second = (json.loads(path.read_text()) for path in (a.first, a.second))
    apart, count = verdicts.differences(first, second)
    for name, before, now, by in sorted(apart, key=lambda row: -row[3]):
        print(f"  {name:<64}{before:>14,.1f}{now:>14,.1f}{by:>9.2%}")
    print(f"{count} figures compared: {count - len(apart)} agree within "
          f"{verdicts.EXACT:.1%}, {len(apart)} do not")
    sys.exit(1 if apart or not count else 0)


main()
