# SPDX-License-Identifier: GPL-2.0
"""The models of src/model/host/loom find what is spoilt: each mutant is the tree with
one change, and a model must fail of it."""

import os
import subprocess
import tempfile
import unittest

REPO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LOOM = "src/model/host/loom"
PLACES, CHAIN = "src/net/places.rs", "src/net/chain.rs"

# Name, file, what stands there, what a mutant has in its place, the model that fails.
MUTANTS = [
    ("no_second_look", PLACES, "if self.in_use() < self.limit() {\n            wake();",
     "if false {\n            wake();", "a_ring_of_one_and_two_senders"),
    ("no_barrier_behind_the_mark", PLACES, "self.waited_for.store(true, Ordering::SeqCst)",
     "self.waited_for.store(true, Ordering::Release)", "a_ring_of_one_and_two_senders"),
    ("no_barrier_behind_the_places", PLACES, "self.given_back.fetch_add(count, Ordering::SeqCst)",
     "self.given_back.fetch_add(count, Ordering::Release)", "a_ring_of_one_and_two_senders"),
    ("nobody_is_woken", PLACES, "self.waited_for.load(Ordering::SeqCst) && self.in_use()",
     "false && self.in_use()", "a_ring_of_one_and_two_senders"),
    ("stopped_after_the_look", PLACES,
     "        stop();\n        self.waited_for.store(true, Ordering::SeqCst);\n"
     "        if self.in_use() < self.limit() {\n            wake();\n        }\n",
     "        self.waited_for.store(true, Ordering::SeqCst);\n"
     "        let room = self.in_use() < self.limit();\n        stop();\n"
     "        if room {\n            wake();\n        }\n", "a_ring_of_one_and_two_senders"),
    ("unmarked_after_the_wake", PLACES,
     "        self.waited_for.swap(false, Ordering::SeqCst);\n        wake();\n",
     "        wake();\n        self.waited_for.swap(false, Ordering::SeqCst);\n",
     "a_ring_that_is_full_again"),
    ("one_place_too_many", PLACES, "if in_use >= limit {", "if in_use > limit {",
     "a_ring_of_one_and_two_senders"),
    ("a_frame_is_not_seen_whole", CHAIN, ".compare_exchange(newest, element, SeqCst, Relaxed)",
     ".compare_exchange(newest, element, Relaxed, Relaxed)", "a_ring_of_two_and_two_senders"),
    ("taken_without_what_it_has", CHAIN, "self.newest.swap(ptr::null_mut(), Acquire)",
     "self.newest.swap(ptr::null_mut(), Relaxed)", "a_ring_of_two_and_two_senders"),
    ("not_the_first", CHAIN, "Ok(_) => return newest.is_null(),", "Ok(_) => return false,",
     "a_ring_of_two_and_two_senders"),
    ("a_slot_gets_another_key", "src/model/key_map.rs",
     "        slot.word.store(word, Release);\n",
     "        slot.word.store(word, Release);\n"
     "        if word == 0 {\n            slot.key.store(EMPTY, Release);\n        }\n",
     "a_map_of_keys"),
    ("a_list_without_gaps", "src/model/members.rs",
     "        place.store(NOBODY, Release);\n",
     "        let last = &self.places.as_ref()[1];\n"
     "        place.store(last.load(Relaxed), Release);\n"
     "        last.store(NOBODY, Release);\n", "a_list_of_numbers"),
    ("freed_without_a_grace_period", LOOM + "/tables.rs",
     "let old = cell.present.swap(1, SeqCst);\n                cell.rcu.synchronize();",
     "let old = cell.present.swap(1, SeqCst);", "a_value_that_is_replaced"),
    ("a_number_is_free_at_once", LOOM + "/tables.rs",
     "switch.port.swap(0, AcqRel);\n                switch.rcu.synchronize();",
     "switch.port.swap(0, AcqRel);", "a_number_that_is_given_out_again"),
]


class Mutants(unittest.TestCase):
    """One test for each, made below."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="softnic-mutants-")
        cls.addClassCleanup(folder.cleanup)
        cls.tree = folder.name
        for part in ("src/model", "src/net", "Cargo.lock"):
            target = os.path.join(cls.tree, part)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            # With times of their own, so that cargo takes nothing for built.
            subprocess.run(["cp", "-r", os.path.join(REPO, part), target], check=True)
        # The workspace has the tools besides, which are not here.
        with open(os.path.join(REPO, "Cargo.toml"), encoding="utf-8") as f:
            whole = f.read()
        profile = whole[whole.index("[profile.dev]"):]
        with open(os.path.join(cls.tree, "Cargo.toml"), "w", encoding="utf-8") as f:
            f.write(f'[workspace]\nmembers = ["{LOOM}"]\nresolver = "3"\n{profile}')

    def model(self, name):
        """How a model ends in the tree as it is."""
        target = os.environ.get("MUTANTS_TARGET") or os.path.join(self.tree, "target")
        return subprocess.run(
            ["cargo", "test", "--offline", "--target-dir", target, "--test", "models",
             "--", "--exact", name], cwd=self.tree, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def mutate(self, path, old, new, model):
        path = os.path.join(self.tree, path)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertEqual(text.count(old), 1, f"{path} has other words")
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace(old, new))
            done = self.model(model)
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        self.assertIn(f"test {model} ... FAILED", done.stdout)

    def test_the_tree_as_it_is(self):
        done = self.model("a_map_of_keys")
        self.assertIn("test a_map_of_keys ... ok", done.stdout)


for mutant, *change in MUTANTS:
    setattr(Mutants, f"test_{mutant}", lambda self, change=change: self.mutate(*change))


if __name__ == "__main__":
    unittest.main()
