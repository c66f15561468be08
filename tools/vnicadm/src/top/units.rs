// SPDX-License-Identifier: GPL-2.0
//! Rates in few characters.

/// What a thousand of what came before is called.
const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];

/// A rate in four characters at most: `0`, `0.5`, `12`, `1.2k`, `345M`. None
/// that is above 0 is shown as 0.
pub fn short(rate: f64) -> String {
    if rate <= 0.0 {
        return "0".to_owned();
    }
    let (mut rest, mut unit) = (rate.max(0.1), "");
    for next in UNITS {
        if rest < 999.5 {
            break;
        }
        (rest, unit) = (rest / 1000.0, next);
    }
    match rest < 9.95 {
        true => format!("{rest:.1}{unit}"),
        false => format!("{rest:.0}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_characters() {
        for (rate, want) in [
            (0.0, "0"),
            (0.01, "0.1"),
            (9.94, "9.9"),
            (9.96, "10"),
            (999.4, "999"),
            (999.6, "1.0k"),
            (9_949.0, "9.9k"),
            (9_951.0, "10k"),
            (999_600.0, "1.0M"),
            (12_345_678.0, "12M"),
            (1.8e19, "18E"),
        ] {
            assert_eq!(short(rate), want, "{rate}");
        }
    }
}
