//! Apply after diff is the identity; `git apply` and `patch` agree.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the judges are programs, and work on files"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::Memory;
use crate::{Entry, PatchFile, Stack};

fn run(folder: &Path, program: &str, args: &[&str]) -> std::process::Output {
    let mut command = Command::new(program);
    command.current_dir(folder).args(args).stdin(Stdio::null()).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("HOME", folder).env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap());
    command.output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn write(folder: &Path, tree: &Memory) {
    for (path, entry) in &tree.0 {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        if let Entry::File { bytes, executable } = entry {
            fs::write(&file, bytes).unwrap();
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&file, fs::Permissions::from_mode(if *executable { 0o755 } else { 0o644 }))
                .unwrap();
        }
    }
}

fn read(folder: &Path) -> Memory {
    let (mut tree, mut waiting) = (Memory::default(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if name == ".git" || name.ends_with(".orig") || name.ends_with(".rej") {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            use std::os::unix::fs::PermissionsExt as _;
            let executable = fs::metadata(&path).unwrap().permissions().mode() & 0o100 != 0;
            tree.0.insert(name, Entry::File { bytes: fs::read(&path).unwrap(), executable });
        }
    }
    tree
}

/// A text of few different lines, so that hunks have several places to go; or bytes that git takes for binary.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    let line =
        prop_oneof!["[abc]?", "[a-z]{1,8}", Just("--- a/x".to_owned()), Just("@@ -1 +1 @@".to_owned())];
    let text = (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, is_open)| {
        let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        if is_open {
            text.pop();
        }
        text.into_bytes()
    });
    prop_oneof![8 => text, 1 => prop::collection::vec(any::<u8>(), 1..400)]
}

fn tree() -> impl Strategy<Value = Memory> {
    let name = prop::sample::select(vec!["a.c", "b b.c", "d/c.h", "d/e/f", "ü"]);
    let file = (contents(), any::<bool>()).prop_map(|(bytes, executable)| Entry::File { bytes, executable });
    prop::collection::btree_map(name.prop_map(str::to_owned), file, 0..5).prop_map(Memory)
}

/// A tree that was edited here and there.
fn edited() -> impl Strategy<Value = (Memory, Memory)> {
    (tree(), tree(), any::<u64>()).prop_map(|(old, other, seed)| {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut new = Memory::default();
        for (path, entry) in &old.0 {
            match (random.u8(0..6), entry) {
                (0, _) => {}
                (1, Entry::File { bytes, .. }) => {
                    new.0.insert(
                        format!("moved/{path}"),
                        Entry::File { bytes: bytes.clone(), executable: false },
                    );
                }
                (2, Entry::File { bytes, executable }) => {
                    new.0.insert(path.clone(), Entry::File { bytes: bytes.clone(), executable: !executable });
                }
                (_, Entry::File { bytes, executable }) => {
                    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                    for _ in 0..random.usize(0..4) {
                        let at = random.usize(0..=lines.len());
                        if random.bool() || at == lines.len() {
                            lines.insert(at, b"new\n");
                        } else {
                            lines.remove(at);
                        }
                    }
                    new.0
                        .insert(path.clone(), Entry::File { bytes: lines.concat(), executable: *executable });
                }
                _ => {}
            }
        }
        for (path, entry) in other.0 {
            if random.u8(0..3) == 0 {
                new.0.entry(path).or_insert(entry);
            }
        }
        (old, new)
    })
}

/// What `git diff` says between two trees.
fn git_diff(folder: &Path, old: &Memory, new: &Memory, args: &[&str]) -> Vec<u8> {
    let folder = folder.join("repository");
    let git = |args: &[&str]| {
        let output = run(&folder, "git", args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let mut names = Vec::new();
    for tree in [old, new] {
        let _ = fs::remove_dir_all(&folder);
        write(&folder, tree);
        fs::create_dir_all(&folder).unwrap();
        let objects = folder.with_extension("git");
        git(&["init", "-q", "--separate-git-dir", objects.to_str().unwrap()]);
        git(&["-c", "core.autocrlf=false", "add", "-A"]);
        names.push(String::from_utf8(git(&["write-tree"])).unwrap().trim().to_owned());
    }
    git(&[&["diff", "--binary", "--full-index"], args, &[&names[0], &names[1]]].concat())
}

fn after(tree: &Memory, text: &[u8]) -> Memory {
    let patch =
        PatchFile::parse(text).unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(text)));
    let mut stack = Stack::new(tree);
    if let Err(refused) = stack.apply(&patch) {
        panic!("{:#?}\n{}", refused.lines(), String::from_utf8_lossy(text));
    }
    tree.after(&stack)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Of what `git diff` writes.
    #[test]
    fn apply_after_git_diff((old, new) in edited(), rename: bool) {
        let folder = tempfile::tempdir().unwrap();
        let args: &[&str] = if rename { &["-M", "-C"] } else { &["--no-renames"] };
        let text = git_diff(folder.path(), &old, &new, args);
        if !text.is_empty() {
            prop_assert_eq!(after(&old, &text), new);
        }
    }

    /// Of what `diff -urN` writes: it knows texts and no modes.
    #[test]
    fn apply_after_diff((old, new) in edited()) {
        let is_text = |tree: &Memory| tree.0.values().all(|entry| matches!(entry, Entry::File { bytes, .. } if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()));
        prop_assume!(is_text(&old) && is_text(&new));
        let plain = |tree: &Memory| -> Memory {
            let entries = tree.0.iter().filter_map(|(path, entry)| match entry {
                // That an empty file came or went, it does not say.
                Entry::File { bytes, .. } if !bytes.is_empty() => Some((path.clone(), Entry::File { bytes: bytes.clone(), executable: false })),
                _ => None,
            });
            Memory(entries.collect())
        };
        let (old, new) = (plain(&old), plain(&new));
        let folder = tempfile::tempdir().unwrap();
        for (name, tree) in [("a", &old), ("b", &new)] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
            write(&folder.path().join(name), tree);
        }
        let text = run(folder.path(), "diff", &["-urN", "a", "b"]).stdout;
        if !text.is_empty() {
            prop_assert_eq!(after(&old, &text), new);
        }
    }

    /// A patch on a tree that was edited elsewhere: what applies here, applies by the judges to the same bytes.
    #[test]
    fn what_applies_applies_by_the_judges(base in contents(), change in 0_usize..40, above in 0_usize..6) {
        prop_assume!(!base.contains(&0) && std::str::from_utf8(&base).is_ok());
        let mut lines: Vec<&[u8]> = base.split_inclusive(|byte| *byte == b'\n').collect();
        let at = change.min(lines.len());
        lines.insert(at, b"changed\n");
        if at > 0 && !lines[at - 1].ends_with(b"\n") {
            return Ok(());
        }
        let folder = tempfile::tempdir().unwrap();
        let file = |bytes: Vec<u8>| Memory::default().with("x", Entry::File { bytes, executable: false });
        let text = git_diff(folder.path(), &file(base.clone()), &file(lines.concat()), &[]);
        // `git apply` finds no binary patch's place; neither is one asked for here.
        prop_assume!(!text.is_empty() && !text.windows(10).any(|w| w == b"GIT binary"));
        let moved = file([b"above\n".repeat(above), base].concat());
        let patch = PatchFile::parse(&text).unwrap();
        let mut stack = Stack::new(&moved);
        let ours = stack.apply(&patch).map_err(|refused| refused.lines()).map(|_| moved.after(&stack));
        fs::write(folder.path().join("the.patch"), &text).unwrap();
        let judge = |judge: &str, args: &[&str]| {
            let place = folder.path().join(judge);
            write(&place, &moved);
            let output = run(&place, judge, args);
            let said = [output.stdout, output.stderr].concat();
            (output.status.success().then(|| read(&place)), String::from_utf8_lossy(&said).into_owned())
        };
        // Only by the header of line 1 it knows that a hunk belongs at the start; here the context decides.
        let (by_git, _) = judge("git", &["apply", "--unsafe-paths", "../the.patch"]);
        let (by_patch, said) = judge("patch", &["-p1", "-F0", "--no-backup-if-mismatch", "-i", "../the.patch"]);
        let shown = format!("{said}\n{}", String::from_utf8_lossy(&text));
        match &ours {
            Ok(ours) => {
                prop_assert_eq!(by_patch.as_ref(), Some(ours), "{}", shown);
                prop_assert!(by_git.is_none_or(|by_git| by_git == *ours), "{}", shown);
            }
            Err(lines) => {
                let is_even = lines.concat().contains("it fits as well");
                prop_assert!(above > 0 && (is_even || by_git.is_none()), "{:?}: {}", lines, shown);
            }
        }
    }

    /// No text makes the parser panic, and what is parsed can be asked for.
    #[test]
    fn arbitrary_text(text in "(--- a/x\n|\\+\\+\\+ b/x\n|@@ -[0-9]{1,20}(,[0-9]{1,3})? \\+1 @@\n|[ +-]a\n|\\\\ No newline at end of file\n|diff --git a/x b/x\n|GIT binary patch\n|literal 4\n|new file mode 100644\n|rename from x\n|rename to y\n|.*\n){0,20}") {
        if let Ok(patch) = PatchFile::parse(text.as_bytes()) {
            let tree = Memory::of(&[("x", "a\na\na\na\n")]);
            let _ = Stack::new(&tree).apply(&patch);
        }
    }
}
