# SPDX-License-Identifier: GPL-2.0
"""Checks that each relative link in a tracked Markdown page leads somewhere."""

import os
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]*)(#[^)\s]*)?\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)


def anchors(path):
    """The names that headings get: as forges make them."""
    with open(path) as f:
        text = re.sub(r"^```.*?^```", "", f.read(), flags=re.M | re.S)
    return {"#" + re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-")
            for h in HEADING.findall(text)}


def broken(page):
    with open(page) as f:
        text = CODE.sub("", f.read())
    for target, anchor in LINK.findall(text):
        if re.match(r"\w+:", target):
            continue
        path = os.path.join(os.path.dirname(page), target) if target else page
        if not os.path.exists(path):
            yield f"{target} is not there"
        elif anchor and path.endswith(".md") and anchor not in anchors(path):
            yield f"{target}{anchor} names no heading"


def main():
    pages = subprocess.run(["git", "ls-files", "*.md"], capture_output=True,
                           text=True, check=True).stdout.split("\n")[:-1]
    wrong = [f"{page}: {what}" for page in pages if os.path.exists(page)
             for what in broken(page)]
    print("\n".join(wrong + [f"docs: {len(pages)} pages, {len(wrong)} broken links"]))
    sys.exit(bool(wrong))


main()
