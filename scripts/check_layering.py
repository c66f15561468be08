# SPDX-License-Identifier: GPL-2.0
"""Checks the rules of design that a compiler can't: layers, unsafe, panics,
licence lines, and that nothing names a machine.

check_layering.py             checks all files that git tracks
check_layering.py --self-test checks that each rule catches its violation
"""

import os
import re
import subprocess
import sys

from rust_source import argument, blank, line_of, without_tests

# What a layer under src may import, beside itself.
LAYERS = {
    "model": set(),
    "bindings": set(),
    "net": {"bindings"},
    "datapath": {"net", "model"},
    "nic": {"datapath", "net", "model"},
    "vnic": {"datapath", "net", "model"},
    "control": {"nic", "vnic", "datapath", "net", "model"},
}
UNSAFE_LAYERS = {"bindings", "net"}
# The tools are crates of their own; one has a file that a C program calls.
TOOLS_UNSAFE = "tools/iproute2/src/ffi.rs"
FORBID = "#![forbid(unsafe_code)]"
PANICS = re.compile(
    r"\.(unwrap|expect|unwrap_err|expect_err)\(|\b(panic|todo|unimplemented|unreachable)!")
SPDX = re.compile(r"SPDX-License-Identifier: GPL-2\.0")
# The kernel's generator takes a spec with this line alone, as programs of any
# licence are to use what it generates.
SPDX_SPEC = "SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)"
SPEC = "Documentation/netlink/specs/softnic.yaml"
# Lock files are generated; data and text have no place for a comment.
NO_COMMENTS = (".json", ".lock", ".txt", ".png", ".svg")
MACHINE = re.compile(
    r"\b(?:deb|ftp|security|snapshot)\.\w+\.org\b|\b(?:static|index)\.crates\.\w+"
    r"|\bfiles\.\w+hosted\.org|\bproxy\.golang\.\w+"
    r"|/root/(?!\.cargo\b)[\w.]|/home/\w+/")


def check_unsafe(layer, text, code):
    allowed = layer in UNSAFE_LAYERS
    # The crate's root can't forbid what the layers under it need.
    if not allowed and layer != "main" and FORBID not in "\n".join(text.split("\n")[:5]):
        yield 1, f"does not open with {FORBID}"
    lines = text.split("\n")
    for use in re.finditer(r"\bunsafe\b", code):
        n = line_of(code, use.start())
        if not allowed:
            yield n, "unsafe outside src/bindings and src/net"
        elif re.match(r"unsafe\s*(\{|impl\b)", code[use.start():]) and not argument(lines, n):
            yield n, "unsafe without a SAFETY comment"


def imports(code):
    """The layers that code names by crate::, one or many at a time."""
    for m in re.finditer(r"\bcrate::(\w+)", code):
        yield m.start(), m[1]
    for m in re.finditer(r"\bcrate::\{", code):
        depth, part = 0, ""
        for c in code[m.end() - 1:]:
            depth += (c == "{") - (c == "}")
            if depth == 0 or (depth == 1 and c in ",{"):
                name = re.match(r"\s*(\w+)", part.lstrip("{"))
                if name:
                    yield m.start(), name[1]
                part = ""
                if depth == 0:
                    break
            else:
                part += c


def check_imports(path, layer, code):
    if layer == "main":
        return
    for offset, name in imports(code):
        if name in LAYERS and name != layer and name not in LAYERS[layer]:
            yield line_of(code, offset), f"src/{layer} must not import src/{name}"
    # How many `super` lead out of the layer: into the crate's root.
    depth = path.split("/")[2:]
    up = len(depth) - (depth[-1] == "mod.rs")
    for m in re.finditer(r"\b((?:super::)+)(\w+)", code):
        if m[1].count("super") > up and m[2] in LAYERS and m[2] not in LAYERS[layer]:
            yield line_of(code, m.start()), f"src/{layer} must not import src/{m[2]}"
    if layer == "model":
        for m in re.finditer(r"\b(kernel|std|alloc|bindings)::", code):
            yield line_of(code, m.start()), f"src/model uses {m[1]}: core alone is allowed"


def check_tool(path, text):
    code = blank(text)
    for use in re.finditer(r"\bunsafe\b", code):
        n = line_of(code, use.start())
        if path != TOOLS_UNSAFE:
            yield n, f"unsafe outside {TOOLS_UNSAFE}"
        elif re.match(r"unsafe\s*(\{|impl\b)", code[use.start():]) and not argument(text.split("\n"), n):
            yield n, "unsafe without a SAFETY comment"


def check_rust(path, text):
    if path.startswith("tools/"):
        yield from check_tool(path, text)
    if not path.startswith("src/") or path.startswith("src/model/host/"):
        return
    parts = path.split("/")
    layer = parts[1] if len(parts) > 2 else "main"
    if layer != "main" and layer not in LAYERS:
        yield 1, f"src/{layer} is no layer: give it its place in {os.path.basename(__file__)}"
        return
    code = without_tests(blank(text))
    yield from check_unsafe(layer, text, code)
    yield from check_imports(path, layer, code)
    for m in PANICS.finditer(code):
        yield line_of(code, m.start()), f"can panic: {m[0]}"


def check_any(path, text):
    licensed = SPDX_SPEC in text[:600] if path == SPEC else SPDX.search(text[:600])
    if not path.endswith(NO_COMMENTS) and not licensed:
        yield 1, "no SPDX line"
    if not path.endswith(".lock"):
        for m in MACHINE.finditer(text):
            yield line_of(text, m.start()), f"names a machine or registry: {m[0]}"


def check(path, text):
    yield from check_any(path, text)
    if path.endswith(".rs"):
        yield from check_rust(path, text)


# Path, text, and the violation that must be found in it, or None.
HEAD = "// SPDX-License-Identifier: GPL-2.0\n"
SAFE = HEAD + FORBID + "\n"
CASES = [
    ("src/nic/a.rs", SAFE + "use crate::datapath::x;\n", None),
    ("src/nic/a.rs", HEAD + "fn f() {}\n", "does not open"),
    ("src/nic/a/b.rs", HEAD + "fn f() {}\n", "does not open"),
    ("src/nic/a.rs", SAFE + "fn f() { unsafe { g() } }\n", "unsafe outside"),
    ("src/main.rs", HEAD + "unsafe impl Send for X {}\n", "unsafe outside"),
    ("src/main.rs", HEAD + "// unsafe\nmod nic;\n", None),
    ("src/net/a.rs", HEAD + "fn f() {\n    unsafe { g() }\n}\n", "without a SAFETY"),
    ("src/net/a.rs", HEAD + "unsafe impl Send for X {}\n", "without a SAFETY"),
    ("src/net/a.rs", HEAD + "// SAFETY: g is.\nlet x =\n    unsafe { g() };\n", None),
    ("src/net/a.rs", HEAD + "// SAFETY: g is.\nunsafe { g() };\nunsafe { h() };\n", "without a SAFETY"),
    ("src/net/a.rs", HEAD + "use crate::datapath::x;\n", "src/net must not import src/datapath"),
    ("src/datapath/a.rs", SAFE + "use crate::{net::b, nic::c};\n", "must not import src/nic"),
    ("src/datapath/a.rs", SAFE + "use crate::bindings;\n", "must not import src/bindings"),
    ("src/nic/a.rs", SAFE + "use crate::vnic::x;\n", "src/nic must not import src/vnic"),
    ("src/vnic/a.rs", SAFE + "fn f(x: crate::nic::N) {}\n", "src/vnic must not import src/nic"),
    ("src/nic/a.rs", SAFE + "use super::super::control::x;\n", "must not import src/control"),
    ("src/model/a.rs", SAFE + "use crate::net::x;\n", "src/model must not import src/net"),
    ("src/model/a.rs", SAFE + "use kernel::prelude::*;\n", "core alone"),
    ("src/model/a.rs", SAFE + "#[cfg(test)]\nmod tests { use std::vec; fn f() { g().unwrap() } }\n", None),
    ("src/model/a.rs", SAFE + "#[cfg(test)]\npub(crate) mod tests { fn f() { panic!() } }\n", None),
    ("src/model/a.rs", SAFE + "#[cfg(test)]\nmod tests { fn f() {} }\nfn f() { panic!() }\n", "can panic"),
    ("src/other/a.rs", SAFE, "is no layer"),
    ("src/nic/a.rs", SAFE + "fn f() { g().unwrap(); }\n", "can panic: .unwrap("),
    ("src/nic/a.rs", SAFE + "fn f() { g().expect(\"x\"); }\n", "can panic: .expect("),
    ("src/nic/a.rs", SAFE + "fn f() { panic!(\"x\"); }\n", "can panic: panic!"),
    ("src/nic/a.rs", SAFE + "fn f() { todo!() }\n", "can panic: todo!"),
    ("src/nic/a.rs", SAFE + "fn f() { unimplemented!() }\n", "can panic: unimplemented!"),
    ("src/nic/a.rs", SAFE + "// g().unwrap() would panic!\n", None),
    ("tools/x/src/main.rs", "fn main() {}\n", "no SPDX line"),
    ("tools/x/src/main.rs", HEAD + "// SAFETY: g is.\nunsafe { g() };\n", "unsafe outside tools"),
    (TOOLS_UNSAFE, HEAD + "// SAFETY: g is.\nlet x = unsafe { g() };\n", None),
    (TOOLS_UNSAFE, HEAD + "unsafe { g() };\n", "without a SAFETY"),
    ("scripts/x", "# SPDX-License-Identifier: GPL-2.0\ncurl deb." "debian.org\n", "names a machine"),
    ("scripts/x", "# SPDX-License-Identifier: GPL-2.0\ncd /root" "/main\n", "names a machine"),
    ("x.json", "{}\n", None),
    (SPEC, f"# {SPDX_SPEC}\n", None),
    (SPEC, "# SPDX-License-Identifier: GPL-2.0\n", "no SPDX line"),
    ("x.yaml", f"# {SPDX_SPEC}\n", "no SPDX line"),
]


def self_test():
    wrong = 0
    for path, text, wanted in CASES:
        found = [what for _, what in check(path, text)]
        if wanted is None and found or wanted and not any(wanted in f for f in found):
            wrong += 1
            print(f"self-test: {path}: wanted {wanted!r}, found {found}:\n{text}")
    print(f"layering: {len(CASES) - wrong} of {len(CASES)} rules' cases behave")
    return wrong


def check_tree():
    names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout
    wrong = 0
    for path in names.decode().split("\0"):
        if not os.path.isfile(path):
            continue
        with open(path, errors="replace") as f:
            for line, what in check(path, f.read()):
                print(f"{path}:{line}: {what}")
                wrong += 1
    print(f"layering: {wrong} violations")
    return wrong


sys.exit((self_test() if sys.argv[1:] == ["--self-test"] else check_tree()) != 0)
