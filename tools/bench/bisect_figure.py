# SPDX-License-Identifier: GPL-2.0
"""Finds the commit that slowed a figure.

The figure is measured at a good and at a bad commit, and what is nearer to the
good one is good. Each commit's module is measured by the benchmark of the tree
that this is called in, in a worktree beside it, so that nothing else differs.
Since instructions are counted, one run a commit is enough.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import verdicts

REPO = pathlib.Path(__file__).resolve().parents[2]
TREE = REPO / "build/bisect"
# What the tools in build/tools are made of.
TOOLS = ("Cargo.toml", "Cargo.lock", "tools/vnicadm", "tools/iproute2", "src/model",
         "Documentation/netlink", "scripts/tools")
# What git bisect run takes for "cannot be told here".
GOOD, BAD, SKIP = 0, 1, 125


def git(*words, tree=REPO):
    return subprocess.run(["git", "-C", str(tree), *words], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def measure(figure, bench):
    """What the figure is at the commit that TREE is at; None where it can't be told."""
    shutil.rmtree(TREE / "tools/bench", ignore_errors=True)
    shutil.copytree(bench, TREE / "tools/bench")
    try:
        done = subprocess.run(
            ["make", "-C", str(TREE), "module", *tools(bench)], stdout=sys.stderr).returncode == 0
        done = done and subprocess.run(
            [str(TREE / "tools/bench/bench"), f"^{re.escape(figure)}$"],
            stdout=sys.stderr).returncode == 0
    finally:
        git("checkout", "--quiet", "--force", ".", tree=TREE)
        git("clean", "--quiet", "--force", "-d", "-x", "tools/bench", tree=TREE)
    results = TREE / "build/bench/results.json"
    if not done or not results.exists():
        return None
    return value(json.loads(results.read_text()), figure)


def tools(bench):
    """What has to be made for the tools: nothing where the caller's are of the same
    sources, which spares minutes a commit."""
    made, commit = bench.parent / "tools", (bench / "commit").read_text()
    same = made.is_dir() and subprocess.run(
        ["git", "-C", str(TREE), "diff", "--quiet", commit, "--", *TOOLS]).returncode == 0
    if same:
        shutil.rmtree(TREE / "build/tools", ignore_errors=True)
        shutil.copytree(made, TREE / "build/tools")
    return [] if same else ["tools"]


def value(results, figure):
    return next((f["value"] for f in results["figures"] if verdicts.name(f) == figure), None)


def judge(now, good, bad):
    if now is None:
        return SKIP
    return GOOD if abs(now - good) < abs(now - bad) else BAD


def differs(good, bad):
    return abs(good - bad) / good > verdicts.EXACT


def at(commit, figure, bench):
    git("checkout", "--quiet", "--force", "--detach", commit, tree=TREE)
    found = measure(figure, bench)
    if found is None:
        sys.exit(f"softnic: {figure} cannot be measured at {commit}")
    print(f"{figure}: {found:,.1f} at {commit[:12]}", flush=True)
    return found


def find(figure, good, bad, bench):
    values = at(good, figure, bench), at(bad, figure, bench)
    if not differs(*values):
        sys.exit(f"softnic: {figure} is the same at both")
    git("bisect", "start", bad, good, tree=TREE)
    try:
        run = subprocess.run(
            ["git", "-C", str(TREE), "bisect", "run", sys.executable,
             str(bench / "bisect_figure.py"), "--step", str(bench), *map(str, values), figure])
        return run.returncode
    finally:
        git("bisect", "reset", tree=TREE)


def main():
    if sys.argv[1:2] == ["--step"]:
        bench, good, bad, figure = sys.argv[2:]
        sys.exit(judge(measure(figure, pathlib.Path(bench)), float(good), float(bad)))
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("figure", help="such as 'pktgen 60 B: softnic'")
    p.add_argument("good", help="a commit at which it was faster")
    p.add_argument("bad", nargs="?", default="HEAD", help="one at which it is slower (HEAD)")
    a = p.parse_args()
    good, bad = (git("rev-parse", "--verify", f"{c}^{{commit}}") for c in (a.good, a.bad))
    bench = REPO / "build/bisect-bench"
    shutil.rmtree(bench, ignore_errors=True)
    shutil.copytree(REPO / "tools/bench", bench)
    (bench / "commit").write_text(git("rev-parse", "HEAD"))
    if TREE.exists():
        git("worktree", "remove", "--force", str(TREE))
    git("worktree", "prune")
    git("worktree", "add", "--quiet", "--detach", str(TREE), bad)
    sys.exit(find(a.figure, good, bad, bench))


if __name__ == "__main__":
    main()
