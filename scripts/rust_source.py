# SPDX-License-Identifier: GPL-2.0
"""Reads Rust source as far as the checks of the tree need it: without comments,
strings and test modules, and what an unsafe block is argued with."""

import re

TEST_MODULE = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))? )?mod \w+ \{")
# So many lines over a statement's line its argument may begin.
REACH = 13


def blank(text):
    """Rust source with comments and strings blanked, line for line."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.|[^\'\\\n])\'',
        re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def without_tests(code):
    """Blanked source with its test modules blanked: the module has none."""
    for found in TEST_MODULE.finditer(code):
        end = closing(code, found.end())
        code = code[:found.start()] + re.sub(r"[^\n]", " ", code[found.start():end]) + code[end:]
    return code


def closing(code, start):
    """Where the brace that was opened just before start is closed."""
    depth = 1
    for at in range(start, len(code)):
        depth += (code[at] == "{") - (code[at] == "}")
        if depth == 0:
            return at + 1
    return len(code)


def line_of(text, offset):
    """The number of the line that an offset is in, from 1."""
    return text.count("\n", 0, offset) + 1


def comment(lines, at):
    """The words of the comment that says SAFETY on line `at`, from 0."""
    words = [lines[at].partition("SAFETY:")[2].strip()]
    if lines[at].strip().startswith("//"):
        for line in lines[at + 1:]:
            line = line.strip()
            if not line.startswith("//"):
                break
            words.append(line.lstrip("/").strip())
    return " ".join(words)


def argument(lines, n):
    """What a SAFETY comment on line n says, or right over its statement; None
    where there is none."""
    if "SAFETY:" in lines[n - 1]:
        return comment(lines, n - 1)
    for at in range(n - 2, max(-1, n - 1 - REACH), -1):
        line = lines[at].strip()
        if "SAFETY:" in line:
            return comment(lines, at)
        if line.endswith((";", "}", "{")) and not line.startswith("//"):
            return None
    return None
