//! What a source file must have and must not have.

use std::path::{Path, PathBuf};

use super::LONGEST;

/// What a crate may do that others may not.
#[derive(Clone, Copy)]
pub(super) struct Permissions {
    /// Print.
    pub(super) print: bool,
    /// Lift the bans on files, processes, network and clock.
    pub(super) effects: bool,
}

/// Findings in one file: line (from 1) and words.
pub(super) fn check(text: &str, may: Permissions) -> Vec<(usize, String)> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push((1, "a file begins with module docs (`//!`)".to_owned()));
    }
    let length = text.lines().count();
    if length > LONGEST {
        findings.push((length, format!("{length} lines; a file aims at 300 and ends before {LONGEST}")));
    }
    // Test code prints to the test's own output and may do as it likes; by convention it stands last.
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    for (index, line) in product.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let prints = ["println!", "print!", "dbg!"].iter().any(|word| code.contains(word));
        if prints && !may.print {
            findings.push((index + 1, "only `kernel-cli` prints".to_owned()));
        }
        if code.contains("clippy::disallowed_") && !may.effects {
            findings
                .push((index + 1, "only `kernel-host` names files, processes, network and clock".to_owned()));
        }
    }
    findings
}

/// Whether a file is all test code: `tests.rs`, and what is below a folder `tests`.
pub(super) fn is_test_code(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

/// Files that no `mod` line of a neighbour names: they are not compiled.
pub(super) fn orphans(files: &[(PathBuf, String)]) -> Vec<PathBuf> {
    files.iter().map(|(path, _)| path).filter(|path| !is_reached(path, files)).cloned().collect()
}

fn is_reached(path: &Path, files: &[(PathBuf, String)]) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
    // Crate roots; cargo finds files directly in tests/, benches/, examples/ and src/bin/ by itself.
    let is_root = matches!(stem.as_ref(), "lib" | "main")
        || (matches!(folder_name.as_ref(), "tests" | "benches" | "examples" | "bin") && stem != "mod");
    if is_root {
        return true;
    }
    // `a/b.rs` is named by `a.rs`, or by `a/{mod,lib,main}.rs`; `a/mod.rs` by the same one level up.
    let (name, home) =
        if stem == "mod" { (folder_name, folder.parent().unwrap_or(folder)) } else { (stem, folder) };
    files.iter().any(|(other, text)| {
        let names_it = other.parent() == Some(home) || other.with_extension("") == home;
        names_it
            && text.lines().any(|line| {
                line.trim_start()
                    .trim_start_matches("pub ")
                    .trim_start_matches("pub(crate) ")
                    .strip_prefix("mod ")
                    .is_some_and(|rest| rest.trim_end().trim_end_matches(['{', ';', ' ']) == name)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Permissions = Permissions { print: false, effects: false };

    #[test]
    fn each_rule_has_its_finding() {
        let findings =
            |text: &str| check(text, NOTHING).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(findings("//! Docs.\nfn f() {}\n"), Vec::<usize>::new());
        assert_eq!(findings("fn f() {}\n"), [1]);
        assert_eq!(findings("//! Docs.\nfn f() { eprintln!(\"\") }\n"), [2]);
        assert_eq!(findings("//! Docs.\n// println! in a comment\n"), Vec::<usize>::new());
        assert_eq!(findings("//! Docs.\n#![allow(clippy::disallowed_types)]\n"), [2]);
        assert_eq!(findings("//! Docs.\n#[cfg(test)]\nmod tests { println!() }\n"), Vec::<usize>::new());
        assert_eq!(findings(&format!("//! Docs.\n{}", "//\n".repeat(LONGEST))), [LONGEST + 1]);
        let all = Permissions { print: true, effects: true };
        assert!(
            check("//! Docs.\nfn f() { println!(\"\") }\n#![allow(clippy::disallowed_types)]\n", all)
                .is_empty()
        );
    }

    #[test]
    fn a_file_that_is_not_compiled_is_found() {
        let files = [
            ("src/lib.rs", "mod a;\npub mod c;"),
            ("src/a.rs", "pub(crate) mod b;"),
            ("src/a/b.rs", ""),
            ("src/a/lost.rs", ""),
            ("src/c/mod.rs", "mod d;"),
            ("src/c/d.rs", ""),
            ("tests/whole.rs", ""),
        ]
        .map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        assert_eq!(orphans(&files), [PathBuf::from("src/a/lost.rs")]);
    }
}
