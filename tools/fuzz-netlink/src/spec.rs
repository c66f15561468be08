// SPDX-License-Identifier: GPL-2.0
//! What messages of a family are made of, as its YAML spec has it.

use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

/// A family's tables.
pub struct Spec {
    /// The sets of attributes.
    pub sets: Vec<Set>,
    /// What can be asked of the family.
    pub operations: Vec<Operation>,
}

/// A set of attributes.
pub struct Set {
    /// Its name.
    pub name: String,
    /// The attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute.
#[derive(Clone)]
pub struct Attribute {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Numbers, or for bytes lengths, at the edges of what is allowed.
    pub edges: Vec<u64>,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number of so many bytes.
    Number(usize),
    /// A number of four or eight bytes.
    Varying,
    /// A text with a zero behind it.
    Text,
    /// Any bytes.
    Bytes,
    /// Nothing: that it is there says it.
    Flag,
    /// Attributes of a set.
    Nest(usize),
    /// A list of such nests.
    List(usize),
    /// Nothing that is sent.
    Unused,
}

/// A request.
pub struct Operation {
    /// The command's number.
    pub command: u16,
    /// Whether it asks for a list.
    pub dump: bool,
    /// The set of its attributes.
    pub set: usize,
    /// Which of that set it takes, by their places.
    pub takes: Vec<usize>,
}

impl Spec {
    /// Reads a spec's file.
    pub fn open(path: &Path) -> Result<Self, String> {
        let told = |error: String| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| told(e.to_string()))?;
        Self::parse(&text).map_err(told)
    }

    /// Reads a spec.
    pub fn parse(text: &str) -> Result<Self, String> {
        let documents = YamlLoader::load_from_str(text).map_err(|e| e.to_string())?;
        let root = documents.first().ok_or("nothing is in it")?;
        let written = list(&root["attribute-sets"]);
        let names: Vec<_> = written.iter().map(|set| string(&set["name"])).collect();
        let mut sets: Vec<Set> = Vec::new();
        for set in written {
            let of = string(&set["subset-of"]);
            let whole = sets.iter().find(|set| set.name == of);
            let attributes = match whole {
                Some(whole) => part(set, whole),
                None => attributes(set, &names),
            };
            sets.push(Set {
                name: string(&set["name"]).to_owned(),
                attributes,
            });
        }
        let operations = operations(&root["operations"], &sets);
        Ok(Self { sets, operations })
    }

    /// A set by its name.
    pub fn set(&self, name: &str) -> Result<usize, String> {
        let found = self.sets.iter().position(|set| set.name == name);
        found.ok_or(format!("the spec has no {name}"))
    }
}

fn list(yaml: &Yaml) -> &[Yaml] {
    yaml.as_vec().map_or(&[], Vec::as_slice)
}

fn string(yaml: &Yaml) -> &str {
    yaml.as_str().unwrap_or("")
}

/// The attributes that a set has in full.
fn attributes(set: &Yaml, sets: &[&str]) -> Vec<Attribute> {
    let mut next = 1;
    let number = |attribute: &Yaml| {
        let number = attribute["value"].as_i64().unwrap_or(next);
        next = number + 1;
        number as u16
    };
    let numbers: Vec<_> = list(&set["attributes"]).iter().map(number).collect();
    let written = list(&set["attributes"]).iter().zip(numbers);
    written
        .map(|(attribute, number)| Attribute {
            number,
            name: string(&attribute["name"]).to_owned(),
            kind: kind(attribute, sets),
            edges: edges(&attribute["checks"]),
        })
        .collect()
}

/// The attributes that a set takes from a whole one.
fn part(set: &Yaml, whole: &Set) -> Vec<Attribute> {
    let names: Vec<_> = list(&set["attributes"])
        .iter()
        .map(|attribute| string(&attribute["name"]))
        .collect();
    let of_it = whole.attributes.iter();
    of_it
        .filter(|attribute| names.contains(&attribute.name.as_str()))
        .cloned()
        .collect()
}

fn kind(attribute: &Yaml, sets: &[&str]) -> Kind {
    let nested = string(&attribute["nested-attributes"]);
    let nested = sets.iter().position(|name| *name == nested);
    match (string(&attribute["type"]), nested) {
        ("u8" | "s8", _) => Kind::Number(1),
        ("u16" | "s16", _) => Kind::Number(2),
        ("u32" | "s32", _) => Kind::Number(4),
        ("u64" | "s64", _) => Kind::Number(8),
        ("uint" | "sint", _) => Kind::Varying,
        ("string", _) => Kind::Text,
        ("flag", _) => Kind::Flag,
        ("nest", Some(set)) => Kind::Nest(set),
        ("indexed-array", Some(set)) => Kind::List(set),
        ("unused" | "pad", _) => Kind::Unused,
        _ => Kind::Bytes,
    }
}

/// Each limit, and what is next to it.
fn edges(checks: &Yaml) -> Vec<u64> {
    ["min", "max", "min-len", "max-len", "exact-len"]
        .iter()
        .filter_map(|check| checks[*check].as_i64())
        .flat_map(|limit| [limit - 1, limit, limit + 1])
        .map(|limit| limit as u64)
        .collect()
}

fn operations(yaml: &Yaml, sets: &[Set]) -> Vec<Operation> {
    // In a directional numbering what is only sent to user space has no place.
    let directional = string(&yaml["enum-model"]) == "directional";
    let (mut next, mut found) = (1, Vec::new());
    for operation in list(&yaml["list"]) {
        let told = !operation["notify"].is_badvalue() || !operation["event"].is_badvalue();
        if directional && told {
            continue;
        }
        let modes = [("do", false), ("dump", true)].map(|(mode, dump)| (&operation[mode], dump));
        let mut given = modes.iter().map(|(mode, _)| &mode["request"]["value"]);
        let given = given.find_map(Yaml::as_i64);
        let command = given.or(operation["value"].as_i64()).unwrap_or(next);
        next = command + 1;
        let of = string(&operation["attribute-set"]);
        let Some(set) = sets.iter().position(|set| set.name == of) else {
            continue;
        };
        for (mode, dump) in modes.iter().filter(|(mode, _)| !mode.is_badvalue()) {
            let names = list(&mode["request"]["attributes"]).iter().map(string);
            let place = |name| sets[set].attributes.iter().position(|a| a.name == name);
            found.push(Operation {
                command: command as u16,
                dump: *dump,
                set,
                takes: names.filter_map(place).collect(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests;
