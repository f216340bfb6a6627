//! What git says of a source tree, asked as the tree's script asks.

use std::fmt;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::{Command, ProcessError};

use super::script::{Dirty, Hash, Scm, ScriptError, SetLocalVersion, Tags};
use super::{Part, PartOrigin};
use crate::environment;

/// The state of a git tree that is part of a kernelrelease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScmPart {
    /// The commit, in the digits shown; `None` on a tag that says the kernelversion.
    pub commit: Option<String>,
    /// How many commits stand between that tag and the commit; `None` without such a tag.
    pub ahead: Option<u64>,
    /// Whether tracked files have uncommitted changes.
    pub dirty: bool,
}

impl fmt::Display for ScmPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.commit, self.ahead) {
            (None, _) => f.write_str("a tagged commit")?,
            (Some(commit), None) => write!(f, "commit {commit}, no tag of this version")?,
            (Some(commit), Some(count)) => write!(f, "commit {commit}, {count} after the tag")?,
        }
        if self.dirty { f.write_str(", with uncommitted changes") } else { Ok(()) }
    }
}

/// Why git's part is not known.
pub(super) enum GitError {
    Process(ProcessError),
    Fs(FsError),
    Script(ScriptError),
}

impl From<ProcessError> for GitError {
    fn from(error: ProcessError) -> Self {
        Self::Process(error)
    }
}

/// A source tree and the script that asks about it.
pub(super) struct Place<'a> {
    pub(super) script: &'a SetLocalVersion,
    pub(super) srctree: &'a AbsPath,
    pub(super) env: &'a Env,
    pub(super) cancel: &'a Cancel,
}

impl Place<'_> {
    /// The part that `CONFIG_LOCALVERSION_AUTO=y` adds; `None` where the tree is no git repository of its own.
    pub(super) fn part(&self, kernelversion: &str, from_files: &str) -> Result<Option<Part>, GitError> {
        let Some(scm) = &self.script.scm else { return Ok(None) };
        let file = self.srctree.join(".scmversion");
        if scm.scmversion_file && fs::exists(&file) {
            let text = fs::read_to_string(&file).map_err(GitError::Fs)?.trim_end_matches('\n').to_owned();
            return Ok(Some(Part { text, origin: PartOrigin::ScmVersionFile(file) }));
        }
        // Not empty: the tree is a folder of somebody else's repository.
        if self.git(&["rev-parse", "--show-cdup"])?.is_some_and(|up| !up.is_empty()) {
            return Ok(None);
        }
        let Some(head) = self.git(&["rev-parse", "--verify", "HEAD"])? else { return Ok(None) };
        let ahead = self.commits_after_tag(scm, kernelversion, from_files)?;
        let commit = match (ahead, scm.hash) {
            (Some(0), _) => None,
            (Some(_), Hash::AwkBehindTag) => return Err(GitError::Script(ScriptError::Awk)),
            (_, Hash::Short) => self.git(&["rev-parse", "--verify", "--short", "HEAD"])?,
            (_, Hash::Twelve | Hash::AwkBehindTag) => Some(head.chars().take(12).collect()),
        };
        let state = ScmPart { commit, ahead, dirty: self.dirty(scm)? };
        let mut text = String::new();
        if let Some(commit) = &state.commit {
            if let Some(count) = state.ahead {
                text.push_str(&format!("-{count:05}"));
            }
            text.push_str(&format!("-g{commit}"));
        }
        if state.dirty {
            text.push_str("-dirty");
        }
        Ok(Some(Part { text, origin: PartOrigin::Git(state) }))
    }

    /// How far HEAD is from the tag that counts; `None` where there is none.
    fn commits_after_tag(&self, scm: &Scm, version: &str, from_files: &str) -> Result<Option<u64>, GitError> {
        if scm.tags == Tags::Any {
            if self.git(&["describe", "--exact-match"])?.is_some_and(|tag| !tag.is_empty()) {
                return Ok(Some(0));
            }
            return Ok(self.git(&["describe"])?.as_deref().and_then(described_count));
        }
        let version_tag = format!("v{}", without_zero_sublevel(version));
        let mut tags = Vec::new();
        if scm.file_tags {
            let name = from_files.strip_prefix('-').unwrap_or(from_files);
            tags.extend((!name.is_empty()).then(|| name.to_owned()));
            tags.extend((!from_files.is_empty()).then(|| format!("{version_tag}{from_files}")));
        }
        tags.push(version_tag);
        for tag in tags {
            let found = match scm.tags {
                Tags::Exact => self.distance(&tag)?,
                Tags::Match | Tags::Any => match self.git(&["describe", &format!("--match={tag}")])? {
                    Some(said) if said == tag => Some(0),
                    Some(said) => described_count(&said),
                    None => None,
                },
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// How far HEAD is from an annotated tag that is one of its ancestors.
    fn distance(&self, tag: &str) -> Result<Option<u64>, GitError> {
        if self.git(&["cat-file", "-t", tag])?.as_deref() != Some("tag") {
            return Ok(None);
        }
        let range = format!("{tag}...HEAD");
        let counts = self.git(&["rev-list", "--count", "--left-right", &range])?.unwrap_or_default();
        let mut numbers = counts.split_ascii_whitespace();
        Ok(match (numbers.next(), numbers.next()) {
            (Some("0"), Some(count)) => count.parse().ok(),
            _ => None,
        })
    }

    fn dirty(&self, scm: &Scm) -> Result<bool, GitError> {
        const INDEX: [&str; 3] = ["diff-index", "--name-only", "HEAD"];
        let listed = match scm.dirty {
            Dirty::Never => None,
            Dirty::DiffIndex => self.git(&INDEX)?,
            Dirty::Status => match self.git(&["--no-optional-locks", "status", "-uno", "--porcelain"])? {
                Some(listed) => Some(listed),
                None => self.git(&INDEX)?,
            },
        };
        let counts = |line: &str| {
            // A line is a path, or two letters, a space and a path.
            let path =
                if line.as_bytes().get(2) == Some(&b' ') { line.get(3..).unwrap_or(line) } else { line };
            !line.starts_with("scripts/package") && !path.starts_with("scripts/package")
        };
        let listed = listed.unwrap_or_default();
        Ok(listed.lines().any(|line| !scm.ignores_packaging || counts(line)))
    }

    /// Runs git in the tree; `None` where there is no git, or it fails, which is what the script sees too.
    fn git(&self, arguments: &[&str]) -> Result<Option<String>, ProcessError> {
        let Some(program) = self.env.find_program("git") else { return Ok(None) };
        let mut command = Command::new(program);
        environment::confine(&mut command, self.env);
        command.args(arguments).current_dir(self.srctree);
        let output = command.output(self.cancel)?;
        let text = output.stdout.trim_end_matches('\n').to_owned();
        Ok(output.status.success().then_some(text))
    }
}

/// The number in what `git describe` says of a commit behind a tag: `v6.12-3-g0123456` has 3.
fn described_count(said: &str) -> Option<u64> {
    said.rsplit('-').nth(1)?.parse().ok()
}

/// `6.12.0-rc3` is tagged `v6.12-rc3`, `6.12.7` is tagged `v6.12.7`.
fn without_zero_sublevel(version: &str) -> String {
    let mut numbers = version.splitn(3, '.');
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(major), Some(minor), Some(rest)) if rest.starts_with('0') => {
            format!("{major}.{minor}{}", &rest[1..])
        }
        _ => version.to_owned(),
    }
}
