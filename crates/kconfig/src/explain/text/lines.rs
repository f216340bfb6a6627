//! Lines of files, and carets below words.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::explain::Place;

/// The files that were looked into.
pub(super) struct Lines<'r> {
    read: &'r dyn Fn(&str) -> Option<String>,
    files: RefCell<HashMap<String, Option<String>>>,
}

impl<'r> Lines<'r> {
    pub(super) fn new(read: &'r dyn Fn(&str) -> Option<String>) -> Self {
        Self { read, files: RefCell::default() }
    }

    /// The lines of the statement that begins at a place: more than one if they are joined by `\`.
    pub(super) fn statement(&self, place: &Place) -> Option<Vec<String>> {
        let mut files = self.files.borrow_mut();
        let text = files.entry(place.path.clone()).or_insert_with(|| (self.read)(&place.path)).as_deref()?;
        let first = (place.line as usize).checked_sub(1)?;
        let mut lines = Vec::new();
        for line in text.lines().skip(first) {
            lines.push(line.replace('\t', "    ").trim_end().to_owned());
            if !line.ends_with('\\') {
                break;
            }
        }
        (!lines.is_empty()).then_some(lines)
    }
}

/// The first line that has one of the words, with its number and carets below each of them; the note stands behind.
pub(super) fn below(number: u32, lines: &[String], words: &[&str], note: &str) -> String {
    let hit = lines.iter().position(|line| words.iter().any(|word| !spans(line, word).is_empty()));
    let (index, line) = hit.and_then(|at| lines.get(at).map(|line| (at, line))).unwrap_or((0, &lines[0]));
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let line = line.get(indent..).unwrap_or_default();
    let number = (number as usize + index).to_string();
    let mut shown = format!("{number} | {line}\n");
    let mut carets = vec![' '; line.chars().count()];
    for (start, end) in words.iter().flat_map(|word| spans(line, word)) {
        carets[start..end].fill('^');
    }
    let carets: String = carets.into_iter().collect();
    let carets = carets.trim_end();
    let gutter = " ".repeat(number.len());
    match (carets.is_empty(), note.is_empty()) {
        (true, true) => {}
        (false, true) => shown.push_str(&format!("{gutter} | {carets}\n")),
        (true, false) => shown.push_str(&format!("{gutter} | {note}\n")),
        (false, false) => shown.push_str(&format!("{gutter} | {carets} {note}\n")),
    }
    shown
}

/// Where a word stands in a line, in characters, not as a part of another word.
fn spans(line: &str, word: &str) -> Vec<(usize, usize)> {
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let found = line.match_indices(word).filter(|(at, _)| {
        !in_word(line[..*at].chars().next_back()) && !in_word(line[at + word.len()..].chars().next())
    });
    let span = |(at, _): (usize, &str)| {
        let start = line[..at].chars().count();
        (start, start + word.chars().count())
    };
    if word.is_empty() { Vec::new() } else { found.map(span).collect() }
}
