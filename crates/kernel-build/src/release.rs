//! The kernelrelease, computed before anything is compiled.
//!
//! ```text
//! kernelversion + localversion* of objtree + localversion* of srctree + CONFIG_LOCALVERSION + git
//!   6.12.117          -rt11                                                -guest              -00003-g0123456789ab-dirty
//! ```
//!
//! What each part is follows the tree's own `scripts/setlocalversion`, which this module *reads* ([`SetLocalVersion`]):
//! trees of the same version differ, for distributions change the script. It runs make nor script; for
//! `CONFIG_LOCALVERSION_AUTO=y` it asks git the questions that the script would ask.
//!
//! Invariants:
//! - it holds for a make that is started in the same [`environment`](crate::environment): there `LOCALVERSION=` is set
//!   and empty, so that no script adds the lone `+` of a tree without a tag, and no `GIT_DIR` leads elsewhere;
//! - a [`Release`] is at most 64 bytes ([`MAX_LENGTH`]) and can be a folder's name under `/lib/modules`;
//! - its parts, joined, are its text.
//!
//! Deliberately absent: Mercurial and Subversion, which scripts before 5.14 ask too.

mod git;
mod promise;
mod script;

use std::fmt;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::ProcessError;

pub use git::ScmPart;
pub use promise::{PinnedAuto, PromiseError, ReleaseMismatch, SourceKind, check_promise};
pub use script::{ScriptError, SetLocalVersion};

use crate::makefile::TreeVersion;

/// The longest kernelrelease: `uts_len` of the tree's Makefile, `__NEW_UTS_LEN` of the system call `uname`.
pub const MAX_LENGTH: usize = 64;

/// A kernelrelease, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What `include/config/kernel.release` will hold.
    pub text: String,
    /// The parts in order, none empty.
    pub parts: Vec<Part>,
}

/// A part of a kernelrelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it adds.
    pub text: String,
    /// Where it comes from.
    pub origin: PartOrigin,
}

/// Where a part of a kernelrelease comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartOrigin {
    /// VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of this top Makefile.
    Makefile(AbsPath),
    /// A `localversion*` file.
    File(AbsPath),
    /// `CONFIG_LOCALVERSION`.
    LocalVersion,
    /// `CONFIG_LOCALVERSION_AUTO=y`, and what git says of the source tree.
    Git(ScmPart),
    /// `CONFIG_LOCALVERSION_AUTO=y`, and the file `.scmversion` that scripts before 6.3 prefer to git.
    ScmVersionFile(AbsPath),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match &self.origin {
            PartOrigin::Makefile(path) => write!(f, "`{text}` from {path}"),
            PartOrigin::File(path) => write!(f, "`{text}` from the file {path}"),
            PartOrigin::LocalVersion => write!(f, "`CONFIG_LOCALVERSION=\"{text}\"`"),
            PartOrigin::Git(scm) => write!(f, "`{text}` from git ({scm}), for `CONFIG_LOCALVERSION_AUTO=y`"),
            PartOrigin::ScmVersionFile(path) => {
                write!(f, "`{text}` from the file {path}, for `CONFIG_LOCALVERSION_AUTO=y`")
            }
        }
    }
}

/// `CONFIG_LOCALVERSION_AUTO` of the resolved `.config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalVersionAuto {
    /// Not set.
    Off,
    /// `y`: the state of the source tree's git repository is part of the kernelrelease.
    On,
}

/// What a kernelrelease depends on.
#[derive(Clone, Debug)]
pub struct ReleaseInputs<'a> {
    /// The source tree.
    pub srctree: &'a AbsPath,
    /// The object tree; it need not exist yet.
    pub objtree: &'a AbsPath,
    /// What the source tree's top Makefile says.
    pub version: &'a TreeVersion,
    /// `CONFIG_LOCALVERSION` of the resolved `.config`, unescaped; empty where it is not set.
    pub local_version: &'a str,
    /// `CONFIG_LOCALVERSION_AUTO` of the resolved `.config`.
    pub auto: LocalVersionAuto,
}

/// Why a kernelrelease cannot be computed, or cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The tree's script is not one whose behaviour is known.
    #[error("cannot compute the kernelrelease as {path} does: {unknown}")]
    Script {
        /// `scripts/setlocalversion` of the tree.
        path: AbsPath,
        /// What is unknown about it.
        unknown: ScriptError,
    },
    /// A file could not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// git could not be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A part that no release can have.
    #[error("{part} cannot be part of a kernelrelease: it has {found}")]
    Character {
        /// The part, and where it comes from.
        part: Box<Part>,
        /// What is wrong with it: `a space`, `a line break`, `/` …
        found: String,
    },
    /// A part that the script's own `echo` would take for its option.
    #[error("{part} cannot stand alone: the tree's script hands it to `echo`, whose option it is")]
    EchoOption {
        /// The part, and where it comes from.
        part: Box<Part>,
    },
    /// Longer than the kernel's limit.
    #[error("kernelrelease `{}` has {} bytes: at most {MAX_LENGTH} are possible", .release.text, .release.text.len())]
    TooLong {
        /// The release.
        release: Box<Release>,
    },
}

impl ReleaseError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Script { .. } => {
                Some("unset CONFIG_LOCALVERSION_AUTO, or use a tree whose `scripts/setlocalversion` is the kernel's own".into())
            }
            Self::Character { part, .. } | Self::EchoOption { part } => Some(match &part.origin {
                PartOrigin::LocalVersion => "letters, digits and `-._+~` are fine: change `local-version`".into(),
                _ => "letters, digits and `-._+~` are fine".into(),
            }),
            Self::TooLong { release } => {
                let parts: Vec<String> = release.parts.iter().map(ToString::to_string).collect();
                Some(format!("its parts are {}", parts.join(", ")))
            }
            Self::Fs(_) | Self::Process(_) => None,
        }
    }
}

/// Computes the kernelrelease that make will write to `include/config/kernel.release`.
///
/// # Errors
/// [`ReleaseError`] where the tree's script is unknown, a file is unreadable, git cannot be started, or the result is
/// no kernelrelease.
pub fn compute(inputs: &ReleaseInputs<'_>, env: &Env, cancel: &Cancel) -> Result<Release, ReleaseError> {
    let path = inputs.srctree.join("scripts/setlocalversion");
    let script = SetLocalVersion::read(&fs::read_to_string(&path)?)
        .map_err(|unknown| ReleaseError::Script { path: path.clone(), unknown })?;

    let makefile = PartOrigin::Makefile(inputs.srctree.join("Makefile"));
    let mut parts = vec![Part { text: inputs.version.kernelversion.clone(), origin: makefile }];
    let left_out = |text: &str| script.leaves_out(text);
    let mut files = localversion_files(inputs.objtree, &left_out)?;
    // The script is called with the source tree's whole path, and judges all of it.
    if inputs.srctree != inputs.objtree && !left_out(&inputs.srctree.to_string()) {
        files.extend(localversion_files(inputs.srctree, &left_out)?);
    }
    let from_files: String = files.iter().map(|part| part.text.as_str()).collect();
    parts.extend(files);
    parts.push(Part { text: inputs.local_version.to_owned(), origin: PartOrigin::LocalVersion });
    if inputs.auto == LocalVersionAuto::On {
        let place = git::Place { script: &script, srctree: inputs.srctree, env, cancel };
        parts.extend(place.part(&inputs.version.kernelversion, &from_files).map_err(
            |error| match error {
                git::GitError::Process(error) => error.into(),
                git::GitError::Fs(error) => error.into(),
                git::GitError::Script(unknown) => ReleaseError::Script { path, unknown },
            },
        )?);
    }
    parts.retain(|part| !part.text.is_empty());
    parts.iter().try_for_each(check_part)?;
    let text: String = parts.iter().map(|part| part.text.as_str()).collect();
    let release = Release { text, parts };
    if release.text.len() > MAX_LENGTH {
        return Err(ReleaseError::TooLong { release: Box::new(release) });
    }
    Ok(release)
}

/// Reads the `localversion*` files of a tree, in the order of a shell's glob under kbuild's `LC_COLLATE=C`.
fn localversion_files(tree: &AbsPath, left_out: &dyn Fn(&str) -> bool) -> Result<Vec<Part>, FsError> {
    let mut parts = Vec::new();
    if !fs::is_dir(tree) {
        return Ok(parts);
    }
    for path in fs::list_dir(tree)? {
        let wanted = |name: &str| name.starts_with("localversion") && !left_out(name);
        if path.file_name().is_some_and(wanted) && fs::is_file(&path) {
            // As `$(cat file)` has it: trailing line breaks are gone, everything else stays.
            let text = String::from_utf8_lossy(&fs::read(&path)?).trim_end_matches('\n').to_owned();
            parts.push(Part { text, origin: PartOrigin::File(path) });
        }
    }
    Ok(parts)
}

/// Refuses what make, the shell or a folder's name would change or break at.
fn check_part(part: &Part) -> Result<(), ReleaseError> {
    let good = |c: char| c.is_ascii_alphanumeric() || "-._+~:@,=%".contains(c);
    if let Some(bad) = part.text.chars().find(|c| !good(*c)) {
        let found = match bad {
            ' ' => "a space".to_owned(),
            '\n' => "a line break".to_owned(),
            '\r' => "a carriage return".to_owned(),
            '\t' => "a tab".to_owned(),
            other if other.is_control() => format!("the control character {}", other.escape_unicode()),
            other => format!("`{other}`"),
        };
        // What cannot be printed as it is is shown escaped.
        let text = part.text.escape_debug().to_string().replace("\\\"", "\"");
        let part = Box::new(Part { text, origin: part.origin.clone() });
        return Err(ReleaseError::Character { part, found });
    }
    if matches!(part.text.as_str(), "-n" | "-e" | "-E") {
        return Err(ReleaseError::EchoOption { part: Box::new(part.clone()) });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
