// SPDX-License-Identifier: GPL-2.0
//! Properties, as the lines that make or set the same.

use super::{Book, Outcome};
use crate::cli::prop::Assignments;
use crate::statement::{Key, Statement};

/// Properties that no `create-` has an option for: the command and its option.
const SET_LATER: [(&str, &str, &str); 5] = [
    ("rings-in-use", "set-group", "rings"),
    ("ring-size", "set-ring", "size"),
    ("adaptive-rx", "set-coalesce", "adaptive-rx"),
    ("rx-usecs", "set-coalesce", "rx-usecs"),
    ("rx-frames", "set-coalesce", "rx-frames"),
];

/// Properties that are options of the line that makes the device.
const OF_THE_LINE: [&str; 10] = [
    "mtu",
    "slots",
    "pool",
    "storm",
    "finish",
    "vlan",
    "vlan-protocol",
    "vlans",
    "mode",
    "rings",
];

impl Book<'_> {
    /// Takes down `set-prop`, as what sets the same.
    pub(super) fn set_properties(&mut self, done: &Statement) -> Outcome {
        let Some(key) = done.about() else {
            return Outcome::Recorded;
        };
        let values = done.get("properties").map(str::parse::<Assignments>);
        let Some(Ok(Assignments(values))) = values else {
            return Outcome::Recorded;
        };
        let nic = |s: &Statement| s.command == "create-nic" && s.makes().contains(&key);
        let usual = match self.statements().any(nic) {
            true => "set-nic",
            false => "set-vnic",
        };
        for (property, value) in values {
            if self.set_of_far_end(&key, &property, Some(&value)) {
                continue;
            }
            let later = SET_LATER.iter().find(|(name, ..)| *name == property);
            let (command, option) = match later {
                Some((_, command, option)) => (*command, *option),
                None => (usual, property.as_str()),
            };
            let mut set = about(command, done);
            set.set(option, Some(value));
            match self.take(set) {
                Outcome::Recorded => {}
                other => return other,
            }
        }
        Outcome::Recorded
    }

    /// Takes down `reset-prop`: without a line, it is as a new device has it.
    pub(super) fn reset_properties(&mut self, done: &Statement) -> Outcome {
        let Some(key) = done.about() else {
            return Outcome::Recorded;
        };
        if !self.makes(&key) {
            return Outcome::Unknown(key);
        }
        let later = SET_LATER.iter().map(|(name, ..)| *name);
        let all = OF_THE_LINE.iter().copied().chain(later);
        let chosen: Vec<&str> = match done.get("properties") {
            Some(names) => names.split(',').collect(),
            None => all.collect(),
        };
        for property in chosen {
            if self.set_of_far_end(&key, property, None) {
                continue;
            }
            let later = SET_LATER.iter().find(|(name, ..)| *name == property);
            match later {
                Some((_, command, option)) => self.unset(&key, command, option),
                None => {
                    self.unset_of_line(&key, property);
                    self.unset(&key, "set-nic", property);
                }
            }
        }
        Outcome::Recorded
    }

    /// Sets an option that the second end of a pair has on the first one's
    /// line, if the device is such an end and has one of it.
    fn set_of_far_end(&mut self, key: &Key, property: &str, value: Option<&str>) -> bool {
        if !matches!(property, "mtu" | "mac") {
            return false;
        }
        let second = |s: &Statement| s.makes().get(1) == Some(key);
        let option = format!("peer-{property}");
        self.edit(second, |statement| match value {
            Some(value) => statement.set(&option, Some(value.to_owned())),
            None => statement.remove(&option),
        })
    }

    /// Takes an option away from the line that makes a device.
    fn unset_of_line(&mut self, key: &Key, option: &str) {
        let first = |s: &Statement| s.makes().first() == Some(key);
        self.edit(first, |statement| statement.remove(option));
    }

    /// Takes an option away from a line that sets something of a device, and
    /// the line, if it sets nothing else.
    fn unset(&mut self, key: &Key, command: &str, option: &str) {
        let sets = |s: &Statement| s.command == command && s.about().as_ref() == Some(key);
        self.edit(sets, |statement| statement.remove(option));
        let empty = |s: &Statement| s.options.iter().all(|(name, _)| name == "netns");
        self.drop_lines(|s| sets(s) && empty(s));
    }

    /// Changes the first line that fits; says whether there is one.
    fn edit(
        &mut self,
        fits: impl Fn(&Statement) -> bool,
        change: impl FnOnce(&mut Statement),
    ) -> bool {
        for entry in &mut self.entries {
            let Some(statement) = entry.statement.as_ref().filter(|s| fits(s)) else {
                continue;
            };
            let mut new = statement.clone();
            change(&mut new);
            if entry.statement.as_ref() != Some(&new) {
                entry.say(new);
            }
            return true;
        }
        false
    }
}

/// A command about the same device.
fn about(command: &str, done: &Statement) -> Statement {
    let mut statement = Statement::new(command);
    statement.names.clone_from(&done.names);
    if let Some(netns) = done.netns() {
        statement.set("netns", Some(netns.to_owned()));
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{nic, property, vnic};

    #[test]
    fn every_property_that_can_be_set_has_a_line() {
        let rings = property::tests::rings(false);
        let of_nic = property::of_nic(&nic::tests::sample(), &rings);
        let of_vnic = property::of_vnic(&vnic::tests::sample(), None, &rings);
        let all: Vec<_> = of_nic.into_iter().chain(of_vnic).collect();
        assert!(all.len() > 20);
        for property in all.iter().filter(|property| property.perm == "rw") {
            let name = property.property;
            let later = SET_LATER.iter().any(|(later, ..)| *later == name);
            // An address is an option of the line, and has no default.
            assert!(
                later || OF_THE_LINE.contains(&name) || name == "mac",
                "{name}"
            );
        }
    }
}
