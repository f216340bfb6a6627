//! Commits of git repositories, through the git program.
//!
//! ```text
//! <cache>/git-v1/<digest of the address>.git     bare; each commit that was pinned, alone, below refs/kernel/
//! ```
//!
//! A commit is fetched without its history. What pins it is the name of its tree, the digest of every file in it, which
//! git itself verifies when objects arrive. Credentials, proxies and ssh are those of the user's own git.
//!
//! Deliberately absent: submodules, LFS and every filter: what is built is what is in the tree.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError};
use kernel_host::lock::{FileLock, LockError};
use kernel_host::process::{Command, ProcessError};
use kernel_spec::{GitReference, SourcePin};

use crate::event::Voice;
use crate::makefile::TreeVersion;

/// The folder of repositories in the cache.
pub(crate) const REPOSITORIES: &str = "git-v1";

/// Why a commit was not had.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The repository does not have it, or is not there.
    #[error("found no {reference} in `{repository}`")]
    Absent {
        /// The repository.
        repository: String,
        /// `tag v6.12`, `commit 0123…`.
        reference: String,
        /// What git said.
        said: String,
    },
    /// git failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The lock on a repository.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// An address as it is, and a path relative to the manifest made absolute.
pub(crate) fn repository(root: &AbsPath, git: &str) -> String {
    // `host:path` is ssh's short form, unless a slash comes first.
    let is_address = git.contains("://") || git.split('/').next().is_some_and(|first| first.contains(':'));
    if is_address { git.to_owned() } else { root.join(git).to_string() }
}

/// A repository of the cache.
pub(crate) struct Repository<'a> {
    /// The bare repository.
    directory: AbsPath,
    address: &'a str,
    cancel: &'a Cancel,
    voice: Voice<'a>,
}

impl<'a> Repository<'a> {
    /// The one that stands for an address; nothing is made yet.
    pub(crate) fn of(address: &'a str, base: &AbsPath, cancel: &'a Cancel, voice: Voice<'a>) -> Self {
        let name = &hex(&sha256(address.as_bytes()))[..16];
        Self { directory: base.join(REPOSITORIES).join(format!("{name}.git")), address, cancel, voice }
    }

    /// Asks for the commit of a reference, fetches it and pins it.
    pub(crate) fn pin(&self, git: &str, reference: &GitReference) -> Result<SourcePin, GitError> {
        let refspec = match reference {
            GitReference::Rev(commit) => commit.clone(),
            GitReference::Tag(tag) => format!("refs/tags/{tag}"),
            GitReference::Branch(branch) => format!("refs/heads/{branch}"),
            GitReference::Head => "HEAD".to_owned(),
        };
        let _lock = self.lock()?;
        self.voice.started("Fetching", format!("{git} {reference}"));
        let commit = self.fetch(&refspec, &reference.to_string())?;
        let tree = self.say(&["rev-parse", "--verify", &format!("{commit}^{{tree}}")])?;
        // A tree without one is found out when it is unpacked.
        let makefile = self.say(&["show", &format!("{commit}:Makefile")]).unwrap_or_default();
        let kernelversion = TreeVersion::parse(&makefile).ok().map(|tree| tree.version);
        let (git, reference) = (git.to_owned(), reference.clone());
        Ok(SourcePin::Git { git, reference, commit, tree, kernelversion })
    }

    /// Whether a commit is here, with its tree.
    pub(crate) fn has(&self, commit: &str) -> bool {
        fs::is_dir(&self.directory) && self.say(&["cat-file", "-e", &format!("{commit}^{{tree}}")]).is_ok()
    }

    /// Makes a commit be here.
    pub(crate) fn ensure(&self, commit: &str) -> Result<(), GitError> {
        let _lock = self.lock()?;
        if !self.has(commit) {
            self.fetch(commit, &format!("commit {commit}"))?;
        }
        Ok(())
    }

    /// Writes a commit's tree to a tar file, exactly as it is.
    pub(crate) fn archive(&self, commit: &str, to: &AbsPath) -> Result<(), GitError> {
        // It comes before every `.gitattributes` of the tree: nothing is left out, replaced or converted.
        let attributes = "* -export-ignore -export-subst -text -eol -ident -filter -working-tree-encoding\n";
        let info = self.directory.join("info");
        if fs::read_to_string(&info.join("attributes")).unwrap_or_default() != attributes {
            fs::create_dir_all(&info)?;
            fs::write_atomic(&info.join("attributes"), attributes.as_bytes())?;
        }
        let mut git = self.git();
        git.args(["archive", "--format=tar", "-o"]).arg(to).arg(commit);
        git.checked_output(self.cancel)?;
        Ok(())
    }

    /// Copies one commit to another repository, which is made where it is absent.
    pub(crate) fn copy_to(&self, base: &AbsPath, commit: &str) -> Result<(), GitError> {
        let Some(name) = self.directory.file_name() else { return Ok(()) };
        let other = Repository { directory: base.join(REPOSITORIES).join(name), ..*self };
        if other.has(commit) {
            return Ok(());
        }
        other.init()?;
        let reference = format!("refs/kernel/{commit}");
        let mut git = other.git();
        git.args(["fetch", "--quiet", "--depth", "1", "--no-tags"]);
        git.arg(format!("file://{}", self.directory)).arg(format!("+{reference}:{reference}"));
        git.checked_output(self.cancel)?;
        Ok(())
    }

    fn lock(&self) -> Result<FileLock, GitError> {
        let name = self.directory.file_name().unwrap_or_default();
        let path =
            self.directory.parent().unwrap_or_else(|| self.directory.clone()).join(format!("{name}.lock"));
        let mut on_wait =
            || self.voice.started("Waiting", format!("for {}, which is being fetched", self.address));
        Ok(FileLock::exclusive(&path, self.cancel, &mut on_wait)?)
    }

    fn init(&self) -> Result<(), GitError> {
        if fs::is_file(&self.directory.join("HEAD")) {
            return Ok(());
        }
        fs::create_dir_all(&self.directory)?;
        let mut git = plain();
        git.args(["init", "--quiet", "--bare"]).arg(&self.directory);
        git.checked_output(self.cancel)?;
        Ok(())
    }

    /// Fetches one commit without its history; returns its name.
    fn fetch(&self, refspec: &str, shown: &str) -> Result<String, GitError> {
        self.init()?;
        let incoming = "refs/kernel/incoming";
        let mut git = self.git();
        git.args(["fetch", "--quiet", "--force", "--depth", "1", "--no-tags", "--no-recurse-submodules"]);
        git.args(["--end-of-options", self.address]).arg(format!("+{refspec}:{incoming}"));
        if let Err(error) = git.checked_output(self.cancel) {
            return Err(self.explain(error, shown));
        }
        let commit = self.say(&["rev-parse", "--verify", &format!("{incoming}^{{commit}}")])?;
        self.say(&["update-ref", &format!("refs/kernel/{commit}"), &commit])?;
        Ok(commit)
    }

    fn explain(&self, error: ProcessError, shown: &str) -> GitError {
        let ProcessError::Failed { last_lines, .. } = &error else { return error.into() };
        let said = last_lines.join("\n");
        let absent = [
            "couldn't find remote ref",
            "not our ref",
            "does not appear to be a git repository",
            "does not exist",
            "not found",
            "Server does not allow request for unadvertised object",
        ];
        if !absent.iter().any(|words| said.contains(words)) {
            return error.into();
        }
        GitError::Absent { repository: self.address.to_owned(), reference: shown.to_owned(), said }
    }

    /// What git says, without the line feed at its end.
    fn say(&self, args: &[&str]) -> Result<String, GitError> {
        let mut git = self.git();
        git.args(args);
        Ok(git.checked_output(self.cancel)?.stdout.trim_end().to_owned())
    }

    fn git(&self) -> Command {
        let mut git = plain();
        git.arg(format!("--git-dir={}", self.directory));
        git
    }
}

/// git in the language that is understood here, and deaf to what a hook or another repository says.
fn plain() -> Command {
    let mut git = Command::new("git");
    git.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
        git.env_remove(name);
    }
    // `ext::` runs programs; hooks of the template directory are none of ours.
    git.args(["-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]);
    git
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_manifest_and_addresses_are_none() {
        let root = AbsPath::new("/w").expect("absolute");
        for (git, expected) in [
            ("../linux.git", "/w/../linux.git"),
            ("/srv/linux.git", "/srv/linux.git"),
            ("./a:b", "/w/a:b"),
            ("git@host:linux.git", "git@host:linux.git"),
            ("https://host/linux.git", "https://host/linux.git"),
            ("file:///srv/linux.git", "file:///srv/linux.git"),
        ] {
            assert_eq!(repository(&root, git), expected);
        }
    }
}
