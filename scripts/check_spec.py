# SPDX-License-Identifier: GPL-2.0
"""Checks specs of netlink families against the kernel's schemas.

check_spec.py SCHEMAS SPEC...   SCHEMAS is a folder with genetlink.yaml
"""

import os
import sys

import jsonschema
import yaml


def load(path):
    with open(path) as f:
        return yaml.safe_load(f)


def faults(schemas, path):
    spec = load(path)
    schema = load(os.path.join(schemas, spec.get("protocol", "genetlink") + ".yaml"))
    for error in jsonschema.Draft7Validator(schema).iter_errors(spec):
        yield "/".join(str(part) for part in error.absolute_path), error.message


def main():
    schemas, *specs = sys.argv[1:]
    wrong = 0
    for path in specs:
        for where, what in faults(schemas, path):
            print(f"{path}: {where}: {what}")
            wrong += 1
    print(f"spec: {len(specs)} specs, {wrong} faults")
    sys.exit(wrong != 0)


main()
