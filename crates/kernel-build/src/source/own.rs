//! The identity of a tree that the user edits.
//!
//! | part | why |
//! |---|---|
//! | path in the tree and contents of every file | an edit is seen, and one that is taken back is none |
//! | `HEAD` and the refs of its git repository | they are part of a kernelrelease with `CONFIG_LOCALVERSION_AUTO=y` |
//!
//! Left out is what no build for the architecture reads: other architectures, documentation, the tests of `tools/`.
//!
//! What a file holds is remembered beside what is known of it without reading it ([`Contents`]): after the first look a file
//! is read only where it was touched. The absolute path is not part of the identity, nor are times: a switch of branches
//! and back makes nothing dirty.

use std::collections::HashSet;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError, Kind, Stat};
use kernel_spec::Arch;
use rayon::prelude::*;

use super::contents::Contents;

/// Folders that no build reads; the links in the last lead to other folders of the tree.
const UNREAD: [&str; 5] =
    ["Documentation", "LICENSES", "tools/testing", "samples", "scripts/dtc/include-prefixes"];

/// The identity of a tree, as a build for an architecture sees it; `memo` is where its contents are written down.
///
/// # Errors
/// Where a directory of it cannot be read. A file that vanishes meanwhile is passed over.
pub(crate) fn identity(
    tree: &AbsPath,
    arch: Arch,
    memo: &AbsPath,
    cancel: &Cancel,
) -> Result<String, FsError> {
    let mut files = Vec::new();
    add(&mut files, tree, tree, &|name| is_unread(name, arch), cancel)?;
    if let Some(repository) = git_directory(tree) {
        let mut refs = Vec::new();
        for name in ["HEAD", "packed-refs", "refs"] {
            add(&mut refs, &repository, &repository.join(name), &|_| false, cancel)?;
        }
        files.extend(refs.into_iter().map(|(name, path, stat)| (format!("{GIT}{name}"), path, stat)));
    }
    let known = Contents::read(memo);
    let contents = known.look_again(files, cancel);
    // A plan of a kernel that was never built leaves nothing behind.
    if contents != known && memo.parent().is_some_and(|work| fs::is_dir(&work)) {
        contents.write(memo)?;
    }
    let mut text = String::new();
    for (name, digest) in contents.digests() {
        text.push_str(&format!("{name}\0{digest}\n"));
    }
    Ok(format!("contents {}", hex(&sha256(text.as_bytes()))))
}

/// What stands before the files of a git repository, which no object is made of.
const GIT: &str = ".git/";

fn is_unread(name: &str, arch: Arch) -> bool {
    // The two share sources of Xen and of device trees.
    let own: &[&str] = match arch {
        Arch::X86_64 => &["x86"],
        Arch::Riscv64 => &["riscv"],
        Arch::Aarch64 | Arch::Arm => &["arm64", "arm"],
    };
    match name.strip_prefix("arch/") {
        Some(below) => !below.contains('/') && below != "Kconfig" && !own.contains(&below),
        None => name == ".git" || UNREAD.contains(&name),
    }
}

/// Adds the files below `start`, one level of directories after the other, each level on all cores.
fn add(
    files: &mut Vec<(String, AbsPath, Stat)>,
    base: &AbsPath,
    start: &AbsPath,
    unread: &(dyn Fn(&str) -> bool + Sync),
    cancel: &Cancel,
) -> Result<(), FsError> {
    let look = |path: AbsPath| {
        let name = path.relative_to(base).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (stat, kind) = if unread(&name) { None } else { fs::stat_and_kind(&path).ok() }?;
        Some((name, path, stat, kind))
    };
    // The kernel has links to directories, and directories that are reached twice.
    let mut seen = HashSet::new();
    let mut level = vec![start.clone()];
    while !level.is_empty() && !cancel.requested() {
        let found: Vec<_> = level.into_par_iter().filter_map(look).collect();
        let mut folders = Vec::new();
        for (name, path, stat, kind) in found {
            if kind != Kind::Directory {
                files.push((name, path, stat));
            } else if seen.insert((stat.dev, stat.inode)) {
                folders.push(path);
            }
        }
        let listed: Vec<_> = folders.par_iter().map(fs::list_dir).collect::<Result<_, _>>()?;
        level = listed.into_iter().flatten().collect();
    }
    Ok(())
}

/// The git directory of a tree: `.git`, or what the file of that name points to in a linked worktree.
fn git_directory(tree: &AbsPath) -> Option<AbsPath> {
    let git = tree.join(".git");
    if fs::is_dir(&git) {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(tree.join(text.strip_prefix("gitdir:")?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_reads() {
        for (name, unread) in [
            ("", false),
            ("Makefile", false),
            ("arch", false),
            ("arch/Kconfig", false),
            ("arch/x86", false),
            ("arch/x86/boot/main.c", false),
            ("arch/arm", true),
            ("Documentation", true),
            ("tools/objtool", false),
            (".git", true),
        ] {
            assert_eq!(is_unread(name, Arch::X86_64), unread, "{name}");
        }
        assert!(!is_unread("arch/arm", Arch::Aarch64));
    }
}
