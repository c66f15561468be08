# SPDX-License-Identifier: GPL-2.0
"""What vnicadm prints as JSON in its transcripts is as its schema says."""

import json
import os
import re
import unittest

import jsonschema

REPO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TRANSCRIPTS = os.path.join(REPO, "tools/vnicadm/tests/golden/transcripts")
SCHEMA = os.path.join(REPO, "Documentation/vnicadm.schema.json")


def outputs():
    """Each command that asks for JSON and gets some, with what it prints."""
    for name in sorted(os.listdir(TRANSCRIPTS)):
        with open(os.path.join(TRANSCRIPTS, name), encoding="utf-8") as f:
            for case in re.split(r"^\$ ", f.read(), flags=re.MULTILINE)[1:]:
                command, *lines = case.splitlines()
                text = "\n".join(x for x in lines if not x.startswith(("! ", "? ")))
                if text and re.search(r" -\w*j", command):
                    yield command, text


def values(command, text):
    """The subcommand, and the values that it prints."""
    name = re.search(r"vnicadm (?:--netns \S+ )?(\S+)", command)[1]
    return name, [json.loads(x) for x in text.splitlines()] if name == "stat" else [json.loads(text)]


class Json(unittest.TestCase):
    def setUp(self):
        with open(SCHEMA, encoding="utf-8") as f:
            self.schema = json.load(f)

    def wrong(self, name, value):
        """What is wrong with a subcommand's value."""
        schema = {**self.schema, "$ref": f"#/definitions/{name}"}
        return [x.message for x in jsonschema.Draft7Validator(schema).iter_errors(value)]

    def test_schema_is_one(self):
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_transcripts_are_as_the_schema_says(self):
        seen = set()
        for command, text in outputs():
            name, found = values(command, text)
            for value in found:
                self.assertEqual(self.wrong(name, value), [], command)
            seen.add(name)
        defined = {x for x in self.schema["definitions"] if x.startswith("show-")}
        self.assertEqual(seen, defined | {"explain", "stat"})

    def test_other_values_are_refused(self):
        command, text = next(x for x in outputs() if "show-nic -j" in x[0])
        name, (nics,) = values(command, text)
        for change in ({"mtu": "1500"}, {"mac": "2:0"}, {"strange": 1}, {"oper_state": "UP"}):
            self.assertNotEqual(self.wrong(name, [{**nics[0], **change}]), [], change)
        self.assertNotEqual(self.wrong(name, [{}]), [])


if __name__ == "__main__":
    unittest.main()
