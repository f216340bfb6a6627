//! Why a patch does not apply, in words.

use std::fmt;

/// Why a patch does not apply: nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// All of it is in the tree: it was applied before, or it was made in the wrong direction.
    Already,
    /// Files for which it does not fit, in the patch's order.
    Files(Vec<FileRefusal>),
}

/// Why a patch does not fit one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRefusal {
    /// The file, as the patch names it.
    pub path: String,
    /// The line of the patch at which its section begins.
    pub patch_line: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a patch does not fit one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The name leads where no patch may write.
    Hostile(String),
    /// There is no such file; `at_p0` where there would be one with the whole name.
    Absent {
        /// The name with its first folder, where the tree has that.
        whole: Option<String>,
    },
    /// A file is to be made that is there.
    Exists,
    /// All of this file's part is there.
    Already,
    /// What has the name is no file.
    NoFile(&'static str),
    /// A hunk does not fit.
    Hunk(Misfit),
    /// More is in a file than the patch that deletes it says.
    NotEmptied,
    /// A binary patch is for other contents, or cannot be decoded.
    Binary(String),
    /// The tree cannot be read there.
    Unreadable(String),
}

/// A hunk that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its number in its file, counted from 1.
    pub hunk: usize,
    /// How many the file has.
    pub of: usize,
    /// The line of its header in the patch.
    pub patch_line: usize,
    /// The line that the header says.
    pub line: usize,
    /// Two lines at which it fits, equally near.
    pub places: Option<(usize, usize)>,
    /// The first line that differs where most of it fits: its number, what is expected, and what was found.
    pub differs: Option<(usize, String, Option<String>)>,
    /// All its lines are there, but what it lacks in context says that it belongs elsewhere.
    pub lacks_context: bool,
    /// The ends of lines differ: CR LF on one side alone.
    pub carriage_returns: bool,
    /// This hunk is in the file already.
    pub is_applied: bool,
}

impl Refused {
    /// What is wrong, one line or more for each file.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Already => vec!["all of it is in the tree".to_owned()],
            Self::Files(files) => files.iter().flat_map(FileRefusal::lines).collect(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let Self::Files(files) = self else {
            return Some(
                "drop it, or bound it by `when = { version = … }`; a patch that was made in the wrong \
                         direction is turned by `git diff -R`"
                    .into(),
            );
        };
        files.iter().find_map(|file| match &file.reason {
            Reason::Hunk(misfit) if misfit.carriage_returns => Some(
                "the patch and the file end their lines in different ways: one of them was converted".into(),
            ),
            Reason::Hunk(misfit) if misfit.lacks_context => {
                Some("make the patch with context: `-U3`, as is usual".into())
            }
            Reason::Absent { whole: Some(whole) } => {
                Some(format!("the tree has `{whole}`: make the patch with `a/` and `b/` before its names"))
            }
            _ => None,
        })
    }
}

impl FileRefusal {
    fn lines(&self) -> Vec<String> {
        let Self { path, patch_line, reason } = self;
        let Reason::Hunk(misfit) = reason else {
            return vec![format!("`{path}`, line {patch_line} of the patch: {reason}")];
        };
        let Misfit { hunk, of, patch_line, line, .. } = misfit;
        let first = format!(
            "`{path}`, hunk {hunk} of {of} at line {patch_line} of the patch: {reason} at line {line}"
        );
        let mut lines = vec![first];
        if let (Some((line, expected, found)), false) = (&misfit.differs, misfit.is_applied) {
            let found = found.as_deref().unwrap_or("the end of the file");
            lines.push(format!("  line {line}: found    {found}"));
            lines.push(format!("  {:width$}expected {expected}", "", width = format!("line {line}: ").len()));
        }
        lines
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hostile(reason) => write!(f, "the name is refused: {reason}"),
            Self::Absent { .. } => f.write_str("there is no such file"),
            Self::Exists => f.write_str("the file that it makes is there, with other contents"),
            Self::Already => f.write_str("it is applied already"),
            Self::NoFile(what) => write!(f, "it is {what}, expected a file"),
            Self::Hunk(Misfit { places: Some((one, other)), .. }) => {
                write!(f, "it fits as well at line {one} as at line {other}, and not")
            }
            Self::Hunk(Misfit { is_applied: true, .. }) => f.write_str("it is applied already"),
            Self::Hunk(Misfit { lacks_context: true, .. }) => {
                f.write_str("it has too little context around its change")
            }
            Self::Hunk(_) => f.write_str("it does not fit"),
            Self::NotEmptied => f.write_str("the file that it deletes has more in it"),
            Self::Binary(reason) => write!(f, "the binary contents are refused: {reason}"),
            Self::Unreadable(reason) => f.write_str(reason),
        }
    }
}
