//! The program as a user meets it where no KVM is needed: its streams and exit codes.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test starts the program")]

use std::process::Command;

/// Exit code, stdout, stderr.
fn microvm(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_microvm")).args(args).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn stdout_is_for_answers_and_stderr_for_failures() {
    let (code, out, err) = microvm(&["--help"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out, microvm::args::HELP);

    let (code, out, err) = microvm(&["--disk", "d"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @r"
    microvm: error: invalid option '--disk'
    microvm: hint: `microvm --help` shows the usage
    ");

    let (code, out, err) = microvm(&["--kernel", "/no/such/kernel"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @"microvm: error: `/no/such/kernel` is not read: No such file or directory (os error 2)");

    let (code, out, err) = microvm(&["--kernel", "/proc/self/comm"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r"microvm: error: kernel: not a kernel image: it starts with `microvm\n`, expected an ELF file, `HdrS` at 0x202 (bzImage), `ARM\x64` at 0x38 (arm64) or `RSC\x05` at 0x38 (RISC-V)");
}

#[test]
fn the_probe_answers_in_one_line() {
    let (code, out, err) = microvm(&["--check-kvm"]);
    assert_eq!(err, "");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert_eq!(code == Some(0), out == "usable\n", "{code:?}: {out}");
}
