//! What a build script says to cargo: the environment that it has read, the files that it depends on, what it found.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Built;

/// Reads one variable.
type Lookup = dyn Fn(&str) -> Option<OsString>;

/// Collects directives, and reads the environment on the way.
pub(crate) struct Directives {
    env: Box<Lookup>,
    variables: BTreeSet<String>,
    files: BTreeSet<PathBuf>,
    built: Option<Built>,
}

impl Directives {
    pub(crate) fn new(env: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Self { env: Box::new(env), variables: BTreeSet::new(), files: BTreeSet::new(), built: None }
    }

    /// Reads a variable that decides which kernel it is; cargo runs the script again when it changes.
    pub(crate) fn variable(&mut self, name: &str) -> Option<OsString> {
        self.variables.insert(name.to_owned());
        self.variable_of_cargo(name)
    }

    /// Reads a variable that cargo sets, or that only says how a kernel is got. An empty one counts as not set.
    pub(crate) fn variable_of_cargo(&self, name: &str) -> Option<OsString> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// Depends on a file, or on everything below a folder.
    pub(crate) fn depends_on(&mut self, path: &Path) {
        self.files.insert(path.to_owned());
    }

    pub(crate) fn found(&mut self, built: &Built) {
        self.built = Some(built.clone());
    }

    /// The lines for cargo.
    pub(crate) fn lines(&self) -> Vec<String> {
        let variables = self.variables.iter().map(|name| format!("cargo::rerun-if-env-changed={name}"));
        let files = self.files.iter().map(|path| format!("cargo::rerun-if-changed={}", path.display()));
        let built = self.built.iter().flat_map(|Built { image, release, version }| {
            [
                format!("cargo::rustc-env=KERNEL_IMAGE={}", image.display()),
                format!("cargo::rustc-env=KERNEL_RELEASE={release}"),
                format!("cargo::rustc-env=KERNEL_VERSION={version}"),
            ]
        });
        variables.chain(files).chain(built).collect()
    }

    pub(crate) fn print(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        self.lines().iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
        stdout.flush()
    }
}
