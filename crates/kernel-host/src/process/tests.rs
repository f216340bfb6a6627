//! Tests with real children: the shell and what every Unix has.

use std::time::Duration;

use super::*;
use crate::clock::Stopwatch;
use crate::fs;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_command_line_is_shown_as_a_shell_would_read_it() {
    let mut command = Command::new("make");
    command.env("LOCALVERSION", "").env_remove("ARCH").arg("O=/tmp/a b").arg("it's").arg("-j1");
    insta::assert_snapshot!(command.display(), @r"LOCALVERSION='' make 'O=/tmp/a b' 'it'\''s' -j1");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn a_shell_reads_a_quoted_word_back(word in "[^\0]{0,20}") {
        let shown = quote::word(OsStr::new(&word));
        let output = sh(&format!("printf %s. {shown}")).checked_output(&Cancel::new()).unwrap();
        // Line ends are not this test's matter: `\r\n` becomes `\n`, and a last line gets an end.
        let plain = |text: &str| text.replace("\r\n", "\n").trim_end_matches('\n').to_owned();
        proptest::prop_assert_eq!(plain(&output.stdout), plain(&format!("{word}.")));
    }
}

#[test]
fn both_streams_come_whole_however_long_each_is() {
    let script = "i=0; while [ $i -lt 3000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; printf last";
    let output = sh(script).output(&Cancel::new()).unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout.lines().count(), 3001);
    assert_eq!(output.stderr.lines().count(), 3000);
    assert!(output.stdout.ends_with("out 2999\nlast\n"));
}

#[test]
fn bytes_that_are_not_text_are_replaced() {
    let output = sh(r"printf 'a\377b\r\n\n'").output(&Cancel::new()).unwrap();
    assert_eq!(output.stdout, "a\u{fffd}b\n\n");
}

#[test]
fn a_captured_child_gives_its_bytes_and_has_the_name_that_it_is_called_by() {
    let script = r"printf 'a\377b\r\n\n'; echo $0 >&2; exit 3";
    let captured = sh(script).called("other").capture(&Cancel::new()).unwrap();
    assert_eq!((captured.stdout.as_slice(), captured.status.code()), (&b"a\xffb\r\n\n"[..], Some(3)));
    assert_eq!(captured.stderr, b"other\n");
    let cancel = Cancel::new();
    cancel.request();
    assert!(matches!(sh("true").capture(&cancel), Err(ProcessError::Cancelled { .. })));
}

#[test]
fn a_failure_carries_line_directory_status_and_last_lines() {
    let root = AbsPath::new("/").unwrap();
    let mut command = sh("echo one; echo two >&2; sleep 0.1; echo three; exit 3");
    let error = command.current_dir(&root).checked_output(&Cancel::new()).unwrap_err();
    let ProcessError::Failed { mut last_lines, status, .. } = error else { panic!("{error}") };
    last_lines[..2].sort();
    insta::assert_snapshot!(command.failed(status, last_lines), @r"
    `sh -c 'echo one; echo two >&2; sleep 0.1; echo three; exit 3'` failed in `/`: exit status 3
        one
        two
        three
    ");
}

#[test]
fn only_the_last_lines_are_carried() {
    let error = sh("seq 1 100; exit 1").checked_output(&Cancel::new()).unwrap_err();
    let ProcessError::Failed { last_lines, .. } = error else { panic!("{error}") };
    assert_eq!(last_lines, (81..=100).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_signal_is_named() {
    let error = sh("kill -SEGV $$").checked_output(&Cancel::new()).unwrap_err();
    insta::assert_snapshot!(error, @"`sh -c 'kill -SEGV $$'` failed: killed by SIGSEGV");
}

#[test]
fn what_is_missing_is_told_apart() {
    let cancel = Cancel::new();
    let error = Command::new("no-such-program").arg("-x").output(&cancel).unwrap_err();
    assert!(matches!(&error, ProcessError::Missing { program, .. } if program == "no-such-program"));
    insta::assert_snapshot!(error, @"could not find the program `no-such-program`, needed for `no-such-program -x`");

    let absent = AbsPath::new("/no/such/directory").unwrap();
    let error = Command::new("true").current_dir(&absent).output(&cancel).unwrap_err();
    insta::assert_snapshot!(error, @"could not run `true`: the directory `/no/such/directory` is not there");

    let dir = fs::tests::scratch();
    let script = dir.path().join("script");
    fs::write_atomic(&script, b"#!/no/such/interpreter\n").unwrap();
    fs::set_executable(&script).unwrap();
    let error = Command::new(&script).output(&cancel).unwrap_err();
    assert!(matches!(error, ProcessError::Io { .. }), "{error}");
}

#[test]
fn the_environment_is_what_was_asked_for() {
    let mut command = Command::new("/usr/bin/env");
    command.env("DROPPED", "1").env_clear().env("A", "1").env("B", "2").env_remove("B");
    assert_eq!(command.checked_output(&Cancel::new()).unwrap().stdout, "A=1\n");
}

#[test]
fn a_child_is_talked_to_line_by_line() {
    let mut command = sh("echo ready; read x; echo got $x; printf partial; sleep 60");
    let mut child = command.stdin(Stdin::Piped).spawn(&Cancel::new()).unwrap();
    let line = |text: &str| NextLine::Line { stream: Stream::Stdout, text: text.to_owned() };
    let long = Duration::from_secs(20);
    assert_eq!(child.next_line(long), line("ready"));
    assert_eq!(child.next_line(Duration::from_millis(20)), NextLine::Timeout);
    child.write_stdin(b"word\n").unwrap();
    assert_eq!(child.next_line(long), line("got word"));
    assert_eq!(child.next_line(Duration::from_millis(300)), NextLine::Timeout);
    child.kill_group();
    assert_eq!(child.next_line(long), line("partial"));
    assert_eq!(child.next_line(long), NextLine::Closed);
    assert_eq!(describe_status(child.wait().unwrap()), "killed by SIGKILL");
}

#[test]
fn waiting_does_not_hold_up_a_child_that_writes_much() {
    let mut child = sh("seq 1 200000").spawn(&Cancel::new()).unwrap();
    assert!(child.wait().unwrap().success());
    let NextLine::Line { text, .. } = child.next_line(Duration::ZERO) else { panic!("no line was kept") };
    assert!(text.parse::<u32>().unwrap() > 100_000, "{text}");
}

#[test]
fn a_background_process_that_keeps_the_pipe_does_not_hold_up_the_end() {
    let watch = Stopwatch::start();
    let output = sh("sleep 30 & echo $!").output(&Cancel::new()).unwrap();
    assert!(watch.elapsed() < Duration::from_secs(15), "{:?}", watch.elapsed());
    let mut kill = Command::new("kill");
    kill.arg(output.stdout.trim()).checked_output(&Cancel::new()).unwrap();
}

/// Starts a shell and a child of it, and returns both process numbers.
fn shell_with_child(script: &str, cancel: &Cancel) -> (Child, Vec<u32>) {
    let mut child = sh(script).spawn(cancel).unwrap();
    let mut numbers = vec![child.id()];
    match child.next_line(Duration::from_secs(20)) {
        NextLine::Line { text, .. } => numbers.push(text.parse().unwrap()),
        other => panic!("{other:?}"),
    }
    (child, numbers)
}

/// Says whether a process runs; a killed one may have to be reaped by others.
fn lives(number: &u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// Waits for the processes to go.
fn all_gone(numbers: &[u32]) -> bool {
    (0..200).any(|_| {
        crate::clock::sleep(Duration::from_millis(10));
        !numbers.iter().any(lives)
    })
}

#[cfg(target_os = "linux")]
#[test]
fn a_cancel_ends_the_whole_group() {
    let cancel = Cancel::new();
    let (mut child, numbers) = shell_with_child("sleep 60 & echo $!; wait", &cancel);
    cancel.request();
    assert_eq!(child.next_line(Duration::from_secs(20)), NextLine::Cancelled);
    let error = child.wait().unwrap_err();
    insta::assert_snapshot!(error, @"cancelled while running `sh -c 'sleep 60 & echo $!; wait'`");
    assert!(all_gone(&numbers));
    assert!(matches!(sh("true").output(&cancel), Err(ProcessError::Cancelled { .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn a_group_that_does_not_listen_is_killed() {
    let cancel = Cancel::new();
    let (mut child, numbers) = shell_with_child("trap '' TERM; sleep 60 & echo $!; wait", &cancel);
    assert_eq!(child.grace, Duration::from_secs(5));
    child.grace = Duration::from_millis(600);
    cancel.request();
    let watch = Stopwatch::start();
    child.wait().unwrap_err();
    assert!(watch.elapsed() >= child.grace, "{:?}", watch.elapsed());
    assert!(all_gone(&numbers));
}

#[cfg(target_os = "linux")]
#[test]
fn a_dropped_child_is_gone_with_its_group() {
    let (child, numbers) = shell_with_child("sleep 60 & echo $!; wait", &Cancel::new());
    drop(child);
    assert!(all_gone(&numbers));
}

/// Not a test of its own: the process that the next one starts and kills.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "started by `a_child_does_not_outlive_the_tool`"]
fn starts_a_child_and_is_killed() {
    // The thread that starts the child ends before the child: only the process's end may count.
    let child = std::thread::spawn(|| sh("sleep 60").spawn(&Cancel::new()).unwrap()).join().unwrap();
    crate::clock::sleep(Duration::from_millis(300));
    assert!(lives(&child.id()), "the child went with the thread");
    println!("child {}", child.id());
    std::process::abort();
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_does_not_outlive_the_tool() {
    let me = std::env::current_exe().unwrap();
    let mut tool = Command::new(me);
    tool.args(["--ignored", "--exact", "--nocapture", "process::tests::starts_a_child_and_is_killed"]);
    let output = tool.output(&Cancel::new()).unwrap();
    let number = output.stdout.lines().find_map(|line| line.strip_prefix("child ")).unwrap_or_else(|| {
        panic!("{}\n{}", output.stdout, output.stderr);
    });
    assert!(all_gone(&[number.parse().unwrap()]));
}
