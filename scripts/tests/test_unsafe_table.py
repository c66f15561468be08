# SPDX-License-Identifier: GPL-2.0
"""scripts/unsafe_table.py finds what is unsafe, and what is not argued for."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import unsafe_table  # noqa: E402

GOOD = """\
/// A place.
///
/// # Invariants
///
/// The pointer is valid.
pub(crate) struct Place<'a, T: Copy>(*mut T, &'a ());

// SAFETY: Nobody else has it, so it may
// go to another CPU.
unsafe impl<T: Send + Copy> Send for Place<'_, T> {}

impl<'a, T: Copy> Place<'a, T> {
    /// # Safety
    ///
    /// `p` must be valid; and
    /// aligned.
    #[inline]
    unsafe extern "C" fn new(p: *mut T) -> impl Iterator<Item = [T; 2]> {
        // unsafe { "not code" }
        let text = "unsafe { }";
        // SAFETY: By the requirement.
        let value = unsafe { p.read() };
        // SAFETY: By the type invariant.
        unsafe {
            bindings::put(*p);
        }
    }
}

#[cfg(test)]
mod tests {
    fn f() {
        unsafe { g() }
    }
}
"""


class Table(unittest.TestCase):
    def examine(self, text):
        (file,), wrong = unsafe_table.audit([("src/net/a.rs", text)])
        return file, wrong

    def assert_objection(self, text, wanted):
        _, wrong = self.examine(text)
        self.assertEqual(len(wrong), 1, wrong)
        self.assertIn(wanted, wrong[0])

    def test_what_is_found(self):
        file, wrong = self.examine(GOOD)
        self.assertEqual(wrong, [])
        self.assertEqual([(u.kind, u.item, u.does, u.why) for u in file.uses], [
            ("impl", "Place", "Send for Place",
             "Nobody else has it, so it may go to another CPU."),
            ("fn", "Place::new", "", "`p` must be valid; and aligned."),
            ("block of 1", "Place::new", "`read()`", "By the requirement."),
            ("block of 3", "Place::new", "`put()`, raw pointer", "By the type invariant.")])
        self.assertEqual((file.lines, file.within), (12, 4))

    def test_the_page(self):
        file, _ = self.examine(GOOD)
        files = [file, unsafe_table.examine("b.rs", "fn f() {}", set())]
        page = "".join(unsafe_table.table(files))
        self.assertIn("2 blocks, 1 functions, 0 traits, 1 implementations, in 1 files.\n", page)
        self.assertEqual(unsafe_table.share(files), "4 of 13 lines of code are in a block, 30.8%")
        self.assertIn("| `Place` | impl Send | Nobody else", page)
        self.assertIn("| `Place::new` | fn | Callers see to it: `p` must", page)
        self.assertNotIn("b.rs", page)

    def test_no_argument(self):
        for gone in ("        // SAFETY: By the type invariant.\n", "// SAFETY: Nobody else has it, so it may\n",
                     "    /// # Safety\n"):
            text = GOOD.replace(gone, "")
            self.assertNotEqual(text, GOOD)
            _, wrong = self.examine(text)
            self.assertTrue(any("without a" in w for w in wrong), wrong)

    def test_an_empty_argument(self):
        self.assert_objection(GOOD.replace("By the type invariant.", "Likewise."), "without a SAFETY")

    def test_an_argument_that_leans_on_nothing(self):
        self.assert_objection(GOOD.replace("# Invariants", "It has some:"), "no type of the file")
        self.assert_objection("fn f() {\n    // SAFETY: By the requirement.\n    unsafe { g() }\n}\n",
                              "a requirement that nothing there has")
        self.assert_objection("fn f() {\n    // SAFETY: As above.\n    unsafe { g() }\n}\n",
                              "as above, where nothing is")
        self.assert_objection("/// # Safety\n///\n/// As for [`open`].\nunsafe fn stop() {}\n",
                              "the same as open, which requires nothing")

    def test_a_long_block(self):
        self.assert_objection("fn f() {\n    // SAFETY: It holds.\n    unsafe {\n"
                              + "        g();\n" * 20 + "    }\n}\n", "more than 14 lines")

    def test_the_tree(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
        files, wrong = unsafe_table.audit(list(unsafe_table.sources()))
        self.assertEqual(wrong, [])
        self.assertGreater(sum(len(file.uses) for file in files), 300)


if __name__ == "__main__":
    unittest.main()
