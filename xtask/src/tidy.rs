//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! | rule | why |
//! |---|---|
//! | an edge between our crates stands in the table of `ARCHITECTURE.md` | a crate is defined by what it does not know |
//! | every source file begins with module docs | the next reader starts there |
//! | no printing outside `kernel-cli` and the programs that are named as exempt | stdout is data |
//! | only the exempt lift the bans of `clippy.toml` | one crate names files, processes, network and clock |
//! | every source file is reached by a `mod` line | a test that is not compiled does not fail |
//! | a file stays under [`LONGEST`] lines | a file aims at 300 |
//!
//! All findings are printed at once.

mod source;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::metadata;

/// The longest source file that is let through, in lines; files aim at 300.
const LONGEST: usize = 500;

/// Programs that print, start processes and open files by their nature.
const EXEMPT: [&str; 8] = [
    "boot-firmware",
    "guest-init",
    "kconf",
    "kernel-build-script",
    "kernel-launcher",
    "microvm",
    "tests",
    "xtask",
];

/// Checks everything; fails with the number of findings after printing each.
pub(crate) fn run(root: &Path) -> Result<()> {
    let packages = metadata::packages(root)?;
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).context("no `ARCHITECTURE.md`")?;
    let mut findings = table::check(&architecture, &packages);
    for package in &packages {
        let mut files = Vec::new();
        for folder in ["src", "tests", "suite", "benches", "examples"] {
            rust_files(&package.folder.join(folder), &mut files)?;
        }
        let mut texts = Vec::new();
        for file in files {
            let text =
                fs::read_to_string(&file).with_context(|| format!("could not read `{}`", file.display()))?;
            texts.push((file, text));
        }
        let is_exempt = EXEMPT.contains(&package.name.as_str());
        for (file, text) in &texts {
            let shown = file.strip_prefix(root).unwrap_or(file).display();
            let inside = file.strip_prefix(&package.folder).unwrap_or(file);
            let is_free = is_exempt || source::is_test_code(inside);
            let may = source::Permissions {
                print: is_free || package.name == "kernel-cli",
                effects: is_free || package.name == "kernel-host",
            };
            findings.extend(
                source::check(text, may).into_iter().map(|(line, what)| format!("{shown}:{line}: {what}")),
            );
        }
        findings.extend(source::orphans(&texts).into_iter().map(|file| {
            format!("{}: no `mod` line reaches this file", file.strip_prefix(root).unwrap_or(&file).display())
        }));
    }
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!(
            "tidy found {} to mend",
            if findings.len() == 1 { "1 place".into() } else { format!("{} places", findings.len()) }
        );
    }
    Ok(())
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect())
        .with_context(|| format!("could not list `{}`", folder.display()))?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
