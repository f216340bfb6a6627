//! The Debian package lists of this machine.
//!
//! Shape: `apt-cache` says which versions there are, `apt-get --print-uris download` where the file of one is, how long
//! it is and what its digest is. Nothing is fetched or installed here; the digests come from lists whose signature
//! `apt-get update` has verified.
//!
//! Deliberately absent: reading the lists ourselves, choosing among packages, unpacking (see [`crate::archive`]).

mod parse;

use crate::cancel::Cancel;
use crate::env::Env;
use crate::fs::{FsError, temp_dir};
use crate::packages::PackageManager;
use crate::process::{Command, ProcessError};

/// Describes the file of a package, as the package lists of this machine know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebPackage {
    /// The package's name.
    pub package: String,
    /// Its full version: `6.12.30-1~bpo12+1`.
    pub version: String,
    /// Where the file is.
    pub url: String,
    /// The file's plain name.
    pub file_name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// Reports a package whose file was not found.
#[derive(Debug, thiserror::Error)]
pub enum AptError {
    /// This machine has no `apt-get`.
    #[error("found no `apt-get` on this machine, expected the package manager of Debian or one of its kin")]
    NoApt,
    /// There are no package lists; fetching them anew helps.
    #[error("found no package lists on this machine; they are fetched by `apt-get update`")]
    NoLists,
    /// No package of that name is in the lists; fetching them anew may help.
    #[error("found no package `{package}` in the package lists of this machine")]
    UnknownPackage {
        /// The name.
        package: String,
    },
    /// The version is not in the lists, or not any more.
    #[error("found no version `{wanted}` of package `{package}`, expected one of {}", listed(available))]
    VersionGone {
        /// The package's name.
        package: String,
        /// The version that was asked for.
        wanted: String,
        /// What the lists have, newest first.
        available: Vec<String>,
    },
    /// A tool of the package manager said what nobody expected.
    #[error("could not understand the answer of `{command}`: found `{found}`")]
    Answer {
        /// The command line.
        command: String,
        /// What it said.
        found: String,
    },
    /// A tool of the package manager failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// No temporary directory could be made.
    #[error(transparent)]
    Fs(#[from] FsError),
}

fn listed(versions: &[String]) -> String {
    versions.iter().map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ")
}

/// Finds the file of a package, in this version or in the one that would be installed.
///
/// [`AptError::NoLists`], [`AptError::UnknownPackage`] and [`AptError::VersionGone`] may go after [`refresh`].
pub fn resolve(
    package: &str,
    version: Option<&str>,
    env: &Env,
    cancel: &Cancel,
) -> Result<DebPackage, AptError> {
    require_apt(env)?;
    let unknown = || AptError::UnknownPackage { package: package.to_owned() };
    // Anything else would be a pattern to these tools, or an option.
    if !parse::is_package_name(package) {
        return Err(unknown());
    }
    let madison = tool("apt-cache").args(["madison", package]).checked_output(cancel)?;
    let available = parse::madison(package, &madison.stdout);
    if available.is_empty() {
        let policy = tool("apt-cache").arg("policy").checked_output(cancel)?;
        return Err(if parse::has_lists(&policy.stdout) { unknown() } else { AptError::NoLists });
    }
    if let Some(wanted) = version.filter(|wanted| !available.iter().any(|version| version == wanted)) {
        return Err(AptError::VersionGone {
            package: package.to_owned(),
            wanted: wanted.to_owned(),
            available,
        });
    }

    // Where the file is in the current directory already, the tool says nothing.
    let empty = temp_dir("apt-")?;
    let wanted = version.map_or_else(|| package.to_owned(), |version| format!("{package}={version}"));
    let mut download = tool("apt-get");
    download.current_dir(empty.path()).args(["--print-uris", "download"]).arg(&wanted);
    let said = download.checked_output(cancel)?.stdout;
    let unclear = |command: &Command, found: &str| AptError::Answer {
        command: command.display(),
        found: found.trim().to_owned(),
    };
    let file = parse::print_uris(package, &said).ok_or_else(|| unclear(&download, &said))?;
    let known = available.contains(&file.version);
    if !known || version.is_some_and(|version| version != file.version) {
        return Err(unclear(&download, &said));
    }
    let sha256 = match file.sha256 {
        Some(sha256) => sha256,
        // Lists may name another digest first.
        None => {
            let mut show = tool("apt-cache");
            show.arg("show").arg(format!("{package}={}", file.version));
            let said = show.checked_output(cancel)?.stdout;
            parse::show_sha256(&file.version, &said).ok_or_else(|| unclear(&show, &said))?
        }
    };
    Ok(DebPackage {
        package: package.to_owned(),
        version: file.version,
        url: file.url,
        file_name: file.file_name,
        size: file.size,
        sha256,
    })
}

/// Fetches the package lists anew: `apt-get update`, through `sudo` where this user is not root.
///
/// On a terminal it runs there, since `sudo` may ask for a password; else its output is kept for the error.
pub fn refresh(env: &Env, cancel: &Cancel) -> Result<(), AptError> {
    require_apt(env)?;
    let Some(mut update) = PackageManager::Apt.refresh_command(env) else { return Ok(()) };
    if update.program() == "sudo" && env.is_terminal_stdin() {
        let status = update.interactive(cancel)?;
        return if status.success() { Ok(()) } else { Err(update.failed(status, Vec::new()).into()) };
    }
    update.checked_output(cancel)?;
    Ok(())
}

fn require_apt(env: &Env) -> Result<(), AptError> {
    let found = ["apt-get", "apt-cache"].iter().all(|program| env.find_program(program).is_some());
    if found { Ok(()) } else { Err(AptError::NoApt) }
}

/// Starts one of the tools in the language that is parsed here.
fn tool(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").env_remove("LANGUAGE");
    command
}

#[cfg(test)]
mod tests;
