# SPDX-License-Identifier: GPL-2.0
"""scripts/guest prepares a kernel and an image, whatever the guest's command is."""

import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.join(os.path.dirname(__file__), "..")
STUBS = {"host-setup": "", "kernel-tree": "echo tree-of-$1", "guest-image": "echo image-$1",
         "module": "", "tsc-khz": "echo 2000000", "in-root": "shift 2; printf '%s\\n' \"$@\""}


def guest(*words):
    """The words that QEMU's runner gets, with all that takes time left out."""
    with tempfile.TemporaryDirectory() as root:
        folder = os.path.join(root, "scripts")
        os.mkdir(folder)
        for name in ("guest", "common.sh"):
            shutil.copy(os.path.join(SCRIPTS, name), folder)
        for name, body in STUBS.items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="ascii") as f:
                f.write(f"#!/bin/bash\n{body}\n")
            os.chmod(path, 0o755)
        env = dict(os.environ, XDG_CACHE_HOME=os.path.join(root, "cache"))
        done = subprocess.run([os.path.join(folder, "guest"), *words], env=env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return done.stdout.splitlines()


class Guest(unittest.TestCase):
    def test_a_command_runs_with_kernel_and_image(self):
        self.assertEqual(guest("--", "true"),
                         ["--tree", "tree-of-stock", "--image", "image-usual",
                          "--tsc-khz", "2000000", "--", "true"])
        self.assertEqual(guest("--kernel", "debug", "--disk=upstream", "--", "true")[:4],
                         ["--tree", "tree-of-debug", "--image", "image-upstream"])

    def test_help_of_the_command_is_the_commands_own(self):
        for word in ("--help", "-h"):
            self.assertEqual(guest("--", "vnicadm", word, "x")[:4],
                             ["--tree", "tree-of-stock", "--image", "image-usual"])

    def test_help_needs_neither(self):
        for word in ("--help", "-h"):
            self.assertEqual(guest(word), ["--tree", "", "--image", "", word])

    def test_a_guest_knows_how_fast_the_clock_goes(self):
        # Where it finds out by itself, a busy machine lets it err by six times.
        khz = int(subprocess.run([os.path.join(SCRIPTS, "tsc-khz")], text=True,
                                 capture_output=True, check=True).stdout)
        again = int(subprocess.run([os.path.join(SCRIPTS, "tsc-khz")], text=True,
                                   capture_output=True, check=True).stdout)
        self.assertLess(abs(khz - again), khz / 1000)


if __name__ == "__main__":
    unittest.main()
