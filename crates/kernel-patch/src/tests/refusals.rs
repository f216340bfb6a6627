//! What does not apply, and the words for it.

use super::{Memory, applied, refused};
use crate::{Entry, PatchFile};

const PATCH: &str = "\
--- a/net/socket.c
+++ b/net/socket.c
@@ -1,3 +1,4 @@
 one
+one and a half
 two
 three
@@ -7,3 +8,3 @@
 seven
-eight
+acht
 nine
--- a/b.c
+++ b/b.c
@@ -1,3 +1,3 @@
 b
-c
+d
 end
";

fn socket(text: &str) -> Memory {
    Memory::of(&[("net/socket.c", text), ("b.c", "b\nc\nend\n")])
}

const BASE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n";

#[test]
fn what_was_found_and_what_is_expected() {
    let tree = socket(&BASE.replace("eight", "EIGHT"));
    insta::assert_snapshot!(refused(&tree, &[PATCH]), @"
    `net/socket.c`, hunk 2 of 2 at line 8 of the patch: it does not fit at line 7
      line 8: found    `EIGHT`
              expected `eight`
    ");
}

#[test]
fn applied_already() {
    let patch = PATCH;
    let tree = socket(BASE);
    applied(&tree, &[patch]);
    insta::assert_snapshot!(refused(&tree, &[patch, patch]), @"
    all of it is in the tree
    hint: drop it, or bound it by `when = { version = … }`; a patch that was made in the wrong direction is turned by `git diff -R`
    ");
    // One of its files, and one of its hunks.
    let half = Memory::of(&[
        ("net/socket.c", &BASE.replace("one\n", "one\none and a half\n")),
        ("b.c", "b\nd\nend\n"),
    ]);
    insta::assert_snapshot!(refused(&half, &[patch]), @"
    `net/socket.c`, hunk 1 of 2 at line 3 of the patch: it is applied already at line 1
    `b.c`, line 13 of the patch: it is applied already
    ");
}

#[test]
fn two_places_equally_near() {
    let text = "--- a/x\n+++ b/x\n@@ -4,4 +4,5 @@\n a\n b\n+n\n c\n d\n";
    let tree = Memory::of(&[("x", "0\na\nb\nc\nd\n5\na\nb\nc\nd\n")]);
    // Line 4 is as far from 2 as from 6.
    let even = Memory::of(&[("x", "0\na\nb\nc\nd\na\nb\nc\nd\n")]);
    assert!(applied(&tree, &[text]).starts_with("x: hunk 1 at 2 (-2)"));
    insta::assert_snapshot!(refused(&even, &[text]), @"`x`, hunk 1 of 1 at line 3 of the patch: it fits as well at line 2 as at line 6, and not at line 4");
}

#[test]
fn files_that_are_there_or_are_not() {
    let new = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n";
    let old = "--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n";
    let whole = "--- drivers/y.c\n+++ drivers/y.c\n@@ -1 +1 @@\n-y\n+z\n";
    let tree = Memory::of(&[("x", "other\n"), ("y", "y\nmore\n"), ("drivers/y.c", "y\n")]);
    insta::assert_snapshot!(refused(&tree, &[&format!("{new}{old}")]), @"
    `x`, line 1 of the patch: the file that it makes is there, with other contents
    `y`, line 5 of the patch: the file that it deletes has more in it
    ");
    insta::assert_snapshot!(refused(&tree, &[whole]), @"
    `y.c`, line 1 of the patch: there is no such file
    hint: the tree has `drivers/y.c`: make the patch with `a/` and `b/` before its names
    ");
    insta::assert_snapshot!(refused(&Memory::default(), &["diff --git a/a b/b\nrename from a\nrename to b\n"]), @"`b`, line 1 of the patch: there is no such file");
}

#[test]
fn no_context_and_other_ends_of_lines() {
    let bare = "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-two\n+2\n";
    insta::assert_snapshot!(refused(&Memory::of(&[("x", "one\ntwo\nthree\n")]), &[bare]), @"
    `x`, hunk 1 of 1 at line 3 of the patch: it has too little context around its change at line 2
    hint: make the patch with context: `-U3`, as is usual
    ");
    let crlf = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n one\r\n-two\r\n+2\r\n three\r\n";
    insta::assert_snapshot!(refused(&Memory::of(&[("x", "one\ntwo\nthree\n")]), &[crlf]), @r"
    `x`, hunk 1 of 1 at line 3 of the patch: it does not fit at line 1
      line 1: found    `one`
              expected `one\r`
    hint: the patch and the file end their lines in different ways: one of them was converted
    ");
}

#[test]
fn hostile_names() {
    let tree = Memory::of(&[("x", "x\n")]).with("away", Entry::Link(b"../..".to_vec()));
    let mut said = String::new();
    for name in ["b/../../etc/passwd", "b//etc/passwd", "b/away/file", "b/.git/config", "b/x/y", "b/a/./b"] {
        let text = format!("--- /dev/null\n+++ {name}\n@@ -0,0 +1 @@\n+x\n");
        said += &refused(&tree, &[&text]);
    }
    let link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+../out\n\\ No newline at end of file\n";
    said += &refused(&tree, &[link]);
    let through = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+sub\n\\ No newline at end of file\n\
                   diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n";
    said += &refused(&tree, &[through]);
    said += &refused(&tree, &["diff --git a/x b/y\nrename from ../x\nrename to y\n"]);
    insta::assert_snapshot!(said, @"
    `../../etc/passwd`, line 1 of the patch: the name is refused: it has a `..`
    `/etc/passwd`, line 1 of the patch: the name is refused: it is absolute
    `away/file`, line 1 of the patch: the name is refused: `away` is a symbolic link
    `.git/config`, line 1 of the patch: the name is refused: it leads into `.git`
    `x/y`, line 1 of the patch: the name is refused: `x` is no folder
    `a/./b`, line 1 of the patch: the name is refused: it has a `.`
    `l`, line 1 of the patch: the name is refused: it is a link that leaves the tree
    `l/x`, line 8 of the patch: the name is refused: `l` is a symbolic link
    `y`, line 1 of the patch: the name is refused: it has a `..`
    ");
}

#[test]
fn texts_that_are_no_patches() {
    let head = "--- a/x\n+++ b/x\n";
    let table = [
        String::new(),
        "From: somebody\n\njust words\n".to_owned(),
        format!("{head}@@ -1,2 +1,2 @@\n a\n"),
        format!("{head}@@ -1 +1 @@\n-a\n+b\n+c\n"),
        format!("{head}@@ -1 +1 @@\n-a\nwords\n"),
        format!("{head}@@ -1 +1 @@\n-a\n+b\nwords\n@@ -5 +5 @@\n-e\n+f\n"),
        "--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n".to_owned(),
        "--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n".to_owned(),
        "diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n".to_owned(),
        "diff --git a/x b/x\n".to_owned(),
        "diff --git a/x b/x\nold mode 100644\nnew mode 100600\n".to_owned(),
        "diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit 1\n".to_owned(),
        "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmXXX\n\n".to_owned(),
    ];
    let said: Vec<String> = table
        .iter()
        .map(|text| {
            let error = PatchFile::parse(text.as_bytes()).expect_err(text);
            format!("{error}{}", error.hint.map(|hint| format!(" [{hint}]")).unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    line 1: the file is empty
    line 1: there is no diff in the file
    line 5: the hunk of line 3 has other lines than its header says
    line 6: the hunk of line 3 has more lines than its header says
    line 5: the hunk of line 3 has other lines than its header says
    line 7: a hunk that belongs to no file
    line 1: the name `x` has no first folder to be left out, such as `a/`
    line 1: the name `/etc/passwd` is absolute
    line 3: a binary file without its contents [make the patch with `git diff --binary` or `git format-patch`]
    line 1: `diff --git` with nothing behind it
    line 1: error parsing patches at byte 0: invalid file mode: 100600
    line 1: a submodule: expected a file
    line 1: error parsing patches: error parsing binary patch at byte 35: second binary block not found
    ");
}
