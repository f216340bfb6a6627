//! A patch's text in sections, one for each file, and the line of every hunk.
//!
//! ```text
//! From 0123… / Subject: …            passed over, as is all that stands between sections
//! diff --git a/x.c b/x.c      ┐
//! index …                     │ extended headers
//! --- a/x.c                   │ one section
//! +++ b/x.c                   │
//! @@ -1,3 +1,4 @@             │ as many lines as the header says: what is in a hunk is never taken for a header
//! …                           ┘
//! --
//! 2.39.5
//! ```
//!
//! Nothing is lost in silence: a hunk that belongs to no file, and a hunk with more or fewer lines than its header says are
//! errors.

/// What is wrong with a patch's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

impl ParseError {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into(), hint: None }
    }

    fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// One file's part of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section<'t> {
    pub(crate) text: &'t [u8],
    /// The line at which it begins, counted from 1.
    pub(crate) line: usize,
    /// Whether it has git's header.
    pub(crate) is_git: bool,
    /// The line of each hunk's header, counted from 1.
    pub(crate) hunks: Vec<usize>,
    /// Which commit of a mailbox it belongs to, counted from 1.
    pub(crate) commit: usize,
}

/// What may stand between `diff --git` and the names (git's `diff-generate-patch` documentation).
const EXTENDED: [&str; 11] = [
    "old mode ",
    "new mode ",
    "deleted file mode ",
    "new file mode ",
    "copy from ",
    "copy to ",
    "rename from ",
    "rename to ",
    "similarity index ",
    "dissimilarity index ",
    "index ",
];

/// Takes a patch's text apart.
pub(crate) fn sections(text: &[u8]) -> Result<Vec<Section<'_>>, ParseError> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let mut scan = Scan { lines: &lines, at: 0, hunks: Vec::new() };
    let (mut offset, mut commit) = (0, 1);
    let mut sections = Vec::new();
    while scan.at < lines.len() {
        let start = scan.at;
        let is_git = scan.starts("diff --git ");
        if !is_git && !scan.is_plain() {
            scan.between()?;
            commit += usize::from(scan.starts("From "));
            offset += lines[scan.at].len();
            scan.at += 1;
            continue;
        }
        if is_git {
            scan.git()?;
        } else {
            scan.at += 2;
            scan.hunks()?;
        }
        let length: usize = lines[start..scan.at].iter().map(|line| line.len()).sum();
        let hunks = std::mem::take(&mut scan.hunks);
        let text = &text[offset..offset + length];
        sections.push(Section { text, line: start + 1, is_git, hunks, commit });
        offset += length;
    }
    if sections.is_empty() {
        let what = if text.is_empty() { "the file is empty" } else { "there is no diff in the file" };
        return Err(ParseError::new(1, what));
    }
    Ok(sections)
}

struct Scan<'l, 't> {
    lines: &'l [&'t [u8]],
    at: usize,
    hunks: Vec<usize>,
}

impl Scan<'_, '_> {
    fn line(&self, ahead: usize) -> &[u8] {
        self.lines.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn starts(&self, prefix: &str) -> bool {
        self.line(0).starts_with(prefix.as_bytes())
    }

    fn error(&self, what: impl Into<String>) -> ParseError {
        ParseError::new(self.at + 1, what)
    }

    /// Whether a section without git's header begins here.
    fn is_plain(&self) -> bool {
        self.starts("--- ") && self.line(1).starts_with(b"+++ ") && self.line(2).starts_with(b"@@ -")
    }

    /// Looks at a line that belongs to no file.
    fn between(&self) -> Result<(), ParseError> {
        if self.starts("@@ -") && ranges(self.line(0)).is_some() {
            return Err(self.error("a hunk that belongs to no file"));
        }
        if self.starts("GIT binary patch") {
            return Err(self.error("a binary patch that belongs to no file"));
        }
        Ok(())
    }

    fn git(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        self.at += 1;
        while EXTENDED.iter().any(|header| self.starts(header)) {
            self.at += 1;
        }
        if self.starts("GIT binary patch") {
            self.binary();
        } else if self.starts("Binary files ") {
            let error = self.error("a binary file without its contents");
            return Err(error.with_hint("make the patch with `git diff --binary` or `git format-patch`"));
        } else if self.starts("--- ") && self.line(1).starts_with(b"+++ ") {
            self.at += 2;
            self.hunks()?;
        } else if self.at == start + 1 {
            return Err(ParseError::new(start + 1, "`diff --git` with nothing behind it"));
        }
        Ok(())
    }

    /// Two blocks, each up to an empty line.
    fn binary(&mut self) {
        self.at += 1;
        for _ in 0..2 {
            if !self.starts("literal ") && !self.starts("delta ") {
                break;
            }
            while self.at < self.lines.len() && !matches!(self.line(0), b"\n" | b"\r\n") {
                self.at += 1;
            }
            self.at = (self.at + 1).min(self.lines.len());
        }
    }

    fn hunks(&mut self) -> Result<(), ParseError> {
        while self.starts("@@ -") {
            let header = self.at + 1;
            let Some((mut old, mut new)) = ranges(self.line(0)) else {
                return Err(self.error("a hunk's header that is none: expected `@@ -1,3 +1,4 @@`"));
            };
            self.hunks.push(header);
            self.at += 1;
            while old > 0 || new > 0 || self.starts("\\") {
                let (takes_old, takes_new) = match self.line(0).first() {
                    Some(b' ' | b'\n') => (1, 1),
                    Some(b'-') => (1, 0),
                    Some(b'+') => (0, 1),
                    Some(b'\\') => (0, 0),
                    _ => (usize::MAX, usize::MAX),
                };
                let (Some(left_old), Some(left_new)) =
                    (old.checked_sub(takes_old), new.checked_sub(takes_new))
                else {
                    let what = format!("the hunk of line {header} has other lines than its header says");
                    return Err(self.error(what));
                };
                (old, new) = (left_old, left_new);
                self.at += 1;
            }
        }
        let is_more = match self.line(0).first() {
            Some(b'+') => !self.starts("+++ "),
            // A signature, or the next file.
            Some(b'-') => {
                !self.starts("-- \n")
                    && !self.starts("--\n")
                    && !self.starts("-- \r\n")
                    && !self.starts("--- ")
            }
            Some(b' ') => true,
            _ => false,
        };
        match self.hunks.last() {
            Some(header) if is_more => {
                let what = format!("the hunk of line {header} has more lines than its header says");
                Err(self.error(what))
            }
            Some(_) => Ok(()),
            None => Err(self.error("names without a hunk")),
        }
    }
}

/// How many lines a hunk's header says it has, of the old file and of the new one.
fn ranges(line: &[u8]) -> Option<(usize, usize)> {
    let text = String::from_utf8_lossy(line);
    let (ranges, _) = text.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let length = |range: &str| match range.split_once(',') {
        Some((start, length)) => start.parse::<usize>().ok().and(length.parse().ok()),
        None => range.parse::<usize>().ok().and(Some(1)),
    };
    Some((length(old)?, length(new)?))
}
