// SPDX-License-Identifier: GPL-2.0

//! What fuzzing has left in corpus/ goes through the targets again.

fn bytes(line: &str) -> Vec<u8> {
    let digits: Vec<_> = line
        .chars()
        .map(|c| c.to_digit(16).unwrap() as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4) | pair[1])
        .collect()
}

/// A target's name, and the target.
pub type Target<'a> = (&'a str, fn(&[u8]));

/// Plays the targets' corpora, which are in a folder.
pub fn replay(folder: &str, targets: &[Target<'_>]) {
    for (name, target) in targets {
        let path = format!("{folder}/{name}.txt");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let inputs: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(inputs.len() > 20, "{path} has {} inputs only", inputs.len());
        for input in inputs {
            println!("{name}: {input}");
            target(&bytes(input));
        }
    }
}
