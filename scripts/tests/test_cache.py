# SPDX-License-Identifier: GPL-2.0
"""The cache's promise: an entry is whole or not there."""

import os
import signal
import subprocess
import tempfile
import time
import unittest

COMMON = os.path.join(os.path.dirname(__file__), "..", "common.sh")


class Cache(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.cache = os.path.join(self.home.name, "softnic")
        self.runs = os.path.join(self.home.name, "runs")

    def start(self, recipe, key="k"):
        """Asks for an entry that RECIPE makes, a shell command with $1."""
        recipe = f'echo run >>"{self.runs}"; {recipe}'
        script = f". {COMMON}; cache_entry name {key} title bash -c '{recipe}' made"
        return subprocess.Popen(
            ["bash", "-c", script], text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "XDG_CACHE_HOME": self.home.name})

    def get(self, recipe, key="k"):
        process = self.start(recipe, key)
        path = process.communicate()[0].strip()
        return process.returncode, path

    def times_made(self):
        with open(self.runs) as f:
            return len(f.readlines())

    def entries(self):
        return [n for n in os.listdir(self.cache) if n.startswith("name-")]

    def test_made_once(self):
        status, path = self.get('echo 1 >"$1/file"')
        self.assertEqual(status, 0)
        self.assertTrue(os.path.exists(os.path.join(path, "file")))
        self.assertEqual(self.get("exit 1"), (0, path))
        self.assertEqual(self.times_made(), 1)

    def test_other_inputs_other_entry(self):
        self.assertNotEqual(self.get("true")[1], self.get("true", key="l")[1])

    def test_failure_leaves_no_entry(self):
        status, path = self.get('echo half >"$1/file"; exit 3')
        self.assertEqual((status, path), (3, ""))
        self.assertEqual(self.entries(), [])

    def test_interruption_leaves_no_entry_and_next_run_cleans_up(self):
        read, write = os.pipe()
        os.set_inheritable(write, True)
        process = self.start(f'echo half >"$1/file"; echo . >/proc/{os.getpid()}/fd/{write}; sleep 60')
        os.read(read, 1)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.entries(), [])
        status, path = self.get("true")
        self.assertEqual((status, os.listdir(path)), (0, []))
        self.assertEqual(os.listdir(os.path.join(self.cache, "work")), [os.path.basename(path)])

    def test_leavings_of_another_key_go_unless_it_is_being_made(self):
        self.get("exit 1", key="dead")
        alive = self.start("until [[ -e $1/../../../go ]]; do sleep 0.05; done", key="alive")
        while not any("alive" in n for n in os.listdir(os.path.join(self.cache, "work"))):
            time.sleep(0.01)
        self.get("true", key="new")
        left = os.listdir(os.path.join(self.cache, "work"))
        self.assertFalse(any("dead" in n for n in left))
        open(os.path.join(self.home.name, "go"), "w").close()
        self.assertTrue(os.path.isdir(alive.communicate()[0].strip()))

    def test_two_at_once_make_one(self):
        both = [self.start("sleep 0.3"), self.start("sleep 0.3")]
        paths = {p.communicate()[0] for p in both}
        self.assertEqual(len(paths), 1)
        self.assertEqual(self.times_made(), 1)

    def test_entry_without_directory_is_made_anew(self):
        path = self.get("true")[1]
        os.rmdir(path)
        self.assertEqual(self.get("true")[0], 0)
        self.assertEqual(self.times_made(), 2)

    def test_unused_entries_go_after_a_month(self):
        old, used = self.get("true", key="old")[1], self.get("true", key="used")[1]
        for key in ("old", "used"):
            subprocess.run(["touch", "-h", "-d", "40 days ago",
                            os.path.join(self.cache, f"name-{key}")], check=True)
        self.get("true", key="used")
        self.get("true", key="new")
        self.assertFalse(os.path.exists(old))
        self.assertTrue(os.path.exists(used))
        self.assertEqual(sorted(self.entries()), ["name-new", "name-used"])


class Objects(unittest.TestCase):
    """Cargo's objects of one clone are not taken for another's."""

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = home.name
        self.known = [os.path.join(self.home, "softnic/target", x, ".fingerprint", crate)
                      for x in ("debug", "release") for crate in ("one-12ab", "serde-34cd")]
        for clone in ("a", "b"):
            os.makedirs(os.path.join(self.home, clone, "tools/one"))
            os.makedirs(os.path.join(self.home, clone, "src/model/host"))
            for name, crate in (("tools/one", "one"), ("src/model/host", "model")):
                with open(os.path.join(self.home, clone, name, "Cargo.toml"), "w") as f:
                    f.write(f'[package]\nname = "{crate}"\n\n[dependencies]\n')

    def own(self, clone):
        """Builds all, and returns what is known once a clone has come."""
        for folder in self.known:
            os.makedirs(folder, exist_ok=True)
        subprocess.run(["bash", "-c", f". {COMMON}; repo=$1; own_objects", "own",
                        os.path.join(self.home, clone)], check=True,
                       env={**os.environ, "XDG_CACHE_HOME": self.home})
        return [os.path.basename(x) for x in self.known if os.path.isdir(x)]

    def test_another_clones_crates_are_forgotten(self):
        dependencies, everything = ["serde-34cd"] * 2, ["one-12ab", "serde-34cd"] * 2
        self.assertEqual(self.own("a"), dependencies)
        self.assertEqual(self.own("a"), everything)
        self.assertEqual(self.own("b"), dependencies)
        self.assertEqual(self.own("a"), dependencies)


if __name__ == "__main__":
    unittest.main()
