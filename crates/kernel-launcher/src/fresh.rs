//! Whether a program is newer than everything that it was made from, without asking cargo.
//!
//! Cargo writes beside a program a list of every source that went into it (`cargo-kernel.d`), and a stamp of ours has the
//! time at which the last build began. Where a source is newer than the stamp, or is gone, cargo decides.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether a program is newer than everything that it was made from.
pub(crate) fn is_fresh(binary: &Path, stamp: &Path, root: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let (Some(built), true) = (modified(stamp), binary.is_file()) else { return false };
    let Ok(sources) = fs::read_to_string(binary.with_extension("d")) else { return false };
    let Ok(manifests) = manifests(root) else { return false };
    dep_info_sources(&sources)
        .into_iter()
        .chain(manifests)
        .all(|source| modified(&source).is_some_and(|time| time < built))
}

/// The manifests that decide what is compiled: they are not in the dep-info file.
fn manifests(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found =
        vec![root.join("Cargo.toml"), root.join("Cargo.lock"), root.join("kernel-spec/Cargo.toml")];
    for entry in fs::read_dir(root.join("crates"))? {
        found.push(entry?.path().join("Cargo.toml"));
    }
    found.retain(|path| path.is_file());
    Ok(found)
}

/// The right-hand side of a dep-info file: `TARGET: SOURCE SOURCE…`, spaces in names escaped with a backslash.
fn dep_info_sources(text: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    sources
        .replace("\\ ", "\0")
        .split_ascii_whitespace()
        .map(|word| PathBuf::from(word.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot write a file has failed")]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn dep_info_names_every_source() {
        let text = "/t/tool/cargo-kernel: /w/a.rs /w/with\\ space/b.rs\n\n/w/a.rs:\n";
        assert_eq!(dep_info_sources(text), [PathBuf::from("/w/a.rs"), PathBuf::from("/w/with space/b.rs")]);
        assert_eq!(dep_info_sources(""), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_newer_or_missing_source_is_not_fresh() {
        let root = std::env::temp_dir().join(format!("kernel-launcher-fresh-{}", std::process::id()));
        fs::create_dir_all(root.join("crates")).unwrap();
        let file = |name: &str, seconds: u64| {
            let path = root.join(name);
            let file = File::create(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
            path
        };
        file("Cargo.toml", 5);
        let (binary, stamp, source) = (file("cargo-kernel", 20), file("stamp", 10), file("a.rs", 5));
        fs::write(root.join("cargo-kernel.d"), format!("x: {}\n", source.display())).unwrap();
        assert!(is_fresh(&binary, &stamp, &root));
        file("a.rs", 11);
        assert!(!is_fresh(&binary, &stamp, &root), "a source that changed while the last build ran");
        fs::remove_file(&source).unwrap();
        assert!(!is_fresh(&binary, &stamp, &root), "a source that is gone");
        file("a.rs", 5);
        file("Cargo.toml", 12);
        assert!(!is_fresh(&binary, &stamp, &root), "a manifest that changed");
        fs::remove_dir_all(&root).unwrap();
    }
}
