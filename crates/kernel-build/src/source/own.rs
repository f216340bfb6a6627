//! The identity of a tree that the user edits.
//!
//! | part | why |
//! |---|---|
//! | path in the tree, length and time of change of every file | make, which does the rest, goes by the same |
//! | `HEAD` and the refs of its git repository | they are part of a kernelrelease with `CONFIG_LOCALVERSION_AUTO=y` |
//!
//! Left out is what no build for the architecture reads: other architectures, documentation, the tests of `tools/`.
//!
//! A digest of 1.5 GB of contents would cost more than the compile that it saves. So a file that was touched makes the
//! kernel dirty and make finds out that nothing changed; the reverse, a change that leaves length and time as they were,
//! is one that make would not see either. The absolute path is not part of it, nor are inodes.

use std::collections::HashSet;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError};
use kernel_spec::Arch;

/// Folders that no build reads; the links in the last lead to other folders of the tree.
const UNREAD: [&str; 5] =
    ["Documentation", "LICENSES", "tools/testing", "samples", "scripts/dtc/include-prefixes"];

/// The identity of a tree's state, as a build for an architecture sees it.
///
/// # Errors
/// Where a directory of it cannot be read. A file that vanishes meanwhile is passed over.
pub(crate) fn identity(tree: &AbsPath, arch: Arch, cancel: &Cancel) -> Result<String, FsError> {
    let mut text = String::new();
    add(&mut text, tree, tree, &|name| is_unread(name, arch), cancel)?;
    if let Some(repository) = git_directory(tree) {
        for name in ["HEAD", "packed-refs", "refs"] {
            add(&mut text, &repository, &repository.join(name), &|_| false, cancel)?;
        }
    }
    Ok(format!("state {}", hex(&sha256(text.as_bytes()))))
}

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

fn add(
    text: &mut String,
    base: &AbsPath,
    start: &AbsPath,
    unread: &dyn Fn(&str) -> bool,
    cancel: &Cancel,
) -> Result<(), FsError> {
    // The kernel has links to directories, and directories that are reached twice.
    let mut seen = HashSet::new();
    let mut waiting = vec![start.clone()];
    while let Some(path) = waiting.pop() {
        let name = path.relative_to(base).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if unread(&name) {
            continue;
        }
        let Ok(stat) = fs::stat(&path) else { continue };
        if !fs::is_dir(&path) {
            text.push_str(&format!("{name}\0{}\0{}\n", stat.len, stat.mtime_ns));
        } else if seen.insert((stat.dev, stat.inode)) && !cancel.requested() {
            waiting.extend(fs::list_dir(&path)?);
        }
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
