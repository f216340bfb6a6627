//! What a tree's `scripts/setlocalversion` does, found by reading it.
//!
//! | what stands in the script | what follows |
//! |---|---|
//! | `*\~*` | files with a `~` anywhere in their path are left out |
//! | `CONFIG_LOCALVERSION_AUTO` is not looked at | git is never asked (Android's trees) |
//! | `.scmversion` | that file's content stands for git's answer (before 6.3) |
//! | `git describe --exact-match` | any annotated tag counts (up to 6.2) |
//! | `git describe --match=` | only the kernelversion's own tag counts (6.3 to 6.12) |
//! | `try_tag` | the same, and the tag must be annotated under that exact name (6.13, stable trees) |
//! | `file_localversion#-` | tags named after the `localversion*` files are tried first (linux-next, linux-rt) |
//! | `cut -c1-12`, `%.12s` | twelve digits of the commit; else as many as git itself shows |
//! | `status -uno --porcelain`, `diff-index` | how uncommitted changes are found |
//! | `scripts/package` | changes below that folder do not count |
//!
//! A script that reads a variable beyond the kernel's own (`$BUILD_NUMBER` …), or whose last line is another, is
//! refused: what it prints is not known.

/// The behaviour of a tree's `scripts/setlocalversion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLocalVersion {
    pub(super) backups: Backups,
    pub(super) scm: Option<Scm>,
}

/// What becomes of `localversion*` files with a `~` in their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backups {
    /// They count.
    Count,
    /// They are an editor's backups.
    LeftOut,
}

/// How the script asks git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scm {
    pub(super) scmversion_file: bool,
    pub(super) tags: Tags,
    pub(super) file_tags: bool,
    pub(super) hash: Hash,
    pub(super) dirty: Dirty,
    pub(super) ignores_packaging: bool,
}

/// Which tags say that a commit is the kernelversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// Any annotated tag.
    Any,
    /// `git describe --match=`.
    Match,
    /// `git cat-file -t` and `git rev-list --count`.
    Exact,
}

/// How many digits of the commit are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    /// Twelve.
    Twelve,
    /// What `git rev-parse --short` chooses.
    Short,
    /// Cut by awk's `substr(…, 0, …)`, where implementations differ, but only behind a tag; else twelve.
    AwkBehindTag,
}

/// How uncommitted changes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dirty {
    /// They are not looked for.
    Never,
    /// `git diff-index`.
    DiffIndex,
    /// `git status`, else `git diff-index`.
    Status,
}

/// What is not known about a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// None of the known features is there.
    #[error("the script has no `{0}`: it is none of the kernel's own scripts")]
    Unknown(&'static str),
    /// It reads a variable that the kernel's own scripts do not.
    #[error("the script reads `${0}`, which none of the kernel's own scripts does")]
    Variable(String),
    /// The last line prints something else.
    #[error("the script ends with `{0}`: expected it to print the release")]
    LastLine(String),
    /// Its git part is none of the known ones.
    #[error("the script looks at CONFIG_LOCALVERSION_AUTO, but asks git in no known way")]
    Scm,
    /// The number of digits depends on awk.
    #[error("the script leaves the number of the commit's digits to `awk`, which differs between machines")]
    Awk,
}

impl SetLocalVersion {
    /// Reads a script's text.
    ///
    /// # Errors
    /// [`ScriptError`] where its behaviour is not one of the known ones.
    pub fn read(script: &str) -> Result<Self, ScriptError> {
        let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let code: Vec<&str> = lines.collect();
        let has = |text: &str| code.iter().any(|line| line.contains(text));
        for feature in ["localversion*", "CONFIG_LOCALVERSION"] {
            if !has(feature) {
                return Err(ScriptError::Unknown(feature));
            }
        }
        if let Some(name) = code.iter().find_map(|line| foreign_variable(line)) {
            return Err(ScriptError::Variable(name.to_owned()));
        }
        let last = code.last().copied().unwrap_or_default();
        if !prints_release(last) {
            return Err(ScriptError::LastLine(last.to_owned()));
        }
        let backups = if has(r"*\~*") { Backups::LeftOut } else { Backups::Count };
        if !has("CONFIG_LOCALVERSION_AUTO") {
            return Ok(Self { backups, scm: None });
        }
        if !has("git rev-parse --show-cdup") || !has("--verify") {
            return Err(ScriptError::Scm);
        }
        let tags = match () {
            () if has("try_tag") && has("rev-list --count") => Tags::Exact,
            () if has("git describe --match=") => Tags::Match,
            () if has("git describe --exact-match") => Tags::Any,
            () => return Err(ScriptError::Scm),
        };
        let hash = match () {
            () if has("substr(") => Hash::AwkBehindTag,
            () if has("cut -c1-12") || has("%.12s") => Hash::Twelve,
            () if has("--verify --short HEAD") => Hash::Short,
            () => return Err(ScriptError::Scm),
        };
        let dirty = match () {
            () if has("git --no-optional-locks status -uno --porcelain") => Dirty::Status,
            () if has("git diff-index --name-only HEAD") => Dirty::DiffIndex,
            () => Dirty::Never,
        };
        let scm = Scm {
            scmversion_file: has("cat .scmversion"),
            tags,
            file_tags: has("file_localversion#-"),
            hash,
            dirty,
            ignores_packaging: has("scripts/package"),
        };
        Ok(Self { backups, scm: Some(scm) })
    }

    /// Whether a `localversion*` file by that path does not count.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        self.backups == Backups::LeftOut && path.contains('~')
    }
}

/// Whether a line prints the parts in the known order: `echo "$res"`, or each by its name.
fn prints_release(line: &str) -> bool {
    let mut order =
        ["KERNELVERSION", "file_localversion", "config_localversion", "LOCALVERSION", "scm_version"]
            .into_iter();
    match line.strip_prefix("echo \"").and_then(|rest| rest.strip_suffix('"')) {
        Some("$res") => true,
        Some(parts) if !parts.is_empty() => parts.split_inclusive('}').all(|part| {
            let name = part.strip_prefix("${").and_then(|part| part.strip_suffix('}'));
            name.is_some_and(|name| order.any(|known| known == name))
        }),
        _ => false,
    }
}

/// The first variable in capitals that a line reads and the kernel's own scripts do not.
fn foreign_variable(line: &str) -> Option<&str> {
    const KNOWN: [&str; 5] =
        ["KERNELVERSION", "LOCALVERSION", "CONFIG_LOCALVERSION", "CONFIG_LOCALVERSION_AUTO", "NF"];
    line.split('$').skip(1).find_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        let capital = name.starts_with(|c: char| c.is_ascii_uppercase());
        (capital && !KNOWN.contains(&name)).then_some(name)
    })
}
