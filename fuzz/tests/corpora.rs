// SPDX-License-Identifier: GPL-2.0

//! What fuzzing has left in fuzz/corpus goes through the targets again.

fn bytes(line: &str) -> Vec<u8> {
    let digits: Vec<_> = line
        .chars()
        .map(|c| c.to_digit(16).unwrap() as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

#[test]
fn the_corpora_are_played_again() {
    for (name, target) in softnic_fuzz::TARGETS {
        let path = format!("{}/corpus/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let inputs: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(inputs.len() > 20, "{path} has {} inputs only", inputs.len());
        for input in inputs {
            println!("{name}: {input}");
            target(&bytes(input));
        }
    }
}
