//! In what two runs differ.

use std::collections::BTreeSet;
use std::path::Path;

use super::server::Outcome;
use super::step::Left;

/// What differs, by name: `exit`, `stdout`, `stderr`, a file, `touched`.
///
/// Where `conf` asks for ever, ours has to end with what `conf` said first.
pub(super) fn differences(theirs: &Left, ours: &Left) -> Vec<String> {
    let mut found = Vec::new();
    let endless = theirs.outcome.is_endless();
    let fails = ours.outcome == Outcome::Status(1);
    if if endless { !fails } else { theirs.outcome != ours.outcome } {
        found.push(format!("exit {:?} {:?}", theirs.outcome, ours.outcome));
    }
    let same = |theirs: &[u8], ours: &[u8]| if endless { theirs.starts_with(ours) } else { theirs == ours };
    if !same(&theirs.stdout, &ours.stdout) {
        found.push("stdout".to_owned());
    }
    let said = if endless { before_the_end(&ours.stderr) } else { Some(&ours.stderr[..]) };
    if !said.is_some_and(|said| same(&theirs.stderr, said)) {
        found.push("stderr".to_owned());
    }
    let names: BTreeSet<&String> = theirs.files.keys().chain(ours.files.keys()).collect();
    let (mut touched, mut markers) = (0, 0);
    for name in names {
        let (a, b) = (theirs.files.get(name), ours.files.get(name));
        if a == b {
            continue;
        }
        if let (Some((a, _)), Some((b, _))) = (a, b)
            && a == b
        {
            touched += 1;
        } else if a.or(b).is_some_and(|(text, _)| text.is_empty()) {
            markers += 1;
        } else {
            found.push(name.clone());
        }
    }
    if touched > 0 {
        found.push(format!("written or left alone: {touched} files"));
    }
    if markers > 0 {
        found.push(format!("touched: {markers} files"));
    }
    found
}

/// What stands before the words with which ours ends where answers do.
fn before_the_end(stderr: &[u8]) -> Option<&[u8]> {
    const WORDS: &[u8] = b"\nerror: no value for new symbol '";
    let at = stderr.windows(WORDS.len()).rposition(|text| text == WORDS)?;
    stderr.ends_with(b"' at end of input\n").then(|| &stderr[..at])
}

/// The first line in which two texts differ: its number and both sides.
pub(super) fn first_line(theirs: &[u8], ours: &[u8]) -> Option<(usize, String, String)> {
    let text = |line: Option<&[u8]>| {
        line.map_or_else(|| "(end)".to_owned(), |line| String::from_utf8_lossy(line).into_owned())
    };
    let (mut a, mut b) = (theirs.split(|byte| *byte == b'\n'), ours.split(|byte| *byte == b'\n'));
    for number in 1.. {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (left, right) if left != right => return Some((number, text(left), text(right))),
            _ => {}
        }
    }
    None
}

/// A short word on the first thing that differs in text.
pub(super) fn example(theirs: &Left, ours: &Left) -> String {
    let texts =
        [(&theirs.stderr, &ours.stderr), (&theirs.stdout, &ours.stdout)].map(|(a, b)| (&a[..], &b[..]));
    let files = theirs.files.iter().filter_map(|(name, (text, _))| {
        // The newest state is what matters; the one before it is kept as `.old`.
        let other = ours.files.get(name).filter(|_| !name.ends_with(".old"))?;
        Some((&text[..], &other.0[..]))
    });
    let first = files.chain(texts).find_map(|(a, b)| first_line(a, b));
    first.map_or_else(String::new, |(line, a, b)| format!("line {line}: `{a}` against `{b}`"))
}

/// Writes what both sides left.
pub(super) fn keep(folder: &Path, theirs: &Left, ours: &Left) -> std::io::Result<()> {
    for (name, left) in [("theirs", theirs), ("ours", ours)] {
        let side = folder.join(name);
        std::fs::create_dir_all(&side)?;
        std::fs::write(side.join("stdout"), &left.stdout)?;
        std::fs::write(side.join("stderr"), &left.stderr)?;
        for (file, (text, written)) in &left.files {
            if *written && !text.is_empty() {
                let path = side.join("work").join(file);
                std::fs::create_dir_all(path.parent().unwrap_or(&side))?;
                std::fs::write(path, text)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(stderr: &str, files: &[(&str, &str, bool)]) -> Left {
        let files = files
            .iter()
            .map(|(name, text, written)| ((*name).to_owned(), (text.as_bytes().to_vec(), *written)));
        Left {
            outcome: Outcome::Status(0),
            stdout: Vec::new(),
            stderr: stderr.into(),
            files: files.collect(),
        }
    }

    #[test]
    fn everything_that_differs_is_named() {
        let theirs = left("", &[(".config", "a", true), ("include/config/A", "", true), ("same", "x", true)]);
        assert_eq!(differences(&theirs, &theirs), Vec::<String>::new());
        let ours = left("w", &[(".config", "b", true), ("same", "x", false)]);
        assert_eq!(
            differences(&theirs, &ours),
            ["stderr", ".config", "written or left alone: 1 files", "touched: 1 files"]
        );
        assert_eq!(example(&theirs, &ours), "line 1: `a` against `b`");
        let endless = Left {
            outcome: Outcome::Status(128 + rustix::process::Signal::XFSZ.as_raw()),
            ..left("asked\nasked\nas", &[])
        };
        let ended = |stderr: &str| Left { outcome: Outcome::Status(1), ..left(stderr, &[]) };
        let last = "\nerror: no value for new symbol 'A' at end of input\n";
        assert_eq!(differences(&endless, &ended(&format!("asked\n{last}"))), Vec::<String>::new());
        assert_eq!(differences(&endless, &ended("asked\n")), ["stderr"]);
        assert_eq!(differences(&endless, &ended(&format!("other\n{last}"))), ["stderr"]);
        assert_eq!(differences(&endless, &left("asked\n", &[])), ["exit Status(153) Status(0)", "stderr"]);
        let lost = Left { outcome: Outcome::Lost, ..theirs.clone() };
        assert_eq!(differences(&theirs, &lost), ["exit Status(0) Lost"]);
    }
}
