//! Absolute paths.

use std::fmt;
use std::path::{Component, Path, PathBuf};

/// Holds a path that is absolute.
///
/// Nothing below the door of the program looks at the current directory, so a relative path has no meaning there.
/// `.` and doubled or trailing slashes are dropped on the way in; `..` stays, since it cannot be resolved without
/// looking at the disk (see [`crate::fs::canonicalize`]).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsPath(PathBuf);

/// Reports a path that is relative where an absolute one is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found the relative path `{}`, expected an absolute one", path.display())]
pub struct NotAbsolute {
    /// The path as it was given.
    pub path: PathBuf,
}

impl AbsPath {
    /// Takes a path if it is absolute.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, NotAbsolute> {
        let path = path.into();
        if path.is_absolute() { Ok(Self(path.components().collect())) } else { Err(NotAbsolute { path }) }
    }

    /// Takes a path that the standard library has just made absolute.
    pub(crate) fn from_absolute(path: PathBuf) -> Self {
        debug_assert!(path.is_absolute(), "{}", path.display());
        Self(path)
    }

    /// Appends a path; an absolute one replaces this one.
    ///
    /// So `base.join(text)` resolves what a person wrote relative to `base`.
    #[must_use]
    pub fn join(&self, path: impl AsRef<Path>) -> Self {
        Self(self.0.join(path).components().collect())
    }

    /// Returns the directory that holds this path, or nothing for a root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self.0.components().next_back() {
            Some(Component::Normal(_)) => self.0.parent().map(|parent| Self(parent.to_owned())),
            // What `..` stands in is known to the disk only.
            _ => None,
        }
    }

    /// Returns the plain path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Returns the last component, where it is UTF-8.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.0.file_name()?.to_str()
    }

    /// Returns the whole path, where it is UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        self.0.to_str()
    }

    /// Says whether `base` is this path or a directory above it, by names alone.
    #[must_use]
    pub fn starts_with(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }

    /// Returns this path relative to `base`, where it lies below it.
    #[must_use]
    pub fn relative_to(&self, base: &Self) -> Option<&Path> {
        self.0.strip_prefix(&base.0).ok()
    }
}

impl AsRef<Path> for AbsPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<std::ffi::OsStr> for AbsPath {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.0.as_os_str()
    }
}

impl From<AbsPath> for PathBuf {
    fn from(path: AbsPath) -> Self {
        path.0
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl fmt::Debug for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::AbsPath;

    fn abs(text: &str) -> AbsPath {
        AbsPath::new(text).unwrap()
    }

    #[test]
    fn a_relative_path_is_refused_by_name() {
        let error = AbsPath::new("a/b").unwrap_err();
        insta::assert_snapshot!(error, @"found the relative path `a/b`, expected an absolute one");
    }

    #[test]
    fn needless_parts_go_and_dot_dot_stays() {
        assert_eq!(abs("/a/./b//c/").to_string(), "/a/b/c");
        assert_eq!(abs("/a/../b").to_string(), "/a/../b");
        assert_eq!(abs("/a").join("./b/").to_string(), "/a/b");
        assert_eq!(abs("/a").join("/b").to_string(), "/b");
    }

    #[test]
    fn the_parent_of_a_root_and_of_dot_dot_is_unknown() {
        assert_eq!(abs("/a/b").parent(), Some(abs("/a")));
        assert_eq!(abs("/").parent(), None);
        assert_eq!(abs("/a/..").parent(), None);
    }
}
