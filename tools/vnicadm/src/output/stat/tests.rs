// SPDX-License-Identifier: GPL-2.0
//! Golden outputs.

use super::*;
use crate::stat::report::Lines;
use crate::stat::report::tests::{device, look, ring};
use crate::stat::{Kind, Look};

fn devices(seconds: f64, nic: u64, vnic: u64) -> Look {
    let mut nic0 = device(2, "nic0", Kind::Nic, nic, 3);
    nic0.rings = Some(vec![ring(0, nic / 10), ring(1, 0)]);
    let mut vnic = device(3, "web:1", Kind::Vnic, vnic, 12);
    vnic.rings = Some(vec![]);
    look(seconds, vec![nic0, vnic])
}

/// The totals, then rates over two seconds, in which a VNIC came.
fn reports(lines: Lines) -> [Report; 2] {
    let then = devices(1.0, 1000, 70);
    let mut now = devices(3.0, 2_001_000, 71);
    now.devices.push(device(4, "new", Kind::Vnic, 5, 5));
    [
        Report::new(None, &then, lines),
        Report::new(Some(&then), &now, lines),
    ]
}

fn print(view: View, form: Form, names: Option<&str>) -> String {
    let names: Option<Vec<String>> =
        names.map(|names| names.split(',').map(str::to_owned).collect());
    let mut printer = Printer::new(view, form, names.as_deref()).unwrap();
    let lines = match view {
        View::Devices => Lines::Devices,
        _ => Lines::Rings,
    };
    let reports = reports(lines);
    let text: String = reports
        .iter()
        .map(|report| printer.render(report))
        .collect();
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn table_golden() {
    let want = "\
NAME   RXPACKETS  RXBYTES  RXDROPS  TXPACKETS  TXBYTES  TXDROPS
nic0        1000   100000        0          3      180        1
web:1         70     7000        0         12      720        1

NAME   RXPACKETS/s  RXBYTES/s  RXDROPS/s  TXPACKETS/s  TXBYTES/s  TXDROPS/s
nic0       1000000  100000000          0            0          0          0
web:1          0.5         50          0            0          0          0
new              -          -          -            -          -          -
";
    assert_eq!(print(View::Devices, Form::Table, None), want);
}

#[test]
fn rings_golden() {
    let want = "\
NAME  RING  MODE       DEPTH  PACKETS   BYTES  FULL  INTERRUPTS  POLLS  BATCH
nic0     0  interrupt      3     1000  100000     2          50    100     10
nic0     1  interrupt      4        0       0     2           0      0      -

NAME  RING  MODE       DEPTH  PACKETS/s    BYTES/s  FULL/s  INTERRUPTS/s  POLLS/s  BATCH
nic0     0  interrupt      3    1000000  100000000       0         50000   100000     10
nic0     1  interrupt      4          0          0       0             0        0      -
";
    assert_eq!(print(View::Rings, Form::Table, None), want);
}

#[test]
fn occupancy_golden() {
    let names = "ring,frames,waiting,waitus,wait%,running,runus,run%";
    let want = "\
RING  FRAMES  WAITING  WAITUS  WAIT%  RUNNING  RUNUS  RUN%
   0    1000      0.1     0.3    0.1      0.1    0.1   0.1
   1       0        0       -      0        0      -     0

RING  FRAMES/s  WAITING  WAITUS  WAIT%  RUNNING  RUNUS  RUN%
   0   1000000      0.3     0.3     20      0.1    0.1    10
   1         0        -       -      -        -      -     -
";
    assert_eq!(print(View::Rings, Form::Table, Some(names)), want);
}

#[test]
fn lanes_golden() {
    let want = "\
NAME  RING  INTERRUPTS  TIMER  POLLS  1  2-9  10-49  50+  BATCH
nic0     0          50     25    100  0    0    100    0     10
nic0     1           0      0      0  0    0      0    0      -

NAME  RING  INTERRUPTS/s  TIMER/s  POLLS/s  1/s  2-9/s  10-49/s  50+/s  BATCH
nic0     0         50000    25000   100000    0      0   100000      0     10
nic0     1             0        0        0    0      0        0      0      -
";
    assert_eq!(print(View::Lanes, Form::Table, None), want);
}

#[test]
fn parsable_golden() {
    let names = "name,kind,rxpackets,txdrops,batch,seconds";
    let want = "\
nic0:nic:1000:1:10:
web\\:1:vnic:70:1::
nic0:nic:1000000:0:10:2.000
web\\:1:vnic:0.5:0::2.000
new:vnic::::2.000
";
    assert_eq!(print(View::Devices, Form::Parsable, Some(names)), want);
}

#[test]
fn json_golden() {
    let names = "name,ring,mode,packets,batch";
    let want = concat!(
        r#"{"time":1800000001.0,"seconds":null,"name":"nic0","ring":0,"mode":"interrupt","packets":1000,"batch":10.0}"#,
        "\n",
        r#"{"time":1800000001.0,"seconds":null,"name":"nic0","ring":1,"mode":"interrupt","packets":0,"batch":null}"#,
        "\n",
        r#"{"time":1800000003.0,"seconds":2.0,"name":"nic0","ring":0,"mode":"interrupt","packets":1000000.0,"batch":10.0}"#,
        "\n",
        r#"{"time":1800000003.0,"seconds":2.0,"name":"nic0","ring":1,"mode":"interrupt","packets":0.0,"batch":null}"#,
        "\n",
    );
    assert_eq!(print(View::Rings, Form::Json, Some(names)), want);
}

#[test]
fn every_column_is_an_object_s_key_once() {
    for view in [View::Devices, View::Rings] {
        for line in print(view, Form::Json, Some("all")).lines() {
            let object: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            let keys = line.matches("\":").count();
            assert_eq!(object.len(), keys, "{line}");
            assert!(object["name"].is_string());
            assert!(object["time"].is_number());
        }
    }
}

#[test]
fn unknown_columns_are_refused() {
    let names = ["name".to_owned(), "ring".to_owned()];
    let refused = Printer::new(View::Devices, Form::Table, Some(&names));
    let text = refused.err().unwrap().to_string();
    assert!(
        text.starts_with("unknown column 'ring': must be all, or of name kind "),
        "{text}"
    );
    assert!(Printer::new(View::Lanes, Form::Table, Some(&names)).is_ok());
}

#[test]
fn only_what_is_shown_is_asked_for() {
    let needs =
        |view, names: Option<&[String]>| Printer::new(view, Form::Table, names).unwrap().needs();
    assert_eq!(needs(View::Devices, None), Needs::default());
    assert!(needs(View::Rings, None).rings);
    assert!(needs(View::Devices, Some(&["stops".to_owned()])).queues);
    assert!(needs(View::Devices, Some(&["polls".to_owned()])).rings);
}

#[test]
fn a_single_line_has_a_head_now_and_then() {
    let mut printer = Printer::new(View::Devices, Form::Table, None).unwrap();
    let of = |seconds| look(seconds, vec![device(2, "nic0", Kind::Nic, 5, 5)]);
    let reports: Vec<String> = (1..45)
        .map(|second| Report::new(Some(&of(0.0)), &of(second.into()), Lines::Devices))
        .map(|report| printer.render(&report))
        .collect();
    let heads: Vec<_> = (0..44)
        .filter(|place| reports[*place].contains("NAME"))
        .collect();
    assert_eq!(heads, [0, 20, 40]);
}

#[test]
fn small_rates_are_seen() {
    for (rate, want) in [
        (0.0, "0"),
        (0.001, "0.1"),
        (0.5, "0.5"),
        (9.94, "9.9"),
        (9.96, "10"),
        (1e9, "1000000000"),
    ] {
        assert_eq!(Value::Mean(rate).to_string(), want);
    }
}
