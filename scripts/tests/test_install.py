# SPDX-License-Identifier: GPL-2.0
"""scripts/install puts everything where it is looked for."""

import os
import subprocess
import tempfile
import unittest

INSTALL = os.path.join(os.path.dirname(__file__), "..", "install")
MADE = ("tools/vnicadm", "man/vnicadm.8", "man/vnicadm-create-nic.8", "completions/vnicadm",
        "completions/_vnicadm", "completions/vnicadm.fish", "tools/ip/link_vnic.so")


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = os.path.join(folder.name, "build")
        self.target = os.path.join(folder.name, "target")

    def make(self, names):
        for name in names:
            path = os.path.join(self.build, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(name)

    def install(self, **settings):
        return subprocess.run([INSTALL], capture_output=True, text=True, check=False,
                              env={**os.environ, "BUILD": self.build, "DESTDIR": self.target,
                                   **settings})

    def installed(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.target)
                      for folder, _, names in os.walk(self.target) for name in names)

    def test_everything_under_the_prefix(self):
        self.make(MADE)
        done = self.install(PREFIX="/usr", IPLIBDIR="/usr/lib/ip")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.installed(), [
            "usr/lib/ip/link_vnic.so",
            "usr/lib/systemd/system/softnic.service",
            "usr/sbin/vnicadm",
            "usr/share/bash-completion/completions/vnicadm",
            "usr/share/fish/vendor_completions.d/vnicadm.fish",
            "usr/share/man/man8/vnicadm-create-nic.8",
            "usr/share/man/man8/vnicadm.8",
            *(f"usr/share/softnic/bpftrace/{question}.bt" for question in (
                "batches", "drops", "full", "latency", "polls", "talkers")),
            "usr/share/zsh/site-functions/_vnicadm",
        ])
        self.assertTrue(os.path.isdir(os.path.join(self.target, "etc/softnic")))
        self.assertTrue(os.access(os.path.join(self.target, "usr/sbin/vnicadm"), os.X_OK))

    def test_unit_starts_what_was_installed(self):
        self.make(MADE)
        self.assertEqual(self.install(PREFIX="/opt/softnic").returncode, 0)
        with open(os.path.join(self.target, "opt/softnic/lib/systemd/system/softnic.service")) as f:
            self.assertIn("ExecStart=/opt/softnic/sbin/vnicadm restore\n", f.read())

    def test_nothing_built(self):
        done = self.install()
        self.assertEqual(done.returncode, 2)
        self.assertIn("make tools", done.stderr)


if __name__ == "__main__":
    unittest.main()
