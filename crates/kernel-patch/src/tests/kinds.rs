//! Each kind of change.

use super::{Memory, applied};
use crate::{Entry, PatchFile, Stack, refresh};

fn numbered(lines: std::ops::RangeInclusive<usize>) -> String {
    lines.map(|n| format!("line {n}\n")).collect()
}

const SIX: &str = "\
--- a/x.c\t2024-01-01 00:00:00
+++ b/x.c
@@ -3,5 +3,6 @@ some function
 line 3
 line 4
-line 5
+line five
+line 5½
 line 6
 line 7
";

#[test]
fn a_plain_diff() {
    let tree = Memory::of(&[("x.c", &numbered(1..=8))]);
    insta::assert_snapshot!(applied(&tree, &[SIX]), @r#"x.c: "line 1\nline 2\nline 3\nline 4\nline five\nline 5½\nline 6\nline 7\nline 8\n""#);
}

#[test]
fn an_offset_is_told_carried_on_and_refreshed() {
    let text = "\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
Subject: [PATCH] two hunks

---
 x.c | 2 ++
 1 file changed, 2 insertions(+)

diff --git a/x.c b/x.c
index 1111111..2222222 100644
--- a/x.c
+++ b/x.c
@@ -2,2 +2,3 @@ f()
 line 2
+new
 line 3
@@ -20,2 +21 @@
 line 20
-line 21
-- 
2.39.5
";
    // The last hunk ends with a change: it fits at the end alone.
    let tree = Memory::of(&[("x.c", &format!("above\nabove\n{}", numbered(1..=21)))]);
    insta::assert_snapshot!(applied(&tree, &[text]).lines().take(2).collect::<Vec<_>>().join("\n"), @"
    x.c: hunk 1 at 4 (+2)
    x.c: hunk 2 at 22 (+2)
    ");
    let patch = PatchFile::parse(text.as_bytes()).expect("a patch");
    let mut stack = Stack::new(&tree);
    let landed = stack.apply(&patch).expect("it applies");
    let fresh = String::from_utf8(refresh(text.as_bytes(), &patch, &landed)).expect("text");
    assert_eq!(
        fresh,
        text.replace("-2,2 +2,3 @@ f()", "-4,2 +4,3 @@ f()").replace("-20,2 +21 @@", "-22,2 +23 @@")
    );
    assert!(!applied(&tree, &[&fresh]).contains("hunk"));
}

#[test]
fn new_deleted_and_emptied_files() {
    let text = "\
diff --git a/new/run.sh b/new/run.sh
new file mode 100755
index 0000000..1111111
--- /dev/null
+++ b/new/run.sh
@@ -0,0 +1 @@
+#!/bin/sh
diff --git a/empty b/empty
new file mode 100644
index 0000000..e69de29
diff --git a/old.c b/old.c
deleted file mode 100644
index 1111111..0000000
--- a/old.c
+++ /dev/null
@@ -1 +0,0 @@
-old
--- a/emptied.c
+++ b/emptied.c
@@ -1 +0,0 @@
-one
diff -urN a/late.c b/late.c
--- a/late.c\t1970-01-01 01:00:00.000000000 +0100
+++ b/late.c\t2024-05-05 10:00:00.000000000 +0200
@@ -0,0 +1 @@
+late
--- a/gone.c\t2024-05-05 10:00:00.000000000 +0200
+++ b/gone.c\t1970-01-01 01:00:00.000000000 +0100
@@ -1 +0,0 @@
-gone
";
    let tree = Memory::of(&[("old.c", "old\n"), ("emptied.c", "one\n"), ("gone.c", "gone\n")]);
    insta::assert_snapshot!(applied(&tree, &[text]), @r##"
    emptied.c: ""
    empty: ""
    gone.c: gone
    late.c: "late\n"
    new/run.sh*: "#!/bin/sh\n"
    old.c: gone
    "##);
}

#[test]
fn renames_copies_modes_and_links() {
    let text = "\
diff --git a/a b/b
similarity index 100%
rename from a
rename to b
diff --git a/b b/a
similarity index 60%
rename from b
rename to a
--- a/b
+++ b/a
@@ -1,2 +1,2 @@
 B
-b
+changed
diff --git a/c b/c
old mode 100644
new mode 100755
diff --git a/c b/d
similarity index 100%
copy from c
copy to d
diff --git a/link b/link
new file mode 120000
index 0000000..1111111
--- /dev/null
+++ b/link
@@ -0,0 +1 @@
+sub/e
\\ No newline at end of file
";
    let tree = Memory::of(&[("a", "A\n"), ("b", "B\nb\n"), ("c", "C\n")]);
    insta::assert_snapshot!(applied(&tree, &[text]), @r#"
    a: "B\nchanged\n"
    b: "A\n"
    c*: "C\n"
    d: "C\n"
    link → sub/e
    "#);
}

#[test]
fn what_is_in_a_hunk_is_no_header() {
    let text = "\
A patch of a patch: `--- a/x` and `@@` in this text are passed over.
--- a/x.patch
+++ b/x.patch
@@ -1,4 +1,3 @@
 --- a/y
---- b/y
-+++ b/y
++++ c/y
 @@ -1 +1 @@
";
    let tree = Memory::of(&[("x.patch", "--- a/y\n--- b/y\n+++ b/y\n@@ -1 +1 @@\n")]);
    insta::assert_snapshot!(applied(&tree, &[text]), @r#"x.patch: "--- a/y\n+++ c/y\n@@ -1 +1 @@\n""#);
}

#[test]
fn ends_without_a_line_feed_and_bytes_that_are_no_text() {
    let text = "\
--- a/x
+++ b/x
@@ -1 +1 @@
-old
\\ No newline at end of file
+new
";
    insta::assert_snapshot!(applied(&Memory::of(&[("x", "old")]), &[text]), @r#"x: "new\n""#);

    let mut latin = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-caf\xe9\n+the\n".to_vec();
    let tree = Memory::default().with("x", Entry::File { bytes: b"caf\xe9\n".to_vec(), executable: false });
    let mut stack = Stack::new(&tree);
    stack.apply(&PatchFile::parse(&latin).expect("a patch")).expect("it applies");
    latin.truncate(20);
    assert!(PatchFile::parse(&latin).is_err());
}
