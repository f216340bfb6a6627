//! What a build script says to cargo: the environment that it has read, the files that it depends on, what it found.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Built, Kernel};

/// Reads one variable.
type Lookup = dyn Fn(&str) -> Option<OsString>;

/// Collects directives, and reads the environment on the way.
pub(super) struct Directives {
    env: Box<Lookup>,
    variables: BTreeSet<String>,
    files: BTreeSet<PathBuf>,
    found: Vec<String>,
    began: SystemTime,
}

/// How long before its script began a file is said to be from that was made meanwhile.
const BEFORE: Duration = Duration::from_secs(2);

impl Directives {
    pub(super) fn new(env: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        let (variables, files) = (BTreeSet::new(), BTreeSet::new());
        Self { env: Box::new(env), variables, files, found: Vec::new(), began: SystemTime::now() }
    }

    /// Reads a variable that decides which kernel it is; cargo runs the script again when it changes.
    pub(super) fn variable(&mut self, name: &str) -> Option<OsString> {
        self.variables.insert(name.to_owned());
        self.variable_of_cargo(name)
    }

    /// Reads a variable that cargo sets, or that only says how a kernel is got. An empty one counts as not set.
    pub(super) fn variable_of_cargo(&self, name: &str) -> Option<OsString> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// Depends on a file, or on everything below a folder.
    pub(super) fn depends_on(&mut self, path: &Path) {
        self.files.insert(path.to_owned());
    }

    /// Has a file that was written while this script ran seem older than the script.
    ///
    /// Cargo runs a script again where a file is newer than the script's beginning; what it has just made itself would
    /// make it run twice. Nothing but cargo goes by these times. Where the time cannot be set, the script runs twice.
    pub(super) fn settle(&self, path: &Path) {
        // Some file systems and kernels count time in ticks.
        let (tick, before) = (Duration::from_millis(20), self.began - BEFORE);
        let modified = path.metadata().and_then(|found| found.modified());
        if modified.is_ok_and(|time| time + tick >= self.began) {
            let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(before));
        }
    }

    /// Takes what was found; the plain names are those of a script's first kernel.
    pub(super) fn found(&mut self, kernel: &Kernel, built: &Built, is_first: bool) {
        let mut lines = Vec::new();
        let mut values = vec![
            ("IMAGE", built.image.display().to_string()),
            ("RELEASE", built.release.clone()),
            ("VERSION", built.version.clone()),
            ("ARCH", built.arch.clone()),
            ("CMDLINE", built.cmdline.clone()),
        ];
        values.extend(built.sha256.clone().map(|digest| ("SHA256", digest)));
        let own = kernel.name.to_uppercase().replace('-', "_");
        for (name, value) in &values {
            if is_first {
                lines.push(format!("cargo::rustc-env=KERNEL_{name}={value}"));
            }
            lines.push(format!("cargo::rustc-env=KERNEL_{own}_{name}={value}"));
        }
        let list = |values: &[&str]| values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", ");
        let symbols: Vec<&str> = built.symbols.iter().map(|(name, _)| name.as_str()).collect();
        lines.push(format!("cargo::rustc-check-cfg=cfg(kernel_config, values({}))", list(&symbols)));
        let on = built.symbols.iter().filter(|(_, value)| value == "y" || value == "m");
        lines.extend(on.map(|(name, _)| format!("cargo::rustc-cfg=kernel_config={name:?}")));
        let known: Vec<&str> = built.known_features.iter().map(String::as_str).collect();
        lines.push(format!("cargo::rustc-check-cfg=cfg(kernel_feature, values({}))", list(&known)));
        lines.extend(
            built.features.iter().map(|feature| format!("cargo::rustc-cfg=kernel_feature={feature:?}")),
        );
        if self.variable_of_cargo("CARGO_MANIFEST_LINKS").is_some() {
            for (name, value) in &values {
                let name = name.to_lowercase();
                if is_first {
                    lines.push(format!("cargo::metadata={name}={value}"));
                }
                lines.push(format!("cargo::metadata={}_{name}={value}", own.to_lowercase()));
            }
        }
        self.found.extend(lines);
    }

    /// The lines for cargo.
    pub(super) fn lines(&self) -> Vec<String> {
        let variables = self.variables.iter().map(|name| format!("cargo::rerun-if-env-changed={name}"));
        let files = self.files.iter().map(|path| format!("cargo::rerun-if-changed={}", path.display()));
        variables.chain(files).chain(self.found.iter().cloned()).collect()
    }

    pub(super) fn print(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        self.lines().iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
        stdout.flush()
    }
}
