//! Tests of what the standard library does not promise by itself.

use super::*;

/// Makes a directory for one test.
pub(crate) fn scratch() -> TempDir {
    temp_dir("kernel-host-").unwrap()
}

fn write(path: &AbsPath, text: &str) {
    create_dir_all(&path.parent().unwrap()).unwrap();
    write_atomic(path, text.as_bytes()).unwrap();
}

#[test]
fn an_error_names_what_was_attempted_and_where() {
    let path = AbsPath::new("/nonexistent/file").unwrap();
    insta::assert_snapshot!(read(&path).unwrap_err(), @"could not read `/nonexistent/file`: No such file or directory");
    insta::assert_snapshot!(write_atomic(&path, b"").unwrap_err(), @"could not write `/nonexistent/file`: No such file or directory");
    insta::assert_snapshot!(copy(&path, &path).unwrap_err(), @"could not open `/nonexistent/file`: No such file or directory");
}

#[test]
fn absence_is_fine_where_it_is_the_goal() {
    let dir = scratch();
    remove_file(&dir.path().join("no")).unwrap();
    remove_dir_all(&dir.path().join("no")).unwrap();
}

#[cfg(unix)]
#[test]
fn removing_a_link_to_a_directory_leaves_the_directory() {
    let dir = scratch();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    write(&real.join("f"), "x");
    symlink("real", &link).unwrap();
    remove_dir_all(&link).unwrap();
    assert!(!exists(&link));
    assert!(is_file(&real.join("f")));
}

#[cfg(unix)]
#[test]
fn an_atomic_write_keeps_the_mode_and_leaves_nothing_beside() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = scratch();
    let path = dir.path().join("f");
    write(&path, "one");
    set_executable(&path).unwrap();
    write(&path, "two");
    assert_eq!(read_to_string(&path).unwrap(), "two");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o100, 0o100, "{mode:o}");
    assert_eq!(list_dir(dir.path()).unwrap(), [path]);
}

#[test]
fn a_directory_is_exchanged_whole_and_the_old_one_goes() {
    let dir = scratch();
    let target = dir.path().join("target");
    for text in ["one", "two"] {
        let new = dir.path().join("new");
        write(&new.join(text), text);
        exchange_dir(&new, &target).unwrap();
        assert_eq!(list_dir(&target).unwrap(), [target.join(text)]);
        assert_eq!(list_dir(dir.path()).unwrap(), std::slice::from_ref(&target));
    }
}

#[test]
fn an_exchange_with_nothing_leaves_the_target() {
    let dir = scratch();
    let target = dir.path().join("target");
    write(&target.join("f"), "x");
    exchange_dir(&dir.path().join("new"), &target).unwrap_err();
    assert_eq!(read_to_string(&target.join("f")).unwrap(), "x");
}

#[test]
fn a_pattern_is_relative_to_a_literal_base() {
    let dir = scratch();
    let base = dir.path().join("a[b]*");
    for name in ["2.patch", "1.patch", "sub/3.patch", "x.txt"] {
        write(&base.join(name), "");
    }
    let names = |pattern| -> Vec<String> {
        let found = glob(&base, pattern).unwrap();
        found.iter().map(|path| path.relative_to(&base).unwrap().display().to_string()).collect()
    };
    assert_eq!(names("*.patch"), ["1.patch", "2.patch"]);
    assert_eq!(names("**/*.patch"), ["1.patch", "2.patch", "sub/3.patch"]);
    assert_eq!(names("no*"), [""; 0]);
    glob(&base, "a***b").unwrap_err();
}

#[test]
fn a_temporary_directory_goes_unless_it_is_kept() {
    let dir = scratch();
    let gone = temp_dir_in(dir.path(), "t-").unwrap().path().clone();
    let kept = temp_dir_in(dir.path(), "t-").unwrap().keep();
    assert!(!exists(&gone));
    assert!(is_dir(&kept));
}

#[test]
fn a_state_changes_with_the_content() {
    let dir = scratch();
    let path = dir.path().join("f");
    write(&path, "one");
    let before = stat(&path).unwrap();
    assert_eq!(before, stat(&path).unwrap());
    write(&path, "two");
    assert_ne!(before, stat(&path).unwrap());
    assert_eq!(read_range(&path, 1, 100).unwrap(), b"wo");
    assert!(available_bytes(&dir.path().join("not/yet")).is_some_and(|bytes| bytes > 0));
}

#[test]
fn a_log_grows_at_its_end() {
    let dir = scratch();
    let path = dir.path().join("log");
    create(&path).unwrap().write_line("one").unwrap();
    append(&path).unwrap().write_line("two").unwrap();
    assert_eq!(read_to_string(&path).unwrap(), "one\ntwo\n");
}
