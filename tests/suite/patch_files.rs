//! What is wrong with the files of patches, where they land elsewhere, and what is said of it.

use std::fs;

use crate::patches::pinned;
use crate::release_server::gz;

fn toy(file: &str) -> Vec<String> {
    let text = fs::read_to_string(tests::workspace_root().join("tests/toy").join(file)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Texts that are no patches, folders without any, a `series` that asks for more than can be done.
#[test]
fn what_is_wrong_with_the_files_of_a_patch() {
    let (project, _server) = pinned("patches");
    fs::create_dir_all(project.path("patches")).unwrap();
    let said = |project: &tests::Project| project.said(&project.kernel(&["check", "-q"]).exit(1));
    project.replace("Kernel.toml", "path = \"patches\"", "path = \"patches/*.diff\"");
    insta::assert_snapshot!(said(&project), @r#"
    error: `patches/*.diff` matches no file
      --> Kernel.toml:22:8
    22 | path = "patches/*.diff"
       |        ^^^^^^^^^^^^^^^^
    "#);
    project.replace("Kernel.toml", "path = \"patches/*.diff\"", "path = \"patches\"");
    insta::assert_snapshot!(said(&project), @r#"
    error: `patches` has no `series` and no `.patch` file
      --> Kernel.toml:22:8
    22 | path = "patches"
       |        ^^^^^^^^^
    "#);
    project.write("patches/series", "one.patch -p0\n");
    insta::assert_snapshot!(said(&project), @r#"
    error: `patches/series`, line 1 has `-p0` behind `one.patch`: expected a name alone, or with `-p1`
      --> Kernel.toml:22:8
    22 | path = "patches"
       |        ^^^^^^^^^
    "#);
    project.write("patches/series", "one.patch\n");
    insta::assert_snapshot!(said(&project), @r#"
    error: `patches/series` names `patches/one.patch`, which is not there
      --> Kernel.toml:22:8
    22 | path = "patches"
       |        ^^^^^^^^^
    "#);
    project.write("patches/one.patch", "just words\n");
    insta::assert_snapshot!(said(&project), @"error: patch `net` cannot be read: `patches/one.patch`, line 1: there is no diff in the file");
    project.write("patches/one.patch.gz", "\u{1f}\u{8b}");
    project.write("patches/series", "one.patch.gz\n");
    fs::write(project.path("patches/one.patch.gz"), b"\x1f\x8b\x08\x00").unwrap();
    insta::assert_snapshot!(said(&project), @"error: could not decompress `[ROOT]/patches/one.patch.gz`: unexpected end of file");
}

/// Offsets are told at the build, shown by `check`, and gone after `refresh`.
#[test]
fn offsets_are_told_and_refreshed() {
    let (project, _server) = pinned("patches/*.patch");
    let lines = toy("Kconfig");
    let text = format!(
        "Subject: a comment\n\n--- a/Kconfig\n+++ b/Kconfig\n@@ -5,4 +5,5 @@ here\n {}\n {}\n+# moved\n {}\n {}\n",
        lines[1], lines[2], lines[3], lines[4]
    );
    project.write("patches/main.patch", &text);
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("patch `net` applied with an offset"), "{}", run.stderr);
    let run = project.kernel(&["patch", "check", "guest"]).success();
    assert!(run.stdout.ends_with("\tpatches/main.patch\toffset\n"), "{}", run.stdout);
    assert!(
        run.stderr.contains("hunk 1 of `Kconfig` landed 3 lines above its own, at line 2"),
        "{}",
        run.stderr
    );
    project.kernel(&["patch", "refresh"]).success();
    assert_eq!(project.read("patches/main.patch"), text.replace("@@ -5,4 +5,5 @@", "@@ -2,4 +2,5 @@"));
    let run = project.kernel(&["patch", "check", "--message-format", "json"]).success();
    assert!(run.stdout.contains(r#""state":"applies""#), "{}", run.stdout);
    let run = project.kernel(&["build"]).success();
    assert!(!run.stderr.contains("offset"), "{}", run.stderr);
}

/// What is packed is not rewritten, and what has no context is refused with what to do.
#[test]
fn packed_patches_and_patches_without_context() {
    let (project, _server) = pinned("patches");
    let lines = toy("Kconfig");
    let text = format!(
        "--- a/Kconfig\n+++ b/Kconfig\n@@ -5,4 +5,5 @@\n {}\n {}\n+# moved\n {}\n {}\n",
        lines[1], lines[2], lines[3], lines[4]
    );
    project.write("patches/a.patch.gz", "");
    fs::write(project.path("patches/a.patch.gz"), gz(text.as_bytes())).unwrap();
    let refreshed = project.kernel(&["patch", "refresh", "-q"]).success();
    assert_eq!(refreshed.stdout, "");
    project.write(
        "patches/b.patch",
        &format!("--- a/init/main.c\n+++ b/init/main.c\n@@ -2 +2 @@\n-{}\n+x\n", toy("init/main.c")[1]),
    );
    let checked = project.kernel(&["patch", "check", "-q"]).exit(1);
    let table = checked.stdout.replace('\t', " ");
    let built = project.kernel(&["build", "-q"]).exit(1);
    let said = [project.said(&refreshed), table, project.said(&checked), project.said(&built)];
    insta::assert_snapshot!(said.join("\n"), @"
    warning: patch `net` stays as it is: `patches/a.patch.gz`, it is compressed: decompress it first

    guest net patches/a.patch.gz offset
    guest net patches/b.patch fails

      hunk 1 of `Kconfig` landed 3 lines above its own, at line 2
      `init/main.c`, hunk 1 of 1 at line 3 of the patch: it has too little context around its change at line 2
      hint: make the patch with context: `-U3`, as is usual
    error: 1 of 2 patch files would stop a build
    hint: make the patch anew for this tree, or bound it by `when`

    error: patch `net` of kernel `guest` does not apply: `patches/b.patch`
      `init/main.c`, hunk 1 of 1 at line 3 of the patch: it has too little context around its change at line 2
    hint: make the patch with context: `-U3`, as is usual
    ");
}
