#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
"""The transcripts that the tool's own tests replay without a kernel
(tools/vnicadm/tests/golden), with this kernel: the same errors and exit
statuses, and JSON as the schema says."""

import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
import jsonschema

from softnic.golden import scene, transcripts
from softnic.ktap import main, test

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../Documentation/vnicadm.schema.json")


def is_json(case):
    """Whether a command was asked for JSON, and gave it."""
    letters = [x for x in case.words if x.startswith("-") and not x.startswith("--")]
    return case.status == 0 and ("--json" in case.words or any("j" in x for x in letters))


def check_json(case, text, schema):
    """What is wrong with a command's JSON."""
    name = case.subcommand()
    # stat prints an object on each line, all others one array.
    values = ([json.loads(line) for line in text.splitlines()] if name == "stat"
              else [json.loads(text)])
    validator = jsonschema.Draft7Validator({**schema, "$ref": f"#/definitions/{name}"})
    for value in values:
        for error in validator.iter_errors(value):
            yield f"{case.line}: {error.json_path}: {error.message}"


def told(case, schema):
    """What is otherwise with this kernel than it was when recorded."""
    done = case.run()
    if (done.returncode, done.stderr) != (case.status, case.errors):
        yield (f"{case.line}: status {done.returncode}, {done.stderr!r};"
               f" recorded is {case.status}, {case.errors!r}")
    elif is_json(case):
        yield from check_json(case, done.stdout, schema)


def make_test(name, cases, schema):
    """A test of a transcript."""
    def function():
        with scene():
            wrong = [line for case in cases for line in told(case, schema)]
        assert not wrong, "\n".join(wrong)
    function.__name__ = name.replace("-", "_")
    test(function)


with open(SCHEMA, encoding="utf-8") as schema_file:
    SCHEMAS = json.load(schema_file)
for transcript, commands in transcripts().items():
    make_test(transcript, commands, SCHEMAS)
main()
