//! Finds or builds the pinned `cargo-kernel`, and hands over: `cargo xtask kernel …` for a workspace that has an xtask.
//!
//! ```no_run
//! // xtask/src/main.rs
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     let args: Vec<_> = std::env::args_os().skip(1).collect();
//!     match args.first().and_then(|word| word.to_str()) {
//!         Some("kernel") => kernel_launcher::hand_over(&args),
//!         _ => ExitCode::SUCCESS, // the workspace's own chores
//!     }
//! }
//! ```
//!
//! The program is the one of this crate's own checkout: whoever pins this crate, by a path or a git revision, pins the
//! program. It is built once, optimised, with the checkout's own `Cargo.lock`:
//!
//! ```text
//! <target>/cargo-kernel/tool/
//!   cargo-kernel           the program
//!   cargo-kernel.d         what it was made from, as cargo says
//!   .cargo-kernel.stamp    when its last build began
//! ```
//!
//! | first of these that there is | |
//! |---|---|
//! | `CARGO_KERNEL` | that program, whatever it is |
//! | the program below the target directory | built anew where a source of it changed |
//! | `cargo-kernel` on `PATH` | where it is of the same version |
//! | otherwise | it is built |
//!
//! Invariant: no dependencies, so that an xtask compiles in the time of its own. Cargo is asked only where a source is
//! newer than the last build: asking it costs a tenth of a second, on each call.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a launcher looks at files and starts processes, and depends on nothing"
)]

mod error;
mod fresh;

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

pub use error::Error;

/// The profile of the checkout that the program is built in, and its folder below the target directory.
const PROFILE: &str = "tool";
/// The exit code of a launcher that has no program: what is wrong is for its user to put right.
const USER_ERROR: u8 = 1;

/// What cargo sets for whatever it runs, and what describes another package.
const OF_OUTER: [&str; 14] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "HOST",
    "OUT_DIR",
    "PROFILE",
    "RUSTFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "TARGET",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Where the program comes from, and where it is kept.
#[derive(Clone, Debug)]
pub struct Launcher {
    checkout: PathBuf,
    target_dir: PathBuf,
    origin: Origin,
}

/// Whose checkout it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Of the crate that another workspace depends on: its lockfile is the pin.
    Pinned,
    /// Of the workspace itself, whose lockfile may be about to change.
    Own,
}

/// Becomes `cargo-kernel`, with these arguments, the word `kernel` first; of a failure, the exit code.
pub fn hand_over(args: &[OsString]) -> ExitCode {
    let done = target_dir().and_then(|target| Launcher::pinned(&target).become_it(args));
    done.unwrap_or_else(|error| {
        // Where stderr is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "{error:?}");
        ExitCode::from(USER_ERROR)
    })
}

/// The target directory in which this very program lies: cargo marks the folder that it makes.
///
/// # Errors
/// [`Error::Place`].
pub fn target_dir() -> Result<PathBuf, Error> {
    let exe = std::env::current_exe().map_err(Error::Place)?;
    let marked = exe.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    // `<target>/debug/xtask`
    let found = marked.or_else(|| exe.ancestors().nth(2));
    found.map(Path::to_owned).ok_or_else(|| Error::Place(std::io::ErrorKind::NotFound.into()))
}

impl Launcher {
    /// The program of this crate's own checkout, kept below a target directory of another workspace.
    pub fn pinned(target_dir: &Path) -> Self {
        // <checkout>/crates/kernel-launcher
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let checkout = crates.and_then(Path::parent).unwrap_or(Path::new("/")).to_owned();
        Self { checkout, target_dir: target_dir.join("cargo-kernel"), origin: Origin::Pinned }
    }

    /// The program of a checkout that is being worked on, in its own target directory.
    pub fn of_checkout(root: &Path, target_dir: &Path) -> Self {
        Self { checkout: root.to_owned(), target_dir: target_dir.to_owned(), origin: Origin::Own }
    }

    /// Makes sure that the program is there and up to date; its path.
    ///
    /// # Errors
    /// [`Error`] where it cannot be built.
    pub fn cargo_kernel(&self) -> Result<PathBuf, Error> {
        if self.origin == Origin::Own {
            return self.program("kernel-cli", "cargo-kernel");
        }
        if let Some(program) = std::env::var_os("CARGO_KERNEL").filter(|program| !program.is_empty()) {
            return Ok(program.into());
        }
        if !self.place("cargo-kernel").is_file()
            && let Some(found) = installed()
        {
            return Ok(found);
        }
        self.program("kernel-cli", "cargo-kernel")
    }

    /// The same of any program of the checkout.
    ///
    /// # Errors
    /// [`Error`] where it cannot be built.
    pub fn program(&self, package: &str, name: &str) -> Result<PathBuf, Error> {
        let (program, stamp) = (self.place(name), self.place(&format!(".{name}.stamp")));
        if fresh::is_fresh(&program, &stamp, &self.checkout) {
            return Ok(program);
        }
        let manifest = self.checkout.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(Error::NoCheckout(self.checkout.clone()));
        }
        let began = SystemTime::now();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        command.args(["build", "--package", package, "--bin", name, "--profile", PROFILE]);
        command.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(&self.target_dir);
        match self.origin {
            Origin::Own => command.arg("--quiet"),
            Origin::Pinned => command.arg("--locked"),
        };
        // Cargo finds its configuration from the current directory upward: that of the checkout.
        command.current_dir(&self.checkout).stdin(Stdio::null());
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy();
            let describes = ["CARGO_PKG_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_BIN_EXE_", "DEP_"];
            if OF_OUTER.contains(&text.as_ref()) || describes.iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&variable);
            }
        }
        let status = command.status().map_err(|source| Error::Start { program: cargo.into(), source })?;
        if !status.success() {
            return Err(Error::Failed { program: name.to_owned(), status: status.to_string() });
        }
        File::create(&stamp)
            .and_then(|file| file.set_modified(began))
            .map_err(|source| Error::Stamp { path: stamp, source })?;
        Ok(program)
    }

    fn place(&self, file: &str) -> PathBuf {
        self.target_dir.join(PROFILE).join(file)
    }

    /// Becomes the program, with these arguments.
    ///
    /// # Errors
    /// [`Error`] where it cannot be built or started.
    pub fn become_it(&self, args: &[OsString]) -> Result<ExitCode, Error> {
        become_program(&self.cargo_kernel()?, args)
    }
}

/// The program on `PATH`, where it is of this crate's version.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let program =
        std::env::split_paths(&path).map(|folder| folder.join("cargo-kernel")).find(|p| p.is_file())?;
    let said = Command::new(&program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let version = format!("cargo-kernel {}", env!("CARGO_PKG_VERSION"));
    (String::from_utf8_lossy(&said.stdout).trim() == version).then_some(program)
}

/// Becomes a program: what it is told, and how it ends, is then its own.
///
/// # Errors
/// [`Error::Start`].
pub fn become_program(program: &Path, args: &[OsString]) -> Result<ExitCode, Error> {
    let mut command = Command::new(program);
    command.args(args);
    let failed = |source| Error::Start { program: program.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(failed(command.exec()))
    }
    #[cfg(not(unix))]
    {
        const BUG: u8 = 70;
        let status = command.status().map_err(failed)?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(ExitCode::from(code.unwrap_or(BUG)))
    }
}
