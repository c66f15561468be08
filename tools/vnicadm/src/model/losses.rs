// SPDX-License-Identifier: GPL-2.0
//! What a drop reason means, as the page of them has it.

use super::named::DropReason;

const PAGE: &str = include_str!("../../../../Documentation/drops.md");

/// What is told of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// What a frame that is lost for it is or does.
    pub meaning: &'static str,
    /// By what name the kernel's own tools show it.
    pub kernel: &'static str,
}

impl DropReason {
    /// What there is to tell of it; nothing of one that the page does not have.
    pub fn loss(self) -> Option<Loss> {
        let name = format!("`{self}`");
        PAGE.lines().find_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            match cells[..] {
                ["", reason, meaning, _, _, kernel, ""] if reason == name => Some(Loss {
                    meaning,
                    kernel: kernel.trim_matches('`'),
                }),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_each_reason() {
        for (number, name) in DropReason::ALL {
            let loss = DropReason(*number).loss().expect(name);
            assert!(!loss.meaning.is_empty() && !loss.kernel.is_empty());
        }
        assert_eq!(DropReason(10_000).loss(), None);
        assert_eq!(
            DropReason(0).loss(),
            Some(Loss {
                meaning: "is shorter than an Ethernet header",
                kernel: "HDR_TRUNC",
            })
        );
    }
}
