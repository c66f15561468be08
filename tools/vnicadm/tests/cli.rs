// SPDX-License-Identifier: GPL-2.0
//! The built command: its exit status and where it writes.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};

fn vnicadm(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vnicadm"));
    command.args(args.split_whitespace());
    command
}

fn run(args: &str) -> Output {
    vnicadm(args).output().expect("vnicadm starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn wrong_usage_is_1_and_says_so_on_stderr() {
    for args in [
        "",
        "no-such-command",
        "create-nic",
        "create-nic a/b",
        "create-nic nic0 --mtu many",
        "create-nic nic0 --peer-mac 02:00:00:00:00:01",
        "connect nic0",
        "show-nic --no-such-option",
        "set-nic nic0",
        "create-vnic v0",
        "create-vnic --over nic0",
        "create-vnic -l nic0 v0 --mode hub",
        "set-vnic v0",
        "stat -i 0",
        "stat -p",
        "stat -o size",
        "stat a/b",
        "top -i x",
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{args}");
        assert!(output.stdout.is_empty(), "{args}");
        assert!(!output.stderr.is_empty(), "{args}");
    }
}

#[test]
fn help_and_version_are_0_and_on_stdout() {
    for args in [
        "--help",
        "create-nic --help",
        "create-vnic --help",
        "stat --help",
        "top --help",
        "--version",
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args}");
        assert!(!output.stdout.is_empty(), "{args}");
        assert!(output.stderr.is_empty(), "{args}");
    }
}

#[test]
fn missing_device_is_2() {
    for args in [
        "show-nic no-such-nic",
        "delete-nic no-such-nic",
        "disconnect no-such-nic",
        "connect no-such-nic lo",
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args}");
        let want = format!("vnicadm: {args}: device no-such-nic does not exist\n");
        assert_eq!(stderr(&output), want);
    }
}

#[test]
fn device_of_another_kind_is_left_alone() {
    for args in ["show-nic lo", "delete-nic lo", "disconnect lo"] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args}");
        let want = format!("vnicadm: {args}: lo is not a softnic NIC\n");
        assert_eq!(stderr(&output), want);
    }
}

#[test]
fn vnics_that_are_missing_or_something_else() {
    for (args, want) in [
        ("show-vnic v9", "device v9 does not exist"),
        ("delete-vnic v9", "device v9 does not exist"),
        ("delete-vnic lo", "lo is not a VNIC"),
        ("show-vnic lo", "lo is not a VNIC"),
        ("stat v9", "device v9 does not exist"),
        ("stat lo", "lo is not a softnic NIC or VNIC"),
        ("set-vnic lo --mtu 1400", "lo is not a VNIC"),
        ("create-vnic v0 -l nic9", "device nic9 does not exist"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args}");
        let text = stderr(&output);
        assert!(text.ends_with(&format!(": {want}\n")), "{args}: {text}");
    }
}

#[test]
fn unknown_namespace_is_2() {
    let output = run("--netns no-such-ns show-nic");
    assert_eq!(output.status.code(), Some(2));
    let want = "vnicadm: show-nic: network namespace 'no-such-ns': No such file or directory\n";
    assert_eq!(stderr(&output), want);
}

#[test]
fn list_is_printed() {
    for command in ["show-nic", "show-vnic"] {
        let output = run(command);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(output.stdout.starts_with(b"NAME "));
        let output = run(&format!("{command} --json --stats"));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(json.is_array());
    }
}

#[test]
fn stat_of_nothing_is_a_head() {
    let output = run("stat");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let want = "NAME  RXPACKETS  RXBYTES  RXDROPS  TXPACKETS  TXBYTES  TXDROPS\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), want);
    for form in ["-j", "-p"] {
        let output = run(&format!("stat {form} -o name"));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(output.stdout.is_empty(), "{form}");
    }
}

#[test]
fn top_needs_a_terminal() {
    let output = vnicadm("top")
        .stdin(Stdio::null())
        .output()
        .expect("vnicadm starts");
    assert_eq!(output.status.code(), Some(2));
    let want =
        "vnicadm: top: this needs a terminal; 'vnicadm stat -i 1' tells the same without one\n";
    assert_eq!(stderr(&output), want);
}

#[test]
fn closed_pipe_is_quiet() {
    for args in ["show-nic", "--help"] {
        let (reader, writer) = UnixStream::pair().expect("pair of sockets");
        drop(reader);
        let output = vnicadm(args)
            .stdout(OwnedFd::from(writer))
            .stderr(Stdio::piped())
            .output()
            .expect("vnicadm starts");
        assert_eq!(output.status.code(), Some(0), "{args}");
        assert_eq!(stderr(&output), "", "{args}");
    }
}

#[test]
fn man_pages_are_well_formed() {
    let folder = std::env::temp_dir().join(format!("vnicadm-pages-{}", std::process::id()));
    let output = run(&format!("pages {}", folder.display()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let pages = std::fs::read_dir(folder.join("man")).expect("folder of pages");
    let paths: Vec<_> = pages.flatten().map(|page| page.path()).collect();
    let scripts = std::fs::read_dir(folder.join("completions")).map(Iterator::count);
    let lint = Command::new("mandoc")
        .args(["-T", "lint", "-W", "warning"])
        .args(&paths)
        .output()
        .expect("mandoc, which is in the build root");
    std::fs::remove_dir_all(&folder).expect("folder can be removed");
    assert!(paths.len() > 10, "{paths:?}");
    assert_eq!(scripts.ok(), Some(3));
    assert!(
        lint.status.success(),
        "{}",
        String::from_utf8_lossy(&lint.stdout)
    );
}

#[test]
fn completion_is_for_known_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&format!("completion {shell}"));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(!output.stdout.is_empty());
    }
    assert_eq!(run("completion csh").status.code(), Some(1));
}

/// Runs a batch of these lines, given as standard input.
fn batch(args: &str, lines: &str) -> Output {
    let mut child = vnicadm(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vnicadm starts");
    let mut input = child.stdin.take().expect("standard input");
    // One that stops at an error does not read the rest.
    let _ = input.write_all(lines.as_bytes());
    drop(input);
    child.wait_with_output().expect("vnicadm ends")
}

#[test]
fn batch_stops_at_the_first_error() {
    let lines = "# nothing\n\nshow-nic 'no-such-nic' # gone\nshow-nic\n";
    let output = batch("batch -", lines);
    assert_eq!(output.status.code(), Some(2));
    let want = "vnicadm: -:3: show-nic no-such-nic: device no-such-nic does not exist\n";
    assert_eq!(stderr(&output), want);
    assert!(output.stdout.is_empty());
}

#[test]
fn batch_goes_on_by_force_and_remembers() {
    let lines = "show-nic --bad\nshow-nic no-such-nic\nshow-nic 'x\nbatch -\nshow-nic\n";
    let output = batch("batch --force -", lines);
    assert_eq!(output.status.code(), Some(1), "the first failure's");
    assert!(output.stdout.starts_with(b"NAME "));
    let text = stderr(&output);
    for want in [
        "vnicadm: -:1: unexpected argument '--bad' found",
        "vnicadm: -:2: show-nic no-such-nic: device no-such-nic does not exist",
        "vnicadm: -:3: a quote without its end",
        "vnicadm: -:4: batch -: not a command for a file of this kind",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn batch_works_in_its_namespace() {
    let output = batch("--netns no-such-ns batch -", "show-nic\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("network namespace 'no-such-ns'"));
    let output = batch("--netns no-such-ns batch -", "show-nic --netns self\n");
    assert!(stderr(&output).contains("network namespace 'self'"));
}

#[test]
fn batch_of_no_file() {
    let output = run("batch /no/such/file");
    assert_eq!(output.status.code(), Some(2));
    let want = "vnicadm: batch /no/such/file: /no/such/file: No such file or directory\n";
    assert_eq!(stderr(&output), want);
}

#[test]
fn what_can_not_be_written_down_is_not_done() {
    let output = run("delete-nic no-such-nic --config /no/such/folder/file");
    assert_eq!(output.status.code(), Some(2));
    let want = "vnicadm: delete-nic no-such-nic: /no/such/folder/file: \
                No such file or directory: it can't be written down; -t does without\n";
    assert_eq!(stderr(&output), want);
    let output = run("delete-nic no-such-nic -t --config /no/such/folder/file");
    let want = "vnicadm: delete-nic no-such-nic: device no-such-nic does not exist\n";
    assert_eq!(stderr(&output), want);
}

#[test]
fn restore_tells_of_each_line_that_it_can_not_make() {
    let path = std::env::temp_dir().join(format!("vnicadm-restore-{}", std::process::id()));
    let text = "# mine\nshow-nic\ncreate-nic nic0 --bad\nset-nic no-such-nic --slots 1\n\
                delete-nic lo\n";
    std::fs::write(&path, text).expect("file");
    let output = run(&format!("restore --config {}", path.display()));
    std::fs::remove_file(&path).expect("file");
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    for want in [
        ":2: show-nic: not a command for a file of this kind\n",
        ":3: unexpected argument '--bad' found",
        ":4: set-nic no-such-nic: device no-such-nic does not exist\n",
        ":5: delete-nic lo: not a command for a file of this kind\n",
    ] {
        assert!(told.contains(want), "{want}: {told}");
    }
    let output = run(&format!("restore --config {}", path.display()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn colours_are_for_terminals_and_who_wants_them() {
    let coloured = |variables: &[(&str, &str)], args: &str| {
        let mut command = vnicadm(args);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().copied());
        let output = command.output().expect("vnicadm starts");
        let mut all = output.stdout;
        all.extend(output.stderr);
        all.contains(&0x1b)
    };
    for args in [
        "show-nic",
        "show-nic no-such-nic",
        "restore --config /no/such/file",
    ] {
        let force = ("CLICOLOR_FORCE", "1");
        assert!(!coloured(&[], args), "{args}, in a pipe");
        assert!(coloured(&[force], args), "{args}, forced");
        assert!(
            !coloured(&[force, ("NO_COLOR", "1")], args),
            "{args}, forbidden"
        );
    }
}

#[test]
fn full_disk_is_reported() {
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let output = vnicadm("show-nic")
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("vnicadm starts");
    assert_eq!(output.status.code(), Some(2));
    let want = "vnicadm: show-nic: cannot write the result: No space left on device\n";
    assert_eq!(stderr(&output), want);
}

#[test]
fn unknown_columns_are_1() {
    let output = run("show-nic -o name,size");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    let want = "vnicadm: show-nic: unknown column 'size': must be all, or of name index";
    assert!(text.starts_with(want), "{text}");
}

#[test]
fn commands_about_ports_name_what_is_wrong() {
    for (args, want) in [
        ("show-ring no-such-nic", "device no-such-nic does not exist"),
        (
            "set-coalesce lo --rx-usecs 5",
            "lo is not a softnic NIC or VNIC",
        ),
        ("set-ring lo --size 512", "lo is not a softnic NIC or VNIC"),
        (
            "create-filter lo 02:00:00:00:00:09",
            "lo is not a softnic NIC or VNIC",
        ),
        ("create-group lo --rings 1", "lo is not a VNIC"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args}");
        let text = stderr(&output);
        assert!(text.ends_with(&format!(": {want}\n")), "{args}: {text}");
    }
}
