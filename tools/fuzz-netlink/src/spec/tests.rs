// SPDX-License-Identifier: GPL-2.0

use super::*;

const SPEC: &str = "
attribute-sets:
  -
    name: header
    attributes:
      - { name: index, type: u32, checks: { min: 1, max: 0x10 } }
      - { name: name, type: string }
  -
    name: all
    attributes:
      - { name: unspec, type: unused, value: 0 }
      - { name: header, type: nest, nested-attributes: header }
      - { name: key, type: binary, value: 7, checks: { exact-len: 40 } }
      - { name: rules, type: indexed-array, sub-type: nest, nested-attributes: header }
      - { name: count, type: uint }
  -
    name: few
    subset-of: all
    attributes:
      - { name: key }
      - { name: count }
operations:
  enum-model: MODEL
  list:
    - { name: get, attribute-set: all, do: &get { request: { attributes: [header] } }, dump: *get }
    - { name: told, notify: get }
    - { name: set, attribute-set: few, do: { request: { attributes: [count, key] } } }
    - { name: late, attribute-set: all, do: { request: { value: 40 } } }
    - { name: next, attribute-set: all, do: {} }
";

fn spec(model: &str) -> Spec {
    Spec::parse(&SPEC.replace("MODEL", model)).unwrap()
}

#[test]
fn attributes_have_numbers_kinds_and_edges() {
    let spec = spec("unified");
    let told = |set: &str| -> Vec<_> {
        let set = &spec.sets[spec.set(set).unwrap()];
        let attributes = set.attributes.iter();
        attributes
            .map(|a| (a.number, a.name.as_str(), a.kind.clone()))
            .collect()
    };
    assert_eq!(
        told("all"),
        [
            (0, "unspec", Kind::Unused),
            (1, "header", Kind::Nest(0)),
            (7, "key", Kind::Bytes),
            (8, "rules", Kind::List(0)),
            (9, "count", Kind::Varying),
        ]
    );
    assert_eq!(
        told("few"),
        [(7, "key", Kind::Bytes), (9, "count", Kind::Varying)]
    );
    assert_eq!(spec.sets[0].attributes[0].edges, [0, 1, 2, 15, 16, 17]);
    assert_eq!(spec.sets[1].attributes[2].edges, [39, 40, 41]);
    assert!(spec.set("none").is_err());
}

#[test]
fn commands_are_numbered_as_the_spec_says() {
    let told = |model| -> Vec<_> {
        let operations = spec(model).operations.into_iter();
        operations
            .map(|o| (o.command, o.dump, o.set, o.takes))
            .collect()
    };
    let get = [(1, false, 1, vec![1]), (1, true, 1, vec![1])];
    let late = [(40, false, 1, vec![]), (41, false, 1, vec![])];
    let unified = [&get[..], &[(3, false, 2, vec![1, 0])], &late].concat();
    assert_eq!(told("unified"), unified);
    let directional = [&get[..], &[(2, false, 2, vec![1, 0])], &late].concat();
    assert_eq!(told("directional"), directional);
}

#[test]
fn softnics_own_spec_is_read() {
    let place = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../Documentation/netlink/specs/softnic.yaml"
    );
    let spec = Spec::open(Path::new(place)).unwrap();
    assert!(spec.operations.iter().any(|o| o.dump));
    assert!(spec.operations.iter().all(|o| o.command > 0));
    assert!(Spec::open(Path::new("/none")).is_err());
}
