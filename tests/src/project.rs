//! A workspace in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::run::{Run, tool, workspace_root};

/// A manifest whose kernel is built from the toy tree.
pub const TOY_MANIFEST: &str = r#"schema = 1

[source.toy]
version = "6.12"
path = "toy"

[kernel.guest]
source = "toy"
arch = "x86_64"
base = "tinyconfig"
fragments = ["kernel/*.config"]
local-version = "-guest"
mod-dir-version = "{version}-guest"
images = ["vmlinux"]

[kernel.guest.config]
CONSOLE = "ttyS0"
"#;

/// A Cargo workspace with a `Kernel.toml`, the toy tree in `toy/`, and a user cache of its own.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty workspace: a `Cargo.toml` that names no member, and nothing else.
    pub fn empty() -> Self {
        let project = Self { folder: tempfile::Builder::new().prefix("kernel-test-").tempdir().unwrap() };
        project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = []\n");
        project
    }

    /// A workspace with the toy tree, one fragment and [`TOY_MANIFEST`].
    pub fn toy() -> Self {
        let project = Self::empty();
        copy_tree(&workspace_root().join("tests/toy"), &project.path("toy"));
        project.write("kernel/net.config", "CONFIG_NET=y\n");
        project.write("Kernel.toml", TOY_MANIFEST);
        project
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces a part of a file that must be there.
    #[track_caller]
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// `cargo-kernel kernel …` in this workspace, ready to start.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_in("", args)
    }

    /// The same in a folder of it.
    pub fn command_in(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = tool(&self.path(folder), args);
        command.env("KERNEL_CACHE_DIR", self.path("cache"));
        command
    }

    /// Runs `cargo-kernel kernel …` in this workspace.
    pub fn kernel(&self, args: &[&str]) -> Run {
        Run::new(&self.command(args).output().unwrap())
    }

    /// What a run said to people, with what differs between machines and runs replaced.
    pub fn said(&self, run: &Run) -> String {
        let root = fs::canonicalize(self.root()).unwrap();
        run.stderr
            .replace(&*root.to_string_lossy(), "[ROOT]")
            .replace(&*self.root().to_string_lossy(), "[ROOT]")
    }

    /// Every file below a folder with its contents: for "nothing was written there".
    pub fn snapshot(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
