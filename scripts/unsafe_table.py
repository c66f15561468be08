# SPDX-License-Identifier: GPL-2.0
"""Writes Documentation/reliability/unsafe.md: every unsafe block, function and
implementation of the module, with its obligation and where it is met.

unsafe_table.py           writes it anew
unsafe_table.py --check   says whether it is as it should be

Both fail when one lacks its argument, or when what the argument leans on is not
there: a requirement that the function does not have, an invariant that no type of
the file has. The table names items, not lines, which change with every edit.
"""

import dataclasses
import re
import subprocess
import sys

from rust_source import argument, blank, closing, line_of, without_tests

PAGE = "Documentation/reliability/unsafe.md"
BEGIN, END = "<!-- unsafe_table.py: begin -->\n", "<!-- unsafe_table.py: end -->\n"
# A block of more lines is to be taken apart.
LONGEST = 14
UNSAFE = re.compile(r"\bunsafe\s*(\{|impl\b|(?:extern\s+)?fn\s+\$?\w+|trait\b)")
SCOPE = re.compile(r"^[ \t]*(?:unsafe )?impl\b|\bfn\s+(\$?\w+)|\btrait\s+(\w+)|\bmacro_rules!\s*(\w+)|"
                   r"\b(?:const|static)\s+(\w+)\s*:", re.M)
POINTERS = {"as_ref", "as_mut", "read", "write", "add", "sub", "offset", "byte_add", "from_raw",
            "new_unchecked", "assume_init_ref", "assume_init_mut", "assume_init_drop",
            "get_unchecked_mut", "into_inner_unchecked", "read_volatile", "write_volatile",
            "from_raw_parts", "from_raw_parts_mut", "from_ptr", "from_utf8_unchecked", "zeroed",
            "copy_from_nonoverlapping", "drop_in_place", "read_unaligned", "write_unaligned",
            "map_unchecked", "get_unchecked", "copy_nonoverlapping", "write_bytes",
            "__pinned_init", "unreachable_unchecked", "transmute", "as_uninit_mut"}


@dataclasses.dataclass
class Use:
    """One `unsafe`."""
    kind: str
    item: str
    does: str
    why: str | None
    line: int


@dataclasses.dataclass
class File:
    """What a file has of them, how many lines of code, and how many in blocks."""
    path: str
    uses: list
    lines: int
    within: int


def body(code, start):
    """Where the body begins that follows a header, if it has one."""
    depth = 0
    for at in range(start, len(code)):
        c = code[at]
        depth += (c in "([") - (c in ")]")
        if depth == 0 and c == "{":
            return at + 1
        if depth == 0 and c == ";":
            return None
    return None


def bare(name):
    """A type's or trait's name without its path and what it is generic over."""
    name = re.sub(r"\bwhere\b.*", "", name, flags=re.S)
    while (less := re.sub(r"<[^<>]*>", "", name.replace("->", ""))) != name:
        name = less
    return re.sub(r"\b\w+::", "", " ".join(name.split())).removeprefix("unsafe ").strip()


def scopes(code):
    """Start, end and name of each implementation, function, macro and constant."""
    for found in SCOPE.finditer(code):
        begin = body(code, found.end())
        if begin is None:
            continue
        name = next((x for x in found.groups() if x), None)
        if name is None:
            name = bare(code[found.end():begin - 1])
        yield found.start(), closing(code, begin), name


def enclosing(all_scopes, offset):
    """The path of the item that an offset is in."""
    names = [name for start, end, name in all_scopes if start < offset < end]
    # A method's trait is not told: its type names it as well.
    names = [name.partition(" for ")[2] or name for name in names]
    return "::".join(names) or "the file itself"


def documented(lines, n, heading):
    """What stands under a heading in the documentation over line n."""
    docs = []
    for line in reversed(lines[:n - 1]):
        line = line.strip()
        if line.startswith("///"):
            docs.append(line[3:].strip())
        elif not line.startswith(("#[", "//")):
            break
    text = "\n".join(reversed(docs))
    found = re.search(rf"^# {heading}\n+(.*?)(?:\n#|\Z)", text, re.S | re.M)
    return " ".join(found[1].split()) if found else None


def done(block, ours):
    """What a block does that is unsafe, as far as it can be read off."""
    calls = []
    for path in re.findall(r"([\w:]+)(?:::<[^()]*?>)?\(", block):
        *before, name = path.split("::")
        if before[-1:] == ["bindings"] or name in ours or name in POINTERS:
            calls.append(f"`{name}()`")
    if re.search(r"(?<![\w)\]] )\*\(?\s*[a-z]|&\s*(?:raw\s+)?(?:mut|const)?\s*\*", block):
        calls.append("raw pointer")
    return ", ".join(dict.fromkeys(calls)) or "a union, macro or call"


def examine(path, text, ours):
    """All that is unsafe in a file."""
    code = without_tests(blank(text))
    lines = text.split("\n")
    spans = list(scopes(code))
    uses, within = [], set()
    for found in UNSAFE.finditer(code):
        n = line_of(code, found.start())
        item = enclosing(spans, found.start())
        head = found[1]
        if head == "{":
            end = closing(code, found.end())
            covered = range(n, line_of(code, end) + 1)
            within.update(covered)
            kind, does = f"block of {len(covered)}", done(code[found.end():end], ours)
            why = argument(lines, n)
        elif head == "impl":
            begin = body(code, found.end())
            kind, does = "impl", bare(code[found.end():begin - 1])
            item, why = does.partition(" for ")[2], argument(lines, n)
        elif "fn" in head:
            name = head.split()[-1]
            item = name if item == "the file itself" else f"{item}::{name}"
            kind, does, why = "fn", "", documented(lines, n, "Safety")
        else:
            item = code[found.end():].split(maxsplit=1)[0]
            kind, does, why = "trait", "", documented(lines, n, "Safety")
        uses.append(Use(kind, item, does, why, n))
    size = sum(1 for line in code.split("\n") if line.strip())
    return File(path, uses, size, len(within))


def objections(file, text, obliged):
    """What is wrong with the arguments of a file."""
    invariants = "# Invariants" in text
    for at, use in enumerate(file.uses):
        name = f"{file.path}:{use.line}: {use.item}"
        if not use.why or len(use.why.split()) < 2:
            lacks = "# Safety section" if use.kind in ("fn", "trait") else "SAFETY comment"
            yield f"{name}: unsafe without a {lacks} that says why or what"
            continue
        if use.kind.startswith("block") and int(use.kind.split()[-1]) > LONGEST:
            yield f"{name}: an unsafe block of more than {LONGEST} lines"
        if use.kind == "fn":
            for other in re.findall(r"As for \[`(?:Self::)?(\w+)`\]", use.why):
                if other not in obliged:
                    yield f"{name}: requires the same as {other}, which requires nothing"
            continue
        if re.match(r"(?:By|As) the requirement", use.why) and not any(
                x.kind == "fn" and use.item.startswith(x.item) for x in file.uses):
            yield f"{name}: argues with a requirement that nothing there has"
        if re.search(r"\btype invariant", use.why) and not invariants:
            yield f"{name}: argues with an invariant that no type of the file has"
        if re.match(r"As above", use.why) and (at == 0 or not file.uses[at - 1].why):
            yield f"{name}: argues as above, where nothing is"


def cell(text):
    return text.replace("|", "\\|") if text else ""


def counts(files):
    """How many there are, and where."""
    uses = [use for file in files for use in file.uses]
    kinds = [f"{sum(use.kind.startswith(kind) for use in uses)} {name}" for kind, name in
             (("block", "blocks"), ("fn", "functions"), ("trait", "traits"),
              ("impl", "implementations"))]
    return f"{', '.join(kinds)}, in {sum(bool(file.uses) for file in files)} files"


def share(files):
    """How much of the module's code is in a block. Not for the page: any edit changes it."""
    lines, within = sum(f.lines for f in files), sum(f.within for f in files)
    return f"{within} of {lines} lines of code are in a block, {100 * within / lines:.1f}%"


def table(files):
    """The page's generated part."""
    yield counts(files) + ".\n"
    for file in files:
        if not file.uses:
            continue
        yield f"\n## {file.path}\n\n| item | what is unsafe | who sees to it, or why it holds |\n|---|---|---|\n"
        for use in file.uses:
            if use.kind == "fn":
                what = f"fn | Callers see to it: {cell(use.why)}"
            elif use.kind == "trait":
                what = f"trait | Who implements it sees to it: {cell(use.why)}"
            elif use.kind == "impl":
                what = f"impl {cell(use.does.partition(' for ')[0])} | {cell(use.why)}"
            else:
                what = f"{cell(use.does)} | {cell(use.why)}"
            yield f"| `{use.item}` | {what} |\n"


def sources():
    """The module's Rust files and their text."""
    names = subprocess.run(["git", "ls-files", "src/*.rs"], capture_output=True, text=True,
                           check=True).stdout.split()
    for path in sorted(n for n in names if not n.startswith("src/model/host/")):
        with open(path, encoding="utf-8") as f:
            yield path, f.read()


def audit(texts):
    """The files with what is unsafe in them, and the objections to it."""
    ours = {name for _, text in texts
            for name in re.findall(r"unsafe\s+(?:extern\s+)?fn\s+(\w+)", blank(text))}
    files = [examine(path, text, ours) for path, text in texts]
    wrong = [w for file, (_, text) in zip(files, texts) for w in objections(file, text, ours)]
    return files, wrong


def main():
    files, wrong = audit(list(sources()))
    if wrong:
        sys.exit("\n".join(wrong))
    parts = list(table(files))
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    whole = page.split(BEGIN)[0] + BEGIN + "".join(parts) + END + page.split(END)[1]
    if "--check" in sys.argv:
        if page != whole:
            sys.exit(f"{PAGE}: the table is not that of the source: make format writes it")
        print(f"unsafe: {counts(files)}; {share(files)}")
    elif page != whole:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(whole)


if __name__ == "__main__":
    main()
