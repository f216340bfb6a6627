//! The binary under test, and what a run of it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The root of this repository.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The optimised `cargo-kernel`.
pub fn cargo_kernel() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("KERNEL_TEST_CARGO_KERNEL") {
            return path.into();
        }
        build("kernel-cli", "cargo-kernel")
    })
}

/// The optimised `kconf`.
pub fn kconf() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build("kconf", "kconf"))
}

fn build(package: &str, binary: &str) -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            package,
            "--bin",
            binary,
            "--profile",
            "tool",
            "--target-dir",
        ])
        .arg(target_dir())
        .current_dir(workspace_root())
        .status()
        .unwrap();
    assert!(status.success(), "{binary} does not build");
    target_dir().join("tool").join(binary)
}

/// The target directory.
pub fn target_dir() -> PathBuf {
    // <target>/<profile>/deps/suite-<hash>
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// What a run of the binary said and how it ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// What is for people.
    pub stderr: String,
}

impl Run {
    /// Wraps an output.
    pub fn new(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts success, with everything that was said where it is missed.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exit(0)
    }

    /// Asserts an exit code.
    #[track_caller]
    pub fn exit(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "exit code {:?}, expected {code}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }
}

/// `cargo-kernel kernel …` without the noise of the cargo that runs the tests.
pub(crate) fn tool(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_kernel());
    command.arg("kernel").args(args).current_dir(directory).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        let of_cargo = name_text.starts_with("CARGO") && name_text != "CARGO_HOME";
        let of_make = matches!(name_text.as_ref(), "MAKEFLAGS" | "MFLAGS" | "MAKELEVEL");
        // The servers of the tests are on this machine.
        let is_proxy = name_text.to_lowercase().ends_with("_proxy");
        if of_cargo || of_make || is_proxy || name_text.starts_with("KERNEL_") || name_text == "CI" {
            command.env_remove(&name);
        }
    }
    command
}
