//! Commands of this machine in a guest: status, both streams, environment, arguments; and cargo's tests there.

use std::process::Command;

use tests::{Run, cargo_kernel, needs, target_dir, workspace_root};

fn run(args: &[&str]) -> Run {
    let mut command = Command::new(cargo_kernel());
    command.args(["kernel", "run", "qemu", "-q"]).args(args).current_dir(workspace_root());
    command.env("RUST_PASSED", "as it is").stdin(std::process::Stdio::null());
    Run::new(&command.output().unwrap())
}

#[test]
fn a_command_has_its_streams_its_status_and_its_environment() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let script = "printf '%s|' \"$@\"; echo \"$RUST_PASSED $MINE $(pwd)\"; echo oh >&2; exit 7";
    let said = run(&["--env", "MINE=a b", "--", "sh", "-c", script, "sh", "one", "two words", "%41"]).exit(7);
    assert_eq!(said.stdout, format!("one|two words|%41|as it is a b {}\n", workspace_root().display()));
    assert_eq!(said.stderr, "oh\n");

    let none = run(&["--", "./no-such-program"]).exit(1);
    insta::assert_snapshot!(none.stderr, @r"
    error: there is no program `./no-such-program` to run in the guest
    hint: write its path with a slash, as in `./run`, or a name that is on `PATH`
    ");
}

/// `cargo test` with `kernel run` as its runner: what fails on this machine passes in the guest.
#[test]
fn cargos_tests_run_in_the_guest() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let runner = format!("{} kernel run qemu -q --", cargo_kernel().display());
    let test = |runner: Option<&str>| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--quiet", "-p", "guest-init", "--features", "in-guest", "--test", "in_guest"]);
        cargo
            .args(["--target", "x86_64-unknown-linux-gnu", "--target-dir"])
            .arg(target_dir().join("in-guest"));
        cargo.current_dir(workspace_root());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_"))
        {
            cargo.env_remove(name);
        }
        cargo.envs(runner.map(|runner| ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", runner)));
        Run::new(&cargo.output().unwrap())
    };
    let here = test(None);
    assert_eq!(here.code, Some(101), "{}{}", here.stdout, here.stderr);
    assert!(here.stdout.contains("this machine runs"), "{}", here.stdout);
    let guest = test(Some(&runner)).success();
    assert!(guest.stdout.contains("2 passed"), "{}{}", guest.stdout, guest.stderr);
}
